"""When a stage is due, how far along it is, and in words why.

Rule 1: pure. Policy, dates and calendar in; dates and sentences out.
Rule 2: the day from which days are counted is never counted itself.
Rule 3: nothing is late before its day is over, and no date beyond the calendar's sure days is given as sure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, assert_never

from bot.calendars import Calendar
from bot.dates import in_words
from bot.errors import InvalidAnswer
from bot.policy import Agreed, Cumulative, FurtherAndTotal, NoClock, PerStage, Policy, Stage, Within

Standing = Literal["on time", "soft passed", "due today", "late", "no date"]

NOT_COUNTED = "that day, weekends and bank holidays are not counted"
MEANS = {
    "conclude": "Resolve it or move on by the end of the day it is due.",
    "reach": "This stage is to be reached by the end of the day it is due.",
    "respond": "A response is owed by the end of the day it is due.",
}
"""What a limit asks for, by the policy's `limit_means`."""


@dataclass(frozen=True)
class Course:
    """Everything about one escalation that its dates follow from; days by stage id, unless it says otherwise.

    `concern` is the day that the policy's clock runs from. `entered_at` are moments, for limits in hours. `days` are
    other anchors by name ("decision_received"). `notices` are the days on which a stage's form was sent. `done` are
    the days on which clocks within a stage were met, by "<stage>/<clock>".
    """

    concern: date
    entered: Mapping[str, date] = field(default_factory=dict)
    agreed: Mapping[str, date] = field(default_factory=dict)
    sooner: Mapping[str, date] = field(default_factory=dict)
    entered_at: Mapping[str, datetime] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    notices: Mapping[str, date] = field(default_factory=dict)
    done: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Deadline:
    """When one stage is due.

    `soft` is a target, which nudges and is no breach; `due` is the last day. Both are None where no date can
    be told: there is no clock, or the day it is counted from is not known. `behind` is by how many working
    days the running total had passed when the stage began. `provisional`: a bank holiday not yet known may
    move a date. `rule` is the computation in words. `entered` is the day the stage began, or, if `forecast`,
    the day it would begin if the stage before it took all its time.
    """

    stage: str
    label: str
    soft: date | None
    due: date | None
    behind: int
    provisional: bool
    rule: str
    entered: date | None
    forecast: bool


@dataclass(frozen=True)
class _Counted:
    """What a limit comes to. `used` is every date of the computation."""

    rule: str
    used: tuple[date, ...] = ()
    soft: date | None = None
    due: date | None = None
    behind: int = 0


@dataclass(frozen=True)
class _Asked:
    """What the limit of one stage is counted with. `reached` is the lowest stage entered from this one on."""

    policy: Policy
    stage: Stage
    concern: date
    entry: date | None
    reached: Stage | None
    agreed: date | None
    calendar: Calendar

    @property
    def printed(self) -> str:
        return f"“{self.stage.limit.words}”:"

    @property
    def means(self) -> str:
        return MEANS[self.policy.clock.limit_means]

    @property
    def since_concern(self) -> str:
        return f"{in_words(self.concern)} ({self.policy.vocabulary.concern_date})"

    def since(self, entry: date) -> str:
        return f"{in_words(entry)} (when {self.stage.label} {'began' if self.reached else 'is forecast to begin'})"


def deadline(policy: Policy, stage_id: str, course: Course, calendar: Calendar) -> Deadline:
    """When this stage of the ladder is due; see `timetable`. KeyError if the ladder has no such stage."""
    for one in timetable(policy, course, calendar):
        if one.stage == stage_id:
            return one
    raise KeyError(stage_id)


def timetable(policy: Policy, course: Course, calendar: Calendar) -> list[Deadline]:
    """When each stage of the ladder is due, lowest first.

    `policy` is as it holds for this escalation (`Policy.taken`). A stage not yet entered is forecast to begin when the
    one before it is due. The first begins on `concern` where nothing else is said; another that was passed over (only
    a later one is entered) has no beginning.
    """
    concern, entered, agreed = course.concern, course.entered, course.agreed
    made: list[Deadline] = []
    begins: date | None = concern
    for place, stage in enumerate(policy.ladder):
        reached = [later for later in policy.ladder[place:] if later.id in entered]
        forecast = not reached
        entry = begins if forecast else entered.get(stage.id, concern if place == 0 else None)
        first_reached = reached[0] if reached else None
        counted = _counted(_Asked(policy, stage, concern, entry, first_reached, agreed.get(stage.id), calendar))
        provisional = not all(calendar.is_sure(day) for day in counted.used)
        made.append(
            Deadline(
                stage=stage.id,
                label=stage.label,
                soft=counted.soft,
                due=counted.due,
                behind=counted.behind,
                provisional=provisional,
                rule=f"{counted.rule} {_unsure(calendar)}" if provisional else counted.rule,
                entered=entry,
                forecast=forecast,
            )
        )
        begins = counted.due
    return made


