"""Words that are made when they are said: letters, nudges, digests, and what is said about drafts.

Rule 1: what is said is decided when it is said, from the record of that moment.
Rule 2: a maker changes nothing and sends nothing; None from it means that it is not wanted any more.
Rule 3: a further kind of words is one line of `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import access, decisions, ports, report
from bot.calendars import Calendar
from bot.digesting import Digesting
from bot.errors import Refused
from bot.filing import contents, copy_of
from bot.flows import drafts, nudges
from bot.flows.context import Context
from bot.flows.hours import HOME, hours
from bot.flows.recording import theirs
from bot.looking import world
from bot.messages import Message
from bot.people import Person
from bot.policies import Policies
from bot.ports import Attachment, Chat, Documents, Due, Letter, Made, Store, Transaction
from bot.timers import Hours
from bot.words import Words as Catalogue

BY_DAY = frozenset[Made]({"nudge", "draft"})
"""Nobody is to be woken by these."""


@dataclass(frozen=True)
class Making:
    """What makers may look at."""

    store: Store
    chat: Chat
    documents: Documents
    policies: Policies
    calendars: Mapping[str, Calendar]
    words: Catalogue
    now: Callable[[], datetime]
    for_filing: tuple[Documents, ...] = ()
    """In which formats people get what they file; () for that of letters only."""

    def message(self, due: Due) -> Message | None:
        """The words of a direct message, a line of a thread or an edit; None if it is not wanted any more."""
        if due.made:
            return MAKERS[due.made](self, due)
        if due.message is None:
            raise Refused(self.words("given_up.unreadable"))
        return due.message

    def hours(self, due: Due) -> Hours | None:
        """Between which hours it may be said; None where it may be at any time. A change of words wakes nobody."""
        if ports.IN_HOURS_OF in due.about:
            return hours(self.policies.get(due.about[ports.IN_HOURS_OF]), self.calendars)
        if due.made not in BY_DAY or due.kind == "edit":
            return None
        with self.store.look() as tx:
            under = tx.begun_under(due.reference) if due.reference else None
        return hours(self.policies.of(*under) if under else None, self.calendars)

    def context(self, tx: Transaction, reference: str, reader: str = "") -> Context | None:
        """The world as the raiser of this escalation may see it, or as this reader may; None where there is none."""
        return world(tx, self.words, self.policies, self.calendars, reference, self.now(), reader=reader)

    def anywhere(self, me: Person) -> Context:
        """The world as somebody sees it who looks at no escalation."""
        now = self.now()
        today = now.astimezone(ZoneInfo(HOME)).date()
        return Context(self.words, today, me, self.policies, self.calendars, {me.id: me}, now=now)

    def letter(self, due: Due) -> Letter | None:
        """The letter as it was confirmed, with the answers of that moment; outside, the reference only.

        None where somebody asked for a copy and may not read it any more, or it was sent anew before it was posted.
        """
        if due.made == "file":
            return self._copy(due)
        reference, _, number = due.to.partition("/")
        with self.store.look() as tx:
            escalation = access.as_the_bot(tx.escalation(reference))
        if escalation is None:
            raise Refused(self.words("given_up.no_escalation"))
        content = escalation.fields[f"letter.{number}"]
        if content.get("replaced"):
            return None
        policy = self.policies.of_escalation(escalation)
        form = policy.form(content["form"])
        template = self.policies.template(policy, form)
        document = report.document(policy, form, reference=reference, answers=content["answers"], template=template)
        name = f"{report.file_name(form, reference)}.{self.documents.ending}"
        attachment = Attachment(name, self.documents.media_type, self.documents.make(document))
        body = self.words(
            "letter.body",
            title=form.title,
            reference=reference,
            partnership=policy.partnership.name,
            next=content.get("next", ""),
            ownership="\n".join(policy.advice.ownership),
        ).replace("\n" * 4, "\n" * 2)
        if theirs(form) and not content["by_post"]:
            body += "\n\n" + self.words("record.invite", reference=reference)
        if role := content.get("hand_on"):
            body = self.words("letter.hand_on", role=role) + "\n\n" + body
        subject = self.words("letter.subject", title=form.title, reference=reference)
        by_post = tuple(content["by_post"])
        to_themselves = bool(by_post or content.get("hand_on"))
        domains = self.policies.copies_to(policy.id) if to_themselves else self.policies.letters_to(policy.id)
        return Letter(due.key, (content["to"],), subject, body, (attachment,), by_post, domains)

    def _copy(self, due: Due) -> Letter | None:
        """What there is now, for the mailbox of whoever asked for it, as their platform knows it."""
        with self.store.look() as tx:
            me = tx.person(due.about["person"])
            c = self.context(tx, due.reference, due.about["person"])
            if me is None or not me.email or c is None or not access.may_see(me.id, c.escalation, c.people):
                return None
            attachment = copy_of(c, tx.history(due.reference), self.for_filing or (self.documents,))
        policy = c.policy_of(c.escalation)
        body = self.words(
            "file.body",
            reference=due.reference,
            partnership=policy.partnership.name,
            ownership="\n".join(policy.advice.ownership),
        )
        inside = [f"{name}: {digest}" for name, digest in contents(attachment).items()]
        body = "\n\n".join([body, "\n".join([self.words("file.documents"), *inside])])
        subject, domains = self.words("file.subject", reference=due.reference), self.policies.copies_to(policy.id)
        return Letter(due.key, (me.email,), subject, body, (attachment,), domains=domains, made_anew=True)


def reader(due: Due) -> str:
    """Who reads it; "" for whoever reads the channel. Also of an edit, which is read where it changes something."""
    kind, _, person = due.stream.partition("/")
    return person if kind == "direct" else ""


Maker = Callable[[Making, Due], Message | None]
"""Makes the words of a delivery, or of an edit of what was made before; from what its `about` says, and `reader`."""


def _nudge(making: Making, due: Due) -> Message | None:
    """What has come up again since, while it could not be said, is said once: by the newest."""
    with making.store.look() as tx:
        c = making.context(tx, due.reference, reader(due))
        if c is None:
            return None
        if due.kind != "edit":
            later = {name for each in tx.nudges_after(due.key) for name in each.about["nudges"]}
            names = [name for name in due.about["nudges"] if name not in later]
            due = replace(due, about={**due.about, "nudges": names})
        return nudges.said(c, c.escalation, due)


def _digest(making: Making, due: Due) -> Message | None:
    parts = making.store, making.chat, making.policies, making.calendars, making.words, making.now
    return Digesting(*parts).message(due.about["policy"], datetime.fromisoformat(due.about["since"]))


def _drafts(making: Making, due: Due) -> Message | None:
    """Of all that waits, if any of what it was said for still does, as it was left."""
    since = datetime.fromisoformat(due.about["at"])
    with making.store.look() as tx:
        me = tx.person(due.to)
        waits = [draft for draft in decisions.waiting_drafts(tx, due.to) if drafts.was_left_by(draft, since)]
    if me is None or not any(draft.id in due.about["drafts"] for draft in waits):
        return None
    return drafts.waiting(making.anywhere(me), waits)


MAKERS: dict[Made, Maker] = {"nudge": _nudge, "digest": _digest, "draft": _drafts}
