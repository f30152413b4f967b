"""The console's page in a real Chromium, with the keyboard, a phone's width and a slow bot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Error, Page, Route, expect

from bot.messages import Button, Buttons, Entry, Link, Links, Message, Words
from bot.ports import Pressed, Typed
from tests.browsing import chromium, needs_chromium, phone, window
from tests.chat.fake_bot import CHANNEL, Console, running_console

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with running_console(tmp_path) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with window(browser) as made:
        yield made


@pytest.fixture
def page(console: Console, context: BrowserContext) -> Iterator[Page]:
    """The page at Asha's direct messages; at the end, nothing went wrong in it and nothing left the machine."""
    opened = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(console.address)
    expect(opened.locator("#places li")).to_have_count(3)
    yield opened
    assert wrong == []
    assert [url for url in asked if not url.startswith(f"{console.address}/")] == []


def say(page: Page, text: str) -> None:
    page.get_by_label("Message to Escalation Bot").fill(text)
    page.keyboard.press("Enter")


def looks_at(page: Page, platform: str) -> None:
    page.get_by_role("group", name="Looks like").get_by_role("button", name=platform).click()


def begin(page: Page) -> None:
    say(page, "/escalate")
    expect(page.get_by_role("heading", name="What happened?").last).to_be_visible()


def test_every_part_and_input_is_shown_and_what_is_put_in_is_heard(page: Page, console: Console) -> None:
    begin(page)
    for text in (
        "Important: If a child",
        "an *escalation* under <this> policy & its",
        "Done: Talk with",
        "To do: Tell",
    ):
        expect(page.locator("#messages")).to_contain_text(text)
    expect(page.locator("#messages")).to_contain_text("By: Thursday 5 March 2026")
    page.get_by_label("Their team").fill("Team *A*")
    page.get_by_label("What happened?").fill("First line\nSecond line 👩‍👩‍👧‍👦")
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("Date", exact=True).fill("2026-02-27")
    page.get_by_role("radio", name="1 · The decision was made").check()
    page.get_by_role("checkbox", name="Box number 12").check()
    page.get_by_label("Who?").select_option("console:hugh")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    what = console.bot.heard[-1].what
    assert isinstance(what, Pressed)
    assert (what.action, what.value, what.message) == ("answer", "4", "conversation/1")
    assert what.given == {
        "line": "Team *A*",
        "story": "First line\nSecond line 👩‍👩‍👧‍👦",
        "mail": "grace@example.org",
        "day": "2026-02-27",
        "why": "info",
        "way": "way12",
        "boxes": ["box2", "box11", "box12"],
        "person": "console:hugh",
    }


def test_a_text_of_thirty_thousand_characters_comes_back_from_its_inputs_unchanged(
    page: Page, console: Console
) -> None:
    text = ("Zeile für Zeile, 👍🏽 *wie* <getippt>.\n\n" * 1000)[:30_000]
    parts = (Entry("story", "Story", "paragraph", text), Buttons((Button("Keep", "keep", "1"),)))
    console.chat.direct("long/1", "console:asha", Message("Long", parts))
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    what = console.bot.heard[-1].what
    assert isinstance(what, Pressed)
    assert what.given == {"story": text}


def test_what_is_being_typed_survives_updates_and_being_somebody_else(page: Page, console: Console) -> None:
    begin(page)
    team = page.get_by_label("Their team")
    team.fill("Half a na")
    earlier = console.chat.direct("other/1", "console:asha", Message("Other", (Words("Before."),)))
    expect(page.get_by_text("Before.")).to_be_visible()
    console.chat.edit("other/2", earlier, Message("Other", (Words("After."),)))
    expect(page.get_by_text("After.")).to_be_visible()
    expect(team).to_be_focused()
    team.press_sequentially("me")
    page.get_by_role("button", name="Ben Sample").click()
    expect(page.get_by_text("Nothing said yet")).to_be_visible()
    page.get_by_role("button", name="Asha Example").click()
    expect(page.get_by_label("Their team")).to_have_value("Half a name")


