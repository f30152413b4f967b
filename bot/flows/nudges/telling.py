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
from bot.flows.approving import free_from
from bot.flows.context import Context, end_in_words, stage_in_words
from bot.flows.noted import challenged_sides, silent_sides
from bot.flows.nudges.acting import buttons
from bot.flows.nudges.limits import has_date, limit_of
from bot.flows.nudges.nudge import Nudge
from bot.flows.nudges.owed import duties_now
from bot.flows.nudges.reading import late_by, managers, may_read, owners, phase, raisers
from bot.flows.saying import listed
from bot.flows.ticks import record_of
from bot.messages import Heading, Message, Part, Words
from bot.policy import NoClock
from bot.sent_letters import is_to_post


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
    if any(each.schedule.slows_down(c.today) for each in told):
        parts.append(Words(c.words("nudge.weekly"), "quiet"))
    if escalation.status is Status.OPEN or escalation.raiser not in c.people:
        parts.append(_who_keeps_it(c, escalation, told, reader))
    if changed:
        parts.append(Words(c.words("nudge.changed", day=dates.in_words(c.today)), "quiet"))
    return Message(title, (*parts, *buttons(c, escalation, told, reader)))


def _title(c: Context, escalation: Escalation, nudges: Sequence[Nudge]) -> str:
    """How the stage stands, or else how something within it does, where this is told of."""
    stage = c.policy_of(escalation).stage(escalation.stage).label
    limits = [(each, phase(c, escalation, each)) for each in nudges if each.kind == "limit"]
    for stands in ("late", "today"):
        here = [each for each, now in limits if ("late" if now == "passed" else now) == stands]
        if here:
            part = "part_" if all(isinstance(each.dated, ClockDue) for each in here) else ""
            return c.words(f"nudge.title_{part}{stands}", reference=escalation.reference, stage=stage)
    return c.words("nudge.title", reference=escalation.reference, stage=stage)


