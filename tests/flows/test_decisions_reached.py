"""What particular answers lead to: who gets a form, when silence stops blocking, and dates that both sides agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.errors import Doubtful, InvalidAnswer
from bot.escalation import Approval, Escalation, Status
from bot.flows import FLOWS
from bot.flows.escalate import Raise
from bot.flows.move import AskApproval, MoveNow
from bot.flows.moved_on import NothingToDo
from bot.flows.questions import walk
from bot.flows.report import Report, preloaded
from bot.messages import Points, Words
from tests.flows.contexts import ASHA, BEN, CERYS, REFERENCE, TODAY, context, escalation, only, person
from tests.flows.held import asked, ends

# ── raising ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_escalation_holds_what_was_answered_and_nothing_was_assumed() -> None:
    counterpart = person("console:farid")
    decision = ends(
        "escalate", context(**only("sefton")), talked="yes", counterpart=counterpart, raising=person(BEN), deputy=None,
        challenged=None, concern="2026-03-02", said_to="Farid", said_how="phone", said_on="2026-03-27",
        **{"said.sefton": "yes"},
    )  # fmt: skip
    assert isinstance(decision, Raise)
    assert (decision.policy, decision.reference, decision.concern) == ("sefton", REFERENCE, date(2026, 3, 2))
    assert decision.entering.people == {"raising": person(BEN), "deputy": {}, "challenged": {}}
    assert decision.answers["counterpart"] == counterpart
    assert decision.answers["words_said"] == {"to": "Farid", "how": "By telephone", "on": "2026-03-27"}
    assert REFERENCE in decision.answers["words"]


def test_whoever_has_not_said_the_words_yet_is_reminded() -> None:
    remind = {"said.sefton": "remind"}
    assert ends("escalate", context(**only("sefton")), **remind).answers["words_said"] is None
    assert ends("say", context(escalation("sefton")), **remind).said is None


def test_words_said_under_one_policy_are_no_answer_to_the_words_of_another() -> None:
    before = {"partnership": "sefton", "said.sefton": "remind"}
    assert ends("escalate", context(), **before).answers["words_said"] is None
    other = asked("escalate", context(), **{**before, "partnership": "trafford"})
    assert "said.trafford" in other
    assert "said.sefton" not in other


def test_what_was_tried_and_why_nothing_was_tried_are_two_answers() -> None:
    both = {"tried": "I rang twice.", "not_tried": "It cannot wait."}
    world = context(**only("sefton"))
    assert ends("escalate", world, talked="yes", **both).answers["tried"] == "I rang twice."
    assert ends("escalate", world, talked="no", **both).answers["tried"] == "It cannot wait."


def test_the_words_to_say_name_reference_policy_stage_and_day_and_nobody_s_child() -> None:
    question = asked("say", context(escalation("trafford", 2, fields={"child_name": "Kit Marker"})))["said.trafford"]
    (quote,) = [part.text for part in question.before if isinstance(part, Words) and part.tone == "quote"]
    for part in (REFERENCE, "Stage 2", "Friday 27 March 2026"):
        assert part in quote
    assert "Kit" not in quote


def test_a_deputy_is_proposed_where_the_directory_knows_one() -> None:
    world = context(**only("sefton"))
    assert asked("escalate", world, raising=person(BEN))["deputy"].prefill == person(CERYS)
    assert asked("escalate", world, raising=person("console:erin"))["deputy"].prefill is None


# ── a date that both sides agree ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["30/07/2026", "30 July", "4 April", "04/04/2026"])
def test_an_agreed_date_that_the_policy_does_not_allow_is_refused_even_when_it_was_guessed(typed: str) -> None:
    world = context(**only("trafford"))
    kind = asked("escalate", world)["agreed"].kind
    with pytest.raises(InvalidAnswer) as caught:
        kind.read(typed, world.reading())
    assert not isinstance(caught.value, Doubtful)


def test_an_agreed_date_within_the_limit_is_taken() -> None:
    world = context(**only("trafford"))
    kind = asked("escalate", world)["agreed"].kind
    assert kind.read("31/03/2026", world.reading()) == "2026-03-31"
    assert ends("escalate", world, agreed="2026-03-31").entering.agreed == date(2026, 3, 31)
    assert ends("escalate", world, agreed=None).entering.agreed is None


# ── moving ───────────────────────────────────────────────────────────────────────────────────────────────


def request(about: Escalation, asked_on: date, answer: str = "") -> Approval:
    stage = f"{about.stage[:-1]}{int(about.stage[-1]) + 1}"
    return Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, asked_on, (BEN, CERYS), stage=stage, answer=answer)  # type: ignore[arg-type]


def test_the_manager_of_the_present_stage_and_their_deputy_are_asked() -> None:
    decision = ends("move", context(escalation("sefton")), reason="No answer.")
    assert isinstance(decision, AskApproval)
    assert (decision.stage, decision.reason, decision.may_answer) == ("step-2", "No answer.", (BEN, CERYS))


def test_the_raiser_is_never_asked_for_their_own_approval() -> None:
    own = escalation("sefton", fields={"people.step-1.raising": person(ASHA), "people.step-1.deputy": None})
    assert isinstance(ends("move", context(own)), MoveNow)


def test_where_nobody_can_be_asked_it_is_recorded_who_agreed_or_that_nobody_did() -> None:
    alone = escalation("sefton", fields={"people.step-1.raising": {}, "people.step-1.deputy": None})
    agreed = ends("move", context(alone), agreed_by={"name": "Sam Example", "role": "Manager"}, agreed_on="2026-03-26")
    assert (agreed.approved_outside["on"], agreed.without_approval) == ("2026-03-26", "")
    nobody = ends("move", context(alone), agreed_by=None)
    assert nobody.approved_outside is None
    assert nobody.without_approval


@pytest.mark.parametrize("answer", ["", "declined"])
@pytest.mark.parametrize(
    ("policy", "asked_on", "before", "free"),
    [
        # Islands have no date: two working days of silence, over a weekend.
        ("islands", date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 10)),
        # The others: the day on which the stage is due.
        ("sefton", date(2026, 3, 3), date(2026, 3, 3), None),
        ("herefordshire", date(2026, 3, 3), date(2026, 3, 3), None),
        ("trafford", date(2026, 3, 3), date(2026, 3, 3), None),
    ],
)
def test_silence_or_a_decline_can_delay_but_not_block(
    policy: str, asked_on: date, before: date, free: date | None, answer: str
) -> None:
    about = escalation(policy)
    pending = (request(about, asked_on, answer),)
    free = free or context(about).deadline_of(about).due
    assert free is not None
    early, late = (asked("move", context(about, today=day, approvals=pending)) for day in (before, free))
    assert "go_on" not in early or "on" not in [option.id for option in early["go_on"].kind.options]  # type: ignore[attr-defined]
    assert "on" in [option.id for option in late["go_on"].kind.options]  # type: ignore[attr-defined]
    decision = ends("move", context(about, today=free, approvals=pending), go_on="on", why="Nobody answered.")
    assert isinstance(decision, MoveNow)
    assert decision.without_approval == "Nobody answered."


def test_waiting_changes_nothing_and_asking_again_begins_anew() -> None:
    about = escalation("islands")
    world = context(about, approvals=(request(about, date(2026, 3, 6)),))
    assert ends("move", world, go_on="wait") == NothingToDo("move.waits", {"reference": REFERENCE})
    assert isinstance(ends("move", world, go_on="again"), AskApproval)


def test_there_is_nothing_above_the_top() -> None:
    decision = ends("move", context(escalation("sefton", 4)))
    assert (decision.words, decision.values["reference"]) == ("move.at_the_top", REFERENCE)


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_leaves_without_a_yes() -> None:
    world = context(escalation("herefordshire", 2))
    assert not ends("report", world, **{"report-to-hscp.confirm": "keep"}).send
    assert ends("report", world, **{"report-to-hscp.confirm": "send"}).send


def test_the_addresses_that_are_confirmed_are_the_ones_that_get_it() -> None:
    answers = {"report-to-hscp.to.challenged-lead": "hugh@example.org", "report-to-hscp.confirm": "send"}
    decision = ends("report", context(escalation("herefordshire", 2)), **answers)
    question = asked("report", context(escalation("herefordshire", 2)), **answers)["report-to-hscp.confirm"]
    (points,) = [part for part in question.before if isinstance(part, Points)]
    assert [recipient["email"] for recipient in decision.recipients][1:] == ["hugh@example.org"]
    assert len(points.items) == len(decision.recipients)
    for recipient, line in zip(decision.recipients, points.items, strict=True):
        assert recipient["name"] in line
        assert recipient["email"] in line


def test_a_recipient_who_is_left_out_gets_nothing() -> None:
    left_out = {"report-to-hscp.to.challenged-lead": None}
    decision = ends("report", context(escalation("herefordshire", 2)), **left_out)
    assert len(decision.recipients) == 1


def test_islands_send_to_the_audit_manager_or_else_by_post_to_the_business_manager() -> None:
    world = context(escalation("islands", 3))
    auditor = {"name": "Ivy Example", "email": "ivy@example.org"}
    to = "resolution-form.stage-3.to.audit-manager"
    assert ends("report", world, **{to: auditor}).recipients == ({**auditor, "stands_for": ["audit-manager"]},)
    (post,) = ends("report", world, **{to: None}).recipients
    assert (post["name"], post["address"][-1], "email" in post) == ("ISCP Business Manager", "GY5 7NT", False)
    assert post["stands_for"] == ["audit-manager"], "it is for the same recipient of the policy"


@pytest.mark.parametrize(
    ("email", "offered", "said"),
    [
        ("asha@school.example.org", ["send", "keep"], "Your copy goes to your own mailbox, asha@school.example.org."),
        ("", ["send", "keep"], "No copy can be mailed to you, because I do not know your mailbox."),
    ],
)
def test_a_copy_to_post_goes_to_a_mailbox_that_is_shown_before_or_does_not_go(
    email: str, offered: list[str], said: str
) -> None:
    world = context(escalation("islands", 3))
    world = replace(world, me=replace(world.me, email=email))
    given = {"resolution-form.stage-3.to.audit-manager": None}
    name = "resolution-form.stage-3.confirm" + ("" if email else ".only-by-hand")
    question = asked("report", world, **given)[name]
    assert [option.id for option in question.kind.options] == offered  # type: ignore[attr-defined]
    assert [each for each in question.before if isinstance(each, Words) and said in each.text]
    assert any("GY5 7NT" in line for part in question.before if isinstance(part, Points) for line in part.items)


def test_a_form_that_is_not_to_be_sent_yet_can_only_be_kept() -> None:
    kind = asked("report", context(escalation("sefton", 3)))["report-to-sscp.confirm"].kind
    assert [option.id for option in kind.options] == ["keep"]  # type: ignore[attr-defined]


def test_answers_that_were_kept_are_not_asked_for_again_but_progress_is() -> None:
    about = escalation("herefordshire", 3, Status.RESOLVED)
    about = replace(about, sent={"report-to-hscp/all/entry": "2026-03-10T10:00", "report-to-hscp/all/progress": "x"})
    kept = {"child-name": "Kit Marker", "child-reference": None, "progress": "Old lines."}
    world = context(about.with_fields(**{"form.report-to-hscp.all": kept}))
    answers = preloaded(world)
    assert answers == {
        "report-to-hscp.child-name": {"value": "Kit Marker"}, "report-to-hscp.child-reference": {"skipped": True},
    }  # fmt: skip
    first = walk(lambda: FLOWS["report"](world), answers).question
    assert first is not None
    assert first.name == "report-to-hscp.date-of-birth"
    decision = ends("report", world)
    assert isinstance(decision, Report)
    assert (decision.instance, decision.moment) == ("all", "resolution")


def test_an_escalation_about_a_theme_asks_for_no_child() -> None:
    world = context(replace(escalation("herefordshire", 2), subject="themed"))
    assert not [name for name in asked("report", world) if "child" in name or "birth" in name]


def test_it_is_resolved_on_a_day_with_everything_that_was_learned() -> None:
    decision = ends("resolve", context(escalation("sefton", 3)), resolved_on="2026-03-26", lessons=None)
    assert (decision.reference, decision.on) == (REFERENCE, date(2026, 3, 26))
    assert set(decision.answers) == {
        "judged", "outcome", "how_resolved", "agreed_outcome", "lessons", "actions", "debrief",
    }  # fmt: skip
    assert decision.answers["lessons"] is None
    assert TODAY.isoformat() == asked("resolve", context(escalation("sefton", 3)))["resolved_on"].prefill
