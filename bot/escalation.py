"""One professional disagreement, taken through the stages of a policy: the record, and the steps that change it.

Rule 1: everything that moves an escalation lives in this file.
Rule 2: nothing here knows the time, the database or the chat platform.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from bot.deadlines import Course
from bot.errors import InvalidAnswer, NotAllowed
from bot.policy import Side, Subject

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
REFERENCE = re.compile(rf"E-[{DIGITS}][{ALPHABET}]{{2}}-[{DIGITS}][{ALPHABET}]{{2}}")


def new_reference() -> str:
    """A reference that is spoken aloud easily: E-4KX-7PW; no 0/O/1/I, a digit in every third place so no words."""
    letters = [secrets.choice(DIGITS if place % 3 == 0 else ALPHABET) for place in range(6)]
    return "E-" + "".join(letters[:3]) + "-" + "".join(letters[3:])


def reference_in(text: str) -> str:
    """The first reference that stands in a text, "" where none does."""
    match = REFERENCE.search(text.upper())
    return match[0] if match else ""


NOTICES, CLOCKS_MET = "notices", "clocks_met"
OF_ITS_COURSE = (NOTICES, CLOCKS_MET)
"""The only fields that dates follow from."""


class Status(StrEnum):
    """Where an escalation stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    """Agreed or decided, but a report is still to be sent."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What can be done with an escalation. A step that the table below does not list for a status is refused."""

    UPDATE = "update"
    ASK = "ask for approval"
    ANSWER = "answer a request"
    MOVE = "move"
    RESOLVE = "resolve"
    REPORT = "report"
    CLOSE = "close"
    COME_BACK = "note that it came back"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


# Resolving ends at RESOLVED while a report is still to be sent, and goes on to CLOSED when none is. A report that comes
# back is to be sent again.
STEPS: Mapping[Status, Mapping[Step, Status]] = {
    Status.OPEN: {
        Step.UPDATE: Status.OPEN,
        Step.ASK: Status.OPEN,
        Step.ANSWER: Status.OPEN,
        Step.MOVE: Status.OPEN,
        Step.REPORT: Status.OPEN,
        Step.RESOLVE: Status.RESOLVED,
        Step.WITHDRAW: Status.WITHDRAWN,
    },
    Status.RESOLVED: {
        Step.UPDATE: Status.RESOLVED,
        Step.ANSWER: Status.RESOLVED,
        Step.REPORT: Status.RESOLVED,
        Step.CLOSE: Status.CLOSED,
        Step.REOPEN: Status.OPEN,
    },
    Status.CLOSED: {
        Step.UPDATE: Status.CLOSED,
        Step.REPORT: Status.CLOSED,
        Step.COME_BACK: Status.RESOLVED,
        Step.ANSWER: Status.CLOSED,
        Step.REOPEN: Status.OPEN,
    },
    Status.WITHDRAWN: {
        Step.UPDATE: Status.WITHDRAWN,
        Step.REPORT: Status.WITHDRAWN,
        Step.ANSWER: Status.WITHDRAWN,
        Step.REOPEN: Status.OPEN,
    },
}


def take(escalation: Escalation, step: Step) -> Escalation:
    """The escalation with the status that the step leads to; NotAllowed where the table has no such step."""
    after = STEPS[escalation.status].get(step)
    if after is None:
        raise NotAllowed(
            f"{escalation.reference} is {escalation.status.value}, so this can no longer be done: {step.value}."
        )
    return replace(escalation, status=after)


def move_to(escalation: Escalation, stage: str, on: date, at: datetime) -> Escalation:
    """At `stage` from `on`, the local day of the moment `at`."""
    moved = take(escalation, Step.MOVE)
    entered, moments = {**moved.entered, stage: on}, {**moved.entered_at, stage: at}
    return replace(moved, stage=stage, entered=entered, entered_at=moments)


def resolve(escalation: Escalation, on: date, answers: Mapping[str, Any]) -> Escalation:
    """Resolved at the stage where it stands, on a day not before it was raised for the first time."""
    ended = take(escalation, Step.RESOLVE)
    if on < escalation.concern:
        raise InvalidAnswer(
            f"It cannot have been resolved on {on:%d/%m/%Y}, before the concern on {escalation.concern:%d/%m/%Y}."
        )
    return replace(ended, resolved_on=on, resolved_at=escalation.stage, fields={**ended.fields, **answers})


