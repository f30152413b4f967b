"""A challenge that was received: the reply to send, a reminder, and the acknowledgement where it is an escalation here.

Rule: whoever is not named for the challenged side is told the same, whether there is such an escalation or not.
"""

from __future__ import annotations

from datetime import datetime

from bot import access, dates
from bot.decisions.effects import Effects, renew_dates
from bot.escalation import REFERENCE, Escalation, Step, take
from bot.flows import faces, letters
from bot.flows.context import Context
from bot.flows.hours import hours
from bot.flows.noted import challenged_sides, with_clocks_met
from bot.flows.receiving import Received, clock_rows, day_before
from bot.messages import Facts, Heading, Message, Part, Words
from bot.ports import IN_HOURS_OF, Delivery


def answer(c: Context, d: Received, *, recorded: bool) -> Message:
    """The reply to copy, and what is owed; `c.about` is the escalation where the acknowledgement is recorded in it."""
    title = c.words("received.title")
    parts: list[Part] = [Heading(title), *letters.reply(c, d), Words(c.words("received.after"))]
    parts.append(Facts(tuple(clock_rows(c, d))))
    if recorded:
        parts += [Words(c.words("received.recorded"), "strong"), faces.facts(c, c.escalation, today=True)]
    if d.remind:
        parts.append(Words(c.words("received.will_remind"), "quiet"))
    return Message(title, tuple(parts))


def reminder(c: Context, d: Received, prefix: str) -> list[Delivery]:
    """The working morning before the reply is due, to the one who asked for it; it repeats nothing that was typed.

    For a challenge of which there is no escalation here; where there is one, a nudge comes.
    """
    if not d.remind or d.reply_by is None:
        return []
    at = hours(d.policy, c.calendars).on(day_before(c, d.policy, d.reply_by))
    stage = d.policy.stage(d.stage).label
    day = dates.in_words(d.reply_by)
    text = c.words("received.reminder", policy=d.policy.name, stage=stage, day=day)
    known = d.reference.strip().upper()
    more = (Words(c.words("received.reminder_reference", reference=known)),) if REFERENCE.fullmatch(known) else ()
    message = Message(text, (Words(text), *more))
    about = {IN_HOURS_OF: d.policy.id}
    return [Delivery(f"received/{prefix}/reminder", "direct", c.me.id, message, not_before=at, about=about)]


def is_noted(c: Context, d: Received) -> bool:
    """Whether this person has acknowledged it at this stage already, with the same answer."""
    by, remind = d.reply_by.isoformat() if d.reply_by else "", c.me.id if d.remind else ""
    said = (c.me.name, c.escalation.stage, d.responder, by, remind)
    notes = (each for each in c.escalation.fields.get("notes") or () if each["what"] == "acknowledged")
    names = ("who", "stage", "responder", "reply_by", "remind")
    return any(tuple(each.get(name) for name in names) == said for each in notes)


def acknowledge(c: Context, d: Received, prefix: str, now: datetime) -> Effects:
    """The challenged side says itself that it has it: a tick on the face of the escalation, and the raiser is told."""
    side, agency = _side(c, c.escalation)
    note = {
        "what": "acknowledged", "stage": c.escalation.stage, "on": c.today.isoformat(), "who": c.me.name,
        "side": side, "agency": agency, "responder": d.responder,
        "reply_by": d.reply_by.isoformat() if d.reply_by else "", "remind": c.me.id if d.remind else "",
    }  # fmt: skip
    notes = [*(c.escalation.fields.get("notes") or ()), note]
    line = {"on": note["on"], "text": ". ".join([c.words("note.acknowledged"), agency, c.me.name])}
    updates = [*(c.escalation.fields.get("updates") or ()), line]
    noted = take(c.escalation, Step.UPDATE).with_fields(notes=notes, updates=updates)
    done = Effects(prefix, c.me.id, now, with_clocks_met(c.policy_of(noted), noted))
    done.note("acknowledged", **{name: value for name, value in note.items() if name != "what"}, line=line)
    renew_dates(c, done)
    text = c.words("received.told_raiser", name=c.me.name, reference=noted.reference)
    by = dates.in_words(d.reply_by) if d.reply_by else c.words("received.no_day")
    who = Words(c.words("received.told_who", responder=d.responder, by=by))
    if noted.raiser in c.people:
        done.tell(noted.raiser, Message(text, (Words(text, "strong"), who, *faces.ownership(c, done.escalation))))
    return done


def _side(c: Context, escalation: Escalation) -> tuple[str, str]:
    """For which agency of the challenged side the person acts, by the people named for it."""
    sides = challenged_sides(escalation)
    for side, agency in sides.items():
        if c.me.id in access.named_for(side, escalation, c.people):
            return side, agency
    return "challenged", sides["challenged"]
