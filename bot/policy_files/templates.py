"""Word files of a partnership's own, which stand beside its policy file: whether every answer has a place in them.

Rule: what is kept of a version is its text with its files, so that both outlive the folder.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from bot.policy import Policy
from bot.policy_files.active import LARGEST, active_in
from bot.policy_files.reading import Fault, Tree
from bot.report import labels_missing

MARK = "#! template"
KEPT = re.compile(rf"^{MARK} (.+) (\S*)$", re.MULTILINE)


def read(policy: Policy, folder: Path) -> dict[str, bytes]:
    """Every file that a form names, by name; those that are not there are left out."""
    paths = {form.template: folder / form.template for form in policy.forms if form.template}
    return {name: path.read_bytes() for name, path in paths.items() if path.is_file()}


def with_files(text: str, files: Mapping[str, bytes]) -> str:
    """The text of a policy file with its Word files, as comments at its end."""
    lines = [f"{MARK} {name} {base64.b64encode(content).decode()}" for name, content in sorted(files.items())]
    return "\n".join([text.rstrip("\n"), *lines, ""]) if lines else text


def kept_in(text: str) -> dict[str, bytes]:
    """The files that stand in such a text."""
    try:
        return {name: base64.b64decode(content, validate=True) for name, content in KEPT.findall(text)}
    except binascii.Error:
        return {}


def template_faults(tree: Tree, policy: Policy, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Whatever keeps a form from being filled into the file that it names."""
    for place, form in enumerate(policy.forms):
        path = ("forms", place, "template")
        if not form.template:
            continue
        if form.template not in files:
            text = f"there is no file {form.template} beside the policy file. Put it there, or remove “template”."
            yield tree.fault(path, text)
            continue
        body = _body(files[form.template])
        if body is None:
            text = f"{form.template} is no Word document (.docx) that can be read. Save it in Word as .docx once more."
            yield tree.fault(path, text)
            continue
        for what in active_in(files[form.template]):
            yield tree.fault(path, f"{form.template} {what}")
        for field_id, words in labels_missing(form, body, ZoneInfo(policy.clock.zone)):
            text = f"{form.template} has no cell that begins with “{words}” ({field_id}), in the order of the form."
            yield tree.fault(path, f"{text} Write it into the file, or change the words here to those of the file.")


def _body(content: bytes) -> ElementTree.Element | None:
    """What stands in it; None if it is no such file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            part = packed.getinfo("word/document.xml")
            if len(content) > LARGEST or part.file_size > LARGEST:
                return None
            text = packed.read(part)
            if b"<!DOCTYPE" in text:  # Word writes none, and entities could be made to grow without end
                return None
            return ElementTree.fromstring(text)  # noqa: S314 - see above
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return None
