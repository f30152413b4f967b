"""What is noted, what it meets and what it leads to: ticks, clocks, texts to send, going on where nobody replied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot import decisions
from bot.decisions import Effects
from bot.errors import InvalidAnswer
from bot.escalation import Approval, Escalation, Status
from bot.fields import Choice
from bot.flows import faces
from bot.flows.approving import may_go_on
from bot.flows.escalate import escalate
from bot.flows.move import AskApproval, MoveNow
from bot.flows.noted import answered, no_reply_noted, partnership_acknowledged, sent_to_partnership
from bot.flows.noting import Note, note
from bot.flows.update import WordsSaid
from bot.messages import Message, Points, words_of
from bot.policy import Policy
from tests.flows.contexts import ASHA, INVENTED, POLICIES, context, escalation, person, reported
from tests.flows.held import asked, ends
from tests.flows.test_every_branch import held
from tests.invented import NORTHMOOR

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
OTHERS = [{"agency": "Example Constabulary"}]


def at(stage: str, policy: Policy = NORTHMOOR, **fields: Any) -> Escalation:
    """One that stands at this stage, with everything said and nothing noted."""
    begun = escalation("trafford")
    people = {f"people.{stage}.raising": person("console:ben"), f"people.{stage}.challenged": person("console:grace")}
    return replace(
        begun,
        policy=policy.id,
        policy_version=policy.version,
        stage=stage,
        entered={stage: date(2026, 3, 24)},
        fields={"raiser": begun.fields["raiser"], **people, **fields},
    )


def noting(about: Escalation, what: str, policy: Policy = NORTHMOOR, **details: str) -> Effects:
    world = context(about, policies={policy.id: policy})
    return decisions.note(world, Note(about.reference, what, {"on": "2026-03-25", **details}), "p", NOW)


def told(done: Effects, person_id: str = ASHA) -> Message:
    return next(each.message for each in done.deliveries if each.to == person_id and each.message)


def ticks(about: Escalation, policy: Policy) -> dict[str, bool]:
    face = faces.face(context(about, policies={policy.id: policy}), about)
    return next(dict(zip(part.items, part.done, strict=True)) for part in face.parts if isinstance(part, Points))


@pytest.mark.parametrize(
    ("what", "met"),
    [
        ("acknowledged", {"step-2/acknowledge"}),
        ("replied", {"step-2/acknowledge", "step-2/reply"}),
        ("meeting", {"step-2/meet"}),
        ("written_up", {"step-2/write-up"}),
        ("no_reply", set()),
        ("call", set()),
    ],
)
def test_a_note_meets_the_clocks_of_its_stage_that_ask_for_it(what: str, met: set[str]) -> None:
    done = noting(at("step-2"), what, who="Grace", text="Yes.")
    assert done.escalation.fields.get("clocks_met", {}) == dict.fromkeys(met, "2026-03-25")
    assert done.escalation.course.done == dict.fromkeys(met, date(2026, 3, 25))


def test_what_is_noted_while_a_request_waits_shows_there_too() -> None:
    waits = Approval("k", "", "move", ASHA, date(2026, 3, 25), ("console:ben",), "step-3", post="asked/post")
    about = at("step-2")
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR}, approvals=(replace(waits, reference=about.reference),))
    done = decisions.note(world, Note(about.reference, "acknowledged", {"on": "2026-03-25", "who": "Grace"}), "p", NOW)
    edited = {each.to: words_of(each.message) for each in done.deliveries if each.kind == "edit" and each.message}
    assert set(edited) == {about.thread, "asked/post"}
    assert "Acknowledge the request" not in edited["asked/post"]


def test_silence_opens_the_next_stage_and_does_not_decide_a_jump() -> None:
    about = noting(at("step-3"), "no_reply").escalation
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    assert isinstance(ends("move", world), MoveNow)
    jump = ends("jump", world)
    assert isinstance(jump, AskApproval)
    waiting = Approval("k", about.reference, "move", ASHA, NOW.date(), ("console:ben",), jump.stage)
    today = replace(world, today=date(2026, 3, 25))
    assert not may_go_on(today, about, waiting)
    assert may_go_on(today, about, replace(waiting, stage="step-4"))


def test_a_clock_is_met_on_the_first_day_that_was_noted() -> None:
    again = noting(noting(at("step-2"), "meeting").escalation, "meeting", on="2026-03-24").escalation
    assert again.fields["clocks_met"] == {"step-2/meet": "2026-03-24"}
    later = noting(again, "meeting", on="2026-03-26").escalation
    assert later.fields["clocks_met"] == {"step-2/meet": "2026-03-24"}


def test_with_several_agencies_a_clock_is_met_when_the_last_of_them_has_answered() -> None:
    about = at("step-2", other_agencies=OTHERS)
    one = noting(about, "acknowledged", side="challenged", agency="A").escalation
    assert "clocks_met" not in one.fields
    assert not answered(one, "acknowledged")
    both = noting(one, "acknowledged", on="2026-03-26", side="challenged.1", agency="B").escalation
    assert both.fields["clocks_met"] == {"step-2/acknowledge": "2026-03-26"}
    assert ticks(both, NORTHMOOR)["Acknowledge the request in writing"]
    assert not any(done for label, done in ticks(one, NORTHMOOR).items() if label.startswith("Acknowledge the request"))


def test_saying_the_words_meets_the_clock_that_asks_for_it() -> None:
    about = at("step-2")
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    said = {"to": "Grace Madeup", "how": "By telephone", "on": "2026-03-24"}
    done = decisions.words_said(world, WordsSaid(about.reference, said), "p", NOW)
    assert done.escalation.fields["clocks_met"] == {"step-2/say": "2026-03-24"}
    again = WordsSaid(about.reference, {**said, "on": "2026-03-26"})
    world = context(done.escalation, policies={NORTHMOOR.id: NORTHMOOR})
    later = decisions.words_said(world, again, "p", NOW).escalation
    assert later.fields["clocks_met"] == {"step-2/say": "2026-03-24"}


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("step-2", "the request must go to the next step. Silence is not agreement."),
        ("step-2", "The policy asks you to go on to the next stage now."),
        ("step-3", "The policy lets you go on to the next stage now."),
    ],
)
def test_silence_is_what_the_policy_says_of_it_with_a_button_and_a_reminder_to_send(stage: str, words: str) -> None:
    done = noting(at(stage), "no_reply")
    text = words_of(told(done))
    assert words in text
    assert "[Go on to the next stage now]" in text
    assert "Dear Grace Madeup" in text
    assert "I had asked for one by Wednesday 25 March 2026." in text
    assert "Under the policy a response is owed: " in text
    assert ("“Reply in writing, with reasons”: " in text) is (stage == "step-2")
    assert no_reply_noted(done.escalation, stage)
    assert not no_reply_noted(done.escalation, "step-1")


def test_at_the_top_silence_goes_to_the_partnership_and_no_button_leads_nowhere() -> None:
    text = words_of(told(noting(at("step-5"), "no_reply")))
    assert "Tell NSCP Business Unit that nobody replied" in text
    assert "Go on to the next stage" not in text


def test_a_reply_ends_the_silence_of_the_agency_that_gives_it_only() -> None:
    about = at("step-2", other_agencies=OTHERS)
    for side in ("challenged", "challenged.1"):
        about = noting(about, "no_reply", side=side, agency="A").escalation
    about = noting(about, "replied", side="challenged", agency="A").escalation
    assert no_reply_noted(about, "step-2")
    assert not no_reply_noted(noting(about, "replied", side="challenged.1", agency="B").escalation, "step-2")


def test_the_history_holds_all_that_was_noted() -> None:
    done = noting(at("step-2"), "replied", who="Grace Madeup", text="They will look again.")
    (entry,) = done.history
    assert entry.what == "replied"
    assert entry.details == {
        "stage": "step-2",
        "on": "2026-03-25",
        "who": "Grace Madeup",
        "text": "They will look again.",
        "line": {"on": "2026-03-25", "text": "They replied. Grace Madeup. They will look again."},
    }
    assert done.escalation.fields["notes"] == [
        {"what": "replied", **{k: v for k, v in entry.details.items() if k != "line"}}
    ]


def test_each_agency_has_a_tick_of_its_own_for_filing_and_none_is_named_in_the_channel() -> None:
    policy = POLICIES["herefordshire"]
    about = at("stage-1", policy, other_agencies=OTHERS)
    filed = noting(about, "filed", policy, side="challenged", agency="Children’s Social Care").escalation
    shown = {name: done for name, done in ticks(filed, policy).items() if name.startswith("Filed")}
    assert shown == {
        "Filed on the child’s record: raising side": False,
        "Filed on the child’s record: challenged side": True,
        "Filed on the child’s record: further agency 1": False,
    }
    moved = replace(filed, stage="stage-2", entered={**filed.entered, "stage-2": date(2026, 3, 26)})
    assert not ticks(moved, policy)["Filed on the child’s record: challenged side"]


def test_an_action_that_is_done_is_asked_for_no_more_and_ticked_when_all_are() -> None:
    actions = [{"action": "Visit", "by_whom": "Grace", "date": ""}, {"action": "Meet", "by_whom": "Ben", "date": ""}]
    about = replace(at("step-2", actions=actions), status=Status.CLOSED)
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    way = held(lambda: note(world), {"what": "action", "action.number": "2"})
    asked = next(step.question for step in way.steps if step.question.name == "action.number")
    assert "Visit" in words_of(Message("", tuple(asked.before)))
    assert not any("Visit" in button.label for button in asked.kind.buttons())
    one = decisions.note(world, way.decision, "p", NOW).escalation
    assert not ticks(one, NORTHMOOR)["Agreed actions done"]
    both = noting(one, "action", text="Visit (Grace)").escalation
    assert ticks(both, NORTHMOOR)["Agreed actions done"]
    offered = held(lambda: note(context(both, policies={NORTHMOOR.id: NORTHMOOR})), {}).steps[0].question.kind
    assert "action" not in {option.id for option in offered.options}  # type: ignore[attr-defined]


def test_advice_is_offered_where_the_policy_has_a_way_to_it_and_moves_nothing() -> None:
    about = at("step-2")
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    way = held(lambda: note(world), {"what": "advice"})
    shown = words_of(Message("", tuple(way.steps[1].question.before)))
    assert "Designated Doctor for Safeguarding Children: Any practitioner may ask" in shown
    assert "Advice does not move the stage, and the clock goes on." in shown
    done = decisions.note(world, way.decision, "p", NOW).escalation
    assert (done.stage, done.course.entered) == (about.stage, about.course.entered)
    none = held(lambda: note(context(escalation("sefton"))), {}).steps[0].question.kind
    assert "advice" not in {option.id for option in none.options}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (NORTHMOOR, "two agencies see a child’s situation differently"),
        (POLICIES["sefton"], "nobody is criticised here"),
    ],
)
@pytest.mark.parametrize("what", ["meeting", "invited"])
def test_a_meeting_has_a_statement_to_read_out(policy: Policy, words: str, what: str) -> None:
    about = at(policy.ladder[1].id, policy)
    world = context(about, policies={policy.id: policy})
    way = held(lambda: note(world), {"what": what, "invited.on": "2026-03-30"})
    done = decisions.note(world, way.decision, "p", NOW)
    seen = [part for step in way.steps for part in step.question.before] + list(told(done).parts)
    assert words in words_of(Message("", tuple(seen)))


def test_a_meeting_is_not_arranged_for_a_day_that_has_passed_nor_dated_in_advance() -> None:
    about = at("step-2")
    done = noting(about, "invited", on="2026-04-02", who="Grace Madeup")
    text = words_of(told(done))
    assert "I would like to meet about my resolution request" in text
    assert "on Thursday 2 April 2026" in text
    assert done.escalation.fields["updates"][-1]["on"] == "2026-03-27"
    assert "clocks_met" not in done.escalation.fields


@pytest.mark.parametrize("what", ["call", "meeting"])
def test_what_was_said_stands_in_the_text_to_send_and_in_no_channel(what: str) -> None:
    done = noting(at("step-2"), what, who="Grace Madeup", text="She promised a plan for Kit Marker.")
    private = told(done)
    assert "She promised a plan for Kit Marker." in words_of(private)
    assert "look whether it names anybody who need not be named" in words_of(private)
    others = [each.message for each in done.deliveries if each.message and each.message is not private]
    assert not any("Kit" in words_of(each) for each in others)
    assert "Kit" not in private.summary


def test_consulting_proposes_ones_own_safeguarding_lead_and_shows_what_the_policy_says() -> None:
    about = at("step-2").with_fields(**{"people.lead": person("console:dele")})
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    way = held(lambda: note(world), {"what": "consulted"})
    assert way.steps[2].question.prefill == "Dele Pretend"
    assert "Consult your agency’s safeguarding lead before the managers speak" in words_of(
        Message("", tuple(way.steps[1].question.before))
    )


def test_words_said_when_it_is_raised_meet_the_clock_of_the_first_stage() -> None:
    first = NORTHMOOR.ladder[0]
    clock = NORTHMOOR.stage("step-2").clocks[0]
    stages = [stage.model_copy(update={"clocks": [clock]}) if stage is first else stage for stage in NORTHMOOR.stages]
    policy = NORTHMOOR.model_copy(update={"stages": stages})
    world = context(policies={policy.id: policy})
    way = held(lambda: escalate(world), {"in_danger": False, "route": "none", "talked": "yes", "said_on": "2026-03-26"})
    done = decisions.raise_escalation(world, way.decision, "p", NOW)
    assert done.escalation.fields["words_said"]["on"] == "2026-03-26"
    assert done.escalation.fields["clocks_met"] == {f"{first.id}/say": "2026-03-26"}


@pytest.mark.parametrize("what", ["acknowledged", "replied", "no_reply"])
def test_nobody_answers_before_the_clock_has_begun(what: str) -> None:
    about = at("step-2")
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    kind = asked("note", world, what=what)[f"{what}.on"].kind
    with pytest.raises(InvalidAnswer, match=r"Sunday 1 March 2026 is before the .*, Monday 2 March 2026\."):
        kind.read("01/03/2026", world.reading())
    assert kind.read("02/03/2026", world.reading()) == "2026-03-02"


# ── the partnership ──────────────────────────────────────────────────────────────────────────────────────

THE_PARTNERSHIP = "The partnership acknowledged the report"


def sent(*moments: str, policy: str = "trafford") -> Escalation:
    """One whose form has gone to the partnership at these moments."""
    about = escalation(policy, 2)
    form = POLICIES[policy].forms[0]
    keys = (f"{form.id}/all/{moment.id}" for moment in form.moments if moment.who != "partnership")
    return reported(about, dict(zip(keys, moments, strict=False)))


def the_partnership_has_it(about: Escalation, on: str) -> Escalation:
    details = {"on": on, "who": "Iris"}
    return decisions.note(
        context(about), Note(about.reference, "partnership_acknowledged", details), "p", NOW
    ).escalation


def offered(about: Escalation) -> list[str]:
    kind = asked("note", context(about))["what"].kind
    assert isinstance(kind, Choice)
    return [option.id for option in kind.options]


def test_that_the_partnership_has_the_report_is_noted_and_ticked_once_there_is_one() -> None:
    assert "partnership_acknowledged" not in offered(escalation("trafford", 2))
    about = sent("2026-03-10T10:00:00+00:00")
    assert "partnership_acknowledged" in offered(about)
    assert ticks(about, POLICIES["trafford"])[THE_PARTNERSHIP] is False
    has_it = the_partnership_has_it(about, "2026-03-11")
    assert ticks(has_it, POLICIES["trafford"])[THE_PARTNERSHIP] is True
    assert has_it.fields["updates"][-1] == {"on": "2026-03-11", "text": f"{THE_PARTNERSHIP}. Iris"}


def test_what_is_sent_afterwards_is_to_be_acknowledged_again() -> None:
    has_it = the_partnership_has_it(sent("2026-03-10T10:00:00+00:00"), "2026-03-11")
    policy = POLICIES["trafford"]
    again = reported(has_it, sent("2026-03-10T10:00:00+00:00", "2026-03-20T10:00:00+00:00").sent)
    assert len(again.sent) == 2
    assert not partnership_acknowledged(policy, again)
    assert partnership_acknowledged(policy, the_partnership_has_it(again, "2026-03-20"))


def test_a_day_before_the_report_was_sent_is_no_day_on_which_it_was_acknowledged() -> None:
    about = sent("2026-03-10T23:30:00+00:00")
    question = asked("note", context(about), what="partnership_acknowledged")["partnership_acknowledged.on"]
    with pytest.raises(InvalidAnswer, match="before the report was sent, Tuesday 10 March 2026"):
        question.kind.read("09/03/2026", context(about).reading())
    assert question.kind.read("10/03/2026", context(about).reading()) == "2026-03-10"


def test_what_stays_in_ones_own_agency_is_acknowledged_by_nobody() -> None:
    alderwick = INVENTED["alderwick"]
    own = next(form for form in alderwick.forms if all(each.via == "internal" for each in form.recipients))
    about = reported(escalation("alderwick"), {f"{own.id}/all/{own.moments[0].id}": "2026-03-10T10:00:00+00:00"})
    about = about.with_fields(**{"letter.1": {**about.fields["letter.1"], "partnership": False, "hand_on": "lead"}})
    assert sent_to_partnership(alderwick, about) == []
    assert THE_PARTNERSHIP not in ticks(about, alderwick)
