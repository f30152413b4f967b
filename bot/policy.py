"""What a policy file may say. One YAML file in `policies/` is one partnership's procedure.

Rule 1: whatever differs between partnerships is here, as data; no expressions and no templates.
Rule 2: a rule that YAML can choose has a name here (`rule:`, `on:`, `kind:`, `layout:`) and its Python elsewhere.
Rule 3: words of the partnership are verbatim, typos kept; our own help is called `hint`.
Rule 4: a key that is there "for the record" is carried, not said: it keeps the paper whole, and nothing depends on it.

Reading files, and sentences about what is wrong in them, live in the folder `policy_files`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.fields import Kind

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=400)]
"""So many working days; more than a year and a half cannot be meant."""
ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=80)]
"""The name of a channel as chat platforms allow it, without a #."""
Side = Literal["raising", "challenged"]
Subject = Literal["child", "themed"]


class Part(BaseModel):
    """Every part of a policy: frozen, strict, and without keys that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# ── where it comes from, and what things are called ──────────────────────────────────────────────────────


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


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────

Anchor = Literal["initial_concern", "raised", "decision_received", "stage_entry"]


class Limit(Part):
    """What every kind of limit carries."""

    words: Text
    """The limit as it is printed, verbatim; or our words where nothing is printed."""


class Cumulative(Limit):
    """So many working days from the policy's anchor, whenever the stage was entered (Herefordshire)."""

    rule: Literal["cumulative"]
    days: Days
    soft_days: Days | None = None
    """The first figure of a range such as 1-3: a target that nudges and is not a breach."""


class FurtherAndTotal(Limit):
    """The earlier of "further n" from entering the stage and a running total from the anchor (Sefton)."""

    rule: Literal["further_and_total"]
    further: Days
    total: Days


class Agreed(Limit):
    """A date that the parties agree, at most `cap` working days from entering the stage (Trafford)."""

    rule: Literal["agreed"]
    cap: Days


class PerStage(Limit):
    """So many working days from entering the stage."""

    rule: Literal["per_stage"]
    days: Days
    soft_days: Days | None = None


class NoClock(Limit):
    """The policy states no limit in days; the age is shown instead (Islands)."""

    rule: Literal["no_clock"]


AnyLimit = Annotated[Cumulative | FurtherAndTotal | Agreed | PerStage | NoClock, Field(discriminator="rule")]


