"""Noting what happened, correcting dates, passing on, withdrawing and opening again: what each causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot import decisions
from bot.chat.console.people import PEOPLE
from bot.decisions import Effects
from bot.errors import InvalidAnswer
from bot.escalation import Approval, Escalation, Status
from bot.flows.changing import PassOn, Reopen, Withdraw
from bot.flows.dating import AgreeDate, CorrectDate, Kind, SoonerDate
from bot.flows.noted import filed
from bot.messages import words_of
from bot.store import verify
from tests.flows.contexts import ASHA, BEN, CERYS, DIRECTORY, context, escalation
from tests.scenes import Play

NOW = datetime(2026, 3, 27, 10, tzinfo=UTC)

PASS_TO_ERIN = """
Asha: /pass
Asha: Erin Invented
Asha: I am on leave.
"""


def record(play: Play) -> Escalation:
    with play.world.parts.database.transaction() as tx:
        return tx.escalations()[-1]


def test_what_is_noted_is_a_tick_in_the_channel_and_a_line_of_the_progress_section(raised: Play) -> None:
    raised.do("""
Asha: /note
Asha: They replied
Asha [Continue]
Asha [Continue]
Asha: They will look at it again, and at Kit Marker.
#herefordshire-escalations | [x] The other side acknowledged it
#herefordshire-escalations ! look at it again
""")
    assert raised.told()[-1] == "replied"
    assert "They will look at it again" in record(raised).fields["updates"][-1]["text"]


def test_a_clock_is_not_corrected_past_the_day_on_which_its_stage_was_entered(raised: Play) -> None:
    raised.do("""
5 working days later
Asha: /correct
Asha: 1
Asha: 9 March 2026
  | it has to lie no later than Monday 2 March 2026
