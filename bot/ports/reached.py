"""What has to be kept of a platform that tells it once and cannot be asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Reference:
    """How the bot reaches a place in which it was let in: `place` is a person's id, or a channel's.

    `conversation` is the platform's id of their chat with the bot, or of the channel, without a thread; `bot` is how
    the platform calls the bot there; `since` when it was told so last. `team` is the platform's id of the team whose
    members are those of the channel; "" where that is not known. `account` is how the platform calls the person
    towards this bot, and `version` that of its app which they have; "" where they are not told.
    """

    place: str
    conversation: str
    service_url: str
    tenant: str
    bot: str
    since: datetime
    team: str = ""
    account: str = ""
    version: str = ""
