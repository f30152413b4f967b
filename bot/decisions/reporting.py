"""Keeping and sending the official form, and the signatures on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.decisions.effects import Effects, renew_face
from bot.decisions.ending import close_if_complete
from bot.escalation import Approval, Escalation, Status, Step, take
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.report import Report, in_words
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.ports import Delivery


def report(c: Context, d: Report, prefix: str, now: datetime) -> Effects:
    """Keep the form; if it was confirmed, one letter to each recipient, and requests to those who are to sign."""
    escalation = take(c.escalation, Step.REPORT)
    policy = c.policy_of(escalation)
    form = policy.form(d.form)
    stored = f"form.{d.form}.{d.instance}"
    answers = dict(d.answers)
    kept = sorted({*(escalation.fields.get("kept") or ()), f"{d.form}/{d.instance}/{d.moment}"})
    escalation = escalation.with_fields(**{stored: answers, "kept": kept})
    done = Effects(prefix, c.me.id, now, escalation)
    if not d.send:
        done.note("report kept", form=d.form, instance=d.instance, moment=d.moment)
        text = c.words("report.kept", title=form.title, reference=escalation.reference)
        done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, escalation))))
        return done
    done.escalation = replace(
        escalation, sent={**escalation.sent, f"{d.form}/{d.instance}/{d.moment}": now.isoformat()}
    )
    for recipient in d.recipients:
        _add_letter(c, done, d, recipient)
    done.note(
        "report confirmed",
        form=d.form,
        instance=d.instance,
        moment=d.moment,
        to=[dict(r) for r in d.recipients],
    )
    _ask_to_sign(c, done, d, form.title)
    was_resolved = done.escalation.status is Status.RESOLVED
    close_if_complete(c, done)
    if was_resolved and done.escalation.status is Status.CLOSED:
        renew_face(c, done)
        done.post(policy.channel, faces.thread_note(c, done.escalation, "resolve.closed"))
    summary = c.words("report.sent", title=form.title, reference=escalation.reference)
    who = Points(tuple(in_words(each, c.words) for each in d.recipients))
    parts: list[Part] = [Heading(summary), who, Words(c.words("report.on_its_way"), "quiet")]
    if done.escalation.status is Status.OPEN:
        parts += faces.ownership(c, done.escalation)
    elif done.escalation.status is Status.CLOSED:
        parts += [Words(c.words("resolve.closed_now", reference=escalation.reference))]
        parts += [Words(text, "quiet") for text in policy.advice.ownership]
    done.tell(c.me.id, Message(summary, tuple(parts)))
    return done


def _add_letter(c: Context, done: Effects, d: Report, recipient: Mapping[str, Any]) -> None:
    """One letter to one recipient, as it was confirmed: the answers are kept with it and do not change later."""
    number = 1 + sum(1 for name in done.escalation.fields if name.startswith("letter."))
    by_post = list(recipient.get("address") or ())
    to = c.me.email if by_post else recipient["email"]
    letter = {
        "form": d.form,
        "instance": d.instance,
        "moment": d.moment,
        "answers": dict(d.answers),
        "to": to,
        "by_post": by_post,
    }
    done.escalation = done.escalation.with_fields(**{f"letter.{number}": letter})
    key = f"{done.escalation.reference}/letter/{number}"
    done.deliveries.append(
        Delivery(key, "letter", f"{done.escalation.reference}/{number}", reference=done.escalation.reference)
    )


def _ask_to_sign(c: Context, done: Effects, d: Report, title: str) -> None:
    """Who was picked to confirm in chat is asked to; the letter does not wait for it."""
    for field_id, value in d.answers.items():
        if not (isinstance(value, dict) and value.get("how") == "in_chat" and not value.get("confirmed")):
            continue
        person = value["person"]
        if any(a.field_id == field_id and a.form == f"{d.form}/{d.instance}" and a.answer == "" for a in c.approvals):
            continue
        reference = done.escalation.reference
        key = f"{reference}.{d.form}.{d.instance}.{field_id}.{done.prefix}"
        post = done.key()
        approval = Approval(
            key, reference, "attestation", c.me.id, c.today, (person,),
            form=f"{d.form}/{d.instance}", field_id=field_id, post=post,
        )  # fmt: skip
        done.approvals.append(approval)
        done.tell(person, sign_request(c, done.escalation, approval, title))


def sign_request(c: Context, escalation: Escalation, approval: Approval, title: str) -> Message:
    """Asked privately of the person who is to sign; says that not signing stops nothing."""
    summary = c.words("sign.summary", reference=escalation.reference)
    buttons = Buttons(
        (
            Button(c.words("sign.confirm"), "sign", approval.key, "primary"),
            Button(c.words("sign.decline"), "decline", approval.key),
        )
    )
    ask = Words(c.words("sign.ask", raiser=c.me.name, title=title, reference=escalation.reference))
    return Message(
        summary,
        (
            Heading(summary),
            ask,
            faces.facts(c, escalation),
            Words(c.words("sign.never_blocks"), "quiet"),
            buttons,
        ),
    )


def sign(c: Context, approval: Approval, reason: str | None, prefix: str, now: datetime) -> Effects:
    """The named manager confirms in chat, or declines with a reason; either stands on the form from then on."""
    stored = f"form.{approval.form.replace('/', '.')}"
    answers = dict(c.escalation.fields.get(stored) or {})
    block = dict(answers.get(approval.field_id) or {})
    at = now.astimezone(ZoneInfo(c.policy_of(c.escalation).clock.zone))
    if reason is None:
        block |= {"confirmed": at.isoformat(timespec="minutes"), "date": at.date().isoformat()}
    else:
        block |= {"how": "declined", "because": reason}
    answers[approval.field_id] = block
    answered = replace(
        approval,
        answer="approved" if reason is None else "declined",
        answered_by=c.me.id,
        reason=reason or "",
    )
    done = Effects(
        prefix,
        c.me.id,
        now,
        take(c.escalation, Step.ANSWER).with_fields(**{stored: answers}),
        approvals=[answered],
    )
    done.note(
        "signed" if reason is None else "declined to sign",
        form=approval.form,
        field=approval.field_id,
        reason=reason or "",
    )
    name = "sign.done" if reason is None else "sign.declined"
    text = c.words(name, name=c.me.name, reference=done.escalation.reference)
    done.edit(approval.post, Message(text, (Words(text, "strong"),)))
    again = Buttons((Button(c.words("act.report_again"), "start", f"report {done.escalation.reference}"),))
    parts: list[Part] = [Words(text, "strong"), *([Words(reason, "quote")] if reason else [])]
    parts += [Words(c.words("sign.send_again")), again]
    done.tell(done.escalation.raiser, Message(text, tuple(parts)))
    return done
