"""What each decision does: one function each, which returns `Effects`.

Nothing is sent here. Every effect is a row that is written together with the change that caused it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.decisions.changing import pass_on, reopen, withdraw
from bot.decisions.dating import agree_date, correct_date, sooner_date
from bot.decisions.deputies import answers_no_longer, name_deputy
from bot.decisions.drafting import fire_drafts, hours_of_draft, waiting_drafts
from bot.decisions.effects import Effects
from bot.decisions.ending import resolve
from bot.decisions.filing import file_it
from bot.decisions.keeping import keep
from bot.decisions.leaving import leave
from bot.decisions.mending import (
    TROUBLE,
    begin_again,
    settle,
    tell_of_a_place,
    tell_of_trouble,
    tell_that_a_letter_waits,
    tell_that_it_is_shut,
)
from bot.decisions.moving import approve, ask_approval, decline, move_now
from bot.decisions.noting import note
from bot.decisions.nudging import fire, rearm, wanted
from bot.decisions.raising import progress, raise_escalation, words_said
from bot.decisions.receiving import acknowledge, answer, is_noted, reminder
from bot.decisions.recording import record
from bot.decisions.remembering import remember
from bot.decisions.reporting import report
from bot.decisions.sending import letter_came_back, letter_left, posted, returned
from bot.decisions.signing import sign, with_signatures
from bot.decisions.snoozing import snooze, snoozed
from bot.decisions.urgency import set_priority
from bot.flows.changing import PassOn, Reopen, Withdraw
from bot.flows.context import Context
from bot.flows.dating import AgreeDate, CorrectDate, SoonerDate
from bot.flows.filing import FileIt
from bot.flows.move import AskApproval, MoveNow
from bot.flows.noting import Note
from bot.flows.posting import Posted, Returned
from bot.flows.recording import Record
from bot.flows.report import Report
from bot.flows.resolve import Resolve
from bot.flows.snoozing import Snooze
from bot.flows.update import Progress, WordsSaid
from bot.flows.urgency import SetPriority

CHANGES: Mapping[type, Callable[[Context, Any, str, datetime], Effects]] = {
    AskApproval: ask_approval,
    MoveNow: move_now,
    Progress: progress,
    WordsSaid: words_said,
    Report: report,
    Note: note,
    AgreeDate: agree_date,
    SoonerDate: sooner_date,
    CorrectDate: correct_date,
    Withdraw: withdraw,
    Reopen: reopen,
    PassOn: pass_on,
    SetPriority: set_priority,
    Resolve: resolve,
    Snooze: snooze,
    FileIt: file_it,
    Record: record,
    Posted: posted,
    Returned: returned,
}
"""The function of each decision that changes an escalation and needs nothing but the conversation's own context."""

__all__ = [
    "CHANGES",
    "TROUBLE",
    "Effects",
    "acknowledge",
    "agree_date",
    "answer",
    "answers_no_longer",
    "approve",
    "ask_approval",
    "begin_again",
    "correct_date",
    "decline",
    "file_it",
    "fire",
    "fire_drafts",
    "hours_of_draft",
    "is_noted",
    "keep",
    "leave",
    "letter_came_back",
    "letter_left",
    "move_now",
    "name_deputy",
    "note",
    "pass_on",
    "posted",
    "progress",
    "raise_escalation",
    "rearm",
    "record",
    "remember",
    "reminder",
    "reopen",
    "report",
    "resolve",
    "returned",
    "set_priority",
    "settle",
    "sign",
    "snooze",
    "snoozed",
    "sooner_date",
    "tell_of_a_place",
    "tell_of_trouble",
    "tell_that_a_letter_waits",
    "tell_that_it_is_shut",
    "waiting_drafts",
    "wanted",
    "with_signatures",
    "withdraw",
    "words_said",
]
