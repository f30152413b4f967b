"""Why an escalation stands where it stands: what keeps it from moving or closing, and who owes the next move by when.

A reason is the name of a sentence under `why.` and what stands in it; it is told privately. The next move may stand in
a channel: people whom the platform knows, roles of the policy, labels and dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any, Literal, assert_never

from bot import dates
from bot.deadlines import ClockDue, Deadline
from bot.escalation import Approval, Escalation, Status
from bot.flows.approving import approvers, free_from, leaves_out, may_go_on
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.noted import filed
from bot.forms_due import Filling, to_fill
from bot.policy import Policy, Stage
from bot.sent_letters import filling_of, letters_of, settled, to_post

# ── why it cannot go on ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reason:
    """One thing that keeps it where it is (`holds`), or that is still to be done although it could go on without it.

    `do` is the conversation that mends it, "" where there is nothing to do but wait.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    do: str = ""
    holds: bool = True


def to_close(c: Context, escalation: Escalation) -> list[Reason]:
    """Why it is not closed; what holds it up first. [] where nothing is missing."""
    policy = c.policy_of(escalation)
    status, stage = escalation.status, policy.stage(escalation.stage)
    reasons = [
        *_ended(c, escalation, {Status.CLOSED, Status.WITHDRAWN}),
        *([Reason("not_resolved", {"stage": stage.label}, "resolve")] if status is Status.OPEN else []),
        *([_who_judges(stage)] if status is Status.OPEN and stage.judged_by.words else []),
        *_forms(policy, escalation, holds=status in {Status.OPEN, Status.RESOLVED}),
        *_on_their_way(policy, escalation),
        *not_filed(policy, escalation),
        *_open_clocks(c, escalation),
    ]
    return sorted(reasons, key=lambda reason: not reason.holds)


def to_move(c: Context, escalation: Escalation) -> list[Reason]:
    """Why it does not go to the next stage; what holds it up first. [] where it can go now."""
    if escalation.status is not Status.OPEN:
        return _ended(c, escalation, set(Status))
    policy = c.policy_of(escalation)
    top = not policy.above(escalation.stage)
    at_top = Reason("at_the_top", {"stage": stage_in_words(policy.stage(escalation.stage))}, "resolve")
    reasons = [
        *([at_top] if top else _approval(c, policy, escalation)),
        *_not_told(escalation),
        *_forms(policy, escalation, holds=False),
        *_open_clocks(c, escalation),
    ]
    return sorted(reasons, key=lambda reason: not reason.holds)


def _who_judges(stage: Stage) -> Reason:
    """Who says that it is resolved, in the policy's words."""
    return Reason("judged_by", {"stage": stage.label, "words": stage.judged_by.words}, holds=False)


def _ended(c: Context, escalation: Escalation, after: set[Status]) -> list[Reason]:
    if escalation.status is Status.OPEN or escalation.status not in after:
        return []
    return [Reason("ended", {"status": c.words(f"status.{escalation.status.value}")}, "reopen")]


def _forms(policy: Policy, escalation: Escalation, *, holds: bool) -> Iterator[Reason]:
    """Forms that are due: not sent yet, sent and refused, or still to be posted."""
    for letter in to_post(escalation).values():
        if letter.get("left"):
            yield Reason("to_post", {"title": policy.form(letter["form"]).title}, "note", holds)
    for filling in to_fill(policy, escalation):
        values = {"title": filling.form.title, "part": filling.moment.label}
        yield Reason("form_refused" if _was_refused(filling, escalation) else "form_due", values, "report", holds)


def _was_refused(filling: Filling, escalation: Escalation) -> bool:
    return filling.key in {filling_of(one) for one in letters_of(escalation).values() if one.get("given_up")}


