"""Raising an escalation, and what is noted while it is under way."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.decisions.effects import Effects, still_allowed, tell_manager
from bot.escalation import Escalation, Step, take
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.escalate import Raise
from bot.flows.update import Progress, WordsSaid
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.ports import Delivery

REMIND_AT = time(9, 0)


def raise_escalation(c: Context, d: Raise, prefix: str, now: datetime) -> Effects:
    """Begin the record at the first stage, open its thread, tell the manager and the raiser."""
    policy = c.policies[d.policy]
    stage = policy.ladder[0]
    raiser_agency = d.answers["raiser"]["agency"]
    agreed = still_allowed(c, policy, stage.id, d.agreed)
    escalation = Escalation(
        d.reference, policy.id, policy.version, c.me.id, raiser_agency, d.challenged_agency, d.subject,  # type: ignore[arg-type]
        stage.id, d.concern, now, entered={stage.id: c.today}, agreed={stage.id: agreed} if agreed else {},
        thread=f"{d.reference}/thread", fields=d.answers,
    ).with_people(stage.id, d.people)  # fmt: skip
    done = Effects(prefix, c.me.id, now, escalation)
    done.note("raised", stage=stage.id, concern=d.concern.isoformat(), policy=policy.id, version=policy.version)
    done.deliveries.append(
        Delivery(escalation.thread, "thread", policy.channel, faces.face(c, escalation), "", d.reference)
    )
    said = d.answers.get("words_said")
    summary = c.words("raised.summary", reference=d.reference)
    parts: list[Part] = [
        Heading(summary),
        faces.facts(c, escalation, today=True),
        Words(c.words("raised.thread", channel=policy.channel)),
        *(Words(text) for text in stage.verbatim if stage.title not in text),
        *([Points(tuple(stage.duties))] if stage.duties else []),
        *faces.ownership(c, escalation),
    ]
    if said:
        done.note("words said", **said)
    else:
        parts += [Words(c.words("raised.say_the_words"), "warning"), _say_button(c, escalation)]
        remind_of_words(c, done)
    tell_manager(c, done, stage.id)
    done.tell(c.me.id, Message(summary, (*parts, *faces.what_next(c, escalation))))
    return done


def _say_button(c: Context, escalation: Escalation) -> Buttons:
    return Buttons((Button(c.words("act.say"), "start", f"say {escalation.reference}", "primary"),))


def remind_of_words(c: Context, done: Effects) -> None:
    """The next working morning, unless the words have been said by then (`delivery` looks before it speaks)."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    morning = c.calendar_of(policy).add(c.today, 1)
    at = datetime.combine(morning, REMIND_AT, ZoneInfo(policy.clock.zone))
    text = c.words("raised.reminder", reference=escalation.reference)
    message = Message(text, (Words(text), _say_button(c, escalation)))
    key = f"{escalation.reference}/remind-words/{morning.isoformat()}/{escalation.raiser}"
    done.deliveries.append(
        Delivery(key, "direct", escalation.raiser, message, reference=escalation.reference, not_before=at)
    )


def progress(c: Context, d: Progress, prefix: str, now: datetime) -> Effects:
    """Keep a dated update."""
    updates = [*(c.escalation.fields.get("updates") or ()), {"on": c.today.isoformat(), "text": d.text}]
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.UPDATE).with_fields(updates=updates))
    done.note("updated", text=d.text)
    text = c.words("update.kept", reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
    return done


def words_said(c: Context, d: WordsSaid, prefix: str, now: datetime) -> Effects:
    """The words were said, or a reminder was asked for."""
    if d.said is None:
        done = Effects(prefix, c.me.id, now, take(c.escalation, Step.UPDATE))
        remind_of_words(c, done)
        done.note("reminder asked for")
        name = "say.reminded"
    else:
        done = Effects(prefix, c.me.id, now, take(c.escalation, Step.UPDATE).with_fields(words_said=dict(d.said)))
        done.note("words said", **d.said)
        name = "say.kept"
    text = c.words(name, reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
    return done
