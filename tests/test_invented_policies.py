"""Three invented policies of other shapes: between them they say everything that a policy file can say.

What the procedures of partnerships hold is known as a list of 46 points. The tests are numbered by them, and each is a
fact about the three files together.
"""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bot import policy as contract
from bot.fields import Attestation, Day, Kind, Many, Rows
from bot.policy import Form, FormField, Policy, Recipient, Stage, StageClock, Trigger, Within
from bot.policy_files import check, summary
from tests.invented import ALDERWICK, ALL, CALENDARS, FOLDER, LLANFAIR, NAMES, NORTHMOOR, every, said, words_of


def within() -> tuple[Within, ...]:
    return every(Within)


def triggers() -> tuple[Trigger, ...]:
    return every(Trigger)


def kinds() -> set[str]:
    return {field.answer.kind for field in every(FormField)}


def of_kind(kind: type) -> list[Any]:
    return [field.answer for field in every(FormField) if isinstance(field.answer, kind)]


def sides(form: Form) -> set[str]:
    return {field.answer.side for _, field in form.fields() if isinstance(field.answer, Attestation)}


# ── what a policy must be able to say: 1 to 46 ──────────────────────────────────────────────────────────


def test_01_a_stage_is_called_stage_step_or_alert() -> None:
    assert {p.vocabulary.stage for p in ALL.values()} == {"Stage", "Step", "Alert"}


def test_01_a_level_is_a_stage_of_another_name() -> None:
    assert LLANFAIR.stage("level-1").label == "Level 1"


def test_01_it_is_an_escalation_a_resolution_request_or_a_challenge() -> None:
    assert {p.vocabulary.escalation for p in ALL.values()} == {"escalation", "resolution request", "challenge"}


def test_02_six_stages_and_five_with_one_before_them_that_has_no_form() -> None:
    assert len(ALDERWICK.ladder) == 6
    assert [s.before_clock for s in NORTHMOOR.stages].index(True) == 0
    assert len(NORTHMOOR.ladder) == 5


def test_03_informal_formal_and_partnership_stages() -> None:
    assert {s.kind for s in every(Stage)} == words_of(Stage.model_fields["kind"].annotation)


def test_04_a_step_only_if_the_manager_deems_it_appropriate() -> None:
    assert NORTHMOOR.stage("step-3").optional == "if the manager deems it appropriate"


def test_05_a_stage_that_is_urgent_by_telephone_or_else_a_meeting() -> None:
    assert [b.id for b in LLANFAIR.stage("stage-2").branches] == ["meeting", "telephone"]


def test_06_three_ladders_chosen_by_the_kind_of_issue() -> None:
    assert len(LLANFAIR.ladders) == 3


def test_06_a_stage_that_stands_in_two_ladders() -> None:
    assert sum("stage-4" in ladder.stages for ladder in LLANFAIR.ladders) == 2


def test_07_advice_beside_the_ladder_a_designated_doctor_the_mash_an_alert_to_the_iro() -> None:
    assert {"designated-doctor", "mash-consultation", "reviewing-officer-alert"} == said("id", contract.AdviceRoute)


def test_08_no_word_on_leaving_a_stage_out_each_in_turn_straight_to_named_ones() -> None:
    assert {p.skips.allowed for p in ALL.values()} == {"silent", "next_only", "to_stages"}


def test_08_the_raiser_the_manager_or_the_safeguarding_lead_decides_it_and_a_reason_is_wanted() -> None:
    assert {p.skips.decided_by for p in ALL.values()} == {"raiser", "manager", "safeguarding_lead"}
    assert LLANFAIR.skips.reason_required


def test_09_a_version_and_the_day_from_which_it_holds() -> None:
    assert len({p.version for p in ALL.values()}) == 3
    assert ALDERWICK.effective_from is not None


def test_10_about_children_adults_and_themes() -> None:
    assert {s for p in ALL.values() for s in p.subjects} == {"child", "adult", "themed"}


def test_10_within_one_agency_allowed_not_allowed_or_not_mentioned() -> None:
    assert {p.scope.within_agency for p in ALL.values()} == {"silent", "allowed", "not_allowed"}


def test_11_the_clock_runs_from_the_concern_from_raising_it_or_from_each_stages_beginning() -> None:
    assert {p.clock.anchor for p in ALL.values()} == {"initial_concern", "raised", "stage_entry"}


