"""Exactly who gets a form, and how each of them is said to the raiser before anything leaves.

A recipient is {"name", "email"} by mail, {"name", "address": [lines]} by post, {"name", "hand_on": role} where it stays
in the raiser's own agency, or {"name", "hand_over": role} where nobody was given and the raiser hands it over. Whatever
has no mailbox reaches the raiser's own. The role is in the policy's words: it may stand in the letter, where nothing
that somebody typed does. Each also tells which recipients of the policy it `stands_for`, whoever that is now, and
whether it goes to the `partnership`: to a mailbox or an address that the policy itself names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from bot.errors import InvalidAnswer
from bot.escalation import Escalation
from bot.fields import Email, Professional, Reading
from bot.flows.context import Asking, Context, ask
from bot.flows.questions import Question
from bot.forms_due import WHOLE, Filling
from bot.messages import Given
from bot.notices import Receiver
from bot.policy import Form, Policy, Recipient
from bot.sent_letters import Letter, fillings_of, id_of, letters_of, missing, sent_again

LEAD = "people.lead"
"""The escalation's field that holds the raiser's safeguarding lead."""


class AllowedEmail(Email):
    """A mailbox to which letters may go: `check` raises InvalidAnswer with the reason if they may not."""

    check: Callable[[str], None]

    def read(self, given: Given, reading: Reading) -> str:
        email = super().read(given, reading)
        self.check(email)
        return email


class AllowedPerson(Professional):
    """Somebody with such a mailbox."""

    check: Callable[[str], None]

    def read(self, given: Given, reading: Reading) -> dict[str, str]:
        person = super().read(given, reading)
        self.check(person["email"])
        return person


def _check_domain(c: Context, email: str) -> None:
    """It is told at once, and not when the letter is to leave. Raises InvalidAnswer."""
    policy_id = c.escalation.policy
    if c.policies.may_get_letters(policy_id, email):
        return
    if domains := c.policies.letters_to(policy_id):
        raise InvalidAnswer(c.words("report.email_outside", domains=", ".join(domains)))
    raise InvalidAnswer(c.words("report.email_nowhere"))


def may_get_copies(c: Context) -> bool:
    """Whether this person's own mailbox, as their platform knows it, may get what they file, hand on or post."""
    return bool(c.me.email) and c.policies.may_get_copies(c.escalation.policy, c.me.email)


def recipients(c: Context, filling: Filling, only: Collection[str] = ()) -> Asking:
    """Exactly who gets it; `only` these recipients of the policy, or all. Whoever the policy names by role only is
    asked for, once."""
    found: list[Mapping[str, Any]] = []
    form = filling.form
    firsts = [each for each in firsts_of(form) if not only or each.id in only]
    for recipient in firsts:
        one = yield from _first_of(c, filling, recipient)
        found += [{**one, "stands_for": [_slot(recipient, c.escalation)]}] if one is not None else []
    if not found and filling.moment.send:
        # What is due could otherwise never be sent, and the escalation never be closed.
        theirs = [one for each in firsts for one in _in_turn(form, each)] if only else form.recipients
        roles = dict.fromkeys(each.name for each in [each for each in theirs if _is_for(each, filling)] or theirs)
        them = [each for each in firsts if any(_is_for(one, filling) for one in _in_turn(form, each))]
        stands_for = [_slot(each, c.escalation) for each in them or firsts]
        found.append({"name": c.me.name, "hand_over": "; ".join(roles), "stands_for": stands_for})
    return found


def lacking(filling: Filling, escalation: Escalation) -> list[str]:
    """Ids of the recipients whom it did not reach, where it reached others, to whom it need not go again."""
    lost = missing(filling.key, escalation)
    ids = _ids_of(lost.values())
    told = all(letter.get("stands_for") for letter in lost.values())
    return (
        [each.id for each in firsts_of(filling.form) if each.id in ids] if told and having(filling, escalation) else []
    )


def having(filling: Filling, escalation: Escalation) -> set[str]:
    """Ids of those who have it, or will, as far as anybody knows."""
    lost = missing(filling.key, escalation)
    has_it = [
        letter
        for number, letter in letters_of(escalation).items()
        if filling.key in fillings_of(letter) and number not in lost and not sent_again(escalation, number)
    ]
    return _ids_of(has_it) - _ids_of(lost.values())


def not_reached(filling: Filling, escalation: Escalation) -> set[str]:
    """Ids of all whom it did not reach."""
    return _ids_of(missing(filling.key, escalation).values())


def _ids_of(letters: Iterable[Letter]) -> set[str]:
    """Of the recipients for whom they stand."""
    return {id_of(slot) for letter in letters for slot in letter.get("stands_for") or ()}


def firsts_of(form: Form) -> list[Recipient]:
    """Its recipients without those who only stand in for another."""
    instead = {recipient.otherwise for recipient in form.recipients if recipient.otherwise}
    return [recipient for recipient in form.recipients if recipient.id not in instead]


def _is_for(recipient: Recipient, filling: Filling) -> bool:
    return not recipient.moments or filling.moment.id in recipient.moments


def _slot(recipient: Recipient, escalation: Escalation) -> str:
    """One recipient of the policy; whoever is recorded for the present stage is another at the next one."""
    changes = recipient.person in {"challenged_at_stage", "raising_at_stage"} and not recipient.stage
    return f"{recipient.id}@{escalation.stage}" if changes else recipient.id


def prefix_of(filling: Filling) -> str:
    """What the names of its questions begin with."""
    return filling.form.id if filling.instance == WHOLE else f"{filling.form.id}.{filling.instance}"


