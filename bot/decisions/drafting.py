"""Conversations that wait: looking again at those that somebody was to be told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot import access
from bot.calendars import Calendar
from bot.escalation import Conversation, Escalation
from bot.flows import drafts
from bot.flows.hours import hours
from bot.people import Directory
from bot.policies import Policies
from bot.policy import Policy
from bot.ports import Delivery, Transaction
from bot.timers import Hours, Timer


def fire_drafts(
    tx: Transaction,
    policies: Policies,
    calendars: Mapping[str, Calendar],
    person: str,
    timers: Sequence[Timer],
    now: datetime,
) -> None:
    """These timers of a person's drafts have come: one message for all that waits, and when they are told again."""
    owner = drafts.owner_of(person)
    come = {timer.key for timer in timers}
    tx.fired(sorted(come), now)
    waits = {draft.id: draft for draft in waiting_drafts(tx, person)}
    told = [waits[timer.about] for timer in timers if timer.about in waits]
    again = [drafts.timer(draft, _policy(tx, policies, draft, now), calendars, now) for draft in told]
    others = [timer for timer in tx.timers(owner) if timer.key not in come]
    tx.set_timers(owner, [*others, *(timer for timer in again if timer)])
    if told:
        moment = max(timer.due for timer in timers).astimezone(UTC)
        about = {"drafts": [draft.id for draft in told], "at": now.isoformat()}
        key = f"draft/{person}/{moment:%Y-%m-%dT%H:%M}"
        tx.add_deliveries([Delivery(key, "direct", person, made="draft", about=about)])


def hours_of_draft(
    tx: Transaction,
    policies: Policies,
    calendars: Mapping[str, Calendar],
    person: str,
    draft_id: str,
    now: datetime,
) -> Hours:
    """In which hours this person is told of this draft."""
    draft = next((draft for draft in waiting_drafts(tx, person) if draft.id == draft_id), None)
    return hours(_policy(tx, policies, draft, now) if draft else None, calendars)


def waiting_drafts(tx: Transaction, person: str) -> list[Conversation]:
    """What this person has put aside or left in the middle, and can still go on with; the open one last."""
    present = tx.conversation(person)
    found = [*tx.drafts(person), *([present] if present else [])]
    return [draft for draft in found if drafts.is_waiting(draft) and _may_go_on(tx, draft)]


def _may_go_on(tx: Transaction, draft: Conversation) -> bool:
    approval = tx.approval(draft.seed["approval"]) if "approval" in draft.seed else None
    return drafts.may_go_on(draft, _about(tx, draft), approval, Directory(tx.person, tx.people))


def _about(tx: Transaction, draft: Conversation) -> Escalation | None:
    return access.as_the_bot(tx.escalation(draft.about)) if draft.about else None


def _policy(tx: Transaction, policies: Policies, draft: Conversation, now: datetime) -> Policy | None:
    return drafts.policy_of(policies, draft, _about(tx, draft), now)
