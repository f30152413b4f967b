"""What goes by way of the raiser: whatever has no mailbox of its own reaches theirs first, to be posted or handed on.

Rule: nothing goes to a mailbox where no copy may go. Whoever has a mailbox of their own gets the form all the same; the
raiser is told to whom they have to give it themselves, and how they get a copy for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.flows.context import Context
from bot.flows.recipients import may_get_copies
from bot.messages import Part, Points, Words

Given = Mapping[str, Any]
"""A recipient, as `recipients` says."""


def shared_out(c: Context, gets_it: Sequence[Given], only: Collection[str]) -> tuple[list[Given], list[Given]]:
    """Who gets it from here, and to whom the raiser has to give it without a copy from here; `only` as `Report` says.

    Where nothing would leave, and nobody has it or notes its posting, it is not sent, and they are not told apart.
    """
    by_mail = [each for each in gets_it if each.get("email")]
    others = [each for each in gets_it if not each.get("email")]
    known = by_mail or any(each.get("address") for each in others) or (only and not _is_handed_over(others))
    return (list(gets_it), []) if may_get_copies(c) or not known else (by_mail, others)


def _is_handed_over(others: Sequence[Given]) -> bool:
    return any(each.get("hand_over") for each in others)


def own_copy(c: Context) -> Words:
    """Where the copy goes that everything has to be made of; or why there is none."""
    if may_get_copies(c):
        return Words(c.words("report.copy_to", email=c.me.email))
    if c.me.email:
        return Words(c.words("report.mailbox_outside", email=c.me.email), "warning")
    return Words(c.words("report.no_mailbox"), "warning")


def without_a_copy(c: Context, by_hand: Sequence[Given], by_mail: Sequence[Given]) -> tuple[Part, ...]:
    """That no copy can be mailed to the raiser, how else they get one, and to whom they have to give it."""
    if not by_hand:
        return ()
    name = "report.copy_outside" if c.me.email else "report.copy_nowhere"
    why = c.words(name, email=c.me.email, reference=c.escalation.reference)
    others = (Words(c.words("report.others_get_theirs")),) if by_mail else ()
    lines = tuple(_by_hand(c, each) for each in by_hand)
    return Words(why, "warning"), *others, Words(c.words("report.yourself"), "strong"), Points(lines)


def _by_hand(c: Context, recipient: Given) -> str:
    if recipient.get("address"):
        return c.words("report.post_yourself", name=recipient["name"], address=", ".join(recipient["address"]))
    return c.words("report.hand_on_yourself", name=recipient["name"])
