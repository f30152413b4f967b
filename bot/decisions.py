"""What each decision does: the escalation as it is afterwards, history entries, requests, and what is to be said.

Nothing is sent here. Every effect is a row that is written together with the change that caused it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.escalation import Approval, Entry, Escalation, Status, Step, move_to, take
from bot.escalation import resolve as resolved
from bot.flows import faces
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.escalate import Raise
from bot.flows.move import AskApproval, Decline, MoveNow
from bot.flows.report import Report, in_words
from bot.flows.resolve import Resolve
from bot.flows.update import Progress, WordsSaid
from bot.forms_due import outstanding
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.ports import Delivery

REMIND_AT = time(9, 0)


@dataclass
class Effects:
    """Collects what a decision causes. `prefix` makes its delivery keys unique: reference and event."""

    prefix: str
    by: str
    now: datetime
    escalation: Escalation
    history: list[Entry] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)

    def note(self, what: str, **details: Any) -> None:
        """A line of history."""
        self.history.append(Entry(self.escalation.reference, what, self.by, self.now, details))

    def key(self) -> str:
        return f"{self.escalation.reference}/{self.prefix}/{len(self.deliveries) + 1}"

    def tell(self, person: str, message: Message) -> None:
        """A direct message; nothing for somebody who is not here."""
        if person:
            self.deliveries.append(Delivery(self.key(), "direct", person, message, reference=self.escalation.reference))

    def post(self, channel: str, message: Message) -> str:
        """A reply in the escalation's thread."""
        key = self.key()
        self.deliveries.append(
            Delivery(key, "thread", channel, message, self.escalation.thread, self.escalation.reference)
        )
        return key

    def edit(self, of: str, message: Message) -> None:
        """Change what an earlier delivery said."""
        self.deliveries.append(Delivery(self.key(), "edit", of, message, reference=self.escalation.reference))


def _renew_face(c: Context, done: Effects) -> None:
    done.edit(done.escalation.thread, faces.face(c, done.escalation))


def raise_escalation(c: Context, d: Raise, prefix: str, now: datetime) -> Effects:
    """Begin the record at the first stage, open its thread, tell the manager and the raiser."""
    policy = c.policies[d.policy]
    stage = policy.ladder[0]
    raiser_agency = d.answers["raiser"]["agency"]
    people = {f"people.{stage.id}.{side}": dict(person) for side, person in d.people.items() if person}
    escalation = Escalation(
        d.reference, policy.id, policy.version, c.me.id, raiser_agency, d.challenged_agency, d.subject,  # type: ignore[arg-type]
        stage.id, d.concern, now, entered={stage.id: c.today}, agreed={stage.id: d.agreed} if d.agreed else {},
        thread=f"{d.reference}/thread", fields={**d.answers, **people},
    )  # fmt: skip
    done = Effects(prefix, c.me.id, now, escalation)
    done.note("raised", stage=stage.id, concern=d.concern.isoformat(), policy=policy.id, version=policy.version)
    done.deliveries.append(
        Delivery(escalation.thread, "thread", policy.channel, faces.face(c, escalation), "", d.reference)
    )
    said = d.answers.get("words_said")
    summary = c.words("raised.summary", reference=d.reference)
    parts: list[Part] = [
        Heading(summary),
        faces.facts(c, escalation),
        Words(c.words("raised.thread", channel=policy.channel)),
        *faces.ownership(c, escalation),
        *faces.due_reports(c, escalation),
    ]
    if said:
        done.note("words said", **said)
    else:
        parts += [Words(c.words("raised.say_the_words"), "warning"), _say_button(c, escalation)]
        _remind_of_words(c, done)
    done.tell(c.me.id, Message(summary, (*parts, faces.act_buttons(c, escalation))))
    _tell_manager(c, done, stage.id)
    return done


def _say_button(c: Context, escalation: Escalation) -> Buttons:
    return Buttons((Button(c.words("act.say"), "start", f"say {escalation.reference}", "primary"),))


