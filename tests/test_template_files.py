"""A policy names its own Word file: what is wrong with it stops the start; it is kept with its version, and filled."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from bot.config import SHIPPED
from bot.documents.docx import WordDocuments
from bot.errors import PolicyError
from bot.policies import Policies, Version
from bot.policy_files import changes, check, load_version, read_kept
from bot.policy_files.active import active_in
from bot.report import document

SOUND = Path(__file__).parent / "data" / "sound-policy.yml"
CALENDARS = SHIPPED / "calendars"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NS14 = "http://schemas.microsoft.com/office/word/2010/wordml"
W14 = f'xmlns:w14="{NS14}"'


@cache
def own_file(*, heading: str = "Our own form") -> bytes:
    """As a partnership made it in Word: other columns, a box of Word's own, a legacy field to fill, words around it."""
    word = docx.Document()
    word.add_heading(heading)
    table = word.add_table(rows=4, cols=3)
    table.cell(0, 0).text, table.cell(0, 1).text = "NAME :", "\u2002\u2002\u2002\u2002\u2002"
    table.cell(1, 0).text, table.cell(1, 1).text, table.cell(1, 2).text = "Boxes", "One", "Y / N"
    table.cell(2, 1).text = "Two"
    box = (
        f"<w:sdt {W} {W14}><w:sdtPr><w14:checkbox><w14:checked w14:val='0'/></w14:checkbox></w:sdtPr>"
        "<w:sdtContent><w:r><w:t>☐</w:t></w:r></w:sdtContent></w:sdt>"
    )
    table.cell(2, 2).paragraphs[0]._p.append(parse_xml(box))
    table.cell(3, 0).merge(table.cell(3, 2)).text = "Themes\nPlease print."
    saved = io.BytesIO()
    word.save(saved)
    return saved.getvalue()


def policy_file(folder: Path, content: bytes | None, *, version: str = "1") -> Path:
    text = SOUND.read_text("utf-8").replace(
        "    file_name: report\n", "    file_name: report\n    template: our form.docx\n"
    )
    path = folder / "ours.yml"
    path.write_text(text.replace('version: "1"', f'version: "{version}"'), "utf-8")
    if content is not None:
        (folder / "our form.docx").write_bytes(content)
    return path


@pytest.fixture
def version(tmp_path: Path) -> Version:
    return load_version(policy_file(tmp_path, own_file()), CALENDARS)


ANSWERS = {
    "name": "Jo & <Co>", "boxes": [{"option": "two", "qualifiers": [], "note": ""}], "again": "First line.\nSecond.",
    "again.recurring": True,
}  # fmt: skip


def made(version: Version) -> bytes:
    (form,) = version.policy.forms
    template = version.templates[form.template]
    return WordDocuments().make(
        document(version.policy, form, reference="E-4KX-7PW", answers=ANSWERS, template=template)
    )


def test_the_partnerships_own_file_is_filled_where_it_has_room(version: Version) -> None:
    word = docx.Document(io.BytesIO(made(version)))
    rows = [[cell.text for cell in row.cells] for row in word.tables[0].rows]

    assert word.paragraphs[0].text == "Our own form"
    assert rows[0][:2] == ["NAME :", "Jo & <Co>"]
    assert rows[1] == ["Boxes", "One", "N"]
    box = word.tables[0].cell(2, 2)._tc
    assert "".join(text.text for text in box.iter(qn("w:t"))) == "☒"
    assert [each.get(f"{{{NS14}}}val") for each in box.iter(f"{{{NS14}}}checked")] == ["1"]
    assert rows[3][0] == "Themes\nPlease print.\nFirst line.\nSecond.\nRecurring? Yes"
    assert "Reference E-4KX-7PW" in [paragraph.text for paragraph in word.sections[0].header.paragraphs]
    assert made(version) == made(version)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "there is no file our form.docx beside the policy file. Put it there, or remove “template”."),
        (
            b"PK no zip",
            "our form.docx is no Word document (.docx) that can be read. Save it in Word as .docx once more.",
        ),
        (own_file(), ""),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_place_and_what_to_do(
    tmp_path: Path, content: bytes | None, fault: str
) -> None:
    path = policy_file(tmp_path, content)
    faults, _ = check([path], CALENDARS)

    assert faults == ([f"{path}:34: forms.report.template: {fault}"] if fault else [])


