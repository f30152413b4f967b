"""Word documents (.docx): what partnerships take by mail, and can go on filling themselves."""

from __future__ import annotations

import zipfile
from io import BytesIO

from bot.paper import Document

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
        if document.template:
            from bot.documents.template import filled

            filled(document).save(made)
        else:
            word_document(document).save(made)
        return _same_every_time(made)


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
