"""Noting what became of a form that was sent: on which day it was posted, or that it came back.

Rule: which letter it was is chosen by its number; where it went is shown to whoever confirmed that, and to the
partnership's team where it went to a mailbox that their own policy names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from bot import dates
from bot.errors import InvalidAnswer
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.moved_on import NothingToDo
from bot.flows.questions import Question
from bot.flows.recording import title_of
from bot.flows.staging import CheckedDay
from bot.messages import Points
from bot.sent_letters import Letter, goes_by_post, gone, to_post


@dataclass(frozen=True)
class Posted:
    """A letter was posted on this day (ISO)."""

    reference: str
    number: str
    on: str


@dataclass(frozen=True)
class Returned:
    """A letter that had gone came back."""

    reference: str
    number: str


def posted(c: Context) -> Asking:
    """Returns Posted or NothingToDo."""
    printed = printed_letters(c)
    if not printed:
        return NothingToDo("note.not_now", {"reference": c.escalation.reference})
    number = next(iter(printed))
    if len(printed) > 1:
        number = yield from _which(c, "posted", printed)
    made = date.fromisoformat(printed[number]["made"])
    day = CheckedDay(check=partial(_since_it_was_made, made))
    heading, today = c.words("note.posted"), c.today.isoformat()
    before = (Points((_in_words(c, printed[number]),)),)
    question = Question(
        "posted.on", c.words("note.posted_on"), day, before=before, heading=heading, prefill=today, private=False
    )
    return Posted(c.escalation.reference, number, (yield from ask(question)))


def printed_letters(c: Context) -> dict[str, Letter]:
    """Those that have reached the raiser's mailbox, to be printed, and are not posted yet."""
    return {number: letter for number, letter in to_post(c.escalation).items() if letter.get("left")}


def _since_it_was_made(made: date, on: date) -> None:
    if on < made:
        raise InvalidAnswer(
            f"{dates.in_words(on)} is before the form was confirmed, {dates.in_words(made)}. Please give the day on "
            "which this letter was posted."
        )


def returned(c: Context) -> Asking:
    """Returns Returned or NothingToDo."""
    sent = may_come_back(c)
    if not sent:
        return NothingToDo("returned.nothing", {"reference": c.escalation.reference})
    # Also where there is only one: nothing is noted by a press alone.
    return Returned(c.escalation.reference, (yield from _which(c, "returned", sent)))


def may_come_back(c: Context) -> dict[str, Letter]:
    """The letters that have gone, as far as they are this person's to know of."""
    sent = gone(c.escalation)
    if c.me.id == c.escalation.raiser:
        return sent
    forms = c.policy_of(c.escalation).forms
    own = {recipient.email.casefold() for form in forms for recipient in form.recipients if recipient.email}
    return {number: letter for number, letter in sent.items() if letter["to"].casefold() in own}


def _which(c: Context, what: str, letters: Mapping[str, Letter]) -> Asking:
    """Where each of them went stands above the choice, not on its buttons: somebody may have typed it."""
    lines = [f"{place}) {_in_words(c, letter)}" for place, letter in enumerate(letters.values(), 1)]
    offered = {number: c.words("note.letter", n=place) for place, number in enumerate(letters, 1)}
    name, heading = c.words(f"note.{what}_which"), c.words(f"note.{what}")
    before = (Points(tuple(lines)),)
    return (yield from choose(f"{what}.letter", name, offered, before=before, heading=heading, private=False))


def _in_words(c: Context, letter: Letter) -> str:
    policy = c.policy_of(c.escalation)
    title = title_of(c, policy, policy.form(letter["form"]), letter["instance"])
    return c.words("note.letter_to", title=title, place=place_of(letter), day=_day_of(c, letter))


def place_of(letter: Letter) -> str:
    """The mailbox or the address that it went to; the raiser's own mailbox where they handed it on."""
    return ", ".join(letter["by_post"]) if goes_by_post(letter) else str(letter["to"])


def _day_of(c: Context, letter: Letter) -> str:
    if on := letter.get("posted"):
        return dates.in_words(date.fromisoformat(on))
    zone = ZoneInfo(c.policy_of(c.escalation).clock.zone)
    return dates.in_words(datetime.fromisoformat(letter["left"]).astimezone(zone).date())
