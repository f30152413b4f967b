"""What the form takes from what is known: each source, in the shape of the field that asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from bot.errors import Doubtful
from bot.escalation import Escalation, Status
from bot.fields import (
    Answer,
    Attestation,
    Choice,
    Choices,
    Column,
    Computed,
    Day,
    Days,
    Duration,
    Line,
    Many,
    Paragraph,
    Professional,
    Rows,
    YesIfAll,
)
from bot.flows.prefill import SOURCES, prefill
from bot.flows.questions import Question, is_answered, walk
from bot.flows.report import report
from bot.policy import FormField, Prefill, Reason
from tests.flows.contexts import ASHA, ERIN, HUGH, POLICIES, TODAY, context, escalation, person


def proposal(source: str, kind: Answer, about: Escalation | None = None) -> Any:
    about = about or escalation("herefordshire", 2, Status.RESOLVED)
    field = FormField.model_validate({"id": "f", "label": "F", "answer": kind.model_dump(), "prefill": source})
    return prefill(context(about), about, field)


def test_every_name_that_a_policy_may_give_has_a_source() -> None:
    assert set(SOURCES) == set(get_args(Prefill))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("raiser_name", "Asha Example"),
        ("raiser_role", "Class Teacher"),
        ("raiser_agency", "Millbrook Example Primary School"),
        ("raiser_role_and_agency", "Class Teacher, Millbrook Example Primary School"),
        ("raiser_email", "asha.example@millbrook.example.org"),
        ("challenged_agency", "Example County Children's Social Care"),
        ("disagreement", "The plan was closed too early."),
        ("desired_outcome", "A new meeting."),
        ("stage_resolved", "Stage 2"),
        ("how_resolved", "Both agreed on a plan."),
        ("lessons", "Ask earlier."),
        ("agreed_outcome", "Weekly visits."),
        ("time_taken", "25 calendar days (19 working days)"),
        ("progress", "Thursday 5 March 2026: A meeting was held."),
    ],
)
def test_texts_are_taken_over(source: str, text: str) -> None:
    assert proposal(source, Paragraph()) == text


@pytest.mark.parametrize(
    ("source", "day"), [("concern_date", "2026-03-02"), ("today", TODAY.isoformat()), ("resolved_on", "2026-03-27")]
)
def test_days_are_taken_over(source: str, day: str) -> None:
    assert proposal(source, Day()) == day


def test_what_was_tried_says_what_was_said_and_when_stages_were_entered() -> None:
    assert proposal("tried_before", Paragraph()).split("\n") == [
        "Telephoned twice.",
        "Tuesday 3 March 2026: said to Farid Fictional that this is an escalation (by telephone).",
        "Stage 1 entered on Tuesday 3 March 2026.",
        "Stage 2 entered on Wednesday 4 March 2026.",
    ]


def test_days_of_talking_are_a_list() -> None:
    assert proposal("discussion_dates", Days()) == ["2026-03-02", "2026-03-04"]


JUMP = {"to": "stage-4", "over": ["stage-2", "stage-3"], "reason": "Nobody is there."}


@pytest.mark.parametrize(
    ("source", "fields", "text"),
    [
        ("reference", {}, "E-4KX-7PW"),
        ("present_stage", {}, "Stage 2"),
        ("why_stages_were_left_out", {}, None),
        (
            "why_stages_were_left_out",
            {"jumps": [JUMP]},
            "Stage 2, Stage 3: Not attempted – escalated straight to Stage 4 because Nobody is there.",
        ),
        ("all_agencies", {}, "Millbrook Example Primary School\nExample County Children's Social Care"),
        (
            "all_agencies",
            {"other_agencies": [{"agency": "Example Hospital"}, {"agency": "Example Hospital"}]},
            "Millbrook Example Primary School\nExample County Children's Social Care\nExample Hospital",
        ),
        ("reasons", {"reasons": ["plan", "threshold"]}, "Threshold or level of need\nA plan that has drifted"),
        ("reasons", {"reasons": []}, None),
    ],
)
def test_what_the_record_knows_is_taken_over_and_printed_alike(
    source: str, fields: dict[str, Any], text: str | None
) -> None:
    about = escalation("herefordshire", 2, fields=fields)
    reasons = {"threshold": "Threshold or level of need", "plan": "A plan that has drifted"}
    assert POLICIES["herefordshire"].offered_reasons == [], "It offers none, and may have been asked before."
    policy = POLICIES["herefordshire"].model_copy(
        update={"reasons": [Reason(id=name, label=label) for name, label in reasons.items()]}
    )
    for kind in (Paragraph(), Computed()):
        field = FormField.model_validate({"id": "f", "label": "F", "answer": kind.model_dump(), "prefill": source})
        assert prefill(context(about, policies={"herefordshire": policy}), about, field) == text


def test_reasons_are_ticks_where_the_form_has_boxes_for_them() -> None:
    about = escalation("herefordshire", fields={"reasons": ["plan", "elsewhere"]})
    kind = Many(options=(Choices(id="threshold", label="Threshold"), Choices(id="plan", label="Plan")))
    assert proposal("reasons", kind, about) == [{"option": "plan", "qualifiers": [], "note": ""}]


def test_all_agencies_and_the_views_of_each_are_rows_where_the_form_has_a_table_for_them() -> None:
    about = escalation("herefordshire", fields={"other_agencies": [{"agency": "Example Hospital"}]})
    kind = Rows(columns=(Column(id="agency", label="Agency"), Column(id="view", label="View")))
    every = ["Millbrook Example Primary School", "Example County Children's Social Care", "Example Hospital"]
    for source in ("all_agencies", "views"):
        assert [row["agency"] for row in proposal(source, kind, about)] == every


def test_the_time_taken_is_in_working_days_where_one_length_is_asked() -> None:
    assert proposal("time_taken", Duration()) == {"amount": 19, "unit": "working_days"}


def test_a_day_is_worked_out_as_forms_write_it() -> None:
    assert proposal("concern_date", Computed()) == "2 March 2026"


def test_the_stage_of_the_form_is_the_one_it_is_for() -> None:
    about = escalation("islands", 4)
    field = FormField.model_validate({"id": "f", "label": "F", "answer": "line", "prefill": "present_stage"})
    assert prefill(context(about), about, field, "stage-3") == POLICIES["islands"].stage("stage-3").label


def test_the_safeguarding_lead_whom_the_raiser_names_is_not_among_the_others_involved() -> None:
    about = escalation("herefordshire", fields={"people.lead": person("console:dele")})
    kind = Rows(columns=(Column(id="name", label="Name"),))
    assert "Dele Pretend" not in {row["name"] for row in proposal("others_involved", kind, about)}


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_is_brought_into_the_parts_that_are_asked() -> None:
    assert proposal("raiser", Professional(parts=("name", "email"))) == {
        "name": "Asha Example", "email": "asha.example@millbrook.example.org",
    }  # fmt: skip
    assert proposal("counterpart", Professional(pick=True)) == person("console:farid")


def test_others_involved_are_each_there_once_and_the_raiser_is_not() -> None:
    kind = Rows(columns=(Column(id="name", label="Name"), Column(id="agency", label="Agency")))
    rows = proposal("others_involved", kind)
    assert [row["name"] for row in rows] == [
        "Farid Fictional", "Grace Madeup", "Cerys Specimen", "Ben Sample", "Hugh Imaginary", "Erin Invented",
    ]  # fmt: skip
    assert set(rows[0]) == {"name", "agency"}


def test_a_signature_proposes_the_manager_of_the_stage_and_asks_them_in_chat() -> None:
    block = proposal("raising_manager", Attestation(side="raising"), escalation("islands", 3))
    assert (block["how"], block["person"], block["name"], block["confirmed"]) == ("in_chat", ERIN, "Erin Invented", "")
    other = proposal("challenged_manager", Attestation(side="challenged"), escalation("islands", 3))
    assert (other["person"], other["name"]) == (HUGH, "Hugh Imaginary")


def test_a_manager_who_is_not_here_is_proposed_without_being_asked() -> None:
    outside = {"name": "Sam Outside", "role": "Manager", "agency": "County", "email": "", "person": ""}
    about = escalation("islands", 3, fields={"people.stage-3.challenged": outside})
    block = proposal("challenged_manager", Attestation(side="challenged"), about)
    assert (block["how"], block["name"]) == ("not_yet", "Sam Outside")


def test_the_form_of_a_stage_is_signed_by_the_managers_of_that_stage() -> None:
    # At stage four, with the form of stage three still to be sent: other managers acted there.
    fourth = {"people.stage-4.raising": person("console:dele"), "people.stage-4.challenged": person("console:iris")}
    about = escalation("islands", 4, fields=fourth)
    c = context(about)
    answers: dict[str, Any] = {}
    signed: dict[str, str] = {}
    while (question := walk(lambda: report(c), answers).question) is not None and len(signed) < 2:
        if isinstance(question.kind, Attestation):
            signed[question.kind.side] = question.prefill["name"]
        answers[question.name] = {"skipped": True} if question.optional else {"value": question.kind.example()}
    assert signed == {"raising": "Erin Invented", "challenged": "Hugh Imaginary"}


# ── tables and boxes ─────────────────────────────────────────────────────────────────────────────────────


def test_actions_are_brought_into_the_columns_that_are_asked() -> None:
    kind = Rows(columns=(Column(id="action", label="Action"), Column(id="by_whom", label="By whom")))
    assert proposal("actions", kind) == [{"action": "Visit", "by_whom": "Grace Madeup"}]


def test_views_begin_with_a_row_for_each_agency() -> None:
    kind = Rows(columns=(Column(id="agency", label="Agency"), Column(id="view", label="View", answer="paragraph")))
    assert [(row["agency"][:7], row["view"]) for row in proposal("views", kind)] == [
        ("Millbro", "The plan was closed too early."), ("Example", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("box", ["stage-2", "step-2", "level-2", "stage_2"])
def test_the_box_of_the_stage_that_it_was_resolved_at_is_ticked_whatever_it_is_called(box: str) -> None:
    kind = Many(options=(Choices(id="stage-1", label="One"), Choices(id=box, label="Two")))
    assert proposal("resolved_at_options", kind) == [{"option": box, "qualifiers": [], "note": ""}]


def test_only_the_box_of_the_stage_itself_is_ticked_where_other_ladders_have_the_same_number() -> None:
    kind = Many(options=(Choices(id="level-2", label="Level 2"), Choices(id="stage-2", label="Stage 2")))
    assert proposal("resolved_at_options", kind) == [{"option": "stage-2", "qualifiers": [], "note": ""}]


def test_what_was_referred_on_ticks_that_box_and_no_stage() -> None:
    kind = Many(options=(Choices(id="stage-2", label="Two"), Choices(id="referred", label="Referred to SLT")))
    about = escalation("herefordshire", 2, Status.RESOLVED, fields={"outcome": "referred"})
    assert proposal("resolved_at_options", kind, about) == [{"option": "referred", "qualifiers": [], "note": ""}]


def test_a_choice_is_proposed_by_its_id_or_its_label_and_only_if_there_is_one() -> None:
    there = Choice(options=(Choices(id="two", label="Stage 2"), Choices(id="three", label="Stage 3")))
    assert proposal("stage_resolved", there) == "two"
    assert proposal("stage_resolved", Choice(options=(Choices(id="one", label="Stage 1"),))) is None


def test_a_debrief_is_proposed_part_by_part() -> None:
    kind = YesIfAll(of=(Choices(id="outcome", label="Agreed"), Choices(id="debrief", label="Debriefed")))
    assert proposal("debrief", kind) == {"outcome": True, "debrief": False}


# ── when there is nothing ────────────────────────────────────────────────────────────────────────────────

KINDS: list[Answer] = [
    Line(), Paragraph(), Day(), Days(), Professional(), Professional(pick=True), Attestation(side="raising"),
    Rows(columns=(Column(id="name", label="Name"),)), Many(options=(Choices(id="a", label="A"),)),
    Choice(options=(Choices(id="a", label="A"),)),
    YesIfAll(of=(Choices(id="outcome", label="Agreed"), Choices(id="debrief", label="Debriefed"))),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("source", ["how_resolved", "themes", "resolved_on", "child_name", "debrief", "stage_resolved"])
def test_what_is_not_known_is_not_proposed(source: str, kind: Answer) -> None:
    assert proposal(source, kind, escalation("herefordshire")) is None


def test_a_field_without_a_source_proposes_nothing() -> None:
    about = escalation("herefordshire")
    field = FormField.model_validate({"id": "f", "label": "F", "answer": "line"})
    assert prefill(context(about), about, field) is None


def test_time_taken_runs_until_today_while_it_is_open() -> None:
    about = escalation("islands", 3)
    field = FormField.model_validate({"id": "f", "label": "F", "answer": "line", "prefill": "time_taken"})
    assert prefill(context(about, today=date(2026, 3, 3)), about, field) == "1 calendar day (1 working day)"


# ── every form ───────────────────────────────────────────────────────────────────────────────────────────

FIELDS = [
    (name, field)
    for name, policy in POLICIES.items()
    for form in policy.forms
    for _, field in form.fields()
    if field.prefill
]


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{name}-{field.id}" for name, field in FIELDS])
def test_every_proposal_of_a_shipped_form_is_an_answer_that_its_field_takes(name: str, field: FormField) -> None:
    for stage in (1, 2, 3, 4):
        for status in Status:
            about = escalation(name, stage, status)
            c = context(about)
            value = prefill(c, about, field)
            if value is None:
                continue
            assert is_answered(Question("q", field.label, field.answer), {"q": {"value": value}})
            held = {entry.id: entry.initial for entry in field.answer.entries(value)}
            try:
                read = field.answer.read(held, c.reading()) if held else value
            except Doubtful as doubt:
                read = doubt.value
            assert field.answer.show(read) == field.answer.show(value)


def test_after_resolving_each_form_is_mostly_filled_in_already() -> None:
    for name in POLICIES:
        about = escalation(name, 4, Status.RESOLVED, fields={"child_name": "Kit Marker", "themes": "Thresholds"})
        found = [prefill(context(about), about, field) for each, field in FIELDS if each == name]
        assert all(value is not None for value in found)


def test_a_raiser_whose_details_were_not_kept_is_the_one_who_fills_it_in() -> None:
    about = escalation("sefton", 3)
    bare = replace(about, fields={name: value for name, value in about.fields.items() if name != "raiser"})
    assert proposal("raiser_name", Line(), bare) == "Asha Example"
    assert bare.raiser == ASHA
