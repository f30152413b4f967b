"""Which parts of which official form are due for an escalation, and which are still to be sent.

A form is filled at moments (`policy.Moment`): on entering, leaving or resolving at some stages, or on withdrawing
there. One kept for each stage has an instance a stage; a living document has the one instance "all".

Rule: `policy` is the one that holds for the escalation (`Policy.taken`), so that stages are those of its own ladder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from bot.escalation import Escalation, Status
from bot.policy import Form, Moment, Policy, Trigger
from bot.sent_letters import fillings_of, gone, is_to_post

WHOLE = "all"
"""The instance of a form of which there is one for the whole escalation."""


@dataclass(frozen=True)
class Filling:
    """One moment of one instance of a form."""

    form: Form
    instance: str
    moment: Moment

    @property
    def key(self) -> str:
        """What the record notes it under: "report/all/entry"."""
        return f"{self.form.id}/{self.instance}/{self.moment.id}"

    @property
    def stored(self) -> str:
        """The escalation's field that holds the form's answers."""
        return f"form.{self.form.id}.{self.instance}"

    def at(self, moment: Moment) -> Filling:
        """Another moment of the same instance."""
        return Filling(self.form, self.instance, moment)


def stages_of(trigger: Trigger | None, policy: Policy) -> list[str]:
    """Ids of the stages at which it waits for something, lowest first; those of other ladders are not among them."""
    return trigger.among([stage.id for stage in policy.ladder]) if trigger else []


def fired_at(policy: Policy, trigger: Trigger | None, escalation: Escalation) -> list[str]:
    """Ids of the stages at which what it waits for has happened, lowest first."""
    if trigger is None:
        return []
    stages = stages_of(trigger, policy)
    match trigger.on:
        case "entering":
            return [stage for stage in stages if stage in escalation.entered]
        case "leaving":
            return [stage for stage in stages if _was_left(policy, escalation, stage)]
        case "resolving":
            ended = escalation.status in {Status.RESOLVED, Status.CLOSED}
            return [stage for stage in stages if ended and stage == escalation.resolved_at]
        case "withdrawing":
            ended = escalation.status is Status.WITHDRAWN
            return [stage for stage in stages if ended and stage == escalation.stage]
        case _:
            assert_never(trigger.on)


def _was_left(policy: Policy, escalation: Escalation, stage: str) -> bool:
    """Whether the stage was entered, and a later one after it. One that was jumped over was never left."""
    return stage in escalation.entered and any(later.id in escalation.entered for later in policy.above(stage))


def triggered(policy: Policy, trigger: Trigger | None, escalation: Escalation, instance: str) -> bool:
    """Whether what the trigger waits for has happened (for this stage's instance, where there is one a stage)."""
    fired = fired_at(policy, trigger, escalation)
    return bool(fired) if instance == WHOLE else instance in fired


def instances(policy: Policy, form: Form, escalation: Escalation) -> list[str]:
    """The instances that exist or may be begun now: the stages entered at which it is due, or the present one."""
    if form.one_per == "escalation":
        return [WHOLE]
    triggers = [trigger for moment in form.moments for trigger in (moment.due, moment.opens)]
    named = {stage for trigger in triggers for stage in stages_of(trigger, policy)}
    return [stage for stage in escalation.entered if stage in named] or [escalation.stage]


def fillings(policy: Policy, escalation: Escalation) -> list[Filling]:
    """Every moment that is filled on the raiser's side, of every instance, in order."""
    return [
        Filling(form, instance, moment)
        for form in policy.forms
        for instance in instances(policy, form, escalation)
        for moment in form.moments
        if moment.who != "partnership"
    ]


def outstanding(policy: Policy, escalation: Escalation) -> list[Filling]:
    """What is due, is to be sent, and has not been sent yet. What the other side fills holds nothing up."""
    return [
        filling
        for filling in fillings(policy, escalation)
        if filling.moment.send
        and filling.moment.who != "challenged"
        and filling.key not in escalation.sent
        and triggered(policy, filling.moment.due, escalation, filling.instance)
    ]


def to_fill(policy: Policy, escalation: Escalation) -> list[Filling]:
    """What is outstanding and has to be filled in or sent once more: not what waits only to be posted."""
    return [each for each in outstanding(policy, escalation) if not is_to_post(each.key, escalation)]


def due_since(policy: Policy, filling: Filling, escalation: Escalation) -> date | None:
    """The day on which it became due; None where it is not, or where nobody noted that day."""
    trigger = filling.moment.due
    fired = fired_at(policy, trigger, escalation)
    stages = fired if filling.instance == WHOLE else [stage for stage in fired if stage == filling.instance]
    if trigger is None or not stages:
        return None
    match trigger.on:
        case "entering":
            return min(escalation.entered[stage] for stage in stages)
        case "leaving":
            return min(_left_on(policy, escalation, stage) for stage in stages)
        case "resolving":
            return escalation.resolved_on
        case "withdrawing":
            return escalation.withdrawn_on
        case _:
            assert_never(trigger.on)


def _left_on(policy: Policy, escalation: Escalation, stage: str) -> date:
    later = (each.id for each in policy.above(stage) if each.id in escalation.entered)
    return min(escalation.entered[each] for each in later)


def opened_early(policy: Policy, escalation: Escalation) -> list[Filling]:
    """What the policy opens before it is due (Sefton's form on entering Step 3), and has not been kept yet.

    What the other side fills is never demanded, so it is offered from when it would be due.
    """
    kept = set(escalation.fields.get("kept") or ())
    return [
        filling
        for filling in fillings(policy, escalation)
        if filling.key not in kept and triggered(policy, _offered_from(filling.moment), escalation, filling.instance)
    ]


def _offered_from(moment: Moment) -> Trigger | None:
    return moment.opens or (moment.due if moment.who == "challenged" else None)


def find(policy: Policy, key: str) -> Filling | None:
    """The filling that the record notes under this key ("report/all/entry"), if the policy has it."""
    form_id, instance, moment_id = key.split("/")
    forms = (form for form in policy.forms if form.id == form_id)
    found = (Filling(form, instance, moment) for form in forms for moment in form.moments if moment.id == moment_id)
    return next(found, None)


def next_filling(policy: Policy, escalation: Escalation, form: Form) -> Filling:
    """What to fill now: what is outstanding; else what is open and not yet kept; else the last one once more.

    What can only be answered once something has happened is not asked before, unless the form has nothing else.
    """
    due = [filling for filling in to_fill(policy, escalation) if filling.form is form]
    if due:
        return due[0]
    instance = instances(policy, form, escalation)[-1]
    own = [filling for filling in fillings(policy, escalation) if filling.form is form and filling.instance == instance]
    usable = [filling for filling in own if usable_now(policy, filling, escalation)] or own[:1]
    kept = set(escalation.fields.get("kept") or ())
    fresh = [filling for filling in usable if filling.key not in escalation.sent and filling.key not in kept]
    return fresh[0] if fresh else usable[-1]


def offered_now(policy: Policy, escalation: Escalation) -> list[Filling]:
    """What there is to choose from, each once: what is due, what is open and not kept yet, and each form once more.

    One alone needs no choosing. That is so while something is due and nobody has begun it, and for a policy with one
    form that the raiser's side fills from beginning to end.
    """
    due = to_fill(policy, escalation)
    kept = set(escalation.fields.get("kept") or ())
    if due and due[0].key not in kept:
        return due[:1]
    again = [next_filling(policy, escalation, form) for form in policy.forms]
    if len(policy.forms) == 1 and all(moment.who != "challenged" for moment in policy.forms[0].moments):
        return again
    opened = [each for each in opened_early(policy, escalation) if usable_now(policy, each, escalation)]
    return list({filling.key: filling for filling in (*due, *opened, *again)}.values())


def usable_now(policy: Policy, filling: Filling, escalation: Escalation) -> bool:
    """Whether it can be answered: what is due on leaving, resolving or withdrawing waits for that, or for its opening.

    What is due on entering a stage may be prepared before.
    """
    moment = filling.moment
    waits = moment.due is not None and moment.due.on != "entering"
    happened = (triggered(policy, trigger, escalation, filling.instance) for trigger in (moment.due, moment.opens))
    return not waits or any(happened)


def is_early(policy: Policy, filling: Filling, escalation: Escalation) -> bool:
    """Whether it is begun by choice, before the policy asks for it."""
    waits_for = filling.moment.opens or filling.moment.due
    return waits_for is not None and not triggered(policy, waits_for, escalation, filling.instance)


def moments_up_to(policy: Policy, filling: Filling, escalation: Escalation) -> list[str]:
    """Ids of the moments whose fields are asked: this one, and what comes before it in the form and can be answered.

    So whoever withdraws is not asked how it was resolved, only because that stands further up on the paper.
    """
    own = [moment for moment in filling.form.moments if moment.who != "partnership"]
    before = own[: own.index(filling.moment)]
    answerable = [moment.id for moment in before if usable_now(policy, filling.at(moment), escalation)]
    return [*answerable, filling.moment.id]


def was_sent(filling: Filling, escalation: Escalation) -> bool:
    """Whether any version of this instance has been sent, to anybody: also where it did not reach all."""
    own = f"{filling.form.id}/{filling.instance}/"
    with_somebody = (key for letter in gone(escalation).values() for key in fillings_of(letter))
    return any(key.startswith(own) for key in (*escalation.sent, *with_somebody))


def sent_with(policy: Policy, filling: Filling, escalation: Escalation) -> set[str]:
    """Ids of the moments of this instance whose answers have been sent: with their own moment, or with a later one."""
    sent = [moment for moment in filling.form.moments if filling.at(moment).key in escalation.sent]
    return {each for moment in sent for each in moments_up_to(policy, filling.at(moment), escalation)}
