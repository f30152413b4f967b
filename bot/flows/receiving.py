"""`/received`: somebody has received a challenge, usually from outside: their duties, their clock, and a reply to send.

Nothing of it is kept here. Only where the reference is an escalation of this bot, and the person is named in it for the
challenged side, their acknowledgement is recorded there; nobody else learns whether there is such an escalation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from bot import dates
from bot.deadlines import ClockDue, Course, Deadline, clocks, deadline
from bot.errors import InvalidAnswer
from bot.fields import Answer, Choice, Choices, Day, Line, Professional, YesNo
from bot.flows.context import Asking, Context, ask, choose, due_in_words, stage_in_words
from bot.flows.escalate import CallForHelp
from bot.flows.preparing import danger, in_language, which_policy
from bot.flows.questions import Question
from bot.flows.routing import which_ladder, which_priority
from bot.flows.staging import CheckedDay, which_branch
from bot.messages import Facts, Part, Points, Words
from bot.policy import AnyLimit, Cumulative, FurtherAndTotal, Policy, Since, Stage, Within

ANCHORS: tuple[Since, ...] = ("clock", "initial_concern", "decision_received", "raised")
"""The days that only the other side knows, and that limits may run from."""


@dataclass(frozen=True)
class Received:
    """A challenge was received. `policy` is as it holds for it; `days` are what the other side told, by anchor."""

    policy: Policy
    stage: str
    reference: str
    challenger: Mapping[str, str]
    received_on: date
    responder: str
    reply_by: date | None
    remind: bool
    days: Mapping[Since, date] = field(default_factory=dict)


def received(c: Context) -> Asking:
    """Returns CallForHelp or Received."""
    if (yield from danger(c)):
        return CallForHelp()
    whole = yield from which_policy(c)
    whole = yield from in_language(c, whole)
    ladder = yield from which_ladder(c, whole)
    priority = yield from which_priority(whole)
    heading = c.words("flow.received")
    reference = yield from _one(c, "reference", Line(), c.words("received.reference"), optional=True, private=True)
    who = Professional(needed=("name", "agency"))
    challenger = yield from _one(c, "challenger", who, c.words("received.challenger"))
    stages = {stage.id: stage_in_words(stage) for stage in whole.taken(ladder).ladder}
    stage = yield from choose("stage", c.words("received.stage"), stages, heading=heading, private=False)
    branch = yield from which_branch(c, whole.stage(stage))
    policy = whole.taken(ladder, {stage: branch} if branch else {}, priority)
    today, calendar = c.today.isoformat(), c.calendar_of(policy)
    typed = yield from _one(c, "received_on", Day(), c.words("received.on"), prefill=today, calendar=calendar)
    got = Received(policy, stage, reference or "", challenger, date.fromisoformat(typed), "", None, remind=False)
    got = replace(got, days=(yield from _days_told(c, got)))
    return (yield from _reply(c, got))


def _one(c: Context, name: str, kind: Answer, label: str, **more: Any) -> Asking:
    whole = {"heading": c.words("flow.received"), "private": False, **more}
    return (yield from ask(Question(name, label, kind, **whole)))


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────


def course_of(c: Context, got: Received) -> Course:
    """What the dates follow from: what the other side told; else it was on the day on which it was received, at the
    latest. An acknowledgement is taken to be sent today, and the notice to have come with the challenge."""
    on = got.received_on
    anchor = got.policy.clock.anchor
    days = {name: got.days.get(name, on) for name in ANCHORS if name not in {"clock", anchor}}
    concern = got.days.get("clock", on)
    if anchor == "raised":
        days["raised"] = concern
    acknowledged = [clock for clock in got.policy.stage(got.stage).clocks if clock.done_by == "acknowledged"]
    done = {f"{got.stage}/{clock.id}": c.today for clock in acknowledged}
    named = {str(name): day for name, day in days.items()}
    return Course(concern, {got.stage: on}, days=named, notices={got.stage: on}, done=done)


def dates_owed(c: Context, got: Received) -> tuple[Deadline, list[ClockDue]]:
    """The limit of the stage, and the clocks that the challenged side owes."""
    course, calendar = course_of(c, got), c.calendar_of(got.policy)
    owed = [each for each in clocks(got.policy, got.stage, course, calendar) if each.owner == "challenged"]
    return deadline(got.policy, got.stage, course, calendar), owed


def _days_told(c: Context, got: Received) -> Asking:
    """Each day that something owed is counted from and that only the other side knows, if they told it."""
    vocabulary = got.policy.vocabulary
    called: Mapping[Since, str] = {
        "clock": vocabulary.concern_date,
        "initial_concern": c.words("escalate.initial_concern"),
        "decision_received": vocabulary.decision_date,
        "raised": c.words("received.raised"),
    }
    told: dict[Since, date] = {}
    wanted = counted_from(got.policy, got.policy.stage(got.stage))
    for name in (each for each in ANCHORS if each in wanted):
        kind = CheckedDay(check=partial(_not_after, got.received_on))
        label, hint = c.words("received.told", day=called[name]), c.words("received.told_help")
        calendar = c.calendar_of(got.policy)
        typed = yield from _one(c, f"told_{name}", kind, label, hint=hint, optional=True, calendar=calendar)
        if typed:
            told[name] = date.fromisoformat(typed)
    return told


def counted_from(policy: Policy, stage: Stage) -> set[Since]:
    """The days, which only the other side knows, from which what the challenged side owes is counted."""
    limits = [stage.limit, *(clock.limit for clock in stage.clocks if clock.owner == "challenged")]
    found = {_since(limit) for limit in limits}
    named = {"clock" if since == policy.clock.anchor else since for since in found}
    return {since for since in ANCHORS if since in named and (since != "clock" or policy.clock.anchor != "stage_entry")}


def _since(limit: AnyLimit) -> Since | None:
    match limit:
        case Cumulative() | FurtherAndTotal():
            return "clock"
        case Within(since=since):
            return since
        case _:
            return None


def _not_after(received_on: date, on: date) -> None:
    if on > received_on:
        raise InvalidAnswer(
            f"{dates.in_words(on)} is after {dates.in_words(received_on)}, the day on which you received it. "
            "Please give the day that they told you, or skip this."
        )


# ── the reply ────────────────────────────────────────────────────────────────────────────────────────────


def _reply(c: Context, got: Received) -> Asking:
    """Who responds and by when, with the duties and the clock before one's eyes; and a reminder, if it is wanted."""
    heading, calendar = c.words("received.reply"), c.calendar_of(got.policy)
    mine = ", ".join(filter(None, (c.mine["name"], c.mine["role"])))
    owed = what_is_owed(c, got)
    label = c.words("received.responder")
    responder = yield from _one(c, "responder", Line(), label, before=owed, prefill=mine, heading=heading)
    last = last_day(c, got)
    kind = CheckedDay(expect="future", check=partial(_in_time, c.today, last))
    proposed = last.isoformat() if last and last >= c.today else None
    label, hint = c.words("received.reply_by"), c.words("received.reply_by_help")
    typed = yield from _one(
        c, "reply_by", kind, label, hint=hint, optional=True, prefill=proposed, calendar=calendar, heading=heading
    )
    by = date.fromisoformat(typed) if typed else None
    remind = False
    if by is not None and day_before(c, got.policy, by) > c.today:
        day = dates.in_words(day_before(c, got.policy, by))
        remind = yield from _one(c, "remind", YesNo(), c.words("received.remind", day=day), heading=heading)
    go = Choice(options=(Choices(id="go", label=c.words("received.go")),))
    yield from _one(c, "confirm", go, c.words("received.confirm"), is_review=True, heading=heading)
    return replace(got, responder=responder, reply_by=by, remind=bool(remind))


