"""Texts to send: after every step, what the other side should read about it, ready to be copied.

Rule 1: a text is shown to one person only, and nothing is sent from here.
Rule 2: it is respectful, carries reference, stage and the date that is owed, and no child.
What somebody typed stands in the few that repeat what was said or agreed; those say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot import dates
from bot.escalation import Escalation, Status
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.noted import challenged_sides
from bot.flows.receiving import Received
from bot.flows.saying import agencies_of, listed
from bot.messages import Part, Words
from bot.policy import NoClock


def to_copy(c: Context, text: str, name: str = "letters.copy") -> tuple[Part, ...]:
    """A text, and what to do with it."""
    return Words(c.words(name)), Words(text, "quote")


def _letter(c: Context, escalation: Escalation, text: str, to: str = "", sender: str = "") -> str:
    """With a greeting, and signed by whoever leads it."""
    lead = c.people[escalation.raiser].name if escalation.raiser in c.people else c.me.name
    whole = "\n".join(line.strip() for line in text.splitlines()).strip()
    return c.words("letters.letter", to=to or _everybody(c, escalation), text=whole, sender=sender or lead)


def _everybody(c: Context, escalation: Escalation, side: str = "") -> str:
    """Who is named for each agency that is challenged, or for one of them; "colleague" for those that are not known."""
    sides = [side] if side else list(challenged_sides(escalation))
    people = [escalation.fields.get(f"people.{escalation.stage}.{each}") or {} for each in sides]
    names = sorted((person.get("name", "") for person in people), key=lambda name: not name)
    return listed(list(dict.fromkeys(name or c.words("letters.colleague") for name in names)))


def owed(c: Context, escalation: Escalation) -> str:
    """What the challenged side owes at the present stage, and by when, in sentences; "" once nothing is owed."""
    if escalation.status is not Status.OPEN:
        return ""
    clocks = [clock for clock in c.clocks_of(escalation) if clock.owner == "challenged" and clock.done_on is None]
    whens = {clock.label: due_in_words(clock, c.words, c.today, c.now).rstrip(".") for clock in clocks}
    lines = [c.words("letters.due_clock", clock=label, due=due) for label, due in whens.items()]
    return " ".join([_stage_owed(c, escalation), *lines])


def _stage_owed(c: Context, escalation: Escalation) -> str:
    """By a day, or by a target; else in the policy's own words, if it has any. Where limits say by when a stage is to
    be reached, the one that is owed may be the next stage's, and the stage's own is done with."""
    policy, due = c.policy_of(escalation), c.deadline_of(escalation)
    limit, means = policy.stage(escalation.stage).limit, policy.clock.limit_means
    when = c.due_of(escalation).rstrip(".")
    if due.stage != escalation.stage:
        return c.words("letters.due_reach", stage=policy.stage(due.stage).label, due=when)
    if due.due or due.soft:
        return c.words("letters.due_respond" if means == "respond" else "letters.due_conclude", due=when)
    if means == "reach" and not isinstance(limit, NoClock):
        return c.words("letters.due_none")
    if isinstance(limit, NoClock) and not limit.printed:
        return c.words("letters.due_none")
    return c.words("letters.due_words", words=limit.words)


def _about(c: Context, escalation: Escalation) -> dict[str, str]:
    """What most texts name."""
    policy = c.policy_of(escalation)
    return {
        "escalation": policy.vocabulary.escalation,
        "reference": escalation.reference,
        "policy": policy.name,
        "stage": stage_in_words(policy.stage(escalation.stage)),
    }


def moved(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """It has reached another stage."""
    stage = c.policy_of(escalation).stage(escalation.stage)
    on = dates.in_words(escalation.entered.get(escalation.stage, c.today))
    known = all(escalation.fields.get(f"people.{stage.id}.{side}") for side in challenged_sides(escalation))
    to_them = "letters.moved_to_named" if known else "letters.moved"
    text = c.words(
        "letters.moved_to_partnership" if stage.kind == "partnership" else to_them,
        **_about(c, escalation),
        on=on,
        agency=listed(agencies_of(escalation)),
        role=stage.challenged.role,
        owed=owed(c, escalation),
    )
    return to_copy(c, _letter(c, escalation, text))


def agreed(c: Context, escalation: Escalation, on: date, who: str) -> tuple[Part, ...]:
    """Both sides agreed a date."""
    text = c.words("letters.agreed", **_about(c, escalation), day=dates.in_words(on))
    return to_copy(c, _letter(c, escalation, text, who))


def no_reply(c: Context, escalation: Escalation, asked_for: date, agency: str, side: str) -> tuple[Part, ...]:
    """A reminder to the agency that has not replied, and what is done if it does not."""
    policy = c.policy_of(escalation)
    above = policy.above(escalation.stage)
    then = c.words("letters.no_reply_then" if above else "letters.no_reply_top", team=policy.partnership.team)
    text = c.words(
        "letters.no_reply",
        **_about(c, escalation),
        day=dates.in_words(asked_for),
        agency=agency or escalation.challenged_agency,
        owed=owed(c, escalation),
        then=then,
    )
    return to_copy(c, _letter(c, escalation, text, _everybody(c, escalation, side)))


def reminder(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """What the other side owes at this stage, once more."""
    text = c.words("letters.reminder", **_about(c, escalation), owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text), "letters.copy_reminder")


def named(c: Context, escalation: Escalation, stage: str, manager: str) -> tuple[Part, ...]:
    """To whoever is named for the raising side and is not in this chat: what is asked of them, and by when."""
    text = c.words(
        "letters.named",
        **_about(c, escalation) | {"stage": stage},
        agency=listed(agencies_of(escalation)),
        owed=owed(c, escalation),
    )
    return to_copy(c, _letter(c, escalation, text, manager))


def invitation(c: Context, escalation: Escalation, on: date, who: str) -> tuple[Part, ...]:
    """Both sides are asked to meet."""
    about = _about(c, escalation)
    text = c.words("letters.invitation", **about, day=dates.in_words(on), owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text, who))


def after_talking(c: Context, escalation: Escalation, how: str, on: date, who: str, said: str) -> tuple[Part, ...]:
    """What was said and agreed in a call or a meeting, as it was typed: both sides then have the same record."""
    about = _about(c, escalation)
    text = c.words(f"letters.after_{how}", **about, day=dates.in_words(on), said=said, owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text, who), f"letters.copy_{how}")


def sooner(c: Context, escalation: Escalation, on: date | None) -> tuple[Part, ...]:
    """A shorter date is asked for, or the policy's own is the date again."""
    limit = c.policy_of(escalation).stage(escalation.stage).limit
    first = "letters.date_set" if isinstance(limit, NoClock) else "letters.sooner"
    name = first if on else "letters.sooner_back"
    day = dates.in_words(on) if on else ""
    text = c.words(name, **_about(c, escalation), day=day, owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text))


