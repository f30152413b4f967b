"""Raising an escalation, and what is noted while it is under way."""

from __future__ import annotations

from datetime import datetime

from bot import dates
from bot.decisions.effects import Effects, renew_dates, tell_manager
from bot.decisions.entering import enter, not_taken
from bot.escalation import Escalation, Step, take
from bot.flows import faces, nudges
from bot.flows.context import Context
from bot.flows.escalate import Raise
from bot.flows.noted import with_clocks_met
from bot.flows.staging import as_printed
from bot.flows.update import Progress, WordsSaid
from bot.messages import Button, Buttons, Heading, Message, Part, Words
from bot.ports import Delivery


def raise_escalation(c: Context, d: Raise, prefix: str, now: datetime) -> Effects:
    """Begin the record at the first stage, open its thread, tell the manager and the raiser."""
    escalation = _begun(c, d, now)
    policy = c.policy_of(escalation)
    if d.answers.get("words_said"):
        escalation = with_clocks_met(policy, escalation, d.answers["words_said"]["on"])
    stage = policy.stage(escalation.stage)
    done = Effects(prefix, c.me.id, now, escalation)
    done.note("raised", stage=stage.id, concern=d.concern.isoformat(), policy=policy.id, version=policy.version)
    if d.entering.sooner and escalation.sooner:
        on, reason = d.entering.sooner.isoformat(), d.entering.why_sooner
        done.note("date made sooner", stage=stage.id, on=on, reason=reason)
    done.deliveries.append(
        Delivery(escalation.thread, "thread", policy.channel, faces.face(c, escalation), "", d.reference)
    )
    said = d.answers.get("words_said")
    summary = c.words("raised.summary", reference=d.reference)
    parts: list[Part] = [
        Heading(summary),
        faces.facts(c, escalation, today=True),
        *not_taken(c, escalation, d.entering),
        Words(c.words("raised.thread", channel=policy.channel)),
        *as_printed(stage),
        *faces.ownership(c, escalation),
    ]
    if said:
        done.note("words said", **said)
    else:
        parts += words_unsaid(c, escalation, now)
    tell_manager(c, done, stage.id)
    done.tell(c.me.id, Message(summary, (*parts, *faces.what_next(c, escalation))))
    return done


def _begun(c: Context, d: Raise, now: datetime) -> Escalation:
    """The record at the first stage of its ladder."""
    whole = c.policies.of(d.policy, c.offered[d.policy].version, d.language)
    stage = whole.taken(d.ladder).ladder[0].id
    begun = Escalation(
        d.reference, whole.id, whole.version, c.me.id, d.answers["raiser"]["agency"], d.challenged_agency,
        d.subject,  # type: ignore[arg-type]
        stage, d.concern, now, thread=f"{d.reference}/thread", fields=d.answers,
        days=d.days, ladder=d.ladder, priority=d.priority, language=d.language,
    )  # fmt: skip
    return enter(c, begun, stage, d.entering, now)


def _say_button(c: Context, escalation: Escalation) -> Buttons:
    return Buttons((Button(c.words("act.say"), "start", f"say {escalation.reference}", "primary"),))


def words_unsaid(c: Context, escalation: Escalation, now: datetime) -> tuple[Part, ...]:
    """For the raiser: that the other side does not know it yet, and when they are asked about it again."""
    text = f"{c.words('raised.say_the_words')} {_asked_again(c, escalation, now)}"
    return Words(text, "warning"), _say_button(c, escalation)


def _asked_again(c: Context, escalation: Escalation, now: datetime) -> str:
    """When the raiser is asked again whether the words were said; nobody is, where the policy wants no reminders."""
    moment = nudges.next_about_words(c, escalation, now)
    if moment is None:
        return c.words("say.not_asked")
    return c.words("say.asked_again", day=dates.in_words(moment.date()))


def progress(c: Context, d: Progress, prefix: str, now: datetime) -> Effects:
    """Keep a dated update."""
    updates = [*(c.escalation.fields.get("updates") or ()), {"on": c.today.isoformat(), "text": d.text}]
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.UPDATE).with_fields(updates=updates))
    done.note("updated", text=d.text)
    text = c.words("update.kept", reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
    return done


def words_said(c: Context, d: WordsSaid, prefix: str, now: datetime) -> Effects:
    """The words were said; or not yet, and the nudge about them comes as it would have."""
    if d.said is None:
        done = Effects(prefix, c.me.id, now, take(c.escalation, Step.UPDATE))
        done.note("reminder asked for")
        text = c.words("say.unsaid", reference=d.reference) + " " + _asked_again(c, c.escalation, now)
    else:
        kept = take(c.escalation, Step.UPDATE).with_fields(words_said=dict(d.said))
        done = Effects(prefix, c.me.id, now, with_clocks_met(c.policy_of(kept), kept, d.said["on"]))
        done.note("words said", **d.said, stage=kept.stage)
        renew_dates(c, done)
        text = c.words("say.kept", reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
    return done
