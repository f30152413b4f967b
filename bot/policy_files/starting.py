"""The questions by which a policy file is started, one after the other.

A generator yields questions and is sent their answers; who asks them, and where the file is put, the caller knows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.fields import read_email
from bot.policy_files.in_words import ANCHORS
from bot.policy_files.started import Started, StartedForm, StartedStage
from bot.policy_files.typed import an_id, channel_name, line, new_label, number, one_of, slug, yes_no

MOST_STAGES, MOST_DAYS, MOST_HOURS = 20, 400, 1000
NO_LIMIT = "No time limit is printed."


@dataclass(frozen=True)
class Ask:
    """One question. `read` makes the answer of what was typed, or raises InvalidAnswer with what to do."""

    text: str
    help: str
    read: Callable[[str], Any]
    default: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """What may be chosen by its number, each with its words."""


Asking = Generator[Ask, Any, Any]


def questions(calendars: Mapping[str, str], is_free: Callable[[str], None]) -> Generator[Ask, Any, Started]:
    """Every question, one after the other. `is_free` raises InvalidAnswer for an id that cannot be taken."""
    partnership = yield Ask(
        "What is the partnership called, in full?",
        "For example: Examplebury Safeguarding Children Partnership",
        line("partnership", "name"),
    )
    short = yield Ask(
        "What do its own papers call it?", "The short name, for example: ESCP", line("partnership", "short")
    )
    team = yield Ask(
        "Who logs escalations and receives the forms?",
        "A team, not a person. For example: ESCP Business Unit",
        line("partnership", "team"),
    )
    name = yield Ask("What is the policy called, in full?", "As it is printed at the top of the paper.", line("name"))
    own = yield Ask(
        "By which short name shall the bot know it?",
        "Small letters, digits and dashes; it is never changed again. Usually the name of the area.",
        an_id(is_free),
        default=slug(short),
    )
    channel = yield Ask(
        "In which chat channel shall its escalations have their threads?",
        "Without #. Only references, stages and dates stand there, never a name of a child.",
        channel_name,
        default=f"{own}-escalations",
    )
    services = yield Ask(
        "Whom must people tell at once, besides 999, when a child is in danger now?",
        "In words that are true for your area. For example: children’s social care in Examplebury",
        line(),
    )
    anchor, concern_date, calendar = yield from _time(calendars)
    stages, stage_word = yield from _stages(anchor)
    ownership = yield Ask(
        "Who stays responsible for an escalation after a form was sent? Please give the policy’s sentence.",
        "It is said every time. Press Enter for a sentence of ours, if the paper has none.",
        line(),
        default="Whoever raised the escalation stays responsible for moving it on until it is resolved.",
    )
    form = yield from _form(stages, team)
    return Started(
        partnership, short, team, name, own, channel, stage_word, anchor, concern_date, calendar, services, ownership,
        stages, form,
    )  # fmt: skip


def _time(calendars: Mapping[str, str]) -> Asking:
    anchor = yield Ask(
        "From which day does the policy count its days?",
        "If the paper does not say, choose what comes nearest; the file will ask you to make sure.",
        one_of(ANCHORS),
        options=ANCHORS,
    )
    called = {
        "initial_concern": "date of initial concern",
        "raised": "day on which the disagreement was raised",
        "decision_received": "day on which the decision was received",
        "stage_entry": "day on which the disagreement was raised",
    }[anchor]
    concern_date = yield Ask(
        "What is the day called on which it all began?",
        "As it stands in a sentence: Please give the …",
        line("vocabulary", "concern_date"),
        default=called,
    )
    calendar = yield Ask(
        "Whose bank holidays count?",
        "Working days are Monday to Friday, without these.",
        one_of(calendars),
        default=str(list(calendars).index("england-and-wales") + 1) if "england-and-wales" in calendars else "",
        options=calendars,
    )
    return anchor, concern_date, calendar


def _stages(anchor: str) -> Asking:
    stages: list[StartedStage] = []
    word = "Stage"
    while True:
        n = len(stages) + 1
        label = yield Ask(
            f"What is the {'first' if n == 1 else 'next'} stage called?",
            "As the policy names it, lowest first: Stage 1, Step 1, Level 1.",
            new_label([stage.label for stage in stages]),
            default=f"{word} {n}",
        )
        word = label.split()[0] if n == 1 and label.endswith(" 1") else word
        raising = yield Ask(
            f"{label}: who acts for the side that raises it?", "The role. For example: Line manager", line()
        )
        challenged = yield Ask(
            f"{label}: who acts for the side that is challenged?",
            "The role. Press Enter if it is the same.",
            line(),
            default=raising,
        )
        words, limit, first_days = yield from _limit(label, anchor, max((one.first_days for one in stages), default=0))
        numbered = [f"stage-{n}", *(f"stage-{n}-{again}" for again in range(2, MOST_STAGES + 2))]
        own = _free([slug(label, f"stage-{n}"), *numbered], stages)
        stages.append(StartedStage(own, label, raising, challenged, words, limit, first_days))
        if n == MOST_STAGES:
            break
        more = yield Ask(
            "Is there another stage above it?", "Type yes or no.", yes_no, default="yes" if n < 2 else "no"
        )
        if not more:
            break
    return tuple(stages), word


def _free(names: Sequence[str], stages: Sequence[StartedStage]) -> str:
    """The first of these names that no stage has."""
    taken = {stage.id for stage in stages}
    return next(name for name in names if name not in taken)


def _limit(label: str, anchor: str, before: int) -> Asking:
    """(the words, the rule with its figures, its days from the first day) of one stage."""
    kinds = {
        "cumulative": f"so many working days from {ANCHORS[anchor]}, for all stages so far",
        "further_and_total": "so many further working days, and so many in all",
        "per_stage": "so many working days from entering the stage",
        "agreed": "a date that both sides agree, within so many working days",
        "hours": "so many hours from entering the stage",
        "no_clock": "no number is printed",
    }
    if anchor == "stage_entry":
        kinds = {key: words for key, words in kinds.items() if key not in ("cumulative", "further_and_total")}
    kind = yield Ask(
        f"{label}: what kind of time limit does the policy set?",
        "What the bot cannot be told here (ranges, branches, urgency) can be written into the file afterwards.",
        one_of(kinds),
        options=kinds,
    )
    least = max(before, 1)
    ends = "It cannot be less than the stage before has." if before > 1 else "A whole number."
    first_days = 0
    match kind:
        case "cumulative":
            first_days = yield Ask(f"{label}: how many working days in all?", ends, number(least, MOST_DAYS))
            limit = f"rule: cumulative, days: {first_days}"
        case "further_and_total":
            further = yield Ask(f"{label}: how many further working days?", "A whole number.", number(1, MOST_DAYS))
            least = max(least, further)
            first_days = yield Ask(f"{label}: and how many in all?", ends, number(least, MOST_DAYS))
            limit = f"rule: further_and_total, further: {further}, total: {first_days}"
        case "hours":
            hours = yield Ask(f"{label}: how many hours?", "A whole number.", number(1, MOST_HOURS))
            limit = f"rule: within, allow: {{amount: {hours}, unit: hours}}, since: stage_entry"
        case "no_clock":
            limit = "rule: no_clock"
        case _:
            days = yield Ask(f"{label}: how many working days at most?", "A whole number.", number(1, MOST_DAYS))
            limit = f"rule: {kind}, {'cap' if kind == 'agreed' else 'days'}: {days}"
    words = yield Ask(
        f"{label}: how is the limit printed?",
        "Word for word. For example: within 3 working days of initial concern",
        line(),
        default=NO_LIMIT if kind == "no_clock" else "",
    )
    printed = ", printed: true" if kind == "no_clock" and words != NO_LIMIT else ""
    return words, limit + printed, first_days


def _form(stages: Sequence[StartedStage], team: str) -> Asking:
    has_one = yield Ask(
        "Does the policy have a form of its own?", "A report or a notice that is sent. Type yes or no.", yes_no, "yes"
    )
    if not has_one:
        return None
    title = yield Ask("What is the form called?", "As people call it: Report to ESCP", line("forms", "title"))
    when = {"entering": "when a stage is reached", "resolving": "when it is resolved"}
    on = yield Ask("When is it due?", "When it must be sent.", one_of(when), options=when)
    offered = {stage.id: stage.label for stage in stages}
    stage = yield Ask("From which stage on?", "At this one, and at every later one.", one_of(offered), options=offered)
    recipient = yield Ask("Who gets it?", "A team or a role.", line(), default=team)
    email = yield Ask("What is their mailbox?", "For example: office@escp.example.org", read_email)
    return StartedForm(title, on == "resolving", stage, recipient, email)
