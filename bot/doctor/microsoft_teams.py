"""Microsoft Teams: the login, the keys, the channels, who looks after the bot, and what Teams has told of lately."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.teams.calling import Connector
from bot.chat.teams.ids import is_channel
from bot.chat.teams.manifest import template
from bot.chat.teams.people import Profiles
from bot.chat.teams.references import CHANNELS
from bot.chat.teams.tenant import Tenant
from bot.doctor import teams as partnership_teams
from bot.doctor.beside import ALONE, Beside
from bot.doctor.findings import Finding, count, listed, ok, spell, unknown, wrong
from bot.doctor.login import certificate
from bot.entra import tenant_of
from bot.errors import DeliveryError, Shut, TryLater, Unavailable
from bot.policies import Policies
from bot.ports import Store
from bot.teams import Teams
from bot.wiring.tenant import Reached

LOGIN, CERTIFICATE, KEYS, TOLD = "Teams, login", "Teams, certificate", "Teams, keys", "Teams, told of"
ADMINISTRATORS, PACKAGE = "Teams, administrators", "Teams, app"
AGAIN = "See whether this computer can reach it, then ask again."
ENDPOINT = (
    "See that “Messaging endpoint” under “Configuration” of the Azure Bot is your address with /teams/messages at its "
    "end, that the channel “Microsoft Teams” is switched on there, and that somebody has added the app in Teams."
)


@dataclass(frozen=True)
class Asked:
    """What is asked after, beside Teams itself. It is known in `store` where the bot was let in."""

    store: Store | None
    policies: Policies | None = None
    administrators: tuple[str, ...] = ()
    teams: Teams = field(default_factory=dict)
    beside: Beside = ALONE


def teams(reached: Reached, asked: Asked, now: datetime) -> Iterator[Finding]:
    """Everything about Teams that can be seen from here. Nothing is said there."""
    with closing(reached):
        reached.references.store = asked.store
        yield from certificate(CERTIFICATE, reached.proof, now)
        try:
            token = reached.tokens.token()
        except DeliveryError as error:
            yield _failed(LOGIN, error)
            return
        yield _login(token, reached)
        yield _keys(reached)
        if asked.store is None:
            return
        yield from _channels(reached.connector, reached.tenant, asked) if asked.policies else ()
        yield _administrators(reached.profiles(), reached.tenant, asked)
        yield partnership_teams.examine("Teams", reached.profiles(), asked.teams, asked.policies)
        yield _told(asked.store, now)
        yield _package(asked.store, reached.tenant)


def _failed(about: str, error: DeliveryError, remedy: str = "") -> Finding:
    """What the bot would tell a person; where nobody could be asked, nothing is known."""
    if isinstance(error, TryLater) and not isinstance(error, Shut):
        return unknown(about, str(error), AGAIN)
    return wrong(about, str(error), remedy)


def _login(token: str, reached: Reached) -> Finding:
    there, how = tenant_of(token), reached.access.proof.replace("_", " ")
    if there not in {"", reached.tenant.id}:
        says = f"The bot logs in to the tenant {there}, and ESCALATION_BOT_TEAMS_TENANT is {reached.tenant.id}."
        return wrong(LOGIN, says, "Enter the tenant in which the bot’s app or managed identity is.")
    return ok(LOGIN, f"Microsoft lets the bot log in, with its {how}.")


def _keys(reached: Reached) -> Finding:
    """Without them nothing that Teams tells is believed."""
    try:
        asyncio.run(reached.keys().known(""))
    except Unavailable:
        says = (
            f"The keys with which Teams signs what it tells could not be fetched from {reached.access.openid_metadata}."
        )
        return wrong(KEYS, says, "See whether this computer can reach that address; in a national cloud it is another.")
    return ok(KEYS, "The keys with which Teams signs what it tells can be fetched.")


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────


def _channels(connector: Connector, tenant: Tenant, asked: Asked) -> Iterator[Finding]:
    """Each that a policy of some version names: its threads may go on for long."""
    named: dict[str, list[str]] = {}
    for version in asked.policies.versions() if asked.policies else ():
        if version.policy.id not in named.setdefault(version.policy.channel, []):
            named[version.policy.channel].append(version.policy.id)
    for name, ids in named.items():
        if name not in asked.beside.channels:
            yield _channel(connector, asked.store, name, tenant.channels.get(name, name), listed(ids))


def _channel(connector: Connector, store: Store | None, name: str, channel: str, policies: str) -> Finding:
    about = f"Teams, channel {name}"
    if not is_channel(channel):
        says = f"It is not known which channel that is in Teams, so nothing about {policies} can be said in a thread."
        return wrong(about, says, f"Add its id to ESCALATION_BOT_TEAMS_CHANNELS, like {name}=19:0123abcd@thread.tacv2.")
    address = ""
    if store is not None:
        with store.look() as tx:
            reference = tx.reference_at(channel)
        address = reference.service_url if reference else ""
    try:
        connector.errand(address).ask("members", channel, "pagedmembers", pageSize="1")
    except DeliveryError as error:
        return _failed(about, error)
    return ok(about, f"The bot is in its team (for {policies}).")


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────


def _administrators(profiles: Profiles, tenant: Tenant, asked: Asked) -> Finding:
    """Whoever is to be told of what only they can mend has to be there to be told."""
    of_here, setting = f"{tenant.platform}:", "ESCALATION_BOT_ADMINISTRATORS"
    like = f"{of_here}<object id of the user>"
    if not asked.administrators and asked.beside.administrators:
        return ok(ADMINISTRATORS, "Whoever looks after the bot is told in Slack.")
    if not asked.administrators:
        remedy = f"Name whoever looks after the bot in {setting}, like {like}."
        return unknown(ADMINISTRATORS, "Nobody is told in Teams of what only an administrator can mend.", remedy)
    for each in asked.administrators:
        if not each.startswith(of_here):
            return wrong(ADMINISTRATORS, f"{each} is nobody of this tenant.", f"Put {like} into {setting}.")
        try:
            found = profiles.look_up(each)
        except DeliveryError as error:
            return _failed(ADMINISTRATORS, error, f"See whether {each} in {setting} is right.")
        if found.left:
            return wrong(
                ADMINISTRATORS, f"{each} has left, and cannot be told anything.", f"Name another in {setting}."
            )
    return ok(ADMINISTRATORS, "Whoever looks after the bot can be told in Teams.")


# ── the app ──────────────────────────────────────────────────────────────────────────────────────────────────


def _told(store: Store, now: datetime) -> Finding:
    """Teams tells of each place once, when the bot is let in there or somebody first writes in it."""
    with store.look() as tx:
        newest, every = tx.newest_reference(), tx.references_to("")
    if newest is None or newest.since.year < 2000:
        return unknown(TOLD, "Teams has not told the bot of anybody yet.", ENDPOINT)
    channels = sum(each.place.startswith(CHANNELS) for each in every)
    where = f"{count(channels, 'channel')} and {count(len(every) - channels, 'chat')}"
    return ok(TOLD, f"Teams has told the bot of {where}, of the newest {spell(now - newest.since)} ago.")


def _package(store: Store, tenant: Tenant) -> Finding:
    """Teams tells of each person which version of the app they have, when they do something in their own chat. Of the
    package that was uploaded it tells nothing: that takes a permission of Microsoft Graph, which the bot does not have.
    """
    with store.look() as tx:
        people = [each for each in tx.references_to(f"{tenant.platform}:") if each.bot == tenant.bot and each.version]
    version = template()["version"]
    there = f"Look there: “Manage apps” in the Teams admin center has to show {version}."
    again = (
        "If it shows an older one, make the package again with escalation-bot teams-package, and upload it there as an "
        "update."
    )
    if not people:
        says = "Teams has not told yet which version of the app people have, and the package cannot be asked after."
        return unknown(PACKAGE, says, f"{there} {again}")
    others = sorted({each.version for each in people} - {version})
    number = sum(each.version == version for each in people)
    if not number:
        says = f"Nobody of whom Teams has told it has version {version} of the app yet, but {listed(others)}."
        return wrong(PACKAGE, says, f"{there} {again} It is known here once somebody writes to the bot.")
    had = f" The others had {listed(others)} when they wrote last." if others else ""
    return ok(PACKAGE, f"{number} of {len(people)} people have version {version} of the app, which is this bot’s.{had}")
