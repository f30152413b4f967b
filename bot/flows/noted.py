"""What was noted, read back: who of the other side answered, which clocks are met by it, and who has filed it.

Notes are kept in `fields["notes"]` as {"what", "stage", "on", …}. `side` says whose doing it was: "raising",
"challenged", or "challenged.1", "challenged.2" … for further agencies of the challenged side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.escalation import Escalation, Status
from bot.policy import Policy
from bot.sent_letters import with_the_partnership

ANSWERING = {"acknowledged": ("acknowledged", "replied"), "replied": ("replied",)}
"""What the other side has to do so that it counts: whoever replies has acknowledged it as well."""


def notes_of(escalation: Escalation) -> Sequence[Mapping[str, Any]]:
    """Every note, in the order in which they were given."""
    return tuple(escalation.fields.get("notes") or ())


def challenged_sides(escalation: Escalation) -> dict[str, str]:
    """Side -> agency, for each agency that is challenged."""
    others = escalation.fields.get("other_agencies") or ()
    further = {f"challenged.{place}": each["agency"] for place, each in enumerate(others, 1)}
    return {"challenged": escalation.challenged_agency, **further}


def all_sides(escalation: Escalation) -> dict[str, str]:
    """Side -> agency, the raiser's own first."""
    return {"raising": escalation.raiser_agency, **challenged_sides(escalation)}


def no_reply_noted(escalation: Escalation, stage: str) -> bool:
    """Whether it stands noted at this stage that somebody who is challenged has not replied."""
    last: dict[str, str] = {}
    for note in notes_of(escalation):
        if note["stage"] == stage and note["what"] in {"replied", "no_reply"}:
            last[note.get("side", "challenged")] = note["what"]
    return "no_reply" in last.values()


def answered(escalation: Escalation, what: str, stage: str = "") -> str:
    """The day on which everybody who is challenged had acknowledged, or replied; "" while somebody has not.

    `stage`: at this stage; without it at any.
    """
    first: dict[str, str] = {}
    for note in notes_of(escalation):
        if note["what"] in ANSWERING[what] and stage in {"", note["stage"]}:
            side = note.get("side", "challenged")
            first[side] = min(note["on"], first.get(side, note["on"]))
    days = [first.get(side, "") for side in challenged_sides(escalation)]
    return max(days) if all(days) else ""


def silent_sides(escalation: Escalation, what: str) -> list[str]:
    """The sides that are challenged and of which this is not noted at the present stage."""
    here = [note for note in notes_of(escalation) if note["stage"] == escalation.stage]
    done = {note.get("side", "challenged") for note in here if note["what"] in ANSWERING[what]}
    return [side for side in challenged_sides(escalation) if side not in done]


def promises(escalation: Escalation) -> dict[str, Mapping[str, Any]]:
    """Side -> the note in which it said by when it would reply at the present stage, if it has not done so since."""
    found: dict[str, Mapping[str, Any]] = {}
    for note in notes_of(escalation):
        side = note.get("side", "challenged")
        promised = found.get(side, {}).get("reply_by", "")
        if note["stage"] != escalation.stage:
            continue
        if note["what"] == "acknowledged" and note.get("reply_by"):
            found[side] = note
        elif note["what"] == "replied" or (note["what"] == "no_reply" and note["on"] >= promised):
            found.pop(side, None)
    return found


def with_clocks_met(policy: Policy, escalation: Escalation, said_on: str = "") -> Escalation:
    """With the clocks of the present stage that are met by what was noted at it, or by the words said on this day."""
    before = dict(escalation.fields.get("clocks_met") or {})
    met = dict(before)
    for clock in policy.stage(escalation.stage).clocks:
        on = said_on if clock.done_by == "words_said" else _done_on(escalation, clock.done_by)
        if on:
            name = f"{escalation.stage}/{clock.id}"
            met[name] = min(on, met.get(name, on))
    return escalation.with_fields(clocks_met=met) if met != before else escalation


def _done_on(escalation: Escalation, done_by: str) -> str:
    """The first day on which this was done at the present stage, "" if it was not."""
    if done_by in ANSWERING:
        return answered(escalation, done_by, escalation.stage)
    here = [note["on"] for note in notes_of(escalation) if (note["what"], note["stage"]) == (done_by, escalation.stage)]
    return min(here, default="")


def filed(policy: Policy, escalation: Escalation) -> dict[str, bool]:
    """Side -> whether it is noted that it has filed what has to be filed by now."""
    each_stage = any(duty.who == "each_agency" and duty.when == "each_stage" for duty in policy.record_duties)
    done = {
        note.get("side", "raising")
        for note in filings(escalation)
        if not each_stage or note["stage"] == escalation.stage
    }
    return {side: side in done for side in all_sides(escalation)}


def filings(escalation: Escalation) -> list[Mapping[str, Any]]:
    """What was filed. Once it has ended again, what was filed before it was opened again does not hold how it ended."""
    ended = escalation.status is not Status.OPEN
    since = int(escalation.fields.get("notes_before_reopening") or 0) if ended else 0
    return [note for note in notes_of(escalation)[since:] if note["what"] == "filed"]


def sent_to_partnership(policy: Policy, escalation: Escalation) -> list[date]:
    """The days on which what is with the partnership went there, in no order; not of what has come back."""
    zone = ZoneInfo(policy.clock.zone)
    return [datetime.fromisoformat(at).astimezone(zone).date() for at in with_the_partnership(escalation).values()]


def partnership_acknowledged(policy: Policy, escalation: Escalation) -> bool:
    """Whether it is noted that the partnership has the last that was sent to it; true where nothing was."""
    last = max(sent_to_partnership(policy, escalation), default=date.min).isoformat()
    noted = (note for note in notes_of(escalation) if note["what"] == "partnership_acknowledged")
    return last == date.min.isoformat() or any(note["on"] >= last for note in noted)


def open_actions(escalation: Escalation) -> list[Mapping[str, str]]:
    """The agreed actions of which nobody has noted that they are done."""
    done = {note["text"] for note in notes_of(escalation) if note["what"] == "action"}
    return [action for action in escalation.fields.get("actions") or () if action_in_words(action) not in done]


def action_in_words(action: Mapping[str, str]) -> str:
    """What is to be done, and by whom: notes know an action by this."""
    return f"{action['action']} ({action['by_whom']})"