def name_of(filling: Filling, field_id: str) -> str:
    """The question's name of a form field, or of a follow-up ("field.follow_up").

    Where there is one form for each stage, what is answered for one is not taken for another.
    """
    return f"{prefix_of(filling)}.{field_id}"


def _first_of(c: Context, filling: Filling, recipient: Recipient) -> Asking:
    """The first of "A or B" that is given here.

    Where A does not get it at this moment, B gets it only if the policy names the moment for B.
    """
    passed_over = False
    for each in _in_turn(filling.form, recipient):
        named = filling.moment.id in each.moments
        if named or (not each.moments and not passed_over):
            one = yield from _recipient(c, filling, each)
            if one is not None:
                return {**one, "partnership": True} if _is_the_partnerships(each) else one
        else:
            passed_over = True
    return None


def _is_the_partnerships(recipient: Recipient) -> bool:
    """Whether the policy itself prints where it goes; whatever is recorded, or asked for, is an agency's."""
    if recipient.via == "internal":
        return False
    printed = recipient.email or recipient.address
    return bool(printed) and (recipient.via == "post" or recipient.person is None)


def receivers_of(policy: Policy, form: Form, recipient: Mapping[str, Any]) -> set[Receiver]:
    """Who gets the form by what goes to this one, of those whose receipt starts a clock. At a stage that is the
    partnership's, whoever is named for the other side is the partnership."""
    slots = dict(slot.partition("@")[::2] for slot in recipient.get("stands_for") or ())
    found: set[Receiver] = {"partnership"} if recipient.get("partnership") else set()
    for each in (one for one in form.recipients if one.id in slots):
        if _is_the_partnerships(each):
            found.add("partnership")
        if each.person == "challenged_at_stage":
            stage = each.stage or slots[each.id]
            found |= {"challenged", "partnership"} if policy.stage(stage).kind == "partnership" else {"challenged"}
    return found


def _in_turn(form: Form, recipient: Recipient) -> Iterator[Recipient]:
    """It, and those who stand in for it, one after the other; each once."""
    by_id = {each.id: each for each in form.recipients}
    left = dict(by_id)
    following: Recipient | None = recipient
    while following is not None and left.pop(following.id, None) is not None:
        yield following
        following = by_id.get(following.otherwise or "")


def _recipient(c: Context, filling: Filling, recipient: Recipient) -> Asking:
    """One recipient, asked for where that is needed; None where nobody is given."""
    match recipient.via:
        case "internal":
            who = yield from _name(c, filling, recipient)
            return {"name": who, "hand_on": recipient.name} if who else None
        case "post":
            who = yield from _name(c, filling, recipient)
            return {"name": who, "address": list(recipient.address) or [recipient.name]} if who else None
        case "mail":
            return (yield from _by_mail(c, filling, recipient))


def _name(c: Context, filling: Filling, recipient: Recipient) -> Asking:
    """Who it is for, where no mailbox is needed: whoever is recorded, else as the policy names them."""
    if recipient.person == "ask":
        kind = Professional(parts=("name",), needed=("name",))
        who = yield from _ask_who(c, filling, recipient, kind)
        return who["name"] if who else ""
    return recorded(c.escalation, recipient).get("name") or recipient.name


def _by_mail(c: Context, filling: Filling, recipient: Recipient) -> Asking:
    if recipient.person == "ask":
        kind = AllowedPerson(parts=("name", "email"), needed=("name", "email"), check=partial(_check_domain, c))
        who = yield from _ask_who(c, filling, recipient, kind)
        return {"name": who["name"], "email": who["email"]} if who else None
    if recipient.person is None:
        if not recipient.email:
            return {"name": recipient.name, "address": list(recipient.address)}
        return {"name": recipient.name, "email": recipient.email}
    known = recorded(c.escalation, recipient)
    name = known.get("name") or recipient.name
    email = yield from ask(
        Question(
            f"{prefix_of(filling)}.to.{recipient.id}",
            c.words("report.email_of", who=name),
            AllowedEmail(check=partial(_check_domain, c)),
            hint=c.words("report.email_help", role=recipient.name),
            heading=c.words("report.recipients"),
            optional=True,
            prefill=known.get("email") or None,
            private=False,
        )
    )
    return {"name": name, "email": email} if email else None


def _ask_who(c: Context, filling: Filling, recipient: Recipient, kind: Professional) -> Asking:
    heading = c.words("report.recipients")
    name = f"{prefix_of(filling)}.to.{recipient.id}"
    return (yield from ask(Question(name, recipient.question, kind, heading=heading, optional=True, private=False)))


def recorded(escalation: Escalation, recipient: Recipient) -> Mapping[str, str]:
    """Whom the record names for this recipient, as a Professional answer; {} if nobody is."""
    stage = recipient.stage or escalation.stage
    match recipient.person:
        case "challenged_at_stage":
            return escalation.person(stage, "challenged")
        case "raising_at_stage":
            return escalation.person(stage, "raising")
        case "safeguarding_lead":
            return dict(escalation.fields.get(LEAD) or {})
        case "ask" | None:
            return {}


def in_words(recipient: Mapping[str, Any], words: Any) -> str:
    """One recipient, exactly, as the raiser confirms it."""
    if recipient.get("email"):
        return str(words("report.by_mail", name=recipient["name"], email=recipient["email"]))
    if recipient.get("hand_on"):
        return str(words("report.by_hand", name=recipient["name"]))
    if recipient.get("hand_over"):
        return str(words("report.by_yourself", name=recipient["name"]))
    return str(words("report.by_post", name=recipient["name"], address=", ".join(recipient["address"])))