@dataclass(frozen=True)
class Escalation:
    """The record. Everything in `fields` is sealed in the store; all else may stand in a digest.

    `fields` is JSON by name: people at a stage under "people.<stage>.<side>", form answers under
    "form.<form>.<instance>", and the answers of the conversations under their own names.
    """

    reference: str
    policy: str
    policy_version: str
    raiser: str
    raiser_agency: str
    challenged_agency: str
    subject: Subject
    stage: str
    concern: date
    opened: datetime
    status: Status = Status.OPEN
    entered: Mapping[str, date] = field(default_factory=dict)
    entered_at: Mapping[str, datetime] = field(default_factory=dict)
    """The moment at which each stage was entered, where it was entered here and not corrected since: for limits in
    hours."""
    agreed: Mapping[str, date] = field(default_factory=dict)
    sooner: Mapping[str, date] = field(default_factory=dict)
    """A shorter date than the policy's, by stage, because this child needs it."""
    days: Mapping[str, date] = field(default_factory=dict)
    """Other days from which limits run, by the name of their anchor: {"decision_received": …}."""
    ladder: str = ""
    """Which of the policy's ladders it is on; "" where there is one only."""
    branches: Mapping[str, str] = field(default_factory=dict)
    """Which branch was chosen, by stage."""
    priority: str = ""
    language: str = "en-GB"
    """In which the policy's words are said and its forms are printed."""
    resolved_on: date | None = None
    resolved_at: str = ""
    """The stage at which it was resolved."""
    thread: str = ""
    """Key of the delivery that began its thread."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """Form moments already sent: "form/instance/moment" -> ISO date and time."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1

    def with_fields(self, **more: Any) -> Escalation:
        return replace(self, fields={**self.fields, **more})

    @property
    def course(self) -> Course:
        """What its dates follow from."""
        return Course(
            concern=self.concern,
            entered=self.entered,
            agreed=self.agreed,
            sooner=self.sooner,
            entered_at=self.entered_at,
            days=self.days,
            notices={stage: date.fromisoformat(on) for stage, on in (self.fields.get(NOTICES) or {}).items()},
            done={name: date.fromisoformat(on) for name, on in (self.fields.get(CLOCKS_MET) or {}).items()},
        )

    @property
    def withdrawn_on(self) -> date | None:
        """The day on which it was withdrawn, where it is and that day was noted."""
        on = self.fields.get("withdrawn_on") if self.status is Status.WITHDRAWN else None
        return date.fromisoformat(on) if on else None

    def person(self, stage: str, side: Side) -> Mapping[str, str]:
        """Who acts for this side at this stage, as a Professional answer; {} if nobody is recorded."""
        return dict(self.fields.get(f"people.{stage}.{side}") or {})

    def deputy(self, stage: str) -> Mapping[str, str]:
        """Who answers for the raising side's manager at this stage; {} if nobody is recorded."""
        return dict(self.fields.get(f"people.{stage}.deputy") or {})

    def with_people(self, stage: str, people: Mapping[str, Mapping[str, str]]) -> Escalation:
        """Exactly these act at the stage; who was recorded there before and is not among them no longer does."""
        recorded = {f"people.{stage}.{side}": dict(person) for side, person in people.items()}
        return self.with_fields(**recorded)


@dataclass(frozen=True)
class Entry:
    """One line of the append-only history. `details` is sealed; `what` is a word from a closed list.

    `by` is a person id, or "bot". `sequence` counts from 1 within the escalation and is given by the store.
    """

    reference: str
    what: str
    by: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0


@dataclass(frozen=True)
class Approval:
    """A request that only the people named at the time of asking may answer.

    `kind` move: may the escalation go to `stage`? `kind` attestation: do you sign this report?
    """

    key: str
    reference: str
    kind: Literal["move", "attestation"]
    asked_by: str
    asked_on: date
    may_answer: tuple[str, ...]
    """Person ids: the named manager and their deputy."""
    stage: str = ""
    form: str = ""
    field_id: str = ""
    post: str = ""
    """Key of the delivery that shows it, edited when it is answered."""
    answer: Literal["", "approved", "declined", "gone_on", "withdrawn"] = ""
    answered_by: str = ""
    reason: str = ""
    """Sealed in the store."""


@dataclass(frozen=True)
class Conversation:
    """Where a person is in a flow: answers by question name, so it can be replayed anywhere.

    `answers`, `pending` and `proposed` are sealed in the store.
    """

    id: str
    person: str
    flow: str
    about: str = ""
    """Reference of the escalation that it is about, "" for a new one."""
    started: datetime | None = None
    policy_version: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    editing: str = ""
    """Name of the question that is open again."""
    pending: Mapping[str, Any] = field(default_factory=dict)
    """What was given and could not be taken as it is: {name, given, problem} or {name, value, doubt}."""
    proposed: Mapping[str, str] = field(default_factory=dict)
    """What its person had said of themselves when it began: it is proposed to them as it was then."""
    message: str = ""
    """Key of the delivery that shows the present question."""
    turn: int = 0
    saved: bool = False
    """Put aside for later."""
    seed: Mapping[str, str] = field(default_factory=dict)
    """Ids that the flow was started with: {"approval": key}."""