def _remind_of_words(c: Context, done: Effects) -> None:
    """The next working morning, unless the words have been said by then (`delivery` looks before it speaks)."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    morning = c.calendar_of(policy).add(c.today, 1)
    at = datetime.combine(morning, REMIND_AT, ZoneInfo(policy.clock.zone))
    text = c.words("raised.reminder", reference=escalation.reference)
    message = Message(text, (Words(text), _say_button(c, escalation)))
    key = f"{escalation.reference}/remind-words/{morning.isoformat()}"
    done.deliveries.append(
        Delivery(key, "direct", escalation.raiser, message, reference=escalation.reference, not_before=at)
    )


def _tell_manager(c: Context, done: Effects, stage_id: str) -> None:
    """Who is named for a stage learns what they owe and by when."""
    escalation = done.escalation
    stage = c.policy_of(escalation).stage(stage_id)
    manager = escalation.person(stage_id, "raising")
    if manager.get("person") in (None, "", escalation.raiser):
        return
    raiser = (escalation.fields.get("raiser") or {}).get("name", "")
    summary = c.words("manager.summary", reference=escalation.reference, stage=stage.label)
    asked = Words(
        c.words("manager.asked", raiser=raiser, stage=stage_in_words(stage), agency=escalation.challenged_agency)
    )
    rule = Words(c.deadline_of(escalation).rule, "quiet")
    done.tell(manager["person"], Message(summary, (Heading(summary), asked, faces.facts(c, escalation), rule)))


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
        done = Effects(prefix, c.me.id, now, c.escalation)
        _remind_of_words(c, done)
        name = "say.reminded"
    else:
        done = Effects(prefix, c.me.id, now, c.escalation.with_fields(words_said=dict(d.said)))
        done.note("words said", **d.said)
        name = "say.kept"
    text = c.words(name, reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
    return done


def ask_approval(c: Context, d: AskApproval, prefix: str, now: datetime) -> Effects:
    """Post the request in the thread, and tell the manager and the deputy where it is."""
    people = {f"people.{d.stage}.{side}": dict(person) for side, person in d.people.items() if person}
    extra = {
        f"move.{d.stage}.reason": d.reason,
        f"move.{d.stage}.agreed": d.agreed.isoformat() if d.agreed else "",
    }
    escalation = take(c.escalation, Step.ASK).with_fields(**people, **extra)
    done = Effects(prefix, c.me.id, now, escalation)
    for old in c.approvals:
        if old.kind == "move" and old.answer in {"", "declined"} and old.stage == d.stage:
            withdrawn = replace(old, answer="withdrawn" if old.answer == "" else old.answer)
            done.approvals.append(withdrawn)
            if old.answer == "":
                done.edit(old.post, faces.approval_outcome(c, escalation, withdrawn))
    asked = Approval(
        f"{escalation.reference}.{prefix}",
        escalation.reference,
        "move",
        c.me.id,
        c.today,
        d.may_answer,
        d.stage,
    )
    post = done.post(c.policy_of(escalation).channel, faces.approval_post(c, escalation, asked))
    done.approvals.append(replace(asked, post=post))
    done.note("asked for approval", stage=d.stage, of=list(d.may_answer), reason=d.reason)
    stage = c.policy_of(escalation).stage(d.stage).label
    for person in d.may_answer:
        text = c.words("approval.please", reference=escalation.reference, stage=stage, raiser=c.me.name)
        notice = (Words(text), Words(c.words("approval.reason_given"), "quiet"), Words(d.reason, "quote"))
        where = Words(c.words("approval.where", channel=c.policy_of(escalation).channel))
        done.tell(
            person,
            Message(c.words("approval.summary", reference=escalation.reference, stage=stage), (*notice, where)),
        )
    names = " or ".join(c.people[person].name for person in d.may_answer)
    text = c.words("approval.asked", names=names, reference=escalation.reference, stage=stage)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, escalation))))
    return done


def approve(c: Context, approval: Approval, prefix: str, now: datetime) -> Effects:
    """The manager approves: the escalation moves, and the request shows who said so."""
    agreed = str(c.escalation.fields.get(f"move.{approval.stage}.agreed") or "")
    moved = move_to(c.escalation, approval.stage, c.today, datetime.fromisoformat(agreed).date() if agreed else None)
    answered = replace(approval, answer="approved", answered_by=c.me.id)
    done = Effects(prefix, c.me.id, now, moved, approvals=[answered])
    reason = str(c.escalation.fields.get(f"move.{approval.stage}.reason") or "")
    _moved(c, done, reason, approved_by=c.me.id)
    done.edit(approval.post, faces.approval_outcome(c, moved, answered))
    return done


def decline(c: Context, d: Decline, approval: Approval, prefix: str, now: datetime) -> Effects:
    """The manager declines: the raiser learns why, and from when they may go on all the same."""
    escalation = take(c.escalation, Step.ANSWER)
    answered = replace(approval, answer="declined", answered_by=c.me.id, reason=d.reason)
    done = Effects(prefix, c.me.id, now, escalation, approvals=[answered])
    done.note("declined", stage=approval.stage, reason=d.reason)
    done.edit(approval.post, faces.approval_outcome(c, escalation, answered))
    stage = c.policy_of(escalation).stage(approval.stage).label
    text = c.words("decline.told", name=c.me.name, reference=escalation.reference, stage=stage)
    parts = (
        Words(text, "strong"),
        Words(d.reason, "quote"),
        Words(c.words("decline.not_the_end")),
        *faces.ownership(c, escalation),
    )
    move = Buttons((Button(c.words("act.move"), "start", f"move {escalation.reference}"),))
    done.tell(escalation.raiser, Message(text, (*parts, move)))
    thanks = c.words("decline.thanks", reference=escalation.reference)
    done.tell(c.me.id, Message(thanks, (Words(thanks),)))
    return done


def move_now(c: Context, d: MoveNow, prefix: str, now: datetime) -> Effects:
    """Go on: agreed outside, or after silence or a decline that may not block any longer."""
    people = {f"people.{d.stage}.{side}": dict(person) for side, person in d.people.items() if person}
    moved = move_to(c.escalation.with_fields(**people), d.stage, c.today, d.agreed)
    done = Effects(prefix, c.me.id, now, moved)
    for old in c.approvals:
        if old.kind == "move" and old.stage == d.stage and old.answer in {"", "declined"}:
            gone_on = replace(old, answer="gone_on", answered_by=c.me.id, reason=old.reason)
            done.approvals.append(gone_on)
            done.edit(old.post, faces.approval_outcome(c, moved, gone_on))
    details: dict[str, Any] = {"without_approval": d.without_approval} if d.without_approval else {}
    _moved(c, done, d.reason, approved_outside=dict(d.approved_outside or {}), **details)
    return done


def _moved(c: Context, done: Effects, reason: str, **how: Any) -> None:
    """What every move causes: history, the face, a line in the thread, notices, and the form that is now due."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    line = c.words("move.line", stage=stage_in_words(stage), reason=reason)
    updates = [*(escalation.fields.get("updates") or ()), {"on": c.today.isoformat(), "text": line}]
    escalation = done.escalation = escalation.with_fields(updates=updates)
    done.note("moved", stage=stage.id, reason=reason, **how)
    _renew_face(c, done)
    done.post(policy.channel, faces.thread_note(c, escalation, "move.posted", stage=stage.label))
    summary = c.words("move.moved", reference=escalation.reference, stage=stage_in_words(stage))
    due = Words(c.words("move.due", due=due_in_words(c.deadline_of(escalation), c.words)))
    rule = Words(c.deadline_of(escalation).rule, "quiet")
    duties = Points(tuple(stage.duties)) if stage.duties else None
    parts: list[Part] = [
        Heading(summary),
        due,
        rule,
        *([duties] if duties else []),
        *faces.due_reports(c, escalation),
    ]
    parts += [*faces.ownership(c, escalation), faces.act_buttons(c, escalation)]
    done.tell(escalation.raiser, Message(summary, tuple(parts)))
    _tell_manager(c, done, stage.id)


