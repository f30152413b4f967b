"""What concerns somebody, as it stands now: all of it, or one escalation with what can be done about it.

Whoever looks at an escalation that is not theirs alone stands in its history.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk import Desk
from bot.escalation import Conversation, Escalation, Status
from bot.flows import drafts
from bot.flows.mine import LeftOut, my_escalations
from bot.flows.mine import home as page
from bot.messages import Message

SHOWN_AT_ONCE = 12
"""So many escalations or drafts fit into one message on every platform."""


AT_MOST = 3
"""So many messages fit into one page."""


def mine(desk: Desk) -> list[Message]:
    """What waits for the person, what they lead, what names them, what was reported to their team, and drafts."""
    return _mine(desk, desk.tx.drafts(desk.me.id), looked=True)


def home(desk: Desk, *, looked: bool) -> Message:
    """The same as a page of the person's own, with what they are in the middle of. `looked`: they look at it now."""
    present = desk.tx.conversation(desk.me.id)
    begun = [present] if present is not None and drafts.is_waiting(present) else []
    found = _mine(desk, [*desk.tx.drafts(desk.me.id), *begun], looked=looked)
    return page(desk.context(), found[:AT_MOST], more=len(found) > AT_MOST)


def _mine(desk: Desk, waiting: Sequence[Conversation], *, looked: bool) -> list[Message]:
    seen, asked, reported = desk.seen(), desk.waiting(), desk.reported()
    shown = _going_on(desk, seen)[:SHOWN_AT_ONCE]
    asked_now, reported_last, drafts_last = asked[:SHOWN_AT_ONCE], reported[-SHOWN_AT_ONCE:], waiting[-SHOWN_AT_ONCE:]
    if looked:
        desk.note_viewed([*(each.reference for each in shown), *(each.reference for each in reported_last)])
    left_out = LeftOut(
        len(asked) - len(asked_now), len(reported) - len(reported_last), len(waiting) - len(drafts_last)
    )  # fmt: skip
    c, more = desk.context_of(shown), len(seen) - len(shown)
    return my_escalations(c, shown, more, drafts_last, asked_now, reported_last, left_out)


def _going_on(desk: Desk, seen: Sequence[Escalation]) -> list[Escalation]:
    """Those that are open first, and of these those that the person leads: not all of them may be shown."""
    going_on = [each for each in seen if each.status in {Status.OPEN, Status.RESOLVED}]
    return sorted(going_on, key=lambda each: (each.status is not Status.OPEN, each.raiser != desk.me.id))


def one(desk: Desk, reference: str) -> list[Message]:
    """One escalation, with what waits for the person in it; all that concerns them where none is named."""
    if not reference:
        return mine(desk)
    escalation = desk.doing("why", reference)
    desk.note_viewed([reference])
    waiting = [(asked, about) for asked, about in desk.waiting() if about.reference == reference]
    return my_escalations(desk.context_of([escalation]), [escalation], 0, [], waiting)
