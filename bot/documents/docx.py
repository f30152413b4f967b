"""Word documents (.docx): what partnerships take by mail, and can go on filling themselves."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from bot.paper import Document

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip file can hold, given to every part."""


class WordDocuments:
    """Fulfils `ports.Documents`."""

    media_type = MEDIA_TYPE
    ending = "docx"

    def make(self, document: Document) -> bytes:
        """The document as a Word file; the same document gives the same bytes, also in another process."""
        # Here and not above: python-docx and lxml are slow to import, and most starts make no document.
        from bot.documents.word import word_document

        made = BytesIO()
        (_filled(document) or word_document(document)).save(made)
        return _same_every_time(made)


def _filled(document: Document) -> WordDocument | None:
    """The partnership's own file with everything in it; None where there is none, or something has no place in it.

    That is looked at when the bot starts. Should it be so all the same, the form is built rather than not sent.
    """
    from bot.documents.template import filled

    try:
        return filled(document) if document.template else None
    except LookupError:
        return None


def _same_every_time(made: BytesIO) -> bytes:
    """The same zip file without the time of its making, parts in the order of their names."""
    again = BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            part = zipfile.ZipInfo(name, EARLIEST)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 0  # or else it says on which system it was made
            new.writestr(part, old.read(name))
    return again.getvalue()