def _on_their_way(policy: Policy, escalation: Escalation) -> Iterator[Reason]:
    """Forms whose letters the mail has not taken yet; each once, however many receive it."""
    waiting = (one for one in letters_of(escalation).values() if not one.get("left") and not settled(one))
    holds = escalation.status is Status.RESOLVED
    for form in dict.fromkeys(one["form"] for one in waiting):
        yield Reason("on_its_way", {"title": policy.form(form).title}, holds=holds)


def not_filed(policy: Policy, escalation: Escalation) -> Iterator[Reason]:
    """Agencies of which it is not noted that they have filed it, where the policy wants it of each."""
    now = {"each_stage"} if escalation.status is Status.OPEN else {"each_stage", "close"}
    if not any(duty.who == "each_agency" and duty.when in now for duty in policy.record_duties):
        return
    done = filed(policy, escalation)
    if missing := [side for side, has in done.items() if not has]:
        yield Reason("not_filed", {"n": len(missing), "of": len(done)}, "note", holds=False)


def _open_clocks(c: Context, escalation: Escalation) -> Iterator[Reason]:
    """What is owed at the present stage and has not been noted."""
    if escalation.status is Status.OPEN:
        for clock in open_clocks(c, escalation):
            due = due_in_words(clock, c.words, c.today, c.now)
            yield Reason("clock_open", {"what": clock.label, "due": due}, "note", holds=False)


def _not_told(escalation: Escalation) -> Iterator[Reason]:
    if not escalation.fields.get("words_said"):
        yield Reason("not_told", {}, "say", holds=False)


def _approval(c: Context, policy: Policy, escalation: Escalation) -> Iterator[Reason]:
    """What was asked of the manager and how it stands; or that nobody here can be asked."""
    asked = latest_request(c, policy, escalation)
    if asked is not None and leaves_out(policy, escalation.stage, asked.stage):
        # Whatever comes of it, the next stage is open.
        yield replace(_request(c, policy, escalation, asked), do="jump", holds=False)
    elif asked is not None:
        yield _request(c, policy, escalation, asked)
    elif not escalation.person(escalation.stage, "raising"):
        yield Reason("no_manager", {"stage": policy.stage(escalation.stage).label}, "move", holds=False)
    elif _nobody_to_ask(c, policy, escalation):
        yield Reason("manager_not_here", {"stage": policy.stage(escalation.stage).label}, "move", holds=False)


def _nobody_to_ask(c: Context, policy: Policy, escalation: Escalation) -> bool:
    """The raiser's own stage asks whoever is named for the next one, who is not known yet."""
    own = escalation.person(escalation.stage, "raising").get("person") == escalation.raiser
    return not own and not approvers(c, escalation, policy.stage(escalation.stage))


def latest_request(c: Context, policy: Policy, escalation: Escalation) -> Approval | None:
    """The last request to move further up, if it is open or was declined."""
    above = {stage.id for stage in policy.above(escalation.stage)}
    moves = [each for each in approvals_of(c, escalation) if each.kind == "move" and each.stage in above]
    return moves[-1] if moves and moves[-1].answer in {"", "declined"} else None


def approvals_of(c: Context, escalation: Escalation) -> Sequence[Approval]:
    """Those of this escalation: a context may know the requests of several."""
    return [each for each in c.approvals if each.reference == escalation.reference]


def _request(c: Context, policy: Policy, escalation: Escalation, asked: Approval) -> Reason:
    values = {"stage": policy.stage(asked.stage).label, "asked": dates.in_words(asked.asked_on)}
    if may_go_on(c, escalation, asked):
        return Reason(f"{'declined' if asked.answer else 'asked'}_go_on", values, "move", holds=False)
    values["day"] = dates.in_words(free_from(c, escalation, asked))
    if asked.answer:
        return Reason("declined", values, "move")
    return Reason("asked", {**values, "names": names_of(c, asked.may_answer)})


def names_of(c: Context, people: Sequence[str]) -> str:
    """ "Ben Sample or Cerys Specimen": those whom the directory knows."""
    return " or ".join(c.people[person].name for person in people if person in c.people)


