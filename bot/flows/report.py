"""The partnership's own form: asked section by section, pre-filled, reviewed, and confirmed before anything leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.escalation import Escalation, Status
from bot.fields import Computed
from bot.flows import faces, growing
from bot.flows.context import Asking, Context, ask, choose
from bot.flows.form_fields import (
    asked_fields,
    computed_fields,
    hint_of,
    is_theirs,
    locked_answers,
    locked_fields,
)
from bot.flows.moved_on import NothingToDo
from bot.flows.own_copies import own_copy, shared_out, without_a_copy
from bot.flows.prefill import prefill
from bot.flows.questions import Question
from bot.flows.recipients import in_words, lacking, may_get_copies, name_of, not_reached, prefix_of, recipients
from bot.forms_due import WHOLE, Filling, find, is_early, offered_now, outstanding, to_fill, was_sent
from bot.messages import Facts, Part, Points, Words
from bot.policy import FormField, Policy, Section


@dataclass(frozen=True)
class Report:
    """A form as the raiser confirmed it. `send` is False where it is only kept.

    `recipients` are as `recipients` says; exactly these, and nobody else, get it.
    """

    reference: str
    form: str
    instance: str
    moment: str
    answers: Mapping[str, Any]
    recipients: tuple[Mapping[str, Any], ...]
    send: bool
    only: tuple[str, ...] = ()
    """The recipients of the policy to whom alone it is sent again, since the others have it; () for all."""
    by_hand: tuple[Mapping[str, Any], ...] = ()
    """To whom the raiser gives it without a copy from here, as `own_copies` says."""


def report(c: Context) -> Asking:
    """A conversation that returns Report or NothingToDo."""
    policy = c.policy_of(c.escalation)
    if not policy.forms:
        return NothingToDo("report.no_form", {"partnership": policy.partnership.short})
    filling = find(policy, c.seed["filling"]) if "filling" in c.seed else None
    if filling is None:
        filling = yield from _which_form(c, policy)
    if c.escalation.status is not Status.OPEN and not outstanding(policy, c.escalation) and not c.escalation.sent:
        return NothingToDo("report.not_needed", {"reference": c.escalation.reference})
    answers: dict[str, Any] = {}
    for number, (section, field) in enumerate(asked_fields(policy, filling, c.escalation)):
        opening = _opening(c, filling) if number == 0 else ()
        yield from _ask_field(c, filling, section, field, opening, answers)
    answers |= locked_answers(policy, filling, c.escalation)
    answers |= computed_answers(c, filling)
    only = yield from _to_whom(c, filling)
    if only is None:
        return NothingToDo("report.reached_meanwhile", {"reference": c.escalation.reference})
    gets_it, by_hand = shared_out(c, (yield from recipients(c, filling, only)), only)
    send = yield from _confirm(c, filling, gets_it, by_hand, only)
    which = filling.form.id, filling.instance, filling.moment.id
    return Report(c.escalation.reference, *which, answers, tuple(gets_it), send, only, tuple(by_hand))


def _to_whom(c: Context, filling: Filling) -> Asking:
    """Where it reached some and not others: only to those again, or to all. Comes back with ids, none for all; or with
    None where it has reached everybody meanwhile, whom it had not reached when the conversation began.

    It is as it is now, and not as it was then: what came back meanwhile is asked about, before anything leaves.
    """
    ids = lacking(filling, c.escalation)
    began = c.seed.get(_lacking_name(filling), "").split()
    if not ids and (not began or not_reached(filling, c.escalation)):
        return ()
    names = [recipient.name for recipient in filling.form.recipients if recipient.id in (ids or began)]
    offered = {"lacking": c.words("report.only_lacking"), "all": c.words("report.to_all")}
    before = (Words(c.words("report.lacking")), Points(tuple(names)))
    heading, name = c.words("report.recipients"), f"{prefix_of(filling)}.to_whom"
    whom = yield from choose(name, c.words("report.to_whom"), offered, before=before, heading=heading, private=False)
    if whom != "lacking":
        return ()
    return tuple(ids) or None


def _lacking_name(filling: Filling) -> str:
    return f"lacking {filling.key}"


def _which_form(c: Context, policy: Policy) -> Asking:
    """Which form, for which stage, and which part of it: comes back with a Filling."""
    by_name = {filling.key.replace("/", "__"): filling for filling in offered_now(policy, c.escalation)}
    if len(by_name) == 1:
        return next(iter(by_name.values()))
    due = {filling.key for filling in to_fill(policy, c.escalation)}
    offered = {name: _in_words(c, policy, filling, due) for name, filling in by_name.items()}
    return by_name[(yield from choose("form", c.words("report.which"), offered, private=False))]


def _in_words(c: Context, policy: Policy, filling: Filling, due: Collection[str]) -> str:
    name = "report.choice_due" if filling.key in due else "report.choice"
    return c.words(name, title=faces.title_of(c, policy, filling), part=filling.moment.label)


def computed_answers(c: Context, filling: Filling) -> dict[str, Any]:
    """What the form works out by itself, as it is now; nothing where nothing is known."""
    fields = computed_fields(c.policy_of(c.escalation), filling, c.escalation)
    worked_out = ((field.id, prefill(c, c.escalation, field, _stage_of(filling))) for field in fields)
    return {field_id: text for field_id, text in worked_out if text}


def _stage_of(filling: Filling) -> str:
    """The stage that the instance is for, where there is one for each."""
    return "" if filling.instance == WHOLE else filling.instance


def signed_name(form: str, instance: str, field_id: str) -> str:
    """The escalation's field that holds who confirmed this signature block, when, and what stood on the form then."""
    return f"signed.{form}.{instance}.{field_id}"


