"""Keeping and sending the official form: one letter to each recipient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.decisions.effects import Effects, as_it_is, renew_dates
from bot.decisions.sending import close
from bot.decisions.signing import ask_to_sign, with_signatures
from bot.escalation import Escalation, Step, take
from bot.flows import faces, growing
from bot.flows.beginning import value
from bot.flows.context import Context
from bot.flows.own_copies import without_a_copy
from bot.flows.recipients import having, in_words, receivers_of
from bot.flows.recording import recorded
from bot.flows.report import Report, aside_name, given_before
from bot.forms_due import WHOLE, find, fired_at, moments_up_to, stages_of
from bot.messages import Button, Buttons, Heading, Message, Part, Points, Words
from bot.notices import RECEIVERS, Receiver, reached, reaches, with_notices
from bot.policy import Policy
from bot.ports import Delivery
from bot.sent_letters import (
    Letter,
    filling_of,
    fillings_of,
    id_of,
    is_missing,
    letters_of,
    missing,
    sent_again,
    takes_the_place,
    to_post,
    waits_for_post,
)

SAID = ("name", "email", "address", "hand_on", "hand_over")
"""What the history keeps of a recipient."""


def report(c: Context, d: Report, prefix: str, now: datetime) -> Effects:
    """Keep the form; if it was confirmed, one letter to each recipient, and requests to those who are to sign."""
    policy = c.policy_of(c.escalation)
    form = policy.form(d.form)
    key = f"{d.form}/{d.instance}/{d.moment}"
    kept = sorted({*(c.escalation.fields.get("kept") or ()), key})
    stored = {f"form.{d.form}.{d.instance}": dict(d.answers), "kept": kept, **_put_aside(c.escalation, d)}
    stored |= growing.seen(c, form, d.instance, d.answers)
    done = Effects(prefix, c.me.id, now, take(c.escalation, Step.REPORT).with_fields(**stored))
    ask_to_sign(c, done, d, form.title)
    if not d.send:
        done.note("report kept", form=d.form, instance=d.instance, moment=d.moment, stage=c.escalation.stage)
        text = c.words("report.kept", title=form.title, reference=d.reference)
        done.tell(c.me.id, Message(text, (Words(text), *faces.ownership(c, done.escalation))))
        return done
    posts = [each for each in d.by_hand if each.get("address")]
    before = set(letters_of(done.escalation))
    handed_on = _handed_on(c, done, d)
    _not_missed_any_more(done, key, d.only)
    stages = notice_stages(policy, c.escalation, d)
    to = [*d.recipients, *posts]
    for recipient, receivers in zip(to, _reached(policy, done.escalation, d, to, stages), strict=True):
        _add_letter(c, done, d, recipient, receivers, stages)
    done.escalation = with_notices(done.escalation, c.escalation)
    _say_what_is_next(c, done, before)
    done.escalation = _with_sent(done, key, before, handed_on)
    where = {"form": d.form, "instance": d.instance, "moment": d.moment, "stage": c.escalation.stage}
    done.note("report confirmed", **where, to=_said(to), **({"by_hand": _said(d.by_hand)} if d.by_hand else {}))
    renew_dates(c, done)
    summary = c.words("report.sent" if d.recipients else "report.given", title=form.title, reference=d.reference)
    who = (Points(tuple(in_words(each, c.words) for each in d.recipients)),) if d.recipients else ()
    parts: list[Part] = [Heading(summary), *who, *_left_out(c, d), *without_a_copy(c, d.by_hand, d.recipients)]
    parts += [Words(c.words("report.on_its_way"), "quiet")] if d.recipients else []
    parts += [Words(c.words("post.until_then"), "strong")] if any(each.get("address") for each in to) else []
    parts += _comes_back(c) if d.recipients else ()
    done.tell(c.me.id, Message(summary, (*parts, *faces.ownership(c, done.escalation))))
    if handed_on:
        close(c, done)
    return done


def _said(recipients: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name in SAID} for each in recipients]


def _left_out(c: Context, d: Report) -> tuple[Part, ...]:
    """Who does not get it again, since they have it."""
    policy = c.policy_of(c.escalation)
    filling = find(policy, f"{d.form}/{d.instance}/{d.moment}") if d.only else None
    have_it = having(filling, c.escalation) - set(d.only) if filling else set()
    names = [recipient.name for recipient in policy.form(d.form).recipients if recipient.id in have_it]
    return (Words(c.words("report.not_again", names="; ".join(names))),) if names else ()


def _not_missed_any_more(done: Effects, key: str, only: Collection[str]) -> None:
    """Who did not get it before gets it now, or the raiser has left them out: the old letters change nothing more."""
    for number, letter in missing(key, done.escalation).items():
        if not only or {id_of(slot) for slot in letter.get("stands_for") or ()} <= set(only):
            replaced = {**letter, "replaced": done.now.isoformat()}
            done.escalation = done.escalation.with_fields(**{f"letter.{number}": replaced})


def _handed_on(c: Context, done: Effects, d: Report) -> set[str]:
    """What counts as sent without any letter: others have it, and whoever lacks it gets it from the raiser alone."""
    to = {id_of(slot) for each in d.by_hand if not each.get("address") for slot in each["stands_for"]}
    if not d.only or not to:
        return set()
    own = {"form": d.form, "instance": d.instance, "moment": d.moment}
    lost = [
        letter
        for letter in missing(filling_of(own), done.escalation).values()
        if {id_of(slot) for slot in letter.get("stands_for") or ()} <= to and _holds(c, done, own, letter)
    ]
    return {each for letter in lost for each in fillings_of(letter)}


def _say_what_is_next(c: Context, done: Effects, before: Collection[str]) -> None:
    """In each new letter: by the dates that run from it."""
    step = faces.next_step(as_it_is(c, done), done.escalation)
    fresh = {number: letter for number, letter in letters_of(done.escalation).items() if number not in before}
    told = {f"letter.{number}": {**letter, "next": step} for number, letter in fresh.items()}
    done.escalation = done.escalation.with_fields(**told)


def _with_sent(done: Effects, key: str, before: Collection[str], handed_on: Collection[str]) -> Escalation:
    """What is still to be posted counts as not sent until that is noted; nor does what somebody still lacks."""
    letters = letters_of(done.escalation)
    fresh = {each for number in letters if number not in before for each in fillings_of(letters[number])}
    confirmed = fresh | set(handed_on)
    still = {each for each in confirmed if waits_for_post(each, done.escalation) or is_missing(each, done.escalation)}
    sent = {name: at for name, at in done.escalation.sent.items() if name != key}
    return replace(done.escalation, sent={**sent, **dict.fromkeys(sorted(confirmed - still), done.now.isoformat())})


def _comes_back(c: Context) -> tuple[Part, ...]:
    """Where it would come back to, where nobody but a person can look; and how they say so here."""
    if not c.returns_to:
        return ()
    button = Button(c.words("note.returned"), "start", value("note", c.escalation.reference, chosen="returned"))
    return Words(c.words("report.returns_to", mailbox=c.returns_to)), Buttons((button,))


def _put_aside(escalation: Escalation, d: Report) -> dict[str, Any]:
    """Answers given before that do not stand on the form now: they are kept, and come back with their field."""
    before = given_before(escalation, d.form, d.instance)
    aside = {name: value for name, value in before.items() if name not in d.answers}
    name = aside_name(d.form, d.instance)
    return {name: aside} if aside or name in escalation.fields else {}


def _reached(
    policy: Policy, escalation: Escalation, d: Report, to: Sequence[Mapping[str, Any]], stages: Sequence[str]
) -> list[list[Receiver]]:
    """Of each recipient, who gets the form by it; where none of these is for them, the raiser hands it over as well."""
    each = [receivers_of(policy, policy.form(d.form), recipient) for recipient in to]
    handed = {one for one in RECEIVERS if one not in set().union(*each) and not reached(escalation, stages, one)}
    return [sorted(receivers | handed) for receivers in each]


def notice_stages(policy: Policy, escalation: Escalation, d: Report) -> list[str]:
    """The stages whose notice this is: the instance's own; else those at which it is due by now, and the present one.

    Sent early, it is also the notice of the next stage at which it will be due: it is not asked for again there.
    """
    if d.instance != WHOLE:
        return [d.instance]
    trigger = policy.form(d.form).moment(d.moment).due
    due = fired_at(policy, trigger, escalation)
    if not due and trigger is not None and trigger.on == "entering":
        above = {stage.id for stage in policy.above(escalation.stage)}
        due = [stage for stage in stages_of(trigger, policy) if stage in above][:1]
    return list(dict.fromkeys([*due, escalation.stage]))


def _add_letter(
    c: Context,
    done: Effects,
    d: Report,
    recipient: Mapping[str, Any],
    receivers: Sequence[Receiver],
    stages: Sequence[str],
) -> None:
    """One letter to one recipient, as it was confirmed: the answers are kept with it and do not change later."""
    reference = done.escalation.reference
    number = 1 + sum(1 for name in done.escalation.fields if name.startswith("letter."))
    by_post = list(recipient.get("address") or ())
    answers = with_signatures(done.escalation, d.form, d.instance, d.answers)
    answers |= recorded(done.escalation, d.form, d.instance)
    letter: dict[str, Any] = {
        "form": d.form,
        "instance": d.instance,
        "moment": d.moment,
        "answers": answers,
        "to": recipient.get("email") or c.me.email,
        "by_post": by_post,
        "hand_on": recipient.get("hand_on") or recipient.get("hand_over") or "",
        "stands_for": list(recipient.get("stands_for") or ()),
        "partnership": bool(recipient.get("partnership")),
        "reaches": list(receivers),
        "notices": {} if by_post else dict.fromkeys(stages, c.today.isoformat()),
        "made": c.today.isoformat(),
    }
    if by_post:
        letter["notice_of"] = list(stages)
    alone = recipient in d.by_hand
    if alone:
        letter["left"] = done.now.isoformat()  # nothing leaves: it is the raiser's to print and to post
    _reaches_the_same(done, letter)
    _instead(c, done, letter)
    if not by_post:
        # What was to be given notice of by post is given it by this letter, today.
        letter["notices"] |= dict.fromkeys(letter.pop("notice_of", ()), c.today.isoformat())
    done.escalation = done.escalation.with_fields(**{f"letter.{number}": letter})
    if not alone:
        done.deliveries.append(
            Delivery(f"{reference}/letter/{number}", "letter", f"{reference}/{number}", reference=reference)
        )


def _reaches_the_same(done: Effects, letter: dict[str, Any]) -> None:
    """What goes to a recipient once more is for everybody for whom the earlier one was."""
    for before in letters_of(done.escalation).values():
        if not before.get("replaced") and takes_the_place([letter], before):
            letter["reaches"] = [one for one in RECEIVERS if one in letter["reaches"] or reaches(before, one)]


def _instead(c: Context, done: Effects, letter: dict[str, Any]) -> None:
    """What was to be posted to the same recipient, and was not, is not to be posted any more: it is in this one. So is
    what had not reached them, where this one holds all that it held."""
    for number, before in to_post(done.escalation).items():
        if takes_the_place([letter], before):
            replaced = {**before, "replaced": done.now.isoformat()}
            done.escalation = done.escalation.with_fields(**{f"letter.{number}": replaced})
            _takes_over(letter, before, before["notice_of"])
    for number, before in letters_of(done.escalation).items():
        lost = before.get("given_up") and not sent_again(done.escalation, number)
        if lost and takes_the_place([letter], before) and _holds(c, done, letter, before):
            _takes_over(letter, before, before.get("notice_of") or before.get("notices") or ())


def _takes_over(letter: dict[str, Any], before: Letter, notice_of: Iterable[str]) -> None:
    fillings = [each for each in fillings_of(before) if each != filling_of(letter)]
    letter["instead_of"] = list(dict.fromkeys([*letter.get("instead_of", ()), *fillings]))
    letter["notice_of"] = list(dict.fromkeys([*notice_of, *letter.get("notice_of", ())]))


def _holds(c: Context, done: Effects, letter: Letter, before: Letter) -> bool:
    """Whether all moments that the one was sent with are asked for the other as well."""
    policy = c.policy_of(done.escalation)
    filling = find(policy, filling_of(letter))
    asked = moments_up_to(policy, filling, done.escalation) if filling else []
    return {each.rpartition("/")[2] for each in fillings_of(before)} <= set(asked)
