"""A Microsoft Teams of our own for tests and measurements: tenants, teams and chats, its connector over real HTTP, the
login, the keys with which Microsoft signs, and what Teams sends to bots.

Rule 1: it is never more lenient than Teams. What Teams only advises against is refused here.
Rule 2: where Teams fails silently it does so too: whoever removes the bot, or blocks it, says nothing to anybody.
"""

from tests.teams.fake import Ack, TeamsFake
from tests.teams.faults import broken, dropped, limited, refused, slow
from tests.teams.tenants import Json
from tests.teams.tokens import Keys

__all__ = ["Ack", "Json", "Keys", "TeamsFake", "broken", "dropped", "limited", "refused", "slow"]
