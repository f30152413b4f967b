"""Keeping and sending the official form: one letter to each recipient, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.decisions.effects import Effects, renew_face
from bot.decisions.ending import close_if_complete
from bot.decisions.signing import ask_to_sign, with_signatures
from bot.errors import NotAllowed
from bot.escalation import Escalation, Step, take
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.prefill import update_lines
from bot.flows.recipients import in_words
from bot.flows.recording import recorded
from bot.flows.report import Report, aside_name, given_before, seen_name
from bot.flows.ticks import record_of
from bot.forms_due import WHOLE, fired_at, stages_of
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.policy import Policy
from bot.ports import Delivery


def report(c: Context, d: Report, prefix: str, now: datetime) -> Effects:
    """Keep the form; if it was confirmed, one letter to each recipient, and requests to those who are to sign."""
    policy = c.policy_of(c.escalation)
    form = policy.form(d.form)
    key = f"{d.form}/{d.instance}/{d.moment}"
    kept = sorted({*(c.escalation.fields.get("kept") or ()), key})
    stored = {f"form.{d.form}.{d.instance}": dict(d.answers), "kept": kept, **_put_aside(c.escalation, d)}
    stored[seen_name(d.form, d.instance)] = int(c.seed.get("updates") or len(update_lines(c.escalation)))
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.REPORT).with_fields(**stored))
    ask_to_sign(c, done, d, form.title)
    if not d.send:
        done.note("report kept", form=d.form, instance=d.instance, moment=d.moment, stage=c.escalation.stage)
        text = c.words("report.kept", title=form.title, reference=d.reference)
        done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
        return done
    done.escalation = replace(done.escalation, sent={**done.escalation.sent, key: now.isoformat()})
    noticed = _note_notices(c, done, d)
    for recipient in d.recipients:
        _add_letter(c, done, d, recipient, noticed)
    to = [dict(recipient) for recipient in d.recipients]
    where = {"form": d.form, "instance": d.instance, "moment": d.moment, "stage": c.escalation.stage}
    done.note("report confirmed", **where, to=to)
    renew_face(c, done)
    summary = c.words("report.sent", title=form.title, reference=d.reference)
    who = Points(tuple(in_words(each, c.words) for each in d.recipients))
    parts: list[Part] = [Heading(summary), who, Words(c.words("report.on_its_way"), "quiet")]
    done.tell(c.me.id, Message(summary, (*parts, *faces.ownership(c, done.escalation))))
    return done


def _put_aside(escalation: Escalation, d: Report) -> dict[str, Any]:
    """Answers given before that do not stand on the form now: they are kept, and come back with their field."""
    before = given_before(escalation, d.form, d.instance)
    aside = {name: value for name, value in before.items() if name not in d.answers}
    name = aside_name(d.form, d.instance)
    return {name: aside} if aside or name in escalation.fields else {}


def _note_notices(c: Context, done: Effects, d: Report) -> dict[str, str]:
    """Note on which day the notice of a stage was sent, where none had been: limits may run from it.

    Returns what was noted: stage id -> ISO day.
    """
    before = done.escalation.fields.get("notices") or {}
    stages = notice_stages(c.policy_of(c.escalation), c.escalation, d)
    noticed = {stage: c.today.isoformat() for stage in stages if stage not in before}
    done.escalation = done.escalation.with_fields(notices={**before, **noticed})
    return noticed


def notice_stages(policy: Policy, escalation: Escalation, d: Report) -> list[str]:
    """The stages whose notice this is: the instance's own; else those at which it is due by now, and the present one.

    Sent early, it is also the notice of the next stage at which it will be due: it is not asked for again there.
    """
    if d.instance != WHOLE:
        return [d.instance]
    trigger = policy.form(d.form).moment(d.moment).due
    due = fired_at(policy, trigger, escalation)
    if not due and trigger is not None and trigger.on == "entering":
        above = {stage.id for stage in policy.above(escalation.stage)}
        due = [stage for stage in stages_of(trigger, policy) if stage in above][:1]
    return list(dict.fromkeys([*due, escalation.stage]))


def _add_letter(c: Context, done: Effects, d: Report, recipient: Mapping[str, Any], noticed: Mapping[str, str]) -> None:
    """One letter to one recipient, as it was confirmed: the answers are kept with it and do not change later."""
    reference = done.escalation.reference
    number = 1 + sum(1 for name in done.escalation.fields if name.startswith("letter."))
    by_post = list(recipient.get("address") or ())
    answers = with_signatures(done.escalation, d.form, d.instance, d.answers)
    answers |= recorded(done.escalation, d.form, d.instance)
    letter = {
        "form": d.form,
        "instance": d.instance,
        "moment": d.moment,
        "answers": answers,
        "to": recipient.get("email") or c.me.email,
        "by_post": by_post,
        "hand_on": recipient.get("hand_on") or recipient.get("hand_over") or "",
        "notices": dict(noticed),
    }
    done.escalation = done.escalation.with_fields(**{f"letter.{number}": letter})
    done.deliveries.append(
        Delivery(f"{reference}/letter/{number}", "letter", f"{reference}/{number}", reference=reference)
    )


def letter_left(
    c: Context, number: str, receipt: str, now: datetime, documents: Mapping[str, str] | None = None
) -> Effects:
    """A letter has been taken by the mail: the record says so, and the escalation is closed if it was the last.

    `documents` are the digests of what was attached, by file name; None where a person says that it has arrived.
    """
    letter = {**c.escalation.fields[f"letter.{number}"], "left": now.isoformat()}
    done = Effects(f"left-{number}", "bot", now, c.escalation.with_fields(**{f"letter.{number}": letter}))
    done.note("report sent", letter=number, to=letter["to"], receipt=receipt, documents=dict(documents or {}))
    if close_if_complete(c, done):
        policy = c.policy_of(done.escalation)
        renew_face(c, done)
        done.post(policy.channel, faces.thread_note(c, done.escalation, "resolve.closed"))
        record = record_of(c, done.escalation)
        text = c.words("resolve.closed_now", reference=done.escalation.reference, record=record)
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
    done = Effects(f"given-up-{number}{_round(letter)}", "bot", now, changed)
    done.note("report not delivered", letter=number, to=letter["to"], reason=reason)
    if not key:
        return done
    _take_back_notices(done, letter)
    renew_face(c, done)
    text = c.words("given_up.letter", reference=changed.reference, reason=reason)
    trouble = f"{changed.reference}/letter/{number}"
    again = Button(c.words("act.report_again"), "start", f"report {changed.reference}", "primary")
    buttons = Buttons((again, Button(c.words("act.try_again"), "try again", trouble)))
    summary = c.words("given_up.summary", reference=changed.reference)
    message = Message(summary, (Words(text, "warning"), buttons))
    reference, about = changed.reference, {"trouble": trouble}
    done.deliveries.append(Delivery(done.key(), "direct", changed.raiser, message, reference=reference, about=about))
    return done


def letter_begun_again(c: Context, number: str, key: str, by: str, now: datetime) -> Effects:
    """A letter that was given up is sent once more as it is: what it sends is not due any longer.

    Its notices are given today, as it did not arrive before. Raises NotAllowed where it was sent anew since.
    """
    letter = c.escalation.fields[f"letter.{number}"]
    if _sent_again(c, number, letter):
        raise NotAllowed(c.words("mending.sent_anew", reference=c.escalation.reference))
    before = c.escalation.fields.get("notices") or {}
    noted = {stage: c.today.isoformat() for stage in letter.get("notices") or {} if stage not in before}
    rest = {name: value for name, value in letter.items() if name != "given_up"}
    begun = {**rest, "notices": noted, "rounds": letter.get("rounds", 0) + 1}
    fields = {f"letter.{number}": begun, "notices": {**before, **noted}}
    sent = {f"{letter['form']}/{letter['instance']}/{letter['moment']}": now.isoformat(), **c.escalation.sent}
    changed = replace(c.escalation.with_fields(**fields), sent=sent)
    done = Effects(f"again-{number}{_round(begun)}", by, now, changed)
    done.note("delivery begun again", delivery=key, kind="letter")
    renew_face(c, done)
    return done


def _round(letter: Mapping[str, Any]) -> str:
    """Tells apart what is said each time that it was begun again."""
    return f"-{letter['rounds']}" if letter.get("rounds") else ""


def _take_back_notices(done: Effects, letter: Mapping[str, Any]) -> None:
    """A notice that did not arrive starts no clock: what this letter had noted is taken back."""
    noted = letter.get("notices") or {}
    before = done.escalation.fields.get("notices") or {}
    left = {stage: on for stage, on in before.items() if noted.get(stage) != on}
    done.escalation = done.escalation.with_fields(notices=left)


def _sent_again(c: Context, number: str, letter: Mapping[str, Any]) -> bool:
    """Whether the same form has been sent to the same recipient once more since."""
    later = (
        c.escalation.fields[name]
        for name in c.escalation.fields
        if name.startswith("letter.") and int(name.removeprefix("letter.")) > int(number)
    )
    same = ("form", "instance", "to", "by_post", "hand_on")
    return any(
        all(other.get(part) == letter.get(part) for part in same) and not other.get("given_up") for other in later
    )