def pinned_filling(c: Context) -> dict[str, str]:
    """Kept when the conversation begins: which moment of which form it fills, where that is not still to be asked; and
    whom it has not reached, where it reached others."""
    offered = offered_now(c.policy_of(c.escalation), c.escalation)
    lacked = {_lacking_name(filling): " ".join(lacking(filling, c.escalation)) for filling in offered}
    known = {**growing.counted(c), **{name: ids for name, ids in lacked.items() if ids}}
    return {"filling": offered[0].key, **known} if len(offered) == 1 else known


def preloaded(c: Context) -> dict[str, Any]:
    """Answers that were kept before, so that going on with a form asks only what is new. Review changes any of them."""
    answers: dict[str, Any] = {}
    policy = c.policy_of(c.escalation)
    pinned = find(policy, c.seed["filling"]) if "filling" in c.seed else None
    for filling in [pinned] if pinned else offered_now(policy, c.escalation):
        computed = {field.id for field in computed_fields(policy, filling, c.escalation)}
        given = given_before(c.escalation, filling.form.id, filling.instance)
        not_asked = growing.asked_anew(c, filling, given) | computed
        for field_id, value in given.items():
            if field_id.split(".")[0] not in not_asked:
                signed = c.escalation.fields.get(signed_name(filling.form.id, filling.instance, field_id))
                if signed and signed["person"] == value.get("person"):
                    value = {**value, "confirmed": signed["at"]}
                answers[name_of(filling, field_id)] = {"skipped": True} if value is None else {"value": value}
    return answers


def aside_name(form: str, instance: str) -> str:
    """The escalation's field that holds answers which do not stand on the form now, and may come back to it."""
    return f"aside.{form}.{instance}"


def given_before(escalation: Escalation, form: str, instance: str) -> dict[str, Any]:
    """Every answer that was ever kept for this instance, whether it stands on the form now or not."""
    aside = escalation.fields.get(aside_name(form, instance)) or {}
    return {**aside, **(escalation.fields.get(f"form.{form}.{instance}") or {})}


def _ask_field(
    c: Context,
    filling: Filling,
    section: Section,
    field: FormField,
    opening: tuple[Part, ...],
    answers: dict[str, Any],
) -> Asking:
    policy = c.policy_of(c.escalation)
    theirs = is_theirs(filling, section, field)
    heading = section.heading or filling.form.title
    label = f"{field.group} {field.label}" if field.group else field.label
    answers[field.id] = yield from ask(
        Question(
            name_of(filling, field.id),
            label,
            field.answer,
            help=field.help,
            hint=hint_of(c, policy, field, theirs=theirs),
            before=opening,
            heading=heading,
            optional=theirs or not field.needed,
            prefill=_proposal(c, filling, field),
        )
    )
    yes: dict[str, bool] = {}
    for more in field.also:
        if (more.only_if and not yes.get(more.only_if)) or isinstance(more.answer, Computed):
            continue
        key = f"{field.id}.{more.id}"
        question = Question(
            name_of(filling, key),
            more.label,
            more.answer,
            hint=hint_of(c, policy, more),
            heading=heading,
            optional=True,
        )
        answers[key] = yield from ask(question)
        yes[more.id] = answers[key] is True


