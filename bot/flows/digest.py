"""The weekly digest for a policy's channel: what is open, new, due, overdue, ended, and which forms are missing.

Rule 1: it stands in a channel. Nobody's name is in it, and nothing that anybody typed: a move is owed by a role, and
an agency is named as the directory or the policy names it.
Rule 2: each line leads to the thread of its escalation. A list that is too long for a message says how many are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import dates
from bot.deadlines import standing
from bot.escalation import Escalation, Status
from bot.flows import faces
from bot.flows.context import Context, due_in_words
from bot.flows.noted import partnership_acknowledged, sent_to_partnership
from bot.flows.reasons import NextMove, Owner, next_move
from bot.forms_due import outstanding
from bot.messages import Facts, Heading, Link, Links, Message, Part, Words
from bot.policy import Policy

LINES = 20
"""So many of a kind are listed: with every list as long as that it still is one message."""
SOON = timedelta(days=7)

Address = Callable[[Escalation], str]
"""Where the thread of an escalation is, "" where a platform has no addresses."""
Line = tuple[Escalation, str]
"""What is said about one escalation after its reference."""


@dataclass(frozen=True)
class Week:
    """What a digest is about: every escalation of the policy that is not closed, or was resolved not long ago.

    `ended` are the references of those that were resolved or withdrawn since then; `unread` those of which nothing
    could be read.
    """

    since: datetime
    escalations: Sequence[Escalation]
    ended: Collection[str] = ()
    unread: Sequence[str] = ()


def digest(c: Context, policy: Policy, week: Week, address: Address) -> Message:
    """The digest as it is at the moment of the context, which knows the requests of all escalations in it."""
    since = dates.in_words(_day(policy, week.since))
    title = c.words("digest.title", partnership=policy.partnership.short, day=dates.in_words(c.today))
    lists = _lists(c, policy, week, since)
    still = [each for each in week.escalations if each.status is Status.OPEN]
    if not (still or week.unread or any(lists.values())):
        return Message(title, (Heading(title), Words(c.words("digest.nothing", since=since))))
    counts = [(name, str(len(lines)) if lines else c.words("digest.none")) for name, lines in lists.items()]
    parts: list[Part] = [Heading(title), Facts(((c.words("digest.open"), _by_stage(c, policy, still)), *counts))]
    for name, lines in lists.items():
        parts += _list(c, name, lines, address)
    if week.unread:
        parts.append(Words(c.words("digest.unread", references=", ".join(week.unread)), "warning"))
    return Message(title, (*parts, Words(c.words("face.private"), "quiet")))


def _lists(c: Context, policy: Policy, week: Week, since: str) -> Mapping[str, Sequence[Line]]:
    """Everything that is said, by the title of its list. Each open one is in one of the first three."""
    moves = [(each, next_move(c, each)) for each in week.escalations if each.status is Status.OPEN]
    moves.sort(key=lambda one: one[1].by or date.max)
    by_when: dict[str, list[Line]] = {"late": [], "soon": [], "later": []}
    for each, move in moves:
        by_when[_when(c, each, move)].append((each, _move(c, each, move)))
    ended = [each for each in week.escalations if each.reference in week.ended]
    return {
        c.words("digest.overdue"): by_when["late"],
        c.words("digest.due"): by_when["soon"],
        c.words("digest.later"): by_when["later"],
        c.words("digest.new", since=since): list(_new(c, policy, week)),
        c.words("digest.ended", since=since): [(each, _ended(c, each)) for each in ended],
        c.words("digest.forms"): [line for each in week.escalations for line in _forms(c, each)],
        c.words("digest.waiting", team=policy.partnership.team): list(_waiting(c, week)),
    }


def _by_stage(c: Context, policy: Policy, still: Sequence[Escalation]) -> str:
    """How many are open, and at which stages; in the policy's order as far as it has them."""
    if not still:
        return c.words("digest.none")
    labels = Counter(_stage(c, each) for each in still)
    order = {stage.label: place for place, stage in enumerate(policy.stages)}
    known = sorted(labels, key=lambda label: (order.get(label, len(order)), label))
    stages = ", ".join(c.words("digest.at_stage", stage=label, n=labels[label]) for label in known)
    return c.words("digest.by_stage", n=len(still), stages=stages)


