"""Which fields of a form are asked now, how, and which answers stand on it without being asked.

Rule: nothing that was answered is asked again once its section is locked, and nothing is asked that does not apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from bot.escalation import Escalation, Status
from bot.fields import Computed, Day, Line, Many, Paragraph, Rows
from bot.flows.context import Context
from bot.forms_due import Filling, moments_up_to, sent_with
from bot.policy import Circumstance, FormField, Policy, Section
from bot.policy.forms import FollowUp

Place = tuple[Section, FormField]
"""A field and where it stands."""


def holds(circumstance: Circumstance, escalation: Escalation) -> bool:
    """Whether it is so for this escalation."""
    resolved = escalation.status in {Status.RESOLVED, Status.CLOSED}
    match circumstance:
        case "jumped":
            return bool(escalation.fields.get("jumps"))
        case "not_jumped":
            return not escalation.fields.get("jumps")
        case "resolved":
            return resolved
        case "not_resolved":
            return not resolved
        case "withdrawn":
            return escalation.status is Status.WITHDRAWN
        case "several":
            return about_whom(escalation) in {"several", "family", "adults"}
        case "unborn":
            return about_whom(escalation) == "unborn"
        case _:
            assert_never(circumstance)


def about_whom(escalation: Escalation) -> str:
    """One, several, unborn, family, adult, adults or themed; "" where it was not asked."""
    return str(escalation.fields.get("about_whom") or "")


def fields_now(policy: Policy, filling: Filling, escalation: Escalation) -> Iterator[Place]:
    """The fields of this moment and those before it that apply, asked or not."""
    moments = moments_up_to(policy, filling, escalation)
    for section, field in filling.form.fields():
        mine = section.who != "partnership" and moment_of(section, field) in moments
        applies = field.only_for in (None, escalation.subject)
        if mine and applies and (field.only_when is None or holds(field.only_when, escalation)):
            yield section, field


def moment_of(section: Section, field: FormField) -> str:
    """Id of the moment at which the field is filled."""
    return field.moment or section.moment


def asked_fields(policy: Policy, filling: Filling, escalation: Escalation) -> Iterator[Place]:
    """The fields that are asked now: not what is worked out, and not what was sent in a locked section."""
    locked = {field.id for _, field in locked_fields(policy, filling, escalation)}
    for section, field in fields_now(policy, filling, escalation):
        if field.id not in locked and not isinstance(field.answer, Computed):
            yield section, field


def locked_fields(policy: Policy, filling: Filling, escalation: Escalation) -> list[Place]:
    """The fields whose answers have been sent and stand as they were, whatever applies by now."""
    sent = sent_with(policy, filling, escalation)
    return [
        (section, field)
        for section, field in filling.form.fields()
        if section.locked and section.who != "partnership" and moment_of(section, field) in sent
    ]


def locked_answers(policy: Policy, filling: Filling, escalation: Escalation) -> dict[str, Any]:
    """The answers of locked sections, follow-ups too, as they were sent."""
    ids = {field.id for _, field in locked_fields(policy, filling, escalation)}
    stored: Mapping[str, Any] = escalation.fields.get(filling.stored) or {}
    return {name: value for name, value in stored.items() if name.split(".")[0] in ids}


def computed_fields(policy: Policy, filling: Filling, escalation: Escalation) -> list[FormField]:
    """The fields that are worked out now."""
    locked = {field.id for _, field in locked_fields(policy, filling, escalation)}
    now = fields_now(policy, filling, escalation)
    return [field for _, field in now if isinstance(field.answer, Computed) and field.id not in locked]


def is_theirs(filling: Filling, section: Section, field: FormField) -> bool:
    """Whether the challenged side fills it: asked of the raiser as that side gave it, and never needed."""
    return "challenged" in (section.who, filling.form.moment(moment_of(section, field)).who)


def hint_of(c: Context, policy: Policy, field: FormField | FollowUp, *, theirs: bool = False) -> str:
    """Our own help: the policy's hint, whose words are asked for, and what may not be written."""
    said = [field.hint]
    if theirs:
        said.append(c.words("report.as_they_gave_it"))
    if is_birth_of_unborn(field, c.escalation):
        said.append(c.words("report.unborn"))
    if policy.identifiers == "none" and is_free_text(field):
        said.append(c.words("report.no_identifiers"))
    return " ".join(text for text in said if text)


def is_free_text(field: FormField | FollowUp) -> bool:
    """Whether words of their own are typed, in which somebody might be named."""
    match field.answer:
        case Line() | Paragraph() | Rows():
            return True
        case Many(options=options):
            return any(option.note for option in options)
        case _:
            return False


def is_birth_of_unborn(field: FormField | FollowUp, escalation: Escalation) -> bool:
    """Whether a date of birth is asked that nobody can know yet."""
    kind = field.answer
    birth = isinstance(kind, Day) and kind.expect == "birth" and kind.unknown_ok
    return birth and about_whom(escalation) == "unborn"
