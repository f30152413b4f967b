"""Somebody has left: whatever they owed goes to whoever answers for them, and the thread says so.

Rule: nothing falls to nobody in silence. Where nobody answers for them, the thread says that; whoever leads the
escalation is told, or whoever can take the lead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot import access
from bot.decisions.effects import Effects, as_it_is, renew_face, say_in_thread, withdraw_requests
from bot.errors import InvalidAnswer
from bot.escalation import Approval, Status, Step, take
from bot.flows import faces
from bot.flows.changing import may_lead, others
from bot.flows.context import Context
from bot.flows.recipients import LEAD
from bot.messages import Button, Buttons, Message, Words
from bot.people import Person


def leave(c: Context, gone: Person, prefix: str, now: datetime, administrators: Collection[str] = ()) -> Effects | None:
    """What follows for this escalation; None where they owed nothing in it. `c.people` is without them."""
    escalation = c.escalation
    if escalation.status not in {Status.OPEN, Status.RESOLVED}:
        return None
    done = Effects(prefix, "bot", now, take(escalation, Step.UPDATE))
    if escalation.raiser == gone.id:
        _lead(c, done, gone, administrators)
    for name in [name for name, who in _acting(c) if who.get("person") == gone.id]:
        _act(c, done, gone, name)
    _requests(c, done, gone)
    if not done.history:
        return None
    renew_face(c, done)
    return done


# ── the lead ─────────────────────────────────────────────────────────────────────────────────────────────────


def _lead(c: Context, done: Effects, gone: Person, administrators: Collection[str]) -> None:
    deputy = access.deputy_of(gone, c.people)
    if deputy is not None and _may_lead(c, deputy):
        done.escalation = replace(done.escalation, raiser=deputy.id)
        done.note("passed on", to=deputy.id, before=gone.id, reason=c.words("left.reason"))
        withdraw_requests(c, done)
        say_in_thread(c, done, "left.lead", name=gone.name, names=deputy.name)
        text = c.words("left.you_lead", gone=gone.name, reference=done.escalation.reference)
        new = replace(as_it_is(c, done), me=deputy)
        parts = (*faces.ownership(new, done.escalation), *faces.what_next(new, done.escalation))
        done.tell(deputy.id, Message(text, (Words(text, "strong"), *parts)))
        return
    done.note("left", part="raiser", person=gone.id)
    say_in_thread(c, done, "left.no_lead", name=gone.name)
    text = c.words("left.take_over", gone=gone.name, reference=done.escalation.reference)
    take_over = Buttons((Button(c.words("nudge.take_over"), "start", f"pass {done.escalation.reference}", "primary"),))
    able = [each for each in sorted(c.people) if access.may_pass(each, done.escalation, c.people)]
    for person in able:
        done.tell(person, Message(text, (Words(text, "warning"), take_over)))
    for person in () if able else administrators:
        text = c.words("left.nobody", reference=done.escalation.reference)
        find = Buttons((Button(c.words("act.pass"), "start", f"pass {done.escalation.reference}", "primary"),))
        done.tell(person, Message(text, (Words(text, "warning"), find)))


def _may_lead(c: Context, deputy: Person) -> bool:
    try:
        may_lead(c.escalation.raiser, *others(c, c.escalation), deputy.id, deputy.agency)
    except InvalidAnswer:
        return False
    return True


# ── who acts at the present stage ────────────────────────────────────────────────────────────────────────────


def _acting(c: Context) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The fields that name who acts now: at the present stage, on either side, and the raiser's safeguarding lead."""
    for name, who in c.escalation.fields.items():
        if who and (name == LEAD or name.startswith(f"people.{c.escalation.stage}.")):
            yield name, who


def _act(c: Context, done: Effects, gone: Person, name: str) -> None:
    kind = name.rpartition(".")[2]
    successor = {} if kind == "deputy" else _successor(c, gone, name)
    if kind == "deputy" or successor:
        taken = {name: successor}
        if kind == "raising" and _of_stage(c, "deputy").get("person") == successor.get("person"):
            taken[f"people.{c.escalation.stage}.deputy"] = {}
        done.escalation = done.escalation.with_fields(**taken)
        done.note("people changed", part=name, before=gone.id, after=successor.get("person", ""))
    else:
        done.note("left", part=name, person=gone.id)
    if successor:
        say_in_thread(c, done, "left.deputy", name=gone.name, names=c.people[successor["person"]].name)
    else:
        say_in_thread(c, done, "left.no_deputy", name=gone.name)
    _tell(c, done, gone, successor)


