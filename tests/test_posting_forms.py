"""A form that goes by post, and one that comes back: what counts as sent, what is due again, and who is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.decisions.effects import Effects
from bot.decisions.reporting import report
from bot.decisions.sending import letter_begun_again, letter_came_back, letter_given_up, letter_left, posted
from bot.documents.docx import WordDocuments
from bot.errors import NotAllowed
from bot.escalation import Escalation, Status
from bot.filing import copy_of
from bot.flows import nudges
from bot.flows.context import Context
from bot.flows.moved_on import NothingToDo
from bot.flows.posting import Posted
from bot.flows.questions import walk
from bot.flows.reasons import to_close
from bot.flows.report import Report, pinned_filling
from bot.flows.report import report as form
from bot.forms_due import outstanding
from bot.mailbox import Postman
from bot.messages import Message, words_of
from bot.ports import Heard, Pressed
from bot.ports import Returned as Back
from bot.sent_letters import letters_of, to_post
from tests.dialogues.script import words_in
from tests.filling import fill, under, world
from tests.flows.contexts import context, escalation
from tests.flows.held import asked, ends
from tests.invented import ALDERWICK
from tests.posting import ASHA, IRIS, Post
from tests.scenes import scene

NOW, LATER = datetime(2026, 3, 27, 10, tzinfo=UTC), datetime(2026, 3, 30, 9, tzinfo=UTC)
BY_POST = {"name": "Lead Officer", "address": ["ACPC Lead Officer", "2 Make-Believe Street"]}
BY_MAIL = {"name": "Grace Madeup", "email": "grace@example.org"}
GIVEN = "alert-notice/all/given"


def confirmed(*recipients: dict[str, Any], before: Escalation | None = None, at: datetime = NOW) -> Escalation:
    """A notice that is due, confirmed to go to these; each letter has been taken by the mail."""
    escalation = before or under(ALDERWICK, "alert-3")
    decision = replace(fill(ALDERWICK, escalation, filling=GIVEN).report, recipients=recipients)
    after = report(world(ALDERWICK, escalation), decision, "1", at).escalation
    for number, letter in letters_of(after).items():
        if not letter.get("left"):
            after = letter_left(world(ALDERWICK, after), number, "<1@example.org>", at, {"a.docx": "5a"}).escalation
    return after


def note_posted(escalation: Escalation, number: str = "1", on: str = "2026-03-28") -> Effects:
    return posted(world(ALDERWICK, escalation), Posted(escalation.reference, number, on), "2", LATER)


def is_due(escalation: Escalation) -> bool:
    return GIVEN in [each.key for each in outstanding(ALDERWICK, escalation)]


def told(done: Effects) -> dict[str, str]:
    """What is said, by where: a person, or a channel."""
    return {each.to: words_of(each.message) for each in done.deliveries if each.message}


# ── by post ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_goes_by_post_counts_as_not_sent_until_the_day_of_posting_is_noted() -> None:
    waiting = confirmed(BY_POST)
    assert (waiting.sent, waiting.fields.get("notices") or {}, is_due(waiting)) == ({}, {}, True)
    done = note_posted(waiting)
    after = done.escalation
    assert {key: at[:10] for key, at in after.sent.items()} == {GIVEN: "2026-03-28"}
    assert set(after.fields["notices"].values()) == {"2026-03-28"}, "no clock runs from a letter that lay there"
    assert not is_due(after)
    (entry,) = [each for each in done.history if each.what == "report posted"]
    assert (entry.details["on"], entry.details["by_post"]) == ("2026-03-28", BY_POST["address"])
    assert entry.details["documents"] == {"a.docx": "5a"}, "which document it was that was posted"


def test_until_then_the_raiser_is_reminded_to_post_it_and_is_told_why_it_is_not_closed() -> None:
    waiting = confirmed(BY_POST)
    c = replace(world(ALDERWICK, waiting), today=date(2026, 4, 7), now=datetime(2026, 4, 7, 10, tzinfo=UTC))
    (nudge,) = [each for each in nudges.owed(c, waiting) if each.kind == "form" and each.about == GIVEN]
    message = nudges.message(c, waiting, [nudge], ASHA)
    assert message is not None
    said = words_of(message)
    assert "is to be posted, and nobody has noted on which day it was. Until then it counts as not sent." in said
    assert "[A form was posted]" in said
    assert "[Fill in the report]" not in said
    why = [each.name for each in to_close(c, waiting) if each.values.get("title") == "Alert Notice"]
    assert why == ["to_post"]


def test_a_form_that_goes_by_mail_and_by_post_is_sent_once_both_have_gone() -> None:
    both = confirmed(BY_MAIL, BY_POST)
    assert both.sent == {}
    assert set(both.fields["notices"].values()) == {"2026-03-27"}, "whoever got it by mail has been given notice"
    assert set(note_posted(both, "2").escalation.sent) == {GIVEN}
    refused = letter_given_up(world(ALDERWICK, both), "1", "No such mailbox.", NOW).escalation
    assert note_posted(refused, "2").escalation.sent == {}, "the other recipient still lacks it"


def test_sent_once_more_before_it_was_posted_the_new_one_stands_for_both() -> None:
    first = confirmed(BY_POST)
    decision = replace(fill(ALDERWICK, first, filling="alert-notice/all/passed-on").report, recipients=(BY_POST,))
    second = report(world(ALDERWICK, first), decision, "3", NOW).escalation
    assert letters_of(second)["1"]["replaced"]
    with pytest.raises(NotAllowed):
        note_posted(second, "1")
    after = note_posted(second, "2").escalation
    assert set(after.sent) == {GIVEN, "alert-notice/all/passed-on"}
    back = letter_came_back(world(ALDERWICK, after), "2", ASHA, LATER).escalation
    assert back.sent == back.fields["notices"] == {}


# ── it comes back ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("recipient", "place"), [(BY_MAIL, "grace@example.org"), (BY_POST, "ACPC Lead Officer, 2 Make-Believe Street")]
)
def test_what_comes_back_is_due_again_and_its_raiser_is_told_which_recipient_it_was_in_no_channel(
    recipient: dict[str, Any], place: str
) -> None:
    sent = confirmed(recipient)
    sent = note_posted(sent).escalation if "address" in recipient else sent
    assert not is_due(sent)
    done = letter_came_back(world(ALDERWICK, sent), "1", "bot", LATER)
    assert is_due(done.escalation)
    assert done.escalation.fields["notices"] == {}, "a notice that did not arrive starts no clock"
    assert f"the letter to {place} came back. It is due again, and deadlines run on." in told(done)[ASHA]
    assert "[Send the report again]" in told(done)[ASHA]
    assert not [text for to, text in told(done).items() if to != ASHA and place in text]
    assert [each.what for each in done.history] == ["report came back"]


def test_what_had_closed_an_escalation_opens_it_for_its_form_again() -> None:
    closed = replace(confirmed(BY_MAIL), status=Status.CLOSED)
    assert letter_came_back(world(ALDERWICK, closed), "1", "bot", LATER).escalation.status is Status.RESOLVED


def test_what_was_sent_to_the_same_recipient_once_more_since_is_not_due_again() -> None:
    twice = confirmed(BY_MAIL, before=confirmed(BY_MAIL), at=LATER)
    done = letter_came_back(world(ALDERWICK, twice), "1", "bot", LATER)
    assert (done.escalation.sent, told(done)) == (twice.sent, {})


# ── it is sent anew, to another address ──────────────────────────────────────────────────────────────────


def to_manager(**how: Any) -> dict[str, Any]:
    """The same recipient of the policy, however they are reached."""
    return {"name": "Whoever", "stands_for": ["manager"], **how}


DEE, DORA = to_manager(email="dee@example.org"), to_manager(email="dora@example.org")
TO_ADDRESS = to_manager(address=BY_POST["address"])


def came_back(escalation: Escalation, number: str = "1") -> Effects:
    return letter_came_back(world(ALDERWICK, escalation), number, "bot", LATER)


def test_what_is_posted_instead_of_a_letter_that_was_refused_is_sent_and_no_longer_due() -> None:
    refused = letter_given_up(world(ALDERWICK, confirmed(DEE)), "1", "No such mailbox.", NOW).escalation
    again = confirmed(TO_ADDRESS, before=refused)
    assert is_due(again), "it is still to be posted"
    assert not is_due(note_posted(again, "2").escalation)


def test_what_is_mailed_instead_of_being_posted_is_sent_and_nothing_is_left_to_post() -> None:
    again = confirmed(DEE, before=confirmed(TO_ADDRESS), at=LATER)
    assert not is_due(again)
    assert set(again.fields["notices"].values()) == {"2026-03-27"}
    assert to_post(again) == {}
    assert came_back(again, "2").escalation.fields["notices"] == {}


def test_what_was_replaced_by_a_letter_to_another_address_changes_nothing_when_it_comes_back_late() -> None:
    corrected = confirmed(DORA, before=confirmed(DEE), at=LATER)
    done = came_back(corrected)
    assert (done.escalation.sent, done.escalation.fields["notices"]) == (corrected.sent, corrected.fields["notices"])
    assert (told(done), [each.what for each in done.history]) == ({}, ["report came back"])


def test_a_letter_that_was_replaced_is_not_begun_again_also_where_the_new_one_was_refused_in_turn() -> None:
    refused = letter_given_up(world(ALDERWICK, confirmed(DEE)), "1", "No such mailbox.", NOW).escalation
    corrected = confirmed(DORA, before=refused, at=LATER)
    both = letter_given_up(world(ALDERWICK, corrected), "2", "No such mailbox.", LATER).escalation
    for each in (corrected, both):
        with pytest.raises(NotAllowed, match="sent anew"):
            letter_begun_again(world(ALDERWICK, each), "1", "key", ASHA, LATER)
    assert is_due(both)
    assert not is_due(letter_begun_again(world(ALDERWICK, both), "2", "key", ASHA, LATER).escalation)


def test_what_reached_one_recipient_after_all_is_still_due_while_another_lacks_it() -> None:
    c = world(ALDERWICK, confirmed(DEE, {**BY_MAIL, "stands_for": ["office"]}))
    one = letter_given_up(c, "1", "No such mailbox.", NOW).escalation
    both = letter_given_up(world(ALDERWICK, one), "2", "No such mailbox.", NOW).escalation
    assert is_due(letter_begun_again(world(ALDERWICK, both), "2", "key", ASHA, LATER).escalation)


PASSED_ON = "alert-notice/all/passed-on"


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_where_both_letters_to_one_recipient_come_back_nothing_of_either_counts_as_sent(order: tuple[str, str]) -> None:
    after = confirmed(BY_MAIL)
    later = replace(fill(ALDERWICK, after, filling=PASSED_ON).report, recipients=(BY_MAIL,))
    after = report(world(ALDERWICK, after), later, "2", NOW).escalation
    after = letter_left(world(ALDERWICK, after), "2", "<2@example.org>", NOW).escalation
    assert set(after.sent) == {GIVEN, PASSED_ON}
    for number in order:
        after = letter_came_back(world(ALDERWICK, after), number, "bot", LATER).escalation
    assert (after.sent, after.fields.get("notices")) == ({}, {})


ENTRY, PROGRESS = "report-to-hscp/all/entry", "report-to-hscp/all/progress"


@pytest.fixture
def half_sent() -> Escalation:
    """Herefordshire's report: the partnership has it, and the lead's copy came back."""
    about = escalation("herefordshire", 2)
    after = report(context(about), ends("report", context(about)), "1", NOW).escalation
    for number in letters_of(after):
        after = letter_left(context(after), number, "<1@example.org>", NOW).escalation
    return letter_came_back(context(after), "2", "bot", LATER).escalation


def sent_again_to(about: Escalation, **answers: Any) -> tuple[Report, Escalation]:
    c = replace(context(about), seed={"filling": ENTRY})
    c = replace(c, seed={"filling": ENTRY, **pinned_filling(c)})
    decision = ends("report", c, **answers)
    return decision, report(c, decision, "2", LATER).escalation


@pytest.mark.parametrize(
    ("answers", "to"),
    [
        ({}, ["lead@example.org"]),
        ({"report-to-hscp.to_whom": "all"}, ["admin.sbu@herefordshire.gov.uk", "lead@example.org"]),
    ],
)
def test_a_form_that_did_not_reach_one_of_them_goes_to_nobody_else_again_unless_that_is_asked_for(
    half_sent: Escalation, answers: dict[str, str], to: list[str]
) -> None:
    assert half_sent.sent == {}
    where = {"report-to-hscp.to.challenged-lead": "lead@example.org"}
    decision, after = sent_again_to(half_sent, **where, **answers)
    assert [each["email"] for each in decision.recipients] == to
    fresh = [letter["to"] for number, letter in letters_of(after).items() if int(number) > 2]
    assert (fresh, list(after.sent)) == (to, [ENTRY])


def begun_when(about: Escalation, now: Escalation) -> Context:
    """A report that was begun when it stood so, and is finished now."""
    c = replace(context(about), seed={"filling": ENTRY})
    return replace(context(now), seed={**pinned_filling(c), "filling": ENTRY})


@pytest.mark.parametrize(
    ("whom", "to", "left_out"),
    [
        ("lacking", ["lead@example.org"], True),
        ("all", ["admin.sbu@herefordshire.gov.uk", "lead@example.org"], False),
    ],
)
def test_what_comes_back_while_it_is_filled_in_anew_is_asked_about_before_anything_leaves(
    half_sent: Escalation, whom: str, to: list[str], left_out: bool
) -> None:
    before = letter_begun_again(context(half_sent), "2", "key", ASHA, LATER).escalation
    before = letter_left(context(before), "2", "<2@example.org>", LATER).escalation
    assert "report-to-hscp.to_whom" not in asked("report", begun_when(before, before))
    c = begun_when(before, half_sent)
    answers = {"report-to-hscp.to.challenged-lead": "lead@example.org", "report-to-hscp.to_whom": whom}
    decision = ends("report", c, **answers)
    assert [each["email"] for each in decision.recipients] == to
    done = report(c, decision, "2", LATER)
    assert list(done.escalation.sent) == [ENTRY]
    said = "It is not sent again to those who have it: HSCP Partnership Team."
    assert (said in told(done)[ASHA]) is left_out
    assert all(each in told(done)[ASHA] for each in to)


def test_an_update_that_is_sent_after_a_letter_came_back_holds_what_that_sent_and_it_is_not_due_any_more(
    half_sent: Escalation,
) -> None:
    assert ENTRY in [each.key for each in outstanding(context(half_sent).policy_of(half_sent), half_sent)]
    c = replace(context(half_sent), seed={"filling": PROGRESS})
    decision = ends("report", c, **{"report-to-hscp.to.challenged-lead": "lead@example.org"})
    after = report(c, decision, "2", LATER).escalation
    assert set(after.sent) == {ENTRY, PROGRESS}
    for number in letters_of(after):
        after = letter_left(context(after), number, "<3@example.org>", LATER).escalation
    back = letter_came_back(context(after), "4", "bot", LATER).escalation
    assert back.sent == {}, "who lacks the new one lacks what was in it"


def test_an_update_does_not_hold_what_was_sent_later_and_came_back() -> None:
    both = confirmed(DEE)
    later = replace(fill(ALDERWICK, both, filling=PASSED_ON).report, recipients=(DEE,))
    both = report(world(ALDERWICK, both), later, "2", NOW).escalation
    both = letter_left(world(ALDERWICK, both), "2", "<2@example.org>", NOW).escalation
    again = confirmed(DEE, before=came_back(both, "2").escalation, at=LATER)
    assert PASSED_ON not in again.sent


def test_what_comes_back_from_the_other_too_goes_to_both_and_is_confirmed_as_that(half_sent: Escalation) -> None:
    both = letter_came_back(context(half_sent), "1", "bot", LATER).escalation
    c = begun_when(half_sent, both)
    where = {"report-to-hscp.to.challenged-lead": "lead@example.org", "report-to-hscp.to_whom": "lacking"}
    decision = ends("report", c, **where)
    assert len(decision.recipients) == 2
    assert list(report(c, decision, "2", LATER).escalation.sent) == [ENTRY]
    names = [asked("report", begun_when(half_sent, now), **where).keys() for now in (half_sent, both)]
    first, second = ({name for name in each if ".confirm" in name} for each in names)
    assert not first & second, "what is pressed beneath the one is no answer to the other"


def test_what_has_reached_them_after_all_while_it_was_filled_in_anew_is_not_sent_twice(half_sent: Escalation) -> None:
    seed = pinned_filling(replace(context(half_sent), seed={"filling": ENTRY}))
    begun = letter_begun_again(context(half_sent), "2", "key", ASHA, LATER).escalation
    both = letter_left(context(begun), "2", "<2@example.org>", LATER).escalation
    assert both.sent
    ended = ends("report", replace(context(both), seed=seed))
    assert isinstance(ended, NothingToDo)
    assert ended.words == "report.reached_meanwhile"


def test_whoever_left_the_lead_out_hands_it_over_and_the_partnership_gets_it_once(half_sent: Escalation) -> None:
    decision, after = sent_again_to(half_sent, **{"report-to-hscp.to.challenged-lead": None})
    assert [each.get("hand_over") for each in decision.recipients] == [
        "Designated Safeguarding Lead / Service Manager / Head of Service"
    ]
    assert list(after.sent) == [ENTRY]


@pytest.mark.parametrize("returns_to", ["", "bot@example.org"])
def test_where_the_bot_cannot_see_what_comes_back_the_raiser_is_told_where_it_would_before_and_after(
    returns_to: str,
) -> None:
    says = "that comes back to bot@example.org: ask whoever looks after it"
    escalation = under(ALDERWICK, "alert-3")
    c = replace(world(ALDERWICK, escalation, GIVEN), returns_to=returns_to)
    decision = fill(ALDERWICK, escalation, filling=GIVEN).report
    after = told(report(c, decision, "1", NOW))[ASHA]
    given: dict[str, Any] = {}
    while (question := walk(lambda: form(c), given).question) and not question.is_review:
        given[question.name] = {"value": question.prefill or question.kind.example()}
    assert question is not None
    before = words_of(Message("", tuple(question.before)))
    assert (says in before, says in after, "[A form came back]" in after) == (bool(returns_to),) * 3


# ── in chat ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Post]:
    play = scene("form sent", tmp_path)
    yield Post(play)
    play.world.close()


def test_whoever_leads_it_notes_in_chat_that_a_form_came_back(sent: Post) -> None:
    sent.play.do("""
