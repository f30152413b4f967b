"""A bot that is killed at each step of sending a letter: one arrives, or a person is asked; never two, never none."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import httpx
import pytest

from bot import decisions
from bot.delivery import LEASE, WAITS
from bot.errors import CannotTell, Refused, Unclear
from bot.mail.graph.drafts import CHUNK
from bot.mail.smtp import SmtpMailer
from bot.mailbox import OVER, Postman
from bot.ports import Delivery, Documents, Mailer, Returned
from bot.words import load
from tests.flows.contexts import escalation
from tests.mail.exchange import Exchange
from tests.mail.graphs import ENVELOPE, Way, drafts, graph, http, sender
from tests.mail.test_smtp import Post as MailServer
from tests.mail.test_smtp import running
from tests.own_policies import SOUND, new_place
from tests.posting import Post

LETTER = {
    "form": "report", "instance": "", "moment": "entry", "answers": {}, "to": "team@example.org", "by_post": [],
    "hand_on": "", "notices": {},
}  # fmt: skip
"""As the record keeps a letter that is to leave."""


class Killed(BaseException):
    """The process ends here: nothing is noted any more."""


@dataclass
class Plain:
    """A maker of documents that takes no time."""

    content: bytes = b"A form."
    media_type: str = "text/plain"
    ending: str = "txt"

    def make(self, document: object) -> bytes:
        return self.content


BEFORE_THE_FILE = 4
"""So many calls are made before the first that is about the file."""
LARGE = Plain(b"0123456789abcdef" * (CHUNK // 16 + 1))
"""Uploaded in two parts, to an address that is asked for."""


class Ending(httpx.BaseTransport):
    """Calls that are made until this one, before or after which the process ends."""

    def __init__(self, trusted: ssl.SSLContext, at: int, *, after: bool) -> None:
        self._calls = httpx.HTTPTransport(verify=trusted)
        self._left, self._after = at, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= 1
        if self._left < 0 and not self._after:
            raise Killed
        response = self._calls.handle_request(request)
        if self._left < 0:
            response.read()
            raise Killed
        return response

    def close(self) -> None:
        self._calls.close()


@dataclass
class Letters:
    """One escalation whose form is sent again and again, each time as a letter of its own."""

    post: Post
    number: int = 0
    documents: Documents = field(default_factory=Plain)
    exchange: Exchange | None = None
    """Its clock goes with the bot's."""

    def write(self) -> str:
        """One more letter, that is due now. Returns its key."""
        self.number += 1
        number, reference = str(self.number), self.post.reference
        with self.post.world.parts.database.transaction() as tx:
            escalation = tx.escalation(reference)
            assert escalation is not None
            tx.save_escalation(escalation.with_fields(**{f"letter.{number}": LETTER}))
            key = f"{reference}/letter/{number}"
            tx.add_deliveries([Delivery(key, "letter", f"{reference}/{number}", reference=reference)])
        return key

    def carry(self, mailer: Mailer, after: timedelta = timedelta(0)) -> None:
        self.post.plug(mailer, documents=self.documents)
        if self.exchange is not None:
            self.exchange.now += after
        self.post.carry(after)

    def carry_to_the_end(self, key: str, mailer: Mailer) -> None:
        for wait in (LEASE, *WAITS):
            if self.state(key) in {"waiting", "sending"}:
                self.carry(mailer, wait)

    def state(self, key: str) -> str:
        return self.post.due(key).state


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Letters]:
    place = new_place(tmp_path)
    place.holds(example=f"mail_domains: [example.org]\n{SOUND}")
    play = place.start()
    play.world.has(replace(escalation("herefordshire"), policy="example", policy_version="1", stage="stage-1"))
    yield Letters(Post(play))
    play.world.close()


def killed(letters: Letters, mailer: Mailer) -> bool:
    try:
        letters.carry(mailer)
    except Killed:
        return True
    return False