# ── who owes the next move ───────────────────────────────────────────────────────────────────────────────

What = Literal["answer", "clock", "stage", "report", "nothing"]


@dataclass(frozen=True)
class Owner:
    """Who owes the next move: people of the directory, or, where none is known, the role that the policy gives."""

    side: Literal["raising", "challenged", "partnership"]
    people: tuple[str, ...]
    role: str


@dataclass(frozen=True)
class NextMove:
    """What comes next: whose it is, what it is, and by when; every open one has a date, or a reason why it has none.

    `due` is the limit that `by` comes from; where there is no limit, an answer is waited for until `by`.
    """

    owner: Owner | None
    what: What
    by: date | None = None
    due: Deadline | ClockDue | None = None
    why_none: Literal["", "no limit", "waits", "form to be sent", "ended"] = ""


def next_move(c: Context, escalation: Escalation) -> NextMove:
    """The manager's answer while they are asked; else what is due first of the stage's limit and its open clocks."""
    match escalation.status:
        case Status.OPEN:
            return _next_of_open(c, escalation)
        case Status.RESOLVED:
            raiser = (escalation.raiser,) if escalation.raiser in c.people else ()
            return NextMove(Owner("raising", raiser, c.words("face.raiser")), "report", why_none="form to be sent")
        case Status.CLOSED | Status.WITHDRAWN:
            return NextMove(None, "nothing", why_none="ended")
        case _:
            assert_never(escalation.status)


def _next_of_open(c: Context, escalation: Escalation) -> NextMove:
    policy = c.policy_of(escalation)
    asked = latest_request(c, policy, escalation)
    waiting = asked if asked is not None and asked.answer == "" else None
    first = first_due(c, escalation)
    day = first.due or first.soft
    role = policy.stage(escalation.stage).raising.role
    if waiting is not None:
        owner = Owner("raising", tuple(person for person in waiting.may_answer if person in c.people), role)
        return NextMove(owner, "answer", day or free_from(c, escalation, waiting), first if day else None)
    what: What = "clock" if isinstance(first, ClockDue) else "stage"
    why: Literal["", "waits", "no limit"] = "" if day else "waits" if first.waits_for else "no limit"
    return NextMove(owner_of(c, policy, escalation, first), what, day, first, why)


def open_clocks(c: Context, escalation: Escalation) -> list[ClockDue]:
    """The clocks of the present stage that have not been met, in the policy's order."""
    return [clock for clock in c.clocks_of(escalation) if clock.done_on is None]


def first_due(c: Context, escalation: Escalation) -> Deadline | ClockDue:
    """What is due first: an open clock before the stage's own limit, where both are due on one day or neither is."""
    owed: list[Deadline | ClockDue] = [*open_clocks(c, escalation), c.deadline_of(escalation)]
    return min(owed, key=_when)


def _when(one: Deadline | ClockDue) -> tuple[date, time]:
    """A moment comes before the end of its day; what has no date comes last."""
    day, at = (one.due, one.due_at) if one.due else (one.soft, one.soft_at)
    if day is None:
        return date.max, time.max
    return day, at.time() if at is not None and at.date() == day else time.max


def owner_of(c: Context, policy: Policy, escalation: Escalation, first: Deadline | ClockDue) -> Owner:
    """Whose a stage's limit or a clock of the present stage is."""
    stage = policy.stage(escalation.stage)
    side = first.owner if isinstance(first, ClockDue) else "raising"
    match side:
        case "partnership":
            return Owner("partnership", (), policy.partnership.team)
        case "challenged":
            return Owner("challenged", _here(c, escalation.person(stage.id, "challenged")), stage.challenged.role)
        case _:
            return Owner("raising", _here(c, escalation.person(stage.id, "raising")), stage.raising.role)


def _here(c: Context, person: Mapping[str, str]) -> tuple[str, ...]:
    return (person["person"],) if person.get("person", "") in c.people else ()
