"""Any document as PDF: what no font has, what is longer than its place, tagged for screen readers, always the same."""

import io
import subprocess
import sys
from dataclasses import replace
from typing import Any

import docx
import pytest

from bot.documents.docx import WordDocuments
from bot.documents.glyphs import named_in, spelt
from bot.documents.text import lines_of
from bot.paper import Cell, Document, Paragraph, Row, Table, Title
from tests.documents.pdfs import is_ua, opened, root, squeezed, tags, text_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def document_of(*rows: Row, text: str = "Notice", **more: Any) -> Document:
    parts = (Title(text), Paragraph(text), Table((2, 3), rows or (Row((Cell("Name:"), Cell(text=text))),), title="A"))
    basic: dict[str, Any] = {"reference": "E-4KX-7PW", "title": text, "language": "en-GB", "author": "Escalation Bot"}
    return Document(**{**basic, "parts": parts, **more})


def test_headings_tables_and_header_rows_are_tagged_for_screen_readers() -> None:
    head = Row((Cell("Section A", columns=2, shaded=True, level=2),), header=True, keep=True)
    columns = Row((Cell("Action", header=True), Cell("Date", header=True)), header=True, keep=True)
    read = opened(document_of(head, Row((Cell("Name:"), Cell(text="Jo"))), columns, Row((Cell(text="a"), Cell()))))
    found = list(tags(read))
    whole = root(read)

    assert [tag for tag, _ in found if tag in {"H1", "H2", "Table", "TR", "TH", "TD"}] == [
        "H1", "Table", "TR", "TH", "H2", "TR", "TD", "TD", "TR", "TH", "TH", "TR", "TD", "TD",
    ]  # fmt: skip
    assert whole["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf has a boolean of its own
    assert whole["/Lang"] == "en-GB"
    assert whole["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert read.metadata is not None
    assert (read.metadata.title, read.metadata.author) == ("Notice", "Escalation Bot")


def test_a_cell_beside_several_rows_is_read_once_before_them() -> None:
    rows = (Row((Cell("Sign:", "Jo", rows=2), Cell(text="Name"))), Row((Cell(text="Date"),)))
    found = [tag for tag, _ in tags(opened(document_of(*rows))) if tag in {"TR", "TD", "TH"}]

    assert found == ["TR", "TD", "TD", "TR", "TD"]


SCRIPT = """
import hashlib
from bot.documents.pdf import PdfDocuments
from bot.paper import *
table = Table((1, 2), (Row((Cell("Name:"), Cell(text="Jo أمل"))),), title="A")
made = PdfDocuments().make(Document("E-4KX-7PW", "Notice", "en-GB", "Bot", (Title("Notice"), table)))
print(b"CreationDate" in made, hashlib.sha256(made).hexdigest())
"""


def test_it_says_nothing_of_when_it_was_made_and_is_the_same_in_any_process() -> None:
    told = {
        subprocess.run([sys.executable, "-c", SCRIPT], env={}, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }

    assert len(told) == 1
    assert told.pop().startswith("False ")


WILD = '#let x = 1; $y$ *b* _i_ @ref [c] "q" \\ <l> // no /* no */ {{7*7}} = H 1. + - `raw` https://example.org'


def test_what_looks_like_markup_is_printed_as_it_is() -> None:
    assert squeezed(WILD) in text_of(opened(document_of(text=WILD)))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Jo 李小龙 here", "Jo [U+674E, U+5C0F, U+9F99] here"),
        ("\U0001f9ff", "[U+1F9FF nazar amulet]"),
        ("\U0001f468\u200d\U0001f469\ufe0f\u200d\U0001f467", "[U+1F468 man, U+1F469 woman, U+1F467 girl]"),
        ("see 1\u20e3", "see 1[U+20E3 combining enclosing keycap]"),
        ("가", "[U+AC00 hangul syllable ga]"),
        ("\u0378\U0010fffd", "[U+0378, U+10FFFD]"),
        ("a\x00b\x1bc\ud83d \ufffe", "a\ufffdb\ufffdc\ufffd \ufffd"),
        ("Wąsowska-Żuk – ☐☒", "Wąsowska-Żuk – ☐☒"),
        ("a\r\nb\u2028\n\nc", "a b c"),
        ("x" * 600, "x" * 600),
    ],
)
def test_no_text_can_stop_it_and_what_no_font_has_is_told_by_its_code_and_name(text: str, drawn: str) -> None:
    one = document_of(text=text)
    read = opened(one)

    assert text_of(read).count(squeezed(drawn)) == 3
    assert is_ua(read)
    assert "Table" in dict(tags(read))
    assert all_of_word(WordDocuments().make(one)).count("\n".join(filter(None, lines_of(text)))) == 3, "Word keeps it"


def all_of_word(content: bytes) -> str:
    return "\n".join(text.text or "" for text in docx.Document(io.BytesIO(content)).element.body.iter(f"{W}t"))


@pytest.mark.parametrize("text", ["أمل حسن", "\u0301 alone", "\u202eabc", "Z\u0338\u0354\u0308a\u035c", "नमस्ते"])
def test_letters_that_are_joined_or_read_from_the_right_are_drawn_as_themselves(text: str) -> None:
    read = opened(document_of(text=text))

    assert is_ua(read)
    assert "U+" not in text_of(read)


def test_a_character_that_no_font_has_with_its_marks_is_spelt_as_the_typesetter_names_it() -> None:
    assert named_in('the text `"\\u{1}\\"\\n\\\\क"` could not be displayed') == {'\x01"\n\\क'}
    assert named_in("the document has no title") == set()
    title = replace(document_of(text="कि"), reference="कि", classification="कि")
    said = "[U+0915 devanagari letter ka, U+093F devanagari vowel sign i]"
    assert spelt(title, {"कि"}) == replace(document_of(text=said), reference=said, classification=said)


def test_a_word_that_is_longer_than_its_column_stays_on_the_page() -> None:
    read = opened(document_of(Row((Cell("Name:"), Cell(text="W" * 200)))))
    lines = [line for line in read.pages[0].extract_text().splitlines() if line.startswith("WW")]

    assert len(lines) > 3
    assert max(map(len, lines)) < 60


def test_a_long_answer_goes_on_over_the_pages_with_the_heading_of_its_table_on_each() -> None:
    head = Row((Cell("Section A", columns=2, shaded=True, level=2),), header=True, keep=True)
    long = "\n".join(f"Line {n} of a long answer" for n in range(300))
    read = opened(document_of(head, Row((Cell("Details:"), Cell(text=long)))))

    assert len(read.pages) > 4
    assert all("Section A" in page.extract_text() for page in read.pages)
    assert "Line299ofalonganswer" in text_of(read)