def resolve(c: Context, d: Resolve, prefix: str, now: datetime) -> Effects:
    """End it well: closed at once where no report is due, else when the last one has been sent."""
    done = Effects(prefix, c.me.id, now, resolved(c.escalation, d.on, d.answers))
    done.note("resolved", stage=done.escalation.resolved_at, on=d.on.isoformat())
    _close_if_complete(c, done)
    escalation = done.escalation
    _renew_face(c, done)
    done.post(c.policy_of(escalation).channel, faces.thread_note(c, escalation, "resolve.posted"))
    summary = c.words(
        "resolve.done", reference=escalation.reference, status=c.words(f"status.{escalation.status.value}")
    )
    duties = tuple(duty.words for duty in c.policy_of(escalation).record_duties)
    parts: list[Part] = [Heading(summary), *faces.due_reports(c, escalation)]
    parts += [Words(c.words("resolve.file_it"), "strong"), Points(duties)] if duties else []
    parts += [Words(c.words("resolve.told"))]
    done.tell(c.me.id, Message(summary, tuple(parts)))
    for approval in c.approvals:
        if approval.answer == "" and approval.kind == "move":
            withdrawn = replace(approval, answer="withdrawn")
            done.approvals.append(withdrawn)
            done.edit(approval.post, faces.approval_outcome(c, escalation, withdrawn))
    return done


def _close_if_complete(c: Context, done: Effects) -> None:
    escalation = done.escalation
    if escalation.status is Status.RESOLVED and not outstanding(c.policy_of(escalation), escalation):
        done.escalation = take(escalation, Step.CLOSE)
        done.note("closed")


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
    _close_if_complete(c, done)
    if was_resolved and done.escalation.status is Status.CLOSED:
        _renew_face(c, done)
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