def test_11_a_limit_runs_from_any_day_a_decision_the_end_of_a_step_before_a_notice() -> None:
    assert {limit.since for limit in within()} == words_of(contract.Since)


def test_12_so_many_days_for_each_stage() -> None:
    assert every(contract.PerStage)


def test_12_so_many_in_all_and_the_earlier_of_both() -> None:
    assert every(contract.Cumulative)
    assert every(contract.FurtherAndTotal)


def test_13_working_days_days_weeks_hours_the_same_working_day_immediately() -> None:
    assert {limit.allow.unit for limit in within()} == words_of(contract.Unit)


def test_13_48_hours_two_working_days_with_the_one_that_counts() -> None:
    assert any(
        limit.as_well and (limit.allow.amount, limit.as_well.amount, limit.wins) == (48, 2, "as_well")
        for limit in within()
    )


def test_14_a_range_with_a_target_and_a_last_day() -> None:
    assert {type(p).__name__ for p in every(contract.Limit) if getattr(p, "soft_days", None)} == {
        "Cumulative",
        "PerStage",
    }
    assert any(limit.soft for limit in within())


def test_15_where_possible() -> None:
    assert any(limit.where_possible for limit in within())


def test_16_a_date_that_both_sides_agree_with_a_cap() -> None:
    assert LLANFAIR.stage("stage-3").limit.model_dump()["cap"] == 10


def test_17_words_only() -> None:
    assert {"Without delay", "As soon as possible"} <= said("words", contract.NoClock)


def test_18_or_sooner_if_the_child_needs_it() -> None:
    assert any(limit.or_sooner for limit in every(contract.Limit))


def test_19_24_hours_where_there_is_a_risk_of_harm() -> None:
    assert [
        one.limit.model_dump()["allow"] for one in NORTHMOOR.stage("step-2").limits if one.priority == "risk-of-harm"
    ] == [{"amount": 24, "unit": "hours"}]


def test_19_a_priority_that_both_sides_agree_and_one_that_nobody_has_to_agree() -> None:
    assert {p.priorities.agreed for p in ALL.values() if p.priorities} == {True, False}


def test_20_several_clocks_in_one_step_say_acknowledge_reply_meet_write_up() -> None:
    assert [clock.done_by for clock in NORTHMOOR.stage("step-2").clocks] == [
        "words_said",
        "acknowledged",
        "replied",
        "meeting",
        "written_up",
    ]


def test_20_clocks_of_the_raising_side_the_challenged_side_and_the_partnership() -> None:
    assert {clock.owner for clock in every(StageClock)} == {"raising", "challenged", "partnership"}


def test_21_no_reply_permits_or_demands_going_on() -> None:
    assert {one.means for one in every(contract.NoReply)} == {"permits", "demands"}


def test_22_calendars_of_two_countries_closures_and_days_that_end_at_other_hours() -> None:
    assert len({p.clock.calendar for p in ALL.values()}) == 2
    assert any(p.clock.closures for p in ALL.values())
    assert len({p.clock.day_ends_at for p in ALL.values()}) == 3


def test_23_a_limit_is_for_concluding_reaching_or_responding() -> None:
    assert {p.clock.limit_means for p in ALL.values()} == {"conclude", "reach", "respond"}


def test_24_what_the_role_is_called_in_health_police_social_care_and_schools() -> None:
    assert {"Education", "Health", "Police", "Children’s social care"} <= said("sector", contract.SectorRole)
    assert NORTHMOOR.stage("step-2").raising.examples


def test_25_who_stands_in_where_an_agency_has_no_such_role() -> None:
    assert any(people.proxy for people in every(contract.People))


def test_26_a_mailbox_for_an_agency_at_a_step_and_when_it_was_last_tried() -> None:
    assert any(p.stages and p.email and p.checked_on for p in every(contract.SinglePoint))
    assert any(p.phone and not p.checked_on for p in every(contract.SinglePoint))


def test_27_consult_the_safeguarding_lead_inform_the_lead_professional_at_some_stages_only() -> None:
    assert 0 < sum(bool(s.consult) for s in every(Stage)) < len(every(Stage))
    assert any(s.inform for s in every(Stage))


def test_28_more_than_two_agencies() -> None:
    assert "all_agencies" in said("prefill", FormField)


