"""The signatures on a form: asked of a named person, kept with what they signed, never in the way of anything.

A confirmation belongs to one person and to the form as it was then: it is kept apart from the answers, with a digest
of them. If the form is changed afterwards, it says "an earlier version", and the person is asked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.decisions.effects import Effects
from bot.errors import NotAllowed
from bot.escalation import Approval, Escalation, Step, take
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.report import Report, signed_name
from bot.messages import Button, Buttons, Heading, Message, Part, Words


def digest_of(answers: Mapping[str, Any]) -> str:
    """Of everything on the form but the signature blocks."""
    content = {name: value for name, value in answers.items() if not is_block(value)}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def is_block(value: Any) -> bool:
    """Whether this answer is a signature block."""
    return isinstance(value, Mapping) and "how" in value and "confirmed" in value


def with_signatures(escalation: Escalation, form: str, instance: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with what has been signed: each block as it has to stand on the form now."""
    whole = dict(answers)
    for field_id, block in answers.items():
        if not is_block(block) or block["how"] != "in_chat":
            continue
        signed = escalation.fields.get(signed_name(form, instance, field_id)) or {}
        mine = signed.get("person") == block.get("person")
        same = signed.get("digest") == digest_of(answers)
        confirmed = {"confirmed": signed["at"], "date": signed["at"][:10]} if mine and same else {"confirmed": ""}
        earlier = {"earlier": signed["at"]} if mine and not same else {"earlier": ""}
        whole[field_id] = {**block, **confirmed, **earlier}
    return whole


def ask_to_sign(c: Context, done: Effects, d: Report, title: str) -> None:
    """Whoever is to confirm in chat, and has not confirmed this very form, is asked; the letter does not wait for it.

    A request to somebody who is not to sign it any more is withdrawn.
    """
    form = f"{d.form}/{d.instance}"
    answers = with_signatures(done.escalation, d.form, d.instance, d.answers)
    for field_id, block in answers.items():
        if not is_block(block):
            continue
        wanted = block["person"] if block["how"] == "in_chat" and not block["confirmed"] else ""
        is_open = False
        for old in c.approvals:
            if (old.form, old.field_id, old.answer) == (form, field_id, ""):
                same_form = done.escalation.fields.get(asked_name(old)) == digest_of(d.answers)
                is_open = old.may_answer == (wanted,) and same_form
                if not is_open:
                    withdraw(c, done, old)
        if wanted and not is_open:
            _ask(c, done, wanted, form, field_id, title)
            done.escalation = done.escalation.with_fields(**{asked_name(done.approvals[-1]): digest_of(d.answers)})


def asked_name(approval: Approval) -> str:
    """The escalation's field that holds the digest of the form which this request is about."""
    return f"asked.{approval.key}"


def withdraw(c: Context, done: Effects, old: Approval) -> None:
    """A request to sign that stands no longer."""
    done.approvals.append(replace(old, answer="withdrawn"))
    done.note("request to sign withdrawn", form=old.form, field=old.field_id)
    text = c.words("sign.withdrawn", reference=old.reference)
    done.edit(old.post, Message(text, (Words(text),)))


def _ask(c: Context, done: Effects, person: str, form: str, field_id: str, title: str) -> None:
    reference = done.escalation.reference
    key = f"{reference}.{form.replace('/', '.')}.{field_id}.{done.prefix}"
    approval = Approval(
        key, reference, "attestation", c.me.id, c.today, (person,), form=form, field_id=field_id, post=done.key()
    )
    done.approvals.append(approval)
    done.note("asked to sign", form=form, field=field_id, of=person)
    done.tell(person, _request(c, done.escalation, approval, title))


def _request(c: Context, escalation: Escalation, approval: Approval, title: str) -> Message:
    """Asked privately of the person who is to sign; says that not signing stops nothing."""
    summary = c.words("sign.summary", reference=escalation.reference)
    confirm = Button(c.words("sign.confirm"), "sign", approval.key, "primary")
    buttons = Buttons((confirm, Button(c.words("sign.decline"), "decline", approval.key)))
    ask = Words(c.words("sign.ask", raiser=c.me.name, title=title, reference=escalation.reference))
    never_blocks = Words(c.words("sign.never_blocks"), "quiet")
    return Message(summary, (Heading(summary), ask, faces.facts(c, escalation, short=True), never_blocks, buttons))


def sign(c: Context, approval: Approval, reason: str | None, prefix: str, now: datetime) -> Effects:
    """The named person confirms in chat, or declines with a reason; either stands on the form from then on."""
    form, instance = approval.form.split("/")
    stored = f"form.{form}.{instance}"
    answers = dict(c.escalation.fields.get(stored) or {})
    block = dict(answers.get(approval.field_id) or {})
    asked = c.escalation.fields.get(asked_name(approval))
    if block.get("how") != "in_chat" or block.get("person") != c.me.id or asked != digest_of(answers):
        raise NotAllowed(c.words("sign.no_longer", reference=approval.reference))
    at = now.astimezone(ZoneInfo(c.policy_of(c.escalation).clock.zone)).isoformat(timespec="minutes")
    if reason is None:
        signature = {"person": c.me.id, "at": at, "digest": digest_of(answers)}
        changes: dict[str, Any] = {signed_name(form, instance, approval.field_id): signature}
    else:
        declined = {**block, "how": "declined", "because": reason}
        changes = {stored: {**answers, approval.field_id: declined}}
    answer = replace(approval, answered_by=c.me.id, reason=reason or "", answer="declined" if reason else "approved")
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.ANSWER).with_fields(**changes), approvals=[answer])
    what = "signed" if reason is None else "declined to sign"
    done.note(what, form=approval.form, field=approval.field_id, reason=reason or "")
    name = "sign.done" if reason is None else "sign.declined"
    text = c.words(name, name=c.me.name, reference=done.escalation.reference)
    done.edit(approval.post, Message(text, (Words(text, "strong"),)))
    again = Buttons((Button(c.words("act.report_again"), "start", f"report {done.escalation.reference}"),))
    parts: list[Part] = [Words(text, "strong"), *([Words(reason, "quote")] if reason else [])]
    parts += [Words(c.words("sign.send_again")), again]
    done.tell(done.escalation.raiser, Message(text, tuple(parts)))
    if reason:
        thanks = c.words("decline.thanks", reference=done.escalation.reference)
        done.tell(c.me.id, Message(thanks, (Words(thanks),)))
    return done
