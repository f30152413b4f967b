"""The words that make an escalation unmistakable, and noting that they were said: to whom, how and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot import dates
from bot.escalation import Escalation
from bot.flows.context import DAY, LINE, Asking, Context, ask, choose
from bot.flows.questions import Question
from bot.messages import Part
from bot.policy import Policy, Stage


def words_to_say(c: Context, policy: Policy, stage: Stage, reference: str, challenged_agency: str, on: date) -> str:
    """The sentences that make an escalation unmistakable. They name nobody's child."""
    name = "escalate.words_to_say_informal" if stage.kind == "informal" else "escalate.words_to_say"
    return c.words(
        name,
        policy=policy.name,
        escalation=policy.vocabulary.escalation,
        stage=stage.label,
        today=dates.in_words(on),
        reference=reference,
        agency=challenged_agency,
    )


def listed(agencies: Sequence[str]) -> str:
    """ "A, B and C"."""
    *first, last = agencies
    return f"{', '.join(first)} and {last}" if first else last


def agencies_of(escalation: Escalation) -> list[str]:
    """Every agency of the challenged side; the first is the one that has to answer."""
    others = escalation.fields.get("other_agencies") or ()
    return [escalation.challenged_agency, *(each["agency"] for each in others)]


def said(c: Context, policy: Policy, before: tuple[Part, ...], to_whom: str | None, *, known: bool = False) -> Asking:
    """Whether the words were said: {to, how, on}, or None where the person asks to be reminded. `known`: they were."""
    heading = c.words("escalate.words")
    if not known and (yield from _not_yet(c, policy, before)):
        return None
    to = yield from ask(Question("said_to", c.words("escalate.said_to"), LINE, heading=heading, prefill=to_whom))
    ways = ("in_person", "phone", "video", "email", "letter")
    how = yield from choose(
        "said_how",
        c.words("escalate.said_how"),
        {w: c.words(f"escalate.how_{w}") for w in ways},
        heading=heading,
    )
    on = yield from ask(
        Question(
            "said_on",
            c.words("escalate.said_on"),
            DAY,
            heading=heading,
            prefill=c.today.isoformat(),
            calendar=c.calendar_of(policy),
        )
    )
    return {"to": to, "how": c.words(f"escalate.how_{how}"), "on": on}


def _not_yet(c: Context, policy: Policy, before: tuple[Part, ...]) -> Asking:
    # Under another policy they are other words: what was said before is no answer to these.
    answer = yield from choose(
        f"said.{policy.id}",
        c.words("escalate.said"),
        {"yes": c.words("escalate.said_yes"), "remind": c.words("escalate.said_remind")},
        before=before,
        heading=c.words("escalate.words"),
        private=False,
    )
    return answer == "remind"
