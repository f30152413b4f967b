"""A letter that comes back: the notice is found in the bot's mailbox, the letter is due again, its raiser is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.mail.graph import GraphDrafts, notices
from bot.mail.graph.notices import heads_of
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


def report(of: str, *, action: str = "failed", heads: bool = True) -> str:
    """As mail servers write it. `of`: the head by which the letter is known."""
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

Final-Recipient: rfc822; {TO}
Action: {action}
Status: 5.1.1
--b
Content-Type: {kind}

{of}
Subject: Report
--b--
""".replace("\n", "\r\n")


def back(mailbox: Mailbox, exchange: Exchange, *keys: str) -> list[str]:
    return mailbox.came_back(exchange.now - timedelta(days=14), lambda: keys)


@pytest.fixture
def mailer(exchange: Exchange, client: httpx.Client) -> GraphDrafts:
    return GraphDrafts(replace(graph(exchange, client)), ENVELOPE, load())


# ── which letter it was ──────────────────────────────────────────────────────────────────────────────────────

NAMED = f"x-escalation-bot-letter: {name_of(LETTER.key)}"
WAYS = {
    "heads": report(NAMED),
    "whole letter": report(NAMED, heads=False),
    "message id of the letter": report("Message-ID: <message-1@exchange.example>"),
    "answer to": "In-Reply-To: <message-1@exchange.example>\r\nSubject: Undeliverable\r\n\r\nSorry.",
}


@pytest.mark.parametrize("way", WAYS)
def test_which_letter_came_back_is_known_by_its_name_or_its_message_id(
    exchange: Exchange, mailer: GraphDrafts, way: str
) -> None:
    mailer.send(LETTER)
    mailer.send(small(2))
    exchange.notice(WAYS[way])
    assert back(mailer, exchange, LETTER.key, small(2).key) == [LETTER.key]


OTHERS = {
    "a delay": (report(NAMED, action="delayed"), True),
    "somebody else's letter": (report("Message-ID: <other@example.org>"), True),
    "an answer of a robot": (f"In-Reply-To: <message-1@exchange.example>\r\n{NAMED}\r\n\r\nReceived.", False),
    "no mail at all": ("\x00\x01", True),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_failure_of_a_letter_of_ours_changes_nothing(
    exchange: Exchange, mailer: GraphDrafts, what: str
) -> None:
    mailer.send(LETTER)
    written, is_report = OTHERS[what]
    exchange.notice(written, report=is_report)
    assert back(mailer, exchange, LETTER.key) == []


def test_what_another_mail_server_writes_in_its_own_way_is_understood(exchange: Exchange, mailer: GraphDrafts) -> None:
    mailer.send(LETTER)
    written = f"X-Failed-Recipients: {TO}\r\nReferences: <message-1@exchange.example>\r\n\r\nNo such user."
    exchange.notice(written, sender="mailer-daemon@example.net", report=False)
    exchange.notice(written, sender="kit@example.net", report=False)
    assert back(mailer, exchange, LETTER.key) == [LETTER.key]
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
    assert back(mailer, exchange, LETTER.key) == []
    assert back(mailer, exchange, LETTER.key) == [LETTER.key]
    assert back(mailer, exchange, LETTER.key) == []
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
    assert [back(mailer, exchange, LETTER.key) for _ in range(3)] == [[], [LETTER.key], []]


def test_of_a_notice_only_the_heads_count() -> None:
    body = heads_of(f"Subject: x\r\n\r\n{NAMED}\r\nAction: failed\r\n".encode())
    assert (body.names, body.failed) == (frozenset(), None)


def test_who_may_only_send_has_no_mailbox_to_look_into(exchange: Exchange, client: httpx.Client) -> None:
    assert isinstance(drafts(graph(exchange, client)), Mailbox)
    assert not isinstance(sender(graph(exchange, client)), Mailbox)


# ── in a whole bot ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def post(tmp_path: Path, exchange: Exchange, mailer: GraphDrafts) -> Iterator[Post]:
    """The form of Stage 2 has left for the partnership's mailbox, through Microsoft 365."""
    play = scene("asked", tmp_path)
    there = Post(play)
    allow(there, "herefordshire.gov.uk", "millbrook.example.org")
    there.plug(mailer)
    play.do(SEND_THE_FORM)
    yield there
    play.world.close()


def allow(post: Post, *domains: str) -> None:
    for policy in post.world.parts.policies.values():
        policy.__dict__["mail_domains"] = list(domains)


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
    exchange.notice(report(f"x-escalation-bot-letter: {name_of(f'{post.reference}/letter/1')}"))
    for _ in range(2):  # also by a process that has not read it before
        postman(post, GraphDrafts(mailer._graph, ENVELOPE, load())).look()
        post.carry()
    (text,) = told(post)
    assert f"the letter to {TO} came back. It is due again, and deadlines run on." in text
    assert "[Send the report again]" in text
    assert TO not in post.world.everything_public()
    assert post.play.escalation().sent == {}
    assert [each.by for each in post.play.history() if each.what == "report came back"] == ["bot"]


def test_a_copy_that_comes_back_is_told_to_whoever_asked_for_it(
    post: Post, exchange: Exchange, mailer: GraphDrafts
) -> None:
    exchange.now = post.world.moment
    post.play.do("Asha: /file\nAsha [Send them to asha.example@millbrook.example.org]")
    keys = post.world.parts.database.letters_taken(post.world.moment - timedelta(hours=1))
    (key,) = [each for each in keys if "/letter/" not in each]
    exchange.notice(report(f"x-escalation-bot-letter: {name_of(key)}"))
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
