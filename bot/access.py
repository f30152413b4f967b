"""Who may see an escalation, and who may do what with it. The shell has no other way to one.

Each condition stands on its own line. Nobody is let in by an agency, a role or a name that they could type:
only by the id under which their platform knows them. Whoever answers for somebody does so by the directory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from bot.deadlines import Course
from bot.errors import NotAllowed
from bot.escalation import Approval, Escalation, Status
from bot.people import Person
from bot.policy import Policy
from bot.sent_letters import fillings_of, gone, id_of, went_at, with_the_partnership

Directory = Mapping[str, Person]
"""Everybody whom the bot knows, by id."""
T = TypeVar("T")

RAISING = re.compile(r"people\.([^.]+\.(raising|deputy)|lead)")
CHALLENGED = re.compile(r"people\.[^.]+\.challenged(\.\d+)?")
"""Fields that name somebody: for either side at a stage, and the raiser's own safeguarding lead. A further agency has
a number."""

AFTERWARDS = frozenset({"report", "note", "reopen", "decline", "why", "pass", "snooze", "file", "record", "returned"})
"""What can still be done when it has ended: send the report again, file it, note that it is filed or that it came, open
it again, answer, ask why, be reminded of these later, note that a form came back; and take it over from somebody who
has left, since nobody else could do them."""

REFUSAL = (
    "I cannot find an escalation with that reference that you are part of. "
    "Please check it, or ask whoever gave it to you."
)
"""The same whether there is no such escalation or the person is not part of it."""


# ── who is part of it ────────────────────────────────────────────────────────────────────────────────────


def _named(escalation: Escalation, fields: re.Pattern[str], people: Directory) -> set[str]:
    """Ids of those recorded there, and of whoever answers for one of them; a deputy's own deputy does not."""
    found: set[str] = set()
    for name, value in escalation.fields.items():
        person = value.get("person") if isinstance(value, Mapping) and fields.fullmatch(name) else ""
        if not person:
            continue
        found.add(person)
        if person in people and not name.endswith(".deputy") and (deputy := deputy_of(people[person], people)):
            found.add(deputy.id)
    return found


def deputy_of(person: Person, people: Directory) -> Person | None:
    """Who answers for them by the directory, if they are here. Guests, and whoever is of a partnership's team, answer
    for nobody, also where they have become that since they were named."""
    deputy = people.get(person.deputy) if person.deputy else None
    return None if deputy is None or deputy.guest or deputy.partnership else deputy


def raising_side(escalation: Escalation, people: Directory) -> set[str]:
    """Those named on the raiser's side at any stage, their deputies, and the raiser's own safeguarding lead."""
    return _named(escalation, RAISING, people)


def challenged_side(escalation: Escalation, people: Directory) -> set[str]:
    """Those named for any agency whose decision is challenged, and their deputies."""
    return _named(escalation, CHALLENGED, people)


def named_for(side: str, escalation: Escalation, people: Directory) -> set[str]:
    """Those named for one agency of the challenged side, and their deputies: "challenged", "challenged.1" …"""
    return _named(escalation, re.compile(rf"people\.[^.]+\.{re.escape(side)}"), people)


# ── permissions ──────────────────────────────────────────────────────────────────────────────────────────


def may_see(person: str, escalation: Escalation, people: Directory) -> bool:
    """The raiser, and everybody who is named on either side."""
    if person == escalation.raiser:
        return True
    if person in raising_side(escalation, people):
        return True
    return person in challenged_side(escalation, people)


def may_see_reported(person: Person, escalation: Escalation, policy: Policy) -> bool:
    """The policy's own partnership team, once a form has gone to it, or to somebody in its stead for its monitoring, or
    the stage is the partnership's.

    They see what `reported` gives, and nothing else. `policy` is the escalation's.
    """
    if not person.partnership or person.partnership != escalation.policy:
        return False
    if with_the_partnership(escalation):
        return True
    if _for_its_monitoring(escalation, policy):
        return True
    return policy.stage(escalation.stage).kind == "partnership"


def _for_its_monitoring(escalation: Escalation, policy: Policy) -> dict[str, str]:
    """Which moments of which forms have gone to those who get them in the partnership's stead, and since when (ISO)."""
    instead = {(form.id, one.id) for form in policy.forms for one in form.recipients if one.for_partnership}
    found: dict[str, str] = {}
    for letter in gone(escalation).values():
        them = {(letter["form"], id_of(slot)) for slot in letter.get("stands_for") or ()}
        if them & instead and not letter.get("hand_on"):
            found |= dict.fromkeys(fillings_of(letter), went_at(letter))
    return found


