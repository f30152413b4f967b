"""Letters as .eml files in a folder, for demonstrations and for places without a mailbox of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.errors import Shut
from bot.mail.letters import WRITTEN, Envelope, addressed, as_mail, message_id, name_of
from bot.ports import Letter
from bot.words import Words


class MailFolder:
    """Fulfils `ports.Mailer`: one file for each letter, named after the hash of the letter's key.

    The folder is made if it is missing, for its owner only. `clock` gives the present time with its zone.
    """

    def __init__(self, path: Path, envelope: Envelope, words: Words, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._envelope = envelope
        self._words = words
        self._clock = clock

    def send(self, letter: Letter) -> str:
        """Write the letter and return its Message-ID; a letter whose key is there already is left as it is.

        Raises Refused for a letter that could never go out, and Shut if the folder cannot be written.
        """
        ready = addressed(letter, self._envelope, self._words, leaves=False)
        content = as_mail(ready, self._clock()).as_bytes(policy=WRITTEN)
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not (self._path / f"{ready.name}.eml").exists():
                self._write(ready.name, content)
        except OSError as error:
            raise Shut(self._words("mail.folder", folder=self._path, why=error.strerror)) from error
        return ready.message_id

    def find(self, key: str) -> str:
        """The Message-ID of the letter that was written under this key; "" if none was."""
        there = (self._path / f"{name_of(key)}.eml").exists()
        return message_id(key, self._envelope.sender) if there else ""

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
