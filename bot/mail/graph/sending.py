"""Letters that are only sent: with the right to send and no other, so nobody but a person can look whether one left."""

from __future__ import annotations

from bot.errors import CannotTell
from bot.mail.graph.calling import Graph
from bot.mail.graph.writing import IN_ONE_CALL, check_size, message
from bot.mail.letters import Envelope, addressed
from bot.ports import Letter
from bot.words import Words


class GraphSender:
    """Fulfils `ports.Mailer`. It needs Mail.Send, for its own mailbox only."""

    def __init__(self, graph: Graph, envelope: Envelope, words: Words) -> None:
        self._graph = graph
        self._envelope = envelope
        self._words = words

    def send(self, letter: Letter) -> str:
        """Send it, and return Microsoft's id of the request, by which it can be traced."""
        ready = addressed(letter, self._envelope, self._words)
        check_size(ready, IN_ONE_CALL, self._words)
        body = {"message": message(ready, files=True), "saveToSentItems": True}
        headers = self._graph.errand().send("/sendMail", json=body)
        return headers.get("request-id") or ready.name

    def find(self, key: str) -> str:
        """Not without the right to read."""
        raise CannotTell(self._words("graph.look_yourself", mailbox=self._graph.mailbox))
