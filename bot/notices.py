"""From which day a limit counts that runs from a form (`since: notice_sent`), by what has become of its letters.

Where the papers say from when they count:

- Herefordshire: “Within 8 working days of initial concern”, and so for each stage. “Date received by HSCP Partnership
  Manager” is for its log: nothing is counted from it.
- Sefton: “Within further 2 working days (4 days total)”, so from entering the step, and from the first one. “Date
  received” is for monitoring.
- Islands: no limit at all.
- Trafford: “Timescales should be agreed at each stage […] Each stage should not exceed 10 working days.”

So nobody's receipt starts a clock under these four. Papers that do count from it (“within two working days of receiving
the form”) bind whoever got the form, and are read so:

1. A limit runs from the day on which whoever has to act by it was sent the form: the side that is challenged; for a
   clock of the partnership's own, and at a stage that is the partnership's, the partnership. A copy that stays on the
   raiser's side starts nothing.
2. The first letter to them that has not come back counts, and others to them change nothing. So whoever else lacks it,
   and gets it later, starts no clock anew.
3. Where none of the letters was for them, the raiser hands it over: then it is the day on which these were sent.
4. A letter counts from the day on which it was confirmed; by post, from that on which it was posted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from bot.escalation import NOTICES, Escalation
from bot.sent_letters import Letter, letters_of

Receiver = Literal["challenged", "partnership"]
RECEIVERS: tuple[Receiver, ...] = ("challenged", "partnership")


def reaches(letter: Letter, receiver: Receiver) -> bool:
    """Whether this letter is how they get the form. What does not say whom it reaches was for everybody."""
    return receiver in letter.get("reaches", RECEIVERS)


def reached(escalation: Escalation, stages: Iterable[str], receiver: Receiver) -> bool:
    """Whether some letter was to give them notice of one of these stages, and nothing took its place: also one that
    did not arrive, which they are still to get."""
    about = (letter for letter in letters_of(escalation).values() if not letter.get("replaced"))
    return any(reaches(letter, receiver) and not _stages(letter).isdisjoint(stages) for letter in about)


def with_notices(after: Escalation, before: Escalation) -> Escalation:
    """With the days that the letters come to now: "<stage>" where it is the same for all, else "<stage>/<receiver>".

    What stood there `before`, and came of no letter, stays.
    """
    letters = list(letters_of(after).values())
    stages = dict.fromkeys(stage for letter in letters for stage in _given(letter))
    days = {key: on for stage in stages for key, on in _days(stage, letters).items()}
    given = {(stage, on) for letter in letters_of(before).values() for stage, on in _given(letter).items()}
    own = {key: on for key, on in (before.fields.get(NOTICES) or {}).items() if (stage_of(key), on) not in given}
    kept = {stage_of(key) for key in own}
    notices = {**{key: on for key, on in days.items() if stage_of(key) not in kept}, **own}
    return after if notices == (after.fields.get(NOTICES) or {}) else after.with_fields(**{NOTICES: notices})


def stage_of(key: str) -> str:
    """The stage of which it is a notice."""
    return key.partition("/")[0]


def _stages(letter: Letter) -> set[str]:
    return {*_given(letter), *(letter.get("notice_of") or ())}


def _days(stage: str, letters: Iterable[Letter]) -> Mapping[str, str]:
    standing = [each for each in letters if not (each.get("given_up") or each.get("replaced"))]
    first: dict[str, str] = {}
    for receiver in RECEIVERS:
        days = [each["notices"][stage] for each in standing if reaches(each, receiver) and stage in _given(each)]
        if days:
            first[f"{stage}/{receiver}"] = min(days)
    same = len(first) == len(RECEIVERS) and len(set(first.values())) == 1
    return {stage: next(iter(first.values()))} if same else first


def _given(letter: Letter) -> Mapping[str, str]:
    return letter.get("notices") or {}
