"""A letter that comes back: the notice is found in the bot's mailbox, the letter is due again, its raiser is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot.errors import StoreError
from bot.mail.graph import GraphDrafts, heads, notices
from bot.mail.graph.heads import heads_of
from bot.mail.letters import name_of
from bot.mailbox import EVERY, Postman
from bot.messages import words_of
from bot.ports import Mailbox
from bot.words import load
from tests.mail.exchange import Exchange, Fault
from tests.mail.graphs import ENVELOPE, LETTER, drafts, graph, sender, small
from tests.posting import ASHA, Post
from tests.scenes import SEND_THE_FORM, scene

TO = "admin.sbu@herefordshire.gov.uk"


def report(of: str, *, action: str = "failed", heads: bool = True, to: str = TO) -> str:
    """As mail servers write it. `of`: the head by which the letter is known; `to`: whom it did not reach."""
    kind = "text/rfc822-headers" if heads else "message/rfc822"
    return f"""From: postmaster@example.org
Message-ID: <ndr-1@example.org>
Subject: Undeliverable: Kit Marker
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.org

Final-Recipient: rfc822; {to}
Action: {action}
Status: 5.1.1
--b
Content-Type: {kind}

{of}
Subject: Report
--b--
""".replace("\n", "\r\n")


def back(mailbox: Mailbox, exchange: Exchange, *keys: str) -> dict[str, bool]:
    """Which came back, and whether a report says so."""
    found = mailbox.came_back(exchange.now - timedelta(days=14), lambda: keys)
    return {key: each.is_report for key, each in found.items()}


def marked(key: str) -> str:
    """The head by which the letter of this key is known."""
    return f"x-escalation-bot-letter: {ENVELOPE.marks(key)[0]}"


@pytest.fixture
def mailer(exchange: Exchange, client: httpx.Client) -> GraphDrafts:
    return GraphDrafts(replace(graph(exchange, client)), ENVELOPE, load())


# ── which letter it was ──────────────────────────────────────────────────────────────────────────────────────

NAMED = marked(LETTER.key)
BY_NAME = f"x-escalation-bot-letter: {name_of(LETTER.key)}"
"""As anybody can write it who has seen the reference of the escalation."""
WAYS = {
    "heads": report(NAMED),
    "whole letter": report(NAMED, heads=False),
    "a key that was used before": report(f"x-escalation-bot-letter: {ENVELOPE.marks(LETTER.key)[1]}"),
    "failed, and why": report(NAMED, action="failed (bad destination mailbox address)"),
}
BY_ID = {
    "message id of the letter": report("Message-ID: <message-1@exchange.example>"),
    "answer to": "In-Reply-To: <message-1@exchange.example>\r\nSubject: Undeliverable\r\n\r\nSorry.",
    "sent before letters had marks": report(f"{BY_NAME}\nMessage-ID: <message-1@exchange.example>"),
}
"""Of these whoever got an answer to the letter could have written each."""


@pytest.mark.parametrize("way", [*WAYS, *BY_ID])
def test_which_letter_came_back_is_known_by_its_mark_and_guessed_by_its_message_id(
    exchange: Exchange, mailer: GraphDrafts, way: str
) -> None:
    mailer.send(LETTER)
    mailer.send(small(2))
    exchange.notice((WAYS | BY_ID)[way])
    assert back(mailer, exchange, LETTER.key, small(2).key) == {LETTER.key: way in WAYS}


OURS = "<message-1@exchange.example>"
OTHERS = {
    "a delay": (report(NAMED, action="delayed"), True),
    "somebody else's letter": (report("Message-ID: <other@example.org>"), True),
    "an answer of a robot": (f"In-Reply-To: <message-1@exchange.example>\r\n{NAMED}\r\n\r\nReceived.", False),
    "no mail at all": ("\x00\x01", True),
    "made up by whoever knows the reference": (report(BY_NAME), True),
    "made up, as another mail server might write it": (f"X-Failed-Recipients: {TO}\r\n{BY_NAME}\r\n\r\n", False),
    "somebody's answer to ours": (report(f"Message-ID: <answer@example.org>\nReferences: {OURS}"), True),
    "somebody's answer, of which nothing else is known": (report(f"In-Reply-To: {OURS}"), True),
    "somebody's letter with ours in it": (report(f"Content-Type: message/rfc822\n\n{NAMED}", heads=False), True),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_failure_of_a_letter_of_ours_changes_nothing(
    exchange: Exchange, mailer: GraphDrafts, what: str
) -> None:
    mailer.send(LETTER)
    written, is_report = OTHERS[what]
    exchange.notice(written, report=is_report)
    assert back(mailer, exchange, LETTER.key) == {}


def test_what_another_mail_server_writes_in_its_own_way_is_understood(exchange: Exchange, mailer: GraphDrafts) -> None:
    mailer.send(LETTER)
    written = f"X-Failed-Recipients: {TO}\r\nReferences: <message-1@exchange.example>\r\n\r\nNo such user."
    exchange.notice(written, sender="mailer-daemon@example.net", report=False)
    exchange.notice(written, sender="kit@example.net", report=False)
    assert back(mailer, exchange, LETTER.key) == {LETTER.key: False}, "anybody may have written it"
    assert exchange.asked.count("read") == 1, "nobody else's mail is read"


def test_a_notice_is_read_once_and_what_cannot_be_searched_for_keeps_no_report_back(
    exchange: Exchange, mailer: GraphDrafts
) -> None:
    mailer.send(LETTER)
    exchange.notice(report(NAMED))
    exchange.fails("notices", Fault(500))
    with pytest.raises(Exception, match="fault of its own"):
        back(mailer, exchange, LETTER.key)
    exchange.faults["notices"] = [Fault(204), Fault(400, "ErrorInvalidUrlQueryFilter")]
    assert back(mailer, exchange, LETTER.key) == {}
    assert back(mailer, exchange, LETTER.key) == {LETTER.key: True}
    assert back(mailer, exchange, LETTER.key) == {}
    assert exchange.asked.count("read") == 1


def test_among_many_notices_none_is_passed_over(
    exchange: Exchange, mailer: GraphDrafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    monkeypatch.setattr(notices, "AT_ONCE", 3)
    mailer.send(LETTER)
    for _ in range(4):
        exchange.notice(report("Message-ID: <other@example.org>"))
    exchange.notice(report(NAMED))
    assert [back(mailer, exchange, LETTER.key) for _ in range(3)] == [{}, {LETTER.key: True}, {}]


def test_of_a_notice_only_the_heads_count() -> None:
    body = heads_of(f"Subject: x\r\n\r\n{NAMED}\r\nAction: failed\r\n".encode())
    assert (body.marks, body.failed) == ((), None)


MALFORMED = {
    "TypeError": "Content-Type: multipart/report; boundary*=a; boundary*0=b\r\n\r\n",
    "RecursionError": "Content-Type: message/rfc822\r\n\r\n" * 1200,
}


@pytest.mark.parametrize("error", MALFORMED)
def test_a_notice_that_cannot_be_understood_hides_no_other_and_is_read_once(
    exchange: Exchange, mailer: GraphDrafts, error: str
) -> None:
    mailer.send(LETTER)
    exchange.notice(MALFORMED[error])
    exchange.notice(report(NAMED))
    with capture_logs() as logs:
        assert back(mailer, exchange, LETTER.key) == {LETTER.key: True}
    assert [each["error"] for each in logs] == [error]
    back(mailer, exchange, LETTER.key)
    assert exchange.asked.count("read") == 2


def test_a_notice_that_cannot_be_read_is_tried_again_after_the_others(
    exchange: Exchange, mailer: GraphDrafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "AT_ONCE", 1)
    mailer.send(LETTER)
    mailer.send(small(2))
    exchange.notice(report(marked(small(2).key)))
    exchange.notice(report(NAMED))
    exchange.fails("read", Fault(500))
    both = LETTER.key, small(2).key
    assert [back(mailer, exchange, *both) for _ in range(3)] == [{}, {LETTER.key: True}, {small(2).key: True}]


def test_a_notice_waits_for_its_letter_to_be_known_as_sent(exchange: Exchange, mailer: GraphDrafts) -> None:
    exchange.notice(report(NAMED))
    assert back(mailer, exchange) == {}
    assert back(mailer, exchange, LETTER.key) == {LETTER.key: True}
    exchange.notice(report(marked(small(2).key)))
    assert back(mailer, exchange) == {}
    exchange.now += timedelta(days=15)
    assert back(mailer, exchange, small(2).key) == {}, "but not for ever"


def test_a_look_asks_for_no_more_than_it_may_and_the_next_goes_on(
    exchange: Exchange, mailer: GraphDrafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer.send(LETTER)
    attached = "".join(f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{n}@x>\r\n\r\n" for n in range(1500))
    exchange.notice(f"Content-Type: multipart/report; boundary=b\r\n\r\n{attached}--b--")
    exchange.notice(report(NAMED))
    monkeypatch.setattr(notices, "CALLS", 7)
    exchange.asked.clear()
    assert back(mailer, exchange, LETTER.key) == {}
    assert exchange.asked == ["notices", "read", *["look up"] * 5]
    assert back(mailer, exchange, LETTER.key) == {LETTER.key: True}


def test_what_is_written_so_that_it_takes_long_is_read_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    long = f"Long: {'x;' * heads.CHUNK}\r\n{report(NAMED)}"
    assert heads_of(long.encode()).marks == (NAMED.partition(" ")[2],)
    answered = f"References: <first@example.org> {' ' * heads.LONGEST}<last@example.org>\r\n\r\n"
    assert heads_of(answered.encode()).message_ids == ("<first@example.org>",)
    monkeypatch.setattr(heads, "MOMENT", -1)
    assert heads_of(long.encode()).marks == ()


def test_a_letter_carries_its_mark_and_not_its_name(exchange: Exchange, mailer: GraphDrafts) -> None:
    mailer.send(LETTER)
    has = {each["name"]: each["value"] for each in exchange.arrived[0]["internetMessageHeaders"]}
    assert has["x-escalation-bot-letter"] == ENVELOPE.marks(LETTER.key)[0]
    assert name_of(LETTER.key) not in has.values()


def test_reports_that_cannot_be_read_keep_no_notice_of_another_mail_server_back(
    exchange: Exchange, mailer: GraphDrafts
) -> None:
    mailer.send(LETTER)
    for _ in range(5):
        exchange.notice(report(NAMED))
    written = f"X-Failed-Recipients: {TO}\r\nReferences: <message-1@exchange.example>\r\n\r\nNo such user."
    exchange.notice(written, sender="mailer-daemon@example.net", report=False)
    exchange.fails("read", Fault(500), Fault(500), Fault(500))
    assert back(mailer, exchange, LETTER.key) == {LETTER.key: False}


def test_who_may_only_send_has_no_mailbox_to_look_into(exchange: Exchange, client: httpx.Client) -> None:
    assert isinstance(drafts(graph(exchange, client)), Mailbox)
    assert not isinstance(sender(graph(exchange, client)), Mailbox)


# ── in a whole bot ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def post(tmp_path: Path, exchange: Exchange, mailer: GraphDrafts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """The form of Stage 2 has left for the partnership's mailbox, through Microsoft 365."""
    play = scene("asked", tmp_path)
    there = Post(play)
    for policy in there.world.parts.policies.values():  # they are every test's
        monkeypatch.setitem(policy.__dict__, "mail_domains", ["herefordshire.gov.uk", "millbrook.example.org"])
    there.plug(mailer)
    play.do(SEND_THE_FORM)
    yield there
    play.world.close()


