"""The forms of the shipped policies ask, print and send what the partnerships' papers say."""

import re

import pytest

from bot.fields import Attestation, Choice, Many, Professional, Rows, YesIfAll, YesNo
from bot.policy import Form, FormField
from tests.flows.contexts import POLICIES as SHIPPED

NAMES = ("herefordshire", "islands", "sefton", "trafford")


def the_form(name: str) -> Form:
    (form,) = SHIPPED[name].forms
    return form


def field(name: str, field_id: str) -> FormField:
    return next(one for _, one in the_form(name).fields() if one.id == field_id)


def moment_of(name: str, field_id: str) -> str:
    return next(one.moment or section.moment for section, one in the_form(name).fields() if one.id == field_id)


def due(name: str) -> dict[str, tuple[str, tuple[str, ...], bool]]:
    """Moment -> when it is due, at which stages, and whether it sends."""
    return {
        one.id: (one.due.on if one.due else "", tuple(one.due.stages) if one.due else (), one.send)
        for one in the_form(name).moments
    }


# Field by field, in printed order: id, kind of answer, ! where the form needs it.
FORMS = {
    "herefordshire": """
        child-name line!, date-of-birth date!, child-address paragraph!, child-reference line,
        details paragraph!, themes paragraph!, raiser professional!, others rows!,
        current-need paragraph!, perceived-need paragraph!, concern-date date!, action-taken paragraph!,
        progress paragraph!, methodology paragraph!, resolved-stage choice!, resolved-date date!, lessons paragraph!,
        completed-by professional!, completed-on date!, received date!, actions paragraph""",
    "sefton": """
        child-name line!, date-of-birth date!, child-address paragraph, raiser professional!, raiser-role line!,
        others rows!, level-of-need many!, details paragraph!, discussed-on dates!, tried paragraph!,
        resolved-at many!, lessons paragraph!, actions rows, completed-by professional!, completed-on date!,
        received date!, outcome paragraph!""",
    "islands": """
        child-or-family line!, reason paragraph!, outcome paragraph!, challenger-signature attestation!,
        challenged-signature attestation!, resolved-stage line!, time-taken line!, effectiveness paragraph!,
        additional-notes paragraph""",
    "trafford": """
        name line!, role line!, agency line!, email email!, notified-on date!, with-agency line!, levels many!,
        problem paragraph!, informal-challenge paragraph!, desired-outcome paragraph!, stage-3-outcomes paragraph!,
        agreed-and-debriefed yes_if_all!, general-issues paragraph!""",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_form_asks_its_questions_in_printed_order(name: str) -> None:
    asked = [f"{one.id} {one.answer.kind}{'!' if one.needed else ''}" for _, one in the_form(name).fields()]
    assert asked == [" ".join(one.split()) for one in FORMS[name].split(",")]


def test_forms_are_due_when_the_policies_say() -> None:
    assert due("herefordshire") == {
        "entry": ("entering", ("stage-2", "stage-3", "stage-4"), True),
        "progress": ("", (), False),
        "resolution": ("resolving", ("stage-2", "stage-3", "stage-4"), True),
        "partnership": ("", (), False),
    }
    assert due("sefton") == {
        "details": ("resolving", ("step-3", "step-4"), False),
        "resolution": ("resolving", ("step-3", "step-4"), True),
        "partnership": ("", (), False),
    }
    assert due("islands") == {
        "stage": ("entering", ("stage-3", "stage-4"), True),
        "monitoring": ("resolving", ("stage-3", "stage-4"), True),
    }
    assert due("trafford") == {
        "entry": ("entering", ("stage-3", "stage-4"), True),
        "outcome": ("resolving", ("stage-3", "stage-4"), True),
    }


def test_the_draft_of_sefton_opens_before_it_is_due() -> None:
    opens = the_form("sefton").moment("details").opens
    assert opens is not None
    assert (opens.on, opens.stages[0]) == ("entering", "step-3")


def test_islands_has_one_form_for_each_stage_and_the_others_one_for_all() -> None:
    assert {name: the_form(name).one_per for name in NAMES} == {
        "herefordshire": "escalation",
        "islands": "stage",
        "sefton": "escalation",
        "trafford": "escalation",
    }


def test_forms_go_to_those_whom_the_policies_name() -> None:
    gets_it = {name: {one.id: one for one in the_form(name).recipients} for name in NAMES}
    assert gets_it["herefordshire"]["partnership-team"].email == "admin.sbu@herefordshire.gov.uk"
    lead = gets_it["herefordshire"]["challenged-lead"]
    assert (lead.person, lead.stage) == ("challenged_at_stage", "stage-2")
    assert lead.name == "Designated Safeguarding Lead / Service Manager / Head of Service"
    assert gets_it["sefton"]["sscp"].email == "SSCP@sefton.gov.uk"
    assert gets_it["trafford"]["business-manager"].email == "tssp@trafford.gov.uk"
    audit = gets_it["islands"]["audit-manager"]
    assert (audit.person, audit.otherwise) == ("ask", "business-manager")
    by_post = gets_it["islands"]["business-manager"]
    assert (by_post.via, by_post.email) == ("post", "")
    assert ", ".join(by_post.address[1:]) == "Perruque House, Rue de la Perruque, Castel, Guernsey, GY5 7NT"


def test_only_the_partnership_fills_the_parts_of_the_partnership() -> None:
    for name, section_id in (("herefordshire", "d"), ("sefton", "monitoring")):
        section = next(one for one in the_form(name).sections if one.id == section_id)
        moment = the_form(name).moment(section.moment)
        assert (section.who, moment.who, moment.send) == ("partnership", "partnership", False)
    for name in ("islands", "trafford"):
        assert all(section.who != "partnership" for section in the_form(name).sections)


def test_what_identifies_a_child_is_asked_in_herefordshire_only_about_a_child() -> None:
    only = {one.id for _, one in the_form("herefordshire").fields() if one.only_for == "child"}
    assert only == {
        "child-name", "date-of-birth", "child-address", "child-reference", "current-need", "perceived-need",
    }  # fmt: skip


def test_the_notice_of_trafford_has_no_place_for_a_child() -> None:
    asked = " ".join(one.id for _, one in the_form("trafford").fields())
    assert not re.search("child|birth|address|reference", asked)
    assert not any(one.prefill == "child_name" for _, one in the_form("trafford").fields())


def test_printed_numbers_are_kept() -> None:
    numbers = " ".join(one.number for _, one in the_form("herefordshire").fields() if one.number)
    assert numbers == "1.1 1.2 1.3 1.4 2.1 2.2 3.1 3.2 4.1 4.2 4.3 4.4"
    assert all(one.label.startswith(one.number) for _, one in the_form("herefordshire").fields())
    assert any(
        section.heading == "Section 4: HSCP Partnership Manager" for section in the_form("herefordshire").sections
    )


def test_boxes_and_the_words_beside_them_are_as_printed() -> None:
    levels = field("trafford", "levels").answer
    assert isinstance(levels, Many)
    three = ("progress", "agreement", "dissent")
    assert levels.least == 1
    assert [option.qualifiers for option in levels.options] == [(), three, three, three, ("agreement", "dissent")]
    for option in levels.options:
        assert not option.qualifiers or option.label.endswith(f"({' / '.join(option.qualifiers)})")

    need = field("sefton", "level-of-need").answer
    assert isinstance(need, Many)
    assert [(option.label, option.note) for option in need.options] == [
        ("Early Help", True),
        ("S17:", True),
        ("S47:", True),
    ]
    assert need.least == 1

    resolved = field("sefton", "resolved-at").answer
    assert isinstance(resolved, Many)
    assert [(option.id, option.label) for option in resolved.options] == [
        ("step-3", "Level 3:"),
        ("step-4", "Level 4:"),
        ("referred", "Referred to SLT"),
    ]
    assert resolved.least == 0, "N / N / Y, and even N / N / N, can be said"


def test_the_stage_of_resolution_in_herefordshire_is_one_of_four() -> None:
    answer = field("herefordshire", "resolved-stage").answer
    assert isinstance(answer, Choice)
    assert [option.id for option in answer.options] == ["stage-1", "stage-2", "stage-3", "stage-4"]
    assert field("herefordshire", "resolved-stage").group == field("herefordshire", "resolved-date").group


def test_rows_have_the_columns_and_the_empty_lines_of_the_paper() -> None:
    others, actions = field("sefton", "others").answer, field("sefton", "actions").answer
    assert isinstance(others, Rows)
    assert isinstance(actions, Rows)
    assert (others.printed, others.row_label) == (3, "Name / Role / Agency:")
    assert [column.label for column in actions.columns] == ["Action(s):", "By whom:", "Date completed:"]
    assert (actions.printed, actions.columns[2].answer) == (3, "date")


def test_both_managers_sign_the_form_of_islands() -> None:
    sides = {}
    for name in ("challenger-signature", "challenged-signature"):
        answer = field("islands", name).answer
        assert isinstance(answer, Attestation)
        sides[field("islands", name).label] = answer.side
        assert field("islands", name).layout == "signature"
    assert sides == {"Signature of challenger manager": "raising", "Signature of challenged manger": "challenged"}


def test_one_yes_or_no_of_trafford_asks_two_things() -> None:
    answer = field("trafford", "agreed-and-debriefed").answer
    assert isinstance(answer, YesIfAll)
    assert [option.id for option in answer.of] == ["outcome", "debrief"]


def test_follow_up_questions_ask_what_the_printed_label_leaves_open() -> None:
    recurring, previous = field("herefordshire", "themes").also
    assert isinstance(recurring.answer, YesNo)
    assert previous.only_if == recurring.id
    (views,) = field("islands", "reason").also
    assert isinstance(views.answer, Rows)
    assert [column.id for column in views.answer.columns] == ["agency", "view"]
    (outcome,) = field("islands", "outcome").also
    assert isinstance(outcome.answer, Choice)
    assert [option.id for option in outcome.answer.options] == ["resolved", "escalated"]
    (consider,) = field("trafford", "general-issues").also
    assert isinstance(consider.answer, YesNo)


def test_the_person_who_escalates_is_asked_for_what_the_form_prints() -> None:
    for name, parts in (("herefordshire", ("name", "role", "agency", "email")), ("sefton", ("name", "email"))):
        answer = field(name, "raiser").answer
        assert isinstance(answer, Professional)
        assert answer.parts == answer.needed == parts


def test_the_last_three_answers_of_trafford_belong_to_the_outcome() -> None:
    outcome = [one.id for _, one in the_form("trafford").fields() if moment_of("trafford", one.id) == "outcome"]
    assert outcome == ["stage-3-outcomes", "agreed-and-debriefed", "general-issues"]


def test_what_is_filled_at_the_end_is_filled_by_whoever_closes_it() -> None:
    for name in NAMES:
        form = the_form(name)
        for section in form.sections:
            assert section.who == form.moment(section.moment).who, (name, section.id)
            assert {one.moment for one in section.fields} <= {None, section.moment}


def test_who_fills_a_field_is_kept_as_the_paper_says_it() -> None:
    assert {one.id: one.by for _, one in the_form("islands").fields()} == {
        "child-or-family": "challenger manager, at stage 3 and again at each later stage",
        "reason": "both sides",
        "outcome": "both sides",
        "challenger-signature": "challenger manager",
        "challenged-signature": "challenged manager",
        "resolved-stage": "whoever closes it",
        "time-taken": "whoever closes it",
        "effectiveness": "whoever closes it",
        "additional-notes": "anyone",
    }
    assert field("sefton", "actions").by == "each agency, after resolution"


LAYOUTS = {
    "sefton": {
        "level-of-need": "option_cells",
        "resolved-at": "option_rows",
        "actions": "table",
        "child-name": "beside",
        "details": "inside",
    },
    "islands": {"resolved-stage": "column", "time-taken": "column", "effectiveness": "column", "reason": "beside"},
    "trafford": {"levels": "beside", "agreed-and-debriefed": "beside"},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_answers_stand_as_on_the_paper(name: str) -> None:
    assert {one: field(name, one).layout for one in LAYOUTS[name]} == LAYOUTS[name]