def _list(c: Context, name: str, lines: Sequence[Line], address: Address) -> list[Part]:
    if not lines:
        return []
    shown = tuple(Link(each.reference, address(each), text) for each, text in lines[:LINES])
    more = (Words(c.words("digest.more", n=len(lines) - LINES), "quiet"),) if len(lines) > LINES else ()
    return [Words(name, "strong"), Links(shown), *more]


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────


def _when(c: Context, escalation: Escalation, move: NextMove) -> str:
    """A target that has passed is no breach; an answer that is waited for is late when its day is over."""
    if move.due is not None and standing(move.due, c.today, c.calendar_of(c.policy_of(escalation)), c.now) == "late":
        return "late"
    if move.due is None and move.by is not None and move.by < c.today:
        return "late"
    return "soon" if move.by is not None and c.today <= move.by < c.today + SOON else "later"


def _move(c: Context, escalation: Escalation, move: NextMove) -> str:
    """Its stage, who owes the next move, and by when."""
    if move.due is None and move.by is not None:
        due = c.words("face.answer", day=dates.in_words(move.by))
    elif move.why_none == "no limit":
        due = c.words("digest.no_date")
    else:
        due = due_in_words(move.due or c.deadline_of(escalation), c.words, c.today, c.now)
    owner = _owner(c, escalation, move.owner)
    line = c.words("digest.move", stage=_stage(c, escalation), owner=owner, due=due.rstrip("."))
    return line if escalation.raiser in c.people else c.words("digest.not_led", line=line)


def _owner(c: Context, escalation: Escalation, owes: Owner | None) -> str:
    """The role that owes the next move, with its agency where that is one that the bot knows."""
    if owes is None:
        return c.words("digest.nobody")
    agency = _agency(c, escalation, owes.side)
    if agency:
        return c.words("digest.role", role=owes.role, agency=agency)
    return c.words("face.challenged", role=owes.role) if owes.side == "challenged" else owes.role


def _agency(c: Context, escalation: Escalation, side: str) -> str:
    """As the directory or the policy spells it. What somebody typed as an agency could be anything."""
    match side:
        case "raising":
            return c.people[escalation.raiser].agency if escalation.raiser in c.people else ""
        case "challenged":
            policy = c.policy_of(escalation)
            known = [*(person.agency for person in c.people.values()), *(point.agency for point in policy.directory)]
            return {_plain(name): name for name in known}.get(_plain(escalation.challenged_agency), "")
        case _:
            return ""


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _new(c: Context, policy: Policy, week: Week) -> Iterator[Line]:
    for each in sorted(week.escalations, key=lambda one: one.opened):
        if each.opened >= week.since:
            day = dates.in_words(_day(policy, each.opened))
            yield each, c.words("digest.raised", stage=_stage(c, each), day=day)


def _ended(c: Context, escalation: Escalation) -> str:
    stage = _stage(c, escalation)
    if escalation.status is Status.WITHDRAWN or escalation.resolved_on is None:
        return c.words("digest.withdrawn", stage=stage)
    return c.words("digest.resolved", stage=stage, day=dates.in_words(escalation.resolved_on))


def _forms(c: Context, escalation: Escalation) -> Iterator[Line]:
    policy = c.policy_of(escalation)
    for form in outstanding(policy, escalation):
        yield escalation, c.words("digest.form", title=faces.title_of(c, policy, form), part=form.moment.label)


def _waiting(c: Context, week: Week) -> Iterator[Line]:
    """What was sent to the partnership, where nobody has noted yet that it was acknowledged."""
    for each in week.escalations:
        policy = c.policy_of(each)
        if not partnership_acknowledged(policy, each):
            yield each, c.words("digest.sent", day=dates.in_words(max(sent_to_partnership(policy, each))))


def _stage(c: Context, escalation: Escalation) -> str:
    return c.policy_of(escalation).stage(escalation.stage).label


def _day(policy: Policy, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(policy.clock.zone)).date()