@pytest.mark.parametrize(("way", "asked"), [(drafts, False), (sender, True)])
def test_killed_at_each_call_of_microsofts_one_letter_arrives_or_a_person_is_asked(
    letters: Letters, exchange: Exchange, client: httpx.Client, trusted: ssl.SSLContext, way: Way, asked: bool
) -> None:
    ends: dict[str, set[int]] = {}
    sound, letters.exchange, exchange.settles = graph(exchange, client), exchange, timedelta(minutes=4)
    for at, after in product(range(20), (False, True)):
        key, before = letters.write(), len(exchange.arrived)
        with http(trusted, transport=Ending(trusted, at, after=after)) as ending:
            was_killed = killed(letters, way(replace(sound, http=ending)))
        letters.carry_to_the_end(key, way(sound))
        if not was_killed:
            break
        ends.setdefault(letters.state(key), set()).add(len(exchange.arrived) - before)
    assert was_killed is False
    # Whoever may only send cannot look, and knows less than the mailbox: it may have left, or not.
    assert ends == ({"held": {0, 1}} if asked else {"done": {1}})
    assert letters.state(key) == "done"


class Cleared:
    """A mailbox that notes what it is told to remove."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def came_back(self, *_: object) -> dict[str, Returned]:
        return {}

    def clear(self, key: str) -> None:
        self.keys.append(key)


def test_what_is_left_of_a_letter_is_removed_a_day_after_it_is_over_and_never_while_nobody_knows(
    letters: Letters,
) -> None:
    post, mailbox = letters.post, Cleared()
    parts = post.world.parts
    now = parts.carrier.now
    man = Postman(mailbox, parts.database, parts.policies, parts.calendars, parts.carrier.words, now)
    _, given_up, held, arrived, begun_again = (letters.write() for _ in range(5))
    for key in (given_up, begun_again):
        post.fail(key, Refused("There is no such mailbox."))
    for key in (held, arrived):
        post.fail(key, Unclear("There was no answer."))
    post.trouble.deaf = [CannotTell("There is no list.") for _ in range(2)]
    letters.carry(post.mail)
    letters.carry(post.mail, WAITS[0])
    with parts.database.transaction() as tx:
        decisions.begin_again(tx, parts.carrier.making.context(tx, post.reference), begun_again, "a", now())
    with parts.database.transaction() as tx:
        decisions.settle(tx, parts.carrier.making.context(tx, post.reference), arrived, "a", now())
    assert letters.state(held) == "held"
    man.look()
    assert mailbox.keys == []
    post.world.moment += OVER + timedelta(minutes=1)
    for _ in range(2):
        man.look()
    assert mailbox.keys == [given_up, arrived]


def test_killed_at_each_call_with_which_a_large_file_is_uploaded_one_letter_arrives_whole(
    letters: Letters, exchange: Exchange, client: httpx.Client, trusted: ssl.SSLContext
) -> None:
    sound, letters.exchange, letters.documents = graph(exchange, client), exchange, LARGE
    ends: set[tuple[str, int]] = set()
    last: list[str] = []
    for at, after in product(range(BEFORE_THE_FILE, 20), (False, True)):
        exchange.asked.clear()
        key, before = letters.write(), len(exchange.arrived)
        with http(trusted, transport=Ending(trusted, at, after=after)) as ending:
            was_killed = killed(letters, drafts(replace(sound, http=ending)))
        last.append(exchange.asked[-1])
        letters.carry_to_the_end(key, drafts(sound))
        ends.add((letters.state(key), len(exchange.arrived) - before))
        if not was_killed:
            break
    assert ends == {("done", 1)}
    assert {len(each["files"][0]["content"]) for each in exchange.arrived} == {len(LARGE.content)}
    assert last == ["files", "session", "session", "upload", "upload", "upload", "upload", "send", "send"]


def test_killed_at_each_answer_of_a_mail_server_one_letter_arrives_or_a_person_is_asked(
    letters: Letters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, left, answered = MailServer(), [0], smtplib.SMTP.getreply

    def ends(session: smtplib.SMTP) -> tuple[int, bytes]:
        left[0] -= 1
        if left[0] < 0:
            session.close()
            raise Killed
        return answered(session)

    monkeypatch.setattr(smtplib.SMTP, "getreply", ends)
    found = []
    with running(tmp_path, there) as server:
        mailer = SmtpMailer(server, ENVELOPE, load(), lambda: letters.post.world.moment)
        for at in range(30):
            key, before, left[0] = letters.write(), len(there.letters), at
            was_killed = killed(letters, mailer)
            left[0] = 999
            letters.carry_to_the_end(key, mailer)
            if not was_killed:
                break
            found.append((letters.state(key), len(there.letters) - before))
    assert was_killed is False
    assert {state for state, _ in found} == {"held"}
    assert {arrived for _, arrived in found} == {0, 1}
    assert (letters.state(key), len(there.letters) - before) == ("done", 1)
