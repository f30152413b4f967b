"""What the form can take from what is known already: one function for each name that a policy may give to `prefill`.

A prefill is a proposal. It stands in the input, and nothing is taken from it until the raiser says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot import dates
from bot.deadlines import time_taken
from bot.escalation import Escalation
from bot.fields import UNKNOWN, Attestation, Choice, Computed, Duration, Many, Professional, Rows, YesIfAll
from bot.flows.context import Context
from bot.flows.form_fields import is_birth_of_unborn
from bot.flows.recipients import LEAD
from bot.policy import FormField, Side


def prefill(c: Context, escalation: Escalation, field: FormField, stage: str = "") -> Any:
    """The proposal for a field, in the shape of its kind; None when there is none."""
    if stage:
        escalation = replace(escalation, stage=stage)
    if is_birth_of_unborn(field, escalation):
        return UNKNOWN
    if not field.prefill:
        return None
    source = BY_KIND.get((field.prefill, field.answer.kind)) or SOURCES[field.prefill]
    value = source(c, escalation)
    return fitted(value, field) if value else None


def fitted(value: Any, field: FormField) -> Any:
    """Bring a source's value into the shape that the field's kind stores."""
    kind = field.answer
    match kind:
        case Professional():
            person = value if isinstance(value, dict) else {}
            shaped = {part: person.get(part, "") for part in kind.parts}
            return shaped | {"person": person.get("person", "")} if kind.pick else shaped
        case Attestation():
            how = "in_chat" if value.get("person") else "not_yet"
            return {**dict.fromkeys(("date", "because", "confirmed"), ""), **value, "how": how}
        case Rows():
            known = value if isinstance(value, list) else []
            return [
                {column.id: row.get(column.id) or row.get(column.id.rstrip("s"), "") for column in kind.columns}
                for row in known
            ] or None
        case Choice():
            return next(
                (option.id for option in kind.options if str(value).casefold() in {option.id, option.label.casefold()}),
                None,
            )
        case Many():
            ids = [option.id for option in kind.options]
            wanted = value if isinstance(value, list) else []
            if field.prefill == "resolved_at_options":  # spellings of one stage: the first that is there is meant
                wanted = [spelt for spelt in wanted if spelt in ids][:1]
            return [{"option": i, "qualifiers": [], "note": ""} for i in ids if i in wanted] or None
        case YesIfAll() | Duration():
            return value if isinstance(value, dict) else None
        case Computed():
            return _printed(value)
        case _:
            return value if isinstance(value, str | list) else None


def _printed(value: Any) -> str:
    """What a form prints by itself: texts as they are, days as UK forms write them."""
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return value if isinstance(value, str) else ""
    return f"{day.day} {dates.MONTHS[day.month - 1]} {day.year}"


def _raiser(c: Context, e: Escalation) -> dict[str, str]:
    return dict(e.fields.get("raiser") or c.me.details())


def _raiser_part(part: str) -> Callable[[Context, Escalation], str]:
    return lambda c, e: _raiser(c, e).get(part, "")


def _stored(name: str) -> Callable[[Context, Escalation], Any]:
    return lambda c, e: e.fields.get(name)


def _others(c: Context, e: Escalation) -> list[dict[str, str]]:
    """Everybody recorded at any stage on either side, and the counterpart, each once; without the raiser."""
    people = [value for name, value in sorted(e.fields.items()) if _acts_at_a_stage(name)]
    return _each_once(c, e, [e.fields.get("counterpart"), *people])


def others_since(c: Context, e: Escalation, after: int, known: Collection[str]) -> list[dict[str, str]]:
    """Those recorded at stages that were entered later than the first ones, without the names that are `known`."""
    later = tuple(f"people.{stage}." for stage in [*e.entered][after:])
    people = [value for name, value in sorted(e.fields.items()) if name.startswith(later)]
    return [each for each in _each_once(c, e, people) if each["name"] not in known]


def _each_once(c: Context, e: Escalation, people: Iterable[Mapping[str, str] | None]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for person in people:
        if person and person.get("name") and person["name"] != _raiser(c, e).get("name"):
            found.setdefault(
                person["name"], {part: person.get(part, "") for part in ("name", "role", "agency", "email")}
            )
    return list(found.values())


def _acts_at_a_stage(name: str) -> bool:
    return name.startswith("people.") and name != LEAD


def _manager(side: Side) -> Callable[[Context, Escalation], dict[str, str]]:
    return lambda c, e: dict(e.person(e.stage, side))


def update_lines(e: Escalation) -> list[str]:
    """Updates, notes and moves, each as one dated text, oldest first."""
    lines = list(e.fields.get("updates") or ())
    return [f"{dates.in_words(date.fromisoformat(line['on']))}: {line['text']}" for line in lines]


def _progress(c: Context, e: Escalation) -> str:
    return "\n".join(update_lines(e))


def _time_taken(c: Context, e: Escalation) -> str:
    end = e.resolved_on or c.today
    return time_taken(e.concern, end, c.calendar_of(c.policy_of(e)))


def _days_taken(c: Context, e: Escalation) -> dict[str, Any]:
    """The time taken where one length is asked: in working days, as the policy's limits are."""
    calendar = c.calendar_of(c.policy_of(e))
    return {"amount": calendar.count(e.concern, e.resolved_on or c.today), "unit": "working_days"}