Asha: 27 February 2026
Asha: It was the Friday.
Asha [Correct the date]
#herefordshire-escalations | overdue since the end of Wednesday 4 March 2026
""")
    assert record(raised).concern == date(2026, 2, 27)
    assert raised.told()[-1] == "date corrected"


def corrected(escalation: Escalation, kind: Kind, of: str, on: date, today: date = date(2026, 3, 27)) -> Effects:
    asked = Approval("k", escalation.reference, "move", ASHA, today, (BEN,), "stage-3", post="asked/post")
    over = replace(asked, key="k2", answer="declined", post="declined/post")
    world = context(escalation, today=today, approvals=(over, asked))
    return decisions.correct_date(world, CorrectDate(escalation.reference, kind, of, on, "A slip."), "p", NOW)


def edits(done: Effects) -> dict[str, str]:
    return {each.to: words_of(each.message) for each in done.deliveries if each.kind == "edit" and each.message}


def test_whatever_shows_dates_is_edited_when_one_is_corrected() -> None:
    lines = [{"key": f"line/{n}", "name": "agree.posted", "values": {}} for n in (1, 2)]
    about = escalation("herefordshire", stage=2, fields={"posts": lines})
    changed = edits(corrected(about, "concern", "", date(2026, 2, 26)))
    assert set(changed) == {about.thread, "line/2", "asked/post"}
    for text in changed.values():
        assert "overdue since the end of Tuesday 10 March 2026" in text
    assert "[Approve]" in changed["asked/post"]
    assert "a date has been agreed" in changed["line/2"]


def test_the_line_that_says_so_is_itself_put_right_by_the_next_correction() -> None:
    about = escalation("herefordshire", stage=2)
    first = corrected(about, "concern", "", date(2026, 2, 26))
    line = next(each for each in first.deliveries if each.kind == "thread")
    again = edits(corrected(first.escalation, "concern", "", date(2026, 2, 25)))
    assert "REF: a date has been corrected".replace("REF", about.reference) in again[line.key]
    assert "Monday 9 March 2026" in again[line.key]


def test_only_so_many_lines_are_kept_and_always_the_newest() -> None:
    about = escalation("herefordshire")
    for n in range(9):
        about = decisions.reopen(
            context(replace(about, status=Status.WITHDRAWN)), Reopen(about.reference, "x"), f"p{n}", NOW
        ).escalation
    assert [each["key"] for each in about.fields["posts"]] == [f"{about.reference}/p{n}/2" for n in range(4, 9)]


def test_two_stages_entered_on_one_day_can_each_be_corrected_and_not_cross() -> None:
    about = escalation("herefordshire", stage=2)
    about = replace(about, entered={"stage-2": date(2026, 3, 4), "stage-1": date(2026, 3, 4)})
    moved = corrected(about, "entered", "stage-2", date(2026, 3, 6)).escalation
    assert moved.entered == {"stage-1": date(2026, 3, 4), "stage-2": date(2026, 3, 6)}
    back = corrected(about, "entered", "stage-1", date(2026, 3, 3)).escalation
    assert back.entered["stage-1"] == date(2026, 3, 3)
    with pytest.raises(InvalidAnswer, match="Wednesday 4 March 2026"):
        corrected(about, "entered", "stage-1", date(2026, 3, 5))
    with pytest.raises(InvalidAnswer, match="between Wednesday 4 March 2026"):
        corrected(about, "entered", "stage-2", date(2026, 3, 3))


def test_a_stage_that_was_entered_again_is_placed_by_its_day() -> None:
    about = replace(
        escalation("herefordshire", stage=2), entered={"stage-1": date(2026, 3, 6), "stage-2": date(2026, 3, 4)}
    )
    assert corrected(about, "entered", "stage-1", date(2026, 3, 4)).escalation.entered["stage-1"] == date(2026, 3, 4)
    with pytest.raises(InvalidAnswer, match="between Monday 2 March 2026 and Friday 6 March 2026"):
        corrected(about, "entered", "stage-2", date(2026, 3, 9))


def test_the_moment_of_a_stage_is_dropped_with_its_wrong_day_and_no_other() -> None:
    moments = {"stage-1": NOW, "stage-2": NOW}
    about = replace(escalation("herefordshire", stage=2), entered_at=moments)
    assert corrected(about, "entered", "stage-2", date(2026, 3, 5)).escalation.entered_at == {"stage-1": NOW}
    assert corrected(about, "concern", "", date(2026, 2, 26)).escalation.entered_at == moments


def test_a_day_that_a_limit_runs_from_can_be_corrected_but_not_to_one_that_is_to_come() -> None:
    about = replace(escalation("herefordshire"), days={"decision_received": date(2026, 3, 1)})
    done = corrected(about, "day", "decision_received", date(2026, 2, 27))
    assert done.escalation.days == {"decision_received": date(2026, 2, 27)}
    assert done.history[0].details["before"] == "2026-03-01"
    with pytest.raises(InvalidAnswer, match="is still to come"):
        corrected(about, "day", "decision_received", date(2026, 3, 30))


def test_an_agreed_date_is_corrected_within_the_cap() -> None:
    about = replace(escalation("trafford"), agreed={"stage-1": date(2026, 3, 10)})
    assert corrected(about, "agreed", "stage-1", date(2026, 3, 12)).escalation.agreed == {"stage-1": date(2026, 3, 12)}
    with pytest.raises(InvalidAnswer, match="is too late"):
        corrected(about, "agreed", "stage-1", date(2026, 3, 18))


def test_dates_that_people_set_and_that_no_longer_hold_are_dropped_and_named_in_the_history() -> None:
    day = date(2026, 3, 17)
    about = replace(escalation("trafford"), agreed={"stage-1": day}, sooner={"stage-1": date(2026, 3, 16)})
    done = corrected(about, "entered", "stage-1", date(2026, 3, 2))
    assert (done.escalation.agreed, done.escalation.sooner) == ({}, {"stage-1": date(2026, 3, 16)})
    assert done.history[0].details["dropped"] == {"agreed": ["stage-1"], "sooner": []}
    short = replace(about, agreed={}, sooner={"stage-1": day})
    done = corrected(short, "entered", "stage-1", date(2026, 3, 2))
    assert (done.escalation.sooner, done.history[0].details["dropped"]) == ({}, {"agreed": [], "sooner": ["stage-1"]})


# ── shorter ──────────────────────────────────────────────────────────────────────────────────────────────────


def shorter(about: Escalation, on: date | None, today: date = date(2026, 3, 3)) -> Effects:
    world = context(about, today=today)
    return decisions.sooner_date(world, SoonerDate(about.reference, on, "It cannot wait.", "Grace"), "p", NOW)


@pytest.mark.parametrize("policy", ["herefordshire", "islands", "sefton", "trafford"])
def test_a_shorter_date_is_always_possible_and_can_be_taken_back(policy: str) -> None:
    about = escalation(policy)
    done = shorter(about, date(2026, 3, 3))
    assert done.escalation.sooner == {about.stage: date(2026, 3, 3)}
    assert "by the end of Tuesday 3 March 2026" in edits(done)[about.thread]
    assert done.history[0].details == {
        "stage": about.stage, "on": "2026-03-03", "who": "Grace", "reason": "It cannot wait.", "before": "",
    }  # fmt: skip
    back = shorter(done.escalation, None)
    assert back.escalation.sooner == {}
    assert back.history[0].details["before"] == "2026-03-03"
    assert "by the end of Tuesday 3 March 2026" not in edits(back)[about.thread]
    private = [each for each in (*done.deliveries, *back.deliveries) if each.kind == "direct" and each.message]
    assert all("It cannot wait." not in words_of(each.message) for each in private if each.message)


def test_an_open_request_shows_a_date_that_is_set_while_it_waits() -> None:
    about = escalation("trafford")
    asked = Approval("k", about.reference, "move", ASHA, date(2026, 3, 3), (BEN,), "stage-2", post="asked/post")
    world = context(about, today=date(2026, 3, 3), approvals=(asked,))
    day = date(2026, 3, 9)
    for done in (
        decisions.sooner_date(world, SoonerDate(about.reference, day, "It cannot wait."), "p", NOW),
        decisions.agree_date(world, AgreeDate(about.reference, day, "Grace", "email"), "p", NOW),
    ):
        assert "by the end of Monday 9 March 2026" in edits(done)["asked/post"]


@pytest.mark.parametrize(
    ("on", "why"),
    [
        (date(2026, 3, 6), "is later than the policy allows"),
        (date(2026, 3, 2), "has passed already"),
        (date(2026, 3, 7), "is later than the policy allows"),
    ],
)
def test_a_shorter_date_is_never_a_longer_or_a_past_one(on: date, why: str) -> None:
    with pytest.raises(InvalidAnswer, match=why):
        shorter(escalation("herefordshire"), on)


def test_it_is_not_passed_to_the_other_side(raised: Play) -> None:
    raised.do("""