Asha: /note
Asha: A form came back
  | 1) Report to HSCP, to admin.sbu@herefordshire.gov.uk
Asha [Letter 1]
  | has not arrived: the letter to admin.sbu@herefordshire.gov.uk came back
Asha: why
  | could not be delivered and is due again
#herefordshire-escalations ! admin.sbu
""")
    entry = next(each for each in sent.play.history() if each.what == "report came back")
    assert (entry.by, entry.details["to"]) == (ASHA, "admin.sbu@herefordshire.gov.uk")


@dataclass
class Returning:
    """A mailbox in which a report says that these letters were not delivered."""

    keys: tuple[str, ...]

    def came_back(self, since: datetime, letters: Callable[[], Iterable[str]]) -> dict[str, Back]:
        return dict.fromkeys(self.keys, Back(is_report=True))

    def clear(self, key: str) -> None:
        """Nothing is left of them."""


def test_what_was_pressed_before_a_letter_came_back_sends_nothing_and_it_is_asked_to_whom(sent: Post) -> None:
    sent.play.do("""
Asha: /report
Asha: They rang back.
Asha: lead@herefordshire.gov.uk
Asha [Send it now]
Asha: /report
Asha: They rang back twice.
Asha: lead@herefordshire.gov.uk
""")
    sent.carry()
    parts = sent.world.parts
    mailbox, words = Returning((f"{sent.reference}/letter/3",)), parts.carrier.words
    Postman(mailbox, parts.database, parts.policies, parts.calendars, words, lambda: sent.world.moment).look()
    sent.play.do("""
