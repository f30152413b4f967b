"""Slack: what the token is and allows, the channels, the app as Slack has it, and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import SecretStr

from bot.chat.slack.calling import Answer, Headers, Slack, web_client
from bot.chat.slack.drift import differences
from bot.chat.slack.manifest import scopes
from bot.chat.slack.people import Profiles
from bot.chat.slack.sending import CHANNEL_ID, Workspace
from bot.config import Settings, SlackAccess
from bot.doctor import teams
from bot.doctor.beside import ALONE, Beside
from bot.doctor.findings import Finding, listed, ok, spell, unknown, wrong
from bot.errors import DeliveryError, Shut, TryLater
from bot.policies import Policies
from bot.teams import Teams
from bot.words import load as load_words

TOKEN, SCOPES, CLOCK, APP, SOCKET_MODE = "Slack, token", "Slack, scopes", "clock", "Slack, app", "Slack, Socket Mode"
ADMINISTRATORS = "Slack, administrators"
AGREES = timedelta(minutes=1)
"""Requests of Slack's are believed for five minutes."""
INSTALL = "Install the app again from manifest.yml (“Install App” in its settings), then enter its token."


@dataclass(frozen=True)
class Access:
    """How Slack is reached. `app` with the token for Socket Mode, `configuration` with one that may read the app."""

    bot: Slack
    channels: Mapping[str, str]
    app: Slack | None = None
    configuration: Slack | None = None
    team: str = ""
    administrators: tuple[str, ...] = ()
    teams: Teams = field(default_factory=dict)
    beside: Beside = ALONE


def access(settings: Settings, given: SlackAccess, beside: Beside = ALONE) -> Access:
    """As it is set."""

    def as_(token: SecretStr) -> Slack:
        return Slack(
            web_client(token.get_secret_value(), given.api_url, proxy=given.proxy(given.api_url)), load_words("en-GB")
        )

    configuration = settings.slack_configuration_token
    return Access(
        as_(given.bot_token),
        given.channels,
        as_(given.app_token) if given.socket_mode else None,
        as_(configuration) if configuration.get_secret_value() else None,
        given.team,
        beside.of_here(settings.administrators),
        {person: settings.partnership_teams[person] for person in beside.of_here(settings.partnership_teams)},
        beside,
    )


def slack(access: Access, policies: Policies | None, now: datetime) -> Iterator[Finding]:
    """Everything about Slack that can be seen from here."""
    try:
        told, headers = access.bot.errand().look("auth.test")
    except DeliveryError as error:
        yield _failed(TOKEN, error)
        return
    yield _token(told, access.team)
    yield _scopes(headers)
    yield from _clock(headers, now)
    yield from _channels(access, policies) if policies else ()
    yield _administrators(access, told["team_id"])
    profiles = Profiles(access.bot, Workspace(told["team_id"]))
    yield teams.examine("Slack", profiles, access.teams, policies)
    yield from _socket_mode(access.app) if access.app else ()
    yield _app(access, told)


def _failed(about: str, error: DeliveryError, remedy: str = "") -> Finding:
    """What the bot would tell a person; where Slack could not be asked, nothing is known."""
    if isinstance(error, TryLater) and not isinstance(error, Shut):
        return unknown(about, str(error), "See whether this computer can reach Slack, then ask again.")
    return wrong(about, str(error), remedy)


def _token(told: Answer, team: str) -> Finding:
    if told.get("is_enterprise_install"):
        says = "The token is for a whole organisation, and the bot works in one workspace."
        return wrong(TOKEN, says, "Install the app in the workspace itself, and enter that token.")
    if not told.get("bot_id"):
        return wrong(TOKEN, "The token is a person’s.", "Enter the Bot User OAuth Token, which begins with xoxb-.")
    if team not in {"", told["team_id"]}:
        says = f"The token is for the workspace {told['team_id']}, and ESCALATION_BOT_SLACK_TEAM is {team}."
        return wrong(TOKEN, says, "Enter the token that the app has in that workspace.")
    return ok(TOKEN, f"Slack knows it, in the workspace {told.get('team', '?')} ({told['team_id']}).")


def _scopes(headers: Headers) -> Finding:
    allowed = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")} - {""}
    missing, more = sorted(scopes() - allowed), sorted(allowed - scopes())
    if not allowed:
        return unknown(
            SCOPES,
            "Slack does not say what the token allows.",
            "Compare “OAuth & Permissions” of the app with manifest.yml.",
        )
    if missing:
        return wrong(SCOPES, f"The token lacks {listed(missing)}.", INSTALL)
    if more:
        says = f"The token also allows {listed(more)}, which the bot does not need."
        return wrong(SCOPES, says, f"Remove that from the app. {INSTALL}")
    return ok(SCOPES, "The token allows exactly what manifest.yml asks for.")