@pytest.fixture
def sent(tmp_path: Path, exchange: Exchange) -> Iterator[Post]:
    """The same, where it does not matter how it has left."""
    there = Post(scene("form sent", tmp_path))
    exchange.now = there.world.moment
    yield there
    there.world.close()


def postman(post: Post, mailbox: Mailbox) -> Postman:
    parts = post.world.parts
    carrier = parts.carrier
    return Postman(mailbox, parts.database, parts.policies, parts.calendars, carrier.words, lambda: post.world.moment)


def told(post: Post) -> list[str]:
    return [text for each in post.chat.at(ASHA) if "came back" in (text := words_of(each.message))]


def test_a_form_that_comes_back_is_due_again_and_its_raiser_reads_which_recipient_it_was_once(
    post: Post, exchange: Exchange, mailer: GraphDrafts
) -> None:
    exchange.now = post.world.moment
    exchange.notice(report(marked(f"{post.reference}/letter/1")))
    for _ in range(2):  # also by a process that has not read it before
        postman(post, GraphDrafts(mailer._graph, ENVELOPE, load())).look()
        post.carry()
    (text,) = told(post)
    assert f"the letter to {TO} came back. It is due again, and deadlines run on." in text
    assert "[Send the report again]" in text
    assert TO not in post.world.everything_public()
    assert post.play.escalation().sent == {}
    assert [each.by for each in post.play.history() if each.what == "report came back"] == ["bot"]


