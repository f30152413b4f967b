"""The letters of the demonstration: .eml files in a folder, read as a mail program would show them."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True)
class File:
    """An attachment."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One letter. `id` is the name of its file without the ending."""

    id: str
    sender: str
    to: str
    subject: str
    date: str
    body: str
    files: tuple[File, ...]


def ids(folder: Path) -> list[str]:
    """The ids of all letters."""
    return sorted(file.stem for file in folder.glob("*.eml"))


def letters(folder: Path) -> list[Mail]:
    """All letters, newest file first."""
    files = sorted(folder.glob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    return [_read(file) for file in files]


def letter(folder: Path, mail_id: str) -> Mail | None:
    """One letter; None if no file of the folder has that name."""
    # Compared with what is there, so that no name can lead out of the folder.
    return next((_read(file) for file in folder.glob("*.eml") if file.stem == mail_id), None)


def _read(file: Path) -> Mail:
    parsed = message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=email.policy.default)
    body = parsed.get_body(("plain",))
    return Mail(
        file.stem,
        str(parsed.get("From", "")),
        str(parsed.get("To", "")),
        str(parsed.get("Subject", "")),
        str(parsed.get("Date", "")),
        str(body.get_content()) if body else "",
        tuple(_file(n, part) for n, part in enumerate(parsed.iter_attachments())),
    )


def _file(n: int, part: EmailMessage) -> File:
    content = part.get_payload(decode=True)
    name = part.get_filename() or f"attachment-{n + 1}"
    return File(name, part.get_content_type(), content if isinstance(content, bytes) else b"")
