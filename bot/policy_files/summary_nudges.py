"""When people are reminded and when the digest is posted, in plain English: as it is, and what has changed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy import Policy
from bot.policy_files.in_words import days

NUDGED = {
    "before_days": ("before a last day or a target", "{days} before"),
    "late_every_days": ("once it is late", "again every {every}"),
    "words_days": ("where it is not noted that the words were said", "after {days}, and again as often"),
    "no_date_days": ("where no date has been agreed", "after {days}, and again as often"),
    "no_reply_days": ("where no reply is noted and no date says by when", "after {days}, and again as often"),
    "form_days": ("where a form is due and was not sent", "after {days}, and again as often"),
    "acknowledged_days": ("where the form was sent and not acknowledged", "after {days}, and again as often"),
    "file_days": ("where it is resolved and not filed on the child’s record", "after {days}, and again as often"),
    "draft_days": ("where a conversation was put aside or left", "after {days}, and again as often"),
}
"""By key: what people are reminded of, and when."""


def nudges(policy: Policy) -> Iterator[str]:
    said = policy.nudges
    yield (
        f"On working days from {said.opens} until {said.closes} ({policy.clock.zone}), and never in the night, whoever"
        " owes the next move is reminded on the last day itself, and:"
    )
    yield from (f"  - {what}: {when(key, getattr(said, key))}" for key, (what, _) in NUDGED.items())
    yield f"The weekly digest is posted in the channel {policy.channel} on {posted(policy)}."


def when(key: str, n: int) -> str:
    """When people are reminded, where these days stand under this key."""
    every = days(n).removeprefix("1 ")
    return NUDGED[key][1].format(days=days(n), every=every) if n else "never"


def posted(policy: Policy) -> str:
    return f"{policy.digest.day.capitalize()}s at {policy.digest.at}; where that is no working day, on the next one"
