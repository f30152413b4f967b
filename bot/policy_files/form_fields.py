"""Whether the questions of the forms can be asked, filled from what is known, and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.policy_files.outline import Outline, known, once
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault

TEXT = ("line", "paragraph", "computed")
DAY = ("date", "computed")
FITS: dict[str, tuple[str, ...]] = {
    "raiser": ("professional",),
    "raiser_name": TEXT,
    "raiser_role": TEXT,
    "raiser_agency": TEXT,
    "raiser_role_and_agency": TEXT,
    "raiser_email": ("email", "line", "computed"),
    "child_name": TEXT,
    "concern_date": DAY,
    "today": DAY,
    "challenged_agency": TEXT,
    "others_involved": ("rows",),
    "counterpart": ("professional", *TEXT),
    "disagreement": TEXT,
    "desired_outcome": TEXT,
    "tried_before": TEXT,
    "discussion_dates": ("dates",),
    "themes": TEXT,
    "progress": TEXT,
    "stage_resolved": ("choice", *TEXT),
    "resolved_on": DAY,
    "how_resolved": TEXT,
    "lessons": TEXT,
    "actions": ("rows",),
    "debrief": ("yes_if_all",),
    "time_taken": ("duration", *TEXT),
    "raising_manager": ("attestation", "professional"),
    "challenged_manager": ("attestation", "professional"),
    "views": ("rows",),
    "agreed_outcome": TEXT,
    "resolved_at_options": ("many",),
    "reasons": ("many", *TEXT),
    "all_agencies": ("rows", *TEXT),
    "why_stages_were_left_out": TEXT,
    "reference": TEXT,
    "present_stage": ("choice", *TEXT),
}
"""Which kinds of answer each prefill can fill."""

INSIDE = {
    "others_involved": ("columns", ("name", "role", "agency")),
    "views": ("columns", ("agency", "view")),
    "debrief": ("of", ("outcome", "debrief")),
}
"""Ids that an answer must have for a prefill to find its place."""

LAYOUT_NEEDS: dict[str, tuple[str, ...]] = {
    "option_cells": ("many",),
    "option_rows": ("many", "yes_no_each"),
    "signature": ("attestation",),
    "table": ("rows",),
}
"""Layouts that print some kinds of answer only."""

ONLY_ABOUT = {"unborn": ("child",), "several": ("child", "adult")}
"""Circumstances that only an escalation about one of these subjects can be in."""

SIDES = {"raising_manager": "raising", "challenged_manager": "challenged"}
"""Whose signature each prefill belongs to."""

MOST_ROWS = 100
"""Rows of a printed table; more cannot be meant, and would only make a long paper."""

CHILD = r"(child(ren)?|young person|baby|pupil|sibling)"
NAME = r"(fore|sur)?(name|address|initials)"
IDENTIFYING = re.compile(
    rf"\b(date of birth|d\.?\s?o\.?\s?b\b|nhs number)|\b{NAME}(s|\(s\)|es)?( and \w+)? of( the| each| every| this)?"
    rf"( unborn)? {CHILD}\b|\b{CHILD}(’s|'s|’|/\w+| or \w+)?( full| first| last)? {NAME}",
    re.IGNORECASE,
)
"""Labels that ask for what identifies a child."""


def field_faults(outline: Outline) -> Iterator[Fault]:
    """Everything about the questions of the forms that does not fit together or cannot be meant."""
    subjects = [text for _, text in outline.policy.texts("subjects")] or ["child"]
    for form, fields in outline.form_parts():
        yield from once(outline.tree, form.parts("sections"), "section")
        yield from once(outline.tree, fields, "field")
        for field in fields:
            yield from _never_asked(outline, field, subjects)
            yield from _follow_ups(outline, field)
            yield from _layout(outline, field)
            yield from _prefill(outline, field)
            for part in (field, *field.parts("also")):
                yield from _answer(outline, part)
                if outline.policy.text("identifiers") == "none":
                    yield from _identifying(outline, part)


def _never_asked(outline: Outline, field: Part, subjects: list[str]) -> Iterator[Fault]:
    tree = outline.tree
    if (subject := field.text("only_for")) and subject not in subjects:
        text = f"“{subject}” is not among the “subjects”, so this is never asked. Remove it, or add it there."
        yield tree.fault((*field.path, "only_for"), text)
    when = field.text("only_when")
    about = ONLY_ABOUT.get(when, ())
    if about and not set(about) & set(subjects):
        text = f"“{when}” needs the subject {' or '.join(about)}, which the policy has not, so this is never asked."
        yield tree.fault((*field.path, "only_when"), f"{text} Remove it, or add the subject.")
    if when == "jumped" and outline.policy.part("skips").text("allowed") == "next_only":
        text = "no stage may be left out (skips has next_only), so this is never asked. Remove it, or change skips."
        yield tree.fault((*field.path, "only_when"), text)


def _follow_ups(outline: Outline, field: Part) -> Iterator[Fault]:
    follow_ups = field.parts("also")
    yield from once(outline.tree, follow_ups, "follow-up question")
    for place, follow_up in enumerate(follow_ups):
        if earlier := follow_up.text("only_if"):
            yes_no = [other.text("id") for other in follow_ups[:place] if other.kind() == "yes_no"]
            path = (*follow_up.path, "only_if")
            yield from known(outline.tree, path, earlier, yes_no, "earlier yes/no follow-up question")


def _layout(outline: Outline, field: Part) -> Iterator[Fault]:
    layout, kind = field.text("layout"), field.kind()
    if kind and kind not in LAYOUT_NEEDS.get(layout, (kind,)):
        needs = " or ".join(LAYOUT_NEEDS[layout])
        text = f"the layout {layout} prints the kind {needs}, but this answer is {kind}. Change one of them."
        yield outline.tree.fault((*field.path, "layout"), text)


def _prefill(outline: Outline, field: Part) -> Iterator[Fault]:
    tree, prefill, kind = outline.tree, field.text("prefill"), field.kind()
    path, answer = (*field.path, "prefill"), field.part("answer")
    if kind and kind not in FITS.get(prefill, (kind,)):
        fits = " or ".join(FITS[prefill])
        text = f"{prefill} cannot fill the kind {kind}. Change the answer to {fits}, or remove this."
        yield tree.fault(path, text)
    elif kind == "computed" and not prefill:
        text = "it is worked out and not asked, but does not say from what. Add the key “prefill”."
        yield tree.fault((*field.path, "answer"), text)
    elif prefill in INSIDE:
        key, needed = INSIDE[prefill]
        there = [part.text("id") for part in answer.parts(key)]
        if missing := [name for name in needed if name not in there]:
            names = ", ".join(missing)
            yield tree.fault(path, f"{prefill} looks for {key} that are not here: {names}. Add them, or remove it.")
    elif prefill in ("stage_resolved", "present_stage") and kind == "choice":
        for option in answer.parts("options"):
            yield from known(tree, (*option.path, "id"), option.text("id"), outline.climbed, "stage")
    elif prefill == "reasons" and kind == "many":
        examples = outline.policy.part("advice").texts("examples")
        reasons = [reason.text("id") for reason in outline.policy.parts("reasons")]
        reasons = reasons or [f"example-{n}" for n in range(1, len(examples) + 1)]
        for option in answer.parts("options"):
            yield from known(tree, (*option.path, "id"), option.text("id"), reasons, "reason")
    side, belongs = answer.text("side"), SIDES.get(prefill)
    if side and belongs and kind == "attestation" and side != belongs:
        text = f"{prefill} signs for the {belongs} side, but the answer says side: {side}. Change one."
        yield tree.fault(path, text)


def _answer(outline: Outline, part: Part) -> Iterator[Fault]:
    tree, answer, kind = outline.tree, part.part("answer"), part.kind()
    for key, noun in (("options", "option"), ("of", "option"), ("columns", "column")):
        yield from once(tree, answer.parts(key), noun)
    if kind == "professional" and isinstance(answer.data.get("parts"), list):
        there = [name for _, name in answer.texts("parts")]
        needed = answer.texts("needed") if "needed" in answer.data else [((*answer.path, "parts"), "name")]
        for path, name in needed:
            if name not in there:
                text = f"{name} is needed, but is not among the “parts” that are asked. Add it there, or remove it."
                yield tree.fault(path, text)
    most = {"least": len(answer.parts("options")) if kind == "many" else MOST_ROWS, "printed": MOST_ROWS}
    for key, fit in most.items():
        number = answer.number(key)
        if number is not None and not 0 <= number <= fit:
            yield tree.fault((*answer.path, key), f"{key} is {number}, but must be from 0 to {fit}. Change the number.")
    least, room = answer.number("least"), answer.number("most")
    if least is not None and room is not None and least > room:
        text = f"least is {least}, but there is room for {room} only. Change one of them."
        yield tree.fault((*answer.path, "least"), text)


def _identifying(outline: Outline, part: Part) -> Iterator[Fault]:
    """Where nothing may identify a child, no question may ask for it."""
    tree = outline.tree
    remedy = "but the policy has identifiers: none. Remove the question, or write identifiers: on_forms."
    columns = part.part("answer").parts("columns")
    if part.text("prefill") == "child_name":
        yield tree.fault((*part.path, "prefill"), f"this prints the child’s name, {remedy}")
    elif part.part("answer").text("expect") == "birth":
        yield tree.fault((*part.path, "answer"), f"this asks for a date of birth, {remedy}")
    for one in (part, *columns):
        if IDENTIFYING.search(one.text("label")) and part.text("prefill") != "child_name":
            yield tree.fault((*one.path, "label"), f"this asks for what identifies a child, {remedy}")
