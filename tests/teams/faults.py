"""What goes wrong on command, one fault a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ANY = "*"
Operation = Literal["create", "say", "change", "delete", "member", "members", "team", "login", "keys", "*"]


@dataclass(frozen=True)
class Fault:
    """`done`: whether Teams has carried the call out before it goes wrong. `seconds`: what Retry-After says, or how
    late the answer is."""

    what: Literal["limited", "broken", "slow", "dropped", "refused"]
    done: bool = False
    seconds: float | None = None
    status: int = 503
    code: str = ""


def limited(seconds: int | None = 1) -> Fault:
    """None: it does not say for how long."""
    return Fault("limited", seconds=seconds)


def broken(status: int = 503, *, done: bool = False) -> Fault:
    return Fault("broken", done, status=status)


def slow(seconds: float, *, done: bool = True) -> Fault:
    """Done at once and answered late; or, not `done`, begun late."""
    return Fault("slow", done, seconds)


def dropped(*, done: bool) -> Fault:
    """The connection is cut without an answer."""
    return Fault("dropped", done)


def refused(status: int, code: str, *, done: bool = False) -> Fault:
    return Fault("refused", done, status=status, code=code)


@dataclass
class Faults:
    """Those that wait for their call: (operation, conversation or person, fault)."""

    waiting: list[tuple[str, str, Fault]] = field(default_factory=list)

    def add(self, operation: Operation, place: str, *faults: Fault) -> None:
        self.waiting += [(operation, place, fault) for fault in faults]

    def meets(self, operation: str, places: set[str]) -> Fault | None:
        for each in self.waiting:
            if each[0] in {operation, ANY} and each[1] in places | {""}:
                self.waiting.remove(each)
                return each[2]
        return None