def _stage_resolved(c: Context, e: Escalation) -> str:
    return c.policy_of(e).stage(e.resolved_at).label if e.resolved_at else ""


def _resolved_at_options(c: Context, e: Escalation) -> list[str]:
    """Ids of boxes such as "stage-3" or "level-3": its own id and other spellings of the stage it was resolved at.

    What was referred on was resolved at none of them: "referred" (Sefton: "Referred to SLT").
    """
    if not e.resolved_at:
        return []
    if e.fields.get("outcome") == "referred":
        return ["referred"]
    number = e.resolved_at.rsplit("-", 1)[-1]
    return [
        e.resolved_at,
        *(f"{word}{gap}{number}" for word in ("stage", "step", "level") for gap in ("-", "_")),
    ]


def _views(c: Context, e: Escalation) -> list[dict[str, str]]:
    view = str(e.fields.get("disagreement") or "")
    return [{"agency": e.raiser_agency, "view": view}, *({"agency": name, "view": ""} for name in agencies(e)[1:])]


def agencies(e: Escalation) -> list[str]:
    """Every agency that it concerns, each once: the raiser's, the challenged one, the others."""
    others = (each.get("agency", "") for each in e.fields.get("other_agencies") or ())
    return [name for name in dict.fromkeys([e.raiser_agency, e.challenged_agency, *others]) if name]


def _reasons(c: Context, e: Escalation) -> str:
    """The categories that were ticked, in the policy's words and order."""
    ticked = e.fields.get("reasons") or ()
    return "\n".join(reason.label for reason in c.policy_of(e).offered_reasons if reason.id in ticked)


def _tried(c: Context, e: Escalation) -> str:
    lines = [str(e.fields.get("tried") or "")]
    if said := e.fields.get("words_said"):
        day = dates.in_words(date.fromisoformat(said["on"]))
        lines.append(c.words("prefill.said", day=day, to=said["to"], how=said["how"].lower()))
    return "\n".join(line for line in (*lines, *step_lines(c, e)) if line)


def step_lines(c: Context, e: Escalation, after: int = 0) -> list[str]:
    """When each stage was entered, and why others were not attempted before it, oldest first; but the first ones."""
    lines = []
    for stage, on in [*e.entered.items()][after:]:
        lines.append(c.words("prefill.entered", stage=c.policy_of(e).stage(stage).label, day=dates.in_words(on)))
        lines += _jumps(c, e, to=stage)
    return lines


def _jumps(c: Context, e: Escalation, to: str = "") -> list[str]:
    """Which stages were not attempted, and why, one jump a line: all, or those that led to one stage."""
    policy = c.policy_of(e)
    lines = []
    for jump in e.fields.get("jumps") or ():
        if to in {"", jump["to"]}:
            over = ", ".join(policy.stage(stage).label for stage in jump["over"])
            lines.append(c.words("prefill.jumped", over=over, to=policy.stage(jump["to"]).label, reason=jump["reason"]))
    return lines


SOURCES: dict[str, Callable[[Context, Escalation], Any]] = {
    "raiser": _raiser,
    "raiser_name": _raiser_part("name"),
    "raiser_role": _raiser_part("role"),
    "raiser_agency": _raiser_part("agency"),
    "raiser_email": _raiser_part("email"),
    "raiser_role_and_agency": lambda c, e: ", ".join(
        p for p in (_raiser(c, e).get("role"), _raiser(c, e).get("agency")) if p
    ),
    "child_name": _stored("child_name"),
    "concern_date": lambda c, e: e.concern.isoformat(),
    "today": lambda c, e: c.today.isoformat(),
    "challenged_agency": lambda c, e: e.challenged_agency,
    "others_involved": _others,
    "counterpart": _stored("counterpart"),
    "disagreement": _stored("disagreement"),
    "desired_outcome": _stored("desired_outcome"),
    "tried_before": _tried,
    "discussion_dates": _stored("tried_on"),
    "themes": _stored("themes"),
    "progress": _progress,
    "stage_resolved": _stage_resolved,
    "resolved_on": lambda c, e: e.resolved_on.isoformat() if e.resolved_on else "",
    "how_resolved": _stored("how_resolved"),
    "lessons": _stored("lessons"),
    "actions": _stored("actions"),
    "debrief": _stored("debrief"),
    "time_taken": _time_taken,
    "raising_manager": _manager("raising"),
    "challenged_manager": _manager("challenged"),
    "views": _views,
    "agreed_outcome": _stored("agreed_outcome"),
    "resolved_at_options": _resolved_at_options,
    "reasons": _reasons,
    "all_agencies": lambda c, e: "\n".join(agencies(e)),
    "why_stages_were_left_out": lambda c, e: "\n".join(_jumps(c, e)),
    "reference": lambda c, e: e.reference,
    "present_stage": lambda c, e: c.policy_of(e).stage(e.stage).label,
}
BY_KIND: dict[tuple[str, str], Callable[[Context, Escalation], Any]] = {
    ("reasons", "many"): _stored("reasons"),
    ("all_agencies", "rows"): lambda c, e: [{"agency": name} for name in agencies(e)],
    ("time_taken", "duration"): _days_taken,
}
"""What another kind of answer takes instead."""
