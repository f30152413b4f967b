"""Whether forms come due and reach somebody: moments, what makes them due, and who gets the form then."""

from __future__ import annotations

from collections.abc import Iterator

from bot.errors import InvalidAnswer
from bot.fields import read_email
from bot.policy_files.outline import Outline, all_known, known, once
from bot.policy_files.parts import Part
from bot.policy_files.reading import Fault, Tree

AT_A_STAGE = ("challenged_at_stage", "raising_at_stage")
"""Persons of a recipient that are recorded at a stage."""


def sending_faults(outline: Outline) -> Iterator[Fault]:
    """Everything about when forms are due and where they go that does not fit together or cannot be meant."""
    tree = outline.tree
    for form, fields in outline.form_parts():
        moments = form.parts("moments")
        ids = [moment.text("id") for moment in moments]
        yield from once(tree, moments, "moment")
        yield from once(tree, form.parts("recipients"), "recipient")
        for part in (*form.parts("sections"), *fields):
            if moment_id := part.text("moment"):
                yield from known(tree, (*part.path, "moment"), moment_id, ids, "moment")
        for moment in moments:
            for trigger in (moment.part("opens"), moment.part("due")):
                if trigger.data:
                    yield from _trigger(outline, trigger)
        yield from _sent(tree, form, moments)
        yield from _locked(tree, form, moments)
        yield from _recipients(outline, form, moments)


def _trigger(outline: Outline, trigger: Part) -> Iterator[Fault]:
    tree, data = outline.tree, trigger.data
    yield from all_known(tree, trigger.texts("stages"), outline.climbed, "stage")
    if stage := trigger.text("from_stage"):
        yield from known(tree, (*trigger.path, "from_stage"), stage, outline.climbed, "stage")
    ways = [key for key in ("stages", "from_stage", "every") if data.get(key)]
    if not ways:
        text = "it names no stage, so this would never be due. Write stages: […], from_stage: or every: true."
        yield tree.fault(trigger.path, text)
    elif len(ways) > 1:
        text = f"it says in more than one way at which stages: {', '.join(ways)}. Keep one of them."
        yield tree.fault(trigger.path, text)
    named = {name for _, name in trigger.texts("stages")} | {stage} - {""}
    if trigger.text("on") == "leaving" and not data.get("every") and named and not named & outline.left:
        text = "nothing comes after this stage, so it is never left for another. Write on: resolving."
        yield tree.fault((*trigger.path, "on"), text)


def _sent(tree: Tree, form: Part, moments: list[Part]) -> Iterator[Fault]:
    for moment in moments:
        if moment.data.get("send") is True and moment.text("who") == "partnership":
            text = "the partnership fills this part on paper, so completing it cannot send the form. Remove “send”."
            yield tree.fault((*moment.path, "send"), text)
    sending = [place for place, moment in enumerate(moments) if moment.data.get("send") is True]
    if moments and not sending:
        text = "no moment of this form sends it, so nobody would get it. Write send: true at the moment that does."
        yield tree.fault((*form.path, "moments"), text)
        return
    for place, moment in enumerate(moments):
        if not moment.part("due").data or moment.text("who") == "partnership":
            continue
        if place > max(sending, default=0):
            text = "it is due, but nothing sends the form then or later, so nobody would get it. Write send: true."
            yield tree.fault((*moment.path, "due"), text)
        elif not any(_follows(moments[later], moment, form) for later in sending if later >= place):
            on = moment.part("due").text("on")
            text = f"it is due on {on}, but what sends the form later need not come after that. Write send: true."
            yield tree.fault((*moment.path, "due"), text)


def _follows(sending: Part, moment: Part, form: Part) -> bool:
    """Whether what is filled at one moment is sent by a later one, however the escalation goes on and ends."""
    then, before = sending.part("due").text("on"), moment.part("due").text("on")
    if sending is moment or not then:
        return True
    if before == "withdrawing" or then == "withdrawing":
        return then == before
    # What is left is neither entered again nor where it is resolved, and has its own form if there is one a stage.
    return not (before == "leaving" and form.text("one_per") == "stage" and then != "leaving")


def _locked(tree: Tree, form: Part, moments: list[Part]) -> Iterator[Fault]:
    sending = [moment.text("id") for moment in moments if moment.data.get("send") is True]
    there = [moment.text("id") for moment in moments]
    for section in form.parts("sections"):
        moment = section.text("moment")
        if section.data.get("locked") is True and moment in there and moment not in sending:
            text = f"it is locked once “{moment}” has been sent, but that moment never is. Remove “locked”,"
            yield tree.fault((*section.path, "locked"), f"{text} or write send: true at the moment.")


