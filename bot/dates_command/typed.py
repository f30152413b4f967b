"""Options of the `dates` command as they were typed: stages, days, moments and ids.

Nobody can be asked back on a command line, so what would be assumed is refused, with the name of the option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.dates import in_words, read_date
from bot.errors import Doubtful, InvalidAnswer
from bot.policy import Policy, Stage

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
"""Days outside cannot be meant."""
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOUR = re.compile(r"(?P<day>.+?)(?:T|,? (?:at )?)(?P<hour>[0-2]?[0-9]:[0-5][0-9])")


def stage_id(policy: Policy, typed: str) -> str:
    """The id of the stage meant by its id, label or number, in any case: "2", "Step 2", "stage-2".

    Raises InvalidAnswer naming the stages.
    """
    wanted = _plain(typed)
    own = _plain(policy.vocabulary.stage)
    numbered = re.fullmatch(rf"(?:(?:stage|step|level|{re.escape(own)}) ?)?0*(\d{{1,4}})", wanted)
    for stage in policy.ladder:
        if wanted in {_plain(stage.id), _plain(stage.label)} or (numbered and _number(policy, stage) == numbered[1]):
            return stage.id
    offered = ", ".join(f"{stage.id} ({stage.label})" for stage in policy.ladder)
    raise InvalidAnswer(f"“{_shown(typed)}” is not a stage of {policy.name}. Please give one of: {offered}.")


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\s_-]+", text.casefold())).strip()


def _number(policy: Policy, stage: Stage) -> str:
    """The number that the policy gives the stage; its place in the ladder if it gives none."""
    printed = re.search(r"\d+", stage.label) or re.search(r"\d+$", stage.id)
    return printed.group().lstrip("0") if printed else str(policy.ladder.index(stage) + 1)


def stage_dates(policy: Policy, pairs: Sequence[str], today: date, *, option: str) -> dict[str, date]:
    """Days by stage id from texts like "stage-2=2026-03-09", which were given with this option.

    The date is one that `certain_day` takes. Raises InvalidAnswer, which names the option.
    """
    found: dict[str, date] = {}
    for pair in pairs:
        stage, equals, typed = pair.partition("=")
        if not equals:
            like = f"{policy.ladder[-1].id}=2026-03-27"
            raise InvalidAnswer(f"{option}: “{_shown(pair)}” is not STAGE=DATE. Please give it like {like}.")
        key = _stage(policy, stage, option)
        if key in found:
            label = policy.stage(key).label
            raise InvalidAnswer(f"{option}: {label} is given twice. Please give one date for each stage.")
        found[key] = certain_day(f"{option} {_shown(stage)}", typed, today)
    return found


def certain_day(option: str, typed: str, today: date) -> date:
    """The day typed for an option: YYYY-MM-DD, or anything that is read without an assumption.

    Nobody can be asked back on a command line, so what would be assumed is refused. Raises InvalidAnswer, which
    names the option.
    """
    typed = typed.strip()
    try:
        day = date.fromisoformat(typed) if ISO.fullmatch(typed) else read_date(typed, today=today, expect="any")
    except Doubtful as doubt:
        meant = in_words(date.fromisoformat(doubt.value))
        raise InvalidAnswer(
            f"{option}: “{_shown(typed)}” may mean {meant}, but {doubt.because}. If it does, please type {doubt.value}."
        ) from None
    except InvalidAnswer as invalid:
        raise InvalidAnswer(f"{option}: {invalid}") from None
    except ValueError:
        raise InvalidAnswer(f"{option}: “{typed}” is not a day of the calendar. Please correct it.") from None
    if not EARLIEST <= day <= LATEST:
        raise InvalidAnswer(
            f"{option}: “{_shown(typed)}” is too far away to be meant: the years {EARLIEST.year} to {LATEST.year} are"
            " counted. Please correct the year."
        )
    return day


def stage_moments(
    policy: Policy, pairs: Sequence[str], today: date, *, option: str
) -> tuple[dict[str, date], dict[str, datetime]]:
    """As `stage_dates`, and moments where an hour is given as well: "stage-2=2026-03-09T14:30"."""
    split = [HOUR.fullmatch(pair.strip()) for pair in pairs]
    plain = [found["day"] if found else pair for pair, found in zip(pairs, split, strict=True)]
    days = stage_dates(policy, plain, today, option=option)
    moments = {}
    for (stage, day), found in zip(days.items(), split, strict=True):
        if found:
            moments[stage] = datetime.combine(day, _hour(option, found["hour"]), ZoneInfo(policy.clock.zone))
    return days, moments


def _hour(option: str, typed: str) -> time:
    try:
        return time.fromisoformat(typed.zfill(5))
    except ValueError:
        raise InvalidAnswer(f"{option}: “{typed}” is not an hour of the day. Please correct it.") from None


def clock_dates(policy: Policy, pairs: Sequence[str], today: date, *, option: str) -> dict[str, date]:
    """Days by "<stage>/<clock>" from texts like "stage-2/reply=2026-03-09". Raises InvalidAnswer as `stage_dates`."""
    found: dict[str, date] = {}
    for pair in pairs:
        name, equals, typed = pair.partition("=")
        stage, slash, clock = name.partition("/")
        if not (equals and slash):
            raise InvalidAnswer(f"{option}: “{_shown(pair)}” is not STAGE/CLOCK=DATE. {_clocks_of(policy)}")
        key = f"{_stage(policy, stage, option)}/{clock.strip().lower()}"
        if key not in _clocks(policy):
            raise InvalidAnswer(f"{option}: “{_shown(name)}” is not a clock of {policy.name}. {_clocks_of(policy)}")
        found[key] = certain_day(f"{option} {_shown(name)}", typed, today)
    return found


def _clocks(policy: Policy) -> list[str]:
    return [f"{stage.id}/{clock.id}" for stage in policy.ladder for clock in stage.clocks]


def _clocks_of(policy: Policy) -> str:
    known = ", ".join(_clocks(policy))
    return f"Please give one of: {known}." if known else "The policy has no clocks within its stages: leave it out."


def known_id(option: str, typed: str, known: Mapping[str, str], what: str) -> str:
    """The id typed, which has to be among those known (id -> label); "" where nothing was typed.

    Raises InvalidAnswer naming them.
    """
    wanted = typed.strip().lower()
    if not wanted or wanted in known:
        return wanted
    if not known:
        raise InvalidAnswer(f"{option}: the policy has no {what}, so “{_shown(typed)}” is none. Please leave it out.")
    offered = ", ".join(f"{each} ({label})" for each, label in known.items())
    raise InvalidAnswer(f"{option}: “{_shown(typed)}” is not known. Please give one of: {offered}.")


def branches(policy: Policy, pairs: Sequence[str], *, option: str) -> dict[str, str]:
    """Branches by stage id from texts like "stage-2=urgent". Raises InvalidAnswer naming those of the stage."""
    found = {}
    for pair in pairs:
        stage, equals, typed = pair.partition("=")
        if not equals:
            raise InvalidAnswer(f"{option}: “{_shown(pair)}” is not STAGE=ID. Please give it like stage-2=urgent.")
        key = _stage(policy, stage, option)
        known = {branch.id: branch.label for branch in policy.stage(key).branches}
        found[key] = known_id(f"{option} {key}", typed, known, "branches at this stage")
    return found


def _stage(policy: Policy, typed: str, option: str) -> str:
    try:
        return stage_id(policy, typed)
    except InvalidAnswer as unknown:
        raise InvalidAnswer(f"{option}: {unknown}") from None


def _shown(typed: str) -> str:
    return "".join(c if c.isprintable() else " " for c in typed[:60]).strip()
