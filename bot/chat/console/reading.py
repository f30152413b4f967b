"""Reads what the page sends as `ports.Heard`. Nothing of it is trusted to be what the page would send."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from bot.chat import adaptive_cards
from bot.chat.block_kit import given, pressed
from bot.chat.console.chat import ConsoleChat
from bot.errors import EscalationBotError
from bot.ports import Command, Heard, Person, Pressed, Typed


class Unreadable(EscalationBotError):
    """The page sent something that the console cannot read."""


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request; raises Unreadable for anything else."""
    try:
        body = json.loads(await request.body())
    except ValueError as error:  # includes text that is not UTF-8
        raise Unreadable("The page sent something that is not JSON. Please load the page again.") from error
    if not isinstance(body, dict):
        raise Unreadable("The page sent something that the console cannot read. Please load the page again.")
    return body


def text_of(body: Mapping[str, Any], key: str) -> str:
    """The text under a key; "" if there is none."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class Reader:
    """Knows who the people are, and which escalation a thread belongs to."""

    people: Sequence[Person]
    chat: ConsoleChat

    def person(self, person_id: str) -> Person:
        for person in self.people:
            if person.id == person_id:
                return person
        raise Unreadable(f"“{person_id}” is not one of the people of the demonstration. Please load the page again.")

    def heard(self, body: Mapping[str, Any]) -> tuple[Heard, str, str]:
        """What was heard, the text to show as said by the person, and the thread's first message."""
        event, person = text_of(body, "event"), self.person(text_of(body, "person")).id
        root = str(body.get("root") or "")
        thread = self.chat.reference_of_thread(root) if root else ""
        what = body.get("what")
        if not event or not isinstance(what, dict):
            raise Unreadable("The page sent something without saying what it is. Please load the page again.")
        match what.get("kind"):
            case "command":
                word, text = text_of(what, "word"), text_of(what, "text")
                return Heard(event, person, Command(word, text), thread), f"/{word} {text}".strip(), root
            case "typed":
                text, shown = text_of(what, "text"), text_of(what, "shown") or text_of(what, "text")
                return Heard(event, person, Typed(text), thread), shown, root
            case "pressed":
                values = what.get("values")
                action, value = pressed(text_of(what, "action_id"))
                held = given(values if isinstance(values, dict) else {})
                return (
                    Heard(event, person, Pressed(action, value, held, text_of(what, "message")), thread),
                    "",
                    root,
                )
            case "executed":
                sent = what.get("value")
                press = adaptive_cards.pressed(sent if isinstance(sent, dict) else {})
                return Heard(event, person, press, thread), "", root
            case kind:
                raise Unreadable(f"The console does not know “{kind}”. Please load the page again.")
