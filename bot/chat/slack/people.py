"""Somebody's profile in Slack as an entry of the directory, and looking one up."""

from __future__ import annotations

from bot.chat.slack.calling import Slack
from bot.chat.slack.reading import Body, optional, part, text
from bot.chat.slack.sending import Workspace
from bot.errors import Refused
from bot.ports import Person


def profile(user: Body, workspace: Workspace) -> Person:
    """As Slack knows them. What it does not know, such as their agency, is ""."""
    shown = part(user, "profile")
    name = optional(shown, "real_name") or optional(user, "real_name") or optional(user, "name")
    return Person(
        workspace.person(text(user, "id")), name, optional(shown, "title"), "", optional(shown, "email"),
        left=user.get("deleted") is True,
    )  # fmt: skip


class Profiles:
    """Fulfils `ports.Profiles` for one workspace."""

    def __init__(self, slack: Slack, workspace: Workspace) -> None:
        self._slack, self._workspace = slack, workspace

    def look_up(self, person: str) -> Person:
        """Raises TryLater, or Refused for whoever is no person of this workspace."""
        user = person.removeprefix(self._workspace.person(""))
        if user in {"", person}:
            raise Refused(self._slack.words("slack.elsewhere"))
        found = part(self._slack.errand().ask("users.info", user=user), "user")
        if found.get("is_bot") or found.get("is_stranger"):
            raise Refused(self._slack.words("slack.no_person" if found.get("is_bot") else "slack.elsewhere"))
        return profile(found, self._workspace)
