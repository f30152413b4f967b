"""What is on the other platform, where the bot is on two: there it is examined, and here nothing is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Beside:
    """`people` is what the ids of people begin with there, "" where there is no other platform. `channels` are those
    of policies there; `administrators`: whether somebody there looks after the bot."""

    people: str = ""
    channels: Collection[str] = ()
    administrators: bool = False

    @classmethod
    def of(cls, people: str, channels: Collection[str], administrators: Iterable[str]) -> Beside:
        return cls(people, channels, any(each.startswith(people) for each in administrators))

    def of_here(self, people: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in people if not (self.people and each.startswith(self.people)))


ALONE = Beside()
