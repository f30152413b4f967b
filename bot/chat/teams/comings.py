"""Where Teams lets the bot in, and where it shows it out; and at which address it is reached there.

Teams tells each of this once. It is kept as references; what somebody has to mend because of it is told to whoever can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.chat.bodies import Body, Unreadable, optional, part
from bot.chat.teams.ids import GUID, is_channel
from bot.chat.teams.reading import Stranger
from bot.chat.teams.tenant import Tenant
from bot.ports import Reference, Store
from bot.words import Words

log = structlog.get_logger()

MISHAPS: Mapping[str, str] = {
    "teamDeleted": "teams.team_deleted",
    "teamHardDeleted": "teams.team_deleted",
    "teamArchived": "teams.team_archived",
}
APART = frozenset({"shared", "private"})
"""Kinds of channels in which are others than in their team."""
OF_ONE_CHANNEL = frozenset({"channelMemberAdded", "channelMemberRemoved"})
ACCOUNT, VERSION = re.compile(r"29:[!-~]{1,200}"), re.compile(r"[0-9A-Za-z.+-]{1,40}")
BACK = frozenset({"channelRestored", "teamRestored", "teamUnarchived"})


@dataclass(frozen=True)
class Comings:
    """`greet` is called for whoever has added the bot for themselves, `mend` with a sentence for whoever looks after
    it. Each is called in the turn of whoever is heard. `is_needed` says whether threads of escalations that are not
    closed stand in a channel."""

    store: Store
    tenant: Tenant
    words: Words
    now: Callable[[], datetime]
    greet: Callable[[str], None] = lambda _: None
    mend: Callable[[str], None] = lambda _: None
    is_needed: Callable[[str], bool] = lambda _: False

    def seen(self, activity: Body, person: str) -> None:
        """Somebody did something: in their own chat with the bot, or in a channel."""
        if optional(activity, "conversation", "conversationType") == "personal":
            self._keep(person, optional(activity, "conversation", "id"), activity)
        elif is_channel(channel := _channel(activity)):
            self._keep(channel, channel, activity)

    def take(self, activity: Body) -> None:
        """The bot, a team or a channel has come, gone or changed; all else is nothing to the bot."""
        personal = optional(activity, "conversation", "conversationType") == "personal"
        match self._happened(activity):
            case "in" if personal:
                self._let_in(activity)
            case "upgraded" if personal:
                self._keep(self._whose(activity), optional(activity, "conversation", "id"), activity)
            case "out" if personal:
                self._drop(self._whose(activity))
            case "in" | "upgraded":
                self._keep_team(activity)
            case "out" if _one_channel(activity):
                self._shown_out_of(_one_channel(activity))
            case "out":
                self._drop(*_places(activity))
                self.mend(self.words("teams.removed_from_team", team=_team(activity)))
            case event if event in BACK:
                self._keep_team(activity)
            case "channelDeleted":
                self._lost_channel(part(part(activity, "channelData"), "channel"))
            case event if event in MISHAPS:
                self._lost(event, activity)
            case _:  # a new name of a team or a channel changes nothing: the bot knows them by their ids
                pass

    def _happened(self, activity: Body) -> str:
        if optional(activity, "type") == "installationUpdate":
            done = optional(activity, "action")
            return "out" if done.startswith("remove") else "upgraded" if done == "upgrade" else "in"
        if self._is_among(activity, "membersAdded"):
            return "in"
        if self._is_among(activity, "membersRemoved"):
            return "out"
        return optional(activity, "channelData", "eventType")

    def _is_among(self, activity: Body, name: str) -> bool:
        members = activity.get(name) or []
        if not isinstance(members, list):
            raise Unreadable(f"What Teams sent has a {name!r} that cannot be read; nothing was done.")
        return any(isinstance(each, Mapping) and each.get("id") == self.tenant.bot for each in members)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────

    def _let_in(self, activity: Body) -> None:
        person = self._whose(activity)
        self._keep(person, optional(activity, "conversation", "id"), activity)
        self.greet(person)

    def _whose(self, activity: Body) -> str:
        account = optional(activity, "from", "aadObjectId").lower()
        if not GUID.fullmatch(account):
            raise Stranger("Somebody without an account did something; nothing was done.")
        return self.tenant.person(account)

    # ── teams and channels ───────────────────────────────────────────────────────────────────────────────

    def _keep_team(self, activity: Body) -> None:
        for place in _places(activity):
            self._keep(place, place, activity)

    def _lost(self, event: str, activity: Body) -> None:
        if event != "teamArchived":
            self._drop(*_places(activity))
        self.mend(self.words(MISHAPS[event], team=_team(activity)))

    def _lost_channel(self, lost: Body) -> None:
        """Threads go on where they have begun, so the settings may not name their channel any more."""
        self._drop(channel := optional(lost, "id"))
        names = [name for name, each in self.tenant.channels.items() if each == channel]
        for name in names:
            self.mend(self.words("teams.channel_deleted", channel=name))
        if not names and self.is_needed(channel):
            self.mend(self.words("teams.old_channel_deleted", channel=_name(lost)))

    def _shown_out_of(self, left: Body) -> None:
        """Of one channel. The bot is in its team still, and reached there."""
        self._drop(channel := optional(left, "id"))
        names = [name for name, each in self.tenant.channels.items() if each == channel]
        for name in names or ([_name(left)] if self.is_needed(channel) else []):
            self.mend(self.words("teams.removed_from_channel", channel=name))

    # ── references ───────────────────────────────────────────────────────────────────────────────────────

    def _keep(self, place: str, conversation: str, activity: Body) -> None:
        """As it was told last. Written only where it is news."""
        address = optional(activity, "serviceUrl")
        with self.store.look() as tx:
            before = tx.reference_at(place)
        told = self._told(place, conversation, activity, before)
        if before is not None and replace(before, since=told.since) == told:
            return
        moved = before is not None and before.bot == told.bot and not _is_same(before.service_url, address)
        with self.store.transaction() as tx:
            tx.keep_reference(told)
            # Microsoft moves a whole organisation at once: whoever was reached at the old address is at the new one.
            for other in tx.references_to("") if moved and before is not None else ():
                if before is not None and _is_same(other.service_url, before.service_url):
                    tx.keep_reference(replace(other, service_url=address, since=told.since))
        if moved:
            log.warning("Teams is reached at another address now")

    def _told(self, place: str, conversation: str, activity: Body, before: Reference | None) -> Reference:
        """What is not told this time is as it was; how another bot was told of somebody says nothing."""
        bare = Reference(
            place, conversation, optional(activity, "serviceUrl"), self.tenant.id, self.tenant.bot, self.now()
        )
        known = before or bare
        own = known if known.bot == bare.bot else bare
        team = _team_of(place, activity)
        return replace(
            bare,
            team=known.team if team is None else team,
            account=_account(place, activity) or own.account,
            version=_version(place, activity) or own.version,
        )

    def _drop(self, *places: str) -> None:
        with self.store.transaction() as tx:
            for place in places:
                tx.drop_reference(place)


def _is_same(address: str, other: str) -> bool:
    """What the bot has opened itself is kept as it was asked for: without the slash at its end."""
    return address.rstrip("/") == other.rstrip("/")


def _channel(activity: Body) -> str:
    return optional(activity, "conversation", "id").partition(";")[0]


def _places(activity: Body) -> list[str]:
    """The channels that it names; a team has the id of its first channel."""
    data = part(activity, "channelData")
    named = [
        optional(data, "team", "id"),
        optional(data, "channel", "id"),
        optional(data, "settings", "selectedChannel", "id"),
        _channel(activity),
    ]
    return [each for each in dict.fromkeys(named) if is_channel(each)]


def _one_channel(activity: Body) -> Body:
    """The channel that alone it is about; nothing where it is about the team. The bot may be in a shared or private
    channel, or not, while it is in the team that has it."""
    data = part(activity, "channelData")
    channel, team = part(data, "channel"), optional(data, "team", "id")
    alone = optional(channel, "type") in APART or optional(data, "eventType") in OF_ONE_CHANNEL
    return channel if alone and is_channel(optional(channel, "id")) and optional(channel, "id") != team else {}


def _team_of(place: str, activity: Body) -> str | None:
    """The id of the team whose members are those of this channel; "" where they are others, and None where it is not
    told. Of a message it is told in which team it was said, and most often not in what kind of channel."""
    data = part(activity, "channelData")
    team, channel = optional(data, "team", "id"), part(data, "channel")
    if not is_channel(place) or not is_channel(team):
        return None
    if place == team:  # its first channel, in which are all
        return team
    kind = optional(channel, "type") if optional(channel, "id") == place else ""
    return team if kind == "standard" else "" if kind else None


def _account(place: str, activity: Body) -> str:
    """How Teams calls them towards the bot, as it does in what has to name people."""
    found = optional(activity, "from", "id")
    return found if not is_channel(place) and ACCOUNT.fullmatch(found) else ""


def _version(place: str, activity: Body) -> str:
    """That of the app which they have: told in their own chats only."""
    found = optional(activity, "channelData", "app", "version")
    return found if not is_channel(place) and VERSION.fullmatch(found) else ""


def _team(activity: Body) -> str:
    return _name(part(part(activity, "channelData"), "team"))


def _name(place: Body) -> str:
    """Of a team or a channel, as Teams tells it."""
    return optional(place, "name")[:80] or "?"
