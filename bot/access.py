"""Who may see an escalation, and who may do what with it. The shell has no other way to one.

Each condition stands on its own line. Nobody is let in by an agency, a role or a name that they could type:
only by the id under which their platform knows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import NotAllowed
from bot.escalation import Approval, Escalation

REFUSAL = (
    "I cannot find an escalation with that reference that you are part of. "
    "Please check it, or ask whoever gave it to you."
)
"""The same whether there is no such escalation or the person is not part of it."""


def named_people(escalation: Escalation) -> set[str]:
    """Ids of those recorded at any stage on either side, deputies included."""
    recorded = (value for name, value in escalation.fields.items() if name.startswith("people."))
    return {person["person"] for person in recorded if person and person.get("person")}


def may_see(person: str, escalation: Escalation) -> bool:
    """The raiser and everybody who is recorded at a stage."""
    if person == escalation.raiser:
        return True
    return person in named_people(escalation)


def may_act(person: str, escalation: Escalation) -> bool:
    """Who may update, move, report on and resolve it: the raiser, who keeps responsibility for it."""
    return person == escalation.raiser


def may_answer(person: str, approval: Approval, escalation: Escalation) -> bool:
    """Only those who were named when it was asked. A move is never approved by whoever asks for it."""
    if approval.kind == "move" and person in {approval.asked_by, escalation.raiser}:
        return False
    return person in approval.may_answer


def let_see(person: str, escalation: Escalation | None, approvals: Sequence[Approval] = ()) -> Escalation:
    """The escalation, or NotAllowed in words that do not reveal whether it exists.

    Whoever has been asked something about it, and has not answered yet, may see what answering needs.
    """
    if escalation is None:
        raise NotAllowed(REFUSAL)
    asked = any(not each.answer and may_answer(person, each, escalation) for each in approvals)
    if not asked and not may_see(person, escalation):
        raise NotAllowed(REFUSAL)
    return escalation


def let_act(person: str, escalation: Escalation | None) -> Escalation:
    """The escalation for somebody who may act on it."""
    seen = let_see(person, escalation)
    if not may_act(person, seen):
        raise NotAllowed(
            f"{seen.reference} is led by the person who raised it, so only they can do this. You can ask them to."
        )
    return seen


def let_answer(person: str, approval: Approval | None, escalation: Escalation | None) -> Approval:
    """The request for somebody who may answer it."""
    if approval is None or escalation is None:
        raise NotAllowed(REFUSAL)
    if may_answer(person, approval, escalation):
        return approval
    if person in {approval.asked_by, escalation.raiser}:
        raise NotAllowed(
            "This is your own request, so somebody else must answer it: the manager named in it, or their deputy."
        )
    raise NotAllowed("Only the manager named in this request, or their deputy, can answer it. Nothing was changed.")