def test_people_and_places_with_something_new_say_so(page: Page, console: Console) -> None:
    console.chat.direct("new/1", "console:grace", Message("New", (Words("For Grace."),)))
    grace = page.get_by_role("button", name="Grace Madeup")
    expect(grace).to_contain_text("new")
    grace.click()
    expect(page.get_by_text("For Grace.")).to_be_visible()
    page.get_by_role("button", name="Asha Example").click()
    expect(grace).not_to_contain_text("new")
    console.send_letter()
    mailbox = page.get_by_role("button", name="Mailbox")
    expect(mailbox).to_contain_text("1 new")
    mailbox.click()
    expect(mailbox).not_to_contain_text("new")
    letter = page.locator("details.letter")
    expect(letter.get_by_text("unread")).to_be_visible()
    letter.get_by_text("E-4KX-7PW: report").click()
    expect(letter.get_by_text("unread")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_role("link", name="E-4KX-7PW.pdf").click()
    assert download.value.path().read_bytes() == b"%PDF-1.7 made up"


def test_letters_that_arrive_late_do_not_push_out_the_place_one_went_to(page: Page, console: Console) -> None:
    console.send_letter()
    say(page, "Hello")
    expect(page.get_by_text("Heard: Hello")).to_be_visible()
    held: list[Route] = []
    page.route("**/mailbox", lambda route: held.append(route))
    with page.expect_request("**/mailbox"):
        page.get_by_role("button", name="Mailbox").click()
    page.locator("#places").get_by_role("button", name="Escalation Bot").click()
    expect(page.get_by_text("Heard: Hello")).to_be_visible()
    with page.expect_response("**/mailbox"):
        held[0].continue_()
    page.evaluate("fetch('/state').then((answer) => answer.json())")
    expect(page.get_by_text("Heard: Hello")).to_be_visible()
    expect(page.locator("details.letter")).to_have_count(0)


def test_an_answer_that_was_overtaken_takes_no_letter_away(page: Page, console: Console) -> None:
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/mailbox", lambda route: held.append((route, route.fetch())), times=1)
    console.send_letter()
    page.get_by_role("button", name="Mailbox").click()
    console.send_letter()
    letters = page.locator("details.letter")
    expect(letters).to_have_count(2)
    ((route, first),) = held
    with page.expect_response("**/mailbox"):
        route.fulfill(response=first)
    page.evaluate("fetch('/state').then((answer) => answer.json())")
    expect(letters).to_have_count(2)


def test_nothing_can_be_typed_before_the_page_knows_who_is_typing_and_which_commands_there_are(page: Page) -> None:
    held: list[Route] = []
    page.route("**/state?*", lambda route: held.append(route), times=1)
    with page.expect_request("**/state?*"):
        page.reload()
    box = page.locator("#composer-text")
    expect(box).to_be_attached()
    expect(box).to_be_hidden()
    held[0].continue_()
    begin(page)


def test_beside_a_choice_of_people_nothing_is_called_optional(page: Page, console: Console) -> None:
    button = Buttons((Button("Continue", "answer"),))
    name = Entry("name", "Name", "line", optional=True)
    person = Entry("person", "Pick somebody here", "person", hint="or fill in below", optional=True)
    console.chat.direct("who/1", "console:asha", Message("Who", (person, name, button)))
    console.chat.direct("note/1", "console:asha", Message("Note", (Entry("n", "Note", "line", optional=True), button)))
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    expect(page.get_by_label("Note (optional)")).to_be_visible()
    expect(page.get_by_text("(optional)")).to_have_count(1)


def test_a_press_cannot_be_repeated_until_it_is_answered(page: Page, console: Console) -> None:
    begin(page)
    console.bot.may_answer.clear()
    press = page.get_by_role("button", name="Continue")
    press.click()
    expect(press).to_have_attribute("aria-disabled", "true")
    press.dispatch_event("click")
    console.bot.may_answer.set()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    expect(press).to_have_attribute("aria-disabled", "false")
    assert sum(isinstance(heard.what, Pressed) for heard in console.bot.heard) == 1


def test_a_lost_connection_is_told_kindly_and_trying_again_counts_once(page: Page, console: Console) -> None:
    begin(page)
    page.route("**/hear", lambda route: route.abort())
    page.get_by_label("Their team").fill("Team A")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").filter(has_text="could not be reached")).to_be_visible()
    expect(page.get_by_label("Their team")).to_have_value("Team A")
    page.unroute("**/hear")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    assert len(console.bot.heard) == 2


def test_a_refusal_of_the_bot_stands_beside_what_was_typed(page: Page) -> None:
    say(page, "not a date")
    expect(page.get_by_role("alert").filter(has_text="Try 27/03/2026.")).to_be_visible()
    expect(page.get_by_label("Message to Escalation Bot")).to_have_value("not a date")


def test_what_is_typed_while_the_bot_is_slow_is_said_after_it_and_put_back_where_it_is_refused(
    page: Page, console: Console
) -> None:
    box = page.get_by_label("Message to Escalation Bot")
    console.bot.may_answer.clear()
    say(page, "not a date")
    expect(box).to_have_value("")
    box.fill("and this")
    console.bot.may_answer.set()
    expect(page.get_by_role("alert").filter(has_text="Try 27/03/2026.")).to_be_visible()
    expect(box).to_have_value("not a date\nand this")
    console.bot.may_answer.clear()
    say(page, "one")
    say(page, "two")
    console.bot.may_answer.set()
    expect(page.get_by_text("Heard: two")).to_be_visible()
    assert [heard.what for heard in console.bot.heard[-2:]] == [Typed("one"), Typed("two")]


def test_an_answer_does_not_take_the_keyboard_from_whoever_types_elsewhere_by_then(
    page: Page, console: Console
) -> None:
    begin(page)
    console.bot.may_answer.clear()
    page.get_by_role("button", name="Continue").press("Enter")
    box = page.get_by_label("Message to Escalation Bot")
    box.press_sequentially("half a ")
    console.bot.may_answer.set()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    expect(box).to_be_focused()


def test_a_press_that_has_begun_counts_though_news_arrive_before_it_ends(page: Page, console: Console) -> None:
    grace = page.get_by_role("button", name="Grace Madeup")
    grace.hover()
    page.mouse.down()
    console.chat.direct("new/1", "console:grace", Message("New", (Words("For Grace."),)))
    expect(grace).to_contain_text("new")
    page.mouse.up()
    expect(page.get_by_text("For Grace.")).to_be_visible()


def test_an_edited_message_shows_its_new_form(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text("You went back.")).to_be_visible()
    expect(page.get_by_role("article", name="Escalation Bot")).to_contain_text("(edited)")
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)


