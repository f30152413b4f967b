"""What the operator can watch, in Prometheus' terms. Others count here; tests read here.

Rule 1: no name, no reference and nothing else that tells who or what it was about stands in a label.
Rule 2: what the store knows is asked for when somebody looks, and only then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as Counting
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.calendars import Calendar
from bot.deadlines import Standing, owed, standing
from bot.errors import EscalationBotError, StoreError
from bot.escalation import Escalation
from bot.policies import Policies

PREFIX = "escalation_bot_"
Request = Literal["command", "shortcut", "press", "form", "event"]
"""What a platform asked: a command; a shortcut; a button; a form that was sent or closed; an event, like a message."""
SECONDS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3)
"""Where the time of an acknowledgement is cut: Slack waits for three seconds."""
UNKNOWN = "unknown"
"""How an escalation stands whose policy cannot be found: the auditor says which it is."""


@dataclass(frozen=True)
class Figures:
    """What the store knows at one moment."""

    deliveries: Mapping[str, int]
    """How many there are in each state but those that are done with."""
    oldest: float
    """For how many seconds the oldest of those whose time has come has waited; 0 if there is none."""
    timers_overdue: int
    open: Sequence[Escalation]
    """Open escalations, with no more of them than their dates follow from."""


class Metrics:
    """All that is counted by one process. The figures of the store are the same from every process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ticks = Counting(
            f"{PREFIX}ticks",
            "How often it was looked at what is due, by how that ended",
            ["outcome"],
            registry=self.registry,
        )
        self._attempts = Counting(
            f"{PREFIX}attempts",
            "How often something was to be said or sent, by what kind it is and what became of it",
            ["kind", "state"],
            registry=self.registry,
        )
        self._breaches = Gauge(
            f"{PREFIX}audit_breaches",
            "Open escalations that have no owner, or neither a next date nor a reason for having none",
            registry=self.registry,
        )
        self._acknowledged = Histogram(
            f"{PREFIX}acknowledgement_seconds",
            "How long a platform waited for an answer, by what it asked",
            ["request"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._limited = Counting(
            f"{PREFIX}limited",
            "How often a platform asked to wait, by what it was asked to do",
            ["method"],
            registry=self.registry,
        )
        for outcome in ("done", "failed"):
            self._ticks.labels(outcome)

    def ticked(self, *, failed: bool = False) -> None:
        """It was looked at once what is due."""
        self._ticks.labels("failed" if failed else "done").inc()

    def carried(self, kind: str, state: str) -> None:
        """Something of this kind was to be said or sent, and is in this state now."""
        self._attempts.labels(kind, state).inc()

    def audited(self, breaches: int) -> None:
        """So many breaches were found just now."""
        self._breaches.set(breaches)

    def acknowledged(self, request: Request, seconds: float) -> None:
        """A platform had its answer so long after it had asked."""
        self._acknowledged.labels(request).observe(seconds)

    def limited(self, method: str) -> None:
        """A platform asked to wait when it was asked to do this."""
        self._limited.labels(method).inc()

    def connected(self, is_connected: Callable[[], bool]) -> None:
        """From now on it is shown whether the platform can reach the bot, where the bot opens the connection."""
        Gauge(
            f"{PREFIX}connected", "Whether the connection over which it hears stands", registry=self.registry
        ).set_function(lambda: float(is_connected()))

    def watch(
        self, figures: Callable[[], Figures], lateness: Callable[[Iterable[Escalation]], Mapping[str, int]]
    ) -> None:
        """From now on the store's figures are shown, too."""
        self.registry.register(_Watched(figures, lateness))

    def read(self, name: str, **labels: str) -> float | None:
        """One figure, without our prefix; None if it is not shown."""
        return self.registry.get_sample_value(f"{PREFIX}{name}", labels)

    def text(self) -> bytes:
        """All of it as Prometheus reads it."""
        return generate_latest(self.registry)


@dataclass(frozen=True)
class Lateness:
    """Counts escalations by how their present stage stands."""

    policies: Policies
    calendars: Mapping[str, Calendar]
    now: Callable[[], datetime]

    def __call__(self, escalations: Iterable[Escalation]) -> Mapping[str, int]:
        counted = Counter(dict.fromkeys((*get_args(Standing), UNKNOWN), 0))
        counted.update(self._standing(each) for each in escalations)
        return counted

    def _standing(self, escalation: Escalation) -> str:
        try:
            policy = self.policies.of_escalation(escalation)
            calendar = self.calendars[policy.clock.calendar]
            due = owed(policy, escalation.stage, escalation.course, calendar)
        except (EscalationBotError, LookupError):
            return UNKNOWN
        now = self.now()
        return standing(due, now.astimezone(ZoneInfo(policy.clock.zone)).date(), calendar, now)


@dataclass(frozen=True, eq=False)
class _Watched(Collector):
    """Asks the store when the metrics are read. While it is away, that is what they say."""

    figures: Callable[[], Figures]
    lateness: Callable[[Iterable[Escalation]], Mapping[str, int]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = self.figures()
        except StoreError:
            yield _one("database_up", "Whether the database could be asked", 0)
            return
        yield _one("database_up", "Whether the database could be asked", 1)
        yield _several("deliveries", "What is not done with, by state", "state", found.deliveries)
        yield _one("oldest_undelivered_seconds", "For how long the oldest that is due has waited", found.oldest)
        yield _one("timers_overdue", "Timers that should have been looked at", found.timers_overdue)
        standings = self.lateness(found.open)
        yield _several("open_escalations", "Open escalations, by how their stage stands", "lateness", standings)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is asked when it is registered."""
        return iter(())


def _one(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}{name}", what, value=value)


def _several(name: str, what: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{PREFIX}{name}", what, labels=[label])
    for key, value in values.items():
        family.add_metric([key.replace(" ", "_")], value)
    return family
