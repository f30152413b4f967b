"""Whose receipt of a form starts a clock, where it came back from one recipient or is sent to them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.deadlines import Course, clocks, deadline
from bot.decisions.effects import Effects
from bot.decisions.reporting import report
from bot.decisions.sending import letter_begun_again, letter_came_back, letter_given_up, letter_left, posted
from bot.escalation import Entry, Escalation
from bot.flows.context import Context
from bot.flows.posting import Posted
from bot.policy import Policy
from bot.replay import explained, is_explained, unexplained
from bot.sent_letters import letters_of
from tests.filling import ALL_CALENDARS, fill, under, world
from tests.invented import LLANFAIR, NORTHMOOR

FIRST, LATER, AGAIN = date(2026, 3, 27), date(2026, 3, 30), date(2026, 4, 1)
THEIRS = {"name": "Business Unit", "email": "unit@example.org", "partnership": True, "stands_for": ["business-unit"]}
OTHERS = {"name": "Grace Madeup", "email": "grace@example.org", "stands_for": ["other-side@stage-3"]}
PARTNERSHIP, CHALLENGED = "1", "2"
"""The letters, as Form 1 of Stage 3 is sent to both."""


class Sending:
    """One escalation at a stage, the days on which something becomes of its letters, and its history."""

    def __init__(self, policy: Policy, stage: str) -> None:
        self.policy, self.now = policy, under(policy, stage)
        self.history: list[Entry] = explained(None, self.now, [Entry(self.now.reference, "raised", "x", at(FIRST), {})])

    def on(self, day: date) -> Context:
        return replace(world(self.policy, self.now), today=day)

    def then(self, done: Effects) -> Escalation:
        self.history += explained(self.now, done.escalation, done.history)
        self.now = done.escalation
        return self.now

    def confirms(self, day: date, *recipients: Mapping[str, Any], **more: Any) -> None:
        decision = replace(fill(self.policy, self.now, filling=more.pop("filling", "")).report, recipients=recipients)
        self.then(report(self.on(day), replace(decision, **more), str(len(self.history)), at(day)))
        for number, letter in letters_of(self.now).items():
            if not letter.get("left"):
                self.then(letter_left(self.on(day), number, "<1@example.org>", at(day)))

    def comes_back(self, number: str, day: date = LATER) -> None:
        self.then(letter_came_back(self.on(day), number, "bot", at(day)))

    def counted_from(self, clock: str = "") -> date | None:
        calendar, course = ALL_CALENDARS[self.policy.clock.calendar], self.now.course
        if not clock:
            return deadline(self.policy, self.now.stage, course, calendar).counted_from
        (found,) = [
            each for each in clocks(self.policy, self.now.stage, course, calendar) if each.clock == clock
        ]  # fmt: skip
        return found.counted_from


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


@pytest.fixture
def sent() -> Sending:
    """Form 1 has gone to the Business Unit and to the other side, who is to answer within a week of it."""
    course = Sending(LLANFAIR, "stage-3")
    course.confirms(FIRST, THEIRS, OTHERS)
    assert course.counted_from("reply") == FIRST
    return course


@pytest.mark.parametrize(
    ("number", "to", "meanwhile", "then"),
    [(PARTNERSHIP, THEIRS, FIRST, FIRST), (CHALLENGED, OTHERS, None, AGAIN)],
)
@pytest.mark.parametrize("how", ["sent anew", "sent to all", "begun again"])
def test_what_one_of_them_did_not_get_and_gets_later_moves_only_the_clock_that_it_starts(
    sent: Sending, number: str, to: Mapping[str, Any], meanwhile: date | None, then: date, how: str
) -> None:
    if how == "begun again":
        sent.then(letter_given_up(sent.on(LATER), number, "No such mailbox.", at(LATER)))
    else:
        sent.comes_back(number)
    assert sent.counted_from("reply") == meanwhile, "a notice that did not arrive starts no clock, and stops no other"
    if how == "begun again":
        sent.then(letter_begun_again(sent.on(AGAIN), number, "key", "bot", at(AGAIN)))
    elif how == "sent anew":
        sent.confirms(AGAIN, to, only=(to["stands_for"][0].partition("@")[0],))
    else:
        sent.confirms(AGAIN, THEIRS, OTHERS)
    assert sent.counted_from("reply") == then
    assert is_explained(sent.now, sent.history)
    assert unexplained(sent.history) == []


def test_where_both_came_back_it_waits_and_runs_from_the_day_on_which_the_other_side_has_it(sent: Sending) -> None:
    for number in (CHALLENGED, PARTNERSHIP):
        sent.comes_back(number)
    assert sent.now.fields["notices"] == {}
    sent.confirms(LATER, THEIRS, only=("business-unit",))
    assert sent.counted_from("reply") is None
    sent.confirms(AGAIN, OTHERS, only=("other-side",))
    assert sent.counted_from("reply") == AGAIN


def test_what_came_back_after_it_was_sent_once_more_counts_from_the_letter_that_arrived(sent: Sending) -> None:
    sent.confirms(LATER, THEIRS, OTHERS)
    assert sent.counted_from("reply") == FIRST, "they have the first one, as far as anybody knows"
    sent.comes_back(CHALLENGED, AGAIN)
    assert sent.counted_from("reply") == LATER
    sent.comes_back(PARTNERSHIP, AGAIN)
    assert sent.now.fields["notices"] == {"stage-3": LATER.isoformat()}


def test_what_is_handed_over_to_the_other_side_counts_from_the_day_on_which_the_form_was_sent() -> None:
    course = Sending(LLANFAIR, "stage-3")
    course.confirms(FIRST, THEIRS)
    course.confirms(LATER, THEIRS, OTHERS)
    assert course.counted_from("reply") == FIRST


def test_whoever_did_not_get_it_and_is_left_out_is_handed_it_on_the_day_on_which_it_is_sent_anew(sent: Sending) -> None:
    sent.comes_back(CHALLENGED)
    sent.confirms(AGAIN, THEIRS)
    assert sent.counted_from("reply") == AGAIN


def test_what_says_in_no_way_for_whom_it_was_starts_every_clock_and_stops_one_only_with_the_last(sent: Sending) -> None:
    """So letters were kept before it was noted for whom they are."""
    for number, letter in letters_of(sent.now).items():
        old = {name: value for name, value in letter.items() if name != "reaches"}
        sent.now = sent.now.with_fields(**{f"letter.{number}": old})
    sent.comes_back(CHALLENGED)
    assert sent.counted_from("reply") == FIRST
    sent.comes_back(PARTNERSHIP)
    assert sent.counted_from("reply") is None


REFERRAL = "nr3/all/referral"
SCRUTINEER = {"name": "Scrutineer", "address": ["1 Nowhere Square"], "partnership": True, "stands_for": ["scrutineer"]}
MANAGER = {"name": "Ben Sample", "email": "ben@example.org", "stands_for": ["senior-manager"]}


def test_a_stage_of_the_partnerships_runs_from_its_own_receipt_by_mail_or_by_post_and_from_nobody_elses() -> None:
    course = Sending(NORTHMOOR, "step-5")
    course.confirms(FIRST, SCRUTINEER, THEIRS, MANAGER, filling=REFERRAL)
    assert course.counted_from() == FIRST
    course.comes_back("2")
    assert course.counted_from() is None, "the raiser's own side has it, and the scrutineer's is still to be posted"
    course.then(posted(course.on(AGAIN), Posted(course.now.reference, "1", LATER.isoformat()), "p", at(AGAIN)))
    assert course.counted_from() == LATER
    assert is_explained(course.now, course.history)


@pytest.mark.parametrize(("receiver", "day"), [("challenged", FIRST), ("partnership", LATER)])
def test_a_day_that_is_the_same_for_all_is_every_receivers(receiver: str, day: date) -> None:
    apart = Course(FIRST, notices={"stage-3/challenged": FIRST, "stage-3/partnership": LATER})
    assert apart.noticed("stage-3", receiver) == day
    assert Course(FIRST, notices={"stage-3": day}).noticed("stage-3", receiver) == day
    assert Course(FIRST, notices={"stage-3/other": day}).noticed("stage-3", receiver) is None
