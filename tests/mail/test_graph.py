"""Microsoft 365: a letter is sent once, tried later or refused; what nobody knows is looked up, or left to a person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bot.entra import tokens
from bot.errors import Away, CannotTell, DeliveryError, Refused, Shut, TryLater, Unclear
from bot.mail.graph import GraphDrafts, calling
from bot.ports import Attachment
from bot.ports.remotes import ANSWERS_WITHIN
from bot.words import load
from tests.mail.exchange import MEGABYTE, Exchange, Fault
from tests.mail.graphs import ENVELOPE, LETTER, REPORT, Way, drafts, fails, graph, impatient, is_put_off, sender, small

# ── sent ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", [drafts, sender])
def test_a_letter_arrives_whole_with_what_the_deployment_puts_on_it(
    exchange: Exchange, client: httpx.Client, way: Way
) -> None:
    receipt = way(graph(exchange, client)).send(LETTER)
    (arrived,) = exchange.arrived
    assert [each["emailAddress"]["address"] for each in arrived["toRecipients"]] == list(LETTER.to)
    assert arrived["subject"] == "[secure] Report to HSCP: E-4KX-7PW"
    assert arrived["body"] == {"contentType": "text", "content": LETTER.body + "\n"}
    assert {"name": "X-Encrypt", "value": "yes"} in arrived["internetMessageHeaders"]
    assert [(each["name"], each["type"], each["content"]) for each in arrived["files"]] == [
        (REPORT.name, REPORT.media_type, REPORT.content)
    ]
    assert receipt == ("<message-1@exchange.example>" if way is drafts else "request-3")


def test_no_mailbox_is_called_that_was_not_meant_whatever_its_name(exchange: Exchange, client: httpx.Client) -> None:
    exchange.mailboxes.add("bot/bot#1@example.org")
    exchange.scope.add("bot/bot#1@example.org")
    drafts(graph(exchange, client, mailbox="bot/bot#1@example.org")).send(LETTER)
    assert [item.mailbox for item in exchange.items] == ["bot/bot#1@example.org"]


def test_a_draft_is_found_by_its_name_with_all_its_files_before_it_is_sent(
    exchange: Exchange, client: httpx.Client
) -> None:
    drafts(graph(exchange, client)).send(LETTER)
    assert exchange.asked == ["discovery", "token", "look up", "draft", "look up", "files", "send"]


def test_a_token_is_kept_and_a_new_one_is_got_where_it_is_not_taken_any_more(
    exchange: Exchange, client: httpx.Client
) -> None:
    mailer = sender(graph(exchange, client))
    mailer.send(small(1))
    mailer.send(small(2))
    assert exchange.asked.count("token") == 1
    exchange.revoke()
    mailer.send(small(3))
    assert (exchange.asked.count("token"), len(exchange.arrived)) == (2, 3)


def test_a_large_file_is_uploaded_in_parts_beside_a_small_one(exchange: Exchange, client: httpx.Client) -> None:
    large = Attachment("large.bin", "application/octet-stream", b"0123456789abcdef" * (9 * MEGABYTE // 16))
    drafts(graph(exchange, client)).send(replace(LETTER, attachments=(large, REPORT)))
    (arrived,) = exchange.arrived
    assert [each["content"] for each in arrived["files"]] == [large.content, REPORT.content]
    assert exchange.asked.count("upload") == 3


@pytest.mark.parametrize("way", [drafts, sender])
def test_a_letter_that_is_too_large_is_refused_before_anything_leaves(
    exchange: Exchange, client: httpx.Client, way: Way
) -> None:
    huge = replace(REPORT, content=b"x" * (26 * MEGABYTE))
    assert "larger than Microsoft 365 takes" in str(
        fails(way(graph(exchange, client)), replace(LETTER, attachments=(huge,)))
    )
    assert exchange.asked == []


@pytest.mark.parametrize("way", [drafts, sender])
@pytest.mark.parametrize("domains", [(), ("trust.example.org",)])
def test_who_may_not_get_it_is_refused_before_anything_leaves(
    exchange: Exchange, client: httpx.Client, way: Way, domains: tuple[str, ...]
) -> None:
    assert type(fails(way(graph(exchange, client)), replace(LETTER, domains=domains))) is Refused
    assert exchange.asked == []


# ── an outcome for each thing that goes wrong, at each step ──────────────────────────────────────────────────

CUT, CUT_AFTER = Fault(), Fault(done=True)
BROKEN, BROKEN_AFTER = Fault(500), Fault(504, "UnknownError", done=True)
STEPS = ["discovery", "token", "look up", "draft", "files"]


@pytest.mark.parametrize("fault", [CUT, CUT_AFTER, BROKEN, BROKEN_AFTER, Fault(503), Fault(429, "TooManyRequests")])
@pytest.mark.parametrize("step", STEPS)
def test_what_goes_wrong_before_a_draft_is_sent_is_tried_later_and_then_it_arrives_once(
    exchange: Exchange, client: httpx.Client, step: str, fault: Fault
) -> None:
    mailer = drafts(graph(exchange, client))
    exchange.fails(step, fault)
    assert is_put_off(fails(mailer))
    assert exchange.arrived == []
    mailer.send(LETTER)
    assert len(exchange.arrived) == 1
    assert len(exchange.arrived[0]["files"]) == 1


@pytest.mark.parametrize("step", ["session", "upload", "attach"])
@pytest.mark.parametrize("fault", [CUT, CUT_AFTER, BROKEN])
def test_a_large_file_that_was_not_uploaded_to_its_end_is_uploaded_again(
    exchange: Exchange, client: httpx.Client, step: str, fault: Fault
) -> None:
    large = replace(REPORT, name="large.bin", content=b"x" * (3 * MEGABYTE))
    letter = replace(LETTER, attachments=(REPORT, large))
    mailer = drafts(graph(exchange, client))
    exchange.fails(step, fault)
    assert is_put_off(fails(mailer, letter))
    mailer.send(letter)
    (arrived,) = exchange.arrived
    assert sorted(len(each["content"]) for each in arrived["files"]) == [len(REPORT.content), 3 * MEGABYTE]


@pytest.mark.parametrize(("fault", "sent"), [(CUT, False), (CUT_AFTER, True), (BROKEN, False), (BROKEN_AFTER, True)])
def test_where_nobody_knows_whether_a_draft_was_sent_the_mailbox_tells(
    exchange: Exchange, client: httpx.Client, fault: Fault, sent: bool
) -> None:
    mailer = drafts(graph(exchange, client))
    exchange.fails("send", fault)
    error = fails(mailer)
    assert isinstance(error, Unclear)
    assert error.after == timedelta(minutes=1), "what is being sent may be in no folder yet"
    if not sent:
        with pytest.raises(TryLater, match="may still be leaving"):
            mailer.find(LETTER.key)
        exchange.now += timedelta(minutes=5)
    assert mailer.find(LETTER.key) == ("<message-1@exchange.example>" if sent else "")
    assert mailer.send(LETTER) == "<message-1@exchange.example>"
    assert (len(exchange.arrived), len(exchange.items)) == (1, 1)


@pytest.mark.parametrize(("fault", "sent"), [(CUT, False), (CUT_AFTER, True), (BROKEN, False), (BROKEN_AFTER, True)])
def test_where_only_sending_is_allowed_what_nobody_knows_is_left_to_a_person(
    exchange: Exchange, client: httpx.Client, fault: Fault, sent: bool
) -> None:
    mailer = sender(graph(exchange, client))
    exchange.fails("sendMail", fault)
    assert isinstance(fails(mailer), Unclear)
    assert len(exchange.arrived) == sent
    with pytest.raises(CannotTell, match=r"bot@example\.org can see it among its sent items"):
        mailer.find(LETTER.key)
    assert exchange.asked.count("sendMail") == 1


WAITS: list[tuple[Fault, timedelta | None]] = [
    (Fault(429, "ApplicationThrottled", after="17"), timedelta(seconds=17)),
    (Fault(429), timedelta(seconds=30)),
    (Fault(503, after="9"), timedelta(seconds=9)),
    (Fault(400, "ErrorServerBusy", after="5"), timedelta(seconds=5)),
]


@pytest.mark.parametrize(("fault", "wait"), WAITS)
@pytest.mark.parametrize(("way", "step"), [(drafts, "send"), (sender, "sendMail")])
def test_where_it_is_asked_to_wait_nothing_has_left_and_it_says_for_how_long(
    exchange: Exchange, client: httpx.Client, way: Way, step: str, fault: Fault, wait: timedelta | None
) -> None:
    told: list[str] = []
    exchange.fails(step, fault)
    mailer = way(replace(graph(exchange, client), limited=told.append))
    error = fails(mailer)
    assert (type(error), getattr(error, "after", None)) == (TryLater, wait)
    assert told == ([] if fault.status == 400 else ["mail send"])
    mailer.send(LETTER)
    assert len(exchange.arrived) == 1


@pytest.mark.parametrize(("way", "step"), [(drafts, "draft"), (drafts, "send"), (sender, "sendMail")])
def test_a_mailbox_that_has_sent_its_share_for_today_is_waited_for_as_long_as_that_takes(
    exchange: Exchange, client: httpx.Client, way: Way, step: str
) -> None:
    exchange.fails(step, Fault(400, "ErrorSubmissionQuotaExceeded"))
    mailer = way(graph(exchange, client))
    assert type(fails(mailer)) is Away
    mailer.send(LETTER)
    assert len(exchange.arrived) == 1


def test_a_login_that_asks_to_wait_says_for_how_long(exchange: Exchange, client: httpx.Client) -> None:
    exchange.fails("token", Fault(429, after="40"))
    error = fails(drafts(graph(exchange, client)))
    assert (type(error), getattr(error, "after", None)) == (TryLater, timedelta(seconds=40))


REFUSED: dict[str, tuple[Fault, type[DeliveryError], str]] = {
    "no consent": (Fault(403, "NoPermissionsInAccessToken"), Shut, "An administrator has to consent"),
    "send as": (Fault(403, "ErrorSendAsDenied"), Shut, "does not let me send as bot@example.org"),
    "elsewhere": (Fault(404, "MailboxNotEnabledForRESTAPI"), Shut, "does not know the mailbox bot@example.org"),
    "full": (Fault(403, "ErrorQuotaExceeded"), Shut, "The mailbox bot@example.org is full"),
    "too large": (Fault(413), Refused, "larger than Microsoft 365 takes"),
    "larger than allowed": (Fault(400, "ErrorMessageSizeExceeded"), Refused, "larger than Microsoft 365 takes"),
    "unknown": (Fault(400, "ErrorOfANewKind"), Refused, "refused it (ErrorOfANewKind)"),
    "no code": (Fault(418), Refused, "refused it (418)"),
    "moved": (Fault(302), Refused, "refused it (302)"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize(("way", "step"), [(drafts, "draft"), (drafts, "send"), (sender, "sendMail")])
def test_what_is_refused_is_told_by_its_meaning_with_who_has_to_mend_it(
    exchange: Exchange, client: httpx.Client, way: Way, step: str, what: str
) -> None:
    fault, kind, says = REFUSED[what]
    exchange.fails(step, fault)
    error = fails(way(graph(exchange, client)))
    assert type(error) is kind
    assert says in str(error)
    assert exchange.arrived == []


@pytest.mark.parametrize("way", [drafts, sender])
def test_an_address_that_is_not_taken_is_told_without_it(exchange: Exchange, client: httpx.Client, way: Way) -> None:
    error = fails(way(graph(exchange, client)), replace(LETTER, to=("kit.marker@nowhere.example.org",)))
    assert "does not accept one of the addresses" in str(error)


@pytest.mark.parametrize("way", [drafts, sender])
def test_a_mailbox_that_the_bot_may_not_use_or_that_is_not_there_is_told_apart(
    exchange: Exchange, client: httpx.Client, way: Way
) -> None:
    other = way(graph(exchange, client, mailbox="head@example.org"))
    assert "head@example.org: it is outside of what I may use" in str(fails(other))
    exchange.roles, exchange.by_policy = [], True
    exchange.revoke()
    assert "it is outside of what I may use" in str(fails(other))
    exchange.by_policy = False
    assert "either an administrator has not consented, or the mailbox is outside" in str(fails(other))
    nobody = way(graph(exchange, client, mailbox="nobody@example.org"))
    assert "does not know the mailbox nobody@example.org" in str(fails(nobody))


def test_a_token_that_graph_never_takes_is_told(exchange: Exchange, client: httpx.Client) -> None:
    exchange.fails("look up", *[Fault(401, "InvalidAuthenticationToken")] * 2)
    assert "have to be of the same cloud" in str(fails(drafts(graph(exchange, client))))


# ── what is in the mailbox already ───────────────────────────────────────────────────────────────────────────


def test_a_letter_that_was_sent_is_never_sent_again(exchange: Exchange, client: httpx.Client) -> None:
    first = drafts(graph(exchange, client)).send(LETTER)
    assert drafts(graph(exchange, client)).find(LETTER.key) == first
    assert drafts(graph(exchange, client)).send(replace(LETTER, body="Other words")) == first
    assert drafts(graph(exchange, client)).find(small(2).key) == ""
    assert len(exchange.arrived) == 1


def test_a_draft_that_is_not_shown_yet_is_not_sent_yet(exchange: Exchange, client: httpx.Client) -> None:
    mailer = drafts(graph(exchange, client))
    exchange.late = 2
    assert "does not show the letter in my mailbox yet" in str(fails(mailer))
    mailer.send(LETTER)
    assert (len(exchange.items), len(exchange.arrived)) == (1, 1)


def test_a_draft_that_somebody_sent_by_hand_is_not_sent_again(exchange: Exchange, client: httpx.Client) -> None:
    mailer = drafts(graph(exchange, client))
    exchange.fails("files", BROKEN)
    fails(mailer)
    exchange.items[0].draft = False
    assert mailer.send(LETTER) == "<message-1@exchange.example>"
    assert exchange.arrived == []


def test_a_draft_that_is_gone_when_it_is_to_be_sent_is_looked_for_again(
    exchange: Exchange, client: httpx.Client
) -> None:
    exchange.fails("send", Fault(404, "ErrorItemNotFound"))
    assert type(fails(drafts(graph(exchange, client)))) is Unclear


@pytest.mark.parametrize("step", ["attach", "send"])
def test_a_letter_that_is_refused_does_not_stay_in_the_mailbox_as_a_draft(
    exchange: Exchange, client: httpx.Client, step: str
) -> None:
    large = replace(REPORT, content=b"x" * (3 * MEGABYTE))
    letter = replace(LETTER, attachments=(REPORT, large) if step == "send" else (large, replace(REPORT, name="b")))
    exchange.fails(step, Fault(400, "ErrorMessageSizeExceeded"))
    assert type(fails(drafts(graph(exchange, client)), letter)) is Refused
    assert exchange.items == []


def test_a_refusal_is_told_also_where_the_draft_cannot_be_removed(exchange: Exchange, client: httpx.Client) -> None:
    exchange.fails("send", Fault(400, "ErrorInvalidRecipients"))
    exchange.fails("remove", CUT)
    assert isinstance(fails(drafts(graph(exchange, client))), Refused)


def test_of_a_letter_that_is_made_anew_nothing_is_sent_that_was_made_before(
    exchange: Exchange, client: httpx.Client
) -> None:
    mailer, first = drafts(graph(exchange, client)), replace(LETTER, made_anew=True)
    exchange.fails("files", BROKEN)
    exchange.fails("remove", CUT, CUT)
    fails(mailer, first)
    second = replace(first, attachments=(replace(REPORT, content=b"As it is now."),))
    assert is_put_off(fails(mailer, second)), "as long as the one before is there"
    mailer.send(second)
    assert [[file["content"] for file in each["files"]] for each in exchange.arrived] == [[b"As it is now."]]
    assert len(exchange.items) == 1
    mailer.send(replace(first, body="Once more"))
    assert len(exchange.arrived) == 1


def test_of_a_letter_that_is_made_anew_no_draft_waits(exchange: Exchange, client: httpx.Client) -> None:
    exchange.fails("send", Fault(429))
    assert is_put_off(fails(drafts(graph(exchange, client)), replace(LETTER, made_anew=True)))
    assert exchange.items == []
    exchange.fails("send", CUT)
    assert type(fails(drafts(graph(exchange, client)), replace(LETTER, made_anew=True))) is Unclear
    assert len(exchange.items) == 1, "it may have left, and is looked for"


def test_a_second_draft_of_a_letter_is_removed_when_the_first_is_sent(exchange: Exchange, client: httpx.Client) -> None:
    mailer = drafts(graph(exchange, client))
    exchange.fails("files", BROKEN)
    fails(mailer)
    exchange.items.append(replace(exchange.items[0], id="message-2"))
    assert mailer.send(LETTER) == "<message-1@exchange.example>"
    assert ([item.id for item in exchange.items], len(exchange.arrived)) == (["message-1"], 1)


@pytest.mark.parametrize("what", ["ccRecipients", "bccRecipients", "toRecipients", "subject", "file", "smaller"])
def test_a_draft_that_somebody_has_changed_is_not_sent(exchange: Exchange, client: httpx.Client, what: str) -> None:
    mailer = drafts(graph(exchange, client))
    exchange.fails("files", BROKEN)
    fails(mailer)
    (item,) = exchange.items
    if what == "file":
        item.files.append({"name": "other.docx", "size": 1, "content": b""})
    elif what == "smaller":
        item.files[0]["size"] = 5
    else:
        item.message[what] = "x" if what == "subject" else [{"emailAddress": {"address": "a@example.org"}}]
    assert "somebody has changed the draft" in str(fails(mailer))
    assert exchange.arrived == []


@pytest.mark.parametrize("what", ["body", "file", "large file"])
def test_a_draft_of_which_somebody_has_edited_the_words_or_a_file_is_made_anew_as_it_was_confirmed(
    exchange: Exchange, client: httpx.Client, what: str
) -> None:
    files = (replace(REPORT, content=b"x" * (3 * MEGABYTE)),) if what == "large file" else (REPORT,)
    letter, mailer = replace(LETTER, attachments=files), drafts(graph(exchange, client))
    exchange.fails("send", Fault(429))
    fails(mailer, letter)
    (item,) = exchange.items
    if what == "body":
        item.message["body"]["content"] += "P.S. Kit Marker"
    else:
        content = bytes(reversed(REPORT.content)) if what == "file" else b"y" * (4 * MEGABYTE)
        item.files[0] |= {"content": content, "size": len(content) + 300}
    assert is_put_off(fails(mailer, letter)), "whoever has edited it may have sent it too"
    exchange.now += timedelta(minutes=5)
    mailer.send(letter)
    (arrived,) = exchange.arrived
    assert arrived["body"]["content"] == LETTER.body + "\n"
    assert [file["content"] for file in arrived["files"]] == [files[0].content]
    assert [each.draft for each in exchange.items] == [False]


def test_what_is_left_of_a_letter_is_removed_unless_it_was_sent_or_may_be_on_its_way(
    exchange: Exchange, client: httpx.Client
) -> None:
    mailer = GraphDrafts(graph(exchange, client), ENVELOPE, load())
    mailer.send(small(2))
    exchange.fails("send", Fault(429))
    fails(mailer)
    with pytest.raises(TryLater):
        mailer.clear(LETTER.key)
    exchange.now += timedelta(minutes=5)
    for key in (LETTER.key, small(2).key, small(3).key):
        mailer.clear(key)
    assert [each.draft for each in exchange.items] == [False]


# ── in time, and not too much at once ────────────────────────────────────────────────────────────────────────


def test_an_errand_ends_in_time_and_begins_nothing_after_that(exchange: Exchange, client: httpx.Client) -> None:
    exchange.slow = 0.1
    assert "took too long" in str(fails(drafts(impatient(graph(exchange, client), 0.25))))
    assert "send" not in exchange.asked
    call, login = (
        sum(each or 0 for each in (limits.connect, limits.write, limits.read))
        for limits in (calling.CALL_SECONDS, tokens.LOGIN_SECONDS)
    )
    longest = calling.ERRAND_SECONDS + max(call, tokens.PATIENCE_SECONDS + 2 * login)
    assert timedelta(seconds=longest) <= ANSWERS_WITHIN


def test_a_silent_call_of_which_nobody_knows_is_unclear(
    exchange: Exchange, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer = sender(graph(exchange, client))
    mailer.send(small(1))
    monkeypatch.setattr(calling, "CALL_SECONDS", httpx.Timeout(0.1))
    exchange.fails("sendMail", Fault(202, done=True, seconds=0.3))
    assert type(fails(mailer, small(2))) is Unclear


def test_at_most_four_calls_are_made_at_once(exchange: Exchange, client: httpx.Client) -> None:
    exchange.slow, exchange.together = 0.02, 4
    mailer = sender(graph(exchange, client))
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: mailer.send(small(number)), range(12)))
    assert (len(exchange.arrived), exchange.most_at_once) == (12, 4)


@pytest.mark.parametrize("way", [drafts, sender])
def test_where_nobody_is_there_it_is_tried_later(client: httpx.Client, way: Way) -> None:
    assert type(fails(way(graph(Exchange(base_url="https://127.0.0.1:1"), client)))) is Away
