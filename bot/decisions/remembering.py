"""What people say of themselves is proposed to them the next time; nothing else of what they say is kept for that.

Rule: it stays apart from what their platform says of them, by which they are found and written to: nobody becomes
somebody else by typing a name or a mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.people import Person
from bot.ports import Transaction

OWN = ("name", "role", "agency", "email")


def remember(tx: Transaction, me: Person, said: Mapping[str, str]) -> None:
    """What differs from what their platform knows; and their agency, which few platforms know.

    The directory takes the agency over where it knows none, or knows it from them.
    """
    before, known = tx.own_facts(me.id), me.details()
    own = {part: said[part] for part in OWN if said.get(part) and (part == "agency" or said[part] != known[part])}
    if own == before:
        return
    tx.keep_own_facts(me.id, own)
    if own.get("agency") and me.agency in {"", before.get("agency")}:
        tx.keep_person(replace(me, agency=own["agency"]))
