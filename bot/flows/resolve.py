"""Ending well: who says that it is resolved, what was agreed and learned, who does what by when, who was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.errors import InvalidAnswer
from bot.fields import Choice, Choices, Column, Line, Paragraph, Rows, YesIfAll
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.moved_on import NothingToDo, it_moved_on, moved_on
from bot.flows.noted import all_sides
from bot.flows.questions import Question
from bot.flows.staging import CheckedDay
from bot.messages import Points, Words
from bot.policy import Judging, Policy, Side

ACTIONS = Rows(
    columns=(
        Column(id="action", label="Action", needed=True),
        Column(id="by_whom", label="By whom", needed=True),
        Column(id="date", label="Date", answer="date"),
    )
)
DEBRIEF = YesIfAll(
    of=(
        Choices(id="outcome", label="An outcome has been agreed"),
        Choices(id="debrief", label="A debrief has taken place"),
    )
)


OUTCOMES = ("agreed", "decided", "referred", "overtaken")
"""How it can end: both sides agreed, the partnership decided, it was referred on, or events overtook it."""


SIDES: Mapping[str, tuple[Side, ...]] = {
    "raising_manager": ("raising",),
    "both_managers": ("raising", "challenged"),
    "partnership": (),
}
"""The sides of whose managers it is asked who said that it is resolved."""


@dataclass(frozen=True)
class Resolve:
    """The disagreement is resolved. `answers` is kept with the escalation, sealed."""

    reference: str
    on: date
    answers: Mapping[str, Any]


def _not_before(concern: date, on: date) -> None:
    if on < concern:
        begun = dates.in_words(concern)
        raise InvalidAnswer(f"It cannot have been resolved on {dates.in_words(on)}: the clock began on {begun}.")


def resolve(c: Context) -> Asking:
    """A conversation that returns Resolve or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    policy = c.policy_of(c.escalation)
    judging = policy.stage(c.escalation.stage).judged_by
    answers: dict[str, Any] = {"judged": {"who": judging.who, "by": [c.me.name]}}
    if judging.who != "raiser":
        judged = yield from _judged(c, judging)
        if isinstance(judged, NothingToDo):
            return judged
        answers["judged"] = judged
    day = CheckedDay(check=partial(_not_before, c.escalation.concern))
    when = c.words("resolve.resolved_on" if judging.who == "raiser" else "resolve.judged_on")
    said = (Words(judging.words, "quiet"),) if judging.words and judging.who == "raiser" else ()
    on = yield from _one(c, "resolved_on", day, when, prefill=c.today.isoformat(), before=said, private=False)
    answers["outcome"] = yield from _outcome(c)
    answers["how_resolved"] = yield from _one(c, "how_resolved", Paragraph())
    what = c.words(f"resolve.outcome_{answers['outcome']}_text")
    answers["agreed_outcome"] = yield from _one(c, "agreed_outcome", Paragraph(), what)
    answers["lessons"] = yield from _one(c, "lessons", Paragraph(), optional=True)
    answers["actions"] = yield from _one(c, "actions", ACTIONS, optional=True)
    answers["debrief"] = yield from _one(c, "debrief", DEBRIEF)
    duties = to_file(c, policy)
    before = (Words(c.words("resolve.duties"), "strong"), Points(duties)) if duties else ()
    kind = Choice(options=(Choices(id="resolve", label=c.words("resolve.go")),))
    yield from _one(c, "confirm", kind, is_review=True, before=before, private=False)
    return Resolve(c.escalation.reference, date.fromisoformat(on), answers)


def _one(c: Context, name: str, kind: Any, label: str = "", **more: Any) -> Asking:
    heading = c.words("resolve.title", reference=c.escalation.reference)
    return (yield from ask(Question(name, label or c.words(f"resolve.{name}"), kind, heading=heading, **more)))


def _judged(c: Context, judging: Judging) -> Asking:
    """Who said that it is resolved, where the policy gives that to others than the raiser; NothingToDo while they
    have not: it never holds anything up, since it can be moved on instead."""
    who = judging.who
    heading = c.words("resolve.title", reference=c.escalation.reference)
    policy = c.policy_of(c.escalation)
    before = (Words(judging.words or c.words(f"resolve.judge_{who}", team=policy.partnership.team)),)
    options = {"yes": c.words("resolve.judged_yes"), "not_yet": c.words("resolve.judged_not_yet")}
    answer = yield from choose(
        "judged", c.words("resolve.judged"), options, before=before, heading=heading, private=False
    )
    if answer == "not_yet":
        values = {"reference": c.escalation.reference, "team": policy.partnership.team}
        return NothingToDo(f"resolve.not_yet_{who}", values)
    names = []
    for side in SIDES[who]:
        known = c.escalation.person(c.escalation.stage, side).get("name") or None
        label = c.words(f"resolve.judged_{side}")
        names.append((yield from _one(c, f"judged_{side}", Line(), label, prefill=known, private=False)))
    if who == "partnership":
        names.append((yield from _one(c, "judged_partnership", Line(), private=False)))
    return {"who": who, "by": names}


def _outcome(c: Context) -> Asking:
    options = {kind: c.words(f"resolve.outcome_{kind}") for kind in OUTCOMES}
    heading = c.words("resolve.title", reference=c.escalation.reference)
    return (yield from choose("outcome", c.words("resolve.outcome"), options, heading=heading, private=False))


def to_file(c: Context, policy: Policy) -> tuple[str, ...]:
    """The records that have to be made, each with the record it belongs on; each agency's are its own to make."""
    lines = []
    for duty in policy.record_duties:
        where = f" ({duty.where})" if duty.where else ""
        who = all_sides(c.escalation).values() if duty.who == "each_agency" else ()
        lines.append(f"{duty.words}{where}")
        lines += [c.words("resolve.by_agency", agency=agency) for agency in who]
    return tuple(lines)
