"""Keeping and sending the official form: one letter to each recipient, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.decisions.effects import Effects, renew_face
from bot.decisions.ending import close_if_complete
from bot.decisions.signing import ask_to_sign, with_signatures
from bot.escalation import Step, take
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.report import Report, in_words
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.ports import Delivery


def report(c: Context, d: Report, prefix: str, now: datetime) -> Effects:
    """Keep the form; if it was confirmed, one letter to each recipient, and requests to those who are to sign."""
    policy = c.policy_of(c.escalation)
    form = policy.form(d.form)
    key = f"{d.form}/{d.instance}/{d.moment}"
    kept = sorted({*(c.escalation.fields.get("kept") or ()), key})
    stored = {f"form.{d.form}.{d.instance}": dict(d.answers), "kept": kept}
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.REPORT).with_fields(**stored))
    ask_to_sign(c, done, d, form.title)
    if not d.send:
        done.note("report kept", form=d.form, instance=d.instance, moment=d.moment)
        text = c.words("report.kept", title=form.title, reference=d.reference)
        done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
        return done
    done.escalation = replace(done.escalation, sent={**done.escalation.sent, key: now.isoformat()})
    for recipient in d.recipients:
        _add_letter(c, done, d, recipient)
    to = [dict(recipient) for recipient in d.recipients]
    done.note("report confirmed", form=d.form, instance=d.instance, moment=d.moment, to=to)
    summary = c.words("report.sent", title=form.title, reference=d.reference)
    who = Points(tuple(in_words(each, c.words) for each in d.recipients))
    parts: list[Part] = [Heading(summary), who, Words(c.words("report.on_its_way"), "quiet")]
    done.tell(c.me.id, Message(summary, (*parts, *faces.ownership(c, done.escalation))))
    return done


def _add_letter(c: Context, done: Effects, d: Report, recipient: Mapping[str, Any]) -> None:
    """One letter to one recipient, as it was confirmed: the answers are kept with it and do not change later."""
    reference = done.escalation.reference
    number = 1 + sum(1 for name in done.escalation.fields if name.startswith("letter."))
    by_post = list(recipient.get("address") or ())
    answers = with_signatures(done.escalation, d.form, d.instance, d.answers)
    letter = {
        "form": d.form,
        "instance": d.instance,
        "moment": d.moment,
        "answers": answers,
        "to": c.me.email if by_post else recipient["email"],
        "by_post": by_post,
    }
    done.escalation = done.escalation.with_fields(**{f"letter.{number}": letter})
    done.deliveries.append(
        Delivery(f"{reference}/letter/{number}", "letter", f"{reference}/{number}", reference=reference)
    )


def letter_left(c: Context, number: str, receipt: str, now: datetime) -> Effects:
    """A letter has been taken by the mail: the record says so, and the escalation is closed if it was the last."""
    letter = {**c.escalation.fields[f"letter.{number}"], "left": now.isoformat()}
    done = Effects(f"left-{number}", "bot", now, c.escalation.with_fields(**{f"letter.{number}": letter}))
    done.note("report sent", letter=number, to=letter["to"], receipt=receipt)
    if close_if_complete(c, done):
        policy = c.policy_of(done.escalation)
        renew_face(c, done)
        done.post(policy.channel, faces.thread_note(c, done.escalation, "resolve.closed"))
        text = c.words("resolve.closed_now", reference=done.escalation.reference)
        ownership = tuple(Words(words, "quiet") for words in policy.advice.ownership)
        done.tell(done.escalation.raiser, Message(text, (Words(text, "strong"), *ownership)))
    return done


def letter_given_up(c: Context, number: str, reason: str, now: datetime) -> Effects:
    """A letter could not be delivered: what it was to send is due again, and the raiser learns what to do."""
    letter = {**c.escalation.fields[f"letter.{number}"], "given_up": now.isoformat()}
    key = f"{letter['form']}/{letter['instance']}/{letter['moment']}"
    if _sent_again(c, number, letter):
        key = ""
    sent = {name: at for name, at in c.escalation.sent.items() if name != key}
    changed = replace(c.escalation.with_fields(**{f"letter.{number}": letter}), sent=sent)
    done = Effects(f"given-up-{number}", "bot", now, changed)
    done.note("report not delivered", letter=number, to=letter["to"], reason=reason)
    if not key:
        return done
    text = c.words("given_up.letter", reference=changed.reference, reason=reason)
    again = Buttons((Button(c.words("act.report_again"), "start", f"report {changed.reference}", "primary"),))
    summary = c.words("given_up.summary", reference=changed.reference)
    done.tell(changed.raiser, Message(summary, (Words(text, "warning"), again)))
    return done


def _sent_again(c: Context, number: str, letter: Mapping[str, Any]) -> bool:
    """Whether the same form has been sent to the same recipient once more since."""
    later = (
        c.escalation.fields[name]
        for name in c.escalation.fields
        if name.startswith("letter.") and int(name.removeprefix("letter.")) > int(number)
    )
    same = ("form", "instance", "to")
    return any(all(other[part] == letter[part] for part in same) and not other.get("given_up") for other in later)
