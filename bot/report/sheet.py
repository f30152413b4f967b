"""The stage sheet: on one or two pages what a policy's stages are, who is to do what, and by when.

Blank, it is for the day on which the bot cannot be reached; with dates, it is filed with the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.paper import Cell, Document, Paragraph, Row, Table, Title, table
from bot.policy import Form, Ladder, People, Policy, Stage
from bot.report.marks import AUTHOR, reference_or_blank
from bot.words import Words

LINE = "…" * 12
"""Where something is written by hand."""


WIDTHS = (22, 28, 17, 17, 17, 17)
"""Of the columns of the table of stages."""
SLASH = re.compile(r"/(?=\w)")


@dataclass(frozen=True)
class Filled:
    """What is known of one escalation. A stage that is in none of these has not been entered."""

    facts: Mapping[str, str]
    """What is to be written beside these words: "Reference" -> E-4KX-7PW."""
    entered: Mapping[str, str]
    due: Mapping[str, str]
    ended: Mapping[str, str]
    """By stage, in words."""


def stage_sheet(policy: Policy, words: Words, reference: str = "", filled: Filled | None = None) -> Document:
    """For one escalation, or blank. `policy` is the whole one, or as it holds for the escalation."""
    title = words("sheet.title", policy=policy.name)
    parts: list[Title | Paragraph | Table] = [
        Title(title),
        Paragraph(words("danger.always"), strong=True),
        Paragraph(words("sheet.tell", who=policy.danger.children_services)),
    ]
    parts += [Paragraph(text) for text in policy.danger.words]
    parts.append(_facts(policy, words, filled))
    parts += list(_before(policy, words))
    for ladder in policy.ladders if filled is None else ():
        parts += [Title(ladder.label, 2), *([Paragraph(ladder.words)] if ladder.words else [])]
        parts.append(_stages(policy, words, _on(policy, ladder), None))
    if filled or not policy.ladders:
        parts += [Title(words("sheet.stages"), 2), _stages(policy, words, policy.ladder, filled)]
    parts += [part for form in policy.forms for part in _form(form, words)]
    parts += list(_after(policy, words))
    marking = policy.retention.classification
    shown = f"{words('sheet.name')} {policy.partnership.short} {reference}".strip()
    return Document(reference_or_blank(reference), shown, policy.language, AUTHOR, tuple(parts), classification=marking)


def _on(policy: Policy, ladder: Ladder) -> list[Stage]:
    return [policy.stage(stage) for stage in ladder.stages]


def _facts(policy: Policy, words: Words, filled: Filled | None) -> Table:
    names = (
        words("face.reference"), words("sheet.raising"), words("sheet.challenged"),
        policy.vocabulary.concern_date[:1].upper() + policy.vocabulary.concern_date[1:],
    )  # fmt: skip
    given = dict(filled.facts) if filled else {}
    rows = [(name, given.pop(name, "")) for name in names] + list(given.items())
    cells = [Row((Cell(name, columns=24), Cell(text=text, columns=36, field="fact"))) for name, text in rows]
    return table(cells, words("sheet.name"))


def _before(policy: Policy, words: Words) -> Iterator[Title | Paragraph]:
    said = [*policy.advice.before_escalating, *policy.advice.standing_instructions]
    if said:
        yield Title(words("sheet.before"), 2)
        yield from (Paragraph(text) for text in said)
    yield Title(words("escalate.words"), 2)
    informal = [stage.label for stage in policy.ladder if stage.kind == "informal"]
    formal = [stage.label for stage in policy.ladder if stage.kind != "informal"]
    for name, stages in (("escalate.words_to_say_informal", informal), ("escalate.words_to_say", formal)):
        if informal and formal:
            yield Paragraph(words("sheet.say_at", stages=", ".join(stages)))
        if stages:
            yield Paragraph(words(name, **_to_say(policy)))


def _to_say(policy: Policy) -> dict[str, str]:
    vocabulary = policy.vocabulary
    by_hand = {"stage": f"{vocabulary.stage} {LINE}", "today": LINE, "reference": LINE, "agency": LINE}
    return {"policy": policy.name, "escalation": vocabulary.escalation, **by_hand}


def _stages(policy: Policy, words: Words, stages: Sequence[Stage], filled: Filled | None) -> Table:
    names = ("sheet.who", "sheet.limit", "sheet.entered", "sheet.due", "sheet.ended")
    heads = zip((policy.vocabulary.stage, *map(words, names)), WIDTHS, strict=True)
    rows = [Row(tuple(Cell(text, columns=n, header=True) for text, n in heads), header=True, keep=True)]
    for stage in stages:
        known = (filled.entered, filled.due, filled.ended) if filled else ({}, {}, {})
        texts = map(_in_column, ("\n".join(_people(words, stage)), "\n".join(_limits(policy, stage))))
        dates = (each.get(stage.id, "") for each in known)
        cells = zip((*texts, *dates), ("", "", "entered", "due", "ended"), WIDTHS[1:], strict=True)
        name = Cell(stage.label, _in_column("\n".join(filter(None, [stage.title, stage.optional]))), columns=WIDTHS[0])
        others = (Cell(text=text, columns=n, field=field) for text, field, n in cells)
        rows.append(Row((name, *others), room=2, keep=bool(stage.to_do)))
        if stage.to_do:
            rows.append(Row((Cell(text="\n".join(stage.to_do), columns=sum(WIDTHS)),)))
    return table(rows, words("sheet.stages"))


def _people(words: Words, stage: Stage) -> Iterator[str]:
    yield words("sheet.side_raising", role=_role(stage.raising))
    yield words("sheet.side_challenged", role=_role(stage.challenged))
    for branch in stage.branches:
        for who, name in ((branch.raising, "sheet.side_raising"), (branch.challenged, "sheet.side_challenged")):
            if who is not None:
                yield f"{branch.label}: {words(name, role=_role(who))}"


def _role(people: People) -> str:
    return f"{people.role} ({people.proxy})" if people.proxy else people.role


def _in_column(text: str) -> str:
    """A line may end behind a slash: Word would break “Leader/Director/Senior” in the middle of a word otherwise."""
    return SLASH.sub("/\u200b", text)


def _limits(policy: Policy, stage: Stage) -> Iterator[str]:
    """In the policy's own words; what else is owed within the stage below it."""
    yield stage.limit.words
    priorities = {each.id: each.label for each in policy.priorities.of} if policy.priorities else {}
    for each in stage.limits:
        yield f"{priorities.get(each.priority, each.priority)}: {each.limit.words}"
    for branch in stage.branches:
        yield f"{branch.label}: {branch.limit.words}"
    for clock in stage.clocks:
        yield f"{clock.label}: {clock.limit.words}"


def _form(form: Form, words: Words) -> Iterator[Title | Paragraph]:
    yield Title(words("sheet.form", title=form.title), 2)
    for recipient in form.recipients:
        where = recipient.email or ", ".join(recipient.address)
        yield Paragraph(words("sheet.to_at", name=recipient.name, where=where) if where else recipient.name)
    yield from (Paragraph(text) for text in form.words)


def _after(policy: Policy, words: Words) -> Iterator[Title | Paragraph]:
    yield Title(words("sheet.remember"), 2)
    yield from (Paragraph(text) for text in (*policy.advice.key_messages, *policy.advice.ownership))
    yield from (Paragraph(f"{contact.name}: {contact.words}") for contact in policy.contacts)
    yield Paragraph(words("sheet.catch_up"))
    yield Paragraph(policy.provenance.snapshot_notice)
