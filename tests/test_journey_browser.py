"""A practitioner's whole way through Herefordshire's policy, in a real Chromium, with the real bot behind the console;
and the beginning of it on a phone, and with the keyboard alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browsing import chromium, needs_chromium, phone, window
from tests.visiting import OnAPhone, Visitor, running

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The demonstration as `make demo` runs it, on Monday 2 March 2026 at ten o'clock."""
    with running(tmp_path) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with window(browser) as made:
        yield made


@pytest.mark.parametrize("look", ["Slack", "Teams"])
def test_a_practitioner_takes_an_escalation_from_the_first_question_to_the_mailbox(
    context: BrowserContext, address: str, look: str
) -> None:
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(address) else outside.append(request.url))
    page.goto(address)
    asha = Visitor(page, f"{look.lower()}-")
    asha.looks_at(look)
    asha.shot("start")
    try:
        _raise(asha)
        _move(asha)
        _report(asha)
        _mailbox(asha)
        _close(asha)
    finally:
        asha.shot("last")
        page.close()
    assert outside == []


def _raise(asha: Visitor) -> None:
    asha.says("/escalate")
    asha.sees("Is a child in immediate danger?")
    asha.shot("danger")
    asha.presses("No", "Which partnership’s policy applies?")
    asha.shot("partnership")
    asha.presses("Herefordshire Safeguarding Children Partnership", "Is it one of these?")
    asha.shot("route")
    asha.presses("No, it is none of these", "What or whom is this about?")
    asha.presses("About a particular child", "Have you already talked with your counterpart")
    asha.shot("advice")
    asha.presses("Yes, and we still disagree", "What was tried, and how did they respond?")
    asha.fills("What was tried", "I rang twice.\nThe referral was closed without a visit.")
    asha.presses("Continue", "Who is your counterpart in the other agency?")
    asha.shot("counterpart")
    asha.picks("farid")
    asha.presses("Continue", "When did you talk?")
    asha.fills("When did you talk?", "27/02/2026")
    asha.presses("Continue", "What do you disagree about")
    asha.fills("What do you disagree about", "The referral for Kit Marker was closed.")
    asha.presses("Continue", "What would you like to happen instead?")
    asha.fills("What would you like to happen instead?", "A strategy discussion this week.")
    asha.presses("Continue", "Your own details")
    asha.presses("Continue", "Who is your own safeguarding lead?")
    asha.presses("Skip", "With which agency do you disagree?")
    asha.presses("Continue", "Have you said or sent these words?")
    asha.shot("words")
    asha.presses("Yes, I have", "To whom did you say it?")
    asha.presses("Continue", "How?")
    asha.presses("By telephone", "When?")
    asha.presses("Continue", "What is the date of initial concern?")
    asha.says("Monday")
    asha.sees("I read this as Monday 23 February 2026")
    asha.shot("doubt")
    asha.presses("No, pick another", "If you are unsure, give the earliest day.")
    asha.fills("What is the date of initial concern?", "2026-03-02")
    asha.presses("Continue", "On your side: who acts at this stage?")
    asha.picks("ben")
    asha.presses("Continue", "Who answers for Ben Sample when they are away?")
    asha.presses("Continue", "On the other side: who acts at this stage?")
    asha.picks("grace")
    asha.presses("Continue", "If it is not resolved, these are the dates")
    asha.shot("review")
    asha.sees("at the latest by the end of Thursday 5 March 2026")
    asha.presses("Start the escalation", "You keep the responsibility for moving this on.")
    asha.shot("started")


def _move(asha: Visitor) -> None:
    page = asha.page
    page.get_by_role("button", name="2 working days on").click()
    expect(page.locator("#clock-text")).to_contain_text("Wednesday 4 March 2026")
    asha.says("/move")
    asha.sees("Why is it not resolved at Stage 1?")
    asha.fills("Why is it not resolved", "The team manager keeps to the decision.")
    asha.presses("Continue", "On your side: who acts at this stage?")
    asha.picks("dele")
    asha.presses("Continue", "Who answers for Dele Pretend when they are away?")
    asha.presses("Skip", "On the other side: who acts at this stage?")
    asha.picks("hugh")
    asha.presses("Continue", "I will ask Ben Sample or Cerys Specimen in the thread")
    asha.presses("Ask for approval", "in its thread")
    ben = asha
    ben.becomes("Ben Sample")
    ben.shot("manager")
    ben.goes_to("herefordshire-escalations")
    page.get_by_role("button", name=re.compile("repl|thread", re.IGNORECASE)).last.click()
    thread = page.locator("#thread")
    expect(thread.get_by_text("may it move to Stage 2?").first).to_be_visible()
    ben.shot("thread")
    expect(thread.get_by_text("Kit Marker")).to_have_count(0)
    thread.get_by_role("button", name="Approve", exact=True).click()
    expect(thread.get_by_text("Approved by Ben Sample on Wednesday 4 March 2026").first).to_be_visible()
    ben.shot("approved")


