"""What stands in an escalation's thread and in notices about it.

Rule: a message for a channel or a thread carries reference, stage, owner, due date and ticks, and nothing else.
"""

from __future__ import annotations

from bot import dates
from bot.deadlines import ClockDue
from bot.escalation import Approval, Escalation, Status
from bot.flows.approving import leaves_out
from bot.flows.beginning import value
from bot.flows.context import Context, due_in_words, stage_in_words
from bot.flows.reasons import Owner, names_of, next_move
from bot.flows.ticks import ticks
from bot.forms_due import WHOLE, Filling, find, opened_early, to_fill
from bot.messages import Button, Buttons, Facts, Heading, Message, Part, Words
from bot.policy import Policy
from bot.sent_letters import filling_of, to_post


def owner(c: Context, escalation: Escalation) -> str:
    """Who owes the next move, for a channel: the name of somebody whom the platform knows, else the role.

    What somebody typed as a name stands in no channel: it could be anything.
    """
    return owner_in_words(c, next_move(c, escalation).owner)


def owner_in_words(c: Context, owes: Owner | None) -> str:
    """The same for whoever owes anything else; "" for nobody."""
    if owes is None:
        return ""
    # Often both sides have the same role.
    role = c.words("face.challenged", role=owes.role) if owes.side == "challenged" else owes.role
    return names_of(c, owes.people) or role


def next_step(c: Context, escalation: Escalation) -> str:
    """How it stands, who owns the next step and by when, for the body of a mail: roles only, and dates as they are."""
    day, move = dates.in_words(c.today), next_move(c, escalation)
    # What this letter brings is not still to be sent for whoever reads it.
    resolved = escalation.status is Status.RESOLVED
    status = c.words("letter.resolved" if resolved else f"status.{escalation.status.value}")
    if move.owner is None:
        return c.words("letter.over", day=day, status=status)
    if escalation.status is not Status.OPEN:
        return c.words("letter.next_ended", day=day, status=status, role=move.owner.role)
    sides = {"raising": "letter.raising", "challenged": "face.challenged", "partnership": "letter.partnership"}
    role = c.words(sides[move.owner.side], role=move.owner.role)
    stage = stage_in_words(c.policy_of(escalation).stage(escalation.stage))
    if move.due is None and move.by:
        due = c.words("face.answer", day=dates.in_words(move.by))
    else:
        due = due_in_words(move.due or c.deadline_of(escalation), c.words)
    return c.words("letter.next", day=day, stage=stage, role=role, due=due)


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
    if escalation.status is not Status.OPEN:
        rows.append((c.words("face.status"), c.words(f"status.{escalation.status.value}")))
    if owes := owner(c, escalation):
        rows.append((c.words("face.owner"), owes))
    if escalation.status is Status.OPEN:
        rows += _due(c, escalation, today=today)
    return Facts(tuple(rows))


def _due(c: Context, escalation: Escalation, *, today: bool) -> list[tuple[str, str]]:
    """What is due first, and the stage's own date where something within the stage comes before it."""
    move, stage = next_move(c, escalation), c.policy_of(escalation).stage(escalation.stage)
    label, text = c.words("face.whole", stage=stage.label), c.due_of(escalation)
    # What waits for something says so already.
    whole = f"{text} ({c.progress_of(escalation)})" if today and not c.deadline_of(escalation).waits_for else text
    if move.due is None and move.by:
        return [(c.words("face.due"), c.words("face.answer", day=dates.in_words(move.by))), (label, whole)]
    if not isinstance(move.due, ClockDue):
        return [(c.words("face.due"), whole)]
    first = due_in_words(move.due, c.words, c.today, c.now)
    return [(c.words("face.due"), c.words("face.clock", due=first, clock=move.due.label)), (label, whole)]


def face(c: Context, escalation: Escalation) -> Message:
    """The first message of the thread, edited in place as things move."""
    policy = c.policy_of(escalation)
    stage = policy.stage(escalation.stage)
    summary = c.words("face.summary", reference=escalation.reference, stage=stage.label)
    parts: tuple[Part, ...] = (Heading(summary), facts(c, escalation), ticks(c, escalation))
    if escalation.status in {Status.OPEN, Status.RESOLVED}:
        buttons = Buttons((*act_buttons(c, escalation).buttons, why_button(c, escalation)))
        parts = (*parts, buttons, Words(c.words("face.private"), "quiet"))
    return Message(summary, parts)


def why_button(c: Context, escalation: Escalation) -> Button:
    """Answers everybody who may see it, each privately."""
    return Button(c.words("act.why"), "start", f"why {escalation.reference}")


def act_buttons(c: Context, escalation: Escalation) -> Buttons:
    """The conversations that the raiser can begin from here."""
    flows = ("note", "update", "move", "report", "resolve")
    if escalation.status is not Status.OPEN:
        flows = ("report",)  # type: ignore[assignment]
    return Buttons(tuple(Button(c.words(f"act.{flow}"), "start", f"{flow} {escalation.reference}") for flow in flows))


