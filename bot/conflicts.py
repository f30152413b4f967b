"""Two people change the same thing at once: whoever is slower looks at the world again and repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from bot.errors import Conflict

log = structlog.get_logger()

T = TypeVar("T")

TRIES = 4


def after_conflicts(once: Callable[[], T]) -> T:
    """What `once` returns, which begins a transaction of its own each time. Raises Conflict if others are faster every
    time; of a try that failed nothing was saved."""
    for _ in range(TRIES - 1):
        try:
            return once()
        except Conflict:
            log.info("looked at again after a conflict")
    return once()