Asha: /pass
Asha: Grace Madeup
  | They act for the other side, so they cannot lead it.
""")
    assert record(raised).raiser == "console:asha"


def test_it_is_not_passed_to_the_partnerships_team_which_sees_what_the_policy_sends_it_and_no_more(
    raised: Play,
) -> None:
    raised.do("""
Asha: /pass
Asha: Iris Notional
  | They are the partnership’s team, which does not lead an escalation. Please pick somebody on your side
""")
    assert record(raised).raiser == "console:asha"


def test_a_draft_of_whoever_led_it_before_ends_when_it_is_passed_on(raised: Play) -> None:
    raised.do("Asha: /update\nAsha: save")
    raised.do(PASS_TO_ERIN)
    raised.do("""
Asha: resume
  | I cannot find an escalation with that reference that you are part of.
Asha: resume
  | You have nothing waiting to be resumed.
Erin: /update
  | What has happened since the last update?
""")


def test_when_the_raiser_has_left_their_manager_passes_it_on_and_the_raiser_is_told(raised: Play) -> None:
    raised.do("""
Grace: /pass
  | You have no open escalation that this could be about.
Ben: /pass
Ben [Somebody else on our side]
Ben: Erin Invented
Ben: Asha is on leave.
  | Erin Invented leads REF from now on
