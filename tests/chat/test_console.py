"""The console's chat, clock and server, over real SQLite and real HTTP."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

import bot.chat.console
from bot.chat.adaptive_cards import cards
from bot.chat.block_kit import blocks
from bot.chat.console import PEOPLE, ConsoleChat, DemoClock, check_loopback
from bot.chat.console.chat import channel_place, direct_place
from bot.errors import ConfigError, Refused
from bot.messages import Button, Buttons, Message, Words
from bot.ports import Chat, Command, Pressed, Typed
from tests.chat.fake_bot import CALENDAR, CHANNEL, QUESTION, Console, running_console

RENDERER = "5e7c13f3300ae7b89b34703501e08d709fbb6635f1c6755b92495577a77344f2"  # of 3.0.6 at the npm registry
HELLO = Message("Hello", (Words("Hello."),))
CHANGED = Message("Changed", (Words("It was changed."),))


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[ConsoleChat]:
    made = ConsoleChat(tmp_path / "console.sqlite")
    yield made
    made.close()


def test_only_the_owner_can_read_what_was_said(chat: ConsoleChat, tmp_path: Path) -> None:
    assert (tmp_path / "console.sqlite").stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("console")) as running:
        yield running


@dataclass
class Page:
    """What the console's page would send."""

    console: Console
    client: httpx.Client
    token: str
    events: ClassVar = count()
    """An id is never used again, though a page may have the address in memory of one that is gone."""

    def hear(self, what: dict[str, Any], person: str = "console:asha", **more: Any) -> httpx.Response:
        body = {"event": f"test-{next(self.events)}", "person": person, "what": what, **more}
        return self.post("/hear", body)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.client.post(path, json=body, headers={"x-console-token": self.token, **headers})

    def state(self, person: str = "console:asha", look: str = "slack") -> dict[str, Any]:
        return dict(self.client.get("/state", params={"person": person, "look": look}).json())


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    with httpx.Client(base_url=console.address, trust_env=False) as client:
        html = client.get("/").text
        yield Page(console, client, html.split('name="console-token" content="')[1].split('"')[0])


# ── what was said ────────────────────────────────────────────────────────────────────────────────────────


def test_the_console_is_a_chat_platform(chat: ConsoleChat) -> None:
    platform: Chat = chat
    assert platform.direct("a/1", "console:asha", HELLO)


def test_a_key_said_twice_is_said_once_and_found_again(chat: ConsoleChat) -> None:
    first = chat.direct("a/1", "console:asha", HELLO)
    assert chat.direct("a/1", "console:asha", HELLO) == first
    assert chat.id_of("a/1") == first
    assert chat.id_of("a/2") == ""
    assert len(chat.said(direct_place("console:asha"))) == 1
    assert chat.said(direct_place("console:ben")) == []


def test_an_edit_changes_the_message_once_and_shows_its_own_key(chat: ConsoleChat) -> None:
    said = chat.direct("a/1", "console:asha", HELLO)
    assert chat.edit("a/2", said, CHANGED) == said
    chat.direct("a/3", "console:asha", HELLO)
    chat.edit("a/4", said, HELLO)
    chat.edit("a/2", said, CHANGED)
    shown = chat.said(direct_place("console:asha"))[0]
    assert (shown.key, shown.summary, shown.version) == ("a/4", "Hello", 3)
    assert chat.id_of("a/1") == chat.id_of("a/2") == chat.id_of("a/4") == said


def test_a_button_that_opens_a_window_is_not_shown_as_there_are_none(chat: ConsoleChat) -> None:
    buttons = Buttons((Button("Continue", "answer"), Button("Answer several at once", "page")))
    said = chat.direct("c/1", "console:asha", Message("Asked", (buttons,)))
    chat.edit("c/2", said, Message("Asked", (*HELLO.parts, buttons)))
    (shown,) = chat.said(direct_place("console:asha"))
    assert "Continue" in repr(shown.blocks)
    assert "several" not in repr(shown.blocks)


def test_what_is_said_and_changed_is_kept_as_teams_would_show_it_too(chat: ConsoleChat) -> None:
    said = chat.direct("a/1", "console:asha", HELLO)
    (shown,) = chat.said(direct_place("console:asha"))
    assert shown.cards == cards(HELLO, key="a/1")
    chat.edit("a/2", said, CHANGED)
    (shown,) = chat.said(direct_place("console:asha"))
    assert shown.cards == cards(CHANGED, key="a/2")


