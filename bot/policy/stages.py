"""The ladders: which stages there are, who acts at each, and what may be done beside and between them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from bot.policy.limits import AnyLimit, PriorityLimit, StageClock
from bot.policy.parts import Id, Part, Text


class SectorRole(Part):
    """What the role is called in one sector or agency: "Health" -> "Named Nurse"."""

    sector: Text
    role: Text


class People(Part):
    """Who acts for one side at one stage."""

    role: Text
    examples: list[Text] = []
    by_sector: list[SectorRole] = []
    proxy: str = ""
    """Who stands in where an agency has no such role, in the policy's words."""


class Branch(Part):
    """One of several ways that a stage can be held: urgent by telephone, else by a meeting.

    What it does not say is as the stage says.
    """

    id: Id
    label: Text
    """Read as the answer to the stage's `branch_question`."""
    verbatim: list[Text] = []
    raising: People | None = None
    challenged: People | None = None
    limit: AnyLimit
    duties: list[Text] = []


class NoReply(Part):
    """What the policy says of silence: it permits, or demands, going on to the next stage."""

    means: Literal["permits", "demands"]
    words: Text


class Judging(Part):
    """Who says that it is resolved at this stage."""

    who: Literal["raiser", "raising_manager", "both_managers", "partnership"]
    words: str = ""


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
    """What the policy calls this rung: the words to say call an informal one informal."""
    before_clock: bool = False
    """A stage such as pre-escalation, which has no form and no limit of its own, and where none is entered."""
    optional: str = ""
    """When it is entered at all, in the policy's words: "if the manager deems it appropriate". Empty: always."""
    raising: People
    challenged: People
    limit: AnyLimit
    limits: list[PriorityLimit] = []
    """Instead of `limit`, under these priorities."""
    branch_question: str = ""
    branches: list[Branch] = []
    clocks: list[StageClock] = []
    """What is owed within the stage, each by somebody and by a day of its own."""
    no_reply: NoReply | None = None
    judged_by: Judging = Judging(who="raiser")
    consult: str = ""
    """The policy's sentence that one's own safeguarding lead is consulted at this stage; empty if it has none."""
    inform: str = ""
    """The policy's sentence that the lead professional or chair is informed; empty if it has none."""
    duties: list[Text] = []
    """What else is to be done at this stage, as printed."""

    @property
    def to_do(self) -> list[str]:
        """Everything that the policy asks of people at this stage, in its words."""
        return [text for text in (self.consult, self.inform, *self.duties) if text]


class Ladder(Part):
    """One of several ladders, chosen by what the disagreement is about."""

    id: Id
    label: Text
    """The kind of issue: "A decision of a child protection conference"."""
    words: str = ""
    stages: list[Id] = Field(min_length=1)
    """Ids of its stages, lowest first; a stage may stand in several ladders."""


class AdviceRoute(Part):
    """A way to advice beside the ladder, which does not move the stage: the designated doctor, the IRO, the MASH."""

    id: Id
    label: Text
    words: Text
    """What the policy says of it."""
    contact: str = ""
    stages: list[Id] = []
    """At which stages it is offered; empty: at all."""


class Skips(Part):
    """Whether a stage may be left out."""

    allowed: Literal["silent", "next_only", "to_stages"] = "silent"
    """`silent`: the policy says nothing, so it is allowed with a reason and a warning. `next_only`: each stage in turn
    (going to the next one early is always possible). `to_stages`: straight to those in `to`."""
    to: list[Id] = []
    decided_by: Literal["raiser", "manager", "safeguarding_lead", "partnership"] = "manager"
    """Who decides it: nobody else; the manager; one's own safeguarding lead; the partnership, whose word is noted."""
    reason_required: bool = True
    """Whether the policy wants a reason. For the record: the bot asks for one whenever a stage is left out."""
    words: str = ""
    """The policy's own sentence, if it has one."""
    hint: str = ""
    """Our own sentence where the policy says nothing of leaving a stage out."""


class SinglePoint(Part):
    """Where an agency is reached about escalations at some stages: a mailbox or a telephone, not a person."""

    agency: Text
    """As people write it; small and capital letters are the same."""
    stages: list[Id] = []
    """Empty: at every stage."""
    name: Text
    email: str = ""
    phone: str = ""
    checked_on: date | None = Field(default=None, strict=False)
    """The day on which somebody last tried it; people are warned where that is long ago or never."""
