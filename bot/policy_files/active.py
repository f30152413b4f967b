"""What a Word file would do of its own accord where it is opened: fetch, run, ask. A form has no need of any of it.

Rule: what is not known to be harmless is told, with its place in the file and what to do about it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree

LARGEST = 5_000_000
"""Bytes of a file, and of the text in it: a form is a hundredth of that."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

ACTIVE = re.compile(r"vbaproject|vbadata|/activex/|/embeddings/|/afchunk|^customui")
"""Parts of a Word file that are none of its words."""
BRINGS = re.compile(r"/(vbaProject|control|activeX\w*|oleObject|package|aFChunk|attachedTemplate|subDocument|frame)$")
"""Relations by which a file brings or fetches others, wherever they are."""

HARMLESS = re.compile(
    "PAGE|NUMPAGES|SECTION|SECTIONPAGES|PAGEREF|REF|NOTEREF|STYLEREF|SEQ|TOC|TC|LISTNUM|AUTONUM|AUTONUMLGL|SYMBOL"
    "|FORMTEXT|FORMCHECKBOX|FORMDROPDOWN|HYPERLINK|TITLE|SUBJECT|DATE|TIME|CREATEDATE|SAVEDATE|PRINTDATE"
)
"""Fields that say something of the file itself, are filled by hand, or do nothing until they are pressed."""

PLACES = {"document": "its text", "settings": "its settings", "styles": "its styles"}
MERGES = "has a mail merge in its settings, which would ask for its data. Choose “Normal Word Document” under Mailings"


def active_in(content: bytes) -> Iterator[str]:
    """Each of what a file has and must not have, with its place and the remedy, to be read after the file's name."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if brought := next((part.filename for part in parts if ACTIVE.search(part.filename.lower())), ""):
                yield _brings(brought)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    yield from _of_part(part.filename, packed.read(part) if part.file_size <= LARGEST else b"")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError):
        yield "has a part that cannot be read. Save it in Word as .docx once more."


def _brings(what: str) -> str:
    return (
        f"has a macro, a control or another file in it ({what}), which whoever gets the form would open. "
        "Take it out in Word, and save it as a Word document (.docx) without macros."
    )


def _of_part(name: str, text: bytes) -> Iterator[str]:
    try:
        root = None if b"<!DOCTYPE" in text else ElementTree.fromstring(text)  # noqa: S314 - without entities
    except ElementTree.ParseError:
        root = None
    if root is None:
        yield f"has a part that cannot be read ({name}). Save it in Word as .docx once more."
    elif name.endswith(".rels"):
        yield from _fetched(root)
    elif name == "[Content_Types].xml":
        yield from [_brings(name)] if b"macroEnabled" in text else []
    else:
        place = PLACES.get(PurePosixPath(name).stem, re.sub(r"\d", "", f"its {PurePosixPath(name).stem}"))
        yield from [f"{MERGES}, and save it."] if root.find(f"{W}mailMerge") is not None else []
        yield from (_field(field, words, place) for field, words in _fields(root) if not HARMLESS.fullmatch(field))


def _fetched(root: ElementTree.Element) -> Iterator[str]:
    for each in root.iter():
        kind, target = each.get("Type", ""), each.get("Target", "")
        outside = each.get("TargetMode") == "External"
        if outside and not kind.endswith("/hyperlink"):
            what = "its template" if kind.endswith("/attachedTemplate") else kind.rpartition("/")[2]
            yield (
                f"has something in it that is fetched from elsewhere ({what}: {target}), which would tell others who "
                "opens it. Take it out in Word, or put it into the file itself; its template is chosen under "
                "Developer, Document Template."
            )
        elif BRINGS.search(kind) and not outside:
            yield _brings(target)


def _field(name: str, words: str, place: str) -> str:
    where = f"{place}, at “{words}”" if words else place
    which = f"the Word field {name}" if name else "a Word field without a name"
    return (
        f"has {which} in {where}: a form needs none that could fetch or run "
        "something. Show the fields in Word with Alt+F9, delete it, and save the file."
    )


def _fields(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """(name, words beside it) of each field. The code of one may stand in many pieces, and hold other fields."""
    words = ""
    begun: list[tuple[str, str]] = []
    for each in root.iter():
        match each.tag.removeprefix(W), each.get(f"{W}fldCharType"):
            case "p", _:
                words = "".join(text.text or "" for text in each.iter(f"{W}t")).strip()[:40]
            case "fldSimple", _:
                yield _name(each.get(f"{W}instr", "")), words
            case "instrText", _:
                code, beside = begun.pop() if begun else ("", words)
                begun.append((code + (each.text or ""), beside))
            case "fldChar", "begin":
                begun.append(("", words))
            case "fldChar", "end" if begun:
                code, beside = begun.pop()
                yield _name(code), beside
    yield from ((_name(code), beside) for code, beside in begun)


def _name(code: str) -> str:
    return (code.split() or [""])[0].upper()
