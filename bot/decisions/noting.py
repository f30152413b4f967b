"""What happened, kept: in the notes, in the progress section, as a tick in the thread, and as a clock that is met."""

from __future__ import annotations

from datetime import date, datetime

from bot import dates
from bot.decisions.effects import Effects, renew_dates
from bot.escalation import Step, take
from bot.flows import faces, letters
from bot.flows.context import Context
from bot.flows.noted import with_clocks_met
from bot.flows.noting import Note, to_read_out
from bot.messages import Button, Buttons, Message, Part, Words


def note(c: Context, d: Note, prefix: str, now: datetime) -> Effects:
    """Keep what happened; it stands in the progress section and as a tick on the face, there without any detail."""
    kept = {"what": d.what, "stage": c.escalation.stage, **d.details}
    notes = [*(c.escalation.fields.get("notes") or ()), kept]
    updates = [*(c.escalation.fields.get("updates") or ()), _line(c, d)]
    noted = take(c.escalation, Step.UPDATE).with_fields(notes=notes, updates=updates)
    done = Effects(prefix, c.me.id, now, with_clocks_met(c.policy_of(noted), noted))
    details = {name: value for name, value in kept.items() if name != "what"}
    done.note(d.what.replace("_", " "), **details, line=updates[-1])
    renew_dates(c, done)
    text = c.words("note.kept", reference=d.reference)
    parts = (Words(text), *_afterwards(c, done, d), *faces.ownership(c, done.escalation))
    done.tell(c.me.id, Message(text, parts))
    return done


def _line(c: Context, d: Note) -> dict[str, str]:
    """As it stands in the progress section. A meeting that is still to come is dated by the day it was arranged."""
    on, day = d.details["on"], ""
    if d.what == "invited":
        on, day = c.today.isoformat(), dates.in_words(date.fromisoformat(on))
    told = [day, *(d.details.get(name, "") for name in ("label", "agency", "who", "text"))]
    return {"on": on, "text": ". ".join(text for text in (c.words(f"note.{d.what}"), *told) if text)}


def _afterwards(c: Context, done: Effects, d: Note) -> tuple[Part, ...]:
    """What can be done now: a text to send, the statement to read out, or going on where nobody replied."""
    on, who, text = date.fromisoformat(d.details["on"]), d.details.get("who", ""), d.details.get("text", "")
    match d.what:
        case "call" | "meeting":
            return letters.after_talking(c, done.escalation, d.what, on, who, text)
        case "invited":
            return *letters.invitation(c, done.escalation, on, who), *to_read_out(c)
        case "no_reply":
            return _nobody_replied(c, done, on, d.details.get("agency", ""), d.details.get("side", "challenged"))
        case _:
            return ()


def _nobody_replied(c: Context, done: Effects, asked_for: date, agency: str, side: str) -> tuple[Part, ...]:
    """What the policy says of silence, the button to go on, and a reminder to send meanwhile."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    silence = policy.stage(escalation.stage).no_reply
    parts: list[Part] = []
    if silence:
        parts = [Words(silence.words, "strong"), Words(c.words(f"note.silence_{silence.means}"))]
    if policy.above(escalation.stage):
        parts += [] if silence else [Words(c.words("note.no_reply_next", reference=escalation.reference))]
        move = Button(c.words("note.move_now"), "start", f"move {escalation.reference}", "primary")
        parts.append(Buttons((move,)))
    else:
        parts.append(Words(c.words("note.no_reply_top", team=policy.partnership.team)))
    return *parts, *letters.no_reply(c, escalation, asked_for, agency, side)
