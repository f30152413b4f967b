"""Looks in Slack for what was said before, by the metadata that it carries.

A reply may stand in another place than it was meant for: where its thread was deleted, in the channel itself, or under
the message with which the thread goes on. Metadata can be read by whoever is in the workspace, so it holds a delivery's
key and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.chat.slack.calling import Answer, Errand, Gone

Parts = dict[tuple[str, int], str]
"""The key of a delivery, and which part of it -> the ts of the message that says that part."""

EVENT = "escalation_delivery"
PAGE = 200
NOTHING: Mapping[str, str] = MappingProxyType({})
SKEW = timedelta(minutes=10)
"""So far apart our clock and Slack's are at most; beyond five minutes Slack's requests are not believed anyway."""


INSTEAD, GOES_ON, BEFORE = "instead_of", "goes_on_from", "before"
"""What a message may say of another one, by its ts: that it shows in its stead what was to be changed there; that the
thread which that one began goes on with it; that what was too long for it stands there, before it."""
PART_OF = "part_of"


class Place(NamedTuple):
    """Where a message stands; its id is "<channel>/<ts>", and of a reply "<channel>/<ts>/<ts of the thread>".

    `before`, a fourth part of the id: what was too long for it and stands in messages of its own, by their ts.
    """

    channel: str
    ts: str
    thread: str = ""
    before: str = ""

    @classmethod
    def read(cls, message_id: str) -> Place:
        channel, ts, thread, before, *_ = [*message_id.split("/"), "", "", ""]
        return cls(channel, ts, thread, before)

    @classmethod
    def of(cls, channel: str, message: Answer) -> Place:
        """Where this message of the channel stands, as Slack describes it."""
        thread = message.get("thread_ts", "")
        before = str(_payload(message).get(BEFORE, ""))
        return cls(channel, message["ts"], "" if thread == message["ts"] else thread, before)

    @property
    def id(self) -> str:
        return "/".join(self).rstrip("/")


def metadata(key: str, of_another: Mapping[str, str] = NOTHING) -> Answer:
    """What a message carries: the key of its delivery, and what it is to a message that is gone."""
    return {"event_type": EVENT, "event_payload": {"key": key, **of_another}}


def metadata_of_part(key: str, number: int) -> Answer:
    """What a message carries that stands before the one with the key, as all of it was too long for one."""
    return {"event_type": EVENT, "event_payload": {PART_OF: key, "number": number}}


def find_in_channel(errand: Errand, channel: str, key: str, since: datetime | None, parts: Parts) -> str:
    """The id of what was said in a channel itself, or in direct messages, under this key; "" if nothing was, or only
    `parts` of it."""
    return _with_key(channel, _noting(parts, key, _history(errand, channel, _ts(since))), key)


def find_reply(errand: Errand, root: Place, key: str, since: datetime | None, parts: Parts) -> str:
    """The id of what was said in this thread, or in its stead, under this key; "" if nothing was, or only `parts`."""
    try:
        return _with_key(root.channel, _noting(parts, key, _thread(errand, root, _ts(since))), key)
    except Gone:
        pass
    instead: list[Place] = []
    for message in _history(errand, root.channel, root.ts):
        if _payload(message).get("key") == key:
            return Place.of(root.channel, message).id
        if root.ts in {_payload(message).get(INSTEAD), _payload(message).get(GOES_ON)}:
            instead.append(Place.of(root.channel, message))
    found = (_with_key(root.channel, _thread(errand, place, _ts(since)), key) for place in instead)
    return next((each for each in found if each), "")


def find_stand_in(errand: Errand, gone: Place) -> Place | None:
    """What was last said in the stead of a message that is gone or cannot be changed."""
    found = [each for each in _beside(errand, gone) if _payload(each).get(INSTEAD) == gone.ts]
    return Place.of(gone.channel, max(found, key=lambda each: float(each["ts"]))) if found else None


def _beside(errand: Errand, gone: Place) -> Iterator[Answer]:
    """Where it would be: in its thread, and where that is gone too, in the channel."""
    if gone.thread:
        with suppress(Gone):
            yield from _thread(errand, Place(gone.channel, gone.thread), gone.ts)
    yield from _history(errand, gone.channel, gone.ts)


def find_anew(errand: Errand, gone: Place, key: str) -> str:
    """The id of what was said under this key where that one stood; "" if nothing was."""
    return _with_key(gone.channel, _beside(errand, gone), key)


def _noting(parts: Parts, key: str, messages: Iterator[Answer]) -> Iterator[Answer]:
    for message in messages:
        if _payload(message).get(PART_OF) == key:
            parts[key, int(_payload(message)["number"])] = message["ts"]
        yield message


def _with_key(channel: str, messages: Iterator[Answer], key: str) -> str:
    return next((Place.of(channel, each).id for each in messages if _payload(each).get("key") == key), "")


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
