"""Deliveries that were given up or are held: who is told, and what a person decides about them.

Rule 1: whoever is told reads what could not be said of which escalation, and why; never what it was to say.
Rule 2: a delivery is begun again, or said to have arrived, by a person only, once, and the history says by whom.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from bot.dates import in_words
from bot.decisions.keeping import keep
from bot.decisions.sending import check_not_replaced, letter_begun_again, letter_given_up, letter_in_doubt, letter_left
from bot.escalation import Entry
from bot.flows.context import Context
from bot.flows.hours import HOME
from bot.messages import Button, Buttons, Message, Part, Words
from bot.ports import Delivery, Due, Transaction
from bot.sent_letters import settled
from bot.words import Words as Catalogue

CHANNEL = re.compile(r"[^:]+")
"""Places that are no person's."""
TROUBLE = "trouble"
"""Stands in what a message to whoever can mend it is about: the key of the delivery."""


def tell_of_trouble(
    tx: Transaction,
    c: Context | None,
    words: Catalogue,
    due: Due,
    reason: str,
    *,
    held: bool,
    unreachable: str = "",
    administrators: Collection[str] = (),
    now: datetime,
    documents: Mapping[str, str],
) -> None:
    """Somebody is told that this was given up or is held. `unreachable`: whoever was told before, in vain.

    `documents` are the digests of what a letter holds that may have arrived.
    """
    if due.kind == "letter" and not due.made and not held and not unreachable and c is not None:
        given_up = letter_given_up(c, _number(due), reason, now)
        keep(tx, c, given_up)
        tx.add_deliveries(given_up.deliveries)
        return
    if documents and not unreachable and c is not None:
        keep(tx, c, letter_in_doubt(c, _number(due), documents, reason, now))
    if due.kind in {"thread", "edit"} and due.reference and CHANNEL.fullmatch(due.place) and not (held or unreachable):
        # Whoever leads it can seldom mend a channel.
        text = words("given_up.closed", day=in_words(_today(now)), place=due.place, reason=reason)
        tx.add_deliveries(_once_a_day(words, "closed", text, administrators, now))
    raiser = c.escalation.raiser if c else ""
    for person in _who(due, raiser, unreachable, administrators):
        message = _message(c, words, due, reason, held=held, to_raiser=person == raiser)
        key, about = _free_key(tx, due, person), {TROUBLE: due.key}
        tx.add_deliveries([Delivery(key, "direct", person, message, reference=due.reference, about=about)])


def tell_that_it_is_shut(
    words: Catalogue, reason: str, administrators: Collection[str], now: datetime
) -> list[Delivery]:
    """What those who look after the bot are told about a remote that does not let it do its work."""
    text = words("given_up.shut", day=in_words(_today(now)), reason=reason)
    return _once_a_day(words, "shut", text, administrators, now)


def tell_of_a_place(words: Catalogue, reason: str, administrators: Collection[str], now: datetime) -> list[Delivery]:
    """What those who look after the bot are told about a place on a platform from which it was shown out."""
    text = words("given_up.place", day=in_words(_today(now)), reason=reason)
    return _once_a_day(words, "place", text, administrators, now)


def _once_a_day(
    words: Catalogue, what: str, text: str, administrators: Collection[str], now: datetime
) -> list[Delivery]:
    """It may itself be said only once that is mended, so it tells of which day it speaks."""
    which = f"{_today(now).isoformat()}/{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    message = Message(words("given_up.mend"), (Words(text, "warning"),))
    return [
        Delivery(f"{what}/{which}/{person}", "direct", person, message, about={"audit": what})
        for person in administrators
    ]


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(HOME)).date()


def tell_that_a_letter_waits(words: Catalogue, due: Due, reason: str, raiser: str) -> list[Delivery]:
    """Whoever counts on it learns, once, that it has not left yet; it leaves as soon as it can."""
    person = due.about.get("person") or raiser
    if not person:
        return []
    text = words("given_up.waits", reference=due.reference, reason=reason)
    message = Message(words("given_up.short", about=due.reference), (Words(text, "warning"),))
    return [Delivery(f"{due.key}/waits", "direct", person, message, reference=due.reference)]


