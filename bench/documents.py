"""How long a document takes, beside the libraries that only open and save one."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median

import docx
import typst

from bot.config import SHIPPED
from bot.documents.docx import WordDocuments
from bot.documents.pdf import PdfDocuments
from bot.paper import Document
from bot.policies import Policies
from bot.policy import Form
from bot.policy_files import load_folder
from bot.report import document

LONG = "What was agreed, by whom and by when, and what has become of it since. " * 400


@dataclass(frozen=True)
class Made:
    name: str
    takes: float
    """Seconds of processor time for each, the median."""
    size: int


def measured(times: int) -> Iterator[Made]:
    """Each shipped form filled in, one with a very long answer, and the bare libraries."""
    word, pdf, policies = WordDocuments(), PdfDocuments(), load_folder(SHIPPED)
    forms = {
        f"{policy.id}: {form.title}": _filled(policies, policy.id, form)
        for policy in policies.values()
        for form in policy.forms
    }
    policy = policies["herefordshire"]
    forms["herefordshire, an answer of 28,000 characters"] = _filled(policies, policy.id, policy.forms[0], details=LONG)
    for name, filled in forms.items():
        yield _timed(f"{name}, Word", partial(word.make, filled), times)
        yield _timed(f"{name}, PDF", partial(pdf.make, filled), times)
    made = word.make(forms[next(iter(forms))])
    yield _timed("python-docx opens it and saves it", partial(_opened_and_saved, made), times)
    fonts = typst.Fonts()
    yield _timed("typst makes one line", partial(_one_line, fonts), times)


def _filled(policies: Policies, policy_id: str, form: Form, **more: str) -> Document:
    answers = {field.id: field.answer.example() for _, field in form.fields()}
    return document(policies[policy_id], form, reference="E-4KX-7PW", answers={**answers, **more})


def _opened_and_saved(made: bytes) -> bytes:
    saved = io.BytesIO()
    docx.Document(io.BytesIO(made)).save(saved)
    return saved.getvalue()


def _one_line(fonts: typst.Fonts) -> bytes:
    made = typst.Compiler(font_paths=fonts).compile(b"One line.", format="pdf")
    return made if isinstance(made, bytes) else b""


def _timed(name: str, make: Callable[[], bytes], times: int) -> Made:
    size = len(make())
    taken = []
    for _ in range(times):
        began = time.process_time()
        make()
        taken.append(time.process_time() - began)
    return Made(name, median(taken), size)
