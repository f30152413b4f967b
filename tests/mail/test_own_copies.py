"""Who may get no copy at their own mailbox: the others get the form, and the raiser learns how else they get theirs."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.decisions.effects import Effects
from bot.decisions.reporting import report
from bot.decisions.sending import letter_given_up, letter_left, posted
from bot.documents.docx import WordDocuments
from bot.escalation import Escalation, Status
from bot.filing import copy_of
from bot.flows.context import Context
from bot.flows.posting import Posted, printed_letters
from bot.flows.questions import Question, walk
from bot.flows.report import Report, preloaded
from bot.flows.report import report as asked_for
from bot.forms_due import outstanding
from bot.messages import Message, words_of
from bot.policies import Policies
from bot.sent_letters import letters_of
from tests.dialogues.script import words_in
from tests.filling import ALL_CALENDARS, under
from tests.flows.contexts import ASHA, DIRECTORY, POLICIES, context, escalation
from tests.invented import NORTHMOOR

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
REFERRAL, REQUEST, OUTCOME = "nr3/all/referral", "nr1/step-2/request", "nr1/step-2/outcome"
LEARNING = "nr2/all/learning"
ALLOWED = ["northmoor.example.org", "example-county.example.org"]
ASHAS = DIRECTORY[ASHA].email


def islands(email: str) -> Context:
    """Asha at the Islands’ Stage 3, whose form goes by post only."""
    policies = Policies.of_these([POLICIES["islands"]]).for_real_mail()
    return context(escalation("islands", 3), policies=policies, me=replace(DIRECTORY[ASHA], email=email))


def world(about: Escalation, filling: str, email: str = ASHAS, *, agencies: tuple[str, ...] = ()) -> Context:
    """As Asha sees it, who has this mailbox, where real mail may go to the county and the partnership only."""
    policy = NORTHMOOR.model_copy(update={"mail_domains": ALLOWED})
    policies = Policies.of_these([policy]).with_agencies(agencies).for_real_mail()
    me = replace(DIRECTORY[ASHA], email=email)
    return context(about, policies=policies, calendars=ALL_CALENDARS, seed={"filling": filling}, me=me)


def review(c: Context, to: dict[str, Any]) -> tuple[Question, dict[str, Any]]:
    """The last question, and what was answered until then: what is proposed, or nothing; these recipients."""
    given = dict(preloaded(c))
    while (question := walk(lambda: asked_for(c), given).question) and not question.is_review:
        name = question.name.rpartition(".to.")[2]
        value = to.get(name) if ".to." in question.name else question.prefill
        if value is None and not question.optional:
            value = question.kind.example()
        given[question.name] = {"skipped": True} if value is None else {"value": value}
    assert question is not None
    return question, given


def offers(question: Question) -> set[str]:
    return {each.id for each in question.kind.options}  # type: ignore[attr-defined]


def before(question: Question) -> str:
    return words_of(Message("", tuple(question.before)))


def confirmed(c: Context, to: dict[str, Any]) -> tuple[Report, Effects]:
    question, given = review(c, to)
    decision = walk(lambda: asked_for(c), {**given, question.name: {"value": "send"}}).decision
    assert isinstance(decision, Report)
    return decision, report(c, decision, "1", NOW)


def mailed(done: Effects) -> list[str]:
    """To which mailboxes letters leave."""
    numbers = (each.to.partition("/")[2] for each in done.deliveries if each.kind == "letter")
    return [letters_of(done.escalation)[number]["to"] for number in numbers]


def told(done: Effects) -> str:
    return "\n".join(words_of(each.message) for each in done.deliveries if each.to == ASHA and each.message)


def all_left(c: Context, done: Effects) -> Escalation:
    after = done.escalation
    for number, letter in letters_of(after).items():
        if not (letter.get("left") or letter.get("given_up")):
            after = letter_left(replace(c, about=after), number, "<1@example.org>", NOW).escalation
    return after


def filed_history(c: Context, done: Effects) -> str:
    """The history of what was done, as the raiser gets it for filing."""
    packed = copy_of(replace(c, about=done.escalation), done.history, [WordDocuments()])
    with zipfile.ZipFile(io.BytesIO(packed.content)) as files:
        return words_in(files.read(f"history-{done.escalation.reference}.docx"))


def is_due(about: Escalation, key: str) -> bool:
    return key in [each.key for each in outstanding(NORTHMOOR.taken(""), about)]


GRACE_ONLY = {"other-manager": "grace.madeup@example-county.example.org"}


@pytest.mark.parametrize(
    ("email", "why"),
    [
        (ASHAS, f"your mailbox, {ASHAS}, is not at an organisation to which this bot may send"),
        ("", "because I do not know your mailbox"),
    ],
)
def test_the_others_get_it_and_the_raiser_is_told_that_no_copy_comes_and_how_else_they_get_one(
    email: str, why: str
) -> None:
    c = world(under(NORTHMOOR, "step-2"), REQUEST, email)
    question, _ = review(c, GRACE_ONLY)
    decision, done = confirmed(c, GRACE_ONLY)
    assert "send" in offers(question)
    assert mailed(done) == ["grace.madeup@example-county.example.org"]
    for said in (before(question), told(done)):
        assert why in said
        assert f"types /file {done.escalation.reference} and gives it to you in a secure way" in said
        assert "Lena Lead, in your own agency: hand it on yourself" in said
        assert "You get a copy by e-mail" not in said
    assert [each["name"] for each in decision.by_hand] == ["Lena Lead"]
    (entry,) = [each for each in done.history if each.what == "report confirmed"]
    assert [each["name"] for each in entry.details["by_hand"]] == ["Lena Lead"]
    assert not is_due(all_left(c, done), REQUEST), "nothing waits for a copy that cannot come"


def test_what_goes_by_post_besides_waits_for_the_raiser_to_note_on_which_day_they_posted_it() -> None:
    c = world(under(NORTHMOOR, "step-5"), REFERRAL)
    question, _ = review(c, {})
    _, done = confirmed(c, {})
    assert mailed(done) == ["business.unit@northmoor.example.org"]
    for said in (before(question), told(done)):
        assert "Independent Scrutineer, by post: Independent Scrutineer (in confidence), 1 Nowhere Square" in said
        assert "Print it, post it, and note here on which day" in said
    assert "counts as not sent until you note here on which day it was posted" in told(done)
    after = all_left(c, done)
    assert is_due(after, REFERRAL)
    (number,) = printed_letters(replace(c, about=after))
    done = posted(replace(c, about=after), Posted(after.reference, number, "2026-03-27"), "2", NOW)
    assert not is_due(done.escalation, REFERRAL)
    assert all(each.kind != "letter" for each in done.deliveries)


def test_who_may_get_a_copy_gets_it_as_before() -> None:
    c = world(under(NORTHMOOR, "step-2"), REQUEST, agencies=("millbrook.example.org",))
    decision, done = confirmed(c, GRACE_ONLY)
    assert mailed(done) == ["grace.madeup@example-county.example.org", ASHAS]
    assert decision.by_hand == ()


def test_what_was_pressed_where_a_copy_was_to_come_sends_nothing_where_none_can_come_any_more() -> None:
    about = under(NORTHMOOR, "step-2")
    with_copy, without = world(about, REQUEST, agencies=("millbrook.example.org",)), world(about, REQUEST)
    question, given = review(with_copy, GRACE_ONLY)
    again = walk(lambda: asked_for(without), {**given, question.name: {"value": "send"}}).question
    assert again is not None
    assert "No copy can be mailed to you" in before(again)


@pytest.mark.parametrize("email", [ASHAS, ""])
def test_what_goes_by_post_only_can_be_posted_by_the_raiser_alone_who_notes_on_which_day(email: str) -> None:
    c = islands(email)
    question, _ = review(c, {})
    decision, done = confirmed(c, {})
    assert decision.recipients == ()
    assert mailed(done) == []
    for said in (before(question), told(done)):
        assert "No copy can be mailed to you" in said
        assert "ISCP Business Manager, by post: ISCP Business Manager, Perruque House" in said
        assert "get theirs all the same" not in said
        assert "will be sent to" not in said
        assert "The subject and the file name" not in said
    assert "Nothing was mailed: you give it to them yourself" in told(done)
    key, policy = "resolution-form/stage-3/stage", POLICIES["islands"].taken("")
    assert key in [each.key for each in outstanding(policy, done.escalation)]
    (number,) = printed_letters(replace(c, about=done.escalation))
    after = posted(replace(c, about=done.escalation), Posted(decision.reference, number, "2026-03-27"), "2", NOW)
    assert key not in [each.key for each in outstanding(policy, after.escalation)]


def test_where_only_the_own_agency_lacks_it_the_raiser_hands_it_on_and_nobody_else_gets_it_twice() -> None:
    about = replace(
        under(NORTHMOOR, "step-2", Status.RESOLVED), sent=dict.fromkeys([REQUEST, LEARNING], "2026-03-10T10:00")
    )
    c = world(about, OUTCOME, agencies=("millbrook.example.org",))
    _, done = confirmed(c, {})
    (number,) = [each for each, letter in letters_of(done.escalation).items() if letter["to"] == ASHAS]
    lost = all_left(c, letter_given_up(replace(c, about=done.escalation), number, "No such mailbox.", NOW))
    assert is_due(lost, OUTCOME)
    without = world(lost, OUTCOME)
    decision, done = confirmed(without, {})
    assert decision.only == ("own-lead",)
    assert mailed(done) == []
    assert set(letters_of(done.escalation)) == set(letters_of(lost))
    assert "Lena Lead, in your own agency: hand it on yourself" in told(done)
    assert not is_due(done.escalation, OUTCOME)
    assert done.escalation.status is Status.CLOSED
    assert "Lena Lead" in filed_history(without, done), "what is filed says who was to get it"
