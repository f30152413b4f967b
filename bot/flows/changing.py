"""Who leads it, and whether it goes on: passing it on or taking it over, withdrawing, and opening again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import access
from bot.errors import InvalidAnswer
from bot.escalation import Escalation
from bot.fields import Choice, Choices, Paragraph, Professional
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.noted import challenged_sides
from bot.flows.questions import Question
from bot.flows.ticks import record_of
from bot.messages import Words


@dataclass(frozen=True)
class Withdraw:
    """The raiser withdraws the escalation."""

    reference: str
    reason: str


@dataclass(frozen=True)
class Reopen:
    """It was ended too early, or the matter is back: it goes on at the stage where it stood."""

    reference: str
    reason: str


@dataclass(frozen=True)
class PassOn:
    """Somebody else leads it from now on."""

    reference: str
    to: Mapping[str, str]
    reason: str


def _reason(c: Context, flow: str) -> Asking:
    return (yield from ask(Question("reason", c.words(f"{flow}.reason"), Paragraph(), heading=c.words(f"flow.{flow}"))))


def withdraw(c: Context) -> Asking:
    """Returns Withdraw."""
    reason = yield from _reason(c, "withdraw")
    kind = Choice(options=(Choices(id="go", label=c.words("withdraw.go")),))
    record = record_of(c, c.escalation)
    label, heading = c.words("withdraw.confirm", record=record), c.words("flow.withdraw")
    yield from ask(Question("confirm", label, kind, is_review=True, heading=heading, private=False))
    return Withdraw(c.escalation.reference, reason)


def reopen(c: Context) -> Asking:
    """Returns Reopen."""
    return Reopen(c.escalation.reference, (yield from _reason(c, "reopen")))


def pass_on(c: Context) -> Asking:
    """Returns PassOn. Whoever is named on the raiser's side may do it where the raiser is away or has left; where none
    of them is here, whoever runs the bot, who does not come to lead it."""
    heading = c.words("flow.pass")
    outsider = is_outsider(c)
    if c.me.id != c.escalation.raiser and not outsider:
        options = {"me": c.words("pass.take"), "other": c.words("pass.take_not")}
        before = (Words(c.words("pass.for_them", name=lead_of(c, c.escalation))),)
        who = yield from choose(
            "take", c.words("pass.ask_take"), options, before=before, heading=heading, private=False
        )
        if who == "me":
            reason = yield from ask(Question("why_take", c.words("pass.why_take"), Paragraph(), heading=heading))
            return PassOn(c.escalation.reference, c.mine, reason)
    raiser, (people, agencies, team) = c.escalation.raiser, others(c, c.escalation)
    kind = NewOwner(
        pick=True, needed=("name",), raiser=raiser, people=people, agencies=agencies, team=team,
        outsider=c.me.id if outsider else "",
    )  # fmt: skip
    hint = c.words("pass.found_by_you") if outsider else ""
    to: dict[str, Any] = yield from ask(
        Question("to", c.words("pass.to"), kind, hint=hint, heading=heading, private=False)
    )
    return PassOn(c.escalation.reference, to, (yield from _reason(c, "pass")))


def is_outsider(c: Context) -> bool:
    """Whether this person only finds a lead for it, and is no part of it."""
    return c.me.id != c.escalation.raiser and c.me.id not in access.raising_side(c.escalation, c.people)


def lead_of(c: Context, escalation: Escalation) -> str:
    """The name of whoever leads it, also where they are not here any more."""
    if escalation.raiser in c.people:
        return c.people[escalation.raiser].name
    return str((escalation.fields.get("raiser") or {}).get("name") or c.words("pass.the_lead"))


def others(c: Context, escalation: Escalation) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Ids of the people and names of the agencies of the challenged side, and ids of the partnership's team: none of
    them may lead it.

    An agency that disagrees with itself has people on both sides, and is not among them.
    """
    counterpart = (escalation.fields.get("counterpart") or {}).get("person")
    people = {*access.challenged_side(escalation, c.people), *([counterpart] if counterpart else [])}
    own = escalation.raiser_agency.casefold()
    agencies = (each for each in challenged_sides(escalation).values() if each.casefold() != own)
    team = (each.id for each in c.people.values() if each.partnership == escalation.policy)
    return tuple(sorted(people)), tuple(agencies), tuple(team)


def may_lead(
    raiser: str, people: tuple[str, ...], agencies: tuple[str, ...], team: tuple[str, ...], person: str, agency: str
) -> None:
    """InvalidAnswer unless this person may lead it from now on."""
    if not person or person == raiser:
        raise InvalidAnswer("Please pick somebody else who is in this chat: whoever leads it has to be reached.")
    if person in people or agency.casefold() in {each.casefold() for each in agencies}:
        raise InvalidAnswer("They act for the other side, so they cannot lead it. Please pick somebody on yours.")
    if person in team:
        raise InvalidAnswer(
            "They are the partnership’s team, which does not lead an escalation. Please pick somebody on your side; "
            "you can ask the team for advice."
        )


class NewOwner(Professional):
    """Somebody of the raising side who can be reached here: an escalation is never left without an owner."""

    raiser: str
    people: tuple[str, ...]
    agencies: tuple[str, ...]
    team: tuple[str, ...]
    outsider: str = ""
    """Whoever only finds a lead for it."""

    def read(self, given: Any, reading: Any) -> dict[str, str]:
        value = super().read(given, reading)
        person = value.get("person", "")
        if person and person == self.outsider:
            raise InvalidAnswer("You run this bot, and are no part of this escalation. Please pick somebody who is.")
        agency = reading.people[person]["agency"] if person else ""
        may_lead(self.raiser, self.people, self.agencies, self.team, person, agency)
        return value