class Clock(Part):
    """From when, in which calendar and until which hour the days are counted."""

    anchor: Anchor
    calendar: Text
    """A file of `policies/calendars/` without its ending, for example england-and-wales."""
    zone: Text = "Europe/London"
    day_ends_at: str = Field(default="17:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """A due date is due by this hour of the day; it is never late before that day is over. `check` says it."""
    limit_means: Literal["conclude", "reach", "respond"] = "conclude"
    approval_wait_days: Days = 2
    """Where a stage has no due date: after so many working days of silence the raiser may go on."""


# ── stages ───────────────────────────────────────────────────────────────────────────────────────────────


class People(Part):
    """Who acts for one side at one stage."""

    role: Text
    examples: list[Text] = []


class Stage(Part):
    """One rung. `id` is what commands and dates use: stage-1, step-2."""

    id: Id
    label: Text
    """How the policy names it: "Stage 1", "Step 2"."""
    title: str = ""
    """What it is, in the policy's words: "Line manager – Line manager"."""
    verbatim: list[Text] = []
    """Every sentence of the policy about this stage, as printed."""
    kind: Literal["informal", "formal", "partnership"] = "formal"
    """For the record: what the policy calls this rung."""
    before_clock: bool = False
    """A stage such as pre-escalation, which has no form and no limit of its own, and where none is entered."""
    raising: People
    challenged: People
    limit: AnyLimit
    duties: list[Text] = []
    """What is to be done at this stage, as printed: consult your safeguarding lead, inform the chair."""


class Skips(Part):
    """Whether a stage may be left out."""

    allowed: Literal["next_only", "to_stages"] = "next_only"
    to: list[Id] = []
    reason_required: bool = True
    """Whether the policy wants a reason. For the record: the bot asks for one whenever a stage is left out."""
    words: str = ""
    """The policy's own sentence, if it has one."""
    hint: str = ""
    """Our own sentence where the policy says nothing of leaving a stage out."""


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────

Prefill = Literal[
    "raiser", "raiser_name", "raiser_role", "raiser_agency", "raiser_role_and_agency", "raiser_email",
    "child_name", "concern_date", "today", "challenged_agency", "others_involved", "counterpart",
    "disagreement", "desired_outcome", "tried_before", "discussion_dates", "themes",
    "progress", "stage_resolved", "resolved_on", "how_resolved", "lessons", "actions", "debrief",
    "time_taken", "raising_manager", "challenged_manager", "views", "agreed_outcome", "resolved_at_options",
]  # fmt: skip


class Trigger(Part):
    """When something is due: on entering one of these stages, or on resolving at one of them."""

    on: Literal["entering", "resolving"]
    stages: list[Id] = Field(min_length=1)


class Moment(Part):
    """One occasion on which part of a form is filled: on reaching Stage 2, after resolution."""

    id: Id
    label: Text
    who: Literal["raiser", "closer", "partnership"] = "raiser"
    """What the partnership fills is printed empty. Between raiser and closer nothing differs: `check` says it."""
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
    who: Literal["raiser", "closer", "partnership"] = "raiser"
    """Who fills most of it. What the partnership fills is never asked; between the others nothing differs."""
    fields: list[FormField] = []


class Recipient(Part):
    """Somebody who gets the completed form."""

    id: Id
    name: Text
    via: Literal["mail", "post"] = "mail"
    email: str = ""
    address: list[Text] = []
    """Lines of the postal address."""
    person: Literal["challenged_at_stage", "ask"] | None = None
    """Instead of a fixed address: the person recorded for the challenged side at `stage`, or one to ask for."""
    stage: Id | None = None
    question: str = ""
    """For `ask`: how the raiser is asked who it is."""
    otherwise: Id | None = None
    """Another recipient of this form, used instead when nobody is given here ("A or B")."""
    moments: list[Id] = []
    """Only for these moments; empty: for every moment that sends."""


class Form(Part):
    """An official form: when it is filled, what it asks, how it is printed, who gets it."""

    id: Id
    title: Text
    """What people call it in a sentence: "Report to HSCP"."""
    file_name: Id
    """What the document's file name begins with; the reference follows."""
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


# ── words and duties ─────────────────────────────────────────────────────────────────────────────────────


class Advice(Part):
    """What the policy tells people, verbatim."""

    why: list[Text] = []
    purpose: list[Text] = []
    framing: list[Text] = []
    before_escalating: list[Text] = []
    """Pre-escalation advice, shown before anything else is asked."""
    key_messages: list[Text] = []
    principles: list[Text] = []
    examples_heading: str = ""
    examples: list[Text] = []
    """Examples of disagreement: shown, and offered as reasons."""
    standing_instructions: list[Text] = []
    stages_heading: list[Text] = []
    """Words over the ladder. For the record."""
    ownership: list[Text] = Field(min_length=1)
    """Who still owns the escalation after the form is sent; said every time."""
    other_words: list[Text] = []
    """Headings and captions of the document that stand nowhere else. For the record."""


class RecordDuty(Part):
    """A record that must be made: on the child's file, in each agency's records."""

    id: Id
    words: Text
    who: Literal["each_agency", "raiser", "everyone"] = "each_agency"
    """For the record: the words say it."""
    when: Literal["each_stage", "close"] = "each_stage"
    """For the record: the bot reminds people of every duty when an escalation is closed."""


class Reporting(Part):
    """What the partnership makes of the forms. For the record."""

    words: list[Text] = []
    period: Literal["quarterly", "yearly", "none"] = "none"
    audience: str = ""


class Danger(Part):
    """Said before anything else."""

    children_services: Text
    """Whom to tell at once besides 999, in words that are true for this area."""


class Policy(Part):
    """One partnership's whole procedure."""

    id: Id
    version: Text
    """Pinned to every escalation that is begun under it."""
    name: Text
    partnership: Partnership
    language: Literal["en-GB"] = "en-GB"
    provenance: Provenance
    vocabulary: Vocabulary = Vocabulary()
    subjects: list[Subject] = Field(default=["child"], min_length=1)
    clock: Clock
    danger: Danger
    advice: Advice
    stages: list[Stage] = Field(min_length=1)
    skips: Skips = Skips()
    forms: list[Form] = []
    record_duties: list[RecordDuty] = []
    reporting: Reporting = Reporting()
    channel: ChannelName
    """The channel in which its escalations have their threads: reference, stage, owner and due date only."""

    def stage(self, stage_id: str) -> Stage:
        """The stage with this id; KeyError if the policy has none (a stored id always has one)."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise KeyError(stage_id)

    @property
    def ladder(self) -> list[Stage]:
        """The stages that an escalation can stand at, lowest first."""
        return [stage for stage in self.stages if not stage.before_clock]

    def after(self, stage_id: str) -> Stage | None:
        """The next stage up, or None at the top."""
        ids = [stage.id for stage in self.ladder]
        place = ids.index(stage_id) + 1
        return self.ladder[place] if place < len(ids) else None

    def form(self, form_id: str) -> Form:
        return next(form for form in self.forms if form.id == form_id)