def _recipients(outline: Outline, form: Part, moments: list[Part]) -> Iterator[Fault]:
    tree, recipients = outline.tree, form.parts("recipients")
    ids = [recipient.text("id") for recipient in recipients]
    for recipient in recipients:
        yield from _recipient(outline, recipient)
        yield from _domain_faults(outline, recipient)
        named = recipient.texts("moments")
        yield from all_known(tree, named, [one.text("id") for one in moments], "moment")
        if other := recipient.text("otherwise"):
            path = (*recipient.path, "otherwise")
            if other == recipient.text("id"):
                text = f"“{other}” stands in for itself, so nobody would be last. Name another recipient, or remove it."
                yield tree.fault(path, text)
            else:
                yield from known(tree, path, other, ids, "other recipient")
    yield from _circles(tree, recipients)
    yield from _never_missing(tree, recipients)
    instead = {one.text("otherwise") for one in recipients}
    first = [one for one in recipients if one.text("id") not in instead]
    for sending in moments:
        gets_it = any(_may_get_it(one, recipients, sending.text("id")) for one in first)
        if sending.data.get("send") is True and first and not gets_it:
            text = "no recipient gets the form then. Name the moment in a recipient's “moments”, or remove “send”."
            yield tree.fault((*sending.path, "send"), text)


def _may_get_it(recipient: Part, recipients: list[Part], moment: str) -> bool:
    """Whether it, or somebody who stands in for it, gets the form at this moment."""
    left = {one.text("id"): one for one in recipients}
    following: Part | None = recipient
    while following is not None and left.pop(following.text("id"), None) is not None:
        named = [name for _, name in following.texts("moments")]
        if moment in named or (not named and following is recipient):
            return True
        following = left.get(following.text("otherwise"))
    return False


def _circles(tree: Tree, recipients: list[Part]) -> Iterator[Fault]:
    """Recipients that stand in for each other in a circle; each circle once, at its last recipient."""
    otherwise = {one.text("id"): one.text("otherwise") for one in recipients}
    told: set[str] = set()
    for recipient in reversed(recipients):
        start = recipient.text("id")
        way, name = {start}, otherwise[start]
        while name in otherwise and name not in way:
            way.add(name)
            name = otherwise[name]
        if name == start and len(way) > 1 and not told & way:
            told |= way
            text = "following “otherwise” from here leads back here, so nobody would be last. Remove one of them."
            yield tree.fault((*recipient.path, "otherwise"), text)


def _never_missing(tree: Tree, recipients: list[Part]) -> Iterator[Fault]:
    """Somebody can only stand in for a recipient who may be missing, or who does not get the form each time."""
    for recipient in recipients:
        is_other = recipient.text("otherwise") not in ("", recipient.text("id"))
        always = not recipient.text("person") and not recipient.data.get("moments") and _is_reached(recipient)
        if is_other and always:
            text = "it is always there, so nobody ever gets the form otherwise. Remove it, or write person: ask."
            yield tree.fault((*recipient.path, "otherwise"), text)


def _is_reached(recipient: Part) -> bool:
    return bool(recipient.text("email") or recipient.texts("address"))


def _recipient(outline: Outline, recipient: Part) -> Iterator[Fault]:
    tree = outline.tree
    email, person, via = recipient.text("email"), recipient.text("person"), recipient.text("via")
    address = bool(recipient.texts("address"))
    if via == "internal":
        yield from _internal(tree, recipient)
    elif not (email or person or address):
        yield tree.fault(recipient.path, "nobody can be reached: it has no email, address or person. Give one of them.")
    elif email and person:
        text = "it has both an email and a person, and only one can be meant. Remove one of them."
        yield tree.fault((*recipient.path, "person"), text)
    elif via == "post" and not (address or person):
        text = "it goes by post, but has no address. Give the lines of the address."
        yield tree.fault((*recipient.path, "via"), text)
    elif via != "post" and not (email or person):
        text = "it has an address, but goes by mail. Write via: post, or give an email."
        yield tree.fault(recipient.path, text)
    yield from email_faults(tree, recipient)
    if stage := recipient.text("stage"):
        yield from known(tree, (*recipient.path, "stage"), stage, outline.climbed, "stage")
        if person not in AT_A_STAGE:
            text = "a stage is named, but the recipient is not a person of a stage. Remove it, or write the person."
            yield tree.fault((*recipient.path, "stage"), text)
    if person == "ask" and not recipient.text("question"):
        text = "it does not say how the raiser is asked who it is. Add the key “question”."
        yield tree.fault((*recipient.path, "person"), text)
    elif recipient.text("question") and person != "ask":
        text = "this is never asked, because the recipient is known. Remove it, or write person: ask."
        yield tree.fault((*recipient.path, "question"), text)


def _internal(tree: Tree, recipient: Part) -> Iterator[Fault]:
    for key in ("email", "address"):
        if recipient.data.get(key):
            text = f"it stays in the raiser's own agency (via: internal), so the {key} is not used. Remove one of them."
            yield tree.fault((*recipient.path, key), text)


def email_faults(tree: Tree, part: Part) -> Iterator[Fault]:
    """Its `email`, if there is one, must be one address."""
    if email := part.text("email"):
        try:
            read_email(email)
        except InvalidAnswer:
            text = f"“{email}” is not one e-mail address. Write it like name@example.org."
            yield tree.fault((*part.path, "email"), text)


def _domain_faults(outline: Outline, recipient: Part) -> Iterator[Fault]:
    """A mailbox that no letter could go to."""
    domains = [name for _, name in outline.policy.texts("mail_domains")]
    email = recipient.text("email")
    if domains and "@" in email and email.rpartition("@")[2].lower() not in domains:
        text = (
            "this mailbox is at none of the mail_domains, so no letter could go there. Add its domain, or correct it."
        )
        yield outline.tree.fault((*recipient.path, "email"), text)
