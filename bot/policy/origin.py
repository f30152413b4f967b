"""Where a policy comes from, whom it is for, and what it calls things."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from bot.policy.parts import Part, Text


class Source(Part):
    """A document that this file was made from. For the record."""

    title: Text
    page: str = ""
    """Where it is published: an address or a description. Empty if it is not published."""
    dated: str = ""


class Provenance(Part):
    """The snapshot notice, and what a person must still check before going live."""

    snapshot_notice: Text
    """Our sentence: a snapshot that does not replace the policy, to be checked by a person before go-live."""
    notices: list[Text] = []
    """The partnership's own sentences about the status of its document, verbatim."""
    sources: list[Source] = Field(min_length=1)
    made_on: date = Field(strict=False)
    """For the record."""
    checked_on: date | None = Field(default=None, strict=False)
    """The day on which a person compared this file with the live policy; empty until somebody has. `check` says it."""
    open_questions: list[Text] = []
    """What a person must ask the partnership; `check` lists them."""


class Partnership(Part):
    """Who the policy belongs to."""

    name: Text
    short: Text
    """What its own papers call it: HSCP, SSCP."""
    team: Text
    """Who logs and receives: "HSCP Partnership Team"."""


class Vocabulary(Part):
    """The policy's own words for the same things."""

    stage: Text = "Stage"
    escalation: Text = "escalation"
    concern_date: Text = "date of initial concern"
    """What the day is called from which its clock runs."""
    decision_date: Text = "date on which the decision was received"
    """What that day is called, where a limit runs from it and the policy's clock does not."""


class Scope(Part):
    """What the policy covers."""

    within_agency: Literal["silent", "allowed", "not_allowed"] = "silent"
    """Whether a disagreement inside one agency may be escalated under it."""
    words: str = ""
    """The policy's own sentence, if it has one."""
