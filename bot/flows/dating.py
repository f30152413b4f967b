"""Dates that people set: one that both sides agreed, a shorter one for this child, and one that was wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal

from bot import dates
from bot.deadlines import Course, check_agreed, check_sooner, deadline, timetable
from bot.errors import InvalidAnswer
from bot.escalation import Escalation
from bot.fields import Choice, Choices, Line, Paragraph
from bot.flows.context import Asking, Context, ask, choose, due_in_words, stage_in_words
from bot.flows.moved_on import NothingToDo, it_moved_on, moved_on
from bot.flows.questions import Question
from bot.flows.staging import CheckedDay, agreed_date
from bot.messages import Facts, Words
from bot.policy import Agreed, Policy


@dataclass(frozen=True)
class AgreeDate:
    """Both sides agreed a date for the present stage: who on the other side, and how they confirmed it."""

    reference: str
    on: date
    who: str
    how: str


@dataclass(frozen=True)
class SoonerDate:
    """A shorter date than the policy's for the present stage, because this child needs it; None: the policy's again."""

    reference: str
    on: date | None
    reason: str
    who: str = ""


Kind = Literal["concern", "entered", "agreed", "day", "met"]


@dataclass(frozen=True)
class CorrectDate:
    """A date was wrong: the clock's own, a stage's entry, one agreed for a stage, another day by its anchor's name, or
    the day on which a clock within a stage was met.

    `of` is the stage's id, the anchor's name or "<stage>/<clock>", "" for the clock's own. Everything that follows is
    computed anew.
    """

    reference: str
    kind: Kind
    of: str
    on: date
    reason: str


WAYS = ("in_person", "phone", "video", "email", "letter")
"""How something is said or confirmed."""


# ── agreed, and shorter ──────────────────────────────────────────────────────────────────────────────────


def agree(c: Context) -> Asking:
    """Returns AgreeDate or NothingToDo."""
    policy = c.policy_of(c.escalation)
    stage = policy.stage(c.escalation.stage)
    if moved_on(c):
        return it_moved_on(c)
    if not isinstance(stage.limit, Agreed):
        return NothingToDo("agree.not_here", {"limit": stage.limit.words})
    on = yield from agreed_date(c, policy, stage, c.escalation.entered[stage.id])
    if on is None:
        return NothingToDo("agree.none", {"reference": c.escalation.reference})
    heading = c.words("flow.agree")
    proposed = c.escalation.person(stage.id, "challenged").get("name") or None
    who = yield from ask(
        Question("who", c.words("agree.who"), Line(), heading=heading, prefill=proposed, private=False)
    )
    ways = {way: c.words(f"escalate.how_{way}") for way in WAYS}
    how = yield from choose("how", c.words("agree.how"), ways, heading=heading, private=False)
    return AgreeDate(c.escalation.reference, on, who, how)


def sooner(c: Context) -> Asking:
    """Returns SoonerDate or NothingToDo. It is always possible, unless the date of the stage has passed already."""
    if moved_on(c):
        return it_moved_on(c)
    escalation, policy = c.escalation, c.policy_of(c.escalation)
    stage, heading = policy.stage(c.escalation.stage), c.words("flow.sooner")
    others = {name: on for name, on in escalation.sooner.items() if name != stage.id}
    own = deadline(policy, stage.id, replace(escalation.course, sooner=others), c.calendar_of(policy))
    due = due_in_words(own, c.words).rstrip(".")
    before = (Words(c.words("sooner.own", stage=stage.label, due=due)),)
    if stage.id in escalation.sooner:
        now_set = Words(c.words("sooner.now", day=dates.in_words(escalation.sooner[stage.id])), "strong")
        options = {"another": c.words("sooner.another"), "own": c.words("sooner.back")}
        what = yield from choose(
            "what", c.words("sooner.what"), options, before=(now_set, *before), heading=heading, private=False
        )
        if what == "own":
            why = yield from ask(Question("why_own", c.words("sooner.why_own"), Paragraph(), heading=heading))
            return SoonerDate(escalation.reference, None, why)
    if own.due is not None and own.due < c.today:
        return NothingToDo("sooner.passed", {"reference": escalation.reference})
    kind = CheckedDay(expect="future", check=partial(may_be_sooner, c, policy, stage.id))
    question = Question(
        "sooner",
        c.words("sooner.ask"),
        kind,
        hint=c.words("sooner.help"),
        before=before,
        heading=heading,
        private=False,
    )
    on = date.fromisoformat((yield from ask(question)))
    reason = yield from ask(Question("reason", c.words("sooner.reason"), Paragraph(), heading=heading))
    agreed_by = Question("who", c.words("sooner.who"), Line(), optional=True, heading=heading, private=False)
    return SoonerDate(escalation.reference, on, reason, (yield from ask(agreed_by)) or "")


def may_be_sooner(c: Context, policy: Policy, stage: str, on: date) -> None:
    """InvalidAnswer unless the stage may be due on this day instead: from today, and never later than its limit."""
    if on < c.today:
        raise InvalidAnswer(f"{dates.in_words(on)} has passed already. Please give today or a later day.")
    check_sooner(policy, stage, on, c.escalation.course, c.calendar_of(policy))


# ── correcting ───────────────────────────────────────────────────────────────────────────────────────────


def correct(c: Context) -> Asking:
    """Returns CorrectDate or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    heading = c.words("flow.correct")
    which = yield from choose("which_date", c.words("correct.which"), _offered(c), heading=heading, private=False)
    kind, of = _meant(c.escalation, which)
    day = CheckedDay(check=check_of(c, c.escalation, kind, of), expect="any" if kind == "agreed" else "past")
    typed = yield from ask(Question("right_date", c.words("correct.right"), day, heading=heading, private=False))
    right = date.fromisoformat(typed)
    reason = yield from ask(Question("reason", c.words("correct.reason"), Paragraph(), heading=heading))
    decision = CorrectDate(c.escalation.reference, kind, of, right, reason)
    yield from _confirm(c, heading, _new_dates(c, decision))
    return decision


