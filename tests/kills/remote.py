"""The bot's side of the far side: a chat and a mailbox behind HTTP, with the errors that a real adapter raises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from bot.errors import CannotTell, TryLater, Unclear
from bot.messages import Message
from bot.ports import Due, Letter


class Remote:
    """Both a chat and a mailer. Safe in several threads."""

    def __init__(self, url: str, gives_up: float) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = httpx.Client(base_url=url, timeout=gives_up, limits=limits)

    def direct(self, key: str, person: str, message: Message) -> str:
        return self._say(key, person, "", message.summary)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        return self._say(key, f"#{channel}", under, message.summary)

    def edit(self, key: str, message_id: str, message: Message) -> str:
        self._say(key, "", message_id, message.summary)
        return message_id

    def send(self, letter: Letter) -> str:
        return self._say(letter.key, "mail", "", letter.subject)

    def find(self, what: Due | str) -> str:
        answer = self._ask("/find", {"key": what if isinstance(what, str) else what.key})
        if answer.status_code == 501:
            raise CannotTell("The far side keeps no list of what was said.")
        return str(answer.json()["id"])

    def link(self, channel: str, message_id: str) -> str:
        return ""

    def _say(self, key: str, place: str, under: str, summary: str) -> str:
        answer = self._ask("/say", {"key": key, "place": place, "under": under, "summary": summary})
        if answer.status_code == 429:
            raise TryLater("The far side is busy.", timedelta(seconds=float(answer.headers["Retry-After"])))
        if answer.status_code == 500:
            raise Unclear("The far side had a fault.")
        return str(answer.json()["id"])

    def _ask(self, path: str, body: dict[str, Any]) -> httpx.Response:
        try:
            return self._client.post(path, json=body)
        except httpx.ConnectError as error:
            raise TryLater("The far side is away.") from error
        except httpx.HTTPError as error:
            raise Unclear("The far side did not answer.") from error
