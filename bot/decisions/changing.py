"""Who leads it, and whether it goes on: passed on or taken over, withdrawn, and opened again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.decisions.effects import Effects, renew_face, say_in_thread, tell_named, withdraw_requests
from bot.decisions.raising import words_unsaid
from bot.escalation import Status, Step, take
from bot.flows import faces, letters
from bot.flows.changing import PassOn, Reopen, Withdraw, is_outsider, may_lead, others
from bot.flows.context import Context
from bot.flows.noted import notes_of
from bot.forms_due import find
from bot.messages import Message, Words


def withdraw(c: Context, d: Withdraw, prefix: str, now: datetime) -> Effects:
    """It ends without a resolution, by the raiser's own word."""
    ended = take(c.escalation, Step.WITHDRAW).with_fields(withdrawn_on=c.today.isoformat())
    done = Effects(prefix, c.me.id, now, ended)
    done.note("withdrawn", reason=d.reason)
    withdraw_requests(c, done)
    renew_face(c, done)
    say_in_thread(c, done, "withdraw.posted")
    text = c.words("withdraw.kept", reference=d.reference)
    parts = (*letters.withdrawn(c, done.escalation), *faces.due_reports(c, done.escalation))
    done.tell(c.me.id, Message(text, (Words(text), *parts)))
    tell_named(c, done, "manager.withdrawn")
    return done


def reopen(c: Context, d: Reopen, prefix: str, now: datetime) -> Effects:
    """It goes on at the stage where it stood; its dates are what they were."""
    closing = _closing_moments(c)
    again = take(c.escalation, Step.REOPEN)
    sent = {key: at for key, at in again.sent.items() if key not in closing}
    kept = [key for key in again.fields.get("kept") or () if key not in closing]
    opened = replace(
        again.with_fields(kept=kept, notes_before_reopening=len(notes_of(again)), reopened_on=c.today.isoformat()),
        sent=sent,
        resolved_on=None,
        resolved_at="",
    )
    done = Effects(prefix, c.me.id, now, opened)
    done.note("reopened", reason=d.reason, asked_anew=sorted(closing))
    renew_face(c, done)
    say_in_thread(c, done, "reopen.posted")
    text = c.words("reopen.kept", reference=d.reference)
    parts = (*faces.ownership(c, opened), *letters.reopened(c, opened), *faces.what_next(c, opened))
    done.tell(c.me.id, Message(text, (Words(text), *parts)))
    tell_named(c, done, "manager.reopened")
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
    before, new = c.escalation.raiser, d.to["person"]
    may_lead(before, *others(c, c.escalation), new, c.people[new].agency if new in c.people else "")
    done = Effects(prefix, c.me.id, now, replace(take(c.escalation, Step.UPDATE), raiser=new))
    done.note("passed on", to=new, before=before, reason=d.reason)
    withdraw_requests(c, done)
    renew_face(c, done)
    say_in_thread(c, done, "pass.posted")
    passed = letters.passed(c, done.escalation, d.to)
    _tell_new_lead(c, done, taken_over=new == c.me.id)
    if before in c.people and before != c.me.id:
        taken = c.words("pass.taken", name=c.me.name, reference=d.reference)
        done.tell(before, Message(taken, (Words(taken), Words(d.reason, "quote"))))
    if new != c.me.id:
        kept = c.words("pass.kept", name=d.to["name"], reference=d.reference)
        shown = () if is_outsider(c) else passed
        done.tell(c.me.id, Message(c.words("pass.summary", reference=d.reference), (Words(kept), *shown)))
    if done.escalation.status is Status.OPEN:
        tell_named(c, done, "manager.passed", name=d.to["name"])
    return done


def _tell_new_lead(c: Context, done: Effects, *, taken_over: bool) -> None:
    """What they own from now on; whoever took it over gets the text to send as well, since nobody else will send it."""
    escalation = done.escalation
    name = "pass.mine" if taken_over else "pass.told"
    text = c.words(name, name=c.me.name, reference=escalation.reference)
    letter = letters.passed(c, escalation, c.mine) if taken_over else ()
    unsaid = escalation.status is Status.OPEN and not escalation.fields.get("words_said")
    still = words_unsaid(c, escalation, done.now) if unsaid else ()
    parts = (*faces.ownership(c, escalation), *letter, *still, *faces.what_next(c, escalation))
    done.tell(escalation.raiser, Message(text, (Words(text, "strong"), *parts)))
