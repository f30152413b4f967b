"""The stage sheet, and the blank forms beside it, for the day on which the bot cannot be reached."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.paper import Cell, Document, Table
from bot.policy import Policy
from bot.report import Filled, stage_sheet
from bot.words import load
from tests import invented
from tests.documents.pdfs import is_ua, opened, tags
from tests.flows.contexts import FOLDER
from tests.flows.contexts import POLICIES as SHIPPED

WORDS = load()
EACH = [pytest.param(policy, id=policy.id) for policy in (*SHIPPED.values(), *invented.ALL.values())]


def cells_of(made: Document) -> list[Cell]:
    return [cell for part in made.parts if isinstance(part, Table) for row in part.rows for cell in row.cells]


def text_of(made: Document) -> str:
    words = [part.text for part in made.parts if not isinstance(part, Table)]
    return "\n".join([*words, *(f"{cell.label}\n{cell.text}" for cell in cells_of(made))]).replace("\u200b", "")


@pytest.mark.parametrize("policy", EACH)
def test_a_blank_sheet_says_of_each_stage_who_speaks_with_whom_and_within_what(policy: Policy) -> None:
    text = text_of(stage_sheet(policy, WORDS))

    assert "call 999" in text
    for stage in policy.ladder:
        clocks = [f"{clock.label}: {clock.limit.words}" for clock in stage.clocks]
        for words in (stage.label, stage.raising.role, stage.challenged.role, stage.limit.words, *stage.to_do, *clocks):
            assert words in text
    for form in policy.forms:
        assert [words for words in (form.title, *(each.email for each in form.recipients)) if words not in text] == []
    assert all(words in text for words in (*policy.advice.ownership, policy.provenance.snapshot_notice))


@pytest.mark.parametrize("policy", EACH)
def test_its_pdf_has_the_heads_of_the_stages_above_them_on_every_page(policy: Policy) -> None:
    made = stage_sheet(policy, WORDS)
    read = opened(made)
    tables = [part for part in made.parts if isinstance(part, Table)]

    assert is_ua(read)
    assert [tag for tag, _ in tags(read)].count("Table") == len(tables)
    for page in read.pages:
        text = page.extract_text()
        for stage in policy.ladder:
            begins = text.find(f"\n{stage.label}\n")
            assert begins < 0 or "Who speaks with" in text[:begins], stage.label


def test_dates_of_one_escalation_stand_beside_its_stages() -> None:
    dates = {"stage-1": "2 March 2026"}, {"stage-1": "5 March 2026"}, {"stage-1": "moved on"}
    made = stage_sheet(SHIPPED["herefordshire"], WORDS, "E-4KX-7PW", Filled({"Reference": "E-4KX-7PW"}, *dates))
    written = [cell.text for cell in cells_of(made) if cell.field]

    assert made.reference == "E-4KX-7PW"
    assert [text for text in written if text] == ["E-4KX-7PW", "2 March 2026", "5 March 2026", "moved on"]


def test_where_words_differ_by_stage_it_says_which_are_said_at_which() -> None:
    said = text_of(stage_sheet(SHIPPED["trafford"], WORDS))
    informal, formal = said.index("At Stage 1, Stage 2:"), said.index("At Stage 3, Stage 4:")
    assert informal < said.index("The policy calls this stage informal.") < formal < said.index("a formal ")
    assert "At Step" not in text_of(stage_sheet(SHIPPED["sefton"], WORDS))


def forms(*given: str) -> Result:
    return CliRunner().invoke(main, ["forms", str(FOLDER / "sefton.yml"), *given])


def test_the_blank_forms_of_one_policy_are_written_once_and_never_over_something_else(tmp_path: Path) -> None:
    folder = tmp_path / "blank"
    first = forms("--out", str(folder))
    names = sorted(file.name for file in folder.iterdir())
    there = {file: file.read_bytes() for file in folder.iterdir()}

    assert first.exit_code == 0, first.output
    assert names == [
        "sefton-report-to-sscp.docx", "sefton-report-to-sscp.pdf", "sefton-stage-sheet.docx", "sefton-stage-sheet.pdf",
    ]  # fmt: skip
    blank = docx.Document(io.BytesIO(there[folder / "sefton-report-to-sscp.docx"]))
    assert "Reference ____________" in blank.sections[0].header.paragraphs[0].text
    assert forms("--out", str(folder)).exit_code == 0

    (folder / "sefton-stage-sheet.docx").write_bytes(b"filled in by somebody")
    refused = forms("--out", str(folder))
    assert refused.exit_code == 1
    assert "sefton-stage-sheet.docx. Please move them" in refused.output
    assert (folder / "sefton-stage-sheet.docx").read_bytes() == b"filled in by somebody"
