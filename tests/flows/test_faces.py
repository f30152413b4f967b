"""The face of an escalation: who owes the next move, what is due and for what, what is done and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.escalation import Approval, Escalation, Status
from bot.flows import faces
from bot.flows.context import Context
from bot.flows.staging import as_printed
from bot.messages import Facts, Message, Points, Words, words_of
from bot.policy import Subject
from tests.flows.contexts import ASHA, BEN, CERYS, POLICIES, REFERENCE, context, escalation, taken
from tests.flows.test_reasons import at, northmoor
from tests.invented import NORTHMOOR

EARLY = date(2026, 3, 3)


def rows(message: Message) -> dict[str, str]:
    return dict(next(part.rows for part in message.parts if isinstance(part, Facts)))


def ticks(message: Message) -> dict[str, bool]:
    points = next(part for part in message.parts if isinstance(part, Points))
    return dict(zip(points.items, points.done, strict=True))


def face(about: Escalation, world: Context | None = None) -> Message:
    return faces.face(world or context(about, today=EARLY), about)


def test_it_says_stage_owner_and_due_date() -> None:
    assert rows(face(escalation("herefordshire", 1))) == {
        "Reference": REFERENCE,
        "Stage": "Stage 1: Line/Team Manager to Line/Team Manager",
        "Owner": "Ben Sample",
        "Due": "aim for Tuesday 3 March 2026; at the latest by the end of Thursday 5 March 2026",
    }


def test_what_the_policy_prints_of_a_stage_is_said_once_and_without_its_name() -> None:
    sefton, trafford = (taken(name).ladder for name in ("sefton", "trafford"))
    assert as_printed(sefton[0]) == (
        Words(
            "Timescale: Within 2 working days\nIf resolution is unable to be agreed escalate to Line Manager\n"
            "Front line professional\nFront line staff manager / Designated Safeguarding Lead / Team Manager"
        ),
    )
    said, asked = as_printed(trafford[1])
    assert words_of(Message("", (said,))).endswith(
        "Your line manager should contact their equivalent in the other agency."
    )
    assert asked == Points(("Discuss with your designated lead for safeguarding at each stage.",))


def test_a_letter_that_brings_the_report_does_not_say_that_it_is_still_to_be_sent() -> None:
    about = replace(escalation("sefton", 3), status=Status.RESOLVED)
    said = faces.next_step(context(about), about)
    assert "resolved\nWho owns the next step: the person who raised it" in said


def test_while_the_manager_is_asked_they_and_their_deputy_own_it() -> None:
    about = escalation("herefordshire", 2)
    asked = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, EARLY, (BEN, CERYS), stage="stage-3")
    assert rows(face(about, context(about, approvals=(asked,))))["Owner"] == "Ben Sample or Cerys Specimen"


def test_what_is_due_first_within_the_stage_says_what_it_is_for_and_the_stage_keeps_its_own_date() -> None:
    about = at("step-2")
    shown = rows(face(about, northmoor(about)))
    assert shown["Owner"] == "Grace Madeup"
    assert shown["Due"] == "by 13:00 on Tuesday 24 March 2026: Acknowledge the request in writing"
    assert shown["Step 2 as a whole"] == "by the end of Thursday 26 March 2026"


def test_where_there_are_no_days_an_answer_is_waited_for_by_a_day() -> None:
    about = escalation("islands", 1)
    stage = POLICIES["islands"].ladder[1].id
    asked = Approval(f"{REFERENCE}.1", REFERENCE, "move", ASHA, EARLY, (BEN,), stage=stage)
    shown = rows(face(about, context(about, approvals=(asked,))))
    assert shown["Due"] == "an answer, by the end of Thursday 5 March 2026"


def test_nobody_who_was_only_typed_stands_in_it() -> None:
    typed = {"name": "Mum of Kit Marker", "person": "", "agency": "Kit Marker’s school"}
    about = escalation("herefordshire", 1).with_fields(
        **{"people.stage-1.raising": typed, "people.stage-1.challenged": typed},
        other_agencies=[{"agency": "Kit Marker’s clinic"}],
    )
    said = words_of(face(about))
    assert "Kit" not in said
    assert "Owner: Line/Team Manager" in said


@pytest.mark.parametrize(
    ("subject", "record"),
    [("child", "the child’s record"), ("adult", "the person’s record"), ("themed", "the agency’s own record")],
)
def test_it_is_filed_on_the_record_of_whoever_it_is_about(subject: Subject, record: str) -> None:
    about = replace(escalation("northmoor", 1, Status.RESOLVED), subject=subject)
    shown = ticks(face(about))
    assert f"Filed on {record}: raising side" in shown
    assert not any("child" in label for label in shown) or subject == "child"


# ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────

TOLD = "The other side was told that this is an escalation"
ACKNOWLEDGED = "The other side acknowledged it at this stage"
CONSULTED = "Safeguarding lead consulted at this stage"
INFORMED = "Lead professional or chair informed at this stage"
MEETING = "A meeting was held at this stage"


def noted(*what: str, stage: str = "stage-1") -> list[dict[str, str]]:
    return [{"what": each, "stage": stage, "on": "2026-03-04"} for each in what]


def test_only_what_the_policy_asks_for_is_missing_and_all_that_was_done_is_ticked() -> None:
    nothing = ticks(face(escalation("herefordshire", 1)))
    assert nothing[TOLD]
    assert not nothing[ACKNOWLEDGED]
    assert not {CONSULTED, INFORMED, MEETING, "Report sent"} & nothing.keys()
    done = escalation("herefordshire", 1, fields={"notes": noted("acknowledged", "consulted", "informed", "meeting")})
    assert dict.fromkeys((TOLD, ACKNOWLEDGED, CONSULTED, INFORMED, MEETING), True).items() <= ticks(face(done)).items()


def test_where_the_stage_asks_to_consult_and_inform_both_are_missing_until_they_are_noted() -> None:
    stage = POLICIES["trafford"].ladder[0]
    assert stage.consult
    assert stage.inform
    shown = ticks(face(escalation("trafford", 1)))
    assert (shown[CONSULTED], shown[INFORMED]) == (False, False)


def test_another_stage_begins_with_what_it_asks_for_itself() -> None:
    about = escalation("trafford", 2, fields={"notes": noted("acknowledged", "consulted", "informed")})
    shown = ticks(face(about))
    assert (shown[TOLD], shown[ACKNOWLEDGED], shown[CONSULTED]) == (True, False, False)
    assert INFORMED not in shown  # asked for at Stage 1 only


def test_each_clock_of_the_stage_has_a_tick_with_its_date_and_no_other_for_the_same() -> None:
    about = at("step-2", clocks_met={"step-2/acknowledge": "2026-03-24"})
    shown = ticks(face(about, northmoor(about)))
    labels = tuple(clock.label for clock in NORTHMOOR.stage("step-2").clocks)
    of_clocks = {name: done for name, done in shown.items() if name.startswith(labels)}
    assert list(of_clocks.items()) == [
        (f"{labels[0]} (by the end of Tuesday 24 March 2026)", False),
        ("Acknowledge the request in writing", True),
        ("Reply in writing, with reasons (by the end of Wednesday 25 March 2026)", False),
        ("Managers speak or meet (by the end of Thursday 26 March 2026)", False),
        (f"{labels[4]} (No date yet: nothing is counted until this is done: “{labels[3]}”.)", False),
    ]
    assert not {TOLD, ACKNOWLEDGED, MEETING} & shown.keys()


def test_a_form_that_is_due_is_missing_and_one_that_was_sent_is_ticked() -> None:
    about = escalation("herefordshire", 2)
    assert ticks(face(about))["Report sent"] is False
    assert ticks(face(replace(about, sent={"report-to-hscp/all/entry": "2026-03-20T10:00"})))["Report sent"] is True


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.WITHDRAWN])
def test_when_it_has_ended_nothing_of_a_stage_is_missing_and_each_agency_has_to_file_it(status: Status) -> None:
    about = escalation("herefordshire", 2, status, fields={"other_agencies": [{"agency": "Example Constabulary"}]})
    message = face(about)
    shown = ticks(message)
    assert ACKNOWLEDGED not in shown
    assert [name for name in shown if name.startswith("Filed")] == [
        "Filed on the child’s record: raising side",
        "Filed on the child’s record: challenged side",
        "Filed on the child’s record: further agency 1",
    ]
    assert rows(message)["Status"].startswith(status.value)
    assert "Due" not in rows(message)
    assert ("Owner" in rows(message)) is (status is Status.RESOLVED)


@pytest.mark.parametrize(("status", "asks"), [(Status.OPEN, True), (Status.RESOLVED, True), (Status.CLOSED, False)])
def test_anybody_who_may_see_it_can_ask_what_is_missing(status: Status, asks: bool) -> None:
    assert ("[Show all that is missing]" in words_of(face(escalation("herefordshire", 1, status)))) is asks


def test_what_people_typed_in_notes_stands_nowhere_in_it() -> None:
    mark: dict[str, Any] = {"who": "Kit Marker’s mum", "text": "Kit Marker", "agency": "Kit Marker’s school"}
    notes = [{**note, **mark} for note in noted("acknowledged", "consulted", "meeting", "filed")]
    about = escalation(
        "herefordshire", 1, fields={"notes": notes, "actions": [{"action": "Kit Marker", "by_whom": "x"}]}
    )
    assert "Kit" not in words_of(face(about))
    ended = replace(about, status=Status.CLOSED)
    assert "Kit" not in words_of(face(ended))
