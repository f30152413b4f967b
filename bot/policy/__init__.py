"""What a policy file may say. One YAML file in `policies/` is one partnership's procedure.

Rule 1: whatever differs between partnerships is here, as data; no expressions and no templates.
Rule 2: a rule that YAML can choose has a name here (`rule:`, `on:`, `kind:`, `layout:`) and its Python elsewhere.
Rule 3: words of the partnership are verbatim, typos kept; our own help is called `hint`.
Rule 4: a key that is there "for the record" is carried, not said: it keeps the paper whole, and nothing depends on it.

Reading files, and sentences about what is wrong in them, live in the folder `policy_files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field

from bot.policy.forms import (
    Circumstance,
    FollowUp,
    Form,
    FormField,
    Moment,
    Prefill,
    Recipient,
    Section,
    Trigger,
    Who,
)
from bot.policy.limits import (
    Agreed,
    Allowance,
    Anchor,
    AnyLimit,
    Clock,
    Closure,
    Cumulative,
    FurtherAndTotal,
    Limit,
    NoClock,
    PerStage,
    Priorities,
    Priority,
    PriorityLimit,
    Since,
    StageClock,
    Unit,
    Within,
)
from bot.policy.nudges import HOUR, Digest, Nudges, Weekday
from bot.policy.origin import Partnership, Provenance, Scope, Source, Vocabulary
from bot.policy.parts import ChannelName, Days, Domain, Id, Language, Part, Side, Subject, Text, keys_of
from bot.policy.said import (
    Advice,
    Boundary,
    Contact,
    Danger,
    Measure,
    Reason,
    RecordDuty,
    Reporting,
    Retention,
)
from bot.policy.stages import (
    AdviceRoute,
    Branch,
    Judging,
    Ladder,
    NoReply,
    People,
    SectorRole,
    SinglePoint,
    Skips,
    Stage,
)

__all__ = [
    "HOUR", "Advice", "AdviceRoute", "Agreed", "Allowance", "Anchor", "AnyLimit", "Boundary", "Branch",
    "ChannelName", "Circumstance", "Clock", "Closure", "Contact", "Cumulative", "Danger", "Days", "Digest", "Domain",
    "FollowUp", "Form", "FormField", "FurtherAndTotal", "Id", "Judging", "Ladder", "Language", "Limit", "Measure",
    "Moment", "NoClock", "NoReply", "Nudges", "Part", "Partnership", "People", "PerStage", "Policy", "Prefill",
    "Priorities", "Priority", "PriorityLimit", "Provenance", "Reason", "Recipient", "RecordDuty", "Reporting",
    "Retention", "Scope", "Section", "SectorRole", "Side", "Since", "SinglePoint", "Skips", "Source", "Stage",
    "StageClock", "Subject", "Text", "Trigger", "Unit", "Vocabulary", "Weekday", "Who", "Within", "as_taken",
    "keys_of",
]  # fmt: skip


class Policy(Part):
    """One partnership's whole procedure, in one language."""

    id: Id
    version: Text
    """Pinned to every escalation that is begun under it."""
    effective_from: date | None = Field(default=None, strict=False)
    """The first day on which escalations are begun under this version; without one: always."""
    name: Text
    partnership: Partnership
    language: Language = "en-GB"
    """The language of the texts that are written once."""
    languages: list[Language] = []
    """Every language in which the texts are given, where there are several; `language` is one of them."""
    provenance: Provenance
    vocabulary: Vocabulary = Vocabulary()
    scope: Scope = Scope()
    subjects: list[Subject] = Field(default=["child"], min_length=1)
    identifiers: Literal["on_forms", "none"] = "on_forms"
    """`none`: nothing that identifies a child may be written anywhere, not even on the form."""
    clock: Clock
    priorities: Priorities | None = None
    danger: Danger
    contacts: list[Contact] = []
    boundaries: list[Boundary] = []
    advice: Advice
    reasons: list[Reason] = []
    stages: list[Stage] = Field(min_length=1)
    ladders: list[Ladder] = []
    """Empty: all stages are one ladder."""
    ladder_question: str = ""
    """How it is asked which ladder applies; the bot has words where this is empty."""
    routes: list[AdviceRoute] = []
    skips: Skips = Skips()
    directory: list[SinglePoint] = []
    forms: list[Form] = []
    record_duties: list[RecordDuty] = []
    reporting: Reporting = Reporting()
    retention: Retention = Retention()
    nudges: Nudges = Nudges()
    digest: Digest = Digest()
    channel: ChannelName
    """The channel in which its escalations have their threads: reference, stage, owner and due date only."""
    mail_domains: list[Domain] = []
    """Exactly where letters may go: what stands behind the @ of a mailbox. Where none is given, real mail leaves for
    the domains of its own forms' recipients only."""

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
        """The next stage up that is always entered, or None if there is none."""
        return next((stage for stage in self.above(stage_id) if not stage.optional), None)

    def above(self, stage_id: str) -> list[Stage]:
        """Every stage above this one, lowest first."""
        ids = [stage.id for stage in self.ladder]
        return self.ladder[ids.index(stage_id) + 1 :]

    def next_steps(self, stage_id: str) -> list[Stage]:
        """The stages that can be entered next without leaving one out: optional ones, and the first that is not."""
        steps: list[Stage] = []
        for stage in self.above(stage_id):
            steps.append(stage)
            if not stage.optional:
                break
        return steps

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other reasons offers those."""
        copied = super().model_copy(update=update, deep=deep)
        vars(copied).pop("offered_reasons", None)
        return copied

    @cached_property
    def offered_reasons(self) -> list[Reason]:
        """The categories of disagreement to tick: the policy's reasons, or else its printed examples."""
        examples = enumerate(self.advice.examples, 1)
        return self.reasons or [Reason(id=f"example-{n}", label=text.rstrip("; ")) for n, text in examples]

    def runs_from(self, anchor: Since) -> bool:
        """Whether any limit of a stage, a branch, a priority or a clock runs from this day."""
        limits: list[AnyLimit] = []
        for stage in self.stages:
            limits += [stage.limit, *(each.limit for each in stage.limits), *(each.limit for each in stage.branches)]
            limits += [each.limit for each in stage.clocks]
        return any(isinstance(limit, Within) and limit.since == anchor for limit in limits)

    def reached_at(self, agency: str, stage_id: str) -> SinglePoint | None:
        """Where this agency is reached at a stage, if the directory says it: an entry for the stage before others."""
        wanted = " ".join(agency.casefold().split())
        points = [each for each in self.directory if " ".join(each.agency.casefold().split()) == wanted]
        named = (each for each in points if stage_id in each.stages)
        return next(named, next((each for each in points if not each.stages), None))

    def form(self, form_id: str) -> Form:
        return next(form for form in self.forms if form.id == form_id)

    def taken(self, ladder: str = "", branches: Mapping[str, str] | None = None, priority: str = "") -> Self:
        """The policy as it holds for one escalation: the stages of its ladder only, each as its branch and priority
        make it. Choices that the policy does not have change nothing.
        """
        if not self.ladders and not branches and self.priorities is None:
            return self
        chosen = next((each for each in self.ladders if each.id == ladder), self.ladders[0] if self.ladders else None)
        by_id = {stage.id: stage for stage in self.stages}
        before = [stage for stage in self.stages if stage.before_clock]
        ordered = [*before, *(by_id[one] for one in chosen.stages if one in by_id)] if chosen else self.stages
        stages = [as_taken(stage, (branches or {}).get(stage.id, ""), priority) for stage in ordered]
        return self.model_copy(update={"stages": stages})


def as_taken(stage: Stage, branch: str, priority: str) -> Stage:
    """The stage under a priority and in one of its branches; the branch has the last word."""
    changes: dict[str, Any] = {}
    limit = next((each.limit for each in stage.limits if each.priority == priority), None)
    if limit is not None:
        changes["limit"] = limit
    chosen = next((each for each in stage.branches if each.id == branch), None)
    if chosen is not None:
        changes |= {"limit": chosen.limit}
        changes |= {side: who for side in ("raising", "challenged") if (who := getattr(chosen, side))}
        changes |= {"verbatim": [*stage.verbatim, *chosen.verbatim], "duties": [*stage.duties, *chosen.duties]}
    return stage.model_copy(update=changes) if changes else stage
