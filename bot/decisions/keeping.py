"""Keeping what a decision did: the record, its history and the requests, in the transaction of whoever decided."""

from __future__ import annotations

from bot import access
from bot.decisions.effects import Effects
from bot.ports import Transaction
from bot.replay import explained


def keep(tx: Transaction, done: Effects, *, new: bool = False) -> None:
    """Save the record, with the lines of history that explain every change of it. Raises Conflict.

    What is to be said because of it is left to the caller, who may have more to say.
    """
    before = None if new else access.as_the_bot(tx.escalation(done.escalation.reference))
    if new:
        tx.add_escalation(done.escalation)
    else:
        tx.save_escalation(done.escalation)
    tx.add_history(explained(before, done.escalation, done.history))
    for approval in done.approvals:
        tx.keep_approval(approval)
