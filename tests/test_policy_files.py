"""Policy files that are wrong: every fault at once, with its line, its key and what to do."""

import random
import re
import shutil
import time
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter
from ruamel.yaml import YAML

from bot import fields, policy
from bot.errors import PolicyError
from bot.policy import Policy, Prefill
from bot.policy_files import check, load, load_folder, summary
from bot.policy_files.faults import shape_faults
from bot.policy_files.form_fields import FITS, LAYOUT_NEEDS
from bot.policy_files.languages import in_each_language
from bot.policy_files.reading import Place, Tree, read_tree, tree_of
from bot.policy_files.sense import sense_faults
from bot.policy_files.what_for import WHAT_FOR

CALENDARS = Path(policy.__file__).parent.parent.parent / "policies" / "calendars"

DATA = Path(__file__).parent / "data"
SOUND = (DATA / "sound-policy.yml").read_text(encoding="utf-8")
FAULTS: dict[str, dict[str, str]] = YAML(typ="safe", pure=True).load(DATA / "policy-faults.yml")


def faults_of(path: Path, text: str) -> list[str]:
    """The faults of a file with this text, without the name of its folder."""
    file = path / "example.yml"
    file.write_text(text, encoding="utf-8")
    found, _ = check([file], CALENDARS)
    return [fault.removeprefix(f"{path}/") for fault in found]


def changed(old: str, new: str) -> str:
    assert SOUND.count(old) == 1, f"{old!r} stands {SOUND.count(old)} times in the example"
    return SOUND.replace(old, new)


@cache
def case_text(case: str) -> str:
    """The example with what is wrong in this case."""
    fault_is = FAULTS[case]
    text = changed(fault_is["in"], fault_is["put"])
    if "in-too" in fault_is:
        assert text.count(fault_is["in-too"]) == 1
        text = text.replace(fault_is["in-too"], fault_is["put-too"])
    return text