def test_what_was_said_before_the_console_kept_cards_is_still_shown(tmp_path: Path) -> None:
    path = tmp_path / "console.sqlite"
    before = ConsoleChat(path)
    before.direct("a/1", "console:asha", HELLO)
    before.close()
    with closing(sqlite3.connect(path)) as older:
        older.execute("alter table said drop column cards")
    after = ConsoleChat(path)
    after.direct("a/2", "console:asha", CHANGED)
    first, second = after.said(direct_place("console:asha"))
    assert (first.blocks, first.cards) == (blocks(HELLO), [])
    assert second.cards == cards(CHANGED, key="a/2")
    after.close()


def test_a_restart_shows_the_same(tmp_path: Path) -> None:
    before = ConsoleChat(tmp_path / "console.sqlite")
    root = before.thread("E-4KX-7PW/1/1", CHANNEL, "", HELLO)
    before.thread("E-4KX-7PW/1/2", CHANNEL, root, HELLO)
    said = before.said(channel_place(CHANNEL))
    before.close()
    after = ConsoleChat(tmp_path / "console.sqlite")
    assert after.said(channel_place(CHANNEL)) == said
    assert [message.under for message in said] == [None, int(root)]
    after.close()


def test_a_thread_knows_its_escalation(chat: ConsoleChat) -> None:
    root = chat.thread("E-4KX-7PW/3/1", CHANNEL, "", HELLO)
    reply = chat.thread("E-4KX-7PW/3/2", CHANNEL, root, HELLO)
    assert chat.reference_of("E-4KX-7PW/3/1") == "E-4KX-7PW"
    assert chat.reference_of("digest/herefordshire/2026-03-09") == ""
    assert chat.reference_of_thread(root) == "E-4KX-7PW"
    assert chat.reference_of_thread(reply) == ""


def test_what_is_not_there_is_refused(chat: ConsoleChat) -> None:
    with pytest.raises(Refused, match="no message 99"):
        chat.edit("a/1", "99", HELLO)
    with pytest.raises(Refused, match="no message 99"):
        chat.thread("a/2", CHANNEL, "99", HELLO)
    assert chat.id_of("a/1") == ""


def test_listeners_are_told_of_changes_from_any_thread_until_they_stop(chat: ConsoleChat) -> None:
    told: list[str] = []
    stop = chat.listen(lambda: told.append(threading.current_thread().name))
    speaker = threading.Thread(target=chat.direct, args=("a/1", "console:asha", HELLO), name="speaker")
    speaker.start()
    speaker.join()
    stop()
    chat.direct("a/2", "console:asha", HELLO)
    assert told == ["speaker"]


def test_people_can_delete_what_they_typed_and_nothing_else(chat: ConsoleChat) -> None:
    typed = chat.type("event-1", "console:asha", "A name that should not be here")
    said = chat.direct("a/1", "console:asha", HELLO)
    with pytest.raises(Refused, match="Only the person"):
        chat.delete(said, "console:asha")
    with pytest.raises(Refused, match="Only the person"):
        chat.delete(typed, "console:ben")
    chat.delete(typed, "console:asha")
    assert [message.author for message in chat.said(direct_place("console:asha"))] == [""]


def test_what_another_process_says_is_noticed(chat: ConsoleChat, tmp_path: Path) -> None:
    before = chat.changes_elsewhere()
    chat.direct("d/1", "console:asha", HELLO)
    assert chat.changes_elsewhere() == before  # of its own changes it tells
    other = ConsoleChat(tmp_path / "console.sqlite")
    other.direct("d/2", "console:asha", HELLO)
    assert chat.changes_elsewhere() != before
    other.close()


# ── clock and people ─────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_moves_on_by_working_days_over_a_bank_holiday_and_is_kept(tmp_path: Path) -> None:
    thursday = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)  # 10:30 British Summer Time; Good Friday is next
    clock = DemoClock(tmp_path / "clock.json", real=lambda: thursday)
    assert clock.move_on(1, CALENDAR).isoformat() == "2026-04-06T10:30:00+01:00"
    again = DemoClock(tmp_path / "clock.json", real=lambda: thursday + timedelta(minutes=5))
    assert again.now().isoformat() == "2026-04-06T10:35:00+01:00"