def _report(asha: Visitor) -> None:
    asha.becomes("Asha Example")
    asha.goes_to("Escalation Bot")
    asha.sees("Report to HSCP is due now")
    asha.shot("report-due")
    asha.presses("Fill in the report", "1.1 Name of child/young person:")
    asha.fills("1.1 Name of child", "Kit Marker")
    asha.presses("Continue", "1.2 D.O.B:")
    asha.fills("1.2 D.O.B:", "2015-06-12")
    asha.presses("Continue", "1.3 Child’s Address:")
    asha.fills("1.3 Child", "14 Nowhere Lane")
    asha.presses("Continue", "1.4 Unique child reference number")
    asha.presses("Back", "1.3 Child’s Address:")
    asha.presses("Continue", "1.4 Unique child reference number")
    asha.presses("Skip", "2.1 Brief details of professional difference:")
    asha.shot("form")
    asha.presses("Continue", "2.2 What are the key themes")
    asha.fills("2.2 What are", "Thresholds at the front door.")
    asha.presses("Continue", "Is this a recurring issue?")
    asha.presses("No", "3.1 Name of Professional")
    asha.presses("Continue", "3.2 Name(s) of other professionals")
    asha.shot("rows")
    asha.presses("Continue", "4.1 Current level of need")
    asha.fills("4.1 Current", "Level 3")
    asha.presses("Continue", "4.2 Perceived level of need")
    asha.fills("4.2 Perceived", "Level 4")
    asha.presses("Continue", "4.3 Date of initial concern:")
    asha.presses("Continue", "4.4 Action taken:")
    asha.presses("Continue", "E-mail address of Hugh Imaginary")
    asha.presses("Continue", "It will be sent to exactly these")
    asha.shot("form-review")
    asha.presses("Send it now", "is confirmed and on its way")
    asha.shot("sent")


def _mailbox(asha: Visitor) -> None:
    page = asha.page
    asha.goes_to("Mailbox")
    expect(page.get_by_text("admin.sbu@herefordshire.gov.uk").first).to_be_visible()
    asha.shot("mailbox")
    page.get_by_text("admin.sbu@herefordshire.gov.uk").first.click()
    asha.shot("letter")
    letter = page.get_by_role("link", name=re.compile(r"report-to-hscp.*\.docx")).first
    with page.expect_download() as download:
        letter.click()
    content = Path(download.value.path()).read_bytes()
    text = "\n".join(
        cell.text for t in docx.Document(io.BytesIO(content)).tables for row in t.rows for cell in row.cells
    )
    assert "Kit Marker" in text
    assert "Section 4: HSCP Partnership Manager" in text
    assert "Kit" not in download.value.suggested_filename


def _close(asha: Visitor) -> None:
    asha.goes_to("Escalation Bot")
    asha.says("/resolve")
    asha.sees("When was it resolved?")
    asha.presses("Continue", "How did it end?")
    asha.presses("It was agreed", "How was it resolved?")
    asha.fills("How was it resolved?", "The safeguarding leads met.")
    asha.presses("Continue", "What was agreed?")
    asha.fills("What was agreed?", "A strategy discussion on Friday.")
    asha.presses("Continue", "What was learned?")
    asha.presses("Skip", "Which actions were agreed")
    asha.fills("Action", "Strategy discussion")
    asha.fills("By whom", "Grace Madeup")
    asha.presses("Add another row", "2. Action")
    asha.presses("Continue", "has a debrief taken place?")
    asha.newest().get_by_role("checkbox", name="An outcome has been agreed").check()
    asha.presses("Continue", "Is everything right?")
    asha.presses("Resolve the escalation", "Report to HSCP is due now")
    asha.shot("resolved")
    asha.presses("Fill in the report", "Progress update")
    asha.presses("Continue", "Methodology used to resolve disagreement:")
    asha.presses("Continue", "Escalation Stage:")
    asha.presses("Stage 2", "Date:")
    asha.presses("Continue", "Please indicate lessons learned")
    asha.fills("Please indicate lessons learned", "Say early that it is an escalation.")
    asha.presses("Continue", "Form completed by:")
    asha.presses("Continue", "Date:")
    asha.presses("Continue", "E-mail address of Hugh Imaginary")
    asha.presses("Continue", "It will be sent to exactly these")
    asha.presses("Send it now", "is closed")
    asha.shot("closed")
    asha.goes_to("herefordshire-escalations")
    expect(asha.page.locator("#messages").get_by_text("closed").first).to_be_visible()


def test_on_a_phone_every_step_fits_the_screen_and_shows_the_newest_message(browser: Browser, address: str) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(address)
        asha = OnAPhone(page, "phone-")
        try:
            _raise(asha)
            page.get_by_role("button", name="Menu").tap()
            asha.shot("menu")
            page.locator("#places").get_by_role("button", name="herefordshire-escalations").tap()
            asha.fits()
            asha.shot("channel")
            page.get_by_role("button", name="open thread").or_(page.get_by_role("button", name="Reply in thread")).tap()
            thread = page.get_by_role("complementary", name="Thread")
            expect(thread.get_by_text("Please write nothing here")).to_be_visible()
            asha.fits("#thread-scroll")
            asha.shot("thread")
            thread.get_by_role("button", name="Close the thread").tap()
            expect(thread).to_be_hidden()
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        finally:
            asha.shot("last")


def test_two_questions_are_answered_with_the_keyboard_alone(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    asha = Visitor(page, "keys-")
    expect(page.locator("#places li").first).to_be_visible()

    def goes_on_to(label: str, key: str) -> None:
        """Press Tab, or another key, until the keyboard is on the button or input of that name."""
        for _ in range(60):
            if (
                page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")
                == label
            ):
                return
            page.keyboard.press(key)
        raise AssertionError(f"The keyboard did not reach {label!r}.")

    goes_on_to("Message to Escalation Bot", "Tab")
    page.keyboard.type("/escalate")
    page.keyboard.press("Enter")
    asha.sees("Is a child in immediate danger?")
    goes_on_to("No", "Shift+Tab")
    asha.shot("first")
    page.keyboard.press("Enter")
    asha.sees("Which partnership’s policy applies?")
    goes_on_to("Herefordshire Safeguarding Children Partnership", "Tab")
    page.keyboard.press("Space")
    asha.sees("Is it one of these?")
    expect(asha.newest().get_by_role("button").first).to_be_focused()
    asha.shot("second")
