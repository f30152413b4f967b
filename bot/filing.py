"""What somebody may read of an escalation, as files for the record system of their own agency.

Rule 1: the raising side gets everything. Whoever is named for the side that is challenged gets the forms that were sent
to them, as they were sent, and no word that was kept or noted beside them, nor to whom else anything went.
Rule 2: no file name says more than a form and the reference; the same record gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot import access, dates, report
from bot.deadlines import Deadline, deadline
from bot.decisions import with_signatures
from bot.escalation import Entry, Escalation, Status
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.filing import forms_of, sent_to
from bot.flows.noted import all_sides, challenged_sides
from bot.flows.recording import recorded
from bot.flows.saying import listed
from bot.forms_due import WHOLE
from bot.paper import Document
from bot.policy import Policy
from bot.ports import Attachment, Documents
from bot.report import Filled, Line
from bot.report.answers import day_in_words, local_time

MEDIA_TYPE = "application/zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)

LEFT_OUT = {"viewed", "snoozed", "copy asked for", "copy sent"}
"""Lines of history that are about people who looked, and not about the escalation."""
PLATFORMS = {"slack", "teams"}
TYPED = ("who", "how", "reason", "text", "label", "agreed_by")
"""Details that somebody typed, or that say more of what was."""


def copy_of(c: Context, history: Sequence[Entry], makers: Sequence[Documents]) -> Attachment:
    """Everything in one archive, as `c.me` may read it."""
    files = {
        f"{name}.{maker.ending}": maker.make(document) for name, document in _documents(c, history) for maker in makers
    }
    return Attachment(f"copy-{c.escalation.reference}.zip", MEDIA_TYPE, _packed(files))


def contents(attachment: Attachment) -> dict[str, str]:
    """The SHA-256 of each file in it, by name."""
    with zipfile.ZipFile(io.BytesIO(attachment.content)) as packed:
        return {name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            part = zipfile.ZipInfo(name, EARLIEST)
            part.compress_type, part.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(part, files[name])
    return packed.getvalue()


def _documents(c: Context, history: Sequence[Entry]) -> Iterator[tuple[str, Document]]:
    escalation, policy = c.escalation, c.policy_of(c.escalation)
    everything = access.may_read_all(c.me.id, escalation, c.people)
    for form_id, instance in forms_of(c):
        answers = _as_it_stands(escalation, form_id, instance) if everything else sent_to(c)[form_id, instance]
        form = policy.form(form_id)
        name = report.file_name(form, escalation.reference) + ("" if instance == WHOLE else f"-{instance}")
        template = c.policies.template(policy, form)
        yield name, report.document(
            policy, form, reference=escalation.reference, answers=answers, template=template
        )  # fmt: skip
    yield f"stage-sheet-{escalation.reference}", _sheet(c, policy)
    yield f"history-{escalation.reference}", _history(c, policy, history, everything=everything)


def _as_it_stands(escalation: Escalation, form: str, instance: str) -> Mapping[str, Any]:
    """All answers, with what was signed and what the partnership has written."""
    answers = escalation.fields[f"form.{form}.{instance}"]
    return with_signatures(escalation, form, instance, answers) | recorded(escalation, form, instance)


# ── the stage sheet ──────────────────────────────────────────────────────────────────────────────────────


def _sheet(c: Context, policy: Policy) -> Document:
    escalation, words, calendar = c.escalation, c.words, c.calendar_of(policy)
    stages = [stage for stage in policy.ladder if stage.id in escalation.entered]
    entered = {stage.id: day_in_words(escalation.entered[stage.id].isoformat()) for stage in stages}
    due = {stage.id: _last_day(c, deadline(policy, stage.id, escalation.course, calendar)) for stage in stages}
    ended = {stage.id: words("sheet.moved", day=entered[later.id]) for stage, later in pairwise(stages)}
    if escalation.status is not Status.OPEN:
        ended[escalation.resolved_at or escalation.stage] = _over(c)
    concern = policy.vocabulary.concern_date[:1].upper() + policy.vocabulary.concern_date[1:]
    facts = {
        words("face.reference"): escalation.reference,
        words("sheet.raising"): escalation.raiser_agency,
        words("sheet.challenged"): listed(list(challenged_sides(escalation).values())),
        concern: day_in_words(escalation.concern.isoformat()),
    }
    return report.stage_sheet(policy, words, escalation.reference, Filled(facts, entered, due, ended))


def _last_day(c: Context, due: Deadline) -> str:
    """A day, as short as it can be in a narrow column; in words where there is more to say."""
    by_the_hour = due.due_at is not None and due.due_at.date() == due.due
    if due.due is None or by_the_hour or due.provisional or due.behind:
        return due_in_words(due, c.words)
    return day_in_words(due.due.isoformat())


def _over(c: Context) -> str:
    status = c.words(f"status.{c.escalation.status.value}")
    on = c.escalation.resolved_on or c.escalation.withdrawn_on
    return c.words("sheet.over", status=status, day=day_in_words(on.isoformat())) if on else status


# ── the history ──────────────────────────────────────────────────────────────────────────────────────────


def _history(c: Context, policy: Policy, entries: Sequence[Entry], *, everything: bool) -> Document:
    zone = ZoneInfo(policy.clock.zone)
    shown = [entry for entry in entries if entry.what not in LEFT_OUT]
    lines = []
    for entry in shown:
        at = local_time(entry.at.isoformat(), zone)
        when = f"{dates.in_words(at.date())}, {at:%H:%M}"
        details = "\n".join(_details(c, policy, entry.details, everything=everything))
        lines.append(Line(when, entry.what[:1].upper() + entry.what[1:], _who(c, entry), details))
    until = ""
    if shown:
        last = local_time(shown[-1].at.isoformat(), zone)
        until = c.words("file.until", day=dates.in_words(last.date()), hour=f"{last:%H:%M}")
    return report.history(policy, c.words, c.escalation.reference, until, lines)


def _who(c: Context, entry: Entry) -> str:
    """And where they did it, if they are known under another id there."""
    name, platform = _name(c, entry.by), str(entry.details.get("account", "")).partition(":")[0]
    return c.words(f"file.in_{platform}", name=name) if platform in PLATFORMS else name


def _name(c: Context, by: str) -> str:
    if by == "bot":
        return c.words("file.bot")
    return c.people[by].name if by in c.people else c.words("given_up.somebody")


def _details(c: Context, policy: Policy, details: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    """Of a line: stage, day, side, recipient, receipt and digests; and what was typed, for whoever may read that."""
    stages = {stage.id: stage for stage in policy.stages}
    if details.get("stage") in stages:
        yield stage_in_words(stages[details["stage"]])
    for name in ("on", "concern", "until"):
        if day := _day(details.get(name)):
            yield day
    if details.get("side") in (sides := all_sides(c.escalation)):
        yield sides[details["side"]]
    if everything:
        yield from _by_post(details)
    if isinstance(to := details.get("to"), str):
        if "how" in details:  # the words were said, to whom was typed
            yield from [to] if everything else []
        elif "@" not in to:
            yield stage_in_words(stages[to]) if to in stages else _name(c, to)
        elif everything or to.casefold() == c.me.email.casefold():
            yield from _letter(to, details)
    if everything:
        line = details.get("line") or {}
        yield from (str(text) for text in (line.get("text"), *map(details.get, TYPED)) if text)


def _by_post(details: Mapping[str, Any]) -> Iterator[str]:
    """Where a letter was to be posted, and which document it was; who was to get a form by what was confirmed."""
    if address := details.get("by_post"):
        yield ", ".join(address)
        if "receipt" not in details:
            yield from _digests(details)
    to = details["to"] if isinstance(details.get("to"), list) else []
    for recipient in [*to, *(each for each in details.get("by_hand") or () if each not in to)]:
        where = recipient.get("email") or ", ".join(recipient.get("address") or ())
        yield ": ".join(text for text in (recipient["name"], where) if text)


def _letter(to: str, details: Mapping[str, Any]) -> Iterator[str]:
    """To whom, and what proves it: for whoever may read everything, and for whom it was."""
    yield to
    if receipt := details.get("receipt"):
        yield str(receipt)
    yield from _digests(details)


def _digests(details: Mapping[str, Any]) -> Iterator[str]:
    for name, digest in dict(details.get("documents") or {}).items():
        yield f"{name}: SHA-256 {digest}"


def _day(value: Any) -> str:
    try:
        return dates.in_words(date.fromisoformat(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""