def test_of_what_anybody_may_have_written_the_raiser_is_asked_to_check_and_nothing_changes(
    sent: Post, exchange: Exchange, mailer: GraphDrafts
) -> None:
    before = sent.play.escalation(), len(sent.play.history())
    written = f"X-Failed-Recipients: {TO}\r\nContent-Type: message/rfc822\r\n\r\n{marked(f'{sent.reference}/letter/1')}"
    exchange.notice(written, sender="mailer-daemon@evil.example", report=False)
    for _ in range(2):
        postman(sent, GraphDrafts(mailer._graph, ENVELOPE, load())).look()
        sent.carry()
    assert (sent.play.escalation(), len(sent.play.history())) == before
    (text,) = [each for one in sent.chat.at(ASHA) if "Please check" in (each := words_of(one.message))]
    assert f"the letter to {TO} was not delivered, but I cannot tell whether that is true" in text
    assert "[A form came back]" in text
    assert TO not in sent.world.everything_public()
    sent.play.do("Asha [A form came back]\nAsha [Letter 1]")
    assert sent.play.escalation().sent == {}


def test_whoever_has_left_a_list_of_the_recipient_is_no_reason_to_send_the_form_again(
    sent: Post, exchange: Exchange, mailer: GraphDrafts
) -> None:
    before = sent.play.escalation()
    exchange.notice(report(marked(f"{sent.reference}/letter/1"), to="leaver@herefordshire.gov.uk"))
    postman(sent, mailer).look()
    sent.carry()
    assert sent.play.escalation() == before
    assert any("Please check" in words_of(each.message) for each in sent.chat.at(ASHA))


