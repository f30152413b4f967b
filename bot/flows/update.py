"""Short conversations about an escalation under way: a progress update, and saying that the words were said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.fields import Paragraph
from bot.flows.beginning import CHOSEN
from bot.flows.context import Asking, Context, ask
from bot.flows.moved_on import it_moved_on, moved_on
from bot.flows.questions import Question
from bot.flows.saying import agencies_of, listed, said, words_to_say
from bot.messages import Words


@dataclass(frozen=True)
class Progress:
    """What has happened since, in the raiser's words; dated by the day it is given."""

    reference: str
    text: str


@dataclass(frozen=True)
class WordsSaid:
    """To whom, how and when it was said that this is an escalation; None: remind again."""

    reference: str
    said: Mapping[str, str] | None


def update(c: Context) -> Asking:
    """Returns Progress."""
    question = Question(
        "progress",
        c.words("update.ask"),
        Paragraph(),
        hint=c.words("update.help"),
        heading=c.words("flow.update"),
    )
    return Progress(c.escalation.reference, (yield from ask(question)))


def say(c: Context) -> Asking:
    """Shows the words again, at the present stage; returns WordsSaid or NothingToDo."""
    if moved_on(c):
        return it_moved_on(c)
    policy = c.policy_of(c.escalation)
    escalation = c.escalation
    stage = policy.stage(escalation.stage)
    text = words_to_say(c, policy, stage, escalation.reference, listed(agencies_of(escalation)), c.today)
    before = (Words(c.words("escalate.words_before")), Words(text, "quote"))
    to_whom = c.escalation.person(c.escalation.stage, "challenged").get("name")
    known = c.seed.get(CHOSEN, "") == "yes"
    return WordsSaid(c.escalation.reference, (yield from said(c, policy, before, to_whom, known=known)))