@pytest.fixture(scope="module")
def case_faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What `check` says of each case."""
    folder = tmp_path_factory.mktemp("cases")
    return {case: faults_of(folder, case_text(case)) for case in FAULTS}


def test_a_sound_file_has_no_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path, SOUND) == []


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_names_its_line_its_key_and_the_remedy(case: str, case_faults: dict[str, list[str]]) -> None:
    fault_is, text, faults = FAULTS[case], case_text(case), case_faults[case]
    line = text.count("\n", 0, text.rindex(fault_is["at"])) + 1

    # A changed id may leave a second fault behind, where the old one is still named.
    assert any(fault.startswith(f"example.yml:{line}: ") and fault_is["says"] in fault for fault in faults), faults


def test_a_fault_is_told_without_the_words_of_programmers(case_faults: dict[str, list[str]]) -> None:
    words = ("pydantic", "http", "Input should", "input_value", "type=", "validation", "str_type", "None", "dict")
    for case, faults in case_faults.items():
        for fault in faults:
            assert fault.rstrip().endswith("."), (case, fault)
            assert not [word for word in words if word in fault], (case, fault)


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = SOUND
    for old, new in (
        ('version: "1"', "version: 1"),
        ("anchor: raised", "anchor: rised"),
        ("rule: per_stage", "rule: per_step"),
        ("stages: [stage-2]", "stages: [stage-5]"),
        ("moment: entry", "moment: entri"),
        ("answer: paragraph", "answer: paragraf"),
    ):
        text = text.replace(old, new)
    file = tmp_path / "example.yml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(PolicyError) as caught:
        load(file, CALENDARS)

    faults = caught.value.faults
    assert [int(fault.split(":")[1]) for fault in faults] == [2, 11, 22, 38, 46, 62]
    assert str(caught.value).count("\n") == 5


def test_a_file_that_is_empty_says_so_once(tmp_path: Path) -> None:
    for text in ("", "# only a comment\n", "\n\n"):
        assert faults_of(tmp_path, text) == [
            "example.yml:1: the file is empty. Copy one of the shipped policy files and change it."
        ]


def test_a_file_that_is_a_list_or_a_word_says_so_once(tmp_path: Path) -> None:
    rest = "but a policy has keys. Begin with id:, version: and name:."
    assert faults_of(tmp_path, "- a\n- b\n") == [f"example.yml:1: found a list, {rest}"]
    assert faults_of(tmp_path, "hello\n") == [f"example.yml:1: found the text “hello”, {rest}"]


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_bytes(SOUND.replace("’", "'").encode().replace(b"Example Partnership", b"Ex\xe4mple"))
    assert check([file], CALENDARS)[0] == [
        f"{file}:5: the file is not UTF-8 text. Save it again with the encoding UTF-8."
    ]


def test_a_file_that_is_not_there_or_is_a_folder_is_one_fault(tmp_path: Path) -> None:
    none = tmp_path / "none.yml"
    assert check([none], CALENDARS) == ([f"{none}:1: there is no such file or folder. Check the name."], [])
    text = "there is no policy file (*.yml, *.yaml) in this folder. Put one there, or name another folder."
    assert check([tmp_path], CALENDARS) == ([f"{tmp_path}:1: {text}"], [])
    with pytest.raises(PolicyError, match="there is no such folder"):
        load_folder(tmp_path / "none")


def test_a_folder_stands_for_the_policy_files_in_it_whatever_their_ending(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "two.YAML").write_text(changed("id: example", "id: 7"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a policy", encoding="utf-8")
    faults, lines = check([tmp_path, tmp_path / "one.yml"], CALENDARS)
    assert [Path(fault.split(":")[0]).name for fault in faults] == ["two.YAML"]
    assert lines == summary(load(tmp_path / "one.yml", CALENDARS))


def test_a_renamed_stage_or_moment_is_one_fault_with_all_its_lines(tmp_path: Path) -> None:
    text = changed("- id: stage-2", "- id: stage-22").replace(
        "forms:\n", "skips: {allowed: to_stages, to: [stage-2]}\nforms:\n"
    )
    assert faults_of(tmp_path, text) == [
        "example.yml:30: skips.to.1: there is no stage “stage-2”. Did you mean “stage-22”?"
        " Known here: stage-1, stage-22. It stands in line 39 too."
    ]


@pytest.mark.parametrize(
    "more",
    [
        "otherwise: team",
        "otherwise: b\n      - {id: b, name: B, person: ask, question: Who?, otherwise: team}",
    ],
)
def test_recipients_who_stand_in_for_each_other_in_a_circle_are_one_fault(tmp_path: Path, more: str) -> None:
    put = f"person: ask\n        question: Who?\n        {more}"
    assert len(faults_of(tmp_path, changed('email: "team@example.org"', put))) == 1


def calendar_faults(year: int) -> list[str]:
    """What is wrong with the sound file at the end of that year: its calendar is sure until 26 December 2028."""
    return check([DATA / "sound-policy.yml"], CALENDARS, date(year, 12, 26))[0]


def test_a_calendar_that_ends_within_a_year_is_a_fault_whose_remedy_is_the_calendar_file() -> None:
    assert calendar_faults(2027) == []
    (fault,) = calendar_faults(2028)
    assert (
        "sound-policy.yml:12: clock.calendar: the bank holidays of england-and-wales are known only until 26/12/2028"
        in fault
    )
    assert f"Add the newer ones to {CALENDARS / 'england-and-wales.json'}, and move its sure_to." in fault


def test_a_calendar_that_cannot_be_read_is_a_fault_of_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "england-and-wales.json").write_text("{}", encoding="utf-8")
    (fault,) = check([DATA / "sound-policy.yml"], tmp_path, date(2026, 3, 2))[0]
    assert "sound-policy.yml:12: clock.calendar: this calendar cannot be used: " in fault


def test_a_day_of_checking_that_is_still_to_come_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_text(changed("made_on: 2026-03-02", "made_on: 2026-03-02\n  checked_on: 2026-03-05"), "utf-8")
    assert check([file], CALENDARS, date(2026, 3, 5))[0] == []
    assert check([file], CALENDARS, date(2026, 3, 4))[0] == [
        f"{file}:10: provenance.checked_on: 2026-03-05 is still to come: today is 2026-03-04."
        " Write the day on which it was done."
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: " + "x" * 1_000_000, "the file is larger than 1,000,000 bytes"),
        ("[" * 900_000, "nested more than 30 deep"),
        ("a:\n" + "- b: c\n" * 100_000, "more than 20,000 entries"),
    ],
)
def test_what_no_policy_can_need_is_refused_at_once(tmp_path: Path, text: str, says: str) -> None:
    began = time.monotonic()
    (fault,) = faults_of(tmp_path, text)
    assert says in fault
    assert time.monotonic() - began < 5


def test_the_summary_warns_of_a_form_that_a_jump_would_leave_out(tmp_path: Path) -> None:
    third = 'words: "None."\n  - {id: stage-3, label: S3, raising: {role: A}, challenged: {role: B},'
    third += " limit: {rule: no_clock, words: x}}\nskips: {allowed: to_stages, to: [stage-2, stage-3]}\n"
    text = changed('words: "None."\n', third)
    file = tmp_path / "example.yml"
    file.write_text(text, encoding="utf-8")
    warning = "an escalation that goes straight to S3 is never asked for this. If it owes it all the same, add stage-3"
    assert any(warning in line for line in summary(load(file, CALENDARS)))
    file.write_text(text.replace("stages: [stage-2]", "stages: [stage-2, stage-3]"), encoding="utf-8")
    assert not any("never asked" in line for line in summary(load(file, CALENDARS)))


def test_where_there_are_no_reasons_a_form_can_be_filled_with_the_examples(tmp_path: Path) -> None:
    text = changed("  ownership:\n", '  examples: ["Not sharing information;"]\n  ownership:\n')
    text = text.replace("layout: option_rows", "prefill: reasons").replace("id: one,", "id: example-1,")
    (fault,) = faults_of(tmp_path, text)
    assert "there is no reason “two”. Known here: example-1." in fault
    assert faults_of(tmp_path, text.replace('                - {id: two, label: "Two"}\n', "")) == []
    said = summary(load(tmp_path / "example.yml", CALENDARS))
    assert "Reasons that are ticked and counted, from its examples: Not sharing information." in said


def test_the_summary_warns_of_a_priority_that_changes_no_date(tmp_path: Path) -> None:
    asked = "priorities: {question: How urgent?, of: [{id: low, label: Low}, {id: high, label: High}]}\nforms:\n"
    file = tmp_path / "example.yml"
    file.write_text(changed("forms:\n", asked), encoding="utf-8")
    assert any("no limit depends on how urgent it is" in line for line in summary(load(file, CALENDARS)))


def test_the_summary_warns_of_what_holds_no_more_once_it_is_known_how_a_stage_is_held(tmp_path: Path) -> None:
    limit = "{rule: per_stage, words: 3 days, days: 3}"
    branches = "\n    branch_question: How?\n    branches:"
    branches += "".join(f"\n      - {{id: {name}, label: {name}, limit: {limit}}}" for name in ("one", "two"))
    urgent = f"\n    limits: [{{priority: high, limit: {limit}}}]"
    text = changed("days: 3}", "days: 3, or_sooner: true}" + urgent + branches)
    asked = "priorities: {question: How urgent?, of: [{id: low, label: Low}, {id: high, label: High}]}\nforms:\n"
    file = tmp_path / "example.yml"
    file.write_text(text.replace("forms:\n", asked), encoding="utf-8")
    said = summary(load(file, CALENDARS))
    assert "  Until it is known how it is held:" in said
    assert any("how urgent it is changes no limit once it is known" in line for line in said)
    assert any("a shorter date is asked for only in those ways" in line for line in said)
    mended = file.read_text("utf-8").replace(urgent, "").replace(limit, limit.replace("3}", "3, or_sooner: true}"))
    file.write_text(mended, encoding="utf-8")
    assert not any(
        "changes no limit" in line or "only in those ways" in line for line in summary(load(file, CALENDARS))
    )


def test_the_summary_warns_of_a_limit_that_the_assumed_priority_puts_aside(tmp_path: Path) -> None:
    asked = "priorities: {question: How urgent?, of: [{id: low, label: Low}, {id: high, label: High}]}\nforms:\n"
    special = "days: 3}\n    limits: [{priority: high, limit: {rule: per_stage, words: 1 day, days: 1}}]"
    file = tmp_path / "example.yml"
    text = changed("days: 3}", special).replace("forms:\n", asked)
    warning = "  Please check: the first limit never holds, since “Low” is assumed and has its own."
    file.write_text(text, encoding="utf-8")
    assert warning not in summary(load(file, CALENDARS))
    file.write_text(text.replace("priority: high", "priority: low"), encoding="utf-8")
    assert warning in summary(load(file, CALENDARS))


def test_the_summary_does_not_promise_what_the_bot_does_not_do(tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_text(SOUND + "retention: {working_copy_days: 90}\n", encoding="utf-8")
    said = summary(load(file, CALENDARS))
    assert "What follows is for the record: the bot writes no report, and erases nothing by itself." in said
    assert "The working copy is to be erased 90 days after the end, once every agency has filed it." in said


def test_a_control_character_names_its_line(tmp_path: Path) -> None:
    text = changed("You own it.", "You \x07 own it.")
    assert faults_of(tmp_path, text) == [
        "example.yml:16: there is a character that cannot stand in a YAML file. Remove it, or type the line again."
    ]


def test_brackets_nested_hundreds_deep_are_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    assert len(faults_of(tmp_path, "[" * 400 + "]" * 400)) == 1


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "\ufeff" + SOUND) == []


def test_words_of_a_folded_text_are_read_without_marks(tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_text(changed('name: "Example Policy"', "name: >-\n  A long\n  name"), encoding="utf-8")
    assert load(file, CALENDARS).name == "A long name"


@pytest.mark.parametrize("put", ["[]", "{}", "3", "text", "[3]", "[text]", "[[]]", "null", "true", "{id: 3}"])
def test_any_wrong_shape_in_any_place_is_a_fault_and_not_a_crash(tmp_path: Path, put: str) -> None:
    keys = ("stages", "forms", "clock", "advice", "provenance", "skips", "record_duties", "subjects", "reporting")
    for key in keys:
        kept = [line for line in SOUND.splitlines() if not line.startswith(f"{key}:")]
        faults_of(tmp_path, "\n".join([f"{key}: {put}", "x:", *kept]))
    for old in (
        "answer: paragraph",
        "answer: line\n",
        'email: "team@example.org"',
    ):
        assert faults_of(tmp_path, changed(old, f"{old.split(':')[0]}: {put}\n"))


def places(value: object, here: Place = ()) -> Iterator[Place]:
    """Where anything stands in a file; of the entries of a list, the first."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*here, key)
            yield from places(below, (*here, key))
    elif isinstance(value, list) and value:
        yield (*here, 0)
        yield from places(value[0], (*here, 0))