def corrected(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """A date was wrong."""
    text = c.words("letters.corrected", **_about(c, escalation), owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text))


def priority(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """How urgent it is has changed, and the dates with it."""
    priorities = c.policy_of(escalation).priorities
    named = {each.id: each.label for each in priorities.of} if priorities else {}
    called = named.get(escalation.priority, escalation.priority)
    text = c.words("letters.priority", **_about(c, escalation), priority=called, owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text))


def withdrawn(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """It ends without a resolution."""
    return to_copy(c, _letter(c, escalation, c.words("letters.withdrawn", **_about(c, escalation))))


def reopened(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """It goes on."""
    text = c.words("letters.reopened", **_about(c, escalation), owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text))


def passed(c: Context, escalation: Escalation, to: Mapping[str, str]) -> tuple[Part, ...]:
    """Somebody else leads it."""
    who = ", ".join(to[part] for part in ("name", "role", "email") if to.get(part))
    agency = escalation.raiser_agency
    text = c.words("letters.passed", **_about(c, escalation), who=who, agency=agency, owed=owed(c, escalation))
    return to_copy(c, _letter(c, escalation, text, sender=c.me.name))


def outcome(c: Context, escalation: Escalation, on: date, answers: Mapping[str, Any]) -> tuple[Part, ...]:
    """The statement for everybody who took part: how it ended, what was agreed, and who does what by when."""
    lines = [_action(action) for action in answers.get("actions") or ()]
    actions = [c.words("letters.outcome_actions"), *lines] if lines else []
    text = c.words(
        "letters.outcome",
        **_about(c, escalation),
        on=dates.in_words(on),
        how=c.words(f"resolve.outcome_{answers['outcome']}"),
        said=answers["agreed_outcome"],
        actions="\n".join(actions),
    )
    return to_copy(c, _letter(c, escalation, text, c.words("letters.all")), "letters.copy_outcome")


def _action(action: Mapping[str, str]) -> str:
    by = f", {dates.in_words(date.fromisoformat(action['date']))}" if action.get("date") else ""
    return f"– {action['action']} ({action['by_whom']}{by})"


def reply(c: Context, got: Received) -> tuple[Part, ...]:
    """A respectful answer to a challenge that was received: that it is understood as one, who responds, and when."""
    policy = got.policy
    reference = f" {got.reference}" if got.reference else ""
    by = (
        c.words("letters.reply_by", day=dates.in_words(got.reply_by)) if got.reply_by else c.words("letters.reply_soon")
    )
    text = c.words(
        "letters.reply",
        escalation=policy.vocabulary.escalation,
        policy=policy.name,
        stage=stage_in_words(policy.stage(got.stage)),
        reference=reference,
        on=dates.in_words(got.received_on),
        responder=got.responder,
        by=by,
    )
    sender = "\n".join(c.mine[part] for part in ("name", "role", "agency") if c.mine[part])
    return to_copy(c, c.words("letters.letter", to=got.challenger["name"], text=text, sender=sender))