def test_28_several_children_an_unborn_child_or_none() -> None:
    assert {"several", "unborn"} <= said("only_when", FormField)
    assert "themed" in ALDERWICK.subjects


def test_29_who_judges_that_it_is_resolved_changes_with_the_stage() -> None:
    assert {s.judged_by.who for s in NORTHMOOR.stages} == {"raiser", "raising_manager", "both_managers", "partnership"}


def test_30_several_forms_in_one_policy() -> None:
    assert [len(p.forms) for p in ALL.values()] == [2, 2, 3]


def test_30_sections_with_an_owner_a_moment_and_a_lock_of_their_own() -> None:
    assert {s.who for s in every(contract.Section)} == words_of(contract.Who)
    assert any(s.locked for s in every(contract.Section))


def test_31_due_on_entering_leaving_resolving_or_withdrawing() -> None:
    assert {t.on for t in triggers()} == {"entering", "leaving", "resolving", "withdrawing"}


def test_31_at_these_stages_at_each_from_one_on_or_at_every_one() -> None:
    assert any(t.stages for t in triggers())
    assert any(t.from_stage for t in triggers())
    assert any(t.every for t in triggers())


def test_32_labels_help_and_numbers_as_printed_a_number_that_is_printed_twice_too() -> None:
    assert any(f.help for f in every(FormField))
    assert [f.number for _, f in NORTHMOOR.form("nr1").fields()].count("A7") == 2


def test_32_a_number_that_is_left_out_on_the_paper_stays_left_out() -> None:
    assert "2" not in {s.heading[:1] for s in NORTHMOOR.form("nr2").sections}


def test_33_every_kind_of_answer() -> None:
    assert kinds() == every_kind()


def test_33_boxes_with_words_and_notes_beside_them_and_words_with_no_answer() -> None:
    assert any(o.qualifiers for k in of_kind(Many) for o in k.options)
    assert any(o.note for k in of_kind(Many) for o in k.options)
    assert any(s.notes for s in every(contract.Section))


def test_34_asked_only_for_a_child_an_adult_or_a_theme() -> None:
    assert said("only_for", FormField) == {"child", "adult", "themed"}


def test_34_asked_only_if_stages_were_left_out_or_only_after_a_yes() -> None:
    assert {"jumped", "not_jumped"} <= said("only_when", FormField)
    assert any(f.only_if for f in every(contract.FollowUp))


def test_35_the_view_of_each_agency_a_part_for_the_challenged_side_two_signatures_on_one_form() -> None:
    assert any(
        sides(form) == {"raising", "challenged"} and "challenged" in {s.who for s in form.sections}
        for form in LLANFAIR.forms
    )
    assert "views" in said("prefill", FormField)


def test_36_a_form_for_each_stage_and_one_living_document() -> None:
    assert {f.one_per for f in every(Form)} == {"stage", "escalation"}


def test_37_to_a_mailbox_by_post_or_within_the_agency() -> None:
    assert {r.via for r in every(Recipient)} == {"mail", "post", "internal"}


def test_37_to_one_or_else_another_to_people_by_their_role() -> None:
    assert any(r.otherwise for r in every(Recipient))
    assert said("person", Recipient) == {"challenged_at_stage", "raising_at_stage", "safeguarding_lead", "ask"}


def test_38_nothing_that_identifies_a_child_not_even_on_a_form() -> None:
    assert ALDERWICK.identifiers == "none"
    assert not {"child_name"} & {f.prefill for form in ALDERWICK.forms for _, f in form.fields()}
    assert not [
        k
        for form in ALDERWICK.forms
        for _, f in form.fields()
        if isinstance(k := f.answer, Day) and k.expect == "birth"
    ]


def test_39_categories_of_disagreement_and_boxes_to_tick_as_data() -> None:
    assert NORTHMOOR.reasons
    assert "reasons" in said("prefill", FormField)


def test_40_a_form_that_looks_like_the_partnerships_own_every_layout_headings_and_a_mark() -> None:
    assert said("layout", FormField) | {"beside"} == words_of(FormField.model_fields["layout"].annotation)
    assert NORTHMOOR.retention.classification


def test_41_actions_with_a_name_and_a_date() -> None:
    assert any(
        f.prefill == "actions" and {"action", "by_whom", "date"} == {c.id for c in f.answer.columns}
        for f in every(FormField)
        if isinstance(f.answer, Rows)
    )


