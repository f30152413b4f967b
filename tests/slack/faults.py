"""What goes wrong on command, one fault a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ANY = "*"


@dataclass(frozen=True)
class Fault:
    """`done`: whether Slack has carried the call out before it goes wrong. `seconds`: what Retry-After says, or how
    late the answer is."""

    what: Literal["limited", "broken", "slow", "dropped", "refused"]
    done: bool = False
    seconds: float = 0
    status: int = 503
    error: str = ""


def limited(seconds: int) -> Fault:
    return Fault("limited", seconds=seconds)


def broken(status: int = 503, *, done: bool = False) -> Fault:
    return Fault("broken", done, status=status)


def slow(seconds: float, *, done: bool = True) -> Fault:
    """Done at once and answered late; or, not `done`, begun late."""
    return Fault("slow", done, seconds)


def dropped(*, done: bool) -> Fault:
    """The connection is cut without an answer."""
    return Fault("dropped", done)


def refused(error: str, *, done: bool = False) -> Fault:
    return Fault("refused", done, error=error)


@dataclass
class Faults:
    """Those that wait for their call: (method, channel or user, fault)."""

    waiting: list[tuple[str, str, Fault]] = field(default_factory=list)

    def add(self, method: str, place: str, *faults: Fault) -> None:
        self.waiting += [(method, place, fault) for fault in faults]

    def meets(self, method: str, args: dict[str, Any]) -> Fault | None:
        places = {"", str(args.get("channel", "")), str(args.get("users", "")), str(args.get("user_id", ""))}
        for each in self.waiting:
            if each[0] in {method, ANY} and each[1] in places:
                self.waiting.remove(each)
                return each[2]
        return None