def _counted(asked: _Asked) -> _Counted:
    limit, entry = asked.stage.limit, asked.entry
    if isinstance(limit, NoClock):
        # The words are ours where nothing is printed, so they have no quotation marks.
        return _Counted(f"The policy sets no number of days, so no date is given. {_sentence(limit.words)}")
    if isinstance(limit, Cumulative):
        return _from_one_day(asked, limit, asked.concern, asked.since_concern)
    if entry is None:
        return _not_known(asked)
    match limit:
        case PerStage():
            return _from_one_day(asked, limit, entry, asked.since(entry))
        case Agreed():
            return _agreed(asked, limit, entry)
        case FurtherAndTotal():
            return _further_and_total(asked, limit, entry)
        case Within():
            return _not_known(asked)
        case _:
            assert_never(limit)


def _from_one_day(asked: _Asked, limit: Cumulative | PerStage, start: date, since: str) -> _Counted:
    days = _days(limit.days) + (f" (aim for {limit.soft_days})" if limit.soft_days else "")
    due = asked.calendar.add(start, limit.days)
    soft = asked.calendar.add(start, limit.soft_days) if limit.soft_days else None
    rule = f"{asked.printed} {days} counted from {since}; {NOT_COUNTED}. {asked.means}"
    return _Counted(rule, (start, due), soft, due)


def _not_known(asked: _Asked) -> _Counted:
    why = "it is not known when it begins"
    if asked.reached:
        why = f"the escalation went on to {asked.reached.label} without it"
    counted = f"counted from the day {asked.stage.label} begins, but {why}, so no date is given."
    return _Counted(f"{asked.printed} {counted}")


def _agreed(asked: _Asked, limit: Agreed, entry: date) -> _Counted:
    cap, agreed = asked.calendar.add(entry, limit.cap), asked.agreed
    most = f"{_days(limit.cap)} counted from {asked.since(entry)}; {NOT_COUNTED}"
    if agreed is None:
        rule = f"no date is agreed yet, so this is the latest that the policy allows: {most}."
    elif agreed <= cap:
        rule = f"the date agreed. The policy allows until {in_words(cap)}: {most}."
    else:
        rule = f"{in_words(agreed)} was agreed, but the policy allows no later than this: {most}."
    return _Counted(f"{asked.printed} {rule} {asked.means}", (entry, cap), due=min(agreed or cap, cap))


def _further_and_total(asked: _Asked, limit: FurtherAndTotal, entry: date) -> _Counted:
    calendar, concern = asked.calendar, asked.concern
    further, total = calendar.add(entry, limit.further), calendar.add(concern, limit.total)
    used = (concern, entry, further, total)
    fresh = f"{_days(limit.further)} counted from {asked.since(entry)}"
    if total < entry:
        behind = calendar.count(total, entry)
        rule = (
            f"{fresh}, because the running total of {_days(limit.total)} from {asked.since_concern}"
            f" ran out on {in_words(total)} ({_days(behind)} behind the overall plan); {NOT_COUNTED}."
        )
        return _Counted(f"{asked.printed} {rule} {asked.means}", used, due=further, behind=behind)
    rule = f"{fresh}; {NOT_COUNTED}."
    if (entry, limit.further) != (concern, limit.total):
        in_all = f"{_days(limit.total)} in all counted from {asked.since_concern}"
        rule = f"the earlier of {fresh}, and {in_all}; {NOT_COUNTED}."
    return _Counted(f"{asked.printed} {rule} {asked.means}", used, due=min(further, total))


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _unsure(calendar: Calendar) -> str:
    return (
        f"Provisional: bank holidays are known only from {in_words(calendar.sure_from)} to"
        f" {in_words(calendar.sure_to)}, so this may still move."
    )


def _days(n: int, kind: str = "working") -> str:
    return f"{n} {kind} {'day' if n == 1 else 'days'}"