Asha [Send it now]
  | Something has changed since this was asked, so nothing was taken.
  | It has not reached, and all the others have it
Asha [Only whom it did not reach]
  | lead@herefordshire.gov.uk
Asha [Send it now]
  | It is not sent again to those who have it
""")
    letters = letters_of(sent.play.escalation())
    assert [letter["to"] for number, letter in letters.items() if int(number) > 3] == ["lead@herefordshire.gov.uk"]
    assert PROGRESS in sent.play.escalation().sent


def test_the_partnerships_team_notes_it_of_its_own_mailbox_and_nobody_else_does(sent: Post) -> None:
    sent.play.do("""
Iris: /my-escalations
Iris [A form came back]
  | to admin.sbu@herefordshire.gov.uk
  ! Asha
Iris [Letter 1]
  | Noted for REF
""")
    assert sent.play.escalation().sent == {}
    assert "came back. It is due again" in "\n".join(words_of(each.message) for each in sent.chat.at(ASHA))
    sent.world.hear(Heard("e-1", "console:grace", Pressed("start", f"returned {sent.reference}")))
    assert "I cannot find an escalation" in sent.world.sees("console:grace")
    assert [each.by for each in sent.play.history() if each.what == "report came back"] == [IRIS]


def test_the_copy_for_filing_says_where_and_on_which_day_it_was_posted_and_which_document_it_was() -> None:
    done = note_posted(confirmed(BY_POST))
    copy = copy_of(world(ALDERWICK, done.escalation), done.history, (WordDocuments(),))
    with zipfile.ZipFile(io.BytesIO(copy.content)) as packed:
        (name,) = [each for each in packed.namelist() if each.startswith("history")]
        history = words_in(packed.read(name))
    assert "Saturday 28 March 2026" in history.partition("Report posted")[2]
    assert "ACPC Lead Officer, 2 Make-Believe Street" in history
    assert "a.docx: SHA-256 5a" in history
