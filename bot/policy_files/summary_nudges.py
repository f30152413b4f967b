"""When people are reminded and when the digest is posted, in plain English: as it is, and what has changed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy import Policy
from bot.policy_files.in_words import days

NUDGED = {
    "before_days": ("before a last day or a target", "{days} ahead"),
    "late_every_days": ("once it is late", "every {every}"),
    "words_days": ("where nobody has noted that the words were said", "after {days}, then every {every}"),
    "no_date_days": ("where no date has been agreed or set", "after {days}, then every {every}"),
    "no_reply_days": ("where no reply has been noted", "after {days}, then every {every}"),
    "form_days": ("where a form is due and was not sent", "after {days}, then every {every}"),
    "acknowledged_days": ("where the form was sent and not acknowledged", "after {days}, then every {every}"),
    "file_days": ("where it is to be filed on the child’s record and was not", "after {days}, then every {every}"),
    "draft_days": ("where a conversation was put aside or left", "after {days}, then every {every}"),
}
"""By key: what people are reminded of, and when."""


def nudges(policy: Policy) -> Iterator[str]:
    said = policy.nudges
    hours = f"on working days from {said.opens} until {said.closes} ({policy.clock.zone}), never in the night"
    yield f"People are reminded {hours}. Whoever owes the next move always is on the last day itself; and besides:"
    yield from (f"  - {what}: {when(key, getattr(said, key))}" for key, (what, _) in NUDGED.items())
    yield "After two weeks they are reminded once a week; of what has ended for a month, of a form until it is sent."
    yield f"What is open, due and overdue is posted in the channel {policy.channel} once a week, {posted(policy)}."


def when(key: str, n: int) -> str:
    """When people are reminded, where these days stand under this key."""
    every = days(n).removeprefix("1 ")
    return NUDGED[key][1].format(days=days(n), every=every) if n else "never"


def posted(policy: Policy) -> str:
    day = policy.digest.day.capitalize()
    return f"on {day} at {policy.digest.at}; where that is no working day, on the next one"
