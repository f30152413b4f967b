"""One bot on Slack and on Teams together: each channel is on one of them, and people may be on both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

from starlette.applications import Starlette

from bot.errors import ConfigError, Refused, TryLater
from bot.messages import Message
from bot.ports import Chat, Due, Person, Profiles
from bot.wiring.arrivals import Arrivals, Served
from bot.wiring.parts import Parts
from bot.wiring.platforms import Hear, Platform


class Half(Platform, Protocol):
    """A platform that can stand beside another one."""

    @property
    def place(self) -> str: ...

    @property
    def profiles(self) -> Profiles: ...

    def has_channel(self, name: str) -> bool:
        """Whether it is known which channel is meant there, by its id or as the settings call it."""

    def has_said(self, message: str) -> bool:
        """Whether a message with this id stands there."""

    def served(self, parts: Parts, arrivals: Arrivals) -> Served: ...


class Chats:
    """Fulfils `ports.Chat`: where somebody's id is of, where a channel is, and where a message stands that is changed.

    What is nobody's falls to the first, which says so.
    """

    def __init__(self, *halves: Half) -> None:
        self._halves = halves

    def direct(self, key: str, person: str, message: Message) -> str:
        return self._with(person).direct(key, person, message)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        return self._in(channel, under).thread(key, channel, under, message)

    def edit(self, key: str, message_id: str, message: Message) -> str:
        return self._at(message_id).edit(key, message_id, message)

    def find(self, due: Due) -> str:
        if due.kind == "edit":
            return self._at(due.first_receipt).find(due)
        if due.kind == "thread":
            return self._in(due.to, due.first_receipt).find(due)
        return self._with(due.to).find(due)

    def link(self, channel: str, message_id: str) -> str:
        return self._at(message_id).link(channel, message_id)

    def _with(self, person: str) -> Chat:
        return self._first(half for half in self._halves if person.startswith(half.place))

    def _in(self, channel: str, under: str) -> Chat:
        """A thread goes on where it has begun, wherever the channel is now."""
        return self._at(under) if under else self._first(half for half in self._halves if half.has_channel(channel))

    def _at(self, message: str) -> Chat:
        return self._first(half for half in self._halves if half.has_said(message))

    def _first(self, fitting: Iterator[Half]) -> Chat:
        return next(fitting, self._halves[0]).chat


class Registers:
    """Fulfils `ports.Profiles`: an id is asked of its own platform, a mailbox of one after the other."""

    def __init__(self, *halves: Half) -> None:
        self._halves = halves

    def look_up(self, person: str) -> Person:
        if "@" not in person:
            fitting = (half for half in self._halves if person.startswith(half.place))
            return next(fitting, self._halves[0]).profiles.look_up(person)
        trouble: list[Refused | TryLater] = []
        for half in self._halves:
            try:
                return half.profiles.look_up(person)
            except (Refused, TryLater) as error:
                trouble.append(error)
        # Nobody is called a stranger before all could be asked.
        raise next((each for each in trouble if isinstance(each, TryLater)), trouble[0])


class Both:
    """Slack and Teams: people who are on both with one mailbox are one person."""

    people: tuple[Person, ...] = ()

    def __init__(self, slack: Half, teams: Half) -> None:
        self._halves = slack, teams
        self.chat = Chats(slack, teams)
        self.profiles = Registers(slack, teams)

    @property
    def place(self) -> tuple[str, ...]:
        return tuple(half.place for half in self._halves)

    def check_host(self, host: str) -> None:
        for half in self._halves:
            half.check_host(host)

    def reached(self, address: object) -> str:
        return "; ".join(half.reached(address) for half in self._halves)

    def app(self, parts: Parts, hear: Hear) -> Starlette:
        self._check_channels(parts)
        platforms = (place.removesuffix(":") for place in self.place)
        self.arrivals = arrivals = Arrivals(parts, hear, self.profiles, *platforms)
        return arrivals.app(*(half.served(parts, arrivals) for half in self._halves))

    def _check_channels(self, parts: Parts) -> None:
        for policy in (version.policy for version in parts.policies.versions()):
            settings = "ESCALATION_BOT_SLACK_CHANNELS", "ESCALATION_BOT_TEAMS_CHANNELS"
            there = sum(half.has_channel(policy.channel) for half in self._halves)
            if not there:
                raise ConfigError(
                    f"The policy {policy.id} posts in the channel “{policy.channel}”, and it is not known which that "
                    f"is in Slack or in Teams. Add its id to {settings[0]}, like {policy.channel}=C0123456789, or to "
                    f"{settings[1]}, like {policy.channel}=19:0123abcd@thread.tacv2."
                )
            if there > 1:
                raise ConfigError(
                    f"The channel “{policy.channel}” of the policy {policy.id} stands in {settings[0]} and in "
                    f"{settings[1]}, and an escalation has one thread. Remove it from one of the two: whoever is "
                    "on the other platform is told there, and answers there, all the same."
                )

    def close(self) -> None:
        with ExitStack() as stack:
            for half in self._halves:
                stack.callback(half.close)
