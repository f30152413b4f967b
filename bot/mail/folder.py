"""Letters as .eml files in a folder, for demonstrations and for places without a mailbox of their own."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from bot.errors import InvalidAnswer, Refused, TryLater
from bot.fields import clean, read_email
from bot.ports import Letter

TO_BE_POSTED = "This copy is for you to print and post. Please send it to:"


class MailFolder:
    """Fulfils `ports.Mailer`: one file for each letter, named after the hash of the letter's key.

    The folder is made if it is missing, for its owner only. `clock` gives the present time with its zone.
    """

    def __init__(self, path: Path, sender: str, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._sender = sender
        self._clock = clock

    def send(self, letter: Letter) -> str:
        """Write the letter and return its Message-ID; a letter whose key is there already is left as it is.

        Raises Refused for a letter that could never go out, and TryLater if the folder cannot be written.
        """
        name = _name(letter.key)
        message = self._message(letter, name)
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (self._path / f"{name}.eml").exists():
                self._write(name, message.as_bytes(policy=SMTP))
        except OSError as error:
            said = f"The mail folder {self._path} cannot be written ({error.strerror})."
            raise TryLater(f"{said} Please make room there, or allow it.") from error
        return str(message["Message-ID"])

    def find(self, key: str) -> str:
        """The Message-ID of the letter that was written under this key; "" if none was."""
        name = _name(key)
        return self._message_id(name) if (self._path / f"{name}.eml").exists() else ""

    def _message_id(self, name: str) -> str:
        return f"<{name}@{_address(self._sender).rpartition('@')[2]}>"

    def _message(self, letter: Letter, name: str) -> EmailMessage:
        if not letter.to:
            raise Refused("This letter names nobody to send it to. Please give at least one e-mail address.")
        sender = _address(self._sender)
        message = EmailMessage(policy=SMTP)
        message["From"] = sender
        message["To"] = ", ".join(_address(to) for to in letter.to)
        message["Subject"] = _header("subject", letter.subject)
        message["Date"] = self._clock()
        message["Message-ID"] = self._message_id(name)
        # Absence notes and other robots are not to answer it.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_body(letter))
        for attachment in letter.attachments:
            maintype, _, subtype = _header("media type", attachment.media_type).partition("/")
            message.add_attachment(
                attachment.content,
                maintype=maintype,
                subtype=subtype,
                filename=_header("file name", attachment.name),
            )
        if message.is_multipart():
            # By default it is drawn by lot; the same letter is to be the same file.
            message.set_boundary(name)
        return message

    def _write(self, name: str, content: bytes) -> None:
        """All of it or nothing, also if the power fails: a letter that is half there would count as sent."""
        unfinished = self._path / f".{name}.tmp"
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path / f"{name}.eml")
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _name(key: str) -> str:
    """Of the file: it tells nothing of what the key says."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def _address(text: str) -> str:
    try:
        return read_email(_header("address", text))
    except InvalidAnswer:
        # "from None": that quotes the address, and a reason is stored and shown as it is.
        raise Refused(
            "The letter cannot be sent: an address of it is not one like name@example.org. Please correct it."
        ) from None


def _header(what: str, text: str) -> str:
    """The text, if it can stand in one line of a mail's head; a line break there would begin a new header."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise Refused(f"The {what} of the letter has a line break or a control character in it. Please take it out.")
    return text


def _body(letter: Letter) -> str:
    posted = [TO_BE_POSTED, "\n".join(letter.by_post)] if letter.by_post else []
    return "\n\n".join([clean(part) for part in (*posted, letter.body)]) + "\n"
