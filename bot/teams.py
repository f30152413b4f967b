"""The partnerships' teams: who is in which stands in the settings, and nowhere else.

Rule: nobody comes into a team, or goes, by anything that people can do in a chat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog

from bot.ports import Person, Store, Transaction

log = structlog.get_logger()

Teams = Mapping[str, str]
"""Person id -> id of the policy in whose partnership's team they are."""


def enrol(store: Store, teams: Teams, known: Iterable[Person] = ()) -> None:
    """Everybody who is in the directory is in the team that the settings say, or in none. `known`: who is there from
    the start, in the team that they came with."""
    with store.transaction() as tx:
        wanted = {each.id: each.partnership for each in known} | by_entry(tx, teams)
        changed = [
            replace(each, partnership=wanted.get(each.id, ""))
            for each in tx.people()
            if each.partnership != wanted.get(each.id, "")
        ]
        for each in changed:
            tx.keep_person(each)
    if changed:
        joined = sum(bool(each.partnership) for each in changed)
        log.warning("partnership teams changed", joined=joined, left=len(changed) - joined)


def by_entry(tx: Transaction, teams: Teams) -> dict[str, str]:
    """The same where somebody is named by another of their ids than the one in the directory, which counts first."""
    return {each.person: teams[each.id] for each in tx.accounts() if each.id in teams} | dict(teams)


def in_team(person: Person, teams: Teams) -> Person:
    """Whoever comes, or comes back, as the settings say."""
    return replace(person, partnership=teams.get(person.id, ""))
