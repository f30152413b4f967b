"""When people are reminded of what: golden moments by hand, under every kind of limit, across holidays and clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.escalation import Approval, Escalation, Status
from bot.flows import nudges
from bot.flows.context import Context
from bot.policy import Policy
from bot.timers import Timer
from tests.flows.contexts import ASHA, BEN, CERYS, GRACE, REFERENCE, beside, context, escalation, person, reported

LONDON = ZoneInfo("Europe/London")
SENT_AT_3 = {"resolution-form/stage-3/stage": "2026-04-01T10:00+00:00"}
SAID = {"to": "Farid Fictional", "how": "By telephone", "on": "2026-03-03"}


def moment(text: str, zone: Any = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def at(policy: str, stage: str, entered: str, **more: Any) -> Escalation:
    """One that reached this stage at this moment, and nothing else was ever done about it."""
    when, fields = moment(entered), more.pop("fields", {})
    begun = replace(
        escalation(policy if policy in {"herefordshire", "sefton", "islands", "trafford"} else "trafford"),
        policy=policy,
        policy_version=beside(policy)[policy].version,
        stage=stage,
        concern=when.date(),
        opened=when,
        entered={stage: when.date()},
        entered_at={stage: when},
    )
    named = {"raising": person(BEN), "challenged": person(GRACE), "deputy": person(CERYS)}
    return replace(begun.with_people(stage, named).with_fields(**{"words_said": None} | fields), **more)


def walk(c: Context, about: Escalation, name: str, start: datetime, n: int) -> list[str]:
    """The next moments of one nudge, each planned at the one before, as the clock on the wall shows them."""
    found: list[str] = []
    while len(found) < n:
        planned = {timer.about: timer.due for timer in nudges.plan(c, about, start)}
        if name not in planned:
            return found
        start = planned[name]
        found.append(f"{start.astimezone(LONDON):%a %d %b %H:%M}".removesuffix(" 09:00"))
    return found


def moments(about: Escalation, name: str, n: int = 5, since: str = "", **more: Any) -> str:
    start = moment(since) if since else about.opened
    return ", ".join(walk(context(about, **more), about, name, start, n))


def planned(about: Escalation, now: str, **more: Any) -> dict[str, str]:
    """What is planned at this moment: by nudge, when, as somebody there reads the clock."""
    timers = nudges.plan(context(about, **more), about, moment(now))
    return {timer.about: f"{timer.due.astimezone(LONDON):%Y-%m-%d %H:%M}" for timer in timers}


def test_an_escalation_plans_each_thing_that_is_owed_once_at_its_next_moment() -> None:
    about = replace(escalation("herefordshire", 2), entered={"stage-1": date(2026, 3, 3), "stage-2": date(2026, 3, 5)})
    assert planned(about, "2026-03-09T10:00") == {
        "limit/stage-2": "2026-03-11 09:00",
        "no_reply/stage-2": "2026-03-11 09:00",
        "form/report-to-hscp/all/entry": "2026-03-10 09:00",
        "file/stage-2": "2026-03-12 09:00",
    }
    timer = nudges.plan(context(about), about, moment("2026-03-09T10:00"))[0]
    assert (timer.key, timer.kind, timer.owner) == (f"nudge/{REFERENCE}/limit/stage-2", "nudge", REFERENCE)


# ── limits and targets: before, on the day, and after it ─────────────────────────────────────────────────

DAYS: Mapping[str, tuple[str, str, str, dict[str, Any], str, str]] = {
    # Counted from one day, with a target of one working day and a limit of three.
    "a target": ("herefordshire", "stage-1", "2026-03-02T08:00", {}, "target/stage-1", "Mon 02 Mar, Tue 03 Mar"),
    "a limit": (
        "herefordshire", "stage-1", "2026-03-02T10:00", {}, "limit/stage-1",
        "Wed 04 Mar, Thu 05 Mar, Fri 06 Mar, Mon 09 Mar, Tue 10 Mar",
    ),
    "across Easter": (
        "herefordshire", "stage-1", "2026-04-01T10:00", {}, "limit/stage-1",
        "Tue 07 Apr, Wed 08 Apr, Thu 09 Apr, Fri 10 Apr, Mon 13 Apr",
    ),
    "the top stage across Easter and a bank holiday in May": (
        "herefordshire", "stage-4", "2026-04-01T10:00", {}, "limit/stage-4",
        "Thu 30 Apr, Fri 01 May, Tue 05 May, Wed 06 May, Thu 07 May",
    ),
    "across Christmas": (
        "herefordshire", "stage-1", "2026-12-22T10:00", {}, "limit/stage-1",
        "Thu 24 Dec, Tue 29 Dec, Wed 30 Dec, Thu 31 Dec, Mon 04 Jan",
    ),
    # The earlier of two days further and four in all.
    "further, before the total": (
        "sefton", "step-2", "2026-03-03T10:00", {"concern": date(2026, 3, 2)}, "limit/step-2",
        "Wed 04 Mar, Thu 05 Mar, Fri 06 Mar, Mon 09 Mar, Tue 10 Mar",
    ),
    "further, where the total has run out": (
        "sefton", "step-2", "2026-03-09T10:00", {"concern": date(2026, 3, 2)}, "limit/step-2",
        "Tue 10 Mar, Wed 11 Mar, Thu 12 Mar, Fri 13 Mar, Mon 16 Mar",
    ),
    "the total, across Easter": (
        "sefton", "step-1", "2026-04-01T10:00", {}, "limit/step-1",
        "Thu 02 Apr, Tue 07 Apr, Wed 08 Apr, Thu 09 Apr, Fri 10 Apr",
    ),
    # A date that is agreed, ten working days from entering the stage at the latest.
    "no date agreed": (
        "trafford", "stage-2", "2026-04-01T10:00", {}, "limit/stage-2",
        "Thu 16 Apr, Fri 17 Apr, Mon 20 Apr, Tue 21 Apr, Wed 22 Apr",
    ),
    "that one is to be agreed": (
        "trafford", "stage-2", "2026-04-01T10:00", {}, "no_date/stage-2",
        "Tue 07 Apr, Thu 09 Apr, Mon 13 Apr, Wed 15 Apr",
    ),
    "that one is to be agreed, across Christmas": (
        "trafford", "stage-2", "2026-12-22T10:00", {}, "no_date/stage-2",
        "Thu 24 Dec, Wed 30 Dec, Mon 04 Jan, Wed 06 Jan",
    ),
    "a date agreed": (
        "trafford", "stage-2", "2026-04-01T10:00", {"agreed": {"stage-2": date(2026, 4, 10)}}, "limit/stage-2",
        "Thu 09 Apr, Fri 10 Apr, Mon 13 Apr, Tue 14 Apr, Wed 15 Apr",
    ),
    "nothing to agree once one is": (
        "trafford", "stage-2", "2026-04-01T10:00", {"agreed": {"stage-2": date(2026, 4, 10)}}, "no_date/stage-2", "",
    ),
    "nothing to agree where a shorter one is set": (
        "trafford", "stage-2", "2026-04-01T10:00", {"sooner": {"stage-2": date(2026, 4, 8)}}, "no_date/stage-2", "",
    ),
    "a shorter date": (
        "trafford", "stage-2", "2026-04-01T10:00", {"sooner": {"stage-2": date(2026, 4, 8)}}, "limit/stage-2",
        "Tue 07 Apr, Wed 08 Apr, Thu 09 Apr, Fri 10 Apr, Mon 13 Apr",
    ),
    # No clock.
    "no limit where there is no clock": ("islands", "stage-1", "2026-04-01T10:00", {}, "limit/stage-1", ""),
    # Two weeks, and aim for one: days as they fall, so from Saturday 28 March to Easter Saturday and Saturday after.
    "a target in weeks ends on a Saturday": (
        "llanfair", "stage-2", "2026-03-28T10:00", {}, "target/stage-2", "Wed 01 Apr, Thu 02 Apr",
    ),
    "a limit in weeks ends on a Saturday": (
        "llanfair", "stage-2", "2026-03-28T10:00", {}, "limit/stage-2",
        "Thu 09 Apr, Fri 10 Apr, Mon 13 Apr, Tue 14 Apr, Wed 15 Apr",
    ),
    "a target that no limit follows goes on": (
        "llanfair", "stage-4", "2026-03-02T10:00", {}, "target/stage-4",
        "Fri 27 Mar, Mon 30 Mar, Tue 31 Mar, Wed 01 Apr, Thu 02 Apr",
    ),
    # Limits say by when a stage is to be reached; other hours and days; Scotland works on Easter Monday.
    "the next stage is to be reached": (
        "alderwick", "alert-2", "2026-04-01T10:00", {}, "limit/alert-2",
        "Thu 02 Apr 08:30, Tue 07 Apr 08:30, Thu 09 Apr 08:30, Mon 13 Apr 08:30, Wed 15 Apr 08:30",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DAYS)
def test_limits_and_targets_are_reminded_of_before_them_on_the_day_and_after(case: str) -> None:
    policy, stage, entered, more, name, expected = DAYS[case]
    assert moments(at(policy, stage, entered, **more), name) == expected


HOURS: Mapping[str, tuple[str, str, str]] = {
    # Four hours: one before, unless they ran already when the day opened; when they are over; each opening from then
    # on. Hours are open from 09:00 until 18:00.
    "four hours": ("2026-03-24T08:00", "limit/step-2/acknowledge",
                   "Tue 24 Mar, Tue 24 Mar 12:01, Wed 25 Mar, Thu 26 Mar, Fri 27 Mar"),
    "four hours from the morning": ("2026-03-24T09:30", "limit/step-2/acknowledge",
                                    "Tue 24 Mar 12:30, Tue 24 Mar 13:31, Wed 25 Mar, Thu 26 Mar, Fri 27 Mar"),
    "four hours that end in the evening": ("2026-03-24T15:00", "limit/step-2/acknowledge",
                                           "Tue 24 Mar 17:00, Wed 25 Mar, Thu 26 Mar, Fri 27 Mar, Mon 30 Mar"),
    "four hours of a Friday evening": ("2026-03-27T17:30", "limit/step-2/acknowledge",
                                       "Mon 30 Mar, Tue 31 Mar, Wed 01 Apr, Thu 02 Apr, Tue 07 Apr"),
    "a day": ("2026-03-24T14:00", "limit/step-2",
              "Wed 25 Mar, Wed 25 Mar 14:01, Thu 26 Mar, Fri 27 Mar, Mon 30 Mar"),
    "a day that ends before opening": ("2026-03-24T08:00", "limit/step-2",
                                       "Tue 24 Mar 17:00, Wed 25 Mar, Thu 26 Mar, Fri 27 Mar, Mon 30 Mar"),
    "a day that ends on Good Friday": ("2026-04-02T14:00", "limit/step-2",
                                       "Thu 02 Apr 17:00, Tue 07 Apr, Wed 08 Apr, Thu 09 Apr, Fri 10 Apr"),
    # From 11:30 on Saturday: the clocks go forward, so 24 hours end at 12:30 on Sunday.
    "a day in which the clocks go forward": ("2026-03-28T11:30", "limit/step-2",
                                             "Mon 30 Mar, Tue 31 Mar, Wed 01 Apr, Thu 02 Apr, Tue 07 Apr"),
    "a day that ends at midnight": ("2026-03-24T00:00", "limit/step-2",
                                    "Tue 24 Mar, Wed 25 Mar, Thu 26 Mar, Fri 27 Mar, Mon 30 Mar"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOURS)
def test_limits_in_hours_are_reminded_of_within_the_hours_in_which_people_may_be(case: str) -> None:
    entered, name, expected = HOURS[case]
    assert moments(at("northmoor", "step-2", entered, priority="risk-of-harm"), name) == expected


@pytest.mark.parametrize(
    ("concern", "expected"),
    [
        ("2026-03-24T10:00", ["26T09", "27T09", "30T08", "31T08"]),
        ("2026-10-20T10:00", ["22T08", "23T08", "26T09", "27T09"]),
    ],
)
def test_it_is_nine_o_clock_there_on_both_sides_of_a_clock_change(concern: str, expected: list[str]) -> None:
    about, now, found = at("herefordshire", "stage-1", concern), moment(concern), []
    for _ in expected:
        now = next(each.due for each in nudges.plan(context(about), about, now) if each.about == "limit/stage-1")
        found.append(f"{now.astimezone(UTC):%dT%H}")
    assert found == expected


# ── what is still missing ────────────────────────────────────────────────────────────────────────────────

NR1 = {"nr1/step-2/request": "2026-03-24T10:00+00:00"}


def noted(what: str, stage: str, on: str, **more: str) -> dict[str, str]:
    return {"what": what, "stage": stage, "on": on, **more}


FILED = [noted("filed", "stage-1", "2026-04-02", side=side) for side in ("raising", "challenged")]

MISSING: Mapping[str, tuple[Escalation, str, str]] = {
    "the words were not said": (
        at("islands", "stage-1", "2026-04-01T10:00"), "words/all", "Thu 02 Apr, Tue 07 Apr, Wed 08 Apr",
    ),
    "the words were not said before a weekend": (
        at("sefton", "step-1", "2026-03-27T16:00"), "words/all", "Mon 30 Mar, Tue 31 Mar, Wed 01 Apr",
    ),
    "a clock asks for the words": (at("northmoor", "step-2", "2026-03-24T09:30"), "words/all", ""),
    "and has its own moments": (
        at("northmoor", "step-2", "2026-03-24T08:30"), "limit/step-2/say", "Tue 24 Mar, Wed 25 Mar, Thu 26 Mar",
    ),
    # On the days on which it is told that no date is agreed.
    "no reply": (
        at("islands", "stage-1", "2026-04-01T10:00", fields={"words_said": {"on": "2026-04-02"}}), "no_reply/stage-1",
        "Thu 09 Apr, Mon 13 Apr, Wed 15 Apr",
    ),
    "no reply, since the stage began": (
        at("herefordshire", "stage-2", "2026-03-09T10:00", fields={"words_said": SAID}), "no_reply/stage-2",
        "Wed 11 Mar, Fri 13 Mar, Tue 17 Mar",
    ),
    "no reply, since it was noted that there was none": (
        at("islands", "stage-1", "2026-03-02T10:00", fields={
            "words_said": SAID, "notes": [noted("no_reply", "stage-1", "2026-03-04")]}), "no_reply/stage-1",
        "Mon 09 Mar, Wed 11 Mar, Fri 13 Mar",
    ),
    "acknowledged": (
        at("islands", "stage-1", "2026-03-02T10:00", fields={
            "words_said": SAID, "notes": [noted("acknowledged", "stage-1", "2026-03-04")]}), "no_reply/stage-1", "",
    ),
    "a clock says by when to reply": (
        at("northmoor", "step-2", "2026-03-24T09:30", fields={"words_said": SAID}), "no_reply/step-2", "",
    ),
    "a form, from entering the stage": (
        at("islands", "stage-3", "2026-04-01T10:00"), "form/resolution-form/stage-3/stage",
        "Thu 02 Apr, Tue 07 Apr, Wed 08 Apr",
    ),
    "a form that was sent": (
        at("islands", "stage-3", "2026-04-01T10:00", sent=SENT_AT_3),
        "form/resolution-form/stage-3/stage", "",
    ),
    "the partnership has not acknowledged it": (
        reported(at("islands", "stage-3", "2026-04-01T10:00"), SENT_AT_3),
        "acknowledged/all", "Fri 10 Apr, Fri 17 Apr, Fri 24 Apr",
    ),
    "the partnership has acknowledged it": (
        reported(
            at("islands", "stage-3", "2026-04-01T10:00",
               fields={"notes": [noted("partnership_acknowledged", "stage-3", "2026-04-02")]}), SENT_AT_3,
        ),
        "acknowledged/all", "",
    ),
    "filing at each stage": (
        at("islands", "stage-1", "2026-04-01T10:00"), "file/stage-1", "Fri 10 Apr, Fri 17 Apr, Fri 24 Apr",
    ),
    "filed by both": (at("islands", "stage-1", "2026-04-01T10:00", fields={"notes": FILED}), "file/stage-1", ""),
    "filed by one": (
        at("islands", "stage-1", "2026-04-01T10:00", fields={"notes": FILED[:1]}), "file/stage-1",
        "Fri 10 Apr, Fri 17 Apr",
    ),
    "no record is wanted": (at("sefton", "step-1", "2026-04-01T10:00"), "file/step-1", ""),
    "nothing counts until the notice is sent": (
        at("northmoor", "step-4", "2026-03-24T10:00"), "waits/step-4", "Thu 26 Mar, Mon 30 Mar, Wed 01 Apr",
    ),
    "once it is sent, the limit does": (
        at("northmoor", "step-4", "2026-03-24T10:00", fields={"notices": {"step-4": "2026-03-24"}}), "limit/step-4",
        "Wed 25 Mar, Thu 26 Mar, Fri 27 Mar",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_reminded_of_from_the_day_that_caused_it(case: str) -> None:
    about, name, expected = MISSING[case]
    assert moments(about, name, expected.count(",") + 1) == expected


def test_where_the_notice_was_sent_nothing_waits_for_it() -> None:
    about = at("northmoor", "step-4", "2026-03-24T10:00", fields={"notices": {"step-4": "2026-03-24"}})
    assert "waits/step-4" not in planned(about, "2026-03-24T10:00")


ASKED = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, date(2026, 4, 1), (BEN, CERYS), stage="stage-2")


def test_whoever_was_asked_is_reminded_each_working_day_and_the_raiser_on_the_day_from_which_they_may_go_on() -> None:
    limited, free = at("herefordshire", "stage-1", "2026-04-01T10:00"), at("islands", "stage-1", "2026-04-01T10:00")
    for about, day in ((limited, "Wed 08 Apr"), (free, "Tue 07 Apr")):
        assert moments(about, "answer/stage-2", 3, approvals=(ASKED,)) == "Thu 02 Apr, Tue 07 Apr, Wed 08 Apr"
        assert moments(about, "free/stage-2", approvals=(ASKED,)) == day


def test_after_a_decline_nobody_is_asked_any_more_but_the_raiser_learns_from_when_they_may_go_on() -> None:
    about, declined = at("herefordshire", "stage-1", "2026-04-01T10:00"), replace(ASKED, answer="declined")
    assert moments(about, "answer/stage-2", approvals=(declined,)) == ""
    assert moments(about, "free/stage-2", approvals=(declined,)) == "Wed 08 Apr"


@pytest.mark.parametrize("answer", ["approved", "withdrawn", "gone_on"])
def test_a_request_that_is_past_is_reminded_of_no_more(answer: Any) -> None:
    about = at("herefordshire", "stage-1", "2026-04-01T10:00")
    found = planned(about, "2026-04-01T10:00", approvals=(replace(ASKED, answer=answer),))
    assert not {"answer/stage-2", "free/stage-2"} & found.keys()


# ── what has been left, or has ended ─────────────────────────────────────────────────────────────────────


def test_of_a_stage_that_was_left_nothing_is_planned_but_what_is_still_to_be_sent() -> None:
    about = at("northmoor", "step-2", "2026-03-24T10:00")
    there = replace(about, stage="step-4", entered={**about.entered, "step-4": date(2026, 3, 26)})
    before, after = (planned(each, "2026-03-26T10:00").keys() for each in (about, there))
    assert {"limit/step-2", "limit/step-2/acknowledge", "file/step-2"} <= before
    assert {name for name in after if "step-2" in name} == {"form/nr1/step-2/request"}


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.WITHDRAWN])
def test_what_has_ended_owes_its_forms_and_its_filing_only(status: Status) -> None:
    about = escalation("herefordshire", 2, status, fields={"words_said": None, "withdrawn_on": "2026-03-27"})
    forms = {"form/report-to-hscp/all/entry"}
    forms |= {"form/report-to-hscp/all/resolution"} if status is not Status.WITHDRAWN else set()
    found = planned(about, "2026-03-27T12:00", approvals=(ASKED,))
    assert found.keys() == {*forms, "file/all"}
    assert found["file/all"] == "2026-04-07 09:00"


SENT = {"report-to-hscp/all/entry": "2026-03-24T10:00+00:00", "report-to-hscp/all/resolution": "2026-03-30T10:00+00:00"}


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.WITHDRAWN])
def test_what_has_ended_is_reminded_of_for_a_month_and_then_no_more(status: Status) -> None:
    about = escalation("herefordshire", 2, status, fields={"withdrawn_on": "2026-03-27"})
    about = reported(about, SENT)
    noted_later = about.with_fields(resolution_noted_on="2026-03-31", withdrawn_on="2026-03-31")
    start = "2026-03-27T12:00"
    assert moments(about, "file/all", 9, start) == "Tue 07 Apr, Tue 14 Apr, Tue 21 Apr, Mon 27 Apr"
    assert moments(about, "acknowledged/all", 9, start) == "Wed 08 Apr, Wed 15 Apr, Wed 22 Apr, Mon 27 Apr"
    assert moments(noted_later, "file/all", 9, start) == "Thu 09 Apr, Thu 16 Apr, Thu 23 Apr, Mon 27 Apr"


def test_a_form_that_is_still_to_be_sent_is_reminded_of_once_a_week_for_as_long_as_it_is_missing() -> None:
    about = escalation("herefordshire", 2, Status.RESOLVED)
    found = moments(about, "form/report-to-hscp/all/resolution", 60, "2026-03-27T12:00").split(", ")
    assert found[8:14] == ["Mon 13 Apr", "Tue 14 Apr", "Wed 15 Apr", "Mon 20 Apr", "Mon 27 Apr", "Tue 05 May"]
    assert len(found) == 60


# ── what stays open for long ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("about", "name", "since", "expected"),
    [
        # Late from Friday 6 March: each working day for two weeks, then when the week opens; Easter Monday is 6 April.
        (
            at("herefordshire", "stage-1", "2026-03-02T10:00"), "limit/stage-1",
            "2026-03-18T10:00", "Thu 19 Mar, Fri 20 Mar, Mon 23 Mar, Mon 30 Mar, Tue 07 Apr, Mon 13 Apr",
        ),
        (
            at("islands", "stage-1", "2026-03-02T10:00", fields={"words_said": SAID}), "no_reply/stage-1",
            "2026-03-16T10:00", "Tue 17 Mar, Thu 19 Mar, Mon 23 Mar, Mon 30 Mar, Tue 07 Apr, Mon 13 Apr",
        ),
        # However old the concern is: from the day on which it was raised, or opened again.
        (
            at("herefordshire", "stage-1", "2026-03-02T10:00", concern=date(2026, 1, 5)), "limit/stage-1",
            "2026-03-11T10:00", "Thu 12 Mar, Fri 13 Mar, Mon 16 Mar, Mon 23 Mar, Mon 30 Mar, Tue 07 Apr",
        ),
        (
            at("herefordshire", "stage-1", "2026-03-02T10:00", fields={"reopened_on": "2026-03-19"}), "limit/stage-1",
            "2026-03-18T10:00", "Thu 19 Mar, Fri 20 Mar, Mon 23 Mar, Tue 24 Mar, Wed 25 Mar, Thu 26 Mar",
        ),
    ],
)  # fmt: skip
def test_what_stays_open_is_told_once_a_week_after_two_weeks(
    about: Escalation, name: str, since: str, expected: str
) -> None:
    assert moments(about, name, 6, since) == expected


def test_what_is_missing_of_both_sides_is_told_on_the_same_days_and_not_on_every_day_one_of_it() -> None:
    about = at("trafford", "stage-2", "2026-03-02T10:00", fields={"words_said": SAID})
    days = "Fri 06 Mar, Tue 10 Mar, Thu 12 Mar"
    assert moments(about, "no_date/stage-2", 4) == f"Wed 04 Mar, {days}"
    assert moments(about, "no_reply/stage-2", 3) == days
    apart = {"trafford": changed("trafford", no_reply_days=3)}
    assert moments(about, "no_reply/stage-2", 3, policies=apart) == "Fri 06 Mar, Wed 11 Mar, Mon 16 Mar"


def test_at_a_stage_for_which_no_day_is_set_nothing_stands_still_unseen() -> None:
    """From entering it, and from whatever was noted last; not once a date is set."""
    about = at("islands", "stage-2", "2026-03-02T10:00", fields={"updates": []})
    assert moments(about, "no_date/stage-2", 3) == "Wed 04 Mar, Fri 06 Mar, Tue 10 Mar"
    active = about.with_fields(updates=[{"on": "2026-03-05", "text": "They met."}])
    assert moments(active, "no_date/stage-2", 3) == "Mon 09 Mar, Wed 11 Mar, Fri 13 Mar"
    assert moments(replace(about, sooner={"stage-2": date(2026, 3, 12)}), "no_date/stage-2", 3) == ""


def test_a_form_that_is_due_on_withdrawing_counts_from_that_day() -> None:
    about = at(
        "llanfair", "stage-2", "2026-03-02T10:00", status=Status.WITHDRAWN, fields={"withdrawn_on": "2026-04-01"}
    )
    found = planned(about, "2026-04-01T12:00")
    assert {when for name, when in found.items() if name.startswith("form/")} == {"2026-04-02 09:00"}
    assert found["file/all"] == "2026-04-10 09:00"


# ── 0 days is never ──────────────────────────────────────────────────────────────────────────────────────


def changed(policy: str, **days: int) -> Policy:
    there = beside(policy)[policy]
    return there.model_copy(update={"nudges": there.nudges.model_copy(update=days)})


def without(name: str, policy: str = "herefordshire") -> Policy:
    return changed(policy, **{name: 0})


@pytest.mark.parametrize(
    ("key", "stage", "gone"),
    [
        ("words_days", "stage-1", {"words"}),
        ("file_days", "stage-1", {"file"}),
        ("form_days", "stage-2", {"form"}),
    ],
)
def test_where_a_policy_says_0_days_nobody_is_ever_reminded(key: str, stage: str, gone: set[str]) -> None:
    about = at("herefordshire", stage, "2026-03-02T10:00")
    policies = {"policies": {"herefordshire": without(key)}}
    before = {name.split("/")[0] for name in planned(about, "2026-03-02T10:00")}
    after = {name.split("/")[0] for name in planned(about, "2026-03-02T10:00", **policies)}
    assert (gone <= before, after) == (True, before - gone)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("before_days", "Thu 05 Mar, Fri 06 Mar, Mon 09 Mar"), ("late_every_days", "Wed 04 Mar, Thu 05 Mar")],
)
def test_a_policy_may_remind_of_its_limits_on_the_last_day_only(key: str, expected: str) -> None:
    about = at("herefordshire", "stage-1", "2026-03-02T10:00")
    assert moments(about, "limit/stage-1", 3, policies={"herefordshire": without(key)}) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("before_days", "Wed 25 Mar, Wed 25 Mar 14:01"), ("late_every_days", "Wed 25 Mar")],
)
def test_so_it_may_of_its_limits_in_hours(key: str, expected: str) -> None:
    about = at("northmoor", "step-2", "2026-03-24T14:00", priority="risk-of-harm")
    n = expected.count(",") + 1 if key == "before_days" else 3
    assert moments(about, "limit/step-2", n, policies={"northmoor": without(key, "northmoor")}) == expected


# ── what is armed, and what has something to say ─────────────────────────────────────────────────────────


def timer(name: str, due: str, kind: Any = "nudge") -> Timer:
    return Timer(f"{kind}/{REFERENCE}/{name}", kind, moment(due), REFERENCE, name)


def test_a_timer_whose_moment_has_come_but_that_has_not_fired_stays_while_it_is_still_owed() -> None:
    now = moment("2026-03-05T09:00")
    come, left, ahead = timer("a", "2026-03-05T09:00"), timer("b", "2026-03-04T09:00"), timer("c", "2026-03-09T09:00")
    planned = [timer("a", "2026-03-06T09:00"), timer("d", "2026-03-06T09:00")]
    assert nudges.rearmed([come, left, ahead], planned, {"a", "d"}, now) == [come, planned[1]]


def test_a_last_reminder_that_has_not_fired_yet_is_not_lost_because_none_comes_after_it() -> None:
    come = timer("free/stage-2", "2026-03-05T09:00")
    assert nudges.rearmed([come], [], {"free/stage-2"}, moment("2026-03-05T09:01")) == [come]


def test_timers_of_other_kinds_are_left_alone() -> None:
    snoozed = timer(ASHA, "2026-03-06T09:00", "snoozed")
    assert nudges.rearmed([snoozed, timer("a", "2026-03-06T09:00")], [], {"a"}, moment("2026-03-05T09:00")) == [snoozed]


def saying(about: Escalation, timers: Sequence[Timer], now: str) -> list[str]:
    return [each.name for each in nudges.to_say(context(about), about, timers, moment(now))]


def test_after_a_time_in_which_nobody_looked_each_thing_is_said_once_and_no_target_beside_its_limit() -> None:
    about = at("herefordshire", "stage-1", "2026-03-02T10:00")
    timers = [timer(name, "2026-03-04T09:00") for name in ("limit/stage-1", "words/all")]
    timers.append(timer("target/stage-1", "2026-03-02T09:00"))
    assert saying(about, [timer("target/stage-1", "2026-03-02T09:00")], "2026-03-03T11:00") == ["target/stage-1"]
    assert saying(about, timers, "2026-03-10T11:00") == ["limit/stage-1", "words/all"]


def test_of_a_stage_that_was_left_nothing_is_said() -> None:
    about = at("northmoor", "step-4", "2026-03-26T10:00")
    assert saying(about, [timer("limit/step-2", "2026-03-25T09:00")], "2026-03-27T09:00") == []


def test_what_was_put_off_by_a_corrected_date_says_nothing_before_its_new_moment() -> None:
    about = at("herefordshire", "stage-1", "2026-03-02T10:00")
    later = replace(about, concern=date(2026, 3, 5))  # due on Tuesday 10 March, and a reminder the day before
    due = [timer("limit/stage-1", "2026-03-04T09:00")]
    assert saying(about, due, "2026-03-04T09:00") == ["limit/stage-1"]
    assert saying(later, due, "2026-03-06T09:00") == []
    assert saying(later, due, "2026-03-09T09:00") == ["limit/stage-1"]