def test_at_night_the_clock_moves_on_to_ten_in_the_morning(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock.json", real=lambda: datetime(2026, 3, 27, 23, 30, tzinfo=UTC))
    assert clock.move_on(1, CALENDAR).isoformat() == "2026-03-30T10:00:00+01:00"
    assert clock.now().date() == date(2026, 3, 30)


@pytest.mark.parametrize("broken", ["", "[]", '{"offset_seconds": "soon"}', '{"offset_seconds": 1e300}', "{}"])
def test_a_broken_clock_file_says_what_to_do(tmp_path: Path, broken: str) -> None:
    (tmp_path / "clock.json").write_text(broken)
    with pytest.raises(ConfigError, match="Delete it"):
        DemoClock(tmp_path / "clock.json")


def test_the_people_are_fictional_and_their_deputies_exist() -> None:
    ids = {person.id for person in PEOPLE}
    assert len(ids) == len(PEOPLE)
    assert all(person.id.startswith("console:") for person in PEOPLE)
    assert all(person.email.endswith(".example.org") for person in PEOPLE)
    assert {person.deputy for person in PEOPLE} - {""} <= ids


# ── the server ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_addresses_are_taken(host: str) -> None:
    check_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "", "::", "example.org", "127.0.0.1.example.org"])  # noqa: S104
def test_other_addresses_are_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"Use 127\.0\.0\.1"):
        check_loopback(host)


def test_a_command_a_text_and_a_press_are_heard(page: Page) -> None:
    assert page.hear({"kind": "command", "word": "escalate", "text": "now"}, "console:ben").status_code == 200
    typed, asked = page.state("console:ben")["direct"]
    assert (typed["text"], typed["author"], asked["author"]) == ("/escalate now", "console:ben", "")
    values = {"b": {"entry:1::line": {"type": "plain_text_input", "value": "Team A"}}}
    what = {"kind": "pressed", "action_id": "answer:4", "message": asked["key"], "values": values}
    assert page.hear(what, "console:ben").json()["again"] is False
    page.hear({"kind": "typed", "text": "Hello"}, "console:ben")
    heard = page.console.bot.heard[-3:]
    assert [h.what for h in heard] == [
        Command("escalate", "now"),
        Pressed("answer", "4", {"line": "Team A"}, asked["key"]),
        Typed("Hello"),
    ]
    assert all(h.person == "console:ben" and not h.thread for h in heard)


def test_what_was_pressed_on_a_card_is_heard_as_teams_would_tell_it(page: Page) -> None:
    page.hear({"kind": "command", "word": "escalate", "text": ""}, "console:cerys")
    asked = page.state("console:cerys", "teams")["direct"][-1]
    assert "blocks" not in asked
    assert asked["cards"] == cards(QUESTION, key=asked["key"])
    press = next(each for each in asked["cards"][-1]["body"] if each["type"] == "ActionSet")["actions"][0]
    put_in = {"text:line": "Team A", "many:boxes": "box2,box12", "person:person": "console:hugh"}
    action = {"type": press["type"], "verb": press["verb"], "data": press["data"] | put_in}
    assert page.hear({"kind": "executed", "value": action}, "console:cerys").status_code == 200
    what = page.console.bot.heard[-1].what
    assert isinstance(what, Pressed)
    assert (what.action, what.value, what.message) == ("answer", "4", asked["key"])
    assert what.given == dict.fromkeys(("story", "mail", "day", "why", "way"), "") | {
        "line": "Team A", "boxes": ["box2", "box12"], "person": "console:hugh"
    }  # fmt: skip


@pytest.mark.parametrize("value", [None, "answer", {}, {"verb": "answer", "data": {"action": "back"}}])
def test_a_press_that_no_card_would_send_changes_nothing(page: Page, value: Any) -> None:
    before = len(page.console.bot.heard)
    answer = page.hear({"kind": "executed", "value": value})
    assert (answer.status_code, len(page.console.bot.heard)) == (422, before)
    assert answer.json()["problem"].endswith("nothing was done.")


def test_the_same_event_is_shown_once_and_answered_again(page: Page) -> None:
    body = {"event": "same", "person": "console:iris", "what": {"kind": "typed", "text": "Once"}}
    assert page.post("/hear", body).json()["again"] is False
    assert page.post("/hear", body).json()["again"] is True
    assert [m["text"] for m in page.state("console:iris")["direct"]] == ["Once", ""]


def test_a_mention_in_a_thread_is_heard_with_the_reference_and_other_talk_is_not(page: Page) -> None:
    page.hear({"kind": "command", "word": "report"})
    root = str(page.state()["channels"][0]["messages"][0]["id"])
    page.hear({"kind": "typed", "text": "What next?", "shown": "@Escalation Bot What next?"}, root=root)
    assert page.console.bot.heard[-1].thread == "E-4KX-7PW"
    assert page.console.bot.heard[-1].what == Typed("What next?")
    before = len(page.console.bot.heard)
    page.hear({"kind": "typed", "text": "", "shown": "Thanks, Ben"}, root=root)
    assert len(page.console.bot.heard) == before
    replies = [m["text"] for m in page.state("console:hugh")["channels"][0]["messages"] if m["author"]]
    assert replies == ["@Escalation Bot What next?", "Thanks, Ben"]


