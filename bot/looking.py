"""The world around an escalation at one moment, for what nobody asked for: what is made, looked at again, looked after.

Rule: what is put together here is told to nobody but through `access`, by whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import access
from bot.calendars import Calendar
from bot.flows.context import Context
from bot.people import Directory, Person
from bot.policies import Policies
from bot.ports import Transaction
from bot.words import Words as Catalogue


def world(
    tx: Transaction,
    words: Catalogue,
    policies: Policies,
    calendars: Mapping[str, Calendar],
    reference: str,
    now: datetime,
    *,
    reader: str = "",
    people: Mapping[str, Person] | None = None,
) -> Context | None:
    """As the raiser of this escalation may see it, or as this reader may; None where there is none. It is looked at
    within the transaction only.

    A raiser whom the directory has lost silences nobody else: somebody without a name stands in their place.
    """
    escalation = access.as_the_bot(tx.escalation(reference))
    if escalation is None:
        return None
    if people is None:
        people = Directory(tx.person, tx.people)
    nobody = None if reader else Person(escalation.raiser, "", "", "", "")
    me = people.get(reader or escalation.raiser) or nobody
    if me is None:
        return None
    zone = ZoneInfo(policies.of_escalation(escalation).clock.zone)
    return Context(
        words, now.astimezone(zone).date(), me, policies, calendars, people, escalation,
        tuple(tx.approvals(reference)), now=now, snoozes=tx.snoozes(reference),
    )  # fmt: skip