Erin: my escalations
  | Reference: REF
  | [Note what happened]
""")
    assert "Ben Sample has passed" in raised.world.sees("console:asha")
    entry = next(each for each in raised.history() if each.what == "passed on")
    assert (entry.by, record(raised).raiser) == ("console:ben", "console:erin")


def test_whoever_takes_it_over_needs_a_reason_leads_it_and_the_other_side_can_do_neither(raised: Play) -> None:
    raised.do("""
Ben: /pass
Ben [I take it over]
Ben: Asha has left.
  | You lead REF from now on.
  | by Ben Sample
Grace: /pass REF
  | REF is led by the raising side
""")
    assert "Asha has left." in raised.world.sees("console:asha")
    entry = next(each for each in raised.history() if each.what == "passed on")
    assert (entry.details["to"], entry.details["before"]) == ("console:ben", "console:asha")
    assert entry.details["reason"] == "Asha has left."
    assert record(raised).raiser == "console:ben"


def test_nobody_passes_it_to_a_further_agency_that_is_challenged(raised: Play) -> None:
    iris = next(person for person in PEOPLE if person.id == "console:iris")
    with raised.world.parts.database.transaction() as tx:
        tx.save_escalation(tx.escalations()[-1].with_fields(other_agencies=[{"agency": iris.agency.upper()}]))
    raised.do("""
Asha: /pass
Asha: Iris Notional
  | They act for the other side, so they cannot lead it.
""")
    assert record(raised).raiser == "console:asha"


def test_within_one_agency_it_can_be_passed_to_a_colleague_but_not_to_whoever_is_challenged(raised: Play) -> None:
    erin = next(each for each in PEOPLE if each.id == "console:erin")
    with raised.world.parts.database.transaction() as tx:
        same = replace(tx.escalations()[-1], challenged_agency=erin.agency)
        tx.save_escalation(same.with_fields(**{"people.stage-1.challenged": erin.details()}))
    raised.do("""
Asha: /pass
Asha: Erin Invented
  | They act for the other side, so they cannot lead it.
Asha: Dele Pretend
Asha: I am on leave.
  | Dele Pretend leads REF from now on
""")
    assert record(raised).raiser == "console:dele"


def test_once_it_has_ended_it_can_still_be_noted_that_it_is_filed(raised: Play) -> None:
    raised.do("""
Asha: /withdraw
Asha: The decision was changed.
Asha [Withdraw the escalation]
Asha: /note REF
Asha: filed
Asha [Millbrook Example Primary School]
Asha [Continue]
  | Noted for REF.
#herefordshire-escalations | [x] Filed on the child’s record
""")
    assert record(raised).status is Status.WITHDRAWN


def test_what_is_opened_again_goes_on_where_it_stood_and_the_history_is_whole(raised: Play) -> None:
    raised.do("""
Asha: /withdraw
Asha: The decision was changed.
Asha [Withdraw the escalation]
Asha: /reopen
Asha: It was changed back.
#herefordshire-escalations | at the latest by the end of Thursday 5 March 2026
""")
    assert record(raised).status is Status.OPEN
    assert raised.told()[-2:] == ["withdrawn", "reopened"]
    assert verify(raised.world.parts.database) == []


def test_no_reply_is_an_answer_too(raised: Play) -> None:
    raised.do("""
Asha: /note
Asha: They have not replied
Asha: today
  | you may move REF on
  | I have not yet had a reply to my escalation REF
