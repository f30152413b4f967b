"""The Word file: what stands in it, what must not, and that it is always the same."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import Any

import docx
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.docx import WordDocuments
from bot.paper import Cell, Document, Paragraph, Row, Table, Title

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def with_text(text: str) -> Document:
    """A document that has the text in every place that can hold one."""
    row = Row((Cell(text, text, text, field="f"), Cell(text=text)))
    parts = (Title(text), Paragraph(text), Table((1, 2), (row, row), title=text))
    return Document(reference="E-4KX-7PW", title="Notice", language="en-GB", author="Escalation Bot", parts=parts)


def document(*rows: Row, widths: tuple[int, ...] = (2, 3), **more: Any) -> Document:
    basic: dict[str, Any] = {
        "reference": "E-4KX-7PW", "title": "Notice E-4KX-7PW", "language": "en-GB", "author": "Escalation Bot",
        "parts": (Title("Notice"), Table(widths, rows, title="Section A")),
    }  # fmt: skip
    return Document(**{**basic, **more})


def made(document: Document) -> bytes:
    return WordDocuments().make(document)


def opened(document: Document) -> Any:
    return docx.Document(io.BytesIO(made(document)))


def part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


def lines(element: Any) -> list[str]:
    """Every paragraph in reading order, those in tables too."""
    return ["".join(text.text or "" for text in p.iter(f"{W}t")) for p in element.iter(f"{W}p")]


PLAIN = Row((Cell("Name:"), Cell(text="An answer")))


def test_tables_keep_their_rows_columns_and_spans() -> None:
    rows = (
        Row((Cell("Section A", columns=2, shaded=True, level=2),), header=True, keep=True),
        Row((Cell("Sign:", "Jo", rows=2), Cell(text="Name"))),
        Row((Cell(text="Date"),)),
    )
    (table,) = opened(document(*rows)).tables

    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Section A", "Section A"],
        ["Sign:\nJo", "Name"],
        ["Sign:\nJo", "Date"],
    ]
    assert [len(row._tr.tc_lst) for row in table.rows] == [1, 2, 2]


def test_headings_are_headings_for_screen_readers() -> None:
    rows = (Row((Cell("Section A", columns=2, shaded=True, level=2),)), Row((Cell("1. Child", columns=2, level=3),)))
    word = opened(document(*rows, PLAIN))

    styles = [p.style.name for p in word.paragraphs] + [
        row.cells[0].paragraphs[0].style.name for row in word.tables[0].rows
    ]
    assert styles == ["Heading 1", "Form end", "Heading 2", "Heading 3", "Form label"]


def test_a_table_says_what_it_is_and_repeats_its_header_row() -> None:
    head = Row((Cell("Action", header=True), Cell("Date", header=True)), header=True, keep=True)
    xml = part(made(document(head, PLAIN)), "word/document.xml")

    assert '<w:tblCaption w:val="Section A"/>' in xml
    assert "<w:tblDescription w:val=" in xml
    assert xml.count("<w:tblHeader/>") == 1
    assert "<w:keepNext/>" in xml


def test_short_rows_stay_on_one_page_and_long_ones_may_go_on() -> None:
    long = Row((Cell("Details:"), Cell(text="word " * 400)))
    rows = docx.Document(io.BytesIO(made(document(PLAIN, long)))).tables[0].rows

    assert [len(row._tr.findall(f".//{W}cantSplit")) for row in rows] == [1, 0]


def test_the_page_is_a4_with_the_reference_and_page_numbers_above() -> None:
    section = opened(document(PLAIN)).sections[0]
    header = section.header._element

    assert (section.page_width.mm // 1, section.page_height.mm // 1) == (210, 297)
    assert "".join(lines(header)) == "Reference E-4KX-7PWPage 1 of 1"
    assert [field.get(f"{W}instr") for field in header.iter(f"{W}fldSimple")] == ["PAGE", "NUMPAGES"]


def test_how_a_document_is_marked_stands_above_all_else_on_every_page() -> None:
    header = opened(document(PLAIN, classification="OFFICIAL-SENSITIVE")).sections[0].header._element

    assert lines(header) == ["OFFICIAL-SENSITIVE", "Reference E-4KX-7PWPage 1 of 1"]
    assert lines(opened(document(PLAIN)).sections[0].header._element) == ["Reference E-4KX-7PWPage 1 of 1"]


def test_tables_that_follow_each_other_stay_apart() -> None:
    table = Table((1, 1), (PLAIN,))
    word = opened(document(parts=(table, table)))

    assert [element.tag.removeprefix(W) for element in word.element.body] == ["tbl", "p", "tbl", "p", "sectPr"]


def test_what_word_wants_after_a_last_table_is_too_low_to_need_a_page_of_its_own() -> None:
    word = opened(document(PLAIN))
    last = word.element.body[-2]
    style = word.styles.element.find(f".//{W}style[@{W}styleId='{last.pPr.pStyle.val}']")
    spacing, size = style.find(f".//{W}spacing"), style.find(f".//{W}sz")

    assert last.tag == f"{W}p"
    assert {key.removeprefix(W): value for key, value in spacing.attrib.items()} == {
        "before": "0", "after": "0", "line": "20", "lineRule": "exact",
    }  # fmt: skip
    assert size.get(f"{W}val") == "2"


def test_an_empty_row_is_no_higher_than_the_lines_of_writing_that_it_is_for() -> None:
    rows = opened(document(PLAIN, Row((Cell("Details:"), Cell()), room=3))).tables[0].rows

    # In points. A line of 10.5 point Arial is 12.7 high.
    assert [round(row.height.pt) for row in rows] == [18, 44]


def test_every_line_is_a_paragraph() -> None:
    cell = (
        opened(document(Row((Cell("Label"), Cell(text="One\r\nTwo\rThree\u2028Four\n\nSix")))))
        .tables[0]
        .rows[0]
        .cells[1]
    )

    assert [p.text for p in cell.paragraphs] == ["One", "Two", "Three", "Four", "", "Six"]


def test_names_of_all_languages_and_things_that_look_like_markup_survive() -> None:
    for text in (
        "Siân Llŷr",
        "Wąsowska-Żuk",
        "李小龙",
        "family 👨‍👩‍👧 😀",
        "A & B < C > {{ 7*7 }} ]]> &amp; %s </w:t>",
        "\tindented  twice ",
    ):
        assert lines(opened(with_text(text)).element.body).count(text.replace("\t", "")) >= 9


def test_right_to_left_names_are_marked_and_keep_their_letters() -> None:
    content = made(with_text("Amal أمل حسن (born 2015)"))
    xml = part(content, "word/document.xml")

    assert lines(docx.Document(io.BytesIO(content)).element.body)[0] == "Amal أمل حسن (born 2015)"
    assert "<w:rPr><w:rtl/></w:rPr><w:t>أمل حسن</w:t>" in xml
    assert "<w:bidi/>" not in xml
    assert "<w:bidi/>" in part(made(with_text("أمل حسن")), "word/document.xml")


def test_what_cannot_be_printed_becomes_a_replacement_character() -> None:
    word = opened(with_text("a\x00b\x0bc\x1b[31md\ufffee\ud83df\x7fg"))

    assert lines(word.element.body)[0] == "a\ufffdb\ufffdc\ufffd[31md\ufffde\ufffdf\ufffdg"
    assert opened(replace(with_text("a"), title="T\x00")).core_properties.title == "T\ufffd"


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_can_stop_a_document(text: str) -> None:
    expected = " ".join(lines(opened(with_text(text)).element.body))
    readable = "".join(character for character in text if character.isalnum())

    assert readable in "".join(character for character in expected if character.isalnum())


def test_an_answer_of_30_000_characters_is_all_there() -> None:
    text = "\n".join(f"Line {n} of a long answer about what was agreed." for n in range(620)) + "x" * 400
    assert len(text) > 30_000

    assert lines(opened(with_text(text)).element.body)[: len(text.split("\n"))] == text.split("\n")


def test_nothing_says_which_program_or_template_made_it() -> None:
    content = made(document(PLAIN))
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    everything = b"".join(zipfile.ZipFile(io.BytesIO(content)).read(name) for name in names).decode().lower()
    core = docx.Document(io.BytesIO(content)).core_properties

    assert names == [
        "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/_rels/document.xml.rels",
        "word/document.xml", "word/header1.xml", "word/settings.xml", "word/styles.xml",
    ]  # fmt: skip
    assert not [word for word in ("python", "docx", "en-us", "thumbnail", "macintosh", "2013") if word in everything]
    assert (core.title, core.author, core.comments) == ("Notice E-4KX-7PW", "Escalation Bot", "")
    assert (core.created, core.modified, core.last_modified_by) == (None, None, "")
    assert '<w:lang w:val="en-GB" w:eastAsia="en-GB" w:bidi="ar-SA"/>' in part(content, "word/styles.xml")
    assert '<w:themeFontLang w:val="en-GB"/>' in part(content, "word/settings.xml")
    assert 'w:name="compatibilityMode"' in part(content, "word/settings.xml")


def test_the_parts_of_the_file_bear_no_time() -> None:
    packed = zipfile.ZipFile(io.BytesIO(made(document(PLAIN))))

    assert {(part.date_time, part.create_system) for part in packed.infolist()} == {((1980, 1, 1, 0, 0, 0), 0)}


SCRIPT = """
import hashlib
from bot.documents.docx import WordDocuments
from bot.paper import *
rows = (Row((Cell("Sign: أمل", "Jo", rows=2), Cell(text="Name"))), Row((Cell(text="Date"),)))
table = Table((1, 2), rows, title="A")
made = WordDocuments().make(Document("E-4KX-7PW", "Notice", "en-GB", "Bot", (Title("Notice"), table, table)))
print(hashlib.sha256(made).hexdigest())
"""


def test_the_same_document_gives_the_same_bytes_in_any_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


def test_the_maker_is_imported_without_python_docx() -> None:
    script = "import sys, bot.documents.docx; print('docx' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "False"
