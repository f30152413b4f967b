"""What becomes of a letter once it was confirmed: taken by the mail, refused, begun again, posted, or come back.

Rule: what did not arrive is due again, its notices start no clock, and the raiser learns what to do, privately.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.decisions.effects import Effects, renew_dates, renew_face
from bot.decisions.ending import close_if_complete
from bot.errors import NotAllowed
from bot.escalation import NOTICES, Escalation, Status, Step, take
from bot.flows import faces
from bot.flows.beginning import value
from bot.flows.context import Context
from bot.flows.posting import Posted, Returned, place_of
from bot.flows.ticks import record_of
from bot.messages import Button, Buttons, Message, Part, Words
from bot.notices import stage_of, with_notices
from bot.ports import Delivery
from bot.sent_letters import (
    Letter,
    fillings_of,
    goes_by_post,
    gone,
    is_missing,
    letters_of,
    sent_again,
    to_post,
    waits_for_post,
    with_the_partnership,
)

# ── it has gone ──────────────────────────────────────────────────────────────────────────────────────────


def letter_left(
    c: Context, number: str, receipt: str, now: datetime, documents: Mapping[str, str] | None = None
) -> Effects:
    """A letter has been taken by the mail: the record says so, and the escalation is closed if it was the last.

    One that goes by post is now in the raiser's mailbox, and is still to be posted. `documents` are the digests of what
    was attached, by file name.
    """
    letter = {**c.escalation.fields[f"letter.{number}"], "left": now.isoformat(), "documents": dict(documents or {})}
    done = Effects(f"left-{number}", "bot", now, c.escalation.with_fields(**{f"letter.{number}": letter}))
    details = {"letter": number, "to": letter["to"], "receipt": receipt, "documents": letter["documents"]}
    if goes_by_post(letter):
        done.note("report to post", **details, by_post=letter["by_post"])
        _ask_to_post(c, done, letter)
        return done
    done.note("report sent", **details)
    if not close(c, done):
        _show_where_it_is(c, done)
    return done


def _show_where_it_is(c: Context, done: Effects) -> None:
    """The face, where something is with the partnership now that was not, or is not any more; and the dates that rest
    on what has come back."""
    where, dates = with_the_partnership(done.escalation), done.escalation.course
    if where != with_the_partnership(c.escalation) or dates != c.escalation.course:
        renew_dates(c, done)


def _ask_to_post(c: Context, done: Effects, letter: Letter) -> None:
    reference = done.escalation.reference
    text = c.words("post.ready", reference=reference, email=letter["to"], place=place_of(letter))
    posted = Button(c.words("note.posted"), "start", value("note", reference, chosen="posted"), "primary")
    parts: tuple[Part, ...] = (Words(text), Words(c.words("post.until_then"), "strong"), Buttons((posted,)))
    done.tell(done.escalation.raiser, Message(c.words("post.summary", reference=reference), parts))


def close(c: Context, done: Effects) -> bool:
    """Close it if that was the last that was missing, and say so. Returns whether it was."""
    if not close_if_complete(c, done):
        return False
    policy = c.policy_of(done.escalation)
    renew_face(c, done)
    done.post(policy.channel, faces.thread_note(c, done.escalation, "resolve.closed"))
    record = record_of(c, done.escalation)
    text = c.words("resolve.closed_now", reference=done.escalation.reference, record=record)
    done.tell(done.escalation.raiser, Message(text, (Words(text, "strong"),)))
    return True


def posted(c: Context, d: Posted, prefix: str, now: datetime) -> Effects:
    """A letter was posted on this day: what it sends counts as sent from then on, and its notices are of that day."""
    waited = _still(c, to_post(c.escalation), d.number)
    letter = {**waited, "posted": d.on, "notices": dict.fromkeys(waited["notice_of"], d.on)}
    changed = take(c.escalation, Step.REPORT).with_fields(**{f"letter.{d.number}": letter})
    waits = (waits_for_post(each, changed) or is_missing(each, changed) for each in fillings_of(letter))
    gone_now = [each for each, waiting in zip(fillings_of(letter), waits, strict=True) if not waiting]
    changed = replace(changed, sent={**changed.sent, **dict.fromkeys(gone_now, _moment(c, d.on, now))})
    done = Effects(prefix, c.me.id, now, with_notices(changed, c.escalation))
    details = {"letter": d.number, "by_post": letter["by_post"], "documents": letter.get("documents") or {}}
    done.note("report posted", on=d.on, **details)
    renew_dates(c, done)
    text = c.words("note.kept", reference=d.reference)
    done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
    close(c, done)
    return done


def _still(c: Context, among: Mapping[str, Letter], number: str) -> Letter:
    if number not in among:
        raise NotAllowed(c.words("note.not_now", reference=c.escalation.reference))
    return among[number]


def _moment(c: Context, on: str, now: datetime) -> str:
    """In the middle of that day, so that it is that day wherever it is read; never after now."""
    noon = datetime.combine(date.fromisoformat(on), time(12), ZoneInfo(c.policy_of(c.escalation).clock.zone))
    return min(noon, now).isoformat()


# ── it has not arrived ───────────────────────────────────────────────────────────────────────────────────


def letter_in_doubt(c: Context, number: str, documents: Mapping[str, str], reason: str, now: datetime) -> Effects:
    """Nobody can tell whether a letter has arrived; which documents it holds is kept for whoever finds out."""
    letter = {**c.escalation.fields[f"letter.{number}"], "documents": dict(documents)}
    done = Effects(f"in-doubt-{number}", "bot", now, c.escalation.with_fields(**{f"letter.{number}": letter}))
    done.note("report in doubt", letter=number, to=letter["to"], reason=reason, documents=letter["documents"])
    return done


def letter_given_up(c: Context, number: str, reason: str, now: datetime) -> Effects:
    """A letter could not be delivered: what it was to send is due again, and the raiser learns what to do."""
    done = _due_again(c, number, {"given_up": now.isoformat()}, "given-up", "bot", now)
    letter = done.escalation.fields[f"letter.{number}"]
    done.note("report not delivered", letter=number, to=letter["to"], reason=reason)
    if sent_again(done.escalation, number):
        _show_where_it_is(c, done)
        return done
    renew_dates(c, done)
    reference = done.escalation.reference
    trouble = f"{reference}/letter/{number}"
    try_again = Button(c.words("act.try_again"), "try again", trouble)
    buttons = Buttons((_again_button(c), try_again))
    text = c.words("given_up.letter", reference=reference, reason=reason)
    message = Message(c.words("given_up.summary", reference=reference), (Words(text, "warning"), buttons))
    about = {"trouble": trouble}
    done.deliveries.append(
        Delivery(done.key(), "direct", done.escalation.raiser, message, reference=reference, about=about)
    )
    return done


def returned(c: Context, d: Returned, prefix: str, now: datetime) -> Effects:
    """A letter came back, as somebody says who has it in hands."""
    _still(c, gone(c.escalation), d.number)
    done = letter_came_back(c, d.number, c.me.id, now)
    done.prefix = prefix
    if c.me.id != done.escalation.raiser:
        text = c.words("note.kept", reference=d.reference)
        done.tell(c.me.id, Message(text, (Words(text),)))
    elif sent_again(done.escalation, d.number):
        text = c.words("returned.sent_since", reference=d.reference)
        done.tell(c.me.id, Message(text, (Words(text),)))
    return done


def letter_came_back(c: Context, number: str, by: str, now: datetime) -> Effects:
    """A letter that had gone was not taken by its recipient's side after all: what it sent is due again.

    Where it had closed the escalation, that is open for its form again. The raiser learns which recipient it was.
    """
    at = now.isoformat()
    done = _due_again(c, number, {"given_up": at, "returned": at}, "returned", by, now)
    letter = done.escalation.fields[f"letter.{number}"]
    done.note("report came back", letter=number, to=letter["to"], **_by_post(letter))
    if sent_again(done.escalation, number):
        _show_where_it_is(c, done)
        return done
    if done.escalation.status is Status.CLOSED:
        done.escalation = take(done.escalation, Step.COME_BACK)
    renew_dates(c, done)
    reference, title = done.escalation.reference, c.policy_of(done.escalation).form(letter["form"]).title
    name, place = ("by_post", place_of(letter)) if letter.get("posted") else ("by_mail", letter["to"])
    text = c.words(f"returned.{name}", reference=reference, title=title, place=place)
    parts = (Words(text, "warning"), Buttons((_again_button(c),)), *faces.ownership(c, done.escalation))
    done.tell(done.escalation.raiser, Message(c.words("returned.summary", reference=reference), parts))
    return done


def _due_again(c: Context, number: str, marks: Mapping[str, str], what: str, by: str, now: datetime) -> Effects:
    """The record once a letter has not arrived: the clocks that rest on it run from another one, or wait; and what it
    sent counts as not sent, unless it was sent once more to the same recipient since."""
    letter = {**c.escalation.fields[f"letter.{number}"], **marks}
    changed = c.escalation.with_fields(**{f"letter.{number}": letter})
    done = Effects(f"{what}-{number}{_round(letter)}", by, now, changed)
    if not sent_again(changed, number):
        # Also what an older letter sent, in whose place this one was.
        lost = [each for n, each in letters_of(changed).items() if each.get("given_up") and not sent_again(changed, n)]
        missed = {filling for each in lost for filling in fillings_of(each)}
        changed = replace(changed, sent={name: at for name, at in changed.sent.items() if name not in missed})
    done.escalation = _with_notices_left(c.escalation, changed, replaced=sent_again(changed, number))
    return done


def _with_notices_left(before: Escalation, changed: Escalation, *, replaced: bool) -> Escalation:
    """Where it was sent once more, and that letter does not say of what it gave notice, the day stays."""
    after = with_notices(changed, before)
    was, now = before.fields.get(NOTICES) or {}, after.fields.get(NOTICES) or {}
    left = {stage_of(key) for key in now}
    stays = {key: on for key, on in was.items() if replaced and stage_of(key) not in left}
    return after.with_fields(**{NOTICES: {**now, **stays}}) if stays else after


def _again_button(c: Context) -> Button:
    return Button(c.words("act.report_again"), "start", f"report {c.escalation.reference}", "primary")


def _by_post(letter: Letter) -> dict[str, Any]:
    return {"by_post": letter["by_post"]} if letter.get("by_post") else {}


def _round(letter: Letter) -> str:
    """Tells apart what is said each time that it was begun again."""
    return f"-{letter['rounds']}" if letter.get("rounds") else ""


# ── it is sent once more, as it is ───────────────────────────────────────────────────────────────────────


def check_not_replaced(c: Context, number: str) -> None:
    """Raises NotAllowed where it was sent anew since: whoever has that one is not sent an older one."""
    if sent_again(c.escalation, number):
        raise NotAllowed(c.words("mending.sent_anew", reference=c.escalation.reference))


def letter_begun_again(c: Context, number: str, key: str, by: str, now: datetime) -> Effects:
    """A letter that was given up is sent once more as it is: what it sends is not due any longer, but by post.

    Its notices are given today, as it did not arrive before; a clock that another letter started is not begun anew.
    Raises NotAllowed where it was sent anew since.
    """
    check_not_replaced(c, number)
    letter = c.escalation.fields[f"letter.{number}"]
    rest = {name: value for name, value in letter.items() if name not in {"given_up", "returned", "left", "posted"}}
    begun = {**rest, "rounds": letter.get("rounds", 0) + 1}
    notices = {} if goes_by_post(letter) else dict.fromkeys(letter.get("notices") or (), c.today.isoformat())
    changed = c.escalation.with_fields(**{f"letter.{number}": {**begun, "notices": notices}})
    changed = with_notices(changed, c.escalation)
    if not goes_by_post(letter):
        with_it = (each for each in fillings_of(letter) if not waits_for_post(each, changed))
        gone_now = [each for each in with_it if not is_missing(each, changed)]
        changed = replace(changed, sent={**dict.fromkeys(gone_now, now.isoformat()), **changed.sent})
    done = Effects(f"again-{number}{_round(begun)}", by, now, changed)
    done.note("delivery begun again", delivery=key, kind="letter")
    renew_dates(c, done)
    return done