""")
    assert raised.told()[-1] == "no reply"


# ── whoever acts for the raising side learns of it ───────────────────────────────────────────────────────


def told_to(done: Effects, person: str) -> str:
    return "\n".join(words_of(each.message) for each in done.deliveries if each.to == person and each.message)


@pytest.mark.parametrize("manager", [BEN, CERYS])
def test_whoever_is_named_is_told_the_new_dates_when_they_change(manager: str) -> None:
    changed = corrected(escalation("herefordshire"), "concern", "", date(2026, 2, 27))
    assert "The dates of E-4KX-7PW have changed. You are named for Stage 1" in told_to(changed, manager)
    assert "overdue since the end of Wednesday 4 March 2026" in told_to(changed, manager)
    assert "A slip." not in told_to(changed, manager)


@pytest.mark.parametrize("manager", [BEN, CERYS])
def test_whoever_is_named_is_told_when_it_is_withdrawn_and_when_it_goes_on(manager: str) -> None:
    about = escalation("herefordshire")
    ended = decisions.withdraw(context(about), Withdraw(about.reference, "Settled."), "p", NOW)
    assert "has been withdrawn. Nothing more is asked of you at Stage 1." in told_to(ended, manager)
    again = decisions.reopen(context(ended.escalation), Reopen(about.reference, "It is back."), "p", NOW)
    assert "is open again at Stage 1, for which you are named" in told_to(again, manager)
    assert "overdue since the end of Thursday 5 March 2026" in told_to(again, manager)


def test_whoever_is_named_is_told_who_leads_it_and_nobody_is_told_what_they_did_themselves() -> None:
    about = escalation("herefordshire")
    to_erin = PassOn(about.reference, DIRECTORY["console:erin"].details(), "I leave.")
    assert "Erin Invented leads E-4KX-7PW from now on." in told_to(
        decisions.pass_on(context(about), to_erin, "p", NOW), BEN
    )
    to_ben = PassOn(about.reference, DIRECTORY[BEN].details(), "She left.")
    taken = decisions.pass_on(context(about, me=DIRECTORY[BEN]), to_ben, "p", NOW)
    assert "Ben Sample leads" not in told_to(taken, BEN)
    assert "Ben Sample leads E-4KX-7PW from now on." in told_to(taken, CERYS)


@pytest.mark.parametrize(
    ("kind", "of"), [("concern", ""), ("entered", "stage-1"), ("agreed", "stage-1"), ("day", "raised")]
)
def test_a_date_is_not_corrected_to_itself(kind: Kind, of: str) -> None:
    on = date(2026, 3, 2)
    about = replace(
        escalation("trafford"), concern=on, entered={"stage-1": on}, agreed={"stage-1": on}, days={"raised": on}
    )
    with pytest.raises(InvalidAnswer, match="Monday 2 March 2026 is the date that stands already"):
        corrected(about, kind, of, on)


# ── after it has ended ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["withdrawn", "resolved"])
def test_what_somebody_who_has_left_had_ended_can_be_taken_over_and_opened_again(raised: Play, how: str) -> None:
    status = Status.WITHDRAWN if how == "withdrawn" else Status.RESOLVED
    day = date(2026, 3, 2) if how == "resolved" else None
    with raised.world.parts.database.transaction() as tx:
        ended = replace(tx.escalations()[-1], status=status, resolved_on=day, resolved_at="stage-1" if day else "")
        tx.save_escalation(ended.with_fields(words_said=None))
    raised.do("""
Ben: /pass REF
Ben [I take it over]
Ben: Asha has left.
  | You lead REF from now on.
Ben: /reopen REF
Ben: It is back.
  | REF is open again
2 working days later
  ! have you told the other agency
""")
    assert (record(raised).raiser, record(raised).status) == (BEN, Status.OPEN)


def test_what_was_filed_before_it_was_opened_again_does_not_hold_how_it_ended_the_second_time() -> None:
    filing = [
        {"what": "filed", "on": "2026-03-05", "stage": "stage-1", "side": side} for side in ("raising", "challenged")
    ]
    closed = escalation("sefton", status=Status.CLOSED, fields={"notes": filing})
    policy = context(closed).policy_of(closed)
    assert all(filed(policy, closed).values())
    opened = decisions.reopen(context(closed), Reopen(closed.reference, "It is back."), "p", NOW).escalation
    again = replace(opened, status=Status.CLOSED)
    assert not any(filed(policy, again).values())
    assert filed(policy, again.with_fields(notes=[*filing, filing[0]])) == {"raising": True, "challenged": False}