def _told(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> list[Part]:
    """What is owed, whose it is, and the rule."""
    tone: Literal["warning", "strong"] = "warning" if phase(c, escalation, nudge) in {"late", "passed"} else "strong"
    last = c.words("nudge.last") if c.now is not None and nudge.is_last(c.now) else ""
    text = " ".join([line(c, escalation, nudge), _whose(c, escalation, nudge, reader), last]).rstrip()
    asked = _asked_of(c, escalation, nudge, reader)
    rule = _rule(c, escalation, nudge, reader) if reader else _printed(c, escalation, nudge)
    said = [Words(text, tone), Words(asked), Words(rule, "quiet")]
    return [words for words in said if words.text]


def _whose(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> str:
    """Several things may be with several people; the next move is whose the stage's own limit is, or an answer."""
    of_move = nudge.kind in {"limit", "target", "no_date", "answer"} and not isinstance(nudge.dated, ClockDue)
    if reader and reader in owners(c, escalation, nudge):
        return c.words("nudge.yours" if of_move else "nudge.yours_too")
    if nudge.kind == "no_reply" and nudge.owner.people:
        return c.words("nudge.answer_owed", owner=listed([c.people[each].name for each in nudge.owner.people]))
    name = "nudge.owner" if of_move else "nudge.answer_owed" if nudge.kind in {"no_reply", "promised"} else "nudge.with"
    return c.words(name, owner=faces.owner_in_words(c, nudge.owner))


def _asked_of(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> str:
    """What somebody can do who cannot begin a conversation about it here, or why they are told; what the raiser can."""
    if not reader or reader in (nudge.owner.people if nudge.kind == "answer" else ()):
        return ""
    if nudge.asked is not None and nudge.kind == "answer" and reader in raisers(c, escalation):
        day = free_from(c, escalation, nudge.asked)
        return c.words("nudge.free_from", day=dates.in_words(day)) if day > c.today else ""
    if access.may_act(reader, escalation):
        return c.words("nudge.may_go_on") if _may_go_on(c, escalation, nudge) else ""
    raiser = _raiser(c, escalation)
    if nudge.kind == "acknowledged" and reader in owners(c, escalation, nudge):
        return c.words("nudge.ask_acknowledge")
    if reader in owners(c, escalation, nudge):
        return c.words(f"nudge.ask_{nudge.owner.side}", raiser=raiser)
    if reader in raisers(c, escalation):
        return ""
    if nudge.kind in {"no_reply", "promised"} and reader in managers(c, escalation):
        return c.words("nudge.ask_heard", raiser=raiser)
    return c.words("nudge.also_late" if nudge.kind in {"limit", "target"} else "nudge.also_long", raiser=raiser)


def _may_go_on(c: Context, escalation: Escalation, nudge: Nudge) -> bool:
    """Whether the stage itself is over, so that nobody's answer is waited for any more."""
    of_stage = nudge.kind == "limit" and not isinstance(nudge.dated, ClockDue)
    over = of_stage and phase(c, escalation, nudge) in {"late", "passed"}
    return over and bool(c.policy_of(escalation).above(escalation.stage))


def _raiser(c: Context, escalation: Escalation) -> str:
    return c.people[escalation.raiser].name if escalation.raiser in c.people else c.words("nudge.whoever")


def _who_keeps_it(c: Context, escalation: Escalation, nudges: Sequence[Nudge], reader: str) -> Words:
    """Who keeps the responsibility, with the date where no limit of the stage tells it; or that nobody leads it."""
    if escalation.raiser not in c.people:
        return Words(c.words("nudge.left_you" if reader in raisers(c, escalation) else "nudge.left"), "warning")
    if reader != escalation.raiser:
        return Words(c.words("nudge.keeps"), "quiet")
    of_stage = any(each.kind == "limit" and not isinstance(each.dated, ClockDue) for each in nudges)
    stage = c.policy_of(escalation).stage(escalation.stage).label
    due = c.words("owner.line", stage=stage, due=c.due_of(escalation))
    return Words(c.words("nudge.you_keep") if of_stage else due, "strong")


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
            if due := _end(c, nudge):
                return c.words("nudge.no_date", owed=_owed(c, escalation, nudge), due=due)
            return c.words("nudge.no_day", owed=_owed(c, escalation, nudge))
        case "waits":
            event = nudge.dated.waits_for if nudge.dated else ""
            return c.words("nudge.waits", owed=_owed(c, escalation, nudge), day=day, event=event)
        case "words":
            return c.words("nudge.words", day=day)
        case "no_reply":
            some = len(silent_sides(escalation, "acknowledged")) < len(challenged_sides(escalation))
            return c.words("nudge.no_reply_of_all" if some else "nudge.no_reply", day=day)
        case "promised":
            late = phase(c, escalation, nudge) == "late"
            return c.words("nudge.promised_late" if late else "nudge.promised", day=day)
        case "form":
            title = faces.title_of(c, policy, nudge.filling) if nudge.filling else ""
            posting = nudge.filling is not None and is_to_post(nudge.filling.key, escalation)
            return c.words("nudge.to_post", title=title) if posting else c.words("nudge.form", title=title, day=day)
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
    counts = has_date(nudge.dated) or bool(nudge.dated.waits_for)
    is_said = limit.printed if isinstance(limit, NoClock) else counts
    return c.words("nudge.rule", limit=limit.words.rstrip(".")) if is_said else ""


def _rule(c: Context, escalation: Escalation, nudge: Nudge, reader: str) -> str:
    """How the date was counted, or what the policy or the bot says of it: once it is late, the policy's words only."""
    if nudge.dated is not None:
        counted = has_date(nudge.dated) and phase(c, escalation, nudge) not in {"late", "passed"}
        return nudge.dated.rule if counted else _printed(c, escalation, nudge)
    acts = access.may_act(reader, escalation)
    match nudge.kind:
        case "answer":
            return c.words("approval.never_blocks")
        case "words":
            return c.words("nudge.words_rule")
        case "promised" if phase(c, escalation, nudge) != "late":
            return ""
        case "no_reply" | "promised":
            silence = c.policy_of(escalation).stage(escalation.stage).no_reply
            return silence.words if silence else c.words("nudge.no_reply_rule") if acts else ""
        case "form":
            return c.words("nudge.form_rule", part=nudge.filling.moment.label) if nudge.filling else ""
        case "acknowledged":
            return c.words("nudge.acknowledged_rule") if acts else ""
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
