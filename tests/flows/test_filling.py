"""Filling a form: what is asked of whom, what stands without being asked, and who gets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.escalation import Escalation, Status
from bot.fields import UNKNOWN
from bot.flows.form_fields import holds, is_free_text
from bot.flows.recipients import in_words, recipients
from bot.forms_due import fillings
from bot.messages import Facts, Words
from bot.policy import Circumstance, Policy, Recipient
from tests.filling import LEAD, fill, under, world
from tests.flows.contexts import GRACE, WORDS, person
from tests.invented import ALDERWICK, LLANFAIR, NORTHMOOR

PART_A = [
    "child-name", "date-of-birth", "raised-by", "raised-on", "disagreement", "reasons", "outcome-wanted", "tried",
]  # fmt: skip
AT_STEP_2, THEIRS = "nr1/step-2/request", "nr1/step-2/response"


def at_step_2(**fields: Any) -> Escalation:
    return under(NORTHMOOR, "step-2", **fields)


def after_sending(escalation: Escalation, policy: Policy = NORTHMOOR, **answers: Any) -> Escalation:
    """As it is once the form that is due has been sent."""
    done = fill(policy, escalation, answers).report
    assert done.send
    key = f"{done.form}/{done.instance}/{done.moment}"
    return replace(
        escalation.with_fields(**{f"form.{done.form}.{done.instance}": dict(done.answers), "kept": [key]}),
        sent={key: "2026-03-27T10:00:00+00:00"},
    )


# ── circumstances ────────────────────────────────────────────────────────────────────────────────────────

JUMPED = {"jumps": [{"to": "step-4", "over": ["step-2"], "reason": "Nobody is there."}]}


@pytest.mark.parametrize(
    ("escalation", "so"),
    [
        (at_step_2(), {"not_jumped", "not_resolved"}),
        (at_step_2(**JUMPED), {"jumped", "not_resolved"}),
        (under(NORTHMOOR, "step-2", Status.RESOLVED), {"not_jumped", "resolved"}),
        (under(NORTHMOOR, "step-2", Status.CLOSED), {"not_jumped", "resolved"}),
        (under(NORTHMOOR, "step-2", Status.WITHDRAWN), {"not_jumped", "not_resolved", "withdrawn"}),
        (at_step_2(about_whom="several"), {"not_jumped", "not_resolved", "several"}),
        (at_step_2(about_whom="family"), {"not_jumped", "not_resolved", "several"}),
        (at_step_2(about_whom="unborn"), {"not_jumped", "not_resolved", "unborn"}),
    ],
)
def test_circumstances_hold_as_the_record_says(escalation: Escalation, so: set[str]) -> None:
    every: tuple[Circumstance, ...] = (
        "jumped", "not_jumped", "resolved", "not_resolved", "withdrawn", "several", "unborn",
    )  # fmt: skip
    assert {each for each in every if holds(each, escalation)} == so


@pytest.mark.parametrize(
    ("whom", "more"), [("one", set()), ("several", {"siblings"}), ("unborn", {"due-date"}), ("family", {"siblings"})]
)
def test_a_field_is_asked_only_where_its_circumstance_holds(whom: str, more: set[str]) -> None:
    asked = fill(NORTHMOOR, at_step_2(about_whom=whom)).names
    assert {"due-date", "siblings"} & set(asked) == more
    assert [name for name in asked if name in PART_A] == PART_A


def test_whoever_withdraws_says_why_and_not_how_it_was_settled() -> None:
    asked = fill(ALDERWICK, under(ALDERWICK, "alert-3", Status.WITHDRAWN), filling="alert-notice/all/withdrawn")
    assert asked.report.moment == "withdrawn"
    assert "why-withdrawn" in asked.names
    assert not {"settled-how", "settled-all", "head-raising", "why"} & set(asked.names)


def test_the_birth_of_an_unborn_child_is_proposed_as_unknown() -> None:
    question = fill(NORTHMOOR, at_step_2(about_whom="unborn")).question("date-of-birth")
    assert question.prefill == UNKNOWN
    assert WORDS("report.unborn") in question.hint
    born = fill(NORTHMOOR, at_step_2()).question("date-of-birth")
    assert (born.prefill, born.hint) == (None, "")


# ── locked sections ──────────────────────────────────────────────────────────────────────────────────────


def test_what_was_sent_in_a_locked_section_is_asked_no_more_and_stands_as_it_was() -> None:
    sent = after_sending(at_step_2(about_whom="several"), siblings="Kim Marker", disagreement="As it was.")
    # Whatever has changed since: the disagreement was put otherwise, and it is about one child now.
    changed = sent.with_fields(disagreement="Put otherwise.", about_whom="one")
    filled = fill(NORTHMOOR, changed, filling=THEIRS)
    assert filled.names == ["response", "offer", "responded-on"]
    answers = filled.report.answers
    before = sent.fields["form.nr1.step-2"]
    assert {name: answers[name] for name in before} == before
    assert (answers["disagreement"], answers["siblings"]) == ("As it was.", "Kim Marker")


def said_before_confirming(filled: Any) -> list[str]:
    return [part.text for part in filled.question("confirm").before if isinstance(part, Words)]


def test_the_review_says_which_parts_stay_as_they_were() -> None:
    locked = WORDS("report.locked", sections="Part A: The request")
    assert locked not in said_before_confirming(fill(NORTHMOOR, at_step_2()))
    assert locked in said_before_confirming(fill(NORTHMOOR, after_sending(at_step_2()), filling=THEIRS))


def test_a_section_that_is_not_locked_may_be_answered_anew_after_it_was_sent() -> None:
    sent = after_sending(under(ALDERWICK, "alert-4"), ALDERWICK)
    assert fill(ALDERWICK, sent).report.moment == "passed-on"
    passed_on = "alert-notice/all/passed-on"
    again = fill(ALDERWICK, replace(sent, sent={**sent.sent, passed_on: "2026-03-27T10:00:00"}), filling=passed_on)
    assert "why" in again.names
    assert "decision" not in again.names


# ── what the form works out by itself ────────────────────────────────────────────────────────────────────


def test_what_is_worked_out_is_not_asked_and_stands_on_the_form_and_in_the_review() -> None:
    filled = fill(NORTHMOOR, at_step_2())
    assert not {"reference", "step"} & set(filled.names)
    assert (filled.report.answers["reference"], filled.report.answers["step"]) == ("E-4KX-7PW", "Step 2")
    facts = [part.rows for part in filled.question("confirm").before if isinstance(part, Facts)]
    assert facts == [(("Reference", "E-4KX-7PW"), ("Step", "Step 2"))]


def test_what_was_worked_out_in_a_locked_section_stays_what_it_was() -> None:
    sent = after_sending(at_step_2())
    later = replace(sent, stage="step-3").with_fields(**{f"people.step-3.{side}": {} for side in ("raising",)})
    filled = fill(NORTHMOOR, later, filling=THEIRS)
    assert filled.report.answers["step"] == "Step 2"


# ── what the other side fills ────────────────────────────────────────────────────────────────────────────


def test_what_the_other_side_fills_is_asked_as_they_gave_it_and_never_needed() -> None:
    needed = NORTHMOOR.model_copy(update={"forms": [_all_needed(NORTHMOOR)]})
    filled = fill(needed, after_sending(at_step_2()), {"response": "We keep to it."}, filling=THEIRS)
    theirs = [filled.question(name) for name in ("response", "offer", "responded-on")]
    assert all(question.optional for question in theirs)
    assert all(WORDS("report.as_they_gave_it") in question.hint for question in theirs)
    assert filled.report.answers["response"] == "We keep to it."
    own = fill(needed, at_step_2()).question("disagreement")
    assert (own.optional, WORDS("report.as_they_gave_it") in own.hint) == (False, False)


def _all_needed(policy: Policy) -> Any:
    form = policy.form("nr1")
    sections = [
        section.model_copy(update={"fields": [field.model_copy(update={"needed": True}) for field in section.fields]})
        for section in form.sections
    ]
    return form.model_copy(update={"sections": sections})


# ── no identifiers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("policy", "stage", "reminded"),
    [(ALDERWICK, "alert-3", True), (NORTHMOOR, "step-2", False)],
    ids=["none", "on forms"],
)
def test_every_free_text_says_that_nothing_may_identify_a_child_where_the_policy_wants_none(
    policy: Policy, stage: str, reminded: bool
) -> None:
    filled = fill(policy, under(policy, stage))
    fields = {field.id: field for form in policy.forms for _, field in form.fields()}
    free = [filled.question(name) for name in filled.names if is_free_text(fields[name.split(".")[0]])]
    assert free
    assert {WORDS("report.no_identifiers") in question.hint for question in free} == {reminded}


# ── who gets it ──────────────────────────────────────────────────────────────────────────────────────────


def to(filled: Any) -> list[str]:
    return [in_words(each, WORDS) for each in filled.report.recipients]


OWN_LEAD = "Lena Lead, in your own agency. You get a copy by e-mail to hand on or to file"


def test_those_who_act_at_the_present_stage_get_it_and_a_copy_stays_in_ones_own_agency() -> None:
    assert to(fill(NORTHMOOR, at_step_2())) == [
        f"{person(GRACE)['name']}, by e-mail to {person(GRACE)['email']}",
        "Ben Sample, by e-mail to ben.sample@millbrook.example.org",
        OWN_LEAD,
    ]


def test_whoever_is_not_recorded_is_asked_for_and_the_next_of_a_or_b_gets_it_where_nobody_is_given() -> None:
    nobody = at_step_2(**{"people.step-2.challenged": {}, "people.lead": {}})
    filled = fill(NORTHMOOR, nobody)
    assert filled.question("to.other-manager").prefill is None
    assert to(filled) == [
        "NSCP Business Unit, for the manager of the other agency, by e-mail to business.unit@northmoor.example.org",
        "Ben Sample, by e-mail to ben.sample@millbrook.example.org",
        "your agency’s safeguarding lead, in your own agency. You get a copy by e-mail to hand on or to file",
    ]


def test_at_a_moment_that_is_not_the_firsts_the_second_gets_it_only_if_it_is_named_for_it() -> None:
    ended = under(NORTHMOOR, "step-2", Status.RESOLVED)
    ended = replace(ended, sent={AT_STEP_2: "2026-03-27T10:00:00+00:00"})
    filled = fill(NORTHMOOR, ended, filling="nr1/step-2/outcome")
    assert to(filled) == [OWN_LEAD, "NSCP Business Unit, by e-mail to business.unit@northmoor.example.org"]
    unnamed = _with_recipients(
        {"id": "a", "name": "A", "email": "a@example.org", "moments": ["request"], "otherwise": "b"},
        {"id": "b", "name": "B", "email": "b@example.org"},
    )
    assert who_gets_it(unnamed, ended, "outcome") == ["Asha Example"], "to hand it over"
    assert who_gets_it(unnamed, ended, "request") == ["A"]


def _with_recipients(*made: dict[str, Any]) -> Policy:
    form = NORTHMOOR.form("nr1").model_copy(update={"recipients": [Recipient.model_validate(each) for each in made]})
    return NORTHMOOR.model_copy(update={"forms": [form]})


def who_gets_it(policy: Policy, escalation: Escalation, moment: str, *given: Any) -> list[str]:
    """Names of the recipients; `given` are the answers to what is asked, None where it is skipped."""
    (filling,) = [each for each in fillings(policy, escalation) if each.moment.id == moment]
    asking, answers = recipients(world(policy, escalation), filling), iter(given)
    try:
        next(asking)
        while True:
            asking.send(next(answers))
    except StopIteration as end:
        return [each["name"] for each in end.value]


def test_of_several_who_stand_in_for_each_other_the_first_who_is_given_gets_it() -> None:
    ask = {"person": "ask", "question": "Who?"}
    three = _with_recipients(
        {"id": "a", "name": "A", "otherwise": "b", **ask},
        {"id": "b", "name": "B", "otherwise": "c", **ask},
        {"id": "c", "name": "C", "email": "c@example.org"},
    )
    pat = {"name": "Pat Example", "email": "pat@example.org"}
    assert who_gets_it(three, at_step_2(), "request", pat) == ["Pat Example"]
    assert who_gets_it(three, at_step_2(), "request", None, pat) == ["Pat Example"]
    assert who_gets_it(three, at_step_2(), "request", None, None) == ["C"]


@pytest.mark.parametrize(
    ("recipient", "said"),
    [
        ({"person": "safeguarding_lead"}, f"Lena Lead, by e-mail to {LEAD['email']}"),
        (
            {"person": "raising_at_stage", "stage": "step-1"},
            "Ben Sample, by e-mail to ben.sample@millbrook.example.org",
        ),
        (
            {"via": "post", "person": "challenged_at_stage", "address": ["1 Nowhere Lane", "NX0"]},
            "Grace Madeup, by post: 1 Nowhere Lane, NX0. You get a copy by e-mail to print and post",
        ),
        ({"via": "internal"}, "The file, in your own agency. You get a copy by e-mail to hand on or to file"),
    ],
)
def test_a_recipient_is_said_exactly(recipient: dict[str, Any], said: str) -> None:
    policy = _with_recipients({"id": "one", "name": "The file", **recipient})
    assert to(fill(policy, at_step_2())) == [said]


def test_where_nobody_is_given_the_raiser_hands_it_over_so_that_it_can_be_sent_at_all() -> None:
    other = _with_recipients({"id": "one", "name": "The other manager", "person": "challenged_at_stage"})
    filled = fill(other, at_step_2(**{"people.step-2.challenged": {}}))
    assert to(filled) == ["Asha Example: you get a copy by e-mail, to hand over in another secure way"]
    assert filled.report.send


# ── which form, for which stage ──────────────────────────────────────────────────────────────────────────


def test_what_is_due_is_filled_first_without_asking_and_then_there_is_a_choice() -> None:
    there = under(NORTHMOOR, "step-3")
    assert fill(NORTHMOOR, there).asked[0].name == "nr1.step-2.child-name"
    kept = there.with_fields(kept=[AT_STEP_2])
    choice = fill(NORTHMOOR, kept).asked[0]
    assert [option.label for option in choice.kind.options] == [  # type: ignore[attr-defined]
        "Form NR1 for Step 2: Before the managers speak (due now)",
        "Form NR1 for Step 3: Before the managers speak (due now)",
        "Form NR1 for Step 2: When the other agency has replied",
        "Form NR1 for Step 3: When the other agency has replied",
        "Form NR2: After every conversation",
        "Form NR3: On reaching Step 5",
    ]


def test_what_was_answered_for_one_stage_is_not_taken_for_another() -> None:
    there = under(NORTHMOOR, "step-3").with_fields(
        **{"form.nr1.step-2": {"response": "No."}, "kept": [AT_STEP_2, THEIRS, "nr1/step-3/request"]}
    )
    third = fill(NORTHMOOR, there, {"form": "nr1__step-3__response"})
    assert third.asked[0].name == "form"
    assert third.report.instance == "step-3"
    assert third.report.answers["response"] is None


def test_a_text_that_grows_is_proposed_as_it_was_written_with_what_has_happened_since() -> None:
    there = under(NORTHMOOR, "step-2").with_fields(
        updates=[{"on": "2026-03-05", "text": "A meeting."}, {"on": "2026-03-06", "text": "A call."}],
        **{"form.nr2.all": {"entries": "As I wrote it."}, "updates_seen.nr2.all": 1},
    )
    proposed = fill(NORTHMOOR, there, filling="nr2/all/running").question("entries").prefill
    assert proposed == "As I wrote it.\nFriday 6 March 2026: A call."


# ── jumps ────────────────────────────────────────────────


@pytest.mark.parametrize(("jumped", "asked"), [(False, "not_jumped"), (True, "jumped")])
def test_a_form_asks_about_stages_left_out_only_where_some_were(jumped: bool, asked: str) -> None:
    policy = LLANFAIR.taken(LLANFAIR.ladders[0].id)
    jumps = [{"to": "stage-3", "over": [policy.ladder[1].id], "reason": "It could not wait."}] if jumped else []
    escalation = under(policy, "stage-3").with_fields(jumps=jumps)
    names = fill(LLANFAIR, replace(escalation, ladder=LLANFAIR.ladders[0].id)).names
    about_jumps = {str(field.only_when): field.id for _, field in LLANFAIR.form("form-1").fields() if field.only_when}
    assert [each for each in ("jumped", "not_jumped") if about_jumps[each] in names] == [asked]
