"""Rows of the table `approvals`: who was asked for what, and what they answered, with their reason sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from bot.escalation import Approval
from bot.store.keeping import keep
from bot.store.prepared import Prepared
from bot.store.tables import approvals
from bot.store.vault import Vault, of_escalation

# Made once: that takes longer than asking.
_ONE = Prepared(select(approvals).where(approvals.c.key == bindparam("this")))
_OF_ESCALATION = Prepared(
    select(approvals).where(approvals.c.reference == bindparam("this")).order_by(approvals.c.number)
)


def one(connection: Connection, vault: Vault, key: str) -> Approval | None:
    row = _ONE.first(connection, {"this": key})
    return None if row is None else _approval(row, vault)


def of(connection: Connection, vault: Vault, reference: str) -> list[Approval]:
    """All that were ever asked for this escalation, oldest first."""
    return [_approval(row, vault) for row in _OF_ESCALATION.rows(connection, {"this": reference})]


def keep_one(connection: Connection, vault: Vault, approval: Approval) -> None:
    owner = of_escalation(approval.reference)
    row = {
        "key": approval.key,
        "reference": approval.reference,
        "kind": approval.kind,
        "asked_by": approval.asked_by,
        "asked_on": approval.asked_on,
        "may_answer": list(approval.may_answer),
        "stage": approval.stage,
        "form": approval.form,
        "field_id": approval.field_id,
        "post": approval.post,
        "answer": approval.answer,
        "answered_by": approval.answered_by,
        "sealed_reason": vault.seal(owner, _reason(approval.key), approval.reason),
    }
    keep(connection, approvals, "key", row)


def _approval(row: Any, vault: Vault) -> Approval:
    values = row._asdict()
    del values["number"]
    sealed = values.pop("sealed_reason")
    values["may_answer"] = tuple(values["may_answer"])
    return Approval(**values, reason=vault.open(of_escalation(row.reference), _reason(row.key), sealed))


def _reason(key: str) -> str:
    return f"approval/{key}/reason"
