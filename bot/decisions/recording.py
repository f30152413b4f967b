"""What the partnership's team writes in its own part of a form: kept apart, and told to whoever leads it."""

from __future__ import annotations

from datetime import datetime

from bot import dates
from bot.decisions.effects import Effects, renew_dates
from bot.escalation import Step, take
from bot.fields import UNKNOWN, Day
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.recording import Record, recorded_name, theirs
from bot.messages import Message, Words
from bot.policy import Form


def record(c: Context, d: Record, prefix: str, now: datetime) -> Effects:
    """It stands on the form from now on, and what stood there before stays in the history. That it came is noted, too.

    The raiser learns that something was written, and reads what it is on the form.
    """
    policy = c.policy_of(c.escalation)
    form = policy.form(d.form)
    on = _came_on(form, d) or c.today.isoformat()
    stage, team = c.escalation.stage, policy.partnership.team
    note = {"what": "partnership_acknowledged", "stage": stage, "on": on, "who": team}
    line = {"on": on, "text": ". ".join([c.words("note.partnership_acknowledged"), team])}
    notes, updates = (list(c.escalation.fields.get(name) or ()) for name in ("notes", "updates"))
    news = {} if note in notes else {"notes": [*notes, note], "updates": [*updates, line]}
    changed = {recorded_name(d.form, d.instance): dict(d.answers), **news}
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.UPDATE).with_fields(**changed))
    done.note("partnership recorded", form=d.form, instance=d.instance, stage=stage, answers=dict(d.answers))
    renew_dates(c, done)
    text = c.words("record.kept", title=form.title, reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text),)))
    if done.escalation.raiser in c.people and done.escalation.raiser != c.me.id:
        told = c.words("record.told", team=team, reference=d.reference, day=dates.in_words(c.today))
        ownership = faces.ownership(c, done.escalation)
        done.tell(done.escalation.raiser, Message(told, (Words(told, "strong"), *ownership)))
    return done


def _came_on(form: Form, d: Record) -> str:
    """The first day that was given; "" where none was."""
    days = (d.answers.get(field.id) for field in theirs(form) if isinstance(field.answer, Day))
    return next((day for day in days if day and day != UNKNOWN), "")
