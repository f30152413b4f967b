"""`/file`: all that there is of an escalation, sent to one's own mailbox, for the record system of one's own agency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from bot import access
from bot.flows.context import Asking, Context, choose
from bot.flows.moved_on import NothingToDo
from bot.flows.recipients import may_get_copies
from bot.flows.recording import title_of
from bot.messages import Points, Words


@dataclass(frozen=True)
class FileIt:
    """Somebody who may read an escalation wants it in their own mailbox, as their platform knows it."""

    reference: str


def file_it(c: Context) -> Asking:
    """Returns FileIt or NothingToDo."""
    reference = c.escalation.reference
    if not c.me.email:
        return NothingToDo("file.no_mailbox", {"reference": reference})
    if not may_get_copies(c):
        return NothingToDo("file.mailbox_outside", {"reference": reference, "email": c.me.email})
    policy = c.policy_of(c.escalation)
    titles = [title_of(c, policy, policy.form(form), instance) for form, instance in forms_of(c)]
    inside = (*titles, c.words("file.history"), c.words("file.sheet"))
    before = (Words(c.words("file.inside", reference=reference)), Points(inside), Words(c.words("file.then"), "quiet"))
    offered = {"send": c.words("file.send", email=c.me.email)}
    heading = c.words("file.title", reference=reference)
    yield from choose("send", c.words("file.ask"), offered, before=before, heading=heading, private=False)
    return FileIt(reference)


def forms_of(c: Context) -> list[tuple[str, str]]:
    """Form and instance of what this person may read, in the order of the policy."""
    order = [form.id for form in c.policy_of(c.escalation).forms]
    begun = [name.split(".", 2) for name in c.escalation.fields if name.startswith("form.")]
    found = {(form, instance) for _, form, instance in begun}
    if not access.may_read_all(c.me.id, c.escalation, c.people):
        found &= set(sent_to(c))
    return sorted((each for each in found if each[0] in order), key=lambda each: (order.index(each[0]), each[1]))


def sent_to(c: Context) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The answers of the last letter about each form that has left for this person's mailbox."""
    named = (
        (int(name.removeprefix("letter.")), letter)
        for name, letter in c.escalation.fields.items()
        if name.startswith("letter.")
    )
    mine = [each for _, each in sorted(named, key=itemgetter(0)) if each["to"].casefold() == c.me.email.casefold()]
    return {(each["form"], each["instance"]): each["answers"] for each in mine if each.get("left")}
