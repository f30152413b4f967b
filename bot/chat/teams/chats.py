"""People's own chats with the bot: those that Teams has told of, and those that the bot has asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.chat.teams.calling import Errand
from bot.chat.teams.references import References
from bot.chat.teams.tenant import Tenant
from bot.errors import Refused
from bot.ports import Reference
from bot.words import Words

UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when that is known which Teams has not told: before all that it has."""


@dataclass(frozen=True)
class Chats:
    """Those of one tenant."""

    tenant: Tenant
    references: References
    words: Words

    def told(self, person: str) -> Reference | None:
        """What is known already; of another bot, whose settings these were, nothing holds any more."""
        found = self.references.at(person)
        return found if found is not None and found.bot == self.tenant.bot else None

    def opened(self, errand: Errand, person: str, object_id: str) -> Reference:
        """Teams makes it where the bot is installed for them, and says nothing to them by that. Raises Refused."""
        tenant, there = self.tenant, errand.towards(self.references.newest_address())
        told = there.begin(
            "open",
            body={
                "isGroup": False,
                "bot": {"id": tenant.bot},
                "members": [{"id": object_id}],
                "tenantId": tenant.id,
                "channelData": {"tenant": {"id": tenant.id}},
            },
        )
        if not isinstance(chat := told.get("id"), str) or not chat:
            raise Refused(self.words("teams.not_installed"))
        reference = Reference(person, chat, there.address, tenant.id, tenant.bot, UNTOLD)
        self.references.keep(reference)
        return reference
