"""A form by its labels: what is written beside which words, for a partnership's own file; and where those words stand.

Rule: a file is filled by the words that it has, in the order of the policy. What cannot be found is a fault of the file
or of the policy, told when the bot starts, and never left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.fields import Attestation, Many, Rows, YesIfAll, YesNoEach
from bot.paper import Written
from bot.policy import Form, FormField
from bot.report.answers import EMPTY_BOX, TICKED, aside, in_words, row_cell, tick_of, yes_or_no
from bot.report.layouts import SIGNATURE_ROWS, FormRows

NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SAID = {f"{NAMESPACE}t": "", f"{NAMESPACE}br": "\n", f"{NAMESPACE}cr": "\n", f"{NAMESPACE}tab": " "}
"""What makes up a line, and what stands for it where it has no words of its own."""


def written(form: Form, answered: FormRows) -> tuple[Written, ...]:
    """Everything that is to be written, in printed order; empty where there is no answer."""
    return tuple(_written(field, answered) for _, field in form.fields())


def _written(field: FormField, answered: FormRows) -> Written:
    kind, value = field.answer, answered.answers.get(field.id)
    base = Written(field.id, field.label, within=field.group.split("\n")[0])
    also = "\n".join(answered.also(field))
    match kind:
        case Many() | YesNoEach() | YesIfAll():
            return replace(
                base, text="\n".join(filter(None, [*_asides(kind, value), also])), choices=_choices(field, value)
            )
        case Rows() if field.layout == "table":
            rows = tuple(tuple(row_cell(kind, column.id, row) for column in kind.columns) for row in value or ())
            return replace(base, text=also, columns=tuple(column.label for column in kind.columns), rows=rows)
        case Attestation() if field.layout == "signature":
            block = answered.block(value)
            shown = {**block, "date": block["day"]}
            parts = tuple((name, shown.get(part, "")) for part, name in SIGNATURE_ROWS.items())
            return replace(base, text="\n".join(filter(None, [kind.signature(block), also])), parts=parts)
        case Rows() if not value:
            return replace(base, text=also)
        case _:
            prompt = kind.row_label if isinstance(kind, Rows) else ""
            text = in_words(kind, value, answered.zone)
            return replace(base, text="\n".join(filter(None, [text, also])), prompt=prompt)


def _choices(field: FormField, value: Any) -> tuple[tuple[str, str], ...]:
    """(label, what stands beside it): a box, or Y and N; Y / N where nothing was said."""
    match field.answer:
        case Many(options=options) if field.layout == "option_rows":
            ticks = [None if value is None else tick_of(option, value) is not None for option in options]
            return tuple((option.label, yes_or_no(tick)) for option, tick in zip(options, ticks, strict=True))
        case Many(options=options):
            return tuple((option.label, TICKED if tick_of(option, value) else EMPTY_BOX) for option in options)
        case YesNoEach(of=statements):
            return tuple((one.label, yes_or_no((value or {}).get(one.id))) for one in statements)
        case YesIfAll() as kind:
            yes = None if value is None else kind.met(value)
            return ("Yes", TICKED if yes else EMPTY_BOX), ("No", TICKED if yes is False else EMPTY_BOX)
        case _:
            return ()


def _asides(kind: Many | YesNoEach | YesIfAll, value: Any) -> Iterator[str]:
    """What was said beside the boxes."""
    if isinstance(kind, Many):
        for option in kind.options:
            tick = tick_of(option, value)
            if tick is not None and aside(tick):
                yield f"{option.label.rstrip(': ')}: {aside(tick)}"
    elif isinstance(kind, YesIfAll) and value is not None:
        yield from (f"{one.label}: {'yes' if value.get(one.id) else 'no'}" for one in kind.of)


# ── where the words stand ────────────────────────────────────────────────────────────────────────────────


def cells_of(body: Any) -> list[Any]:
    """Every cell that is seen of every table, in reading order; of any library that reads XML as elements."""
    return [cell for cell in body.iter(f"{NAMESPACE}tc") if not goes_on(cell)]


def goes_on(cell: Any) -> bool:
    """Whether it belongs to a merged cell that began in another: Word shows nothing of what stands in it."""
    merged = (cell.find(f"{NAMESPACE}tcPr/{NAMESPACE}{kind}") for kind in ("vMerge", "hMerge"))
    return any(each is not None and each.get(f"{NAMESPACE}val", "continue") == "continue" for each in merged)


def text_of(cell: Any) -> str:
    """The lines of a cell, without those of tables in it."""
    return "\n".join(line_of(paragraph) for paragraph in paragraphs_of(cell))


def paragraphs_of(cell: Any) -> list[Any]:
    inside = {id(each) for table in cell.iter(f"{NAMESPACE}tbl") for each in table.iter(f"{NAMESPACE}p")}
    return [each for each in cell.iter(f"{NAMESPACE}p") if id(each) not in inside]


def line_of(paragraph: Any) -> str:
    """Its words; lines that are broken within it stay apart."""
    said = (SAID[each.tag] or each.text or "" for each in paragraph.iter() if each.tag in SAID)
    return "".join(said)


def plain(text: str) -> str:
    """Words as they are compared: capitals, spaces, and what ends a label are the same."""
    return re.sub(r"\s+", " ", text.replace("\u2019", "'")).strip(" :.").casefold()


def begins(text: str, label: str) -> bool:
    """Whether a cell or a line begins with these words, and not with longer ones."""
    words, wanted = plain(text), plain(label)
    return bool(wanted) and words.startswith(wanted) and not words[len(wanted) : len(wanted) + 1].isalnum()


def place_of(texts: Sequence[str], one: Written, after: int) -> int | None:
    """In which cell its words stand: the first one from `after` on, where forms repeat words like "Date:"."""
    for place in range(after, len(texts)):
        if one.within and begins(texts[place], one.within):
            if any(begins(line, one.label) for line in texts[place].split("\n")):
                return place
        elif not one.within and begins(texts[place], one.label):
            return place
    return None


def labels_missing(form: Form, body: Any, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Id of the field, and the words that the file has not got, in order. `body` is read as `cells_of` says."""
    texts = [text_of(cell) for cell in cells_of(body)]
    return [(one.field, words) for one, words in missing(texts, written(form, FormRows(zone, {})))]


def missing(texts: Sequence[str], form: Sequence[Written]) -> Iterator[tuple[Written, str]]:
    """Whatever is not there, in order, each with the words that were looked for."""
    after = 0
    for one in form:
        place = place_of(texts, one, after)
        if place is None:
            yield one, one.label
            continue
        after = place if one.within else place + bool(one.columns)
        near = texts[place:]
        for label in (*(label for label, _ in one.choices), *one.columns):
            if not any(
                begins(line, label) or begins(without_box(line), label) for text in near for line in text.split("\n")
            ):
                yield one, label


def without_box(line: str) -> str:
    """What stands behind a box."""
    return line.lstrip(f"{EMPTY_BOX}{TICKED}\u2751\uf0a8 ")
