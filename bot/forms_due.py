"""Which parts of which official form are due for an escalation, and which are still to be sent.

A form is filled at moments (`policy.Moment`): on entering a stage, after resolving. One kept for each stage has an
instance a stage; a living document has the one instance "all".
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.escalation import Escalation, Status
from bot.policy import Form, Moment, Policy, Trigger

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


def triggered(trigger: Trigger | None, escalation: Escalation, instance: str) -> bool:
    """Whether what the trigger waits for has happened (for this stage's instance, where there is one a stage)."""
    if trigger is None:
        return False
    if trigger.on == "entering":
        stages = trigger.stages if instance == WHOLE else [stage for stage in trigger.stages if stage == instance]
        return any(stage in escalation.entered for stage in stages)
    resolved = escalation.status in {Status.RESOLVED, Status.CLOSED} and escalation.resolved_at in trigger.stages
    return resolved and instance in (WHOLE, escalation.resolved_at)


def instances(form: Form, escalation: Escalation) -> list[str]:
    """The instances that exist or may be begun now: the stages entered at which it is due, or the present one."""
    if form.one_per == "escalation":
        return [WHOLE]
    due_at = {stage for moment in form.moments if moment.due for stage in moment.due.stages}
    return [stage for stage in escalation.entered if stage in due_at] or [escalation.stage]


def fillings(policy: Policy, escalation: Escalation) -> list[Filling]:
    """Every moment that the raiser's side fills, of every instance, in order."""
    return [
        Filling(form, instance, moment)
        for form in policy.forms
        for instance in instances(form, escalation)
        for moment in form.moments
        if moment.who != "partnership"
    ]


def outstanding(policy: Policy, escalation: Escalation) -> list[Filling]:
    """What is due, is to be sent, and has not been sent yet."""
    return [
        filling
        for filling in fillings(policy, escalation)
        if filling.moment.send
        and filling.key not in escalation.sent
        and triggered(filling.moment.due, escalation, filling.instance)
    ]


def opened_early(policy: Policy, escalation: Escalation) -> list[Filling]:
    """What the policy opens before it is due (Sefton's form on entering Step 3), and has not been kept yet."""
    kept = set(escalation.fields.get("kept") or ())
    return [
        filling
        for filling in fillings(policy, escalation)
        if filling.key not in kept and triggered(filling.moment.opens, escalation, filling.instance)
    ]


def find(policy: Policy, key: str) -> Filling | None:
    """The filling that the record notes under this key ("report/all/entry"), if the policy has it."""
    form_id, instance, moment_id = key.split("/")
    forms = (form for form in policy.forms if form.id == form_id)
    found = (Filling(form, instance, moment) for form in forms for moment in form.moments if moment.id == moment_id)
    return next(found, None)


def next_filling(policy: Policy, escalation: Escalation, form: Form) -> Filling:
    """What to fill now: what is outstanding; else what is open and not yet kept; else the last one once more.

    What can only be answered after resolving is not asked before, unless the form has nothing else.
    """
    due = [filling for filling in outstanding(policy, escalation) if filling.form is form]
    if due:
        return due[0]
    instance = instances(form, escalation)[-1]
    own = [filling for filling in fillings(policy, escalation) if filling.form is form and filling.instance == instance]
    usable = [filling for filling in own if _usable(filling, escalation)] or own[:1]
    kept = set(escalation.fields.get("kept") or ())
    fresh = [filling for filling in usable if filling.key not in escalation.sent and filling.key not in kept]
    return fresh[0] if fresh else usable[-1]


def _usable(filling: Filling, escalation: Escalation) -> bool:
    moment = filling.moment
    waits = moment.due is not None and moment.due.on == "resolving"
    return (
        not waits
        or triggered(moment.due, escalation, filling.instance)
        or triggered(moment.opens, escalation, filling.instance)
    )


def is_early(filling: Filling, escalation: Escalation) -> bool:
    """Whether it is begun by choice, before the policy asks for it."""
    moment = filling.moment
    waits_for = moment.opens or moment.due
    return waits_for is not None and not triggered(waits_for, escalation, filling.instance)


def moments_up_to(filling: Filling) -> list[str]:
    """Ids of the moments whose fields are asked: this one, and what comes before it in the form."""
    ids = [moment.id for moment in filling.form.moments if moment.who != "partnership"]
    return ids[: ids.index(filling.moment.id) + 1]


def was_sent(filling: Filling, escalation: Escalation) -> bool:
    """Whether any version of this instance has been sent."""
    return any(key.startswith(f"{filling.form.id}/{filling.instance}/") for key in escalation.sent)
