"""Looks in Slack for what was said before, by the metadata that it carries.

A reply may stand in another place than it was meant for: where its thread was deleted, in the channel itself or under
a message that stands in for the thread's first one. Metadata can be read by whoever is in the workspace, so it holds a
delivery's key and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bot.chat.slack.calling import Answer, Errand, Gone

EVENT = "escalation_delivery"
PAGE = 200
SKEW = timedelta(minutes=10)
"""So far apart our clock and Slack's are at most; beyond five minutes Slack's requests are not believed anyway."""


class Place(NamedTuple):
    """Where a message stands; its id is "<channel>/<ts>"."""

    channel: str
    ts: str

    @classmethod
    def read(cls, message_id: str) -> Place:
        channel, _, ts = message_id.partition("/")
        return cls(channel, ts)

    @property
    def id(self) -> str:
        return f"{self.channel}/{self.ts}"


def metadata(key: str, instead_of: str = "") -> Answer:
    """What a message carries: the key of its delivery, and the ts of a deleted message that it stands in for."""
    payload = {"key": key} | ({"instead_of": instead_of} if instead_of else {})
    return {"event_type": EVENT, "event_payload": payload}


def find_in_channel(errand: Errand, channel: str, key: str, since: datetime | None) -> str:
    """The id of what was said in a channel itself, or in direct messages, under this key; "" if nothing was."""
    return _with_key(channel, _history(errand, channel, _ts(since)), key)


def find_reply(errand: Errand, root: Place, key: str, since: datetime | None) -> str:
    """The id of what was said in this thread, or in its stead, under this key; "" if nothing was."""
    try:
        return _with_key(root.channel, _thread(errand, root, _ts(since)), key)
    except Gone:
        pass
    instead: list[Place] = []
    for message in _history(errand, root.channel, root.ts):
        if _payload(message).get("key") == key:
            return Place(root.channel, message["ts"]).id
        if _payload(message).get("instead_of") == root.ts:
            instead.append(Place(root.channel, message["ts"]))
    found = (_with_key(root.channel, _thread(errand, place, _ts(since)), key) for place in instead)
    return next((each for each in found if each), "")


def find_stand_in(errand: Errand, gone: Place) -> Place | None:
    """What was last said in the stead of a message that is gone."""
    for message in _history(errand, gone.channel, gone.ts):
        if _payload(message).get("instead_of") == gone.ts:
            return Place(gone.channel, message["ts"])
    return None


def _with_key(channel: str, messages: Iterator[Answer], key: str) -> str:
    return next((Place(channel, each["ts"]).id for each in messages if _payload(each).get("key") == key), "")


def _payload(message: Answer) -> dict[str, Any]:
    told = message.get("metadata") or {}
    return told.get("event_payload") or {} if told.get("event_type") == EVENT else {}


def _history(errand: Errand, channel: str, oldest: str) -> Iterator[Answer]:
    return _pages(errand, "conversations.history", channel=channel, oldest=oldest)


def _thread(errand: Errand, root: Place, oldest: str) -> Iterator[Answer]:
    return _pages(errand, "conversations.replies", channel=root.channel, ts=root.ts, oldest=oldest)


def _pages(errand: Errand, method: str, **wanted: str) -> Iterator[Answer]:
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = errand.ask(method, **wanted, **more, limit=PAGE, include_all_metadata=True)
        yield from answer["messages"]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _ts(since: datetime | None) -> str:
    return f"{(since - SKEW).timestamp():.6f}" if since is not None else "0"
