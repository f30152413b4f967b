"""What a decision causes, collected: the record as it is afterwards, history, requests, and what is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot import access
from bot.escalation import Approval, Entry, Escalation, Status
from bot.flows import deputies, faces, letters
from bot.flows.context import Context, stage_in_words
from bot.messages import Heading, Message, Words
from bot.ports import Delivery

KEPT_LINES = 5
"""So many of the newest lines of the thread can be said again."""


@dataclass
class Effects:
    """Collects what a decision causes. `prefix` makes its delivery keys unique: reference and event."""

    prefix: str
    by: str
    now: datetime
    escalation: Escalation
    history: list[Entry] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    snoozed: dict[str, datetime] = field(default_factory=dict)
    """Until when each of these people wants no reminders about it."""

    def note(self, what: str, **details: Any) -> None:
        """A line of history."""
        self.history.append(Entry(self.escalation.reference, what, self.by, self.now, details))

    def key(self) -> str:
        return f"{self.escalation.reference}/{self.prefix}/{len(self.deliveries) + 1}"

    def tell(self, person: str, message: Message) -> None:
        """A direct message; nothing for somebody who is not here."""
        if person:
            self.deliveries.append(Delivery(self.key(), "direct", person, message, reference=self.escalation.reference))

    def post(self, channel: str, message: Message) -> str:
        """A reply in the escalation's thread."""
        key = self.key()
        self.deliveries.append(
            Delivery(key, "thread", channel, message, self.escalation.thread, self.escalation.reference)
        )
        return key

    def edit(self, of: str, message: Message) -> None:
        """Change what an earlier delivery said."""
        self.deliveries.append(Delivery(self.key(), "edit", of, message, reference=self.escalation.reference))


def as_it_is(c: Context, done: Effects) -> Context:
    """The world after what has been decided so far: the record, and the requests with their answers."""
    approvals = {each.key: each for each in (*c.approvals, *done.approvals)}
    return replace(c, about=done.escalation, approvals=tuple(approvals.values()))


def renew_face(c: Context, done: Effects) -> None:
    done.edit(done.escalation.thread, faces.face(as_it_is(c, done), done.escalation))


def say_in_thread(c: Context, done: Effects, name: str, /, **values: str) -> None:
    """A line in the thread. Which line it is is kept, so that it can be said again with the right dates."""
    line = faces.thread_note(as_it_is(c, done), done.escalation, name, **values)
    post = done.post(c.policy_of(done.escalation).channel, line)
    lines = [*(done.escalation.fields.get("posts") or ())][1 - KEPT_LINES :]
    done.escalation = done.escalation.with_fields(posts=[*lines, {"key": post, "name": name, "values": values}])


def renew_dates(c: Context, done: Effects) -> None:
    """The face and every open request show the dates as they are now."""
    renew_face(c, done)
    for asked in c.approvals:
        if asked.kind == "move" and asked.answer == "":
            done.edit(asked.post, faces.approval_post(c, done.escalation, asked))


def say_again(c: Context, done: Effects) -> None:
    """Whatever showed wrong dates shows the right ones: the face, open requests, and the newest line of the thread."""
    renew_dates(c, done)
    for line in (done.escalation.fields.get("posts") or ())[-1:]:
        done.edit(line["key"], faces.thread_note(as_it_is(c, done), done.escalation, line["name"], **line["values"]))


def withdraw_requests(c: Context, done: Effects, besides: str = "") -> None:
    """Moves that were asked for and are open no longer: nobody can approve what is past."""
    answered = {approval.key for approval in done.approvals}
    for old in c.approvals:
        if old.kind == "move" and old.answer == "" and old.key not in answered and old.key != besides:
            withdrawn = replace(old, answer="withdrawn")
            done.approvals.append(withdrawn)
            done.note("request withdrawn", stage=old.stage)
            done.edit(old.post, faces.approval_outcome(as_it_is(c, done), done.escalation, withdrawn))


def tell_named(c: Context, done: Effects, name: str, /, **values: object) -> None:
    """Who acts for the raising side at the present stage, and their deputy, learn what has changed, with its dates
    while it is open; the raiser and whoever did it know already."""
    escalation = done.escalation
    policy = c.policy_of(escalation)
    text = c.words(name, reference=escalation.reference, stage=policy.stage(escalation.stage).label, **values)
    shown = (faces.facts(as_it_is(c, done), escalation, today=True),) if escalation.status is Status.OPEN else ()
    named = (escalation.person(escalation.stage, "raising"), escalation.deputy(escalation.stage))
    for person in dict.fromkeys(each.get("person", "") for each in named):
        if person in c.people and person not in {escalation.raiser, c.me.id}:
            done.tell(person, Message(text, (Words(text), *shown)))


def tell_manager(c: Context, done: Effects, stage_id: str) -> None:
    """Who is named for a stage learns what they owe and by when; if they are not here, the raiser has to tell them."""
    escalation = done.escalation
    stage = c.policy_of(escalation).stage(stage_id)
    manager = escalation.person(stage_id, "raising")
    if manager.get("person") == escalation.raiser:
        return
    if manager.get("person") not in c.people:
        name = manager.get("name", "")
        text = c.words("manager.tell_yourself", name=name, reference=escalation.reference)
        letter = letters.named(c, escalation, stage_in_words(stage), name)
        summary = c.words("manager.not_here", reference=escalation.reference)
        done.tell(escalation.raiser, Message(summary, (Words(text), *letter)))
        return
    raiser = c.people[escalation.raiser].name if escalation.raiser in c.people else ""
    summary = c.words("manager.summary", reference=escalation.reference, stage=stage.label)
    asked = c.words("manager.asked", raiser=raiser, stage=stage_in_words(stage), agency=escalation.challenged_agency)
    rule = Words(c.deadline_of(escalation).rule, "quiet")
    has_deputy = escalation.deputy(stage_id) or access.deputy_of(c.people[manager["person"]], c.people)
    alone = () if has_deputy else deputies.nobody_yet(c)
    parts = (Heading(summary), Words(asked), faces.facts(c, escalation, today=True), rule, *alone)
    done.tell(manager["person"], Message(summary, parts))
