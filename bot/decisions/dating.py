"""Dates that people set or put right: agreed, shorter, corrected. What shows dates is edited, and the rest follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from bot.deadlines import check_agreed, check_sooner
from bot.decisions.effects import Effects, renew_dates, say_again, say_in_thread, tell_named
from bot.errors import InvalidAnswer
from bot.escalation import Escalation, Step, take
from bot.flows import faces, letters
from bot.flows.context import Context
from bot.flows.dating import AgreeDate, CorrectDate, SoonerDate, check_of, corrected, may_be_sooner, standing
from bot.messages import Message, Part, Words


def _say(c: Context, done: Effects, text: str, *more: Part) -> None:
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation), *more)))
    tell_named(c, done, "manager.dates")


def agree_date(c: Context, d: AgreeDate, prefix: str, now: datetime) -> Effects:
    """The agreed date is the due date from now on, if the policy still allows it."""
    policy, stage = c.policy_of(c.escalation), c.escalation.stage
    entered = c.escalation.entered[stage]
    check_agreed(policy, stage, d.on, entered_on=entered, calendar=c.calendar_of(policy))
    old = c.escalation.agreed.get(stage)
    agreed = {**c.escalation.agreed, stage: d.on}
    done = Effects(prefix, c.me.id, now, replace(take(c.escalation, Step.UPDATE), agreed=agreed))
    done.note("date agreed", stage=stage, on=d.on.isoformat(), who=d.who, how=d.how, before=_iso(old))
    renew_dates(c, done)
    say_in_thread(c, done, "agree.posted")
    text = c.words("agree.kept", reference=d.reference)
    _say(c, done, text, *letters.agreed(c, done.escalation, d.on, d.who))
    return done


def sooner_date(c: Context, d: SoonerDate, prefix: str, now: datetime) -> Effects:
    """A shorter date for this child, or the policy's own again."""
    stage, old = c.escalation.stage, c.escalation.sooner.get(c.escalation.stage)
    days = {name: on for name, on in c.escalation.sooner.items() if name != stage}
    if d.on is not None:
        may_be_sooner(c, c.policy_of(c.escalation), stage, d.on)
        days[stage] = d.on
    done = Effects(prefix, c.me.id, now, replace(take(c.escalation, Step.UPDATE), sooner=days))
    what = "date made sooner" if d.on else "shorter date taken back"
    done.note(what, stage=stage, on=_iso(d.on), who=d.who, reason=d.reason, before=_iso(old))
    renew_dates(c, done)
    say_in_thread(c, done, "sooner.posted" if d.on else "sooner.posted_back")
    text = c.words("sooner.kept" if d.on else "sooner.taken_back", reference=d.reference)
    _say(c, done, text, *letters.sooner(c, done.escalation, d.on))
    return done


def correct_date(c: Context, d: CorrectDate, prefix: str, now: datetime) -> Effects:
    """The right date replaces the wrong one, which stays in the history with the reason; all that shows it is edited.

    Dates that people had set and that the policy does not allow with it are dropped, and said to be.
    """
    wrong = take(c.escalation, Step.UPDATE)
    check_of(c, wrong, d.kind, d.of)(d.on)
    escalation, agreed, shorter = _without_broken(c, corrected(wrong, d))
    done = Effects(prefix, c.me.id, now, escalation)
    old = standing(wrong, d.kind, d.of)
    done.note(
        "date corrected", kind=d.kind, of=d.of, before=_iso(old), after=d.on.isoformat(), reason=d.reason,
        dropped={"agreed": agreed, "sooner": shorter},
    )  # fmt: skip
    # The newest line and open requests first: the line about the correction comes below them.
    say_again(c, done)
    say_in_thread(c, done, "correct.posted")
    name = "correct.dropped" if agreed or shorter else "correct.kept"
    _say(c, done, c.words(name, reference=d.reference), *letters.corrected(c, escalation))
    return done


def _without_broken(c: Context, escalation: Escalation) -> tuple[Escalation, list[str], list[str]]:
    """Without the agreed and shorter dates that the policy does not allow any more; for which stages these were."""
    agreed = [stage for stage, on in escalation.agreed.items() if not _agreement_holds(c, escalation, stage, on)]
    kept = {stage: on for stage, on in escalation.agreed.items() if stage not in agreed}
    escalation = replace(escalation, agreed=kept)
    shorter = [stage for stage, on in escalation.sooner.items() if not _shorter_holds(c, escalation, stage, on)]
    days = {stage: on for stage, on in escalation.sooner.items() if stage not in shorter}
    return replace(escalation, sooner=days), agreed, shorter


def _agreement_holds(c: Context, escalation: Escalation, stage: str, on: date) -> bool:
    entered, policy = escalation.entered.get(stage), c.policy_of(escalation)
    if entered is None:
        # For a clock within a stage, whose limit is looked at whenever it is counted.
        return True
    try:
        check_agreed(policy, stage, on, entered_on=entered, calendar=c.calendar_of(policy))
    except InvalidAnswer:
        return False
    return True


def _shorter_holds(c: Context, escalation: Escalation, stage: str, on: date) -> bool:
    if stage not in escalation.entered:
        return True
    policy = c.policy_of(escalation)
    try:
        check_sooner(policy, stage, on, escalation.course, c.calendar_of(policy))
    except InvalidAnswer:
        return False
    return True


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
