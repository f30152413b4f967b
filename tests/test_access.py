"""Who may see and do what: each condition by itself, and refusals that reveal nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.access import (
    REFUSAL,
    Reported,
    challenged_side,
    let_answer,
    let_do,
    let_see,
    may_act,
    may_answer,
    may_find_a_lead,
    may_note_for_their_side,
    may_pass,
    may_record,
    may_see,
    may_see_reported,
    raising_side,
    reported_to,
    seen_by,
)
from bot.errors import NotAllowed
from bot.escalation import Approval, Escalation, Status
from bot.people import Person
from tests.flows.contexts import POLICIES, gone, reported

ASHA, BEN, CERYS, DELE, ERIN, FARID, GRACE, HUGH, IRIS, JO = (
    f"console:{n}" for n in ("asha", "ben", "cerys", "dele", "erin", "farid", "grace", "hugh", "iris", "jo")
)


def known(person: str, deputy: str = "", partnership: str = "") -> Person:
    return Person(person, "Somebody", "", "Millbrook School", "", deputy, partnership)


PEOPLE = {
    each.id: each
    for each in (
        *map(known, (ASHA, FARID, HUGH, JO)),
        known(BEN, deputy=CERYS),
        known(CERYS, deputy=JO),
        known(DELE, deputy=ERIN),
        known(ERIN, deputy=BEN),
        known(GRACE, deputy=HUGH),
        known(IRIS, partnership="herefordshire"),
        known("console:stand-in", deputy=JO),
    )
}
"""Cerys answers for Ben, Erin for Dele, Hugh for Grace; Jo for Cerys and for another who are deputies only."""


def professional(person: str) -> dict[str, str]:
    return {"name": "Somebody", "role": "", "agency": "Millbrook School", "email": "", "person": person}


ESCALATION = Escalation(
    reference="E-4KX-7PW",
    policy="herefordshire",
    policy_version="1",
    raiser=ASHA,
    raiser_agency="Millbrook School",
    challenged_agency="Example County",
    subject="child",
    stage="stage-2",
    concern=date(2026, 3, 2),
    opened=datetime(2026, 3, 3, 10, tzinfo=UTC),
    fields={
        "people.stage-1.raising": professional(BEN),
        "people.stage-1.challenged": professional(GRACE),
        "people.stage-1.challenged.2": professional("console:second"),
        "people.stage-2.raising": professional(""),
        "people.stage-2.deputy": professional("console:stand-in"),
        "people.stage-2.challenged": None,
        "people.lead": professional(DELE),
        "raiser": professional(JO),
        "counterpart": professional(FARID),
        "people.stage-1.observer": professional("console:observer"),
        "people.stage-1.raising.2": professional("console:observer"),
        "people.stage-1.challenged.all": professional("console:observer"),
        "notes": [{"what": "consulted", "stage": "stage-1", "who": "console:noted"}],
    },
)
REQUEST = Approval(
    key="E-4KX-7PW.1",
    reference="E-4KX-7PW",
    kind="move",
    asked_by=ASHA,
    asked_on=date(2026, 3, 10),
    may_answer=(BEN, CERYS),
    stage="stage-3",
)
ON_OUR_SIDE = [BEN, CERYS, "console:stand-in", DELE, ERIN]
ON_THEIRS = [GRACE, HUGH, "console:second"]
EVERYBODY = (
    ASHA, *ON_OUR_SIDE, *ON_THEIRS, FARID, IRIS, JO, "", "console:observer", "console:noted", "console:stranger",
    "Ben Sample", "Millbrook School",
)  # fmt: skip


# ── seeing ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_raising_side_is_who_is_named_at_any_stage_the_safeguarding_lead_and_who_answers_for_them() -> None:
    assert raising_side(ESCALATION, PEOPLE) == set(ON_OUR_SIDE)


def test_the_challenged_side_is_who_is_named_for_any_agency_and_who_answers_for_them() -> None:
    assert challenged_side(ESCALATION, PEOPLE) == set(ON_THEIRS)


def test_the_raiser_and_both_sides_may_see_it_and_nobody_else() -> None:
    assert [person for person in EVERYBODY if may_see(person, ESCALATION, PEOPLE)] == [ASHA, *ON_OUR_SIDE, *ON_THEIRS]


def test_standing_in_an_answer_lets_nobody_in() -> None:
    # A counterpart is written down before they know of it, and the raiser's details may be anybody's.
    assert not may_see(FARID, ESCALATION, PEOPLE)
    assert not may_see(JO, ESCALATION, PEOPLE)


def test_who_answers_for_somebody_is_told_by_the_directory_of_now() -> None:
    elsewhere = {**PEOPLE, BEN: known(BEN, deputy=JO)}
    assert may_see(JO, ESCALATION, elsewhere)
    assert not may_see(CERYS, ESCALATION, elsewhere)


@pytest.mark.parametrize("now", [{"guest": True}, {"partnership": "sefton"}, None])
def test_a_deputy_who_has_become_a_guest_or_of_a_partnerships_team_or_has_left_sees_it_no_longer(
    now: dict[str, Any] | None,
) -> None:
    others = {person: each for person, each in PEOPLE.items() if person != HUGH}
    after = others if now is None else {**others, HUGH: replace(PEOPLE[HUGH], **now)}
    assert not may_see(HUGH, ESCALATION, after)
    assert may_see(GRACE, ESCALATION, after)


def test_the_partnership_team_sees_no_escalation_as_those_who_are_part_of_it_do() -> None:
    sent = reported(ESCALATION, {"report-to-hscp/all/entry": "2026-03-20T10:00"})
    assert not may_see(IRIS, sent, PEOPLE)
    with pytest.raises(NotAllowed):
        let_see(IRIS, sent, PEOPLE)


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_door_opens_for_those_who_may_see(person: str) -> None:
    if may_see(person, ESCALATION, PEOPLE):
        assert let_see(person, ESCALATION, PEOPLE) is ESCALATION
        assert seen_by(person, [ESCALATION], PEOPLE) == [ESCALATION]
    else:
        assert seen_by(person, [ESCALATION], PEOPLE) == []
        with pytest.raises(NotAllowed):
            let_see(person, ESCALATION, PEOPLE)


def test_whoever_has_been_asked_sees_it_until_they_have_answered() -> None:
    asked = replace(REQUEST, kind="attestation", may_answer=(JO,))
    assert let_see(JO, ESCALATION, PEOPLE, [asked]) is ESCALATION
    with pytest.raises(NotAllowed):
        let_see(JO, ESCALATION, PEOPLE, [replace(asked, answer="approved")])


def refusal(door: object, *args: object) -> str:
    with pytest.raises(NotAllowed) as caught:
        door(*args)  # type: ignore[operator]
    return str(caught.value)


def acting(person: str, escalation: Escalation | None) -> Escalation:
    return let_do("move", person, escalation, PEOPLE)


def seeing(person: str, escalation: Escalation | None) -> Escalation:
    return let_see(person, escalation, PEOPLE)


@pytest.mark.parametrize("door", [seeing, acting])
@pytest.mark.parametrize("person", ["console:stranger", IRIS, FARID])
def test_the_refusal_is_the_same_whether_it_exists_or_not(door: object, person: str) -> None:
    sent = reported(ESCALATION, {"report-to-hscp/all/entry": "2026-03-20T10:00"})
    assert refusal(door, person, sent) == refusal(door, person, None) == REFUSAL
    assert ESCALATION.reference not in REFUSAL


def test_even_the_raiser_learns_nothing_of_what_does_not_exist() -> None:
    assert refusal(seeing, ASHA, None) == refusal(acting, ASHA, None) == REFUSAL


# ── what the partnership's team sees ─────────────────────────────────────────────────────────────────────

HEREFORDSHIRE = POLICIES["herefordshire"]
SENT = {
    "report-to-hscp/all/resolution": "2026-03-24T10:00:00+00:00",
    "report-to-hscp/all/entry": "2026-03-20T10:00:00+00:00",
}


@pytest.mark.parametrize(
    ("stage", "sent", "team", "sees"),
    [
        ("stage-2", {}, "herefordshire", False),
        ("stage-2", SENT, "herefordshire", True),
        ("stage-4", {}, "herefordshire", True),  # the partnership's own stage
        ("stage-4", SENT, "sefton", False),
        ("stage-4", SENT, "", False),
    ],
)
def test_the_team_of_the_policy_sees_what_was_sent_or_stands_before_the_partnership(
    stage: str, sent: dict[str, str], team: str, sees: bool
) -> None:
    one = reported(replace(ESCALATION, stage=stage), sent)
    assert may_see_reported(known(JO, partnership=team), one, HEREFORDSHIRE) is sees
    assert bool(reported_to(known(JO, partnership=team), [one], lambda _: HEREFORDSHIRE)) is sees


ENTRY = "report-to-hscp/all/entry"
TO_THE_LEAD = gone(ENTRY, to="grace@example.org", partnership=False)
NOT_TOLD = {name: value for name, value in gone(ENTRY).items() if name != "partnership"}
BOUNCED = {"given_up": "2026-03-21T10:00"}


@pytest.mark.parametrize(
    ("letters", "sent", "has_it"),
    [
        ([gone(ENTRY), {**TO_THE_LEAD, **BOUNCED}], {}, True),
        ([TO_THE_LEAD, gone(ENTRY, **BOUNCED)], {}, False),
        ([TO_THE_LEAD], SENT, False),
        ([gone(ENTRY, left="")], SENT, False),
        ([gone(ENTRY, by_post=["1 Nowhere Lane"], made="2026-03-20")], {}, False),
        ([gone(ENTRY, by_post=["1 Nowhere Lane"], made="2026-03-20", posted="2026-03-20")], {}, True),
        ([NOT_TOLD], SENT, True),
        ([NOT_TOLD], {}, False),
    ],
    ids=[
        "only another's copy bounced", "their own bounced", "never sent to them", "not gone yet", "to be posted",
        "posted", "to whom is not told", "to whom is not told, and somebody lacks it",
    ],
)  # fmt: skip
def test_the_team_has_a_form_once_a_letter_to_its_own_mailbox_has_gone_whatever_became_of_the_others(
    letters: list[dict[str, Any]], sent: dict[str, str], has_it: bool
) -> None:
    numbered = {f"letter.{number}": letter for number, letter in enumerate(letters, 1)}
    one = replace(ESCALATION.with_fields(**numbered), sent=sent)
    told = [title for each in reported_to(PEOPLE[IRIS], [one], lambda _: HEREFORDSHIRE) for title, _ in each.sent]
    assert (may_record(PEOPLE[IRIS], one), may_see_reported(PEOPLE[IRIS], one, HEREFORDSHIRE)) == (has_it, has_it)
    assert told == ["Report to HSCP"] * has_it
    assert not may_record(known(JO, partnership="sefton"), one)


STAGE_3 = "resolution-form/stage-3/stage"
TO_THE_AUDITOR = gone(STAGE_3, to="auditor@example.org", partnership=False, stands_for=["audit-manager"])


@pytest.mark.parametrize(
    ("letters", "sees"),
    [
        ([TO_THE_AUDITOR], True),
        ([{**TO_THE_AUDITOR, **BOUNCED}], False),
        ([{**TO_THE_AUDITOR, "left": ""}], False),
        ([{**TO_THE_AUDITOR, "hand_on": "approved resolution audit manager"}], False),
        ([{**TO_THE_AUDITOR, "stands_for": ["somebody-else"]}], False),
        ([], False),
    ],
    ids=["gone", "bounced", "not gone yet", "handed on by the raiser", "to somebody else", "none"],
)
def test_where_somebody_gets_a_form_in_its_stead_the_team_sees_that_it_was_sent_and_writes_nothing(
    letters: list[dict[str, Any]], sees: bool
) -> None:
    numbered = {f"letter.{number}": letter for number, letter in enumerate(letters, 1)}
    one = replace(ESCALATION.with_fields(**numbered), policy="islands", stage="stage-3")
    team, islands = known(JO, partnership="islands"), POLICIES["islands"]
    assert may_see_reported(team, one, islands) is sees
    seen = reported_to(team, [one], lambda _: islands)
    assert [(each.has_it, *each.sent) for each in seen] == [
        (False, ("ISCP resolution form", datetime(2026, 3, 20, 10, tzinfo=UTC)))
    ] * sees
    assert not may_record(team, one)
    assert not may_see_reported(known(JO, partnership="herefordshire"), one, islands)


def test_only_the_islands_audit_manager_gets_a_form_in_the_partnerships_stead() -> None:
    forms = ((name, form) for name, policy in POLICIES.items() for form in policy.forms)
    found = [(name, one.id) for name, form in forms for one in form.recipients if one.for_partnership]
    assert found == [("islands", "audit-manager")]


def test_somebody_of_no_team_sees_nothing_of_an_escalation_whose_policy_has_no_name() -> None:
    assert not may_see_reported(known(JO), reported(replace(ESCALATION, policy=""), SENT), HEREFORDSHIRE)


def test_what_the_team_sees_is_reference_stage_dates_status_and_titles_and_nothing_that_was_written() -> None:
    entered = {"stage-1": date(2026, 3, 3), "stage-2": date(2026, 3, 10)}
    one = reported(replace(ESCALATION, entered=entered), SENT)
    (seen,) = reported_to(PEOPLE[IRIS], [one], lambda _: HEREFORDSHIRE)
    assert {field.name for field in fields(Reported)} == {
        "reference", "policy", "stage", "status", "course", "opened", "resolved_on", "sent", "has_it",
    }  # fmt: skip
    assert (seen.reference, seen.stage, seen.status) == ("E-4KX-7PW", "stage-2", Status.OPEN)
    assert (seen.course.concern, seen.course.entered) == (date(2026, 3, 2), entered)
    assert [(title, at.date()) for title, at in seen.sent] == [
        ("Report to HSCP", date(2026, 3, 20)),
        ("Report to HSCP", date(2026, 3, 24)),
    ]
    known_to_them = repr(replace(seen, policy=None))  # type: ignore[arg-type]
    assert [word for word in ("Somebody", "Millbrook", "Example County", "console:") if word in known_to_them] == []


# ── acting ───────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_raiser_may_act() -> None:
    assert [person for person in EVERYBODY if may_act(person, ESCALATION)] == [ASHA]
    assert acting(ASHA, ESCALATION) is ESCALATION


@pytest.mark.parametrize("person", [*ON_OUR_SIDE, *ON_THEIRS])
def test_whoever_sees_it_is_told_who_may_act_on_it(person: str) -> None:
    said = refusal(acting, person, ESCALATION)
    assert ESCALATION.reference in said
    assert "raised it" in said


def test_whoever_runs_the_bot_finds_a_lead_only_where_nobody_of_the_raising_side_is_here() -> None:
    there = {person: PEOPLE[person] for person in (GRACE, HUGH, IRIS)}
    assert may_find_a_lead(IRIS, ESCALATION, there, [IRIS])
    assert let_do("pass", IRIS, ESCALATION, there, [IRIS]) == ESCALATION
    for person, people in ((HUGH, there), (IRIS, there | {ASHA: PEOPLE[ASHA]}), (IRIS, there | {BEN: PEOPLE[BEN]})):
        assert not may_find_a_lead(person, ESCALATION, people, [IRIS])
    assert refusal(lambda *given: let_do("why", *given), IRIS, ESCALATION, there, [IRIS]) == REFUSAL


def test_the_raising_side_may_pass_it_on_when_the_raiser_has_left_and_the_other_side_may_not() -> None:
    assert [person for person in EVERYBODY if may_pass(person, ESCALATION, PEOPLE)] == [ASHA, *ON_OUR_SIDE]
    assert let_do("pass", BEN, ESCALATION, PEOPLE) is ESCALATION
    said = refusal(let_do, "pass", GRACE, ESCALATION, PEOPLE)
    assert said == "E-4KX-7PW is led by the raising side, so only they can pass it on. You can ask them to."


def test_whoever_stands_on_both_sides_neither_passes_it_on_nor_notes_for_the_other() -> None:
    both = ESCALATION.with_fields(**{"people.stage-2.challenged": professional(BEN)})
    assert not may_pass(BEN, both, PEOPLE)
    assert not may_note_for_their_side(BEN, both, PEOPLE)


def test_only_the_challenged_side_may_note_what_it_did_itself() -> None:
    assert [person for person in EVERYBODY if may_note_for_their_side(person, ESCALATION, PEOPLE)] == ON_THEIRS
    named = ESCALATION.with_fields(**{"people.stage-2.challenged": professional(ASHA)})
    assert not may_note_for_their_side(ASHA, named, PEOPLE)


@pytest.mark.parametrize("person", [*ON_OUR_SIDE, *ON_THEIRS])
def test_everybody_who_sees_it_may_ask_why_it_does_not_go_on(person: str) -> None:
    assert let_do("why", person, ESCALATION, PEOPLE) is ESCALATION


# ── answering a request ──────────────────────────────────────────────────────────────────────────────────


def test_only_the_manager_named_in_the_request_and_their_deputy_may_answer_it() -> None:
    assert [person for person in EVERYBODY if may_answer(person, REQUEST, ESCALATION)] == [BEN, CERYS]
    assert let_answer(BEN, REQUEST, ESCALATION) == (REQUEST, ESCALATION)


def test_nobody_answers_their_own_request_even_if_they_are_named_in_it() -> None:
    own = replace(REQUEST, asked_by=BEN)
    assert not may_answer(BEN, own, ESCALATION)
    assert "your own request" in refusal(let_answer, BEN, own, ESCALATION)


def test_the_raiser_never_answers_even_if_somebody_else_asked_and_named_them() -> None:
    named = replace(REQUEST, asked_by=GRACE, may_answer=(ASHA, BEN))
    assert not may_answer(ASHA, named, ESCALATION)
    assert "your own request" in refusal(let_answer, ASHA, named, ESCALATION)


def test_who_may_answer_was_fixed_when_it_was_asked() -> None:
    later = ESCALATION.with_fields(**{"people.stage-2.raising": professional(ERIN)})
    assert not may_answer(ERIN, REQUEST, later)
    assert may_answer(BEN, REQUEST, replace(ESCALATION, fields={}))


@pytest.mark.parametrize("person", [GRACE, "console:stranger"])
def test_others_who_press_are_told_whose_it_is_and_that_nothing_changed(person: str) -> None:
    said = refusal(let_answer, person, REQUEST, ESCALATION)
    assert said == "Only the manager named in this request, or their deputy, can answer it. Nothing was changed."


def test_a_request_that_does_not_exist_is_refused_as_everything_else_that_does_not() -> None:
    assert refusal(let_answer, BEN, None, ESCALATION) == REFUSAL
    assert refusal(let_answer, BEN, REQUEST, None) == REFUSAL
    assert refusal(let_answer, BEN, None, None) == REFUSAL


@pytest.mark.parametrize("status", Status)
def test_what_has_ended_is_seen_by_the_same_people(status: Status) -> None:
    ended = replace(ESCALATION, status=status)
    assert [person for person in EVERYBODY if may_see(person, ended, PEOPLE)] == [ASHA, *ON_OUR_SIDE, *ON_THEIRS]


# ── the one door ─────────────────────────────────────────────────────────────────────────────────────────

ADAPTERS_AND_COMMANDS = {"store", "chat", "mail", "documents", "cli", "ports", "wiring", "serving.py"}
"""Whoever implements a transaction, and what the operator runs; all else acts for people."""
READS = {"escalation", "escalations"}
BY_REFERENCE = {"approval", "approvals", "history"}
"""What is read by a key of the escalation; only where it was let through the door before."""

BY_ITSELF = {
    "delivery.py",
    "looking.py",
    "roster.py",
    "making.py",
    "digesting.py",
    "auditing.py",
    "drafting.py",
    "whereabouts.py",
}
"""What the bot does by itself, when its moment has come."""


def read_by(path: Path) -> Iterator[tuple[ast.Call, tuple[ast.Call, ...]]]:
    """Every call on a transaction, with the calls that it is an argument of."""

    def walk(node: ast.AST, around: tuple[ast.Call, ...]) -> Iterator[tuple[ast.Call, tuple[ast.Call, ...]]]:
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).split(".")[-1] == "tx":
                yield node, around
            around = (*around, node)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, around)

    yield from walk(ast.parse(path.read_text("utf-8")), ())


def shell() -> list[Path]:
    root = Path(bot.__file__).parent
    return sorted(p for p in root.rglob("*.py") if p.relative_to(root).parts[0] not in ADAPTERS_AND_COMMANDS)


def through_access(around: tuple[ast.Call, ...]) -> bool:
    return any(ast.unparse(call.func).startswith("access.") for call in around)


def test_the_shell_reads_no_escalation_but_as_an_argument_of_access() -> None:
    found, past_the_door = 0, []
    for path in shell():
        for call, around in read_by(path):
            if call.func.attr in READS:  # type: ignore[attr-defined]
                found += 1
                if not through_access(around):
                    past_the_door.append(f"{path.name}:{call.lineno}: {ast.unparse(call)}")
    assert past_the_door == []
    assert found >= 8


def test_only_the_desk_and_what_the_bot_carries_out_itself_read_requests_and_history() -> None:
    readers = {
        path.name for path in shell() for call, _ in read_by(path) if call.func.attr in BY_REFERENCE  # type: ignore[attr-defined]
    }  # fmt: skip
    assert readers <= {"desk.py", *BY_ITSELF}


def test_the_bot_s_own_door_is_used_where_no_person_is_heard() -> None:
    users = {path.name for path in shell() if "as_the_bot(" in path.read_text("utf-8")} - {"access.py"}
    # The desk asks `access` about whoever wants to mend a delivery once it knows what that belongs to.
    assert users <= {"desk.py", "keeping.py", *BY_ITSELF}
