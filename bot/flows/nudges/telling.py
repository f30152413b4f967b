"""The words of a nudge: what is owed, whose it is, by when, under which rule, and the buttons to act.

Rule 1: what stands in the thread holds policy's words, dates, and names of people whom the platform knows.
Rule 2: everything is told as it stands at that moment. A summary may be read on a locked screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bot import access, dates
from bot.deadlines import ClockDue
from bot.escalation import Escalation, Status
from bot.flows import faces, letters
from bot.flows.context import Context, end_in_words, stage_in_words
from bot.flows.nudges.acting import buttons
from bot.flows.nudges.limits import limit_of
from bot.flows.nudges.owed import Nudge, duties_now
from bot.flows.nudges.reading import late_by, may_read, owners, phase, raisers
from bot.flows.ticks import record_of
from bot.messages import Heading, Message, Part, Words
from bot.policy import NoClock


def message(
    c: Context, escalation: Escalation, nudges: Sequence[Nudge], reader: str, *, changed: bool = False
) -> Message | None:
    """One message to the thread ("") or to a person, of all of these that they may read; None where that is none.

    `changed`: it replaces what showed other dates.
    """
    told = [each for each in nudges if not reader or may_read(c, escalation, each, reader)]
    if not told:
        return None
    title = _title(c, escalation, told)
    parts: list[Part] = [Heading(title)]
    for nudge in told:
        parts += (part for part in _told(c, escalation, nudge, reader) if part not in parts)
    if reader and reader in raisers(c, escalation):
        parts += _to_tell(c, escalation, told)
        parts += faces.ownership(c, escalation)
    elif escalation.status is Status.OPEN:
        parts.append(Words(c.words("nudge.keeps"), "quiet"))
    if changed:
        parts.append(Words(c.words("nudge.changed", day=dates.in_words(c.today)), "quiet"))
    return Message(title, (*parts, *buttons(c, escalation, told, reader)))


def _title(c: Context, escalation: Escalation, nudges: Sequence[Nudge]) -> str:
    phases = {phase(c, escalation, each) for each in nudges if each.kind == "limit"}
    stage = c.policy_of(escalation).stage(escalation.stage).label
    if phases & {"late", "passed"}:
        return c.words("nudge.title_late", reference=escalation.reference, stage=stage)
    if "today" in phases:
        return c.words("nudge.title_today", reference=escalation.reference, stage=stage)
    return c.words("nudge.title", reference=escalation.reference, stage=stage)


def _told(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> list[Part]:
    """What is owed, whose it is, and the rule."""
    tone: Literal["warning", "strong"] = "warning" if phase(c, escalation, nudge) in {"late", "passed"} else "strong"
    text = f"{line(c, escalation, nudge)} {_whose(c, escalation, nudge, reader)}"
    asked = _asked_of(c, escalation, nudge, reader)
    rule = _rule(c, escalation, nudge) if reader else _printed(c, escalation, nudge)
    return [Words(text, tone), *([Words(asked)] if asked else []), *([Words(rule, "quiet")] if rule else [])]


def _whose(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> str:
    if reader and reader in owners(c, escalation, nudge):
        return c.words("nudge.yours")
    return c.words("nudge.owner", owner=faces.owner_in_words(c, nudge.owner))


def _asked_of(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> str:
    """What somebody can do who cannot begin a conversation about it here, or why they are told; "" for the raiser."""
    if not reader or access.may_act(reader, escalation) or nudge.kind == "answer":
        return ""
    if reader not in owners(c, escalation, nudge):
        return c.words("nudge.also_told")
    return c.words(f"nudge.ask_{nudge.owner.side}")


# ── what is owed ─────────────────────────────────────────────────────────────────────────────────────────


def line(c: Context, escalation: Escalation, nudge: Nudge) -> str:
    """What is owed and by when, for anybody and for a channel."""
    policy = c.policy_of(escalation)
    day = dates.in_words(nudge.since) if nudge.since else ""
    match nudge.kind:
        case "limit" | "target":
            return _of_limit(c, escalation, nudge)
        case "answer":
            return c.words("nudge.answer", stage=policy.stage(nudge.about).label, day=day)
        case "free":
            return c.words("nudge.free", stage=policy.stage(nudge.about).label, day=day)
        case "no_date":
            return c.words("nudge.no_date", owed=_owed(c, escalation, nudge), due=_end(c, nudge))
        case "waits":
            event = nudge.dated.waits_for if nudge.dated else ""
            return c.words("nudge.waits", owed=_owed(c, escalation, nudge), day=day, event=event)
        case "words":
            return c.words("nudge.words", day=day)
        case "no_reply":
            return c.words("nudge.no_reply", day=day)
        case "promised":
            late = phase(c, escalation, nudge) == "late"
            return c.words("nudge.promised_late" if late else "nudge.promised", day=day)
        case "form":
            title = faces.title_of(c, policy, nudge.filling) if nudge.filling else ""
            return c.words("nudge.form", title=title, day=day)
        case "acknowledged":
            return c.words("nudge.acknowledged", day=day)
        case "file":
            return c.words("nudge.file", day=day, record=record_of(c, escalation))


def _of_limit(c: Context, escalation: Escalation, nudge: Nudge) -> str:
    late = late_by(c, escalation, nudge) or 0
    stands, owed, due = phase(c, escalation, nudge), _owed(c, escalation, nudge), _end(c, nudge)
    if nudge.kind == "target":
        # Passing it is no breach, so nobody counts by how much.
        stands = "passed" if stands == "late" else stands
        return c.words(f"nudge.target_{stands}", owed=owed, due=due)
    if stands == "late":
        days = c.words("due.day" if late == 1 else "due.days")
        return c.words("nudge.limit_late", owed=owed, due=due, n=late, days=days)
    return c.words(f"nudge.limit_{stands}", owed=owed, due=due)


def _owed(c: Context, escalation: Escalation, nudge: Nudge) -> str:
    """The stage, or the clock within it, in the policy's words."""
    if isinstance(nudge.dated, ClockDue):
        return c.words("nudge.clock", clock=nudge.dated.label)
    stage = c.policy_of(escalation).stage(nudge.dated.stage if nudge.dated else escalation.stage)
    return stage.label if stage.id == escalation.stage else c.words("nudge.reaching", stage=stage.label)


