"""Conversations. Each file is one, or a few short ones, and reads like it.

`FLOWS` names every conversation that can be begun; drafts are kept under these names.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.flows.changing import pass_on, reopen, withdraw
from bot.flows.context import Asking, Context
from bot.flows.dating import agree, correct, sooner
from bot.flows.deputies import deputy
from bot.flows.escalate import escalate
from bot.flows.filing import file_it
from bot.flows.move import decline, jump, move
from bot.flows.noting import note
from bot.flows.posting import returned
from bot.flows.receiving import received
from bot.flows.recording import record
from bot.flows.report import report
from bot.flows.resolve import resolve
from bot.flows.snoozing import snooze
from bot.flows.update import say, update
from bot.flows.urgency import priority
from bot.flows.why import why

FLOWS: dict[str, Callable[[Context], Asking]] = {
    "escalate": escalate,
    "received": received,
    "report": report,
    "update": update,
    "say": say,
    "move": move,
    "jump": jump,
    "decline": decline,
    "resolve": resolve,
    "note": note,
    "agree": agree,
    "sooner": sooner,
    "correct": correct,
    "pass": pass_on,
    "withdraw": withdraw,
    "reopen": reopen,
    "priority": priority,
    "why": why,
    "snooze": snooze,
    "file": file_it,
    "record": record,
    "returned": returned,
    "deputy": deputy,
}
