"""Somebody who can talk with the bot: an entry of the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """`id` is platform and id in one, "console:asha"; `deputy` is the person id of who answers for them.

    `partnership` is the id of the policy whose partnership team they are in, "" for everybody else. Whoever has `left`
    has no account any more: nothing is asked of them or told to them, and they see nothing.
    """

    id: str
    name: str
    role: str
    agency: str
    email: str
    deputy: str = ""
    partnership: str = ""
    left: bool = False

    def details(self) -> dict[str, str]:
        """As a Professional answer."""
        return {
            "name": self.name,
            "role": self.role,
            "agency": self.agency,
            "email": self.email,
            "person": self.id,
        }


def pickable(people: Mapping[str, Person]) -> dict[str, dict[str, str]]:
    """The people as `fields.Reading` wants them."""
    return {person.id: person.details() for person in people.values()}
