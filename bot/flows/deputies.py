"""`/deputy`: who answers for somebody while they are away, and when they have left.

Rule: people name their own, and nobody else's. It is a person who can be reached here, and who may know what a deputy
comes to know: nobody of the other side, and nobody of the partnership's team.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot import access
from bot.errors import InvalidAnswer
from bot.escalation import Escalation, Status
from bot.fields import Choice, Choices, Professional
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.questions import Question
from bot.messages import Button, Buttons, Part, Words
from bot.people import Person


@dataclass(frozen=True)
class NameDeputy:
    """This person answers for me from now on; "" for nobody."""

    person: str


def deputy(c: Context) -> Asking:
    """Returns NameDeputy."""
    heading = c.words("flow.deputy")
    meant = (Words(c.words("deputy.means_sees")), Words(c.words("deputy.means_gets")))
    if c.me.deputy:
        options = {"another": c.words("deputy.another"), "nobody": c.words("deputy.nobody")}
        before = (Words(standing(c), "strong"), *meant)
        label = c.words("deputy.change")
        if (yield from choose("what", label, options, before=before, heading=heading, private=False)) == "nobody":
            return NameDeputy("")
    kind = OwnDeputy(pick=True, parts=("name", "email"), needed=(), me=c.me.id, barred=_barred(c))
    label, hint = c.words("deputy.who"), c.words("deputy.who_help")
    named = yield from ask(
        Question("deputy", label, kind, hint=hint, before=() if c.me.deputy else meant, heading=heading, private=False)
    )
    go = Choice(options=(Choices(id="go", label=c.words("deputy.go")),))
    label = c.words("deputy.confirm", name=named["name"])
    yield from ask(Question("confirm", label, go, is_review=True, heading=heading, private=False))
    return NameDeputy(named["person"])


def standing(c: Context) -> str:
    """Who answers for this person, as a sentence."""
    if not c.me.deputy:
        return c.words("deputy.none")
    named = access.deputy_of(c.me, c.people)
    return c.words("deputy.is", name=named.name) if named else c.words("deputy.left")


def home_parts(c: Context) -> tuple[Part, ...]:
    """Who answers for this person, with a button to change it, for a page of their own."""
    return Words(standing(c), "quiet"), change_button(c)


def nobody_yet(c: Context) -> tuple[Part, ...]:
    """For whoever has just been named and has no deputy: that they can name one."""
    return Words(c.words("deputy.none_named"), "quiet"), Buttons(
        (Button(c.words("deputy.name_button"), "start", "deputy"),)
    )


def change_button(c: Context) -> Buttons:
    label = c.words("deputy.change_button" if c.me.deputy else "deputy.name_button")
    return Buttons((Button(label, "start", "deputy"),))


class OwnDeputy(Professional):
    """Somebody else, who is here. `barred`: person id -> why they may not."""

    me: str
    barred: Mapping[str, str]

    def read(self, given: Any, reading: Any) -> dict[str, str]:
        value = super().read(given, reading)
        person = value.get("person", "")
        if not person and not (meant := value["email"] or value["name"]):
            raise InvalidAnswer("Please pick who answers for you, or give their e-mail.")
        if not person:
            raise InvalidAnswer(
                f"I cannot find “{meant}” here, or more than one person has that name. Whoever answers for you has to "
                "be reached in this chat. Please pick them from the people here, or give their e-mail."
            )
        if why := self.barred.get(person):
            raise InvalidAnswer(why)
        if person == self.me:
            raise InvalidAnswer("You cannot answer for yourself. Please pick somebody else.")
        return value


def _barred(c: Context) -> dict[str, str]:
    return {each.id: why for each in c.people.values() if (why := _why_not(each))}


def _why_not(person: Person) -> str:
    if person.guest:
        return (
            f"{person.name} is a guest in this chat, and guests answer for nobody but themselves. Please pick somebody "
            "who is a full member."
        )
    if person.partnership:
        return (
            f"{person.name} is of a partnership’s team, which sees only what is reported to it, so they cannot answer "
            "for you. Please pick somebody of your own agency."
        )
    return ""


def named_in(person: str, escalations: Iterable[Escalation]) -> Iterator[Escalation]:
    """Those that have not ended and name this person, so that their deputy sees them."""
    for each in escalations:
        named = access.raising_side(each, {}) | access.challenged_side(each, {})
        if person in named and each.status in {Status.OPEN, Status.RESOLVED}:
            yield each


def against(me: str, other: str, escalations: Iterable[Escalation]) -> str:
    """The reference of an escalation in which they act for the side that I do not act for; "" if there is none."""
    for each in escalations:
        raising = {each.raiser, *access.raising_side(each, {})}
        counterpart = (each.fields.get("counterpart") or {}).get("person")
        challenged = {*access.challenged_side(each, {}), *([counterpart] if counterpart else [])}
        for mine, theirs in ((raising, challenged), (challenged, raising)):
            if me in mine and me not in theirs and other in theirs and other not in mine:
                return each.reference
    return ""
