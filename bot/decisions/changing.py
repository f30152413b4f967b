"""Dates agreed or corrected; another owner; withdrawn, and opened again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.deadlines import check_agreed
from bot.decisions.effects import Effects, renew_face, withdraw_requests
from bot.decisions.raising import remind_of_words
from bot.errors import InvalidAnswer
from bot.escalation import Escalation, Step, take
from bot.flows import faces
from bot.flows.changing import AgreeDate, CorrectDate, PassOn, Reopen, Withdraw, in_order
from bot.flows.context import Context
from bot.forms_due import find
from bot.messages import Message, Part, Words


def _say(c: Context, done: Effects, text: str, *more: Part) -> None:
    done.tell(c.me.id, Message(text, (Words(text), *more, *faces.ownership(c, done.escalation))))


def _post(c: Context, done: Effects, name: str) -> None:
    """The face as it is now, and a line in the thread."""
    renew_face(c, done)
    done.post(c.policy_of(done.escalation).channel, faces.thread_note(c, done.escalation, name))


def agree_date(c: Context, d: AgreeDate, prefix: str, now: datetime) -> Effects:
    """The agreed date is the due date from now on, if the policy still allows it."""
    policy, stage = c.policy_of(c.escalation), c.escalation.stage
    entered = c.escalation.entered[stage]
    check_agreed(policy, stage, d.on, entered_on=entered, calendar=c.calendar_of(policy))
    old = c.escalation.agreed.get(c.escalation.stage)
    agreed = {**c.escalation.agreed, c.escalation.stage: d.on}
    done = Effects(prefix, c.me.id, now, replace(take(c.escalation, Step.UPDATE), agreed=agreed))
    before = old.isoformat() if old else ""
    done.note("date agreed", stage=c.escalation.stage, on=d.on.isoformat(), who=d.who, before=before)
    _post(c, done, "agree.posted")
    _say(c, done, c.words("agree.kept", reference=d.reference))
    return done


def correct_date(c: Context, d: CorrectDate, prefix: str, now: datetime) -> Effects:
    """The right date replaces the wrong one, which stays in the history with the reason; the clocks follow."""
    escalation = take(c.escalation, Step.UPDATE)
    in_order(escalation, c.today, d.which, d.on)
    before = escalation.concern if d.which == "concern" else escalation.entered[d.which]
    if d.which == "concern":
        escalation = replace(escalation, concern=d.on)
    else:
        escalation = replace(escalation, entered={**escalation.entered, d.which: d.on})
    escalation, dropped = _without_broken_agreements(c, escalation)
    done = Effects(prefix, c.me.id, now, escalation)
    for stage in dropped:
        done.note("agreed date dropped", stage=stage)
    done.note("date corrected", which=d.which, before=before.isoformat(), after=d.on.isoformat(), reason=d.reason)
    _post(c, done, "correct.posted")
    name = "correct.agreed_dropped" if dropped else "correct.kept"
    _say(c, done, c.words(name, reference=d.reference))
    return done


def _without_broken_agreements(c: Context, escalation: Escalation) -> tuple[Escalation, list[str]]:
    """Agreed dates that the policy does not allow with the corrected ones are dropped, and said to be."""
    policy = c.policy_of(escalation)
    dropped = []
    for stage, on in escalation.agreed.items():
        try:
            entered = escalation.entered[stage]
            check_agreed(policy, stage, on, entered_on=entered, calendar=c.calendar_of(policy))
        except InvalidAnswer:
            dropped.append(stage)
    kept = {stage: on for stage, on in escalation.agreed.items() if stage not in dropped}
    return replace(escalation, agreed=kept), dropped


def withdraw(c: Context, d: Withdraw, prefix: str, now: datetime) -> Effects:
    """It ends without a resolution, by the raiser's own word."""
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.WITHDRAW))
    done.note("withdrawn", reason=d.reason)
    withdraw_requests(c, done)
    _post(c, done, "withdraw.posted")
    _say(c, done, c.words("withdraw.kept", reference=d.reference), *faces.due_reports(c, done.escalation))
    return done


def reopen(c: Context, d: Reopen, prefix: str, now: datetime) -> Effects:
    """It goes on at the stage where it stood; its dates are what they were."""
    closing = _closing_moments(c)
    again = take(c.escalation, Step.REOPEN)
    sent = {key: at for key, at in again.sent.items() if key not in closing}
    kept = [key for key in again.fields.get("kept") or () if key not in closing]
    opened = replace(again.with_fields(kept=kept), sent=sent, resolved_on=None, resolved_at="")
    done = Effects(prefix, c.me.id, now, opened)
    done.note("reopened", reason=d.reason)
    _post(c, done, "reopen.posted")
    text = c.words("reopen.kept", reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, opened), *faces.what_next(c, opened))))
    return done


def _closing_moments(c: Context) -> set[str]:
    """Keys of what was filled on resolving or withdrawing: it is asked anew when it ends again."""
    policy = c.policy_of(c.escalation)
    all_of_them = {*c.escalation.sent, *(c.escalation.fields.get("kept") or ())}
    found = ((key, find(policy, key)) for key in all_of_them)
    due = {key: filling.moment.due for key, filling in found if filling}
    return {key for key, trigger in due.items() if trigger and trigger.on in {"resolving", "withdrawing"}}


def pass_on(c: Context, d: PassOn, prefix: str, now: datetime) -> Effects:
    """Another owner: they are told, and everything that was the raiser's to do is theirs."""
    escalation = replace(take(c.escalation, Step.UPDATE), raiser=d.to["person"])
    done = Effects(prefix, c.me.id, now, escalation)
    done.note("passed on", to=d.to["person"], reason=d.reason)
    withdraw_requests(c, done)
    _post(c, done, "pass.posted")
    text = c.words("pass.told", name=c.me.name, reference=d.reference)
    parts = (Words(text, "strong"), *faces.ownership(c, escalation), *faces.what_next(c, escalation))
    done.tell(d.to["person"], Message(text, parts))
    if not escalation.fields.get("words_said"):
        remind_of_words(c, done)
    if c.me.id != c.escalation.raiser:
        taken = c.words("pass.taken", name=c.me.name, reference=d.reference)
        done.tell(c.escalation.raiser, Message(taken, (Words(taken),)))
    kept = c.words("pass.kept", name=d.to["name"], reference=d.reference)
    done.tell(c.me.id, Message(kept, (Words(kept),)))
    return done
