"""Where the bot is in Teams, and which bot it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.teams.ids import object_id_of, person_of, platform_of


@dataclass(frozen=True)
class Tenant:
    """An organisation as Microsoft Entra knows it, by its id; `app` is the id of the bot's app there. `channels` are
    the ids of channels that a policy calls by a name."""

    id: str
    app: str
    channels: Mapping[str, str] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        """What the ids of its people begin with."""
        return platform_of(self.id)

    @property
    def bot(self) -> str:
        """How Teams calls the bot."""
        return f"28:{self.app}"

    def person(self, object_id: str) -> str:
        """The id under which the bot knows somebody of it."""
        return person_of(self.id, object_id)

    def object_id(self, person: str) -> str:
        """Nothing for whoever is not of it."""
        return object_id_of(person, self.id)
