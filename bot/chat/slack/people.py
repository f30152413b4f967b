"""Somebody's profile in Slack as an entry of the directory, and looking one up.

Rule: the bot works with the people of one workspace. These are its members and its guests, also where they belong to
another workspace of the organisation as well (Enterprise Grid). Nobody else is: no app, nobody with whom a channel is
shared (Slack Connect), nobody of another workspace only.
"""

from __future__ import annotations

from bot.chat.bodies import Body, optional, part, text
from bot.chat.slack.calling import LacksScope, Slack
from bot.chat.slack.sending import Workspace
from bot.errors import Refused
from bot.ports import Person

SLACKBOT = "USLACKBOT"
"""Slack's own voice, which it does not call a bot."""


def profile(user: Body, workspace: Workspace) -> Person:
    """As Slack knows them. What it does not know, such as their agency, is ""."""
    shown = part(user, "profile")
    name = optional(shown, "real_name") or optional(user, "real_name") or optional(user, "name")
    return Person(
        workspace.person(text(user, "id")), name, optional(shown, "title"), "", optional(shown, "email"),
        left=user.get("deleted") is True or bool(foreign(user, workspace)),
        guest=user.get("is_restricted") is True or user.get("is_ultra_restricted") is True,
        email_verified=user.get("is_email_confirmed") is True,
    )  # fmt: skip


def foreign(user: Body, workspace: Workspace) -> str:
    """The name of the sentence that says why they are nobody to talk with; "" for people of the workspace."""
    if user.get("is_bot") or user.get("id") == SLACKBOT:
        return "slack.no_person"
    home, organisation = optional(user, "team_id"), part(user, "enterprise_user")
    if user.get("is_stranger") or (home not in {"", workspace.team} and not organisation):
        return "slack.connected"
    teams = organisation.get("teams")
    if home not in {"", workspace.team} and not (isinstance(teams, list) and workspace.team in teams):
        return "slack.other_workspace"
    return ""


class Profiles:
    """Fulfils `ports.Profiles` for one workspace."""

    def __init__(self, slack: Slack, workspace: Workspace) -> None:
        self._slack, self._workspace = slack, workspace

    def look_up(self, person: str) -> Person:
        """By an id, or a mailbox. Raises TryLater, or Refused for whoever is no person of this workspace."""
        if "@" in person:
            return self._known(self._with_mailbox(person))
        user = person.removeprefix(self._workspace.person(""))
        if user in {"", person}:
            raise Refused(self._slack.words("slack.elsewhere"))
        return self._known(part(self._slack.errand().ask("users.info", user=user), "user"))

    def _with_mailbox(self, mailbox: str) -> Body:
        try:
            return part(self._slack.errand().ask("users.lookupByEmail", email=mailbox), "user")
        except LacksScope as lacking:  # nothing waits for that: people can be picked
            raise Refused(str(lacking)) from lacking

    def _known(self, found: Body) -> Person:
        if why := foreign(found, self._workspace):
            raise Refused(self._slack.words(why))
        return profile(found, self._workspace)
