"""Somebody names who answers for them, another, or nobody. Whoever comes to see an escalation by that stands in its
history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.errors import InvalidAnswer
from bot.escalation import Entry, Escalation, Status
from bot.flows.context import Context
from bot.flows.deputies import NameDeputy, against, change_button, named_in, standing
from bot.messages import Button, Buttons, Message, Words
from bot.people import Person
from bot.ports import Delivery, Transaction
from bot.words import Words as Catalogue


def name_deputy(
    tx: Transaction, c: Context, seen: Sequence[Escalation], d: NameDeputy, prefix: str, now: datetime
) -> list[Delivery]:
    """`seen` is every escalation that whoever decides may see. Raises InvalidAnswer. Returns what is to be said."""
    me, before = c.me, c.me.deputy
    reference = against(me.id, d.person, (each for each in seen if each.status is Status.OPEN))
    if d.person and reference:
        raise InvalidAnswer(
            f"{c.people[d.person].name} acts for the other side in {reference}, so they cannot answer for you. "
            "Please go back and pick somebody else."
        )
    if d.person != before:
        tx.keep_person(replace(me, deputy=d.person))
        details = {"before": before, "after": d.person}
        tx.add_history([Entry(each.reference, "deputy named", me.id, now, details) for each in named_in(me.id, seen)])
    after = replace(c, me=replace(me, deputy=d.person))
    said = [(me.id, _own(after))]
    if d.person != before:
        said += [(d.person, _told(c, "deputy.you")), (before, _told(c, "deputy.no_longer"))]
    people = [(person, message) for person, message in said if person in c.people]
    return [Delivery(f"d/{prefix}/deputy/{n}", "direct", to, message) for n, (to, message) in enumerate(people, 1)]


def _own(c: Context) -> Message:
    text = c.words("deputy.kept" if c.me.deputy else "deputy.kept_nobody")
    return Message(standing(c), (Words(standing(c), "strong"), Words(text), change_button(c)))


def _told(c: Context, name: str) -> Message:
    text = c.words(name, name=c.me.name)
    return Message(text, (Words(text),))


def answers_no_longer(words: Catalogue, gone: Person, people: Iterable[Person], prefix: str) -> list[Delivery]:
    """They have left, or are a guest now: whoever had named them needs somebody else, and is told."""
    without = [each for each in people if each.deputy == gone.id]
    text = words("deputy.has_left" if gone.left else "deputy.is_guest", name=gone.name)
    button = Buttons((Button(words("deputy.name_button"), "start", "deputy", "primary"),))
    message = Message(text, (Words(text, "warning"), button))
    return [Delivery(f"{prefix}/deputy/{n}", "direct", each.id, message) for n, each in enumerate(without, 1)]
