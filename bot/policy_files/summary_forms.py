"""The forms of a policy in sentences, for its summary."""

from __future__ import annotations

from collections.abc import Iterator

from bot.fields import Answer, Choices, Column
from bot.policy import Form, FormField, Moment, Policy, Section
from bot.policy_files.in_words import ASKED_TO_FILL, CIRCUMSTANCES, KINDS, SUBJECTS, gets_it, quoted, trigger

WHEN = {"birth": "of birth", "future": "to come", "past": "today or before"}
"""Where a day may lie, if not anywhere."""


def form(one: Form, policy: Policy) -> Iterator[str]:
    headings = " / ".join(one.headings)
    yield f"Form: {one.title} ({headings})" if headings != one.title else f"Form: {one.title}"
    yield "  One form for each stage." if one.one_per == "stage" else "  One form for the whole escalation."
    for moment in one.moments:
        yield f"  {moment.label}: {_moment(moment, policy)}"
        yield from (f"    Please check: {said}" for said in _missed(moment, policy))
        if moment.send:
            yield from (f"    Goes to {said}" for said in gets_it(one, moment, policy))
    yield from (f"  Filled into the partnership’s own file: {name}" for name in (one.template,) if name)
    fields = [field for _, field in one.fields()]
    yield f"  It asks {len(fields)} things, {sum(field.needed for field in fields)} of which are needed:"
    yield from (f"    Printed at the top: {quoted(words)}" for words in one.opening)
    for section in one.sections:
        yield from _section(section, one)
    yield from (f"    Printed at the end: {quoted(words)}" for words in one.closing)
    yield from (f"  As printed: {quoted(words)}" for words in one.words)


def _section(one: Section, form: Form) -> Iterator[str]:
    yield from (f"    Printed above: {quoted(words)}" for words in one.before)
    yield from (f"    {heading}" for heading in (one.heading,) if heading)
    yield from (f"    Printed: {quoted(words)}" for words in one.notes)
    if one.locked:
        yield f"    What follows stands as it is once “{form.moment(one.moment).label}” has been sent:"
    for each in one.fields:
        yield f"    - {field(each, form)}"
        for more in each.also:
            only = next((f", if yes to {quoted(other.label)}" for other in each.also if other.id == more.only_if), "")
            yield f"      and asks: {quoted(more.label)} ({answer(more.answer)}{only})"
    yield from (f"    Printed below: {quoted(words)}" for words in one.after)


def field(one: FormField, form: Form) -> str:
    """A question: its words, its kind, and when it is asked."""
    said = [answer(one.answer)]
    said += ["needed"] if one.needed else []
    said += [f"only if it is about {SUBJECTS[one.only_for]}"] if one.only_for else []
    said += [f"only {CIRCUMSTANCES[one.only_when]}"] if one.only_when else []
    said += [f"filled with: {one.prefill.replace('_', ' ')}"] if one.prefill else []
    said += [f"at “{form.moment(one.moment).label}”"] if one.moment else []
    return f"{quoted(one.label)}{one.help and f' {quoted(one.help)}'} ({', '.join(said)})"


def answer(one: Answer) -> str:
    """The kind of answer with what it offers (boxes, statements, columns, parts of a person), and what it needs."""
    offered = [_offered(each) for key in ("options", "of", "columns") for each in getattr(one, key, ())]
    needed = getattr(one, "needed", ())
    offered += [f"{part} (needed)" if part in needed else part for part in getattr(one, "parts", ())]
    said = [f"{KINDS[str(getattr(one, 'kind', ''))]}{': ' if offered else ''}{' / '.join(offered)}"]
    said += [WHEN[expect] for expect in (getattr(one, "expect", "any"),) if expect in WHEN]
    said += ["or not known"] if getattr(one, "unknown_ok", False) else []
    said += [f"at least {least}" for least in (getattr(one, "least", 0),) if least]
    said += [f"at most {most}" for most in (getattr(one, "most", None),) if most]
    said += ["single ones may be left blank"] if getattr(one, "blank_ok", False) else []
    said += ["of people who are here"] if getattr(one, "pick", False) else []
    said += [f"of the {side} side" for side in (getattr(one, "side", ""),) if side]
    return ", ".join(said)


def _offered(one: Choices | Column) -> str:
    """A box, a statement or a column."""
    label = one.label.rstrip(":")
    if isinstance(one, Column):
        kind = "" if one.answer == "line" else f"{KINDS[one.answer]}, "
        extra = f"{kind}{'needed' if one.needed else ''}".rstrip(", ")
    else:
        extra = ", ".join([*one.qualifiers, *(["with a remark"] if one.note else [])])
    return f"{label} ({extra})" if extra else label


def _moment(moment: Moment, policy: Policy) -> str:
    people = {**ASKED_TO_FILL, "partnership": policy.partnership.team}
    due = f"due {trigger(moment.due, policy)}" if moment.due else "never due, filled as things happen"
    opens = f", offered {trigger(moment.opens, policy)}" if moment.opens else ""
    return f"filled by {people[moment.who]}; {due}{opens}."


def _missed(moment: Moment, policy: Policy) -> Iterator[str]:
    """The stages to which an escalation may jump without this ever being due, although it went past one where it is."""
    if (
        moment.due is None
        or moment.due.on != "entering"
        or not moment.due.stages
        or policy.skips.allowed == "next_only"
    ):
        return
    ways = [list(ladder.stages) for ladder in policy.ladders] or [[stage.id for stage in policy.ladder]]
    may_go_to = policy.skips.to if policy.skips.allowed == "to_stages" else [stage.id for stage in policy.ladder]
    missed: dict[str, None] = {}
    for way in ways:
        due_at = [way.index(stage) for stage in moment.due.stages if stage in way]
        later = way[min(due_at) + 1 :] if due_at else []
        missed |= dict.fromkeys(one for one in later if one in may_go_to and one not in moment.due.stages)
    if missed:
        names = " or ".join(policy.stage(stage).label for stage in missed)
        yield (
            f"an escalation that goes straight to {names} is never asked for this. If it owes it all the same, add"
            f" {', '.join(missed)} to its stages."
        )
