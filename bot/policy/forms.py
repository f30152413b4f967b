"""Official forms: when they are filled, what they ask, how they are printed, who gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bot.fields import Kind
from bot.policy.parts import Id, Part, Subject, Text

Prefill = Literal[
    "raiser", "raiser_name", "raiser_role", "raiser_agency", "raiser_role_and_agency", "raiser_email",
    "child_name", "concern_date", "today", "challenged_agency", "others_involved", "counterpart",
    "disagreement", "desired_outcome", "tried_before", "discussion_dates", "themes",
    "progress", "stage_resolved", "resolved_on", "how_resolved", "lessons", "actions", "debrief",
    "time_taken", "raising_manager", "challenged_manager", "views", "agreed_outcome", "resolved_at_options",
    "reasons", "all_agencies", "why_stages_were_left_out", "reference", "present_stage",
]  # fmt: skip

Who = Literal["raiser", "closer", "challenged", "partnership"]
"""Who fills it. What the partnership fills is printed empty, and asked of its own team only, with /record. What the
challenged side fills is asked of the raiser as that side gave it, and never needed: it may not hold anything up. Raiser
and closer are asked alike."""


class Trigger(Part):
    """When something is due: on entering, leaving or resolving at some stages, or on withdrawing at one of them."""

    on: Literal["entering", "leaving", "resolving", "withdrawing"]
    stages: list[Id] = []
    """Exactly these; or, instead:"""
    from_stage: Id | None = None
    """This one and every later one of the escalation's ladder."""
    every: bool = False
    """Every stage of the ladder."""

    def among(self, ladder: Sequence[str]) -> list[str]:
        """Which of these stages it names, lowest first."""
        if self.every:
            return list(ladder)
        first = ladder.index(self.from_stage) if self.from_stage in ladder else len(ladder)
        return [stage for place, stage in enumerate(ladder) if place >= first or stage in self.stages]


class Moment(Part):
    """One occasion on which part of a form is filled: on reaching Stage 2, after resolution."""

    id: Id
    label: Text
    who: Who = "raiser"
    opens: Trigger | None = None
    """When it is first offered; by default when it is due. It may always be begun earlier by choice."""
    due: Trigger | None = None
    """When it must be filled; none: it is filled as things happen."""
    send: bool = False
    """Whether completing it sends the form to the recipients."""


class FollowUp(Part):
    """A question of ours that goes with a field and is printed in the same cell, after its answer."""

    id: Id
    label: Text
    answer: Kind
    hint: str = ""
    only_if: Id | None = None
    """Asked only when this earlier yes/no follow-up of the same field is yes."""


Circumstance = Literal["jumped", "not_jumped", "resolved", "not_resolved", "withdrawn", "several", "unborn"]
"""Stages were left out, or none was; how it ended; it is about several children or adults; the child is unborn."""


class FormField(Part):
    """One answer of the official form."""

    id: Id
    number: str = ""
    """As printed, wrong ones too: "1.1". For the record: what is printed is the label."""
    label: Text
    """Verbatim, its number included if it is printed with it."""
    help: str = ""
    """Verbatim help printed with the label."""
    hint: str = ""
    """Our own help, never printed."""
    by: str = ""
    """Who fills it, as the paper says: "challenged manager". For the record: neither asked for nor printed."""
    answer: Kind
    needed: bool = False
    """Whether the form cannot do its job without it. Others may be skipped."""
    only_for: Subject | None = None
    only_when: Circumstance | None = None
    moment: Id | None = None
    """If other than its section's."""
    prefill: Prefill | None = None
    also: list[FollowUp] = []
    group: str = ""
    """Verbatim words over several fields in a row that share one printed row: "Difference resolved at:"."""
    layout: Literal["beside", "below", "inside", "column", "option_cells", "option_rows", "signature", "table"] = (
        "beside"
    )
    """How it stands on the paper; see `report/`."""


class Section(Part):
    """A part of the form, printed in this order."""

    id: Id
    heading: str = ""
    """Printed in a shaded row across the table, verbatim; empty: no such row."""
    before: list[Text] = []
    """Sentences printed above the table."""
    notes: list[Text] = []
    """Words with no answer, printed in a row across the table under the heading."""
    after: list[Text] = []
    same_table: bool = False
    """Printed as further rows of the table above, not as a table of its own."""
    moment: Id
    who: Who = "raiser"
    """Who fills most of it."""
    locked: bool = False
    """Once its moment has been sent its answers stand, and are asked no more."""
    fields: list[FormField] = []


class Recipient(Part):
    """Somebody who gets the completed form."""

    id: Id
    name: Text
    via: Literal["mail", "post", "internal"] = "mail"
    """`internal`: it stays in the raiser's own agency; a copy goes to the raiser, to hand on or to file."""
    email: str = ""
    address: list[Text] = []
    """Lines of the postal address."""
    person: Literal["challenged_at_stage", "raising_at_stage", "safeguarding_lead", "ask"] | None = None
    """Instead of a fixed address: the person recorded for a side at `stage` (without one: at the present stage), the
    raiser's safeguarding lead, or one to ask for."""
    stage: Id | None = None
    question: str = ""
    """For `ask`: how the raiser is asked who it is."""
    otherwise: Id | None = None
    """Another recipient of this form, used instead when nobody is given here ("A or B")."""
    moments: list[Id] = []
    """Only for these moments; empty: for every moment that sends."""
    for_partnership: bool = False
    """Whether they get it in the partnership's stead, for its monitoring: its team then sees that it was sent, and no
    more than it would see of what it got itself."""


class Form(Part):
    """An official form: when it is filled, what it asks, how it is printed, who gets it."""

    id: Id
    title: Text
    """What people call it in a sentence: "Report to HSCP"."""
    file_name: Id
    """What the document's file name begins with; the reference follows."""
    template: str = Field(default="", pattern=r"^([\w][\w. -]*\.docx)?$", max_length=100)
    """A Word file of the partnership's own, beside the policy file, whose cells are filled by label instead."""
    headings: list[Text] = Field(min_length=1)
    """Printed at the top, as headings, verbatim."""
    opening: list[Text] = []
    """Paragraphs printed under the headings."""
    closing: list[Text] = []
    one_per: Literal["escalation", "stage"] = "escalation"
    """One living document, or one for each stage at which it is due."""
    moments: list[Moment] = Field(min_length=1)
    sections: list[Section] = Field(min_length=1)
    recipients: list[Recipient] = Field(min_length=1)
    words: list[Text] = []
    """Every sentence about when and where to send it, verbatim."""

    def fields(self) -> Iterator[tuple[Section, FormField]]:
        """Every field with its section, in printed order."""
        for section in self.sections:
            for field in section.fields:
                yield section, field

    def moment(self, moment_id: str) -> Moment:
        return next(moment for moment in self.moments if moment.id == moment_id)