def _successor(c: Context, gone: Person, name: str) -> Mapping[str, Any]:
    """Who answers for them: by the escalation for a manager, else by the directory."""
    recorded = _of_stage(c, "deputy") if name.endswith(".raising") else {}
    if recorded.get("person") in c.people and recorded.get("person") != c.escalation.raiser:
        return dict(recorded)
    deputy = access.deputy_of(gone, c.people)
    return deputy.details() if deputy is not None and deputy.id not in _not_for_them(c, name) else {}


def _not_for_them(c: Context, name: str) -> Collection[str]:
    """Who cannot take over what stands under this name: whoever leads it, and whoever acts for the other side."""
    theirs = access.CHALLENGED.fullmatch(name)
    other = access.raising_side(c.escalation, {}) if theirs else access.challenged_side(c.escalation, {})
    return {c.escalation.raiser, *other}


def _of_stage(c: Context, part: str) -> Mapping[str, Any]:
    return c.escalation.fields.get(f"people.{c.escalation.stage}.{part}") or {}


def _tell(c: Context, done: Effects, gone: Person, successor: Mapping[str, Any]) -> None:
    """Whoever answers for them from now on what they owe; whoever leads it that somebody else does, or nobody."""
    escalation = done.escalation
    new = as_it_is(c, done)
    if successor:
        text = c.words("left.you_answer", gone=gone.name, reference=escalation.reference)
        done.tell(successor["person"], Message(text, (Words(text), faces.facts(new, escalation, today=True))))
    if escalation.raiser not in c.people:
        return
    if successor:
        text = c.words("left.told", gone=gone.name, reference=escalation.reference, deputy=successor["name"])
    else:
        text = c.words("left.told_nobody", gone=gone.name, reference=escalation.reference)
    done.tell(escalation.raiser, Message(text, (Words(text, "plain" if successor else "warning"),)))


# ── what was asked of them ───────────────────────────────────────────────────────────────────────────────────


def _requests(c: Context, done: Effects, gone: Person) -> None:
    """A request waits for whoever else may answer it, or for whoever answers for them; if there is nobody, for no one.
    Nobody signs for anybody else."""
    settled = {approval.key for approval in done.approvals}
    for asked in c.approvals:
        if asked.answer or asked.key in settled or gone.id not in asked.may_answer:
            continue
        left = tuple(person for person in asked.may_answer if person != gone.id)
        new = _of_new(c, done, asked) if asked.kind == "move" else ""
        may_answer = tuple(dict.fromkeys((*left, *([new] if new else []))))
        if may_answer:
            _wait_for(c, done, replace(asked, may_answer=may_answer), new if new not in left else "")
        else:
            _wait_no_longer(c, done, asked)


def _of_new(c: Context, done: Effects, asked: Approval) -> str:
    """Who acts for the raising side at the present stage now, if they may answer it."""
    manager = str(done.escalation.person(done.escalation.stage, "raising").get("person") or "")
    may = manager in c.people and manager not in {asked.asked_by, done.escalation.raiser}
    return manager if may else ""


def _wait_for(c: Context, done: Effects, asked: Approval, new: str) -> None:
    done.approvals.append(asked)
    done.note("request handed on", stage=asked.stage, of=list(asked.may_answer))
    if asked.kind == "move":
        done.edit(asked.post, faces.approval_post(as_it_is(c, done), done.escalation, asked))
    if new:
        stage = c.policy_of(done.escalation).stage(asked.stage).label
        text = c.words("left.you_approve", reference=asked.reference, stage=stage)
        yes = Button(c.words("approval.approve"), "approve", asked.key, "primary")
        no = Button(c.words("approval.decline"), "decline", asked.key)
        done.tell(new, Message(text, (Words(text), Buttons((yes, no)))))


def _wait_no_longer(c: Context, done: Effects, asked: Approval) -> None:
    withdrawn = replace(asked, answer="withdrawn")
    done.approvals.append(withdrawn)
    if asked.kind == "move":
        done.note("request withdrawn", stage=asked.stage)
        done.edit(asked.post, faces.approval_outcome(as_it_is(c, done), done.escalation, withdrawn))
    else:
        done.note("request to sign withdrawn", form=asked.form, field=asked.field_id)
    if done.escalation.raiser in c.people:
        text = c.words(f"left.not_answered_{asked.kind}", reference=asked.reference)
        done.tell(done.escalation.raiser, Message(text, (Words(text, "warning"),)))
