"""What there is of an escalation goes to the mailbox of whoever asked for it, and the history says so."""

from __future__ import annotations

from datetime import datetime

from bot.decisions.effects import Effects
from bot.flows.context import Context
from bot.flows.filing import FileIt
from bot.messages import Message, Words
from bot.ports import Delivery


def file_it(c: Context, d: FileIt, prefix: str, now: datetime) -> Effects:
    """One letter to their own mailbox; it is made when it is sent, of what they may read then."""
    done = Effects(prefix, c.me.id, now, c.escalation)
    done.note("copy asked for", stage=c.escalation.stage, to=c.me.email)
    about = {"person": c.me.id}
    reference = d.reference
    done.deliveries.append(
        Delivery(done.key(), "letter", f"{reference}/file", reference=reference, made="file", about=about)
    )
    text = c.words("file.on_its_way", reference=reference)
    done.tell(c.me.id, Message(text, (Words(text),)))
    return done