def test_a_thread_opens_beside_its_channel_and_mentions_are_heard(page: Page, console: Console) -> None:
    say(page, "/report")
    page.get_by_role("button", name="escalations-example-county").click()
    page.get_by_role("button", name="1 reply: open thread").click()
    reply = page.get_by_label("Reply in the thread")
    reply.fill("What is next?")
    reply.press("Enter")
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_text("Heard in the thread: What is next?")).to_be_visible()
    assert console.bot.heard[-1].thread == "E-4KX-7PW"
    thread.get_by_role("button", name="We agreed").click()
    expect(thread.get_by_role("button", name="We agreed")).to_have_attribute("aria-disabled", "false")
    assert (console.bot.heard[-1].what, console.bot.heard[-1].thread) == (
        Pressed("agreed", "E-4KX-7PW", {}, "E-4KX-7PW/1/1"),
        "E-4KX-7PW",
    )
    page.keyboard.press("Escape")
    expect(thread).to_be_hidden()


def test_a_link_to_a_message_opens_its_thread_in_its_channel(page: Page, console: Console) -> None:
    begun = console.chat.thread("E-4KX-7PW/1", CHANNEL, "", Message("First", (Words("The first message."),)))
    reply = console.chat.thread("E-4KX-7PW/2", CHANNEL, begun, Message("Reply", (Words("A reply."),)))
    links = [Link(f"to {each}", console.chat.link(CHANNEL, each), ", and more") for each in (begun, reply)]
    links.append(Link("elsewhere", "javascript:alert(1)"))
    console.chat.direct("digest/1", "console:asha", Message("Digest", (Links(tuple(links)),)))
    thread = page.get_by_role("complementary", name="Thread")
    for each in (begun, reply):
        page.get_by_role("button", name="Escalation Bot").click()
        page.get_by_role("link", name=f"to {each}").click()
        expect(thread.get_by_text("The first message.")).to_be_visible()
        expect(thread.get_by_text("A reply.")).to_be_visible()
        page.get_by_role("button", name="Close the thread").click()
    page.get_by_role("button", name="Escalation Bot").click()
    expect(page.get_by_text("elsewhere")).to_be_visible()
    expect(page.get_by_role("link", name="elsewhere")).to_have_count(0)


def test_the_clock_moves_on_and_everybody_sees_it(page: Page, context: BrowserContext, console: Console) -> None:
    second = context.new_page()
    second.goto(console.address)
    expect(second.locator("#clock-text")).to_have_text("Tuesday 3 March 2026, 10:00")
    page.get_by_role("button", name="5 working days on").click()
    expect(page.locator("#clock-text")).to_have_text("Tuesday 10 March 2026, 10:00")
    expect(second.locator("#clock-text")).to_have_text("Tuesday 10 March 2026, 10:00")


