"""Rows of the table `conversations`: what somebody is asked, and what they have answered so far, sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from bot.escalation import Conversation
from bot.store.keeping import keep
from bot.store.prepared import Prepared
from bot.store.tables import conversations
from bot.store.vault import Vault, of_conversation

# Made once: that takes longer than asking.
_OF_PERSON = Prepared(
    select(conversations).where(conversations.c.person == bindparam("person")).order_by(conversations.c.number)
)
_ONE = Prepared(delete(conversations).where(conversations.c.id == bindparam("this")))


class Conversations:
    """Those of one transaction. What it has read of somebody it knows until it changes something: nobody else can."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._known: dict[str, Sequence[Row[Any]]] = {}

    def of(self, person: str, *, saved: bool) -> list[Conversation]:
        if person not in self._known:
            self._known[person] = _OF_PERSON.rows(self._connection, {"person": person})
        return [self._opened(row) for row in self._known[person] if row.saved is saved]

    def _opened(self, row: Row[Any]) -> Conversation:
        owner = of_conversation(row.id)
        return Conversation(
            id=row.id,
            person=row.person,
            flow=row.flow,
            about=row.about,
            started=row.started,
            policy_version=row.policy_version,
            answers=self._vault.open(owner, "answers", row.sealed_answers),
            editing=row.editing,
            pending=self._vault.open(owner, "pending", row.sealed_pending),
            proposed=self._vault.open(owner, "proposed", row.sealed_proposed) if row.sealed_proposed else {},
            message=row.message,
            turn=row.turn,
            saved=row.saved,
            seed=row.seed,
        )

    def keep(self, conversation: Conversation) -> None:
        owner, proposed = of_conversation(conversation.id), dict(conversation.proposed)
        row = {
            "id": conversation.id,
            "person": conversation.person,
            "flow": conversation.flow,
            "about": conversation.about,
            "started": conversation.started,
            "policy_version": conversation.policy_version,
            "sealed_answers": self._vault.seal(owner, "answers", dict(conversation.answers)),
            "editing": conversation.editing,
            "sealed_pending": self._vault.seal(owner, "pending", dict(conversation.pending)),
            "sealed_proposed": self._vault.seal(owner, "proposed", proposed) if proposed else None,
            "message": conversation.message,
            "turn": conversation.turn,
            "saved": conversation.saved,
            "seed": dict(conversation.seed),
        }
        self._known.clear()
        keep(self._connection, conversations, "id", row)

    def drop(self, conversation_id: str) -> None:
        self._known.clear()
        _ONE.do(self._connection, {"this": conversation_id})
        self._vault.destroy(of_conversation(conversation_id))