def _offered(c: Context) -> dict[str, str]:
    """Every date that may have been given wrongly, as it stands now."""
    escalation, policy = c.escalation, c.policy_of(c.escalation)
    shown = {"concern": f"{policy.vocabulary.concern_date}: {dates.in_words(escalation.concern)}"}
    for anchor, called in anchors(c, policy).items():
        on = escalation.days.get(anchor)
        if on is not None or policy.runs_from(anchor):
            shown[f"day_{anchor}"] = f"{called}: {dates.in_words(on) if on else c.words('correct.not_given')}"
    for stage, on in in_time(policy, escalation):
        shown[f"entered_{stage}"] = c.words("correct.entered", stage=policy.stage(stage).label, on=dates.in_words(on))
        if stage in escalation.agreed:
            agreed = dates.in_words(escalation.agreed[stage])
            shown[f"agreed_{stage}"] = c.words("correct.agreed", stage=policy.stage(stage).label, on=agreed)
    for place, (key, on) in enumerate(_met(escalation)):
        shown[f"met_{place}"] = f"{_clock_in_words(policy, key)}: {dates.in_words(on)}"
    return shown


def _met(escalation: Escalation) -> list[tuple[str, date]]:
    """Each clock within a stage that was met, as "<stage>/<clock>", with its day."""
    return sorted(escalation.course.done.items())


def _clock_in_words(policy: Policy, key: str) -> str:
    stage_id, _, clock_id = key.partition("/")
    stage = policy.stage(stage_id)
    label = next((clock.label for clock in stage.clocks if clock.id == clock_id), clock_id)
    return f"{stage.label}, {label}"


def _meant(escalation: Escalation, which: str) -> tuple[Kind, str]:
    kinds: tuple[Kind, ...] = ("concern", "entered", "agreed", "day", "met")
    kind, _, of = which.partition("_")
    meant = next(each for each in kinds if each == kind)
    return meant, _met(escalation)[int(of)][0] if meant == "met" else of


def anchors(c: Context, policy: Policy) -> dict[Literal["initial_concern", "decision_received"], str]:
    """What the days are called that limits may run from besides the clock's own."""
    called: dict[Literal["initial_concern", "decision_received"], str] = {
        "initial_concern": c.words("escalate.initial_concern"),
        "decision_received": policy.vocabulary.decision_date,
    }
    return {name: text for name, text in called.items() if name != policy.clock.anchor}


