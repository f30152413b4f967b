"""What the bot hears and says, and the protocols that platforms, mail and store fulfil.

Rule 1: a port is as narrow as the need.
Rule 2: what is heard carries the sender's own event id; what is said carries a key that makes it unique.
"""

from bot.people import Account, Person
from bot.ports.heard import Answered, Command, Heard, Pressed, Typed
from bot.ports.reached import Reference
from bot.ports.remotes import ANSWERS_WITHIN, Chat, Documents, Mailbox, Mailer, Profiles, Returned, Worker
from bot.ports.said import (
    IN_HOURS_OF,
    Attachment,
    Delivery,
    DeliveryKind,
    Due,
    Handed,
    Letter,
    Made,
    State,
    Trouble,
)
from bot.ports.store import Store, Transaction

__all__ = [
    "ANSWERS_WITHIN", "IN_HOURS_OF", "Account", "Answered", "Attachment", "Chat", "Command", "Delivery",
    "DeliveryKind", "Documents", "Due", "Handed", "Heard", "Letter", "Made", "Mailbox", "Mailer", "Person",
    "Pressed", "Profiles", "Reference", "Returned", "State", "Store", "Transaction", "Trouble", "Typed", "Worker",
]  # fmt: skip
