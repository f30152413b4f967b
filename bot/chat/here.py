"""People as one platform knows them: whoever an input holds is preselected in it by their account there.

Rule: whoever has no account there is not taken out of the input because of that. It says who is held, and comes back as
left as it was where nobody else is picked.
"""

from __future__ import annotations

from dataclasses import replace

from bot.messages import Entry, Message, Part
from bot.ports import Transaction
from bot.words import Words


def holds_elsewhere(message: Message, platform: str) -> bool:
    """Whether an input of it holds somebody by an id that this platform does not know."""
    return any(_is_elsewhere(part, platform) for part in message.parts)


def held_here(tx: Transaction, message: Message, platform: str, words: Words) -> Message:
    """The message with everybody in its inputs by their id on this platform, or with a word of who they are."""
    return replace(message, parts=tuple(_here(tx, part, platform, words) for part in message.parts))


def _here(tx: Transaction, part: Part, platform: str, words: Words) -> Part:
    if not isinstance(part, Entry) or not _is_elsewhere(part, platform):
        return part
    account = tx.account(str(part.initial))
    person = tx.person(account.person if account else str(part.initial))
    if person is None:
        return part
    there = [each.id for each in tx.accounts(person.id) if each.id.startswith(f"{platform}:") and not each.gone]
    if there:
        return replace(part, initial=there[0])
    app = platform.partition(":")[0].capitalize()
    return replace(part, hint=words("asking.held_elsewhere", name=person.name, app=app))


def _is_elsewhere(part: Part, platform: str) -> bool:
    held = part.initial if isinstance(part, Entry) and part.widget == "person" else ""
    return bool(platform and held) and not str(held).startswith(f"{platform}:")
