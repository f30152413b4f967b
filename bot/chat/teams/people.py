"""Who somebody is, as Teams knows them: the members of the teams and chats in which the bot is.

Rule: the bot works with the people of one tenant. These are its members and its guests. Nobody else is: no app, and
nobody of another tenant with whom a channel is shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.chat.teams.calling import Connector, Errand, Nobody, Over
from bot.chat.teams.chats import UNTOLD, Chats
from bot.chat.teams.ids import GUID
from bot.chat.teams.references import References
from bot.chat.teams.searches import Search, Searches
from bot.chat.teams.tenant import Tenant
from bot.errors import Refused, TryLater
from bot.ports import Person, Reference

Member = Mapping[str, Any]

PAGE = 500
"""So many members Teams tells at a time at most."""
GOES_ON_AFTER = timedelta(seconds=1)
"""Where there are more teams than can be asked in one errand."""
EXTERNAL = "#EXT#"
"""In the names with which guests sign in, which are no mailboxes."""


def profile(member: Member, tenant: Tenant) -> Person:
    """As Teams knows them. What it does not know, such as their agency, is "".

    Where it tells no mailbox, they are most often written to by the name with which they sign in; it need not be one.
    """
    signs_in, email = _text(member, "userPrincipalName"), _text(member, "email")
    guest = _text(member, "userRole").lower() == "guest" or EXTERNAL in signs_in
    mailbox = email or ("" if guest else signs_in)
    name = _text(member, "name")
    return Person(tenant.person(object_id(member)), name, "", "", mailbox, guest=guest, email_verified=bool(email))


def object_id(member: Member) -> str:
    found = (_text(member, "aadObjectId") or _text(member, "objectId")).lower()
    return found if GUID.fullmatch(found) else ""


def foreign(member: Member, tenant: Tenant) -> str:
    """The name of the sentence that says why they are nobody to talk with; "" for people of the tenant."""
    if not object_id(member) or _text(member, "id").startswith("28:"):
        return "teams.no_person"
    home = _text(member, "tenantId").lower()
    return "teams.connected" if home not in {"", tenant.id} else ""


class Profiles:
    """Fulfils `ports.Profiles` for one tenant. Safe in several threads."""

    def __init__(self, connector: Connector, tenant: Tenant, references: References) -> None:
        self._connector, self._tenant, self._references = connector, tenant, references
        self._words = connector.words
        self._chats = Chats(tenant, references, connector.words)
        self._searches = Searches()

    def look_up(self, person: str) -> Person:
        """By an id, or a mailbox. Raises TryLater, or Refused for whoever is no person of this tenant, or can be found
        nowhere that the bot is. Whoever is tried again is looked for where there was no time to."""
        errand = self._connector.errand()
        if "@" in person:
            return self._known(self._with_mailbox(errand, person.strip().lower()))
        wanted = self._tenant.object_id(person)
        if not wanted:
            raise Refused(self._words("teams.elsewhere"))
        search = self._searches.taken_up(wanted)
        try:
            return self._with_id(errand, person, wanted, search)
        except TryLater as later:
            self._searches.put_off(wanted, search)
            if isinstance(later, Over):
                raise TryLater(str(later), GOES_ON_AFTER) from None
            raise

    def _with_id(self, errand: Errand, person: str, wanted: str, search: Search) -> Person:
        found, gone = self._in_own_chat(errand, person, wanted)
        return self._known(found) if found else self._elsewhere(errand, person, wanted, search, gone=gone)

    def _in_own_chat(self, errand: Errand, person: str, wanted: str) -> tuple[Member | None, bool]:
        """With whether their chat with the bot is there, and they are not in it any more."""
        own = self._chats.told(person)
        try:
            return (self._one(errand, own, wanted) if own else None), False
        except Nobody:
            return None, True
        except Refused:  # the bot is not installed for them any more
            return None, False

    def _elsewhere(self, errand: Errand, person: str, wanted: str, search: Search, *, gone: bool) -> Person:
        """Whom neither their own chat with the bot knows any more nor any team has left."""
        if (found := self._in_teams(errand, wanted, search)) is not None:
            return self._known(found)
        if gone:
            return Person(person, "", "", "", "", left=True)
        try:
            chat = self._chats.opened(errand, person, wanted)
            return self._known(self._one(errand, chat, wanted))
        except Nobody:
            raise Refused(self._words("teams.unknown_person")) from None
        except Refused:
            raise Refused(self._words("teams.not_found")) from None

    def _known(self, found: Member) -> Person:
        if why := foreign(found, self._tenant):
            raise Refused(self._words(why))
        return profile(found, self._tenant)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────

    def _one(self, errand: Errand, place: Reference, wanted: str) -> Member:
        """The member with this object id, or this name to sign in. Raises Nobody where there is none."""
        there = errand.towards(place.service_url)
        found = there.ask("member", place.conversation, "members", wanted)
        if wanted not in {object_id(found), *_mailboxes(found)}:
            raise Nobody(self._words("teams.unknown_person"))
        return found

    def _in_teams(self, errand: Errand, wanted: str, search: Search) -> Member | None:
        """Raises Over where there is no time to ask all of them."""
        for team in self._teams():
            if team.conversation in search.asked:
                continue
            try:
                return self._one(errand, team, wanted)
            except Refused:  # of this one they are no member, or the bot is not
                search.asked.add(team.conversation)
        return None

    def _with_mailbox(self, errand: Errand, wanted: str) -> Member:
        """Whoever signs in with it, or whose it is, as far as there is time to ask: nothing waits for the rest, as
        people can be picked."""
        search = self._searches.new()
        try:
            found = self._in_teams(errand, wanted, search) or self._among_members(errand, wanted)
        except Over:
            if not search.asked:  # the login alone took so long, and will not again
                raise
            found = None
        if found is None:
            raise Refused(self._words("teams.unknown_mailbox"))
        return found

    def _among_members(self, errand: Errand, wanted: str) -> Member | None:
        members = (member for team in self._teams() for member in self._members(errand, team))
        return next((member for member in members if wanted in _mailboxes(member)), None)

    def _members(self, errand: Errand, team: Reference) -> Iterator[Member]:
        """As many as there is time for."""
        there, more = errand.towards(team.service_url), {"pageSize": str(PAGE)}
        while not there.is_over:
            try:
                page = there.ask("members", team.conversation, "pagedmembers", **more)
            except Refused:  # the bot is not in it any more
                return
            yield from (each for each in page.get("members") or () if isinstance(each, Mapping))
            more["continuationToken"] = page.get("continuationToken") or ""
            if not more["continuationToken"]:
                return

    def _teams(self) -> list[Reference]:
        """A channel of each team in which the bot is, those of policies first: all channels of a team have its
        members."""
        tenant = self._tenant
        told = {each.place: each for each in self._references.channels() if each.bot == tenant.bot}
        untold = Reference("", "", "", tenant.id, tenant.bot, UNTOLD)
        named = [
            told.pop(channel, replace(untold, place=channel, conversation=channel))
            for channel in dict.fromkeys(tenant.channels.values())
        ]
        # The first channel of a team has its id, and cannot be deleted.
        others = [replace(each, conversation=each.team or each.conversation) for each in told.values()]
        teams: dict[str, Reference] = {}
        for each in (*named, *others):
            teams.setdefault(each.team or each.place, each)
        return list(teams.values())


def _mailboxes(member: Member) -> set[str]:
    found = (_text(member, name).lower() for name in ("email", "userPrincipalName"))
    return {each for each in found if each and EXTERNAL.lower() not in each}


def _text(member: Member, name: str) -> str:
    found = member.get(name)
    return found if isinstance(found, str) else ""