def _proposal(c: Context, filling: Filling, field: FormField) -> Any:
    """What is known already; where it grows, what was written last time, and what has happened since."""
    earlier = given_before(c.escalation, filling.form.id, filling.instance).get(field.id)
    grown = growing.proposed(c, filling, field, earlier)
    return prefill(c, c.escalation, field, _stage_of(filling)) if grown is None else grown


def _opening(c: Context, filling: Filling) -> tuple[Part, ...]:
    """Said above the first question: what this is, when it is due, and that nothing leaves without a yes."""
    title = faces.title_of(c, c.policy_of(c.escalation), filling)
    parts: list[Part] = [Words(c.words("report.opening", title=title, part=filling.moment.label))]
    parts += [Words(text, "quiet") for text in filling.form.words]
    if is_early(c.policy_of(c.escalation), filling, c.escalation):
        may_send = filling.moment.send or was_sent(filling, c.escalation)
        parts.append(Words(c.words("report.early" if may_send else "report.early_kept"), "strong"))
    parts.append(Words(c.words("report.private"), "quiet"))
    return tuple(parts)


def _not_asked(c: Context, policy: Policy, filling: Filling) -> tuple[Part, ...]:
    """What stands on the form without having been asked: what it works out, and what was sent and stays."""
    worked_out = computed_answers(c, filling)
    fields = [field for field in computed_fields(policy, filling, c.escalation) if field.id in worked_out]
    rows = tuple((field.label.rstrip(": "), worked_out[field.id]) for field in fields)
    parts: list[Part] = [Words(c.words("report.worked_out"), "strong"), Facts(rows)] if rows else []
    sections = {section.id: section for section, _ in locked_fields(policy, filling, c.escalation)}
    if sections:
        named = (section.heading or filling.form.moment(section.moment).label for section in sections.values())
        parts.append(Words(c.words("report.locked", sections="; ".join(dict.fromkeys(named))), "quiet"))
    return tuple(parts)


def _confirm(
    c: Context,
    filling: Filling,
    gets_it: Sequence[Mapping[str, Any]],
    by_hand: Sequence[Mapping[str, Any]],
    only: Collection[str],
) -> Asking:
    """Where others get it than when it was asked, it is another question: what was pressed answers the old one."""
    policy = c.policy_of(c.escalation)
    offered: dict[str, str] = {}
    goes = bool(gets_it or by_hand) and (filling.moment.send or was_sent(filling, c.escalation))
    leaves = goes and bool(gets_it)
    all_by_hand = goes and not leaves
    to_me = leaves and any(not each.get("email") for each in gets_it)
    if goes and (may_get_copies(c) or not to_me):
        offered["send"] = c.words("report.send" if leaves else "report.give")
    offered["keep"] = c.words("report.keep")
    before: tuple[Part, ...] = (
        *_not_asked(c, policy, filling),
        *(() if all_by_hand else (Words(c.words("report.will_go_to" if leaves else "report.stays"), "strong"),)),
        *((Points(tuple(in_words(each, c.words) for each in gets_it)),) if leaves else ()),
        *((own_copy(c),) if to_me else ()),
        *(without_a_copy(c, by_hand, gets_it) if goes else ()),
        *(() if all_by_hand else (Words(c.words("report.subject_only")),)),
        *((Words(c.words("report.returns_to", mailbox=c.returns_to)),) if leaves and c.returns_to else ()),
        *(Words(text) for text in policy.advice.ownership),
    )
    answer = yield from choose(
        name_of(filling, ".".join(("confirm", *only, *_by_hand(gets_it, by_hand)))),
        c.words("report.confirm"),
        offered,
        before=before,
        is_review=True,
        heading=c.words("report.review", title=filling.form.title),
        private=False,
    )
    return answer == "send"


def _by_hand(gets_it: Sequence[Mapping[str, Any]], by_hand: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if not by_hand:
        return ()
    return ("by-hand",) if gets_it else ("only-by-hand",)
