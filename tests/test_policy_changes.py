"""What has changed between two versions of a policy, in plain English: nothing is left out, whatever the key."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot import fields, policy
from bot.config import SHIPPED
from bot.policies import Version
from bot.policy import Policy
from bot.policy_files import changes, load_version, summary
from tests.varying import single_parts, variations

CALENDARS = SHIPPED / "calendars"
SOUND = Path(__file__).parent / "data" / "sound-policy.yml"
INVENTED = sorted((Path(__file__).parent / "data" / "policies").glob("*.yml"))

UNSAID = {
    "Advice.other_words", "Advice.stages_heading", "FollowUp.hint", "Form.file_name", "FormField.by", "FormField.group",
    "FormField.hint", "FormField.layout", "FormField.number", "Provenance.made_on", "Rows.printed", "Rows.row_label",
    "Section.moment", "Section.same_table", "Section.who", "Skips.reason_required",
}  # fmt: skip
"""What the summary does not say: what is for the record, and how a form looks, which its document shows."""


def version(one: Policy) -> Version:
    return Version({one.language: one})


@cache
def varied() -> list[tuple[str, Policy, Policy]]:
    """The invented policies, which between them use every key, with one thing otherwise: for each key once."""
    return list(variations([load_version(path, CALENDARS).policy for path in INVENTED]))


# ── no key is left out ───────────────────────────────────────────────────────────────────────────────────────


def test_whatever_is_changed_anywhere_is_told() -> None:
    for place, old, new in varied():
        told = changes(version(old), version(new))
        assert not told[-1].startswith("Nothing"), place
        assert all(line.strip() for line in told[4:]), place


def test_every_key_that_a_policy_may_have_is_varied() -> None:
    there = {place.removesuffix(" gone") for place, _, _ in varied()}
    never_alone = (policy.Part, policy.Limit, fields.Answer, fields.Agencies)
    models = {one for module in (policy, fields) for one in vars(module).values() if isinstance(one, type)}
    for model in models:
        if issubclass(model, BaseModel) and model not in never_alone:
            keys = {f"{model.__name__}.{key}" for key in model.model_fields.keys() - single_parts(model)}
            assert keys - there == {"Form.template"} & keys  # none of them has a Word file of its own


def test_whatever_is_changed_anywhere_changes_the_summary_that_is_compared_with_the_paper() -> None:
    said = {old.id: summary(old) for _, old, _ in varied()}
    for place, old, new in varied():
        key = place.removesuffix(" gone")
        names_others = key.endswith((".id", ".stages", ".to", ".moment", ".moments", ".stages", ".sections"))
        if not names_others and key not in UNSAID:  # an id that is gone leaves others that name it
            assert summary(new) != said[old.id], place


# ── what matters most, in its own words ──────────────────────────────────────────────────────────────────────


@cache
def as_it_is(file: Path) -> Version:
    return load_version(file, CALENDARS)


def told(tmp_path: Path, file: Path, *edits: tuple[str, str]) -> list[str]:
    """What is said of the file and the same file with these edits, below the heading."""
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    changed = tmp_path / "new.yml"
    changed.write_text(text, encoding="utf-8")
    lines = changes(as_it_is(file), load_version(changed, CALENDARS))
    return lines[lines.index("") + 1 :]


HEREFORDSHIRE, TRAFFORD, LLANFAIR = SHIPPED / "herefordshire.yml", SHIPPED / "trafford.yml", INVENTED[1]
AFTER = "after the day of the initial concern, whenever the stage was entered"


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        (
            [("      days: 8", "      days: 10")],
            ["Stage 2: the limit: was at the latest 8 working days {after}; is at the latest 10 working days {after}."],
        ),
        (
            [("Within 8 working days of initial concern", "Within 8 working days of the first concern")],
            [
                "Stage 2: the limit’s words: were “Within 8 working days of initial concern”,"
                " are “Within 8 working days of the first concern”."
            ],
        ),
        ([('label: "Stage 4"\n    title', 'label: "Board"\n    title')], ["Stage 4 is called Board now."]),
        (
            [('raising: {role: "Line/Team Manager"}', 'raising: {role: "Team Leader"}')],
            ["Stage 1: who acts for the raising side: was Line/Team Manager; is Team Leader."],
        ),
        (
            [("      - id: partnership-team", "      - id: office")],
            [
                "The form Report to HSCP no longer goes to HSCP Partnership Team, by mail:"
                " admin.sbu@herefordshire.gov.uk.",
                "The form Report to HSCP goes to somebody new: HSCP Partnership Team, by mail:"
                " admin.sbu@herefordshire.gov.uk.",
            ],
        ),
        (
            [("anchor: initial_concern", "anchor: raised")],
            [
                "The clock: the day from which days run: was the day of the initial concern,"
                " is the day on which it was raised."
            ],
        ),
        (
            [("calendar: england-and-wales", "calendar: scotland")],
            ["The clock: the calendar of bank holidays: was “england-and-wales”, is “scotland”."],
        ),
        (
            [("needed: true\n            prefill: concern_date", "prefill: concern_date")],
            ["The form Report to HSCP, “4.3 Date of initial concern:” may be skipped now."],
        ),
        (
            [('label: "2.1 Brief details of professional difference:"', 'label: "2.1 What is the difference?"')],
            [
                "The form Report to HSCP: “2.1 Brief details of professional difference:” is worded"
                " “2.1 What is the difference?” now."
            ],
        ),
        (
            [("due: {on: entering, stages: [stage-2, stage-3, stage-4]}", "due: {on: entering, from_stage: stage-2}")],
            [
                "The form Report to HSCP, “On reaching Stage 2”: when it is due: was on entering Stage 2, Stage 3,"
                " Stage 4; is on entering Stage 2 or any later one."
            ],
        ),
        (
            [("Do not delay if\n      inaction will", "Do not wait if\n      inaction will")],
            [
                "What people are told: key messages: was “… to another. Do not delay if inaction will"
                " increase …”, is “… to another. Do not wait if inaction will increase …”."
            ],
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_in_a_sentence_of_its_own(
    tmp_path: Path, edits: list[tuple[str, str]], says: list[str]
) -> None:
    said = told(tmp_path, HEREFORDSHIRE, ('version: "1"', 'version: "2"'), *edits)
    assert said == [line.format(after=AFTER) for line in says]


def test_other_reminders_and_another_digest_are_told_in_words(tmp_path: Path) -> None:
    new = (
        'nudges: {from: "08:30", before_days: 0, late_every_days: 3, form_days: 0}\n'
        'digest: {day: thursday, at: "10:15"}\nskips:'
    )
    assert told(tmp_path, TRAFFORD, ('version: "1"', 'version: "2"'), ("skips:", new)) == [
        "Reminders: the hour from which people are reminded: was “09:00”, is “08:30”.",
        "Reminders, before a last day or a target: were 1 working day ahead; are never.",
        "Reminders, once it is late: were every working day; are every 3 working days.",
        "Reminders, where a form is due and was not sent: were after 1 working day, then every working day; are never.",
        "The weekly digest: the day on which it is posted: was Monday, is Thursday.",
        "The weekly digest: the hour at which it is posted: was “09:00”, is “10:15”.",
    ]


def test_reminders_that_are_written_down_as_they_are_anyway_change_nothing(tmp_path: Path) -> None:
    new = 'nudges: {from: "09:00", before_days: 1}\ndigest: {day: monday}\nforms:'
    assert told(tmp_path, SOUND, ("forms:", new)) == ["Nothing that the file says has changed."]


def test_a_new_stage_is_told_with_all_that_it_says(tmp_path: Path) -> None:
    stage = '  - id: stage-9\n    label: "Stage 9"\n    raising: {role: A}\n    challenged: {role: B}\n'
    stage += "    limit: {rule: per_stage, words: two, days: 2}\n\nskips:"
    assert told(tmp_path, TRAFFORD, ("\nskips:", stage), ("to: [stage-3, stage-4]", "to: [stage-3]")) == [
        "Stage 9 is new:",
        "  For the raising side: A",
        "  For the challenged side: B",
        "  Limit as printed: two",
        "  Read as: at the latest 2 working days after entering the stage.",
        "Leaving stages out: where it may go straight to: “Stage 4” is gone.",
    ]


def test_a_question_that_moves_to_another_section_is_neither_gone_nor_new(tmp_path: Path) -> None:
    moved = "      - id: b\n        heading: Part B\n        moment: entry\n        fields:\n          - id: again\n"
    said = told(tmp_path, SOUND, ("          - id: again\n", moved))
    assert said[0] == "The form Report, “Themes”: the section in which it stands: was “a”, is “Part B”."
    assert not any("asks" in line for line in said)


def test_questions_come_and_go(tmp_path: Path) -> None:
    new = "          - {id: more, label: More?, answer: yes_no, needed: true, hint: Ours.}\n          - id: again\n"
    assert told(tmp_path, SOUND, ("          - id: again\n", new)) == [
        "The form Report asks something new: “More?” (yes or no, needed).",
        "  our own help: “Ours.”",
    ]
    gone = (
        '          - id: name\n            label: "Name"\n            answer: line\n            prefill: raiser_name\n'
    )
    assert told(tmp_path, SOUND, (gone, "")) == ["The form Report no longer asks “Name”."]


def test_a_text_in_one_language_only_is_told_for_that_language(tmp_path: Path) -> None:
    (line,) = told(tmp_path, LLANFAIR, ("ffoniwch 999. Peidiwch", "ffoniwch 999 nawr. Peidiwch"))
    assert line.startswith("In Welsh: If a child is in danger: the words: was “")


def test_a_version_that_stays_although_something_has_changed_is_warned_of(tmp_path: Path) -> None:
    new = tmp_path / "new.yml"
    new.write_text(SOUND.read_text("utf-8").replace("days: 3}", "days: 4}"), "utf-8")
    assert "Warning: the version is 1 in both, although something has changed." in "\n".join(
        changes(load_version(SOUND, CALENDARS), load_version(new, CALENDARS))
    )
    checked = tmp_path / "checked.yml"
    checked.write_text(SOUND.read_text("utf-8").replace("made_on:", "checked_on: 2026-03-05\n  made_on:"), "utf-8")
    lines = changes(load_version(SOUND, CALENDARS), load_version(checked, CALENDARS))
    assert lines[-1] == "Where the file comes from: the day of the last check: was nothing, is 05/03/2026."
    assert "Warning" not in "\n".join(lines)


def test_the_same_file_has_not_changed_whatever_its_remarks_and_the_order_of_its_keys(tmp_path: Path) -> None:
    text = SOUND.read_text("utf-8").replace("id: example\n", "# a remark\n") + "id: example\n"
    same = tmp_path / "same.yml"
    same.write_text(text, "utf-8")
    assert changes(load_version(SOUND, CALENDARS), load_version(same, CALENDARS))[-1] == (
        "Nothing that the file says has changed."
    )
    same.write_text(text.replace('version: "1"', 'version: "2"'), "utf-8")
    assert changes(load_version(SOUND, CALENDARS), load_version(same, CALENDARS))[-1] == "Only the version has changed."
