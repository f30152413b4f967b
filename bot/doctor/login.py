"""The login at Microsoft, for mail and for Teams: whether what the bot proves itself with goes on being good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.doctor.findings import Finding, ok, wrong

if TYPE_CHECKING:  # its libraries are loaded where they are needed only
    from bot.entra import Proof

SOON = timedelta(days=30)


def certificate(about: str, proof: Proof, now: datetime) -> Iterator[Finding]:
    """Nothing is said where there is none."""
    from bot.entra import Certificate

    if isinstance(proof, Certificate):
        left = proof.expires() - now
        says = f"It holds until {proof.expires():%-d %B %Y}."
        if left < SOON:
            yield wrong(about, says, "Make a new one, upload it to the app, then put its file in place.")
        else:
            yield ok(about, says)