def standing(deadline: Deadline, today: date, calendar: Calendar) -> Standing:
    """How the stage stands today. It is late only when the due day is over.

    A due day that has become a bank holiday since it was agreed counts as the next working day.
    """
    due = deadline.due
    if due is None:
        return "no date"
    last = due if calendar.is_working(due) else calendar.add(due, 1)
    if today > last:
        return "late"
    if today >= due:
        return "due today"
    if deadline.soft and today > deadline.soft:
        return "soft passed"
    return "on time"


def not_begun(policy: Policy, deadline: Deadline, *, concern: date, today: date) -> bool:
    """Whether nothing is counted for the stage yet: its clock runs from its own beginning, which is still ahead.

    A limit counted from the concern runs for every stage at once. So does the first stage, which begins with it.
    """
    if isinstance(policy.stage(deadline.stage).limit, Cumulative):
        return False
    entry = deadline.entered
    return entry is None or entry > today or (deadline.forecast and entry != concern)


def progress(policy: Policy, deadline: Deadline, *, concern: date, today: date, calendar: Calendar) -> str:
    """How far along the stage is, in plain words: "working day 5 of 8 (of 20 for all stages)".

    A stage of which `not_begun` is true is "not begun".
    """
    limit = policy.stage(deadline.stage).limit
    entry, due = deadline.entered, deadline.due
    if isinstance(limit, Cumulative):
        entry = concern
    if entry is None or not_begun(policy, deadline, concern=concern, today=today):
        return "not begun"
    if isinstance(limit, NoClock):
        age = f"open for {_days(calendar.count(concern, today))} ({_days((today - concern).days, 'calendar')})"
        return age if deadline.forecast else f"{age}, {calendar.count(entry, today)} of them working days at this stage"
    if due is not None and standing(deadline, today, calendar) == "late":
        late = calendar.count(due, today)
        return f"{_days(late)} after its date" if late else "its date has just passed"
    match limit:
        case Cumulative():
            whole = policy.ladder[-1].limit
            of_all = isinstance(whole, Cumulative) and whole.days > limit.days
            more = f" (of {whole.days} for all stages)" if isinstance(whole, Cumulative) and of_all else ""
            return _day_of(entry, limit.days, today, calendar) + more
        case FurtherAndTotal():
            at_stage = _day_of(entry, limit.further, today, calendar)
            if deadline.behind:
                return f"{at_stage} at this stage, {_days(deadline.behind)} behind the overall plan"
            return f"{at_stage} at this stage, {max(calendar.count(concern, today), 0)} of {limit.total} in all"
        case Agreed():
            return _day_of(entry, calendar.count(entry, due) if due else limit.cap, today, calendar)
        case PerStage():
            return _day_of(entry, limit.days, today, calendar)
        case Within():
            return ""
        case _:
            assert_never(limit)


def _day_of(start: date, of: int, today: date, calendar: Calendar) -> str:
    n = calendar.count(start, today) if today > start else 0
    if n == 0:
        return f"working day 0 of {of}, day 1 is {in_words(calendar.add(start, 1))}"
    return f"working day {n} of {of}"


def check_agreed(policy: Policy, stage_id: str, day: date, *, entered_on: date, calendar: Calendar) -> None:
    """Whether the parties may agree on this day; raises InvalidAnswer with the reason if they may not."""
    stage = policy.stage(stage_id)
    if not isinstance(stage.limit, Agreed):
        if isinstance(stage.limit, NoClock):
            raise InvalidAnswer(f"{stage.label} has no date to agree: the policy sets no number of days for it.")
        raise InvalidAnswer(f"{stage.label} has no date to agree: the policy says “{stage.limit.words}”.")
    cap = calendar.add(entered_on, stage.limit.cap)
    until = f"Please agree on a working day from {in_words(entered_on)} to {in_words(cap)}."
    if day > cap:
        raise InvalidAnswer(
            f"{in_words(day)} is too late: the policy says “{stage.limit.words}”, and {stage.label} began on"
            f" {in_words(entered_on)}. {until}"
        )
    if day < entered_on:
        raise InvalidAnswer(f"{in_words(day)} is before {stage.label} began. {until}")
    if not calendar.is_working(day):
        name = calendar.closed.get(day, "a weekend")
        raise InvalidAnswer(f"{in_words(day)} is not a working day ({name}). {until}")


def time_taken(start: date, end: date, calendar: Calendar) -> str:
    """From the first to the last day in both units: "60 calendar days (42 working days)"."""
    provisional = "" if calendar.is_sure(start) and calendar.is_sure(end) else ", provisional"
    return f"{_days((end - start).days, 'calendar')} ({_days(calendar.count(start, end))}{provisional})"
