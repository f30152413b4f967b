"""The partnerships' teams: everybody whom the settings put into one is there, and can be told of what it owes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from bot.doctor.findings import Finding, listed, ok, unknown, wrong
from bot.errors import DeliveryError, Refused
from bot.ports import Profiles
from bot.teams import Teams

SETTING = "ESCALATION_BOT_PARTNERSHIP_TEAMS"


def examine(platform: str, profiles: Profiles, teams: Teams, policies: Collection[str] | None) -> Finding:
    """`teams` are those of people of this platform; `policies` the ids of those that can be read, None where none
    can."""
    about = f"{platform}, partnership teams"
    if not teams:
        says = f"Nobody in {platform} is in a partnership’s team; what is reported reaches partnerships by mail only."
        return ok(about, says)
    if policies is not None and (unheard_of := sorted({*teams.values()} - {*policies})):
        return wrong(about, f"There is no policy {listed(unheard_of)}.", f"Correct its id in {SETTING}.")
    for person, policy in teams.items():
        remedy = f"See whether {person} in {SETTING} is right, or name somebody else for {policy}."
        try:
            if profiles.look_up(person).left:
                return wrong(about, f"The account of {person} is closed.", f"Take them out of {SETTING}.")
        except Refused as refused:
            return wrong(about, str(refused), remedy)
        except DeliveryError as error:
            return unknown(about, str(error), f"See whether this computer can reach {platform}, then ask again.")
    numbers = (f"{policy} {number}" for policy, number in sorted(Counter(teams.values()).items()))
    return ok(about, f"Everybody in a partnership’s team is there: {listed(list(numbers))}.")