def may_record(person: Person | None, escalation: Escalation) -> bool:
    """Who may fill in the partnership's own part of a form: its team, once a form has gone to it.

    They write that part and nothing else, and nobody else writes it.
    """
    if person is None or not person.partnership:
        return False
    return person.partnership == escalation.policy and bool(with_the_partnership(escalation))


def may_read_all(person: str, escalation: Escalation, people: Directory) -> bool:
    """Who may read what has not been sent to the other side: updates, notes, and forms that are only kept."""
    return may_pass(person, escalation, people)


def may_act(person: str, escalation: Escalation) -> bool:
    """Who may update, move, report on and resolve it: the raiser, who keeps responsibility for it."""
    return person == escalation.raiser


def may_pass(person: str, escalation: Escalation, people: Directory) -> bool:
    """Who may give it another lead: the raiser; where they have left, whoever is named on their side."""
    if person == escalation.raiser:
        return True
    if person in challenged_side(escalation, people):
        return False
    return person in raising_side(escalation, people)


def may_find_a_lead(person: str, escalation: Escalation, people: Directory, administrators: Collection[str]) -> bool:
    """Who may give it a lead where nobody leads it and nobody named on the raiser's side is here: who runs the bot."""
    if person not in administrators:
        return False
    if escalation.raiser in people:
        return False
    return not any(each in people for each in raising_side(escalation, people) - challenged_side(escalation, people))


def may_note_for_their_side(person: str, escalation: Escalation, people: Directory) -> bool:
    """Who may note what the challenged side did, such as that they acknowledged it: whoever is named for it."""
    if person == escalation.raiser:
        return False
    if person in raising_side(escalation, people):
        return False
    return person in challenged_side(escalation, people)


def may_answer(person: str, approval: Approval, escalation: Escalation) -> bool:
    """Only those who were named when it was asked. A move is never approved by whoever asks for it."""
    if approval.kind == "move" and person in {approval.asked_by, escalation.raiser}:
        return False
    return person in approval.may_answer


def may_mend(person: str, escalation: Escalation | None, administrators: Collection[str]) -> bool:
    """Who may begin again what could not be said, or say that it has arrived: who leads it, and who runs the bot."""
    if person in administrators:
        return True
    return escalation is not None and may_act(person, escalation)


def may_do(flow: str, person: str, escalation: Escalation, people: Directory) -> bool:
    """Whether the person may hold this conversation about it."""
    match flow:
        case "record":
            return may_record(people.get(person), escalation)
        case "why" | "snooze" | "file":
            return may_see(person, escalation, people)
        case "pass":
            return may_pass(person, escalation, people)
        case _:
            return may_act(person, escalation)


def is_open_to(flow: str, escalation: Escalation) -> bool:
    """Whether anybody may hold this conversation about it now: once it has ended, only some are left."""
    return escalation.status is Status.OPEN or flow in AFTERWARDS


# ── doors ────────────────────────────────────────────────────────────────────────────────────────────────


def let_see(
    person: str, escalation: Escalation | None, people: Directory, approvals: Sequence[Approval] = ()
) -> Escalation:
    """The escalation, or NotAllowed in words that do not reveal whether it exists.

    Whoever has been asked something about it, and has not answered yet, may see what answering needs.
    """
    if escalation is None:
        raise NotAllowed(REFUSAL)
    asked = any(not each.answer and may_answer(person, each, escalation) for each in approvals)
    if not asked and not may_see(person, escalation, people):
        raise NotAllowed(REFUSAL)
    return escalation


def let_do(
    flow: str, person: str, escalation: Escalation | None, people: Directory, administrators: Collection[str] = ()
) -> Escalation:
    """The escalation for somebody who may hold this conversation about it. That a form came back is noted by who leads
    it, and by the partnership's team that it was sent to."""
    if flow == "pass" and escalation and may_find_a_lead(person, escalation, people, administrators):
        return escalation
    if flow == "record" or (flow == "returned" and escalation and not may_act(person, escalation)):
        return _let_record(person, escalation, people)
    seen = let_see(person, escalation, people)
    if may_do(flow, person, seen, people):
        return seen
    if flow == "pass":
        raise NotAllowed(
            f"{seen.reference} is led by the raising side, so only they can pass it on. You can ask them to."
        )
    raise NotAllowed(
        f"{seen.reference} is led by the person who raised it, so only they can do this. You can ask them to."
    )


