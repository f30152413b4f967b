"""Made-up records that several tests of the store begin from."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.escalation import Approval, Conversation, Escalation

NOON = datetime(2026, 3, 27, 12, 0, 0, 123456, tzinfo=UTC)

ESCALATION = Escalation(
    reference="E-4KX-7PW",
    policy="herefordshire",
    policy_version="2026-01",
    raiser="console:asha",
    raiser_agency="Health",
    challenged_agency="Children’s Social Care",
    subject="child",
    stage="stage-1",
    concern=date(2026, 3, 20),
    opened=NOON,
    entered={"stage-1": date(2026, 3, 20)},
    agreed={"response": date(2026, 3, 24)},
    thread="E-4KX-7PW/post/1",
    sent={"form/1/opened": "2026-03-27T12:00:00+00:00"},
    fields={"people.stage-1.raising": {"name": "Asha Rao"}, "child.name": "Wren Oakley"},
)
CONVERSATION = Conversation(
    id="c-1",
    person="console:asha",
    flow="raise",
    started=NOON,
    policy_version="2026-01",
    answers={"in_danger": False, "child": {"name": "Wren Oakley"}},
    editing="child",
    pending={"name": "dob", "given": "3/4/26", "problem": "Which year?"},
    message="c-1/3",
    turn=3,
    seed={"approval": "a-1"},
)
APPROVAL = Approval(
    key="a-1",
    reference="E-4KX-7PW",
    kind="move",
    asked_by="console:asha",
    asked_on=date(2026, 3, 27),
    may_answer=("console:ben", "console:deputy"),
    stage="stage-2",
)
