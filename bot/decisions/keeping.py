"""Keeping what a decision did: the record, its history, the requests, and when it is looked at again, in the
transaction of whoever decided."""

from __future__ import annotations

from bot import access
from bot.decisions.effects import Effects, as_it_is
from bot.decisions.nudging import edit_changed, rearm
from bot.decisions.snoozing import keep_snoozes
from bot.flows.context import Context
from bot.ports import Transaction
from bot.replay import explained


def keep(tx: Transaction, c: Context, done: Effects, *, new: bool = False) -> None:
    """Save the record, with the lines of history that explain every change of it. Raises Conflict.

    `c` is the world in which it was decided. What is to be said because of it is left to the caller, who may have more
    to say; edits of what nudges have said before are among it from now on.
    """
    before = None if new else access.as_the_bot(tx.escalation(done.escalation.reference))
    if new:
        tx.add_escalation(done.escalation)
    else:
        tx.save_escalation(done.escalation)
    tx.add_history(explained(before, done.escalation, done.history))
    for approval in done.approvals:
        tx.keep_approval(approval)
    keep_snoozes(tx, done)
    rearm(tx, as_it_is(c, done), done.escalation, done.now)
    if before is not None:
        edit_changed(tx, c, before, done)
