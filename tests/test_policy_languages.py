"""Policies in several languages: any text may be given by language, and each policy is whole in each of them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bot.config import SHIPPED
from bot.policies import Policies
from bot.policy_files import check, load, load_folder
from tests.own_policies import RAISE, SOUND, TO_STAGE_2, new_place

CALENDARS = SHIPPED / "calendars"
HEAD, OWNED, STAGE, NAME, BOX = (
    'version: "1"', '- "You own it."', 'label: "Stage 1"', 'label: "Name"\n', 'label: "One"',
)  # fmt: skip
BOTH = f"{HEAD}\nlanguages: [en-GB, cy]"
WELSH = {
    HEAD: BOTH,
    OWNED: '- en-GB: "You own it."\n      cy: "Chi sy’n gyfrifol."',
    STAGE: 'label: {en-GB: "Stage 1", cy: "Cam 1"}',
    NAME: 'label:\n              en-GB: "Name"\n              cy: "Enw"\n',
    BOX: 'label: {cy: "Un", en-GB: "One"}',
}


def with_changes(changes: dict[str, str], text: str = SOUND) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the example"
        text = text.replace(old, new)
    return text


BILINGUAL = with_changes(WELSH)


def saved(folder: Path, text: str) -> Path:
    file = folder / "example.yml"
    file.write_text(text, encoding="utf-8")
    return file


def faults_of(folder: Path, text: str) -> list[str]:
    faults, _ = check([saved(folder, text)], CALENDARS)
    return [fault.removeprefix(f"{folder}/example.yml:") for fault in faults]


def read(folder: Path, text: str) -> Policies:
    saved(folder, text)
    return load_folder(folder, CALENDARS)


def test_a_policy_is_whole_in_each_of_its_languages(tmp_path: Path) -> None:
    assert faults_of(tmp_path, BILINGUAL) == []
    policies = read(tmp_path, BILINGUAL)
    english, welsh = (policies.of("example", "1", language) for language in ("en-GB", "cy"))
    assert policies.languages("example") == ("en-GB", "cy")
    assert (english.language, welsh.language) == ("en-GB", "cy")
    assert english.advice.ownership == ["You own it."]
    assert welsh.advice.ownership == ["Chi sy’n gyfrifol."]
    assert [policy.stages[0].label for policy in (english, welsh)] == ["Stage 1", "Cam 1"]
    assert [policy.forms[0].sections[0].fields[0].label for policy in (english, welsh)] == ["Name", "Enw"]
    assert [box.label for box in welsh.forms[0].sections[0].fields[1].answer.options] == ["Un", "Two"]  # type: ignore[union-attr]
    # What is written once is the same in both.
    assert english.stages[1] == welsh.stages[1]


def test_a_policy_is_loaded_in_its_own_language(tmp_path: Path) -> None:
    own = with_changes({BOTH: f"{BOTH}\nlanguage: cy"}, BILINGUAL)
    assert load(saved(tmp_path, BILINGUAL), CALENDARS).stages[0].label == "Stage 1"
    assert load(saved(tmp_path, own), CALENDARS).stages[0].label == "Cam 1"
    assert read(tmp_path, own).languages("example") == ("cy", "en-GB")


def test_a_text_that_is_missing_in_a_language_is_said_in_the_policys_own_and_check_says_so(tmp_path: Path) -> None:
    text = with_changes({', cy: "Cam 1"': ""}, BILINGUAL)
    line = text.count("\n", 0, text.index('label: {en-GB: "Stage 1"}')) + 1
    assert faults_of(tmp_path, text) == [
        f"{line}: stages.stage-1.label: cy is missing, so this is said in en-GB. Add its text here."
    ]
    assert read(tmp_path, text).of("example", "1", "cy").stages[0].label == "Stage 1"


CY_1, LABEL = 'cy: "Cam 1"', 'label: {en-GB: "Stage 1", cy: "Cam 1"}'


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        (BOTH, HEAD, "- en-GB: ", "advice.ownership.1: this text is given by language, but the policy does not say"
         " which languages it has. Write languages: [en-GB, cy] at the top, or one text without en-GB: here."),
        (BOTH, f"{HEAD}\nlanguages: [en-GB]", 'cy: "Chi', "advice.ownership.1.cy: cy is not among the “languages”"),
        (BOTH, f"{HEAD}\nlanguages: [cy]", "languages:", "languages: en-GB is the policy's own language, but is not"),
        (BOTH, f"{HEAD}\nlanguages: [en-GB, cy, cy]", "languages:", "languages.3: cy stands in this list twice"),
        (BOTH, f"{HEAD}\nlanguages: [en-GB, fr]", "languages:", "languages.2: found the text “fr”, which is not known"),
        ('en-GB: "Stage 1", ', "", "label: {cy", "stages.stage-1.label: en-GB is missing, which is the policy's own"),
        (CY_1, f'{CY_1}, fr: "Étape 1"', "label: {en-GB", "stages.stage-1.label.fr: there is no language “fr”. Known"),
        (CY_1, "cy: 1", "label: {en-GB", "stages.stage-1.label.cy: found the number 1, but a text in cy is expected"),
        (CY_1, "cy: [Cam]", "label: {en-GB", "stages.stage-1.label.cy: found a list, but a text in cy is expected"),
        (CY_1, "cy: null", "label: {en-GB", "stages.stage-1.label.cy: found nothing, but a text in cy is expected"),
        (CY_1, 'cy: ""', "label: {en-GB", "stages.stage-1.label: the text is empty."),
        ("- id: stage-1", "- id: {en-GB: stage-1, cy: cam-1}", "- id: {", "stages.1.id: “id” is the same in every"),
        ("rule: per_stage", "rule: {en-GB: per_stage, cy: per_stage}", "rule: {en", "“rule” is the same in every"),
        ("days: 3}", "days: {en-GB: 3, cy: 4}}", "days: {en", "“days” is the same in every language. Write it once"),
        ('email: "team@example.org"', 'email: {en-GB: "a@b.org", cy: "c@d.org"}', "email: {", "“email” is the same in"),
        (HEAD, f'{HEAD}\nnudges: {{from: {{en-GB: "08:00", cy: "09:00"}}}}', "nudges", "“from” is the same in every"),
        ("anchor: raised", "anchor: rised", "anchor: ", "clock.anchor: found the text “rised”, which is not known"),
    ],
)  # fmt: skip
def test_a_fault_of_languages_names_its_line_and_the_remedy(
    tmp_path: Path, old: str, new: str, at: str, says: str
) -> None:
    text = with_changes({old: new}, BILINGUAL)
    line = text.count("\n", 0, text.index(at)) + 1
    faults = faults_of(tmp_path, text)
    found = [fault for fault in faults if says in fault]
    assert len(found) == 1, faults
    assert found[0].startswith(f"{line}: ")
    assert found[0].endswith(".")


def test_a_text_that_does_not_fit_in_one_language_is_told_on_its_own_line(tmp_path: Path) -> None:
    text = with_changes({'cy: "Chi sy’n gyfrifol."': 'cy: " "'}, BILINGUAL)
    line = text.count("\n", 0, text.index('cy: " "')) + 1
    assert [fault.partition(": the text")[0] for fault in faults_of(tmp_path, text)] == [f"{line}: advice.ownership.1"]


def test_an_escalation_in_welsh_is_led_and_printed_in_the_policys_welsh_words(tmp_path: Path) -> None:
    place = new_place(tmp_path)
    place.holds(example=BILINGUAL)
    with closing((play := place.start()).world):
        play.do(
            RAISE.replace(
                "Asha [No]\n",
                """Asha [No]
  | In which language would you like the policy’s words and the form?
Asha [Cymraeg (Welsh)]
""",
                1,
            )
        )
        play.do("""
  | Cam 1
  | Chi sy’n gyfrifol.
  ! You own it.
""")
        assert play.escalation().language == "cy"
        play.do("restart")
        play.do(TO_STAGE_2)
        play.do("""
Asha: /report
  | Enw
  ! Name
Asha [Skip]
Asha [Skip]
Asha [Skip]
Asha [Skip]
Asha [Send it now]
mailbox | Enw
mailbox | Un
mailbox ! Name
mailbox | Chi sy’n gyfrifol.
""")
