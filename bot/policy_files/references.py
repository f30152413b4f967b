"""Whether the parts of a policy file fit together: ids that are named exist, once, and do what they are for.

Works on the plain data and passes over what has the wrong shape, so that all faults are found at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import InvalidAnswer
from bot.fields import read_email
from bot.policy_files.faults import nearest
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault, Place, Tree

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

LAYOUT_NEEDS = {
    "option_cells": ("many",),
    "option_rows": ("many", "yes_no_each"),
    "signature": ("attestation",),
    "table": ("rows",),
}
"""Layouts that print some kinds of answer only."""


def reference_faults(tree: Tree, calendars: Path) -> list[Fault]:
    """Everything in which the parts do not fit together. `calendars` is the folder of the calendar files.

    A name that is not there is told once, with all its lines: after one change of an id it stands in many.
    """
    told: dict[str, list[Fault]] = {}
    for fault in _reference_faults(tree, calendars):
        once = fault.text if fault.text.startswith("there is no ") else f"{fault.path} {fault.text}"
        told.setdefault(once, []).append(fault)
    return [_with_lines(faults) for faults in told.values()]


def _with_lines(faults: list[Fault]) -> Fault:
    first, *others = sorted(faults, key=lambda fault: fault.line)
    if lines := sorted({other.line for other in others} - {first.line}):
        also = f" It stands in line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))} too."
        return first._replace(text=first.text + also)
    return first


def _reference_faults(tree: Tree, calendars: Path) -> Iterator[Fault]:
    policy = Part((), tree.data)
    stages = policy.parts("stages")
    yield from _clock(tree, policy.part("clock"), calendars)
    yield from _once(tree, stages, "stage")
    ladder = [stage.text("id") for stage in stages if not stage.data.get("before_clock")]
    if stages and not ladder:
        text = "every stage is before_clock, so an escalation can stand nowhere. Add a stage without it."
        yield tree.fault(("stages",), text)
    for path, stage in policy.part("skips").texts("to"):
        yield from _known(tree, path, stage, ladder, "stage")
    yield from _once(tree, policy.parts("forms"), "form")
    yield from _once(tree, policy.parts("record_duties"), "record duty")
    for form in policy.parts("forms"):
        yield from _form(tree, form, ladder, [text for _, text in policy.texts("subjects")] or ["child"])


def _clock(tree: Tree, clock: Part, calendars: Path) -> Iterator[Fault]:
    if name := clock.text("calendar"):
        known = sorted(file.stem for file in calendars.glob("*.json"))
        if name not in known:
            remedy = nearest(name, known, f"Calendars in {calendars}")
            yield tree.fault((*clock.path, "calendar"), f"there is no calendar “{name}”. {remedy}")
    if zone := clock.text("zone"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            text = f"there is no time zone “{zone}”. Write one such as Europe/London."
            yield tree.fault((*clock.path, "zone"), text)


def _form(tree: Tree, form: Part, ladder: list[str], subjects: list[str]) -> Iterator[Fault]:
    moments = form.parts("moments")
    sections = form.parts("sections")
    fields = [field for section in sections for field in section.parts("fields")]
    yield from _once(tree, moments, "moment")
    yield from _once(tree, sections, "section")
    yield from _once(tree, fields, "field")
    yield from _once(tree, form.parts("recipients"), "recipient")
    for moment in moments:
        for trigger in (moment.part("opens"), moment.part("due")):
            for path, stage in trigger.texts("stages"):
                yield from _known(tree, path, stage, ladder, "stage")
    known = [moment.text("id") for moment in moments]
    for part in (*sections, *fields):
        if moment_id := part.text("moment"):
            yield from _known(tree, (*part.path, "moment"), moment_id, known, "moment")
    for field in fields:
        yield from _field(tree, field, ladder, subjects)
    yield from _recipients(tree, form, moments, ladder)


def _field(tree: Tree, field: Part, ladder: list[str], subjects: list[str]) -> Iterator[Fault]:
    follow_ups = field.parts("also")
    yield from _once(tree, follow_ups, "follow-up question")
    for part in (field, *follow_ups):
        answer = part.part("answer")
        for key, noun in (("options", "option"), ("of", "option"), ("columns", "column")):
            yield from _once(tree, answer.parts(key), noun)
    for place, follow_up in enumerate(follow_ups):
        if earlier := follow_up.text("only_if"):
            yes_no = [other.text("id") for other in follow_ups[:place] if other.kind() == "yes_no"]
            path = (*follow_up.path, "only_if")
            yield from _known(tree, path, earlier, yes_no, "earlier yes/no follow-up question")
    if (subject := field.text("only_for")) and subject not in subjects:
        text = f"“{subject}” is not among the “subjects”, so this is never asked. Remove it, or add it there."
        yield tree.fault((*field.path, "only_for"), text)
    layout, kind = field.text("layout"), field.kind()
    if kind and kind not in LAYOUT_NEEDS.get(layout, (kind,)):
        needs = " or ".join(LAYOUT_NEEDS[layout])
        text = f"the layout {layout} prints the kind {needs}, but this answer is {kind}. Change one of them."
        yield tree.fault((*field.path, "layout"), text)
    yield from _prefill(tree, field, kind, ladder)


def _prefill(tree: Tree, field: Part, kind: str, ladder: list[str]) -> Iterator[Fault]:
    prefill = field.text("prefill")
    path = (*field.path, "prefill")
    if kind and kind not in FITS.get(prefill, (kind,)):
        fits = " or ".join(FITS[prefill])
        text = f"{prefill} cannot fill the kind {kind}. Change the answer to {fits}, or remove this."
        yield tree.fault(path, text)
    elif prefill in INSIDE:
        key, needed = INSIDE[prefill]
        there = [part.text("id") for part in field.part("answer").parts(key)]
        if missing := [name for name in needed if name not in there]:
            names = ", ".join(missing)
            yield tree.fault(path, f"{prefill} looks for {key} that are not here: {names}. Add them, or remove it.")
    elif prefill in ("stage_resolved", "present_stage") and kind == "choice":
        for option in field.part("answer").parts("options"):
            yield from _known(tree, (*option.path, "id"), option.text("id"), ladder, "stage")


def _recipients(tree: Tree, form: Part, moments: list[Part], ladder: list[str]) -> Iterator[Fault]:
    recipients = form.parts("recipients")
    ids = [recipient.text("id") for recipient in recipients]
    for recipient in recipients:
        yield from _recipient(tree, recipient, ladder)
        for path, moment in recipient.texts("moments"):
            yield from _known(tree, path, moment, [one.text("id") for one in moments], "moment")
        if other := recipient.text("otherwise"):
            path = (*recipient.path, "otherwise")
            if other == recipient.text("id"):
                text = f"“{other}” stands in for itself, so nobody would be last. Name another recipient, or remove it."
                yield tree.fault(path, text)
            else:
                yield from _known(tree, path, other, ids, "other recipient")
    yield from _circles(tree, recipients)
    for sending in moments:
        chosen = [[name for _, name in one.texts("moments")] for one in recipients]
        gets_it = [names for names in chosen if not names or sending.text("id") in names]
        if sending.data.get("send") is True and recipients and not gets_it:
            text = "no recipient gets the form then. Name the moment in a recipient's “moments”, or remove “send”."
            yield tree.fault((*sending.path, "send"), text)


def _circles(tree: Tree, recipients: list[Part]) -> Iterator[Fault]:
    """Recipients that stand in for each other in a circle; each circle once, at its last recipient."""
    otherwise = {one.text("id"): one.text("otherwise") for one in recipients}
    told: set[str] = set()
    for recipient in reversed(recipients):
        start = recipient.text("id")
        way, name = {start}, otherwise[start]
        while name in otherwise and name not in way:
            way.add(name)
            name = otherwise[name]
        if name == start and len(way) > 1 and not told & way:
            told |= way
            text = "following “otherwise” from here leads back here, so nobody would be last. Remove one of them."
            yield tree.fault((*recipient.path, "otherwise"), text)


def _recipient(tree: Tree, recipient: Part, ladder: list[str]) -> Iterator[Fault]:
    email, person = recipient.text("email"), recipient.text("person")
    address = bool(recipient.texts("address"))
    if not (email or person or address):
        yield tree.fault(recipient.path, "nobody can be reached: it has no email, address or person. Give one of them.")
    elif email and person:
        text = "it has both an email and a person, and only one can be meant. Remove one of them."
        yield tree.fault((*recipient.path, "person"), text)
    elif recipient.text("via") == "post" and not (address or person):
        text = "it goes by post, but has no address. Give the lines of the address."
        yield tree.fault((*recipient.path, "via"), text)
    elif recipient.text("via") != "post" and not (email or person):
        text = "it has an address, but goes by mail. Write via: post, or give an email."
        yield tree.fault(recipient.path, text)
    if email:
        try:
            read_email(email)
        except InvalidAnswer:
            text = f"“{email}” is not one e-mail address. Write it like name@example.org."
            yield tree.fault((*recipient.path, "email"), text)
    if stage := recipient.text("stage"):
        yield from _known(tree, (*recipient.path, "stage"), stage, ladder, "stage")
    elif person == "challenged_at_stage":
        text = "it does not say at which stage the person is recorded. Add the key “stage”."
        yield tree.fault((*recipient.path, "person"), text)
    if person == "ask" and not recipient.text("question"):
        text = "it does not say how the raiser is asked who it is. Add the key “question”."
        yield tree.fault((*recipient.path, "person"), text)


def _once(tree: Tree, parts: Iterable[Part], noun: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for part in parts:
        if name := part.text("id"):
            path = (*part.path, "id")
            if name in first:
                text = f"the {noun} in line {first[name]} has the id “{name}” too. Give one of them another id."
                yield tree.fault(path, text)
            first.setdefault(name, tree.line(path))


def _known(tree: Tree, path: Place, name: str, known: list[str], noun: str) -> Iterator[Fault]:
    if name not in known:
        yield tree.fault(path, f"there is no {noun} “{name}”. {nearest(name, [one for one in known if one])}")
