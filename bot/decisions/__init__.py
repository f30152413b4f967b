"""What each decision does: one function each, which returns `Effects`.

Nothing is sent here. Every effect is a row that is written together with the change that caused it.
"""

from __future__ import annotations

from bot.decisions.changing import pass_on, reopen, withdraw
from bot.decisions.dating import agree_date, correct_date, sooner_date
from bot.decisions.effects import Effects
from bot.decisions.ending import resolve, settled
from bot.decisions.keeping import keep
from bot.decisions.moving import approve, ask_approval, decline, move_now
from bot.decisions.noting import note
from bot.decisions.raising import progress, raise_escalation, words_said
from bot.decisions.receiving import acknowledge, answer, reminder
from bot.decisions.reporting import letter_given_up, letter_left, report
from bot.decisions.signing import sign
from bot.decisions.urgency import set_priority

__all__ = [
    "Effects",
    "acknowledge",
    "agree_date",
    "answer",
    "approve",
    "ask_approval",
    "correct_date",
    "decline",
    "keep",
    "letter_given_up",
    "letter_left",
    "move_now",
    "note",
    "pass_on",
    "progress",
    "raise_escalation",
    "reminder",
    "reopen",
    "report",
    "resolve",
    "set_priority",
    "settled",
    "sign",
    "sooner_date",
    "withdraw",
    "words_said",
]
