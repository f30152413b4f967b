"""Microsoft Teams as the settings reach it: for the bot, and for whoever asks whether the bot could."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import ExitStack

import httpx

from bot.chat.teams.addresses import Addresses
from bot.chat.teams.calling import Connector
from bot.chat.teams.people import Profiles
from bot.chat.teams.references import References
from bot.chat.teams.tenant import Tenant
from bot.chat.teams.verifying import Keys
from bot.config import proxy_of
from bot.entra import Application, Proof, Tokens
from bot.teams_settings import TeamsAccess
from bot.wiring.entra import login_over, proof_of, silence
from bot.wiring.mail import trusting
from bot.words import Words

CERTIFICATE = "ESCALATION_BOT_TEAMS_CERTIFICATE"


class Reached:
    """Nothing is asked of Microsoft by this alone. `references.store` is given before anything is. Raises ConfigError
    where there is no proof of who the bot is that could be used."""

    def __init__(
        self,
        access: TeamsAccess,
        words: Words,
        limited: Callable[[str], None] = lambda _: None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        """`trusted` are the authorities that are believed, those that this computer knows if it is None."""
        silence()
        self._stack, self._trusted = ExitStack(), trusted or trusting(None)
        self.access, self.words = access, words
        self.tenant = Tenant(access.tenant, access.app, access.channels)
        self.addresses = Addresses(access.service_urls)
        self.references = References()
        self.proof = proof_of(access.proof, access.value, CERTIFICATE)
        self.tokens = self._logged_in(self.proof)
        self.connector = Connector(
            self._client(access.service_urls[0]), self.tokens, self.addresses, words, limited,
            self.references.newest_address,
        )  # fmt: skip

    def _client(self, url: str) -> httpx.Client:
        return self._stack.enter_context(
            httpx.Client(verify=self._trusted, proxy=proxy_of(url) or None, trust_env=False)
        )

    def _logged_in(self, proof: Proof) -> Tokens:
        access = self.access
        application = Application(access.tenant, access.app, proof, access.authority)
        login = login_over(proof, access.authority, self._trusted, self._stack)
        return Tokens(application, access.resource, login, self.words)

    def keys(self) -> Keys:
        """Those with which Microsoft signs what Teams tells."""
        return Keys(self.access.openid_metadata, self._client(self.access.openid_metadata))

    def profiles(self) -> Profiles:
        return Profiles(self.connector, self.tenant, self.references)

    def close(self) -> None:
        self._stack.close()
