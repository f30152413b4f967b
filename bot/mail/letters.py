"""What every transport makes of a letter: who may get it, what stands on its outside, its words and its message id.

Rule 1: what could carry a header of its own, or go to somebody whom the policy does not allow, never leaves.
Rule 2: no sentence names an address, a subject or anything else that somebody may have typed.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from bot.errors import InvalidAnswer, Refused
from bot.fields import clean, read_email
from bot.ports import Attachment, Letter
from bot.words import Words

WRITTEN = SMTP.clone(cte_type="7bit")
"""Lines that every mail server passes on as they are."""


Marks = Callable[[str], tuple[str, ...]]
"""By what letters of this key are known outside, which nobody else can make up: with the first one they are sent; with
the others they were."""


def unmarked(_: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Envelope:
    """What all letters of a deployment have on their outside: who sends them, what tells its mail system to encrypt
    them, and by what they are known where they come back."""

    sender: str
    subject_prefix: str = ""
    header: tuple[str, str] | None = None
    marks: Marks = unmarked


@dataclass(frozen=True)
class Addressed:
    """A letter that may leave."""

    name: str
    """Of its own, made of its key: it tells nothing of what the key says. Whoever knows the key can make it too."""
    mark: str
    """"" where there is none."""
    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    body: str
    attachments: tuple[Attachment, ...]


def name_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def message_id(key: str, sender: str) -> str:
    """The same for the same letter, so that somebody can look for it."""
    return f"<{name_of(key)}@{sender.rpartition('@')[2]}>"


def addressed(letter: Letter, envelope: Envelope, words: Words, *, leaves: bool = True) -> Addressed:
    """The letter, if it may leave; else Refused. Where nothing `leaves`, its policy may be silent."""
    if not letter.to:
        raise Refused(words("mail.unaddressed"))
    to = tuple(dict.fromkeys(_address(to, words) for to in letter.to))
    _check_domains(to, letter.domains, words, leaves=leaves)
    subject = " ".join(part for part in (envelope.subject_prefix, letter.subject) if part)
    for attachment in letter.attachments:
        _line(attachment.name, words)
        _line(attachment.media_type, words)
    return Addressed(
        name=name_of(letter.key),
        mark=next(iter(envelope.marks(letter.key)), ""),
        message_id=message_id(letter.key, envelope.sender),
        sender=_address(envelope.sender, words),
        to=to,
        subject=_line(subject, words),
        headers=(envelope.header,) if envelope.header else (),
        body=_body(letter, words),
        attachments=letter.attachments,
    )


def as_mail(letter: Addressed, now: datetime) -> EmailMessage:
    """As it is written in a file, or said to a mail server."""
    message = EmailMessage(policy=WRITTEN)
    message["From"] = letter.sender
    message["To"] = ", ".join(letter.to)
    message["Subject"] = letter.subject
    message["Date"] = now
    message["Message-ID"] = letter.message_id
    # Absence notes and other robots are not to answer it.
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers:
        message[name] = value
    message.set_content(letter.body)
    for attachment in letter.attachments:
        maintype, _, subtype = attachment.media_type.partition("/")
        message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name)
    if message.is_multipart():
        # By default it is drawn by lot; the same letter is to be the same file.
        message.set_boundary(letter.name)
    return message


def _check_domains(to: tuple[str, ...], domains: tuple[str, ...], words: Words, *, leaves: bool) -> None:
    """Only exactly these: what is below one of them is another."""
    if not domains:
        if leaves:
            raise Refused(words("mail.no_domains"))
        return
    known = {domain.lower() for domain in domains}
    outside = [number for number, each in enumerate(to, 1) if each.rpartition("@")[2].lower() not in known]
    if outside:
        raise Refused(words("mail.outside", which=which(outside, len(to), words), domains=", ".join(sorted(known))))


def which(numbers: list[int], of: int, words: Words) -> str:
    """Recipients by their place in the list, since their addresses may have been typed."""
    if of == 1:
        return words("mail.the_recipient")
    return words("mail.recipients", which=", ".join(map(str, numbers)), of=of)


def _address(text: str, words: Words) -> str:
    try:
        return read_email(_line(text, words))
    except InvalidAnswer:
        raise Refused(words("mail.no_address")) from None


def _line(text: str, words: Words) -> str:
    """The text, if it can stand in one line of a mail's head; a line break there would begin a new header."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise Refused(words("mail.broken_line"))
    return text


def _body(letter: Letter, words: Words) -> str:
    posted = [words("mail.to_be_posted"), "\n".join(letter.by_post)] if letter.by_post else []
    return "\n\n".join([clean(part) for part in (*posted, letter.body)]) + "\n"
