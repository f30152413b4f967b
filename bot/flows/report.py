"""The partnership's own form: asked section by section, pre-filled, reviewed, and confirmed before anything leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.escalation import Conversation, Escalation, Status
from bot.fields import Email, Professional
from bot.flows import faces
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.conversation import Question
from bot.flows.moved_on import NothingToDo
from bot.flows.prefill import prefill, update_lines
from bot.forms_due import WHOLE, Filling, find, is_early, moments_up_to, next_filling, outstanding, was_sent
from bot.messages import Part, Points, Words
from bot.policy import Form, FormField, Policy, Recipient, Section

ALWAYS_FRESH = {"progress"}
"""Prefills that grow as the escalation goes on, so that an earlier answer is not taken over unseen."""


@dataclass(frozen=True)
class Report:
    """A form as the raiser confirmed it. `send` is False where it is only kept.

    `recipients` are {"name", "email"} or {"name", "address": [lines]}; exactly these, and nobody else, get it.
    """

    reference: str
    form: str
    instance: str
    moment: str
    answers: Mapping[str, Any]
    recipients: tuple[Mapping[str, Any], ...]
    send: bool


def report(c: Context) -> Asking:
    """A conversation that returns Report or NothingToDo."""
    policy = c.policy_of(c.escalation)
    if not policy.forms:
        return NothingToDo("report.no_form", {"partnership": policy.partnership.short})
    filling = find(policy, c.seed["filling"]) if "filling" in c.seed else None
    if filling is None:
        form = yield from _which_form(c, policy)
        filling = next_filling(policy, c.escalation, form)
    if c.escalation.status is not Status.OPEN and not outstanding(policy, c.escalation) and not c.escalation.sent:
        return NothingToDo("report.not_needed", {"reference": c.escalation.reference})
    answers: dict[str, Any] = {}
    for number, (section, field) in enumerate(asked_fields(filling, c.escalation)):
        opening = _opening(c, filling) if number == 0 else ()
        yield from _ask_field(c, filling, section, field, opening, answers)
    recipients = yield from _recipients(c, filling)
    send = yield from _confirm(c, filling, recipients)
    return Report(
        c.escalation.reference, filling.form.id, filling.instance, filling.moment.id, answers, tuple(recipients), send
    )


def _which_form(c: Context, policy: Policy) -> Asking:
    due = [filling.form for filling in outstanding(policy, c.escalation)]
    if len(policy.forms) == 1 or due:
        return due[0] if due else policy.forms[0]
    chosen = yield from choose(
        "form", c.words("report.which"), {form.id: form.title for form in policy.forms}, private=False
    )
    return policy.form(chosen)


def asked_fields(filling: Filling, escalation: Escalation) -> Iterator[tuple[Section, FormField]]:
    """The fields that are asked now: of this moment and those before it, for a child's or a themed escalation."""
    moments = moments_up_to(filling)
    for section, field in filling.form.fields():
        right_subject = field.only_for in (None, escalation.subject)
        if right_subject and section.who != "partnership" and (field.moment or section.moment) in moments:
            yield section, field


def name_of(form: Form, field_id: str) -> str:
    """The question's name of a form field, or of a follow-up ("field.follow_up")."""
    return f"{form.id}.{field_id}"


def signed_name(form: str, instance: str, field_id: str) -> str:
    """The escalation's field that holds who confirmed this signature block, when, and what stood on the form then."""
    return f"signed.{form}.{instance}.{field_id}"


def pinned_filling(c: Context) -> dict[str, str]:
    """Kept when the conversation begins: which moment of which form it fills. {} where that is still to be asked."""
    policy = c.policy_of(c.escalation)
    due = outstanding(policy, c.escalation)
    known = {"updates": str(len(update_lines(c.escalation)))}
    if due:
        return {"filling": due[0].key, **known}
    if len(policy.forms) == 1:
        return {"filling": next_filling(policy, c.escalation, policy.forms[0]).key, **known}
    return known


def preloaded(c: Context) -> dict[str, Any]:
    """Answers that were kept before, so that going on with a form asks only what is new. Review changes any of them."""
    answers: dict[str, Any] = {}
    policy = c.policy_of(c.escalation)
    pinned = find(policy, c.seed["filling"]) if "filling" in c.seed else None
    for filling in [pinned] if pinned else [next_filling(policy, c.escalation, form) for form in policy.forms]:
        for field_id, value in (c.escalation.fields.get(filling.stored) or {}).items():
            if field_id.split(".")[0] not in _growing(filling.form):
                signed = c.escalation.fields.get(signed_name(filling.form.id, filling.instance, field_id))
                if signed and signed["person"] == value.get("person"):
                    value = {**value, "confirmed": signed["at"]}
                answers[name_of(filling.form, field_id)] = {"skipped": True} if value is None else {"value": value}
    return answers


def _growing(form: Form) -> set[str]:
    return {field.id for _, field in form.fields() if field.prefill in ALWAYS_FRESH}


