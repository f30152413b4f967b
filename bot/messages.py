"""What the bot says, before any platform draws it: a message is a tuple of parts.

Rule 1: a part is a handful of plain values; nothing here knows Slack, Teams or HTML.
Rule 2: text is plain. There is no markup in it, so nothing that a person typed can become markup.
Rule 3: a button carries an action and an opaque id, never an answer that could identify a child.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Given = str | Mapping[str, str | Sequence[str]]
"""What a person gave: typed text or a button's value, or inputs by the id of their entry."""

Tone = Literal["plain", "strong", "quiet", "warning", "quote"]
Widget = Literal["line", "paragraph", "email", "date", "radio", "checkboxes", "person"]


@dataclass(frozen=True)
class Heading:
    """The title of a message. At most 150 characters."""

    text: str


@dataclass(frozen=True)
class Words:
    """A paragraph. `quote` is text to copy and send; `quiet` is a note; `warning` must be noticed."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Facts:
    """Labelled values, read in order: ("Stage", "Stage 2")."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Points:
    """A list. `done` is given for a checklist: (text, done or not)."""

    items: tuple[str, ...]
    done: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere, and what follows them in the line. `url` is "" where there is no address."""

    text: str
    url: str
    after: str = ""


@dataclass(frozen=True)
class Links:
    """A list in which each point begins with what leads to more about it."""

    items: tuple[Link, ...]


@dataclass(frozen=True)
class Divider:
    """A line between two things."""


@dataclass(frozen=True)
class Option:
    """One choice: `id` is what comes back, `label` is what is read (any length), `help` a line below it."""

    id: str
    label: str
    help: str = ""


@dataclass(frozen=True)
class Entry:
    """One input. `id` names it in what comes back; `initial` is what it shows at first.

    `initial` is text for line, paragraph, email, date (ISO) and radio (option id), a tuple of option ids
    for checkboxes, and a person id for person.

    An input that could not show what it holds, as it is too long or somebody of another platform, comes back as []
    where it was left empty: it still holds that.
    """

    id: str
    label: str
    widget: Widget
    initial: str | tuple[str, ...] = ""
    options: tuple[Option, ...] = ()
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Button:
    """A press comes back as (action, value) together with what the message's entries hold.

    `value` is an id: never a name, an answer or free text.
    """

    label: str
    action: str
    value: str = ""
    style: Literal["plain", "primary", "danger"] = "plain"


@dataclass(frozen=True)
class Buttons:
    """Buttons in one row or wrapped; their labels are at most 75 characters."""

    buttons: tuple[Button, ...]


Part = Heading | Words | Facts | Points | Links | Divider | Entry | Buttons


@dataclass(frozen=True)
class Message:
    """One message. `summary` is its one-line plain text: notifications and screen readers get it.

    `summary` never carries an answer, nor anything else that somebody typed: it may be read on a locked screen.
    `asks` are the people whose answer it asks for, where others see it too: a platform may show it to them as it stands
    at the moment.
    """

    summary: str
    parts: tuple[Part, ...]
    asks: tuple[str, ...] = ()


def without(message: Message, action: str) -> Message:
    """The message without buttons of this action, for where it cannot be carried out."""
    parts = tuple(
        Buttons(tuple(each for each in part.buttons if each.action != action)) if isinstance(part, Buttons) else part
        for part in message.parts
    )
    return replace(message, parts=parts)


def words_of(message: Message) -> str:
    """Everything a reader of the message sees, as plain text: for tests and fallbacks, never for logs."""
    lines: list[str] = []
    for part in message.parts:
        match part:
            case Heading(text) | Words(text):
                lines.append(text)
            case Facts(rows):
                lines.extend(f"{label}{'' if label.endswith(('?', ':')) else ':'} {value}" for label, value in rows)
            case Points(items, done):
                marks = [("[x] " if tick else "[ ] ") for tick in done] or ["- "] * len(items)
                lines.extend(mark + item for mark, item in zip(marks, items, strict=True))
            case Links(links):
                lines.extend(f"- {link.text}{link.after}" for link in links)
            case Divider():
                lines.append("")
            case Entry(label=label, initial=initial, options=options, hint=hint):
                lines.append(label)
                lines.extend(f"( ) {option.label}" for option in options)
                lines.extend([hint] if hint else [])
                lines.extend([initial] if isinstance(initial, str) and initial else list(initial or ()))
            case Buttons(buttons):
                lines.append(" ".join(f"[{button.label}]" for button in buttons))
    return "\n".join(lines)
