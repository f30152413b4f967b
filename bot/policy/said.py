"""What a policy says to people, and what it wants kept, counted and reported."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.policy.parts import Id, Part, Text


class Contact(Part):
    """Somebody to ask, in words that are true for this area: a helpline, the partnership's office."""

    name: Text
    words: Text
    """When, and how to reach them: telephone, mailbox, hours."""


class Boundary(Part):
    """A matter for which another procedure is the right one."""

    kind: Literal[
        "complaint", "allegation", "whistleblowing", "same_agency", "conference", "reviewing_officer", "other"
    ]
    label: str = ""
    """How it is offered; for `other` it has to be given, for the rest the bot has words."""
    words: Text
    """Where it belongs instead, in the policy's words."""
    contact: str = ""
    may_go_on: bool = True
    """Whether an escalation may be raised beside it."""


class Advice(Part):
    """What the policy tells people, verbatim."""

    why: list[Text] = []
    purpose: list[Text] = []
    framing: list[Text] = []
    """Said, as are `why` and `purpose`, where there is nothing to say before escalating and no standing instruction."""
    before_escalating: list[Text] = []
    """Pre-escalation advice, shown before anything else is asked."""
    key_messages: list[Text] = []
    principles: list[Text] = []
    examples_heading: str = ""
    examples: list[Text] = []
    """Examples of disagreement: shown, and offered as reasons where `reasons` lists none."""
    standing_instructions: list[Text] = []
    stages_heading: list[Text] = []
    """Words over the ladder. For the record."""
    meeting_statement: list[Text] = []
    """What is read out when the sides meet."""
    responding: list[Text] = []
    """What the policy asks of whoever receives a challenge."""
    ownership: list[Text] = Field(min_length=1)
    """Who still owns the escalation after the form is sent; said every time."""
    other_words: list[Text] = []
    """Headings and captions of the document that stand nowhere else. For the record."""


class Reason(Part):
    """One category of disagreement, ticked when an escalation is raised and counted in reports."""

    id: Id
    label: Text


class RecordDuty(Part):
    """A record that must be made: on the child's file, in each agency's records."""

    id: Id
    words: Text
    who: Literal["each_agency", "raiser", "everyone"] = "each_agency"
    """Where each agency has to, each is a tick of its own."""
    where: str = ""
    """On which record, in the policy's words."""
    when: Literal["each_stage", "close"] = "each_stage"


Measure = Literal[
    "raised", "open", "by_agency", "entry_stage", "highest_stage", "stage_resolved", "days_to_resolve",
    "days_at_each_stage", "within_limits", "jumps", "no_replies", "reports_on_time", "reasons", "subjects", "recurring",
    "outcomes", "debriefs", "lessons", "actions", "effectiveness", "agencies_with_none",
]  # fmt: skip


class Reporting(Part):
    """What the partnership makes of the forms. For the record: the bot writes no report."""

    words: list[Text] = []
    period: Literal["quarterly", "yearly", "none"] = "none"
    audience: str = ""
    measures: list[Measure] = []
    """What is counted; empty: everything that can be."""
    least_count: int = Field(default=5, ge=0, le=100)
    """Smaller counts are not shown outside the partnership; 0 shows all."""


class Retention(Part):
    """How long what is kept, and how documents are marked. Retention schedules differ; nothing is assumed."""

    words: list[Text] = []
    working_copy_days: int | None = Field(default=None, ge=1, le=3650)
    """So many calendar days after it has ended, once every agency has filed it, the working copy is to be erased. For
    the record: the bot erases nothing by itself."""
    log_years: int | None = Field(default=None, ge=1, le=150)
    """So many years the partnership keeps its log without content. For the record."""
    classification: str = ""
    """Printed at the top of every document: OFFICIAL-SENSITIVE."""


class Danger(Part):
    """Said before anything else."""

    children_services: Text
    """Whom to tell at once besides 999, in words that are true for this area."""
    words: list[Text] = []
    """The policy's own sentences about immediate danger, verbatim."""