def test_what_came_back_is_noted_later_where_it_cannot_be_saved_at_that_moment(
    sent: Post, exchange: Exchange, mailer: GraphDrafts
) -> None:
    exchange.notice(report(marked(f"{sent.reference}/letter/1")))
    store = Full(sent.world.parts.database)
    man = replace(postman(sent, mailer), store=store)
    with pytest.raises(StoreError):
        man.look()
    assert sent.play.escalation().sent
    store.is_full = False
    exchange.fails("notices", Fault(500))
    man.look()
    assert sent.play.escalation().sent == {}


@dataclass
class Full:
    """A store of ours around the real one, into which nothing goes."""

    store: Any
    is_full: bool = True

    def transaction(self) -> Any:
        if self.is_full:
            raise StoreError("The disk is full.")
        return self.store.transaction()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_a_copy_that_comes_back_is_told_to_whoever_asked_for_it(
    post: Post, exchange: Exchange, mailer: GraphDrafts
) -> None:
    exchange.now = post.world.moment
    post.play.do("Asha: /file\nAsha [Send them to asha.example@millbrook.example.org]")
    keys = post.world.parts.database.letters_taken(post.world.moment - timedelta(hours=1))
    (key,) = [each for each in keys if "/letter/" not in each]
    exchange.notice(report(marked(key)))
    for _ in range(2):
        postman(post, GraphDrafts(mailer._graph, ENVELOPE, load())).look()
        post.carry()
    (text,) = told(post)
    assert "your mailbox did not take it" in text


def test_it_is_looked_every_few_minutes_and_a_mailbox_in_trouble_stops_nothing(
    exchange: Exchange, mailer: GraphDrafts
) -> None:
    nothing: Any = None
    man = Postman(mailer, nothing, nothing, nothing, load(), lambda: exchange.now)
    assert man.is_time()
    exchange.fails("notices", Fault(500))
    man.look()
    assert not man.is_time()
    exchange.now += EVERY
    assert man.is_time()