def with_put(value: Any, place: Place, put: object) -> Any:
    if not place:
        return put
    if isinstance(value, dict):
        return {key: with_put(below, place[1:], put) if key == place[0] else below for key, below in value.items()}
    return [with_put(value[0], place[1:], put), *value[1:]]


@pytest.mark.parametrize("name", ["alderwick", "llanfair", "northmoor"])
def test_any_wrong_shape_in_any_place_of_a_rich_policy_is_no_crash(name: str) -> None:
    whole = read_tree(DATA / "policies" / f"{name}.yml")
    shapes = [[], {}, 3, "text", [3], ["text"], [[]], None, True, {"id": 3}, [{}], 1.5, {"kind": []}, float("inf")]
    for n, place in enumerate(random.Random(name).sample(list(places(whole.data)), 12)):
        wrong = with_put(whole.data, place, shapes[n % len(shapes)])
        trees, _, _ = in_each_language(Tree(wrong, whole.text, whole.lines, whole.sources))
        for tree in trees.values():
            assert all(
                fault.text.endswith(".") for fault in (*shape_faults(tree), *sense_faults(tree, CALENDARS, None))
            )


def test_a_folder_gives_its_policies_by_id(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(changed("id: example", "id: other"), encoding="utf-8")
    (tmp_path / "README.md").write_text("not a policy", encoding="utf-8")
    shutil.copytree(CALENDARS, tmp_path / "calendars")

    assert {name: one.id for name, one in load_folder(tmp_path).items()} == {"example": "example", "other": "other"}


def test_a_folder_tells_the_faults_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(changed('version: "1"', "version: 1"), encoding="utf-8")
    (tmp_path / "two.yml").write_text("", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_folder(tmp_path, CALENDARS)
    assert [Path(fault.split(":")[0]).name for fault in caught.value.faults] == ["one.yml", "two.yml"]


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (SOUND, r"two\.yml:2: version: .*one\.yml is version 1 of example too"),
        (changed('version: "1"', "version: '2'"), r"two\.yml:1: effective_from: .*one\.yml holds from the first day"),
    ],
)
def test_two_files_with_one_id_need_versions_and_first_days_of_their_own(
    tmp_path: Path, second: str, says: str
) -> None:
    (tmp_path / "one.yml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "two.yml").write_text(second, encoding="utf-8")
    with pytest.raises(PolicyError, match=says):
        load_folder(tmp_path, CALENDARS)


def test_a_folder_without_policies_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there is no policy file"):
        load_folder(tmp_path, CALENDARS)


def test_the_summary_tells_limits_as_printed_and_as_read_and_what_is_open(tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    text = changed("made_on: 2026-03-02", 'made_on: 2026-03-02\n  open_questions: ["Is it so?"]')
    file.write_text(text, encoding="utf-8")
    lines = summary(load(file, CALENDARS))
    for expected in (
        "Example Policy",
        "A snapshot.",
        "Nobody has compared it with the live policy yet.",
        "  Limit as printed: 3 days",
        "  Read as: at the latest 3 working days after entering the stage.",
        "  Limit: None.",
        "  At first: filled by the raiser; due on entering Stage 2.",
        "    Goes to EXP Team, by mail: team@example.org.",
        "People are reminded on working days from 09:00 until 17:00 (Europe/London), never in the night. Whoever owes"
        " the next move always is on the last day itself; and besides:",
        "  - before a last day or a target: 1 working day ahead",
        "  - once it is late: every working day",
        "  - where the form was sent and not acknowledged: after 5 working days, then every 5 working days",
        "What is open, due and overdue is posted in the channel example-escalations once a week, on Monday at 09:00;"
        " where that is no working day, on the next one.",
        "  1. Is it so?",
    ):
        assert expected in lines


def test_checking_sums_up_the_sound_files_and_tells_the_faults_of_the_others(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(SOUND, encoding="utf-8")
    bad.write_text("- a", encoding="utf-8")
    faults, lines = check([good, bad], CALENDARS)
    assert len(faults) == 1
    assert lines == summary(load(good, CALENDARS))


def test_every_prefill_and_every_layout_is_known_to_the_check() -> None:
    assert set(FITS) == set(get_args(Prefill))
    assert set(LAYOUT_NEEDS) < set(get_args(policy.FormField.model_fields["layout"].annotation))


def test_every_key_that_must_be_there_says_what_it_is_for() -> None:
    models = {one for module in (policy, fields) for one in vars(module).values() if isinstance(one, type)}
    needed = {
        (model.__name__, key)
        for model in models
        if issubclass(model, BaseModel)
        for key, info in model.model_fields.items()
        if info.is_required()
    }
    assert ("Policy", "channel") in needed
    assert [(name, key) for name, key in needed if key not in WHAT_FOR and f"{name}.{key}" not in WHAT_FOR] == []


README = (CALENDARS.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml (\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
"""(what it is an example of, the YAML) for each example of the README."""


def models() -> set[type[BaseModel]]:
    every = {one for module in (policy, fields) for one in vars(module).values() if isinstance(one, type)}
    return {one for one in every if issubclass(one, BaseModel)}


def keys_in(data: object) -> set[str]:
    if isinstance(data, dict):
        return {str(key) for key in data} | {key for below in data.values() for key in keys_in(below)}
    return {key for below in data for key in keys_in(below)} if isinstance(data, list) else set()


def test_every_key_that_a_policy_file_may_have_has_an_example_in_the_readme() -> None:
    shown = {key for _, text in EXAMPLES for key in keys_in(tree_of(text).data)}
    keys = {key for model in models() for key in policy.keys_of(model)}
    assert {"only_if", "unknown_ok", "where_possible"} <= keys
    assert sorted(keys - shown) == []


def test_every_kind_rule_layout_prefill_and_measure_is_explained_in_the_readme() -> None:
    explained = set(re.findall(r"`(\w+)`", README))
    kinds = {model.model_fields["kind"].default for model in get_args(get_args(fields.Kind)[0])}
    rules = {get_args(model.model_fields["rule"].annotation)[0] for model in get_args(get_args(policy.AnyLimit)[0])}
    layouts = set(get_args(policy.FormField.model_fields["layout"].annotation))
    named = kinds | rules | layouts | {*get_args(Prefill), *get_args(policy.Measure), *get_args(policy.Since)}
    assert sorted(named - explained) == []


def test_every_word_that_a_key_chooses_from_stands_in_the_readme() -> None:
    for model in models():
        for key, info in model.model_fields.items():
            if get_origin(info.annotation) is Literal:
                missing = [word for word in get_args(info.annotation) if not re.search(rf"\b{word}\b", README)]
                assert missing == [], (model.__name__, key)


@pytest.mark.parametrize(("what", "text"), [example for example in EXAMPLES if example[0] not in ("walk", "languages")])
def test_an_example_of_the_readme_can_be_read(what: str, text: str) -> None:
    tree = tree_of(text)
    assert tree.faults == []
    if what in ("Limits", "Answers"):
        for one in tree.data:
            TypeAdapter(policy.AnyLimit if what == "Limits" else fields.Kind).validate_python(one)
        return
    given = tree.data if what == "Policy" else {"forms": [tree.data]}
    read = Policy.model_validate(tree_of(SOUND).data | given)
    assert set(given) <= read.model_fields_set


def test_what_the_readme_shows_of_reminders_and_the_digest_is_what_holds_without_them() -> None:
    (shown,) = [tree_of(text).data for _, text in EXAMPLES if "nudges:" in text]
    without = Policy.model_validate(tree_of(SOUND).data)
    said = Policy.model_validate(tree_of(SOUND).data | shown)
    assert said == without
    assert [shown["nudges"].keys(), shown["digest"].keys()] == [
        policy.keys_of(policy.Nudges).keys(),
        policy.keys_of(policy.Digest).keys(),
    ]


def test_the_walk_of_the_readme_from_a_paper_to_a_file_makes_a_sound_file(tmp_path: Path) -> None:
    walk = "\n".join(text for what, text in EXAMPLES if what == "walk")
    assert faults_of(tmp_path, walk) == []
    said = summary(load(tmp_path / "example.yml", CALENDARS))
    quoted = README.split("among other things:\n\n")[1].split("\n\n")[0]
    assert [line.removeprefix("    ") for line in quoted.split("\n")] == said[
        said.index(quoted.split("\n")[0].strip()) :
    ][:6]


def test_the_walk_of_the_readme_can_be_given_in_two_languages(tmp_path: Path) -> None:
    ((_, languages),) = [example for example in EXAMPLES if example[0] == "languages"]
    walk = "\n".join(text for what, text in EXAMPLES if what == "walk")
    assert walk.count('\nname: "') == 1
    assert faults_of(tmp_path, re.sub(r"\nname: .*\n", "\n" + languages, walk)) == []


@pytest.mark.parametrize(
    "quoted", re.findall(r"^\| `([^`]+)`(?: · `([^`]+)`)? \| [^|]+ \|$", README.split("## Versions")[0], re.MULTILINE)
)
def test_what_the_readme_says_of_faults_is_what_check_says(
    quoted: tuple[str, str], case_faults: dict[str, list[str]]
) -> None:
    everything = "\n".join(fault for faults in [*case_faults.values(), calendar_faults(2030)] for fault in faults)
    for words in filter(None, quoted):
        told = re.sub(r"…|“[^”]*”|\d+|Stage\\ \d", ".*", re.escape(words))
        assert re.search(told, everything), words


def test_a_loaded_policy_is_the_same_after_a_round_trip_through_json(tmp_path: Path) -> None:
    file = tmp_path / "example.yml"
    file.write_text(SOUND, encoding="utf-8")
    loaded = load(file, CALENDARS)
    assert Policy.model_validate_json(loaded.model_dump_json()) == loaded