def _clock(headers: Headers, now: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        yield unknown(
            CLOCK, "Slack does not say what time it is.", "Check that a time service (NTP) sets this computer’s clock."
        )
        return
    drift = abs(now - theirs)
    if drift > AGREES:
        says = (
            f"This computer’s clock and Slack’s are {spell(drift)} apart; beyond five, Slack is not believed any more."
        )
        yield wrong(CLOCK, says, "Let the clock be set by a time service (NTP).")
    else:
        yield ok(CLOCK, "This computer’s clock and Slack’s agree.")


def _administrators(access: Access, team: str) -> Finding:
    """Whoever is to be told of what only they can mend has to be there to be told."""
    of_here, setting = f"slack:{team}:", "ESCALATION_BOT_ADMINISTRATORS"
    if not access.administrators and access.beside.administrators:
        return ok(ADMINISTRATORS, "Whoever looks after the bot is told in Teams.")
    if not access.administrators:
        remedy = f"Name whoever looks after the bot in {setting}, like {of_here}U0123456789."
        return unknown(ADMINISTRATORS, "Nobody is told in Slack of what only an administrator can mend.", remedy)
    for each in access.administrators:
        if not each.startswith(of_here):
            return wrong(ADMINISTRATORS, f"{each} is nobody of this workspace.", f"Put {of_here}… into {setting}.")
        try:
            user = access.bot.errand().ask("users.info", user=each.removeprefix(of_here))["user"]
        except DeliveryError as error:
            return _failed(ADMINISTRATORS, error, f"See whether {each} in {setting} is right.")
        if user.get("deleted") or user.get("is_bot"):
            says = f"{each} is {'an app' if user.get('is_bot') else 'deactivated'}, and cannot be told anything."
            return wrong(ADMINISTRATORS, says, f"Name somebody else in {setting}.")
    return ok(ADMINISTRATORS, "Whoever looks after the bot can be told in Slack.")


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────


def _channels(access: Access, policies: Policies) -> Iterator[Finding]:
    """Each that a policy of some version names: its threads may go on for long."""
    named: dict[str, list[str]] = {}
    for version in policies.versions():
        if version.policy.id not in named.setdefault(version.policy.channel, []):
            named[version.policy.channel].append(version.policy.id)
    for name, ids in named.items():
        if name in access.beside.channels:
            continue
        yield _channel(access, name, f"Slack, channel {name}", listed(ids))


def _channel(access: Access, name: str, about: str, policies: str) -> Finding:
    channel_id = access.channels.get(name, name)
    if not CHANNEL_ID.fullmatch(channel_id):
        says = f"It is not known which channel that is in Slack, so nothing about {policies} can be said in a thread."
        return wrong(about, says, f"Add its id to ESCALATION_BOT_SLACK_CHANNELS, like {name}=C0123456789.")
    try:
        channel = access.bot.errand().ask("conversations.info", channel=channel_id)["channel"]
    except DeliveryError as error:
        return _failed(about, error)
    if channel.get("is_archived"):
        return wrong(about, access.bot.words("slack.archived"))
    if not channel.get("is_member"):
        return wrong(about, "The bot is not in it.", f"Type /invite @Escalation Bot in it (for {policies}).")
    if channel.get("is_ext_shared"):
        return ok(about, "The bot is in it. It is shared with another organisation, whose people read it too.")
    return ok(about, f"The bot is in it (for {policies}).")


# ── the app ──────────────────────────────────────────────────────────────────────────────────────────────────


def _socket_mode(app: Slack) -> Iterator[Finding]:
    """An address to connect to is given where it is switched on; nobody connects to it here."""
    try:
        app.errand().ask("apps.connections.open")
    except DeliveryError as error:
        if isinstance(error, TryLater) and not isinstance(error, Shut):
            yield _failed(SOCKET_MODE, error)
            return
        remedy = "Switch it on in the app’s settings, and check the app-level token (xapp-…, connections:write)."
        yield wrong(SOCKET_MODE, str(error), remedy)
    else:
        yield ok(SOCKET_MODE, "It is switched on, and Slack takes the app-level token.")


def _app(access: Access, told: Answer) -> Finding:
    if access.configuration is None:
        says = "Slack tells the commands, shortcuts and events of an app to a configuration token only."
        remedy = (
            "To have them compared with manifest.yml, make such a token (api.slack.com/apps, “Your App Configuration "
            "Tokens”; it is good for twelve hours) and give it as ESCALATION_BOT_SLACK_CONFIGURATION_TOKEN."
        )
        return unknown(APP, says, remedy)
    try:
        app_id = access.bot.errand().ask("bots.info", bot=told["bot_id"])["bot"]["app_id"]
        there = access.configuration.errand().ask("apps.manifest.export", app_id=app_id)["manifest"]
    except DeliveryError as error:
        return _failed(APP, error)
    if differing := differences(there, socket_mode=access.app is not None):
        url = "" if access.app else " --url https://…"
        remedy = f"Paste what escalation-bot slack-manifest{url} prints into “App Manifest” in the app’s settings."
        return wrong(APP, f"It differs from manifest.yml: {'; '.join(differing)}.", remedy)
    return ok(APP, "Its commands, shortcuts, events and scopes are those of manifest.yml.")