def thread_note(c: Context, escalation: Escalation, name: str, /, **values: object) -> Message:
    """A line in the thread."""
    text = c.words(name, reference=escalation.reference, **values)
    return Message(text, (Words(text), facts(c, escalation, short=True)))


def approval_post(c: Context, escalation: Escalation, approval: Approval) -> Message:
    """The request in the thread: only the people named in it can answer, whoever presses."""
    policy = c.policy_of(escalation)
    target = policy.stage(approval.stage)
    straight = leaves_out(policy, escalation.stage, target.id)
    names = " or ".join(c.people[person].name for person in approval.may_answer if person in c.people)
    summary = c.words("approval.summary", reference=escalation.reference, stage=target.label)
    return Message(
        summary,
        (
            Heading(summary),
            Words(
                c.words(
                    "approval.ask_jump" if straight else "approval.ask",
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
        approval.may_answer,
    )


def approval_now(c: Context, approval: Approval) -> Message:
    """The request at this moment, for whoever looks at it: what it asks, or that it has been answered."""
    escalation = c.escalation
    if not approval.answer:
        return approval_post(c, escalation, approval)
    answer = c.words(f"approval.was_{approval.answer}")
    text = c.words("approval.stands", answer=answer, reference=approval.reference)
    return Message(text, (Words(text, "strong"), facts(c, escalation, short=True)))


def approval_outcome(c: Context, escalation: Escalation, approval: Approval) -> Message:
    """What the request becomes once it is answered. A reason is told to the raiser, not to the channel."""
    name = c.people[approval.answered_by].name if approval.answered_by in c.people else c.words("approval.somebody")
    stage = c.policy_of(escalation).stage(approval.stage).label
    day = dates.in_words(c.today)
    text = c.words(f"approval.{approval.answer}", reference=escalation.reference, stage=stage, name=name, day=day)
    return Message(text, (Words(text, "strong"), facts(c, escalation, short=True)))


def ownership(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """Who still owns the next step, in the bot's words and the policy's; said every time while it is open."""
    if escalation.status is not Status.OPEN:
        return ()
    policy = c.policy_of(escalation)
    line = c.words("owner.line", stage=policy.stage(escalation.stage).label, due=c.due_of(escalation))
    return Words(line, "strong"), *(Words(text, "quiet") for text in policy.advice.ownership)


def what_next(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """The forms that are due, and the conversations that can be begun; each button once."""
    due = due_reports(c, escalation)
    buttons = act_buttons(c, escalation).buttons
    others = tuple(button for button in buttons if not (due and button.value.startswith("report ")))
    said = (*older_version(c, escalation), *due)
    return (*said, Buttons(others)) if others else said


def older_version(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """That it stays on the version under which it was begun, where new ones are begun under another by now."""
    newer = c.offered.get(escalation.policy)
    if newer is None or newer.version == escalation.policy_version:
        return ()
    name = "version.since" if newer.effective_from else "version.now"
    since = dates.in_words(newer.effective_from) if newer.effective_from else ""
    text = c.words("version.follows", version=escalation.policy_version)
    return (Words(f"{text} {c.words(name, newer=newer.version, since=since)}", "quiet"),)


def due_reports(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """The forms that are due now, and those that can be prepared, with one button; nothing when there is none."""
    policy = c.policy_of(escalation)
    due = to_fill(policy, escalation)
    posts = _to_post(c, escalation)
    opened = opened_early(policy, escalation) if escalation.status is Status.OPEN and not due else []
    if not due and not opened:
        return posts
    lines = [
        Words(c.words("report.due", title=title_of(c, policy, each), part=each.moment.label), "strong") for each in due
    ]
    lines += [Words(c.words("report.opened", title=title_of(c, policy, each))) for each in opened]
    button = Button(c.words("act.report"), "start", f"report {escalation.reference}", "primary")
    return (*lines, Buttons((button,)), *posts)


def _to_post(c: Context, escalation: Escalation) -> tuple[Part, ...]:
    """What waits only for somebody to post it, or to note that they have; each form once, with one button."""
    policy = c.policy_of(escalation)
    fillings = (find(policy, filling_of(letter)) for letter in to_post(escalation).values())
    titles = dict.fromkeys(title_of(c, policy, each) for each in fillings if each)
    lines = tuple(Words(c.words("post.due", title=title), "strong") for title in titles)
    posted = Button(c.words("note.posted"), "start", value("note", escalation.reference, chosen="posted"))
    return (*lines, Buttons((posted,))) if lines else ()


def title_of(c: Context, policy: Policy, filling: Filling) -> str:
    """The form's title; with the stage, where there is one form for each."""
    if filling.instance == WHOLE:
        return filling.form.title
    return c.words("report.for_stage", title=filling.form.title, stage=policy.stage(filling.instance).label)
