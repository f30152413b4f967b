"""Ids of people and of messages in Teams, as the bot writes them down.

A person is "teams:<tenant>:<object id>", in small letters: both are ids of Microsoft Entra, which nobody can give
themselves. The ids by which the connector calls people are those of one bot only.
A message is where it stands: see `Place`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PLATFORM = "teams"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHANNEL_ID = re.compile(r"19:[A-Za-z0-9_-]+@thread\.(tacv2|skype)")
UNDER = ";messageid="
"""In the id of a conversation: what follows is the message whose thread it is."""


def platform_of(tenant: str) -> str:
    """What the ids of its people begin with."""
    return f"{PLATFORM}:{tenant.lower()}"


def person_of(tenant: str, object_id: str) -> str:
    """The id under which the bot knows somebody of this tenant."""
    return f"{platform_of(tenant)}:{object_id.lower()}"


def object_id_of(person: str, tenant: str) -> str:
    """Their Entra object id; "" for whoever is no person of this tenant."""
    beginning, _, found = person.rpartition(":")
    return found if beginning == platform_of(tenant) and GUID.fullmatch(found) else ""


def is_channel(conversation: str) -> bool:
    """Whether this is the id of a channel, without a thread."""
    return CHANNEL_ID.fullmatch(conversation) is not None


class Place(NamedTuple):
    """Where a message stands; its id is "<conversation>/<activity>", and of a reply in a channel's thread
    "<conversation>/<activity>/<the thread's first activity>".

    `before`, a fourth part of the id: what was too long for it and stands in messages of its own, by their activities.
    """

    conversation: str
    """A channel or personal chat, without a thread."""
    activity: str
    thread: str = ""
    before: str = ""

    @classmethod
    def read(cls, message_id: str) -> Place:
        conversation, activity, thread, before, *_ = [*message_id.split("/"), "", "", ""]
        return cls(conversation, activity, thread, before)

    @classmethod
    def of(cls, conversation: str, activity: str) -> Place:
        """Where Teams says that it stands: there a thread is part of the conversation's id, also for its first."""
        room, _, thread = conversation.partition(UNDER)
        return cls(room, activity, "" if thread == activity else thread)

    @property
    def id(self) -> str:
        return "/".join(self).rstrip("/")

    @property
    def root(self) -> Place:
        """The first message of its thread, which may be itself."""
        return Place(self.conversation, self.thread or self.activity)


def in_thread(conversation: str, first: str) -> str:
    """How Teams calls the thread that begins with this activity of a channel; the conversation itself with ""."""
    return f"{conversation}{UNDER}{first}" if first else conversation