def _who(due: Due, raiser: str, unreachable: str, administrators: Collection[str]) -> list[str]:
    """The raiser, who leads it; those who look after the bot where there is none or they cannot be reached.

    What a conversation said to its person, or was to say about a draft, concerns nobody else; an alarm comes again.
    """
    if due.made == "file":
        return [] if unreachable else [due.about["person"]]
    if due.made == "draft" or "audit" in due.about or not (due.reference or due.made == "digest"):
        return []
    if unreachable and unreachable != raiser:
        return [raiser] if raiser and unreachable not in administrators else []
    if raiser and not unreachable:
        return [raiser]
    return [each for each in dict.fromkeys(administrators) if each != unreachable]


def _message(c: Context | None, words: Catalogue, due: Due, reason: str, *, held: bool, to_raiser: bool) -> Message:
    values = {"reference": due.reference, "reason": reason, "place": _place(words, c, due)}
    name = due.made if due.made in {"digest", "file"} else due.kind if to_raiser else "administrator"
    text = words(f"held.{name}", **values) if held else words(f"given_up.{name}", **values)
    parts: list[Part] = [Words(text, "warning")]
    if due.message and to_raiser:
        # The line that may be read on a locked screen: it tells which message it was, and no content.
        parts.append(Words(words("given_up.says", summary=due.message.summary), "quiet"))
    if due.made != "file":  # whoever asked for a copy may be somebody who decides nothing else: they ask again
        parts.append(Buttons(_buttons(words, due.key, held=held)))
    return Message(_summary(words, due, held=held), tuple(parts))


def _summary(words: Catalogue, due: Due, *, held: bool) -> str:
    """May be read on a locked screen: without an address, which somebody typed, and without what the remote said."""
    about = due.reference or words("digest.short")
    return words("held.short", about=about) if held else words("given_up.short", about=about)


def _place(words: Catalogue, c: Context | None, due: Due) -> str:
    if due.kind == "letter" and not due.made and c is not None:
        return str(c.escalation.fields[f"letter.{_number(due)}"]["to"])
    if due.kind == "direct":
        known = c.people.get(due.to) if c is not None else None
        return known.name if known else words("given_up.somebody")
    return due.place


def _buttons(words: Catalogue, key: str, *, held: bool) -> tuple[Button, ...]:
    if not held:
        return (Button(words("act.try_again"), "try again", key, "primary"),)
    return Button(words("act.arrived"), "arrived", key), Button(words("act.not_arrived"), "try again", key)


def _free_key(tx: Transaction, due: Due, person: str) -> str:
    """Of a message to this person about this delivery: it may have been in trouble before."""
    keys = (f"{due.key}/given-up/{number}/{person}" for number in count(1))
    return next(key for key in keys if tx.delivery(key) is None)


# ── what a person decides ────────────────────────────────────────────────────────────────────────────────


def begin_again(tx: Transaction, c: Context | None, key: str, by: str, now: datetime) -> bool:
    """Begin a delivery again that was given up, or has not arrived; False if it is neither dead nor held any more.

    `c` is the world of its escalation, None where it belongs to none. Raises NotAllowed for a letter that was sent
    once more since.
    """
    before = tx.delivery(key)
    begun = tx.again(key)
    if before is None or begun is None:
        return False
    if c is not None and begun.kind == "letter" and not begun.made and before.state == "dead":
        done = letter_begun_again(c, _number(begun), key, by, now)
        keep(tx, c, done)
        tx.add_deliveries(done.deliveries)
    else:
        if c is not None and begun.kind == "letter" and not begun.made:
            check_not_replaced(c, _number(begun))
        _note(tx, "delivery begun again", begun, by, now)
    return True


def settle(tx: Transaction, c: Context | None, key: str, by: str, now: datetime) -> bool:
    """A delivery that is held has arrived, as a person says; False if it is not held (any more)."""
    before = tx.delivery(key)
    if before is None or before.state != "held":
        return False
    tx.settle(key, "", now)
    _note(tx, "delivery settled", before, by, now)
    if before.made or before.kind != "letter":
        return True
    if c is not None and not settled(c.escalation.fields[f"letter.{_number(before)}"]):
        documents = c.escalation.fields[f"letter.{_number(before)}"].get("documents")
        done = letter_left(c, _number(before), c.words("letter.no_receipt"), now, documents)
        keep(tx, c, done)
        tx.add_deliveries(done.deliveries)
    return True


def _note(tx: Transaction, what: str, due: Due, by: str, now: datetime) -> None:
    if due.reference:
        tx.add_history([Entry(due.reference, what, by, now, {"delivery": due.key, "kind": due.kind})])


def _number(due: Due) -> str:
    """Of a letter, within its escalation."""
    return due.to.partition("/")[2]