def _end(c: Context, nudge: Nudge) -> str:
    """The end of the day, or the hour, by which it is owed or aimed for."""
    one = nudge.dated
    if one is None:
        return ""
    day, ends = (one.soft, one.soft_at) if nudge.kind == "target" else (one.due, one.due_at)
    return end_in_words(day, ends, c.words) if day else ""


# ── the rule ─────────────────────────────────────────────────────────────────────────────────────────────


def _printed(c: Context, escalation: Escalation, nudge: Nudge) -> str:
    """The limit as the policy prints it, for a channel."""
    if nudge.dated is None:
        return c.words("approval.never_blocks") if nudge.kind == "answer" else ""
    limit = limit_of(c.policy_of(escalation), nudge.dated)
    return "" if isinstance(limit, NoClock) else c.words("nudge.rule", limit=limit.words.rstrip("."))


def _rule(c: Context, escalation: Escalation, nudge: Nudge) -> str:
    """How the date was counted, or what the policy or the bot says of it."""
    if nudge.dated is not None:
        return nudge.dated.rule
    match nudge.kind:
        case "answer":
            return c.words("approval.never_blocks")
        case "words":
            return c.words("nudge.words_rule")
        case "promised" if phase(c, escalation, nudge) != "late":
            return ""
        case "no_reply" | "promised":
            silence = c.policy_of(escalation).stage(escalation.stage).no_reply
            return silence.words if silence else c.words("nudge.no_reply_rule")
        case "form":
            return c.words("nudge.form_rule", part=nudge.filling.moment.label) if nudge.filling else ""
        case "acknowledged":
            return c.words("nudge.acknowledged_rule")
        case "file":
            return " ".join(duty.words for duty in duties_now(c.policy_of(escalation), escalation))
        case _:
            return ""


# ── what can be done ─────────────────────────────────────────────────────────────────────────────────────


def _to_tell(c: Context, escalation: Escalation, nudges: Sequence[Nudge]) -> list[Part]:
    """Where somebody who owes it is not here: that the raiser has to tell them, and a text to send, once a side."""
    parts: list[Part] = []
    told = [each for each in nudges if each.kind in {"limit", "target", "no_reply", "promised"}]
    away = [each for each in told if not owners(c, escalation, each)]
    if any(each.owner.side == "raising" for each in away):
        stage = c.policy_of(escalation).stage(escalation.stage)
        name = escalation.person(stage.id, "raising").get("name") or c.words("letters.colleague")
        parts += [
            Words(c.words("nudge.tell", role=stage.raising.role)),
            *letters.named(c, escalation, stage_in_words(stage), name),
        ]
    if any(each.owner.side == "partnership" for each in away):
        parts.append(Words(c.words("nudge.tell", role=c.policy_of(escalation).partnership.team)))
    if any(each.owner.side == "challenged" for each in away):
        parts += letters.reminder(c, escalation)
    return parts
