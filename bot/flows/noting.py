"""Noting what happened: acknowledged, replied or not, a lead consulted, a meeting, a call, advice, filed, done.

The other side is usually not in this chat, so everything works from one side: the raiser notes what they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.errors import InvalidAnswer
from bot.escalation import Status
from bot.fields import Answer, Day, Line, Paragraph
from bot.flows.beginning import CHOSEN
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.moved_on import NothingToDo, it_moved_on, moved_on
from bot.flows.noted import (
    action_in_words,
    all_sides,
    challenged_sides,
    no_reply_noted,
    open_actions,
    sent_to_partnership,
)
from bot.flows.posting import may_come_back, posted, printed_letters, returned
from bot.flows.questions import Question
from bot.flows.staging import CheckedDay
from bot.messages import Part, Points, Words
from bot.policy import AdviceRoute, Policy

DAY, LINE, TEXT = Day(), Line(), Paragraph()
NOTES: Mapping[str, Mapping[str, Answer]] = {
    "acknowledged": {"on": DAY, "who": LINE},
    "replied": {"on": DAY, "who": LINE, "text": TEXT},
    "no_reply": {"on": DAY},
    "consulted": {"on": DAY, "who": LINE},
    "informed": {"on": DAY, "who": LINE},
    "invited": {"on": Day(expect="future"), "who": LINE},
    "meeting": {"on": DAY, "who": LINE, "text": TEXT},
    "call": {"on": DAY, "who": LINE, "text": TEXT},
    "written_up": {"on": DAY, "who": LINE},
    "advice": {"on": DAY, "who": LINE, "text": TEXT},
    "action": {"on": DAY},
    "filed": {"on": DAY},
    "partnership_acknowledged": {"on": DAY, "who": LINE},
    "posted": {"on": DAY},
    "returned": {},
}
"""What can be noted, and what is asked about each."""
BY_AGENCY = ("acknowledged", "replied", "no_reply")
"""What each agency that is challenged does for itself."""
AFTERWARDS = (
    "informed", "meeting", "call", "written_up", "action", "filed", "partnership_acknowledged", "posted", "returned",
)  # fmt: skip
"""What can still be noted when it has ended."""


OF_LETTERS = {"posted": posted, "returned": returned}
"""What becomes of a letter is noted in a conversation of its own."""


@dataclass(frozen=True)
class Note:
    """One thing that happened. `details` holds on (ISO date) and, by kind, who, text, side and agency, route."""

    reference: str
    what: str
    details: Mapping[str, str]


def note(c: Context) -> Asking:
    """Returns Note, Posted, Returned or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    heading = c.words("note.title", reference=c.escalation.reference)
    duties = c.policy_of(c.escalation).stage(c.escalation.stage).to_do
    before = (Points(tuple(duties)),) if duties else ()
    offered, what = _offered(c), c.seed.get(CHOSEN, "")
    if what and what not in offered:
        return NothingToDo("note.not_now", {"reference": c.escalation.reference})
    if not what:
        what = yield from choose("what", c.words("note.ask"), offered, before=before, heading=heading, private=False)
    if what in OF_LETTERS:
        return (yield from OF_LETTERS[what](c))
    details: dict[str, Any] = yield from _about(c, what)
    shown = _to_know(c, what)
    for name, kind in NOTES[what].items():
        question = Question(
            f"{what}.{name}",
            c.words(f"note.{what}_{name}"),
            _day(c, what) if name == "on" else kind,
            before=shown,
            heading=c.words(f"note.{what}"),
            prefill=_proposed(c, what, name, details.get("side", "challenged")),
            private=name == "text",
        )
        details[name] = yield from ask(question)
        shown = ()
    return Note(c.escalation.reference, what, details)


def _offered(c: Context) -> dict[str, str]:
    """What may be noted now: advice where the policy has a way to it, actions where some are still to be done, and
    what the partnership did once it was sent something."""
    kinds = set(AFTERWARDS if c.escalation.status is not Status.OPEN else NOTES)
    policy = c.policy_of(c.escalation)
    if not routes_at(policy, c.escalation.stage):
        kinds.discard("advice")
    if not sent_to_partnership(policy, c.escalation):
        kinds.discard("partnership_acknowledged")
    if not open_actions(c.escalation):
        kinds.discard("action")
    if not printed_letters(c):
        kinds.discard("posted")
    if not may_come_back(c):
        kinds.discard("returned")
    return {what: c.words(f"note.{what}") for what in NOTES if what in kinds}


def routes_at(policy: Policy, stage: str) -> list[AdviceRoute]:
    """The ways to advice beside the ladder that the policy offers at this stage."""
    return [route for route in policy.routes if stage in route.stages or not route.stages]


def _about(c: Context, what: str) -> Asking:
    """Which agency, way to advice or action it is about, where there are several: comes back with the first details."""
    if what in BY_AGENCY:
        return (yield from _which_agency(c, what, challenged_sides(c.escalation)))
    match what:
        case "filed":
            return (yield from _which_agency(c, what, all_sides(c.escalation), another=True))
        case "advice":
            return (yield from _which_route(c))
        case "action":
            return (yield from _which_action(c))
        case _:
            return {}