def in_time(policy: Policy, escalation: Escalation) -> list[tuple[str, date]]:
    """Each stage that was entered with its day, in the order in which that happened; of one day, lower stages first."""
    places = {stage.id: place for place, stage in enumerate(policy.ladder)}
    return sorted(escalation.entered.items(), key=lambda each: (each[1], places.get(each[0], 0)))


def check_of(c: Context, escalation: Escalation, kind: Kind, of: str) -> Callable[[date], None]:
    """What a right date has to keep to: InvalidAnswer with the reason where it does not."""
    allowed, stands = _allowed(c, escalation, kind, of), standing(escalation, kind, of)

    def check(right: date) -> None:
        if right == stands:
            raise InvalidAnswer(
                f"{dates.in_words(right)} is the date that stands already. Please give the right one; if this one is "
                "right, cancel, and nothing is changed."
            )
        allowed(right)

    return check


def standing(escalation: Escalation, kind: Kind, of: str) -> date | None:
    """The date as it stands; None where it has not been given yet."""
    match kind:
        case "concern":
            return escalation.concern
        case "entered":
            return escalation.entered.get(of)
        case "agreed":
            return escalation.agreed.get(of)
        case "day":
            return escalation.days.get(of)
        case "met":
            return escalation.course.done.get(of)


def _allowed(c: Context, escalation: Escalation, kind: Kind, of: str) -> Callable[[date], None]:
    policy = c.policy_of(escalation)
    match kind:
        case "agreed":
            entered, calendar = escalation.entered[of], c.calendar_of(policy)
            return partial(check_agreed, policy, of, entered_on=entered, calendar=calendar)
        case "day" | "met":
            return partial(_not_after, c.today)
        case "concern" | "entered":
            return partial(in_order, policy, escalation, c.today, of)


def _not_after(today: date, right: date) -> None:
    if right > today:
        raise InvalidAnswer(f"{dates.in_words(right)} is still to come. Please give the day on which it happened.")


def in_order(policy: Policy, escalation: Escalation, today: date, of: str, right: date) -> None:
    """InvalidAnswer unless the dates still rise: the clock's date, which has no name, each stage entered, today."""
    order = [("", escalation.concern), *in_time(policy, escalation)]
    place = [name for name, _ in order].index(of)
    before = order[place - 1][1] if place else None
    after = order[place + 1][1] if place + 1 < len(order) else today
    if (before is not None and right < before) or right > after:
        first = f"between {dates.in_words(before)} and" if before else "no later than"
        raise InvalidAnswer(
            f"{dates.in_words(right)} cannot be right: it has to lie {first} {dates.in_words(after)}, "
            "because of the dates before and after it. Correct those first if they are wrong."
        )


def corrected(escalation: Escalation, d: CorrectDate) -> Escalation:
    """With the right date. The moment of an entry is not known any more once its day was wrong."""
    match d.kind:
        case "concern":
            return replace(escalation, concern=d.on)
        case "entered":
            moments = {stage: at for stage, at in escalation.entered_at.items() if stage != d.of}
            return replace(escalation, entered={**escalation.entered, d.of: d.on}, entered_at=moments)
        case "agreed":
            return replace(escalation, agreed={**escalation.agreed, d.of: d.on})
        case "day":
            return replace(escalation, days={**escalation.days, d.of: d.on})
        case "met":
            met = escalation.fields.get("clocks_met") or {}
            return escalation.with_fields(clocks_met={**met, d.of: d.on.isoformat()})


def _new_dates(c: Context, d: CorrectDate) -> Facts:
    policy = c.policy_of(c.escalation)
    course: Course = corrected(c.escalation, d).course
    due = timetable(policy, course, c.calendar_of(policy))
    return Facts(tuple((stage_in_words(policy.stage(one.stage)), due_in_words(one, c.words, c.today)) for one in due))


def _confirm(c: Context, heading: str, facts: Facts) -> Asking:
    kind = Choice(options=(Choices(id="go", label=c.words("correct.go")),))
    before = (Words(c.words("correct.new_dates"), "strong"), facts)
    label = c.words("correct.confirm")
    yield from ask(Question("confirm", label, kind, before=before, is_review=True, heading=heading, private=False))
