"""What stands in an escalation's thread and in notices about it.

Rule: a message for a channel or a thread carries reference, stage, owner and due date, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot import dates
from bot.escalation import Approval, Conversation, Escalation, Status
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.move import approvers
from bot.forms_due import Filling, outstanding
from bot.messages import Button, Buttons, Divider, Facts, Heading, Message, Part, Words


def owner(escalation: Escalation) -> str:
    """Who owes the next move: the manager named for the stage on the raising side, or the raiser."""
    manager = escalation.person(escalation.stage, "raising")
    return manager.get("name") or str((escalation.fields.get("raiser") or {}).get("name", ""))


def facts(c: Context, escalation: Escalation, *, today: bool = False, short: bool = False) -> Facts:
    """Reference, stage, owner and due date.

    `today`: it is read now and does not stay, so it also says how far along it is. `short`: the stage by its label.
    """
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    rows = [
        (c.words("face.reference"), escalation.reference),
        (policy.vocabulary.stage, stage.label if short else stage_in_words(stage)),
    ]
    if escalation.status is Status.OPEN:
        due = c.deadline_of(escalation)
        rows.append((c.words("face.owner"), owner(escalation)))
        text = due_in_words(due, c.words)
        rows.append((c.words("face.due"), f"{text} ({c.progress_of(escalation)})" if today else text))
    else:
        rows.append((c.words("face.status"), c.words(f"status.{escalation.status.value}")))
    return Facts(tuple(rows))


def face(c: Context, escalation: Escalation) -> Message:
    """The first message of the thread, edited in place as things move."""
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    summary = c.words("face.summary", reference=escalation.reference, stage=stage.label)
    parts: tuple[Part, ...] = (Heading(summary), facts(c, escalation))
    if escalation.status is Status.OPEN:
        parts = (*parts, act_buttons(c, escalation), Words(c.words("face.private"), "quiet"))
    return Message(summary, parts)


def act_buttons(c: Context, escalation: Escalation) -> Buttons:
    """The conversations that the raiser can begin from here."""
    flows = ("update", "move", "report", "resolve")
    if escalation.status is not Status.OPEN:
        flows = ("report",)  # type: ignore[assignment]
    return Buttons(tuple(Button(c.words(f"act.{flow}"), "start", f"{flow} {escalation.reference}") for flow in flows))


def thread_note(c: Context, escalation: Escalation, name: str, **values: object) -> Message:
    """A line in the thread."""
    text = c.words(name, reference=escalation.reference, **values)
    return Message(text, (Words(text), facts(c, escalation, short=True)))


def approval_post(c: Context, escalation: Escalation, approval: Approval) -> Message:
    """The request in the thread: only the people named in it can answer, whoever presses."""
    policy = c.policy_of(escalation)
    target = policy.stage(approval.stage)
    names = " or ".join(c.people[person].name for person in approval.may_answer if person in c.people)
    summary = c.words("approval.summary", reference=escalation.reference, stage=target.label)
    return Message(
        summary,
        (
            Heading(summary),
            Words(
                c.words(
                    "approval.ask",
                    names=names,
                    present=policy.stage(escalation.stage).label,
                    stage=stage_in_words(target),
                )
            ),
            facts(c, escalation),
            Words(c.words("approval.never_blocks"), "quiet"),
            Buttons(
                (
                    Button(c.words("approval.approve"), "approve", approval.key, "primary"),
                    Button(c.words("approval.decline"), "decline", approval.key),
                )
            ),
        ),
    )


def approval_outcome(c: Context, escalation: Escalation, approval: Approval) -> Message:
    """What the request becomes once it is answered. A reason is told to the raiser, not to the channel."""
    name = c.people[approval.answered_by].name if approval.answered_by in c.people else c.words("approval.somebody")
    stage = c.policy_of(escalation).stage(approval.stage).label
    day = dates.in_words(c.today)
    text = c.words(f"approval.{approval.answer}", reference=escalation.reference, stage=stage, name=name, day=day)
    return Message(text, (Words(text, "strong"), facts(c, escalation, short=True)))


def ownership(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """Who still owns the next step, in the bot's words and the policy's; said every time."""
    policy = c.policy_of(escalation)
    due = due_in_words(c.deadline_of(escalation), c.words)
    return (
        Words(c.words("owner.line", stage=policy.stage(escalation.stage).label, due=due), "strong"),
        *(Words(text, "quiet") for text in policy.advice.ownership),
    )


def what_next(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """The forms that are due, and the conversations that can be begun; each button once."""
    due = due_reports(c, escalation)
    buttons = act_buttons(c, escalation).buttons
    others = tuple(button for button in buttons if not (due and button.value.startswith("report ")))
    return (*due, Buttons(others)) if others else due


def due_reports(c: Context, escalation: Escalation, fillings: Iterable[Filling] | None = None) -> tuple[Part, ...]:
    """The forms that are due now, with a button that begins each; nothing when none is."""
    due = list(outstanding(c.policy_of(escalation), escalation) if fillings is None else fillings)
    if not due:
        return ()
    lines = tuple(Words(c.words("report.due", title=each.form.title, part=each.moment.label), "strong") for each in due)
    button = Button(c.words("act.report"), "start", f"report {escalation.reference}", "primary")
    return (*lines, Buttons((button,)))


def my_escalations(c: Context, seen: list[Escalation], drafts: list[Conversation]) -> Message:
    """Everything of mine: what I lead, what names me, what waits for my answer, and drafts to resume."""
    parts: list[Part] = [Heading(c.words("mine.title"))]
    for escalation in seen:
        parts.append(facts(c, escalation, today=True))
        if escalation.raiser == c.me.id:
            parts += what_next(c, escalation)
        elif approvers(c, escalation, c.policy_of(escalation).stage(escalation.stage)).count(c.me.id):
            parts.append(Words(c.words("mine.you_approve"), "quiet"))
        else:
            parts.append(Words(c.words("mine.named"), "quiet"))
        parts.append(Divider())
    if not seen:
        parts.append(Words(c.words("mine.none")))
    return Message(c.words("mine.title"), (*parts, *draft_parts(c, drafts)))


def draft_parts(c: Context, drafts: list[Conversation]) -> tuple[Part, ...]:
    """Drafts, each with Resume and Erase."""
    parts: list[Part] = []
    for draft in drafts:
        begun = dates.in_words(draft.started.date()) if draft.started else ""
        title = c.words(f"flow.{draft.flow}") + (f" {draft.about}" if draft.about else "")
        parts.append(Words(c.words("draft.line", title=title, begun=begun, answers=len(draft.answers)), "strong"))
        parts.append(
            Buttons(
                (
                    Button(c.words("draft.resume"), "resume", draft.id, "primary"),
                    Button(c.words("draft.erase"), "discard", draft.id),
                )
            )
        )
    return tuple(parts)
