"""Every error of the bot, sorted by who must act.

EscalationBotError
├── InvalidAnswer        the practitioner: the same question is asked again, with this reason
│   └── Doubtful         the practitioner: it could be read, but something was assumed; yes or no?
├── NotAllowed           the practitioner: a polite refusal that reveals nothing
├── Unavailable          the practitioner: nothing was heard; the same may be tried again in a while
├── PolicyError          the policy author: file, line, key path and remedy of every fault
├── ConfigError          the operator: a setting is missing or wrong; the start is stopped
├── Ended                the operator: the bot has stopped by itself, and is to be started again
├── StoreError           the operator
│   ├── Conflict         nobody: somebody else was faster; the message is heard again
│   ├── SealBroken       content cannot be opened: wrong key file, or it was moved or changed
│   └── SchemaMismatch   the database is older or newer than the program
└── DeliveryError        the operator, or the person who gave the address
    ├── TryLater         the remote is busy
    │   ├── Away         it cannot be reached by anybody: that is no fault of what was to be said, which waits
    │   │   └── Shut     it lets the bot do nothing until somebody mends that, who is told; and all of it waits
    │   └── Unclear      it did not answer: it may have been done, so it is asked before it is done again
    ├── CannotTell       the remote cannot be asked whether it was done; a person decides
    └── Refused          the remote said no; trying again would not help

Every message is a whole sentence that says what happened and what to do. Messages never carry an answer
that could identify a child, except `InvalidAnswer`, which is shown only to the person who typed it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any


class EscalationBotError(Exception):
    """The root: catch this at an outer edge, and nothing wider."""


class InvalidAnswer(EscalationBotError):
    """What was typed cannot be read. The text is shown to the person who typed it, and to nobody else."""


class Doubtful(InvalidAnswer):
    """An answer that was read by assuming something, so the person is asked to confirm it.

    `value` is the answer as it would be stored; `because` completes the sentence "I read this as …".
    """

    def __init__(self, value: Any, because: str) -> None:
        super().__init__(because)
        self.value = value
        self.because = because


class NotAllowed(EscalationBotError):
    """The person may not see or do this. The text never reveals whether an escalation exists."""


class Unavailable(EscalationBotError):
    """The bot cannot hear anything at the moment. Nothing was saved, and nothing that was given before is lost."""


class PolicyError(EscalationBotError):
    """A policy file is wrong. `faults` lists all of them, each a line for its author."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class ConfigError(EscalationBotError):
    """A setting or a shipped file is missing or wrong: names it, and says what to do."""


class Ended(EscalationBotError):
    """The bot cannot go on, and nobody told it to stop: whatever runs it starts it again."""


class StoreError(EscalationBotError):
    """The store cannot do what was asked of it."""


class Conflict(StoreError):
    """The record was changed by somebody else since it was read; read it again and repeat."""


class SealBroken(StoreError):
    """Sealed content cannot be opened with this key for this record and field."""


class SchemaMismatch(StoreError):
    """The tables in the database are not the ones that this version of the program knows."""


class DeliveryError(EscalationBotError):
    """A delivery was not carried out."""


class TryLater(DeliveryError):
    """The remote is busy. `after` says how long it asked us to wait, if it did."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Away(TryLater):
    """Nobody reaches the remote at the moment. Nothing was done, and nothing is given up because of it."""


class Shut(Away):
    """The remote does not let the bot in, or not do this: whoever looks after the bot has to mend that."""


class Unclear(TryLater):
    """There was no answer, so it may have been done. The remote is asked before it is done again."""


class CannotTell(DeliveryError):
    """The remote cannot be asked whether something was done; a person has to look."""


class Refused(DeliveryError):
    """The remote said no, and would again."""