def last_day(c: Context, got: Received) -> date | None:
    """The day by which the policy wants a reply: that of the clock for it, else the limit of the stage."""
    limit, owed = dates_owed(c, got)
    replies = [clock.due for clock in owed if clock.done_by == "replied" and clock.due]
    return min(replies) if replies else limit.due


def _in_time(today: date, last: date | None, on: date) -> None:
    if on < today:
        raise InvalidAnswer(f"{dates.in_words(on)} has passed already. Please give today or a later day.")
    if last is not None and last >= today and on > last:
        raise InvalidAnswer(
            f"{dates.in_words(on)} is later than the policy allows: {dates.in_words(last)}. Please give a day until "
            "then; if you cannot keep it, call whoever challenges you today."
        )


def day_before(c: Context, policy: Policy, by: date) -> date:
    """The working day before a day."""
    return c.calendar_of(policy).add(by, -1)


def what_is_owed(c: Context, got: Received) -> tuple[Part, ...]:
    """Who acts for the challenged side, what the policy asks of them, the clock, and how challenge is meant."""
    stage, advice = got.policy.stage(got.stage), got.policy.advice
    role = Words(c.words("received.role", stage=stage_in_words(stage), role=stage.challenged.role))
    asked = tuple(dict.fromkeys((*advice.responding, *stage.duties)))
    ours = tuple(c.words(f"received.duty_{name}") for name in ("thank", "reasons", "offer", "record"))
    said = tuple(dict.fromkeys((*advice.key_messages, *advice.principles)))
    parts: list[Part] = [role, *_proxy(stage), Words(c.words("received.duties"), "strong")]
    parts += [Points(asked if advice.responding else (*asked, *ours))]
    parts += [Words(c.words("received.clock"), "strong"), Facts(tuple(clock_rows(c, got)))]
    parts.append(Words(c.words("received.counted", day=dates.in_words(got.received_on)), "quiet"))
    parts += [Words(text, "warning") for text in _closures(c, got)]
    parts += [Words(c.words("received.meant"), "strong"), Points(said)] if said else []
    return tuple(parts)


def _closures(c: Context, got: Received) -> list[str]:
    """A sentence for each local closure that a day which is owed falls into."""
    limit, owed = dates_owed(c, got)
    warnings = [*limit.warnings, *(text for each in owed for text in each.warnings)]
    return list(dict.fromkeys(warnings))


def _proxy(stage: Stage) -> tuple[Part, ...]:
    return (Words(stage.challenged.proxy, "quiet"),) if stage.challenged.proxy else ()


def clock_rows(c: Context, got: Received) -> list[tuple[str, str]]:
    """What is owed and by when, in plain dates."""
    limit, owed = dates_owed(c, got)
    rows = [(clock.label, due_in_words(clock, c.words, c.today, c.now)) for clock in owed]
    label = c.words("received.limit", limit=got.policy.stage(got.stage).limit.words)
    return [*rows, (label, due_in_words(limit, c.words, c.today, c.now))]
