"""A letter as Microsoft Graph takes it: a message, its files, and the property by which it is found again."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from bot.errors import Refused
from bot.mail.letters import Addressed
from bot.ports import Attachment
from bot.words import Words

PROPERTY = "String {5b1f6b0e-9d0c-4f0e-8a3c-6f1d9d1c2e47} Name EscalationBotLetter"
"""Of each letter of ours in the mailbox: its name. The number is ours and stays as it is."""
HEADER = "x-escalation-bot-letter"
"""What comes back is known by: the mark of the letter, never its name, which anybody can make who knows its number."""
QUIET = ("X-Auto-Response-Suppress", "OOF, AutoReply")
"""Absence notes and other robots are not to answer; what could not be delivered still comes back."""
MEGABYTE = 1024 * 1024
IN_ONE_CALL = 2 * MEGABYTE + MEGABYTE // 2
"""So much of files fits into a call of at most 4 MB, in which they are a third longer."""
MOST = 25 * MEGABYTE
"""A mailbox takes 35 MB if nobody has changed that, in which files are a third longer."""


def size(letter: Addressed) -> int:
    return sum(len(attachment.content) for attachment in letter.attachments)


def check_size(letter: Addressed, most: int, words: Words) -> None:
    if size(letter) > most:
        raise Refused(words("graph.too_large"))


def message(letter: Addressed, *, files: bool) -> dict[str, Any]:
    """What is sent; with its files where they fit into one call."""
    mark = ((HEADER, letter.mark),) if letter.mark else ()
    headers = (*mark, QUIET, *letter.headers)
    made: dict[str, Any] = {
        "subject": letter.subject,
        "body": {"contentType": "text", "content": letter.body},
        "toRecipients": [{"emailAddress": {"address": to}} for to in letter.to],
        "internetMessageHeaders": [{"name": name, "value": value} for name, value in headers],
    }
    if files:
        made["attachments"] = [file(attachment) for attachment in letter.attachments]
    return made


def draft(letter: Addressed) -> dict[str, Any]:
    """The same, to be found again by its property."""
    made = message(letter, files=size(letter) <= IN_ONE_CALL)
    return made | {"singleValueExtendedProperties": [{"id": PROPERTY, "value": letter.name}]}


def file(attachment: Attachment) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": attachment.name,
        "contentType": attachment.media_type,
        "contentBytes": base64.b64encode(attachment.content).decode(),
    }


def large_file(attachment: Attachment) -> dict[str, Any]:
    """What an address to upload it to is asked for with."""
    item = {"attachmentType": "file", "name": attachment.name, "size": len(attachment.content)}
    return {"AttachmentItem": item | {"contentType": attachment.media_type}}


def looked_for(name: str) -> dict[str, str]:
    """The letter of this name, in whichever folder it is."""
    return {
        "$filter": f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{name}')",
        "$select": "id,isDraft,internetMessageId,createdDateTime,lastModifiedDateTime,subject,body,"
        "toRecipients,ccRecipients,bccRecipients",
        "$top": "50",
    }


def is_as_written(found: Mapping[str, Any], letter: Addressed) -> bool:
    """Whether nobody has changed in the mailbox who gets it, or what stands above it."""
    return (
        _addresses(found, "toRecipients") == sorted(to.lower() for to in letter.to)
        and not _addresses(found, "ccRecipients")
        and not _addresses(found, "bccRecipients")
        and found.get("subject") == letter.subject
    )


def has_body_of(found: Mapping[str, Any], letter: Addressed) -> bool:
    """Whether nobody has changed its words; a mailbox may keep lines and spaces in its own way."""
    return str((found.get("body") or {}).get("content", "")).split() == letter.body.split()


def _addresses(found: Mapping[str, Any], which: str) -> list[str]:
    return sorted(str(each["emailAddress"]["address"]).lower() for each in found.get(which) or ())