def refreshed(c: Context, draft: Conversation) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """(answers, seed) of a draft, with the updates that have come since it was put aside added to fields that grow.

    What the raiser wrote there, and what they left out, stays as it is.
    """
    updates = update_lines(c.escalation)
    new = updates[int(draft.seed.get("updates", len(updates))) :]
    fresh = dict(draft.answers)
    for form in c.policy_of(c.escalation).forms:
        for field_id in _growing(form):
            stored = fresh.get(name_of(form, field_id)) or {}
            if new and isinstance(stored.get("value"), str):
                fresh[name_of(form, field_id)] = {"value": "\n".join([stored["value"], *new])}
    return fresh, {**draft.seed, "updates": str(len(updates))}


def _ask_field(
    c: Context,
    filling: Filling,
    section: Section,
    field: FormField,
    opening: tuple[Part, ...],
    answers: dict[str, Any],
) -> Asking:
    heading = section.heading or filling.form.title
    label = f"{field.group} {field.label}" if field.group else field.label
    answers[field.id] = yield from ask(
        Question(
            name_of(filling.form, field.id),
            label,
            field.answer,
            help=field.help,
            hint=field.hint,
            before=opening,
            heading=heading,
            optional=not field.needed,
            prefill=prefill(c, c.escalation, field, "" if filling.instance == WHOLE else filling.instance),
        )
    )
    yes: dict[str, bool] = {}
    for more in field.also:
        if more.only_if and not yes.get(more.only_if):
            continue
        key = f"{field.id}.{more.id}"
        question = Question(
            name_of(filling.form, key),
            more.label,
            more.answer,
            hint=more.hint,
            heading=heading,
            optional=True,
        )
        answers[key] = yield from ask(question)
        yes[more.id] = answers[key] is True


def _opening(c: Context, filling: Filling) -> tuple[Part, ...]:
    """Said above the first question: what this is, when it is due, and that nothing leaves without a yes."""
    title = faces.title_of(c, c.policy_of(c.escalation), filling)
    parts: list[Part] = [Words(c.words("report.opening", title=title, part=filling.moment.label))]
    parts += [Words(text, "quiet") for text in filling.form.words]
    if is_early(filling, c.escalation):
        parts.append(Words(c.words("report.early"), "strong"))
    parts.append(Words(c.words("report.private"), "quiet"))
    return tuple(parts)


def _recipients(c: Context, filling: Filling) -> Asking:
    """Exactly who gets it. People whom the policy names by role only are asked for, once."""
    found: list[Mapping[str, Any]] = []
    form = filling.form
    instead = {recipient.otherwise for recipient in form.recipients if recipient.otherwise}
    for recipient in form.recipients:
        if recipient.id in instead or (recipient.moments and filling.moment.id not in recipient.moments):
            continue
        one = yield from _recipient(c, form, recipient)
        if one is None and recipient.otherwise:
            other = next(each for each in form.recipients if each.id == recipient.otherwise)
            one = yield from _recipient(c, form, other)
        if one is not None:
            found.append(one)
    return found


def _recipient(c: Context, form: Form, recipient: Recipient) -> Asking:
    heading = c.words("report.recipients")
    name = f"{form.id}.to.{recipient.id}"
    match recipient.person:
        case "challenged_at_stage":
            known = c.escalation.person(recipient.stage or c.escalation.stage, "challenged")
            label = c.words("report.email_of", who=known.get("name") or recipient.name)
            hint = c.words("report.email_help", role=recipient.name)
            prefilled = known.get("email") or None
            email = yield from ask(
                Question(
                    name,
                    label,
                    Email(),
                    hint=hint,
                    heading=heading,
                    optional=True,
                    prefill=prefilled,
                    private=False,
                )
            )
            return {"name": known.get("name") or recipient.name, "email": email} if email else None
        case "ask":
            kind = Professional(parts=("name", "email"), needed=("name", "email"))
            who = yield from ask(
                Question(name, recipient.question, kind, heading=heading, optional=True, private=False)
            )
            return {"name": who["name"], "email": who["email"]} if who else None
        case None:
            if recipient.via == "post" or not recipient.email:
                return {"name": recipient.name, "address": list(recipient.address)}
            return {"name": recipient.name, "email": recipient.email}


def in_words(recipient: Mapping[str, Any], words: Any) -> str:
    """One recipient, exactly, as the raiser confirms it."""
    if recipient.get("email"):
        return str(words("report.by_mail", name=recipient["name"], email=recipient["email"]))
    return str(words("report.by_post", name=recipient["name"], address=", ".join(recipient["address"])))


def _confirm(c: Context, filling: Filling, recipients: list[Mapping[str, Any]]) -> Asking:
    policy = c.policy_of(c.escalation)
    offered: dict[str, str] = {}
    if recipients and (filling.moment.send or was_sent(filling, c.escalation)):
        offered["send"] = c.words("report.send")
    offered["keep"] = c.words("report.keep")
    before: tuple[Part, ...] = (
        Words(c.words("report.will_go_to" if "send" in offered else "report.stays"), "strong"),
        *((Points(tuple(in_words(each, c.words) for each in recipients)),) if "send" in offered else ()),
        Words(c.words("report.subject_only")),
        *(Words(text) for text in policy.advice.ownership),
    )
    answer = yield from choose(
        f"{filling.form.id}.confirm",
        c.words("report.confirm"),
        offered,
        before=before,
        is_review=True,
        heading=c.words("report.review", title=filling.form.title),
        private=False,
    )
    return answer == "send"
