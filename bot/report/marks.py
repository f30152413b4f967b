"""What stands on every document of ours, whatever it is."""

from __future__ import annotations

AUTHOR = "Escalation Bot"

BLANK = "_" * 12
"""Where a reference is written by hand."""


def reference_or_blank(reference: str) -> str:
    return reference or BLANK