def _let_record(person: str, escalation: Escalation | None, people: Directory) -> Escalation:
    """For the partnership's team, who see nothing of it but what has reached them."""
    if escalation is None or not may_record(people.get(person), escalation):
        raise NotAllowed(REFUSAL)
    return escalation


def for_their_side(person: str, escalation: Escalation | None, people: Directory) -> Escalation | None:
    """The open escalation, for somebody who may note what the challenged side does; None for everybody else, and where
    there is none, which is not told apart."""
    if escalation is None or escalation.status is not Status.OPEN:
        return None
    return escalation if may_note_for_their_side(person, escalation, people) else None


def let_mend(person: str, escalation: Escalation | None, administrators: Collection[str]) -> None:
    """Raises NotAllowed for whoever may not decide about a delivery of this escalation, or of none."""
    if not may_mend(person, escalation, administrators):
        raise NotAllowed(REFUSAL)


def let_answer(person: str, approval: Approval | None, escalation: Escalation | None) -> tuple[Approval, Escalation]:
    """The request, and what it is about, for somebody who may answer it."""
    if approval is None or escalation is None:
        raise NotAllowed(REFUSAL)
    if may_answer(person, approval, escalation):
        return approval, escalation
    if person in {approval.asked_by, escalation.raiser}:
        raise NotAllowed(
            "This is your own request, so somebody else must answer it: the manager named in it, or their deputy."
        )
    raise NotAllowed("Only the manager named in this request, or their deputy, can answer it. Nothing was changed.")


def seen_by(person: str, escalations: Sequence[Escalation], people: Directory) -> list[Escalation]:
    """Those of them that the person may see."""
    return [each for each in escalations if may_see(person, each, people)]


def to_record(person: Person, escalations: Sequence[Escalation]) -> list[Escalation]:
    """Those of which the person may fill in the partnership's own part of a form."""
    return [each for each in escalations if may_record(person, each)]


def waiting_for(
    person: str, escalations: Sequence[Escalation], approvals_of: Callable[[str], Sequence[Approval]]
) -> list[tuple[Approval, Escalation]]:
    """Every request that waits for the person's answer, with what it is about."""
    asked = ((approval, each) for each in escalations for approval in approvals_of(each.reference))
    return [(one, about) for one, about in asked if not one.answer and may_answer(person, one, about)]


@dataclass(frozen=True)
class Reported:
    """What the partnership's team knows of an escalation: no note, no update, no answer, and nobody's name."""

    reference: str
    policy: Policy
    """As it holds for this escalation."""
    stage: str
    status: Status
    course: Course
    opened: datetime
    resolved_on: date | None
    sent: tuple[tuple[str, datetime], ...]
    """Titles of the forms that have gone to them, or to somebody in their stead, and when each did."""
    has_it: bool
    """Whether one has gone to themselves."""


def reported_to(
    person: Person, escalations: Sequence[Escalation], policy_of: Callable[[Escalation], Policy]
) -> list[Reported]:
    """What the person may know of those that have reached their partnership."""
    with_policies = ((each, policy_of(each)) for each in escalations if each.policy == person.partnership)
    return [facts_of(each, policy) for each, policy in with_policies if may_see_reported(person, each, policy)]


def facts_of(escalation: Escalation, policy: Policy) -> Reported:
    """What may be told of it to the partnership's team."""
    titles, own = {form.id: form.title for form in policy.forms}, with_the_partnership(escalation)
    sent = (
        (titles[key.partition("/")[0]], datetime.fromisoformat(at))
        for key, at in {**_for_its_monitoring(escalation, policy), **own}.items()
        if key.partition("/")[0] in titles
    )
    return Reported(
        escalation.reference, policy, escalation.stage, escalation.status, escalation.course, escalation.opened,
        escalation.resolved_on, tuple(sorted(sent, key=lambda each: each[1])), bool(own),
    )  # fmt: skip


def exists(escalation: Escalation | None) -> bool:
    """For the bot's own use: whether a reference is taken. What comes of it is told to nobody."""
    return escalation is not None


def as_the_bot(record: T) -> T:
    """The bot itself carries out what somebody was allowed to decide; no person sees what is read here."""
    return record
