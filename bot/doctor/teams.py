"""The partnerships' teams: everybody whom the settings put into one is there, and can be told of what it owes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from bot.chat.slack.calling import Slack
from bot.chat.slack.people import Profiles
from bot.chat.slack.sending import Workspace
from bot.doctor.findings import Finding, listed, ok, unknown, wrong
from bot.errors import DeliveryError, Refused
from bot.teams import Teams

ABOUT, SETTING = "Slack, partnership teams", "ESCALATION_BOT_PARTNERSHIP_TEAMS"


def examine(slack: Slack, team: str, teams: Teams, policies: Collection[str] | None) -> Finding:
    """`policies` are the ids of those that can be read, None where none can."""
    if not teams:
        return ok(
            ABOUT, "Nobody in Slack is in a partnership’s team; what is reported reaches partnerships by mail only."
        )
    if policies is not None and (unheard_of := sorted({*teams.values()} - {*policies})):
        return wrong(ABOUT, f"There is no policy {listed(unheard_of)}.", f"Correct its id in {SETTING}.")
    profiles = Profiles(slack, Workspace(team))
    for person, policy in teams.items():
        remedy = f"See whether {person} in {SETTING} is right, or name somebody else for {policy}."
        try:
            if profiles.look_up(person).left:
                return wrong(ABOUT, f"The account of {person} is closed.", f"Take them out of {SETTING}.")
        except Refused as refused:
            return wrong(ABOUT, str(refused), remedy)
        except DeliveryError as error:
            return unknown(ABOUT, str(error), "See whether this computer can reach Slack, then ask again.")
    numbers = (f"{policy} {number}" for policy, number in sorted(Counter(teams.values()).items()))
    return ok(ABOUT, f"Everybody in a partnership’s team is there: {listed(list(numbers))}.")
