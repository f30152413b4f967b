"""A challenge that was received: what is asked, the dates that are owed, the reply, and what is recorded for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bot import access, decisions
from bot.errors import InvalidAnswer
from bot.escalation import Escalation, Status
from bot.flows import nudges
from bot.flows.dating import CorrectDate
from bot.flows.nudges import Nudge
from bot.flows.receiving import ANCHORS, Received, clock_rows, counted_from, dates_owed, last_day, received
from bot.messages import Message, words_of
from bot.policy import Policy
from tests.flows.contexts import ASHA, BEN, CERYS, DIRECTORY, ERIN, GRACE, HUGH, POLICIES, context, escalation, person
from tests.flows.test_every_branch import Way, held
from tests.invented import ALDERWICK, LLANFAIR, NORTHMOOR
from tests.scenes import scene
from tests.test_noting import at

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)
NELL = {"name": "Nell Nursery", "role": "Manager", "agency": "Fictional Nursery", "email": ""}


def receiving(policy: Policy, *, me: str = GRACE, today: date = date(2026, 3, 2), **answers: Any) -> Way:
    world = context(policies={policy.id: policy}, today=today, me=DIRECTORY[me])
    given = {"received_on": today.isoformat(), "challenger": NELL, "in_danger": False, "reference": None}
    return held(lambda: received(world), given | dict.fromkeys(TOLD) | answers)


TOLD = ("told_clock", "told_initial_concern", "told_decision_received", "told_raised", "reply_by")


def got(policy: Policy, stage: str, **more: Any) -> Received:
    return Received(policy, stage, "", NELL, date(2026, 3, 2), "Hugh Imaginary", None, remind=False, **more)


@pytest.mark.parametrize(
    ("policy", "stage", "asked"),
    [
        (POLICIES["herefordshire"], "stage-2", ["told_clock"]),
        (POLICIES["sefton"], "step-2", ["told_clock"]),
        (POLICIES["trafford"], "stage-1", []),
        (POLICIES["islands"], "stage-1", []),
        (ALDERWICK, "alert-1", ["told_clock"]),
        (LLANFAIR, "stage-1", ["told_decision_received"]),
        (LLANFAIR, "stage-2", []),
        (NORTHMOOR, "step-1", ["told_clock"]),
        (NORTHMOOR, "step-2", []),
    ],
)
def test_only_days_from_which_something_owed_is_counted_are_asked_for(
    policy: Policy, stage: str, asked: list[str]
) -> None:
    way = receiving(policy, stage=stage)
    assert [name for name in way.names if name.startswith("told_")] == asked


@pytest.mark.parametrize("policy", [*POLICIES.values(), ALDERWICK, LLANFAIR, NORTHMOOR], ids=lambda policy: policy.id)
def test_no_day_on_which_something_owed_depends_goes_unasked(policy: Policy) -> None:
    ladders: list[str] = [ladder.id for ladder in policy.ladders] or [""]
    for whole in (policy.taken(ladder) for ladder in ladders):
        world = context(policies={policy.id: policy}, today=date(2026, 3, 2))
        for stage in whole.ladder:
            plain = got(whole, stage.id)
            for name in set(ANCHORS) - counted_from(whole, stage):
                for day in (date(2026, 2, 27), date(2026, 2, 24), date(2026, 2, 19)):
                    earlier = replace(plain, days={name: day})
                    assert clock_rows(world, earlier) == clock_rows(world, plain), (stage.id, name)


@pytest.mark.parametrize(
    ("told", "due"),
    [({}, date(2026, 3, 12)), ({"clock": date(2026, 2, 26)}, date(2026, 3, 10))],
)
def test_a_day_that_was_not_told_is_taken_to_be_the_latest_possible(told: Any, due: date) -> None:
    world = context(today=date(2026, 3, 2), me=DIRECTORY[GRACE])
    assert dates_owed(world, got(POLICIES["herefordshire"], "stage-2", days=told))[0].due == due


def test_the_clocks_that_the_challenged_side_owes_are_counted_as_if_it_is_acknowledged_today() -> None:
    world = context(policies={NORTHMOOR.id: NORTHMOOR}, today=date(2026, 3, 3), me=DIRECTORY[GRACE])
    _, owed = dates_owed(world, got(NORTHMOOR, "step-2"))
    assert {clock.clock: clock.due for clock in owed} == {
        "acknowledge": date(2026, 3, 2),
        "reply": owed[1].due,
    }
    assert [clock.owner for clock in owed] == ["challenged", "challenged"]
    later = replace(world, today=date(2026, 3, 4))
    assert dates_owed(later, got(NORTHMOOR, "step-2"))[1][1].due != owed[1].due
    assert last_day(world, got(NORTHMOOR, "step-2")) == owed[1].due


def test_duties_clock_and_respect_are_shown_before_anybody_says_who_responds() -> None:
    way = receiving(NORTHMOOR, stage="step-2")
    shown = words_of(Message("", tuple(next(s.question.before for s in way.steps if s.question.name == "responder"))))
    for text in (
        NORTHMOOR.stage("step-2").challenged.role,
        *NORTHMOOR.advice.responding,
        *NORTHMOOR.stage("step-2").duties,
        *NORTHMOOR.advice.key_messages,
        "Acknowledge the request in writing",
        "Reply in writing, with reasons",
    ):
        assert text in shown
    assert "Look at it again with an open mind" not in shown, "the policy has words of its own"


def test_a_day_that_they_told_lies_not_after_the_day_of_receiving() -> None:
    world = context(policies={"sefton": POLICIES["sefton"]}, today=date(2026, 3, 2))
    way = receiving(POLICIES["sefton"], stage="step-2")
    kind = next(step.question.kind for step in way.steps if step.question.name == "told_clock")
    with pytest.raises(Exception, match="is after Monday 2 March 2026, the day on which you received it"):
        kind.check(date(2026, 3, 3))  # type: ignore[attr-defined]
    assert kind.read("27/02/2026", world.reading()) == "2026-02-27"


@pytest.mark.parametrize(("by", "offered"), [("2026-03-03", False), ("2026-03-04", True), ("2026-03-09", True)])
def test_a_reminder_is_offered_only_for_a_working_day_that_is_still_to_come(by: str, offered: bool) -> None:
    way = receiving(POLICIES["trafford"], stage="stage-1", reply_by=by)
    assert ("remind" in way.names) is offered


def test_the_reminder_comes_on_the_working_morning_before_and_repeats_nothing_that_was_typed() -> None:
    way = receiving(
        POLICIES["trafford"], stage="stage-1", reply_by="2026-03-09", remind=True, reference="About Kit Marker"
    )
    (reminder,) = decisions.reminder(context(me=DIRECTORY[GRACE]), way.decision, "p")
    assert reminder.not_before is not None
    assert (reminder.to, reminder.not_before.isoformat()) == (GRACE, "2026-03-06T09:00:00+00:00")
    text = words_of(reminder.message) + reminder.message.summary if reminder.message else ""
    assert "by the end of Monday 9 March 2026" in text
    assert not [typed for typed in ("kit", "nell", "sam example") if typed in text.casefold()]
    named = replace(way.decision, reference="e-4kx-7pw")
    (reminder,) = decisions.reminder(context(me=DIRECTORY[GRACE]), named, "p")
    assert reminder.message is not None
    assert "Its reference is E-4KX-7PW." in words_of(reminder.message)


# ── what is recorded, and for whom ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "allowed"),
    [(GRACE, True), (HUGH, False), (ASHA, False), (BEN, False), (CERYS, False), (ERIN, False)],
)
def test_only_whoever_is_named_for_the_challenged_side_acknowledges_in_the_escalation(who: str, allowed: bool) -> None:
    about = escalation("trafford")
    assert (access.for_their_side(who, about, DIRECTORY) is about) is allowed
    assert access.for_their_side(who, None, DIRECTORY) is None
    for status in set(Status) - {Status.OPEN}:
        assert access.for_their_side(who, replace(about, status=status), DIRECTORY) is None


def test_somebody_who_is_named_on_both_sides_acknowledges_for_neither() -> None:
    about = escalation("trafford").with_fields(**{"people.stage-1.deputy": person(GRACE)})
    assert access.for_their_side(GRACE, about, DIRECTORY) is None


def acknowledged(about: Escalation, who: str) -> decisions.Effects:
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR}, me=DIRECTORY[who])
    decision = replace(got(NORTHMOOR, "step-2"), reply_by=date(2026, 3, 31))
    return decisions.acknowledge(world, decision, "p", NOW)


def test_a_clock_that_was_met_on_another_day_is_corrected_like_any_date() -> None:
    about = acknowledged(at("step-2"), GRACE).escalation
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR})
    wrong = CorrectDate(
        about.reference, "met", "step-2/acknowledge", date(2026, 3, 26), "The mail came the day before."
    )
    done = decisions.correct_date(world, wrong, "p", NOW)
    assert done.escalation.course.done == {"step-2/acknowledge": date(2026, 3, 26)}
    assert done.history[0].details["before"] == "2026-03-27"
    with pytest.raises(InvalidAnswer, match="still to come"):
        decisions.correct_date(world, replace(wrong, on=date(2026, 3, 30)), "p", NOW)


def test_the_acknowledgement_ticks_meets_the_clock_and_is_told_to_the_raiser() -> None:
    done = acknowledged(at("step-2"), GRACE)
    (note,) = done.escalation.fields["notes"]
    assert (note["what"], note["stage"], note["on"], note["who"]) == (
        "acknowledged", "step-2", "2026-03-27", "Grace Madeup",
    )  # fmt: skip
    assert done.escalation.fields["clocks_met"] == {"step-2/acknowledge": "2026-03-27"}
    assert [(entry.what, entry.by) for entry in done.history] == [("acknowledged", GRACE)]
    told = next(each.message for each in done.deliveries if each.to == ASHA and each.message)
    assert "Hugh Imaginary. By when: Tuesday 31 March 2026." in words_of(told)
    assert "Hugh" not in told.summary
    face = next(each.message for each in done.deliveries if each.kind == "edit" and each.message)
    assert "[x] Acknowledge the request in writing" in words_of(face)
    assert "Hugh" not in words_of(face)


def test_what_was_acknowledged_already_with_the_same_answer_is_known() -> None:
    about = acknowledged(at("step-2"), GRACE).escalation
    decision = replace(got(NORTHMOOR, "step-2"), reply_by=date(2026, 3, 31))
    world = context(about, policies={NORTHMOOR.id: NORTHMOOR}, me=DIRECTORY[GRACE])
    assert decisions.is_noted(world, decision)
    assert not decisions.is_noted(world, replace(decision, reply_by=date(2026, 4, 1)))
    assert not decisions.is_noted(world, replace(decision, responder="Somebody Else"))
    assert not decisions.is_noted(world, replace(decision, remind=True))


# ── by when they said that they would reply ──────────────────────────────────────────────────────────────────


def promised(about: Escalation) -> list[Nudge]:
    owed = nudges.owed(nudges.at(context(about, policies={NORTHMOOR.id: NORTHMOOR}), about, NOW), about)
    return [each for each in owed if each.kind == "promised"]


def told(about: Escalation, now: str) -> dict[str, str]:
    """What each person is told of it at this moment."""
    c = nudges.at(context(about, policies={NORTHMOOR.id: NORTHMOOR}), about, datetime.fromisoformat(now))
    theirs = nudges.readers(c, about, promised(about))
    messages = {person: nudges.message(c, about, of_them, person) for person, of_them in theirs.items()}
    return {person: words_of(message) for person, message in messages.items() if message}


def promising(*, remind: bool) -> Escalation:
    world = context(at("step-2"), policies={NORTHMOOR.id: NORTHMOOR}, me=DIRECTORY[GRACE])
    decision = replace(got(NORTHMOOR, "step-2"), reply_by=date(2026, 3, 31), remind=remind)
    return decisions.acknowledge(world, decision, "p", NOW).escalation


@pytest.mark.parametrize(
    ("remind", "moments"),
    [
        (True, ["2026-03-30 09:00", "2026-03-31 09:00", "2026-04-01 09:00", "2026-04-02 09:00"]),
        (False, ["2026-04-01 09:00", "2026-04-02 09:00", "2026-04-07 09:00", "2026-04-08 09:00"]),
    ],
)
def test_a_reply_that_was_promised_is_reminded_of_before_and_once_its_day_is_over(
    remind: bool, moments: list[str]
) -> None:
    (nudge,) = promised(promising(remind=remind))
    assert [f"{each:%Y-%m-%d %H:%M}" for each in islice(nudge.schedule.moments(), 4)] == moments


def test_whoever_promised_it_and_wanted_to_be_reminded_is_told_and_the_raiser_and_their_manager_when_nothing_came() -> (
    None
):
    about = promising(remind=True)
    assert list(told(about, "2026-03-30T09:00:00+01:00")) == [GRACE]
    grace = told(about, "2026-03-30T09:00:00+01:00")[GRACE]
    assert "The other side said that it would reply by the end of Tuesday 31 March 2026. This one is yours." in grace
    late = told(about, "2026-04-02T09:00:00+01:00")
    assert set(late) == {GRACE, ASHA, BEN}
    assert "by the end of Tuesday 31 March 2026, and nobody has noted a reply." in late[ASHA]
    assert "[They replied] [They have not replied]" in late[ASHA]
    unasked = promising(remind=False)
    assert told(unasked, "2026-03-30T09:00:00+01:00") == {}
    assert list(told(unasked, "2026-04-02T09:00:00+01:00")) == [ASHA, BEN]


@pytest.mark.parametrize(
    ("what", "on", "stands"),
    [("replied", "2026-03-27", False), ("no_reply", "2026-03-31", False), ("no_reply", "2026-03-27", True)],
)
def test_a_reply_or_that_none_came_ends_the_promise(what: str, on: str, stands: bool) -> None:
    about = promising(remind=True)
    noted = {"what": what, "stage": "step-2", "on": on, "side": "challenged"}
    about = about.with_fields(notes=[*about.fields["notes"], noted])
    assert bool(promised(about)) is stands
    elsewhere = about.with_fields(notes=[{**each, "stage": "step-1"} for each in about.fields["notes"]])
    assert promised(elsewhere) == []


def test_each_agency_acknowledges_for_itself() -> None:
    about = at("step-2", other_agencies=[{"agency": "Example Constabulary"}]).with_fields(
        **{"people.step-2.challenged.1": person(HUGH)}
    )
    first = acknowledged(about, HUGH).escalation
    assert first.fields["notes"][0]["side"] == "challenged.1"
    assert first.fields["notes"][0]["agency"] == "Example Constabulary"
    assert "clocks_met" not in first.fields
    assert acknowledged(first, GRACE).escalation.fields["clocks_met"] == {"step-2/acknowledge": "2026-03-27"}


def test_nobody_learns_of_an_escalation_by_giving_its_reference(tmp_path: Path) -> None:
    play = scene("raised", tmp_path)
    before, reference = play.escalation(), play.world.reference()
    seen = []
    for given in (reference, "E-2ZZ-2ZZ"):
        play.do(f"""
Iris: /received
Iris [No]
Iris: Herefordshire
Iris: {given}
Iris: Asha Example, Class Teacher, Millbrook Example Primary School
Iris: 1
Iris: today
Iris [Skip]
Iris [Continue]
Iris [Skip]
Iris [Show me the reply]
""")
        seen.append(play.world.sees("console:iris").replace(given, "REF"))
    assert seen[0] == seen[1]
    assert play.escalation() == before
    assert play.told().count("acknowledged") == 0
    play.world.close()


def test_the_reply_is_respectful_and_says_who_responds_and_by_when() -> None:
    world = context(me=DIRECTORY[GRACE])
    decision = replace(got(POLICIES["trafford"], "stage-2"), reference="REF-1", reply_by=date(2026, 3, 9))
    text = words_of(decisions.answer(world, decision, recorded=False))
    assert "Dear Nell Nursery\n\nThank you for your challenge." in text
    assert (
        "as the escalation REF-1 under the Resolving Professional Disagreements/Escalation Policy, at Stage 2" in text
    )
    assert "Hugh Imaginary will respond for us, by the end of Monday 9 March 2026" in text
    assert "Grace Madeup\nTeam Manager\nExample County Children's Social Care" in text
