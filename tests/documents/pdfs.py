"""Reads a PDF as a person does, and as a screen reader does."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdf

from bot.documents.pdf import PdfDocuments
from bot.paper import Document


def opened(document: Document) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(PdfDocuments().make(document)))


def text_of(read: pypdf.PdfReader) -> str:
    """All words of the pages, as one line: where a line of the page ends is not where one of the text does."""
    return squeezed("".join(page.extract_text() for page in read.pages))


def squeezed(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


def root(read: pypdf.PdfReader) -> Any:
    return read.trailer["/Root"]


def tags(read: pypdf.PdfReader) -> Iterator[tuple[str, str]]:
    """(tag, that of what it stands in) of everything in the tree, in reading order."""
    yield from ((each.tag, each.around) for each in tree(read))


def is_ua(read: pypdf.PdfReader) -> bool:
    return b"<pdfuaid:part>1</pdfuaid:part>" in root(read)["/Metadata"].get_data()


@dataclass(frozen=True)
class Tagged:
    """One element of the tree that a screen reader follows."""

    tag: str
    title: str
    around: str
    """The tag of what it stands in."""
    about: dict[str, Any]
    """What is told of a cell: its id, how many columns and rows it spans, by which ids its heads are known."""
    is_empty: bool = False
    """Whether nothing stands in it."""


def tree(read: pypdf.PdfReader) -> Iterator[Tagged]:
    """Everything, in reading order."""
    yield from _below(root(read)["/StructTreeRoot"]["/K"], "")


def _below(node: Any, around: str) -> Iterator[Tagged]:
    node = node.get_object()
    if isinstance(node, list):
        for each in node:
            yield from _below(each, around)
    elif isinstance(node, dict):
        tag = str(node.get("/S", around)).removeprefix("/")
        if "/S" in node:
            about = {key: value for part in node.get("/A", ()) for key, value in part.get_object().items()}
            if "/ID" in node:
                about["/ID"] = node["/ID"]
            yield Tagged(tag, str(node.get("/T", "")), around, about, not node.get("/K"))
        if "/K" in node:
            yield from _below(node["/K"], tag)
