"""Whatever happened to an escalation, under any policy: people are nudged in their hours, and nothing is left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import access
from bot.escalation import Approval, Escalation, Status, move_to, resolve
from bot.flows import nudges
from bot.flows.context import Context
from bot.flows.hours import hours
from bot.flows.noted import with_clocks_met
from bot.flows.reasons import next_move
from bot.forms_due import outstanding
from bot.policy import Policy
from tests.flows.contexts import ASHA, BEN, CERYS, ERIN, GRACE, INVENTED, POLICIES, REFERENCE, context, person, taken
from tests.flows.test_nudges import LONDON, SAID, at

RUNGS = [
    (name, ladder.id if ladder else "")
    for policies in (POLICIES, INVENTED)
    for name, policy in policies.items()
    for ladder in (policy.ladders or [None])  # type: ignore[list-item]
]
DIRECTORY = context().people


@dataclass(frozen=True)
class World:
    """One escalation at one moment, with what was asked about it."""

    about: Escalation
    now: datetime
    asked: tuple[Approval, ...] = ()

    @property
    def context(self) -> Context:
        c = context(self.about, approvals=self.asked, snoozes={CERYS: self.now + timedelta(days=1)})
        return nudges.at(c, self.about, self.now)

    @property
    def policy(self) -> Policy:
        return self.context.policy_of(self.about)

    @property
    def today(self) -> str:
        return self.now.astimezone(LONDON).date().isoformat()

    def noted(self, what: str, **more: str) -> World:
        note = {"what": what, "stage": self.about.stage, "on": self.today, **more}
        kept = self.about.with_fields(notes=[*(self.about.fields.get("notes") or ()), note])
        return replace(self, about=with_clocks_met(self.policy, kept))


def moved(world: World) -> World:
    """To the next stage, where there is one."""
    above = world.policy.next_steps(world.about.stage)
    if not above:
        return world
    there = move_to(world.about, above[-1].id, world.now.astimezone(LONDON).date(), world.now)
    people = {"raising": person(ERIN), "challenged": {"name": "Pat Elsewhere", "person": ""}}
    gone_on = tuple(replace(each, answer="gone_on") for each in world.asked)
    return replace(world, about=there.with_people(above[-1].id, people), asked=gone_on)


def asked(world: World) -> World:
    above, today = world.policy.next_steps(world.about.stage), world.now.astimezone(LONDON).date()
    if not above:
        return world
    one = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, today, (BEN, CERYS), stage=above[-1].id)
    return replace(world, asked=(one,))


def declined(world: World) -> World:
    return replace(world, asked=tuple(replace(each, answer="declined", answered_by=BEN) for each in world.asked))


def told(world: World) -> World:
    kept = world.about.with_fields(words_said={**SAID, "on": world.today})
    return replace(world, about=with_clocks_met(world.policy, kept, world.today))


def dated(world: World) -> World:
    """A date two working days ahead is agreed, and another that is shorter."""
    stage, calendar = world.about.stage, world.context.calendar_of(world.policy)
    agreed = {**world.about.agreed, stage: calendar.add(world.now.astimezone(LONDON).date(), 2)}
    return replace(world, about=replace(world.about, agreed=agreed, sooner={**world.about.sooner, **agreed}))


def sent(world: World) -> World:
    """Every form that is due, with the notice of the stage."""
    keys = {filling.key: world.now.isoformat() for filling in outstanding(world.policy, world.about)}
    noticed = world.about.with_fields(notices={world.about.stage: world.today}) if keys else world.about
    return replace(world, about=replace(noticed, sent={**noticed.sent, **keys}))


def put_back(world: World) -> World:
    """The concern was four days earlier than thought."""
    return replace(world, about=replace(world.about, concern=world.about.concern - timedelta(days=4)))


STEPS: list[Callable[[World], World]] = [
    moved,
    asked,
    declined,
    told,
    dated,
    sent,
    put_back,
    lambda world: world.noted("acknowledged", side="challenged"),
    lambda world: world.noted("replied", side="challenged"),
    lambda world: world.noted("no_reply", side="challenged"),
    lambda world: world.noted("meeting"),
    lambda world: world.noted("filed", side="raising"),
    lambda world: replace(world, now=world.now + timedelta(hours=5)),
    lambda world: replace(world, now=world.now + timedelta(days=2)),
    lambda world: replace(world, now=world.now + timedelta(days=9)),
]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    name, ladder = draw(st.sampled_from(RUNGS))
    hour = st.datetimes(datetime(2025, 12, 1), datetime(2027, 1, 10))  # noqa: DTZ001 - a zone is given next
    begun = draw(hour).replace(tzinfo=UTC, second=0, microsecond=0).astimezone(LONDON)
    about = at(name, taken(name, ladder).ladder[0].id, begun.replace(tzinfo=None).isoformat(), ladder=ladder)
    world = World(about.with_fields(**{"people.lead": person(GRACE)}), begun.astimezone(UTC))
    for step in draw(st.lists(st.sampled_from(STEPS), max_size=6)):
        world = step(world)
    end = draw(st.sampled_from(["open", "open", "open", "resolved", "withdrawn"]))
    if end == "resolved":
        ended = resolve(world.about, max(world.now.astimezone(LONDON).date(), world.about.concern), {})
        return replace(world, about=ended)
    if end == "withdrawn":
        kept = world.about.with_fields(withdrawn_on=world.today)
        return replace(world, about=replace(kept, status=Status.WITHDRAWN))
    return world


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_people_are_nudged_in_their_hours_and_nothing_that_is_going_on_is_left_alone(world: World) -> None:
    c, about = world.context, world.about
    planned = nudges.plan(c, about, world.now)
    times = hours(world.policy, c.calendars)
    for timer in planned:
        assert timer.due > world.now, timer
        assert times.are_open(timer.due), timer
    assert len({timer.key for timer in planned}) == len(planned)
    if about.status is Status.OPEN:
        assert planned, next_move(c, about)
    if planned:
        _is_said_when_its_moment_has_come(world)


def _is_said_when_its_moment_has_come(world: World) -> None:
    """At the next moment there is something to say, to people who may read it; and the moment after it is later."""
    planned = nudges.plan(world.context, world.about, world.now)
    due = min(timer.due for timer in planned)
    then = replace(world, now=due)
    c, come = then.context, [timer for timer in planned if timer.due == due]
    said = nudges.to_say(c, world.about, come, due)
    assert {each.name for each in said} <= {timer.about for timer in come}
    assert said
    assert nudges.message(c, world.about, said, "") is not None
    for reader, theirs in nudges.readers(c, world.about, said).items():
        in_it = access.may_see(reader, world.about, DIRECTORY)
        assert in_it or any(reader in each.may_answer for each in world.asked)
        assert nudges.message(c, world.about, theirs, reader) is not None
    assert all(timer.due > due for timer in nudges.plan(c, world.about, due))