def _which_agency(c: Context, what: str, sides: Mapping[str, str], *, another: bool = False) -> Asking:
    if len(sides) == 1 and not another:
        return {}
    heading = c.words(f"note.{what}")
    ids = {side.replace(".", "-"): side for side in sides}
    offered = {key: sides[side] for key, side in ids.items()}
    offered |= {"another": c.words("note.another_agency")} if another else {}
    before = _duties(c) if what == "filed" else ()
    chosen = yield from choose(
        f"{what}.side", c.words(f"note.{what}_side"), offered, before=before, heading=heading, private=False
    )
    if chosen != "another":
        return {"side": ids[chosen], "agency": offered[chosen]}
    agency = yield from ask(Question(f"{what}.agency", c.words("note.filed_agency"), LINE, heading=heading))
    return {"side": "another", "agency": agency}


def _duties(c: Context) -> tuple[Part, ...]:
    """The records that the policy wants of each agency, and on which."""
    duties = c.policy_of(c.escalation).record_duties
    lines = tuple(f"{duty.words} ({duty.where})" if duty.where else duty.words for duty in duties)
    return (Points(lines),) if lines else ()


def _which_route(c: Context) -> Asking:
    """Which way to advice was taken; what the policy says of each is shown with how it is reached."""
    routes = routes_at(c.policy_of(c.escalation), c.escalation.stage)
    lines = tuple(f"{route.label}: {' '.join([route.words, route.contact]).strip()}" for route in routes)
    before = (Points(lines), Words(c.words("note.advice_beside"), "quiet"))
    offered = {route.id: route.label for route in routes}
    heading = c.words("note.advice")
    chosen = yield from choose(
        "advice.route", c.words("note.advice_route"), offered, before=before, heading=heading, private=False
    )
    return {"route": chosen, "label": offered[chosen]}


def _which_action(c: Context) -> Asking:
    """Which action is done; what people typed stands above the choice, not on its buttons."""
    actions = [action_in_words(action) for action in open_actions(c.escalation)]
    lines = tuple(f"{number}) {action}" for number, action in enumerate(actions, 1))
    offered = {str(number): c.words("note.action_number", n=number) for number, _ in enumerate(actions, 1)}
    chosen = yield from choose(
        "action.number",
        c.words("note.action_which"),
        offered,
        before=(Points(lines),),
        heading=c.words("note.action"),
        private=False,
    )
    return {"text": actions[int(chosen) - 1]}


def _to_know(c: Context, what: str) -> tuple[Part, ...]:
    """What the policy says about it, shown before it is noted."""
    stage = c.policy_of(c.escalation).stage(c.escalation.stage)
    match what:
        case "consulted" if stage.consult:
            return (Words(stage.consult),)
        case "informed" if stage.inform:
            return (Words(stage.inform),)
        case "meeting":
            return to_read_out(c)
        case _:
            return ()


def to_read_out(c: Context) -> tuple[Part, ...]:
    """The policy's statement for a meeting of both sides, or a respectful one of ours."""
    statement = "\n".join(c.policy_of(c.escalation).advice.meeting_statement)
    ours = c.words("note.statement", whom=c.words(f"note.whom_{c.escalation.subject}"))
    return Words(c.words("note.read_out")), Words(statement or ours, "quote")


def _day(c: Context, what: str) -> Answer:
    """A day that can be right: a meeting is arranged for one to come; nobody answers before the clock has begun."""
    if what == "invited":
        return _still_to_come(c)
    if what == "partnership_acknowledged":
        return CheckedDay(check=partial(_since_it_was_sent, c))
    return CheckedDay(check=partial(_since_the_clock_began, c)) if what in BY_AGENCY else DAY


def _since_the_clock_began(c: Context, on: date) -> None:
    if on < c.escalation.concern:
        called = c.policy_of(c.escalation).vocabulary.concern_date
        raise InvalidAnswer(
            f"{dates.in_words(on)} is before the {called}, {dates.in_words(c.escalation.concern)}. Please give a day "
            "since then; if that date itself is wrong, put it right with /correct first."
        )


def _since_it_was_sent(c: Context, on: date) -> None:
    sent = min(sent_to_partnership(c.policy_of(c.escalation), c.escalation))
    if on < sent:
        raise InvalidAnswer(
            f"{dates.in_words(on)} is before the report was sent, {dates.in_words(sent)}. Please give a day since then."
        )


def _still_to_come(c: Context) -> Answer:
    def check(on: date) -> None:
        if on < c.today:
            raise InvalidAnswer(f"{dates.in_words(on)} has passed. If the meeting was held, go back and note that.")

    return CheckedDay(expect="future", check=check)


def _proposed(c: Context, what: str, name: str, side: str) -> str | None:
    """Today; the person recorded for the other side; one's own safeguarding lead."""
    if name == "on":
        return None if what in {"no_reply", "invited"} else c.today.isoformat()
    if name != "who":
        return None
    if what in {"acknowledged", "replied", "call"}:
        person = c.escalation.fields.get(f"people.{c.escalation.stage}.{side}") or {}
        return person.get("name") or None
    if what == "partnership_acknowledged":
        return c.policy_of(c.escalation).partnership.team
    if what == "consulted":
        return (c.escalation.fields.get("people.lead") or {}).get("name") or None
    return None


__all__ = ["NOTES", "Note", "no_reply_noted", "note", "routes_at", "to_read_out"]