RELATIONS = "word/_rels/document.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_part(name: str, content: str) -> bytes:
    """Our own file with one more part, or with one more relation."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(own_file())) as old, zipfile.ZipFile(changed, "w") as new:
        for each in old.namelist():
            more = content.encode() if each == name else b""
            new.writestr(each, old.read(each).replace(b"</Relationships>", more + b"</Relationships>"))
        if name != RELATIONS:
            new.writestr(name, content)
    return changed.getvalue()


def relation(kind: str, target: str) -> str:
    return f'<Relationship Id="rId99" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="External"/>'


@pytest.mark.parametrize(
    ("name", "content", "has"),
    [
        ("word/vbaProject.bin", "", "a macro, a control or another file in it (word/vbaProject.bin)"),
        ("word/embeddings/oleObject1.bin", "", "a macro, a control or another file"),
        (RELATIONS, relation("attachedTemplate", "https://example.com/x.dotm"), "its template: https://example.com/x"),
        (RELATIONS, relation("image", "https://example.com/seen.png"), "elsewhere (image: https://example.com/seen"),
        (RELATIONS, relation("oleObject", "file:///host/x.doc"), "fetched from elsewhere (oleObject: file:///host/x"),
        (RELATIONS, relation("aFChunk", "odd.html").replace("External", "Internal"), "another file in it (odd.html)"),
        (RELATIONS, "<Relationship", "a part that cannot be read (word/_rels/document.xml.rels)"),
        ("word/settings2.xml", f"<w:settings {W}><w:mailMerge/></w:settings>", "a mail merge in its settings"),
        ("word/header1.xml", "<!DOCTYPE x><x/>", "a part that cannot be read (word/header1.xml)"),
        (RELATIONS, relation("hyperlink", "mailto:team@example.org"), ""),
    ],
)
def test_what_a_file_would_do_where_it_is_opened_is_told(name: str, content: str, has: str) -> None:
    assert [has in fault for fault in active_in(with_part(name, content))] == ([True] if has else [])


def field(*pieces: str) -> str:
    """A field of Word as Word writes it, with its code in so many pieces; one in brackets is a field."""
    inside = [
        field(piece[1:-1]) if piece.startswith("{") else f"<w:r><w:instrText>{piece}</w:instrText></w:r>"
        for piece in pieces
    ]
    kinds = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return kinds[0] + "".join(inside) + kinds[1] + kinds[2]


def page(content: str) -> str:
    return f"<w:hdr {W}><w:p><w:r><w:t>Our header</w:t></w:r>{content}</w:p></w:hdr>"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (field("DDEAUTO c:\\\\windows\\\\cmd.exe"), "the Word field DDEAUTO"),
        (field(" D", "DE", "AUTO excel"), "the Word field DDEAUTO"),
        (field(" PAGE ", "{QUOTE 68 68 69}"), "the Word field QUOTE"),
        (field("  includepicture &quot;https://example.com/seen.png&quot; \\d"), "the Word field INCLUDEPICTURE"),
        ('<w:fldSimple w:instr=" INCLUDETEXT x.docx "/>', "the Word field INCLUDETEXT"),
        (
            '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>LINK Excel.Sheet</w:instrText></w:r>',
            "the Word field LINK",
        ),
        ("<w:r><w:instrText>DATABASE</w:instrText></w:r>", "the Word field DATABASE"),
        (field("MACROBUTTON NoMacro [here]"), "the Word field MACROBUTTON"),
        (field("{PAGE}"), "a Word field without a name"),
        (field(" PAGE \\* MERGEFORMAT ") + field("FORMTEXT") + '<w:fldSimple w:instr="NUMPAGES"/>', ""),
    ],
)
def test_a_field_that_could_fetch_or_run_something_is_told_with_its_place(content: str, name: str) -> None:
    told = list(active_in(with_part("word/header2.xml", page(content))))

    assert told == (
        [
            f"has {name} in its header, at “Our header”: a form needs none that could fetch or run something. Show the "
            "fields in Word with Alt+F9, delete it, and save the file."
        ]
        if name
        else []
    )


def test_each_of_them_stops_the_start_with_the_place_in_the_policy_file(tmp_path: Path) -> None:
    path = policy_file(tmp_path, with_part("word/header1.xml", page(field("DDE x") + field("LINK y"))))

    with pytest.raises(PolicyError) as wrong:
        load_version(path, CALENDARS)
    assert [fault.split(" in its header")[0] for fault in wrong.value.faults] == [
        f"{path}:34: forms.report.template: our form.docx has the Word field {name}" for name in ("DDE", "LINK")
    ]


def test_who_made_the_file_is_not_told_in_what_is_filled(version: Version) -> None:
    assert docx.Document(io.BytesIO(made(version))).core_properties.last_modified_by == "Escalation Bot"


def test_words_that_the_file_has_not_got_stop_the_start_and_each_is_named(tmp_path: Path) -> None:
    word = docx.Document(io.BytesIO(own_file()))
    word.tables[0].cell(0, 0).text = "Names of all"
    word.tables[0].cell(2, 1).text = "Three"
    saved = io.BytesIO()
    word.save(saved)
    path = policy_file(tmp_path, saved.getvalue())

    with pytest.raises(PolicyError) as wrong:
        load_version(path, CALENDARS)
    assert wrong.value.faults == [
        f"{path}:34: forms.report.template: our form.docx has no cell that begins with “{words}” ({field}), in the "
        "order of the form. Write it into the file, or change the words here to those of the file."
        for words, field in (("Name", "name"), ("Two", "boxes"))
    ]  # fmt: skip


def test_the_file_is_kept_with_its_version_and_outlives_the_folder(version: Version) -> None:
    kept = read_kept(version.content, "as it was kept")

    assert kept.templates == version.templates
    assert kept.digest == version.digest
    assert made(kept) == made(version)


def test_a_file_that_has_changed_is_another_policy_and_is_told(tmp_path: Path, version: Version) -> None:
    other = load_version(policy_file(tmp_path, own_file(heading="Our new form")), CALENDARS)

    assert other.digest != version.digest
    assert changes(version, other)[-1] == "our form.docx: the file itself has changed. Compare both in Word."
    assert changes(version, version)[-1] == "Nothing that the file says has changed."


def test_a_form_whose_words_are_not_in_the_file_all_the_same_is_built_rather_than_not_sent(version: Version) -> None:
    (form,) = version.policy.forms
    foreign = document(version.policy, form, reference="E-4KX-7PW", answers=ANSWERS, template=own_file(heading="x"))
    lost = replace(foreign, written=(replace(foreign.written[0], label="Words of nobody"), *foreign.written[1:]))

    assert WordDocuments().make(lost) == WordDocuments().make(replace(lost, template=b"", written=()))


def test_the_file_is_for_the_language_in_which_it_is_written_only(version: Version) -> None:
    welsh = version.policy.model_copy(update={"language": "cy"})
    policies = Policies([version])

    assert policies.template(version.policy, version.policy.forms[0]) == version.templates["our form.docx"]
    assert policies.template(welsh, welsh.forms[0]) == b""