def test_an_error_of_the_bot_is_a_sentence_for_the_person(page: Page) -> None:
    answer = page.hear({"kind": "typed", "text": "not a date"})
    assert answer.status_code == 422, answer.text
    assert answer.json() == {"problem": "“not a date” is not a date I can read. Try 27/03/2026."}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"event": "e", "person": "console:nobody", "what": {}},
        {"event": "e", "person": "console:asha", "what": 1},
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(page: Page, body: Any) -> None:
    answer = page.post("/hear", body)
    assert answer.status_code == 422, answer.text
    assert "load the page again" in answer.json()["problem"]


def test_the_clock_moves_on_for_everybody(page: Page) -> None:
    before = page.console.clock.now()
    assert page.post("/clock", {"working_days": 2}).status_code == 200
    assert page.console.clock.now() > before
    assert page.state()["clock"]["text"].endswith(", 10:00")
    assert page.post("/clock", {"working_days": -1}).status_code == 422
    assert page.post("/clock", {"working_days": True}).status_code == 422


def test_letters_are_shown_and_their_files_are_only_downloaded(page: Page) -> None:
    page.console.send_letter("E-4KX-7PW: é")
    letter = page.client.get("/mailbox").json()[0]
    assert letter["subject"] == "E-4KX-7PW: é"
    assert letter["body"].strip() == "A report is attached."
    assert [file["name"] for file in letter["attachments"]] == ["E-4KX-7PW.pdf", 'a".html']
    pdf = page.client.get(f"/mailbox/{letter['id']}/0")
    assert pdf.content == b"%PDF-1.7 made up"
    assert pdf.headers["content-disposition"] == 'attachment; filename="E-4KX-7PW.pdf"'
    html = page.client.get(f"/mailbox/{letter['id']}/1")
    assert html.headers["content-type"] == "application/octet-stream"
    assert html.headers["content-disposition"] == 'attachment; filename="a_.html"'
    assert html.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/mailbox/..%2Fclock/0", "/mailbox/nothing/0", "/mailbox/1/99"])
def test_there_is_no_way_out_of_the_mailbox(page: Page, path: str) -> None:
    page.console.send_letter()
    assert page.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "console.example.org"}, 403),
        ({"host": "127.0.0.1.example.org:8000"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://example.org"}, 403),
        ({"x-console-token": "guessed"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_other_pages_cannot_use_the_console(page: Page, headers: dict[str, str], status: int) -> None:
    body = json.dumps({"event": "e", "person": "console:asha", "what": {"kind": "typed", "text": "x"}})
    usual = {"x-console-token": page.token, "content-type": "application/json"}
    before = len(page.console.bot.heard)
    answer = page.client.post("/hear", content=body, headers=usual | headers)
    assert answer.status_code == status
    assert answer.json()["problem"].endswith(".")
    assert len(page.console.bot.heard) == before


def test_a_name_that_leads_here_cannot_read_the_console(page: Page) -> None:
    for path in ("/", "/state", "/mailbox", "/static/console.js"):
        assert page.client.get(path, headers={"host": "rebound.example.org"}).status_code == 403


def test_the_page_runs_and_loads_only_its_own_files(page: Page) -> None:
    answer = page.client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


def test_the_renderer_of_cards_is_as_microsoft_published_it_and_has_its_licence_beside_it() -> None:
    static = Path(bot.chat.console.__file__).parent / "static"
    licence = (static / "adaptivecards.LICENSE.txt").read_text(encoding="utf-8")
    assert "adaptivecards 3.0.6" in licence
    assert hashlib.sha256((static / "adaptivecards.min.js").read_bytes()).hexdigest() == RENDERER


def test_a_body_of_unknown_or_great_length_is_refused(page: Page) -> None:
    usual = {"x-console-token": page.token, "content-type": "application/json"}
    assert page.client.post("/hear", content=iter([b"{}"]), headers=usual).status_code == 413
    assert page.client.post("/hear", content=b" " * 2_000_001, headers=usual).status_code == 413


def test_an_open_page_is_told_when_something_changes(page: Page) -> None:
    with page.client.stream("GET", "/events", timeout=120) as events:
        lines = (line for line in events.iter_lines() if line.startswith("event:"))
        assert next(lines) == "event: changed"
        page.console.chat.direct(f"live-{id(page)}", "console:asha", HELLO)
        assert next(lines) == "event: changed"
        page.console.send_letter()
        assert next(lines) == "event: changed"
