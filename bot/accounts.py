"""One person on several platforms: whoever has the same work mailbox on each is one entry of the directory.

A mailbox counts as the platform itself reports it at that moment, as one that it knows to be theirs: never as somebody
types it, nor as the directory has it, where it may be long somebody else's. Whoever was known first stays who they are;
the other id becomes an account of theirs. Rather two people than one too many:

Rule 1: guests are linked with nobody, nor is anybody where two people of one platform have the mailbox.
Rule 2: two entries of the directory are never made one, whatever mailboxes they have later; and whoever is linked stays
so when their mailbox changes.
Rule 3: nobody is linked with somebody who cannot be reached on any platform that is served now; and whoever is linked
counts as there, and is told something, where they can be.
Rule 4: every link, and its end, stands in the history; and so does the account with which something was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.escalation import Entry
from bot.people import Account, Person, Reach
from bot.ports import Transaction
from bot.teams import Teams, in_team


def platform_of(person_id: str) -> str:
    """What the ids of all people of their platform begin with."""
    return person_id.rpartition(":")[0]


def comes(
    tx: Transaction,
    found: Person,
    teams: Teams,
    now: datetime,
    asked: Mapping[str, Person | None],
    served: Reach,
) -> list[str]:
    """Somebody whom nobody knows comes into the directory: as somebody who is in it already, or as themselves.

    `asked` is what the platforms say now of those who may be the same person; None where they do not tell. Returns the
    ids that have to be asked after first: nothing has happened then.
    """
    who = _same(tx, found, served)
    there = _there_or_as_known(tx, who, served) if who else []
    if unasked := [each for each in there if each not in asked]:
        return unasked
    if who is not None and all(_agree(asked[each], found) for each in there):
        _link(tx, who, found, teams, now)
    else:
        tx.keep_person(in_team(found, teams))
    return []


def _agree(other: Person | None, found: Person) -> bool:
    """Whether both have this mailbox now, as both platforms know."""
    if other is None or other.left or other.guest or not other.email_verified:
        return False
    return other.email.casefold() == found.email.casefold()


def _link(tx: Transaction, who: Person, found: Person, teams: Teams, now: datetime) -> None:
    mailbox = found.email.casefold()
    for each in (who.id, found.id):
        if tx.account(each) is None:
            tx.keep_account(Account(each, who.id, mailbox, now))
    tx.add_history([Entry("", "linked", "bot", now, {"person": who.id, "account": found.id, "mailbox": mailbox})])
    if not who.partnership and teams.get(found.id):
        tx.keep_person(replace(who, partnership=teams[found.id]))


def changes(tx: Transaction, profile: Person, now: datetime, served: Reach) -> Person | None:
    """Somebody is now this on one platform. What they are as a person because of it; None where that is as it was."""
    account = tx.account(profile.id)
    if account is None:
        return profile
    own, parts = account.id == account.person, profile.guest and not profile.left
    others = [each for each in _there(tx, account.person, served) if each != account.id]
    if parts:
        _part(tx, account, now)
    elif profile.left != account.gone:
        tx.keep_account(replace(account, gone=profile.left))
        _note(tx, "account gone" if profile.left else "account back", account, now)
    if own and (parts or not profile.left):
        return profile
    if others if profile.left or parts else account.person in others:
        return None  # they are there all the same; and who they are is what the platform says that knew them first
    return replace(profile, id=account.person, left=profile.left or parts, guest=False)


def gains(tx: Transaction, profile: Person) -> bool:
    """Whether somebody would have more than they have, were it so: they had left and seem back, or were a guest; or
    their mailbox is another one, to which documents may be sent."""
    who = _entry(tx, profile.id)
    if who is None or profile.left:
        return False
    told = bool(who.email and profile.email)  # a platform may tell of somebody without their mailbox
    has_moved = told and who.id == profile.id and who.email.casefold() != profile.email.casefold()
    return has_moved or had_left(tx, profile.id) or (who.guest and not profile.guest)


def had_left(tx: Transaction, person: str) -> bool:
    """Whether nothing is heard from this id of somebody's whom the bot knows."""
    who, account = _entry(tx, person), tx.account(person)
    return who is not None and (who.left or (account is not None and account.gone))


def addresses(tx: Transaction, whom: str, served: Reach) -> list[str]:
    """The ids under which somebody is to be told something, the best first: where they spoke last, unless another id of
    theirs is meant. One at least, be it that nobody can be reached under it."""
    if (account := tx.account(whom)) is None:
        return [whom]
    person, there = account.person, _there(tx, account.person, served)
    meant = [whom] if whom != person else []
    order = dict.fromkeys([*meant, tx.address(person), person, *there])
    return [each for each in order if each in there] or [whom]


def reachable(tx: Transaction, served: Reach) -> list[Person]:
    """Everybody who can be told something now, by name."""
    known: dict[str, list[str]] = {}
    for each in tx.accounts():
        known.setdefault(each.person, []).extend([] if each.gone else [each.id])
    return [each for each in tx.people() if any(one.startswith(served) for one in known.get(each.id) or [each.id])]


def _entry(tx: Transaction, person: str) -> Person | None:
    account = tx.account(person)
    return tx.person(account.person if account else person)


def _there(tx: Transaction, person: str, served: Reach) -> list[str]:
    """The ids of somebody who has several under which they can speak now."""
    return [each.id for each in tx.accounts(person) if not each.gone and each.id.startswith(served)]


def _there_or_as_known(tx: Transaction, who: Person, served: Reach) -> list[str]:
    return _there(tx, who.id, served) or [who.id]


def _same(tx: Transaction, found: Person, served: Reach) -> Person | None:
    """Who in the directory they may be, by the mailbox; None where that is not sure."""
    mailbox, platform = found.email.casefold(), platform_of(found.id)
    if not mailbox or not found.email_verified or found.left or found.guest:
        return None
    have = [each for each in reachable(tx, served) if each.email.casefold() == mailbox]
    if len(have) != 1 or have[0].guest:
        return None
    who = have[0]
    if platform in {platform_of(each) for each in _there_or_as_known(tx, who, served)}:
        return None
    shared = (each for each in tx.accounts() if each.mailbox == mailbox and each.person != who.id and not each.gone)
    return None if any(platform_of(each.id) == platform for each in shared) else who


def _part(tx: Transaction, account: Account, now: datetime) -> None:
    """A guest is linked with nobody. What was linked with their entry comes anew, as itself."""
    of_entry = [each for each in tx.accounts(account.person) if each.id != each.person]
    ends = of_entry if account.id == account.person else [account]
    for each in ends:
        tx.drop_account(each.id)
        _note(tx, "link ended", each, now)
    if len(ends) == len(of_entry):
        tx.drop_account(account.person)


def _note(tx: Transaction, what: str, account: Account, now: datetime) -> None:
    tx.add_history([Entry("", what, "bot", now, {"person": account.person, "account": account.id})])