def test_everything_works_with_the_keyboard_alone(page: Page, console: Console) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the messages")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    composer = page.get_by_label("Message to Escalation Bot")
    expect(composer).to_be_focused()
    page.keyboard.type("/")
    expect(page.get_by_role("option")).to_have_count(7)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="/report")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What happened?").last).to_be_visible()
    page.get_by_label("Their team").focus()
    page.keyboard.type("Team A")
    page.get_by_role("button", name="Continue").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Done")).to_be_focused()
    heard = console.bot.heard[-1].what
    assert isinstance(heard, Pressed)
    assert heard.given["line"] == "Team A"
    composer.focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Heard: one\ntwo")
    expect(composer).to_have_value("")


def test_what_is_new_is_announced_to_screen_readers(page: Page, console: Console) -> None:
    begin(page)
    console.chat.direct("new/1", "console:asha", Message("A reminder", (Words("Tomorrow."),)))
    expect(page.locator("[aria-live]#announcer")).to_contain_text("Escalation Bot: A reminder")


def unnamed(page: Page) -> list[str]:
    """Inputs and buttons without a name, and ids that are there twice."""
    nameless: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("input, textarea, select, button")]
            .filter((one) => one.tagName === "BUTTON" ? !one.textContent.trim() : one.labels.length === 0)
            .map((one) => one.outerHTML)"""
    )
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((one) => one.id)")
    return nameless + [each for each in set(ids) if ids.count(each) > 1]


def test_every_input_has_a_label_and_every_button_a_name(page: Page) -> None:
    begin(page)
    assert unnamed(page) == []


def test_on_a_phone_nothing_is_wider_than_the_screen_and_the_sidebar_is_a_menu(
    browser: Browser, console: Console
) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(console.address)
        begin(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("document.getElementById('messages-scroll').scrollWidth") <= 360
        say(page, "/report")
        page.get_by_role("button", name="Menu").tap()
        page.get_by_role("button", name="escalations-example-county").tap()
        page.get_by_role("button", name="1 reply: open thread").tap()
        box = page.get_by_role("complementary", name="Thread").bounding_box()
        assert box is not None
        assert box["width"] == 360
        expect(page.locator("main")).to_be_hidden()
        page.get_by_role("button", name="Close the thread").tap()
        expect(page.locator("main")).to_be_visible()


def test_on_a_phone_news_leave_the_title_its_room(browser: Browser, console: Console) -> None:
    with phone(browser) as context:
        page = context.new_page()
        console.chat.direct("new/1", "console:grace", Message("New", (Words("For Grace."),)))
        page.goto(console.address)
        button = page.get_by_role("button", name="Menu new messages").bounding_box()
        title = page.get_by_role("heading", name="Escalation Bot", exact=True).bounding_box()
        assert button
        assert title
        assert button["width"] < 80
        assert title["height"] < 30


def test_on_a_phone_notes_that_follow_each_other_take_a_line_each(browser: Browser, console: Console) -> None:
    with phone(browser) as context:
        page = context.new_page()
        for n in range(20):
            console.passed.append(timedelta(minutes=1))
            console.chat.direct(f"said/{n}", "console:asha", Message("Said", (Words(f"Answered: no {n}", "quiet"),)))
        page.goto(console.address)
        expect(page.get_by_text("Answered: no 19")).to_be_in_viewport()
        heights = page.evaluate("[...document.querySelectorAll('#messages article')].map((one) => one.offsetHeight)")
        assert max(heights[1:]) <= 24


def test_a_reload_keeps_the_person_and_shows_the_same(page: Page) -> None:
    page.get_by_role("button", name="Farid Fictional").click()
    say(page, "Hello")
    expect(page.get_by_text("Heard: Hello")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Heard: Hello")).to_be_visible()
    expect(page.get_by_role("button", name="Farid Fictional")).to_have_attribute("aria-pressed", "true")


def test_what_somebody_typed_by_mistake_can_be_deleted(page: Page) -> None:
    say(page, "A name")
    expect(page.get_by_text("Heard: A name")).to_be_visible()
    page.get_by_role("button", name="Delete your message").click()
    expect(page.locator("#messages").get_by_text("A name", exact=True)).to_have_count(0)


# ── the look of Teams ────────────────────────────────────────────────────────────────────────────────────────


def test_cards_are_drawn_filled_in_and_changed_in_place_and_the_look_is_remembered(
    page: Page, console: Console
) -> None:
    begin(page)
    page.route("**/adaptivecards.min.js", lambda route: route.abort())
    looks_at(page, "Teams")
    expect(page.get_by_role("alert").filter(has_text="could not be loaded")).to_be_visible()
    page.unroute("**/adaptivecards.min.js")
    page.get_by_role("button", name="Try again").click()
    teams = page.get_by_role("button", name="Teams", exact=True)
    expect(teams).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(teams).to_have_attribute("aria-pressed", "true")
    first, second = (page.get_by_role("article", name="Escalation Bot").nth(n) for n in range(2))
    first.get_by_role("radio", name="Something else").check()
    begin(page)
    second.get_by_role("radiogroup", name="Why?").get_by_role("radio").first.check()
    second.get_by_role("group", name="Tick what applies").get_by_label("Box number 2", exact=True).uncheck()
    second.get_by_label("Which way?").select_option("Choose…")
    second.get_by_label("Who?").select_option("console:hugh")
    team = second.get_by_label("Their team")
    team.fill("Half a na")
    expect(first.get_by_role("radio", name="Something else")).to_be_checked()
    first.get_by_role("button", name="Back").dispatch_event("click")
    expect(first).to_contain_text("You went back.")
    expect(first).to_contain_text("(edited)")
    expect(first.get_by_role("button")).to_have_count(0)
    expect(team).to_be_focused()
    team.press_sequentially("me")
    team.press("Enter")
    page.get_by_role("button", name="Ben Sample").click()
    page.get_by_role("button", name="Asha Example").click()
    expect(team).to_have_value("Half a name")
    assert unnamed(page) == []
    console.bot.may_answer.clear()
    press = second.get_by_role("button", name="Continue")
    press.press("Enter")
    expect(press).to_have_attribute("aria-disabled", "true")
    press.dispatch_event("click")
    console.bot.may_answer.set()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    expect(page.get_by_role("button", name="Done")).to_be_focused()
    _, _, _, heard = console.bot.heard
    what = heard.what
    assert isinstance(what, Pressed)
    assert (what.action, what.message) == ("answer", "conversation/2")
    assert [what.given[name] for name in ("line", "why", "way", "boxes", "person")] == [
        "Half a name", "info", "", ["box11"], "console:hugh"
    ]  # fmt: skip


def test_where_one_goes_while_the_other_look_is_fetched_has_that_look(page: Page, console: Console) -> None:
    console.chat.thread("E-4KX-7PW/1", CHANNEL, "", Message("First", (Words("The first message."),)))
    expect(page.get_by_role("button", name=CHANNEL)).to_contain_text("new")
    looks_at(page, "Teams")
    looks_at(page, "Slack")
    held: list[Route] = []
    page.route("**/state?*", lambda route: held.append(route), times=1)
    with page.expect_request("**/state?*"):
        looks_at(page, "Teams")
    page.get_by_role("button", name=CHANNEL).click()
    held[0].continue_()
    expect(page.locator("#messages .card").get_by_text("The first message.")).to_be_visible()


def test_links_lead_to_threads_old_messages_can_be_answered_and_a_small_phone_shows_all(
    page: Page, console: Console
) -> None:
    root = console.chat.thread("E-4KX-7PW/1", CHANNEL, "", Message("First", (Words("The first message."),)))
    link = Link("to it", console.chat.link(CHANNEL, root))
    console.chat.direct("digest/1", "console:asha", Message("Digest", (Links((link,)),)))
    console.chat.direct("old/1", "console:asha", Message("Old", (Buttons((Button("Old button", "old"),)),)))
    with closing(sqlite3.connect(console.mailbox.parent / "console.sqlite")) as kept, kept:
        kept.execute("update said set cards = '[]' where key = 'old/1'")  # as before the console knew Teams
    looks_at(page, "Teams")
    page.get_by_role("link", name="to it").click()
    expect(page.get_by_role("complementary", name="Thread").get_by_text("The first message.")).to_be_visible()
    page.get_by_role("button", name="Close the thread").click()
    page.get_by_role("button", name="Escalation Bot").click()
    page.get_by_role("button", name="Old button").click()
    expect(page.get_by_role("heading", name="Read back")).to_be_visible()
    assert console.bot.heard[-1].what == Pressed("old", "", {}, "old/1")
    begin(page)
    page.set_viewport_size({"width": 320, "height": 700})
    cut_off = """() => [...document.querySelectorAll("#messages *, #places *, .place *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML)"""
    assert page.evaluate(cut_off) == []
    with pytest.raises(Error, match="disallowed"):
        page.evaluate("trustedTypes.createPolicy('another', {})")