def test_42_who_records_what_where_and_when() -> None:
    assert said("who", contract.RecordDuty) == {"each_agency", "raiser", "everyone"}
    assert {d.when for d in every(contract.RecordDuty)} == {"each_stage", "close"}
    assert all(d.where for d in every(contract.RecordDuty))


def test_43_key_messages_principles_examples_danger_contacts_a_statement_for_meetings() -> None:
    assert all(
        p.advice.key_messages and p.advice.principles and p.advice.examples and p.danger.words for p in ALL.values()
    )
    assert LLANFAIR.contacts
    assert LLANFAIR.advice.meeting_statement


def test_43_boundaries_of_every_kind() -> None:
    assert {b.kind for b in every(contract.Boundary)} == words_of(contract.Boundary.model_fields["kind"].annotation)


def test_44_reports_every_quarter_or_year_to_whom_with_every_measure_and_a_least_count() -> None:
    assert {p.reporting.period for p in ALL.values()} == {"quarterly", "yearly"}
    assert {m for p in ALL.values() for m in p.reporting.measures} == words_of(contract.Measure)
    assert {p.reporting.least_count for p in ALL.values()} == {0, 5}


def test_45_how_long_it_is_kept_and_how_it_is_marked() -> None:
    assert all(p.retention.working_copy_days and p.retention.log_years for p in ALL.values())


def test_46_where_it_comes_from_when_it_was_compared_and_that_it_replaces_nothing() -> None:
    assert all("does not replace" in p.provenance.snapshot_notice and p.provenance.sources for p in ALL.values())
    assert {bool(p.provenance.checked_on) for p in ALL.values()} == {True, False}


def every_kind() -> set[str]:
    (union, *_) = get_args(Kind)
    return {get_args(one.model_fields["kind"].annotation)[0] for one in get_args(union)}


def test_the_points_are_all_forty_six() -> None:
    numbered = [match for name in globals() if (match := re.match(r"test_(\d\d)_", name))]
    assert sorted({int(match[1]) for match in numbered}) == list(range(1, 47))


# ── each is sound ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_an_invented_policy_has_no_faults_and_can_be_summed_up(name: str) -> None:
    faults, lines = check([FOLDER / f"{name}.yml"], CALENDARS)
    assert faults == []
    assert lines == summary(ALL[name])


@pytest.mark.parametrize("name", NAMES)
def test_its_summary_is_in_whole_sentences_and_names_all_that_a_lead_has_to_compare(name: str) -> None:
    policy = ALL[name]
    text = "\n".join(summary(policy))
    assert [sign for sign in ("None", "{", "[", "_", "..", " ,", "“”") if sign in text] == []
    named = [stage.label for stage in policy.stages] + [form.title for form in policy.forms]
    named += [moment.label for form in policy.forms for moment in form.moments]
    named += [limit.words for stage in policy.stages if isinstance(limit := stage.limit, Within)]
    named += [clock.label for stage in policy.stages for clock in stage.clocks]
    assert [one for one in named if one not in text] == []


# ── every key ────────────────────────────────────────────────────────────────────────────────────────────


def models(annotation: Any, found: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Every model that a policy can be made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in found:
            found.add(annotation)
            for field in annotation.model_fields.values():
                models(field.annotation, found)
    else:
        for one in get_args(annotation):
            models(one, found)
    return found


def key_of(model: type[BaseModel], key: str) -> str:
    """A key under the name of the part that it comes from: every limit has the same words."""
    first = next(each for each in reversed(model.__mro__) if key in getattr(each, "__annotations__", ()))
    return f"{first.__name__}.{key}"


def keys() -> set[str]:
    return {key_of(model, key) for model in models(Policy, set()) for key in model.model_fields if key not in CHOOSING}


def keys_written() -> set[str]:
    return {key_of(type(part), key) for part in every(BaseModel) for key in part.model_fields_set}


CHOOSING = {"rule"}
"""Which limit or kind of answer it is."""
NOT_WRITTEN = {"Form.template": "it names a Word file, which tests/test_template_files.py makes"}
"""Keys that none of the three needs, and why."""


def test_between_them_they_write_every_key_of_every_part() -> None:
    assert keys() - keys_written() == set(NOT_WRITTEN)
