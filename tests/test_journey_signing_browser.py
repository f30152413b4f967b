"""A themed escalation on a phone: straight to a later stage, a date corrected, and both managers sign the form.

The policy is one of the invented partnerships', in English and Welsh; the browser is a real Chromium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import chromium, needs_chromium, phone
from tests.visiting import OnAPhone, running

pytestmark = needs_chromium
INVENTED = Path(__file__).parent / "data" / "policies"
WRITTEN = "Reports come late to reviews"


class OneOfSeveral(OnAPhone):
    """Whoever holds the phone: the people of the demonstration hand it on."""

    def becomes(self, name: str) -> None:
        self.page.get_by_role("button", name="Menu").tap()
        self.page.locator("#people").get_by_role("button", name=re.compile(f"^{name}")).tap()
        expect(self.page.locator("#people [aria-pressed=true], #people [aria-current]")).to_contain_text(name)
        expect(self.page.get_by_role("button", name="Close the menu")).to_be_hidden()

    def goes_to(self, place: str) -> None:
        self.page.get_by_role("button", name="Menu").tap()
        self.page.locator("#places").get_by_role("button", name=re.compile(place)).tap()

    def answers(self, *steps: tuple[str, str]) -> None:
        """Each step: the button to press, and what is asked then."""
        for label, then in steps:
            self.presses(label, then)

    def writes(self, label: str, text: str, then: str) -> None:
        self.fills(label, text)
        self.presses("Continue", then)

    def names(self, person: str, then: str) -> None:
        self.picks(person)
        self.presses("Continue", then)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with running(tmp_path, INVENTED) as address, chromium() as browser, phone(browser) as context:
        opened = context.new_page()
        opened.goto(address)
        yield opened


def test_a_themed_escalation_with_a_jump_a_correction_and_both_signatures(page: Page) -> None:
    asha = OneOfSeveral(page, "signing-")
    try:
        _raise(asha)
        _jump(asha)
        _correct(asha)
        _fill_in(asha)
        _sign(asha)
    finally:
        asha.shot("last")


def _raise(asha: OneOfSeveral) -> None:
    asha.says("/escalate")
    asha.sees("Is a child in immediate danger?")
    asha.answers(
        ("No", "Which partnership’s policy applies?"),
        ("Llanfair Ffug Regional Safeguarding Board", "In which language"),
        ("English", "Is it one of these?"),
        ("No, it is none of these", "What or whom is this about?"),
        ("A practice issue or theme", "What is the disagreement about?"),
    )
    asha.shot("ladders")
    asha.presses("A decision or action of another service", "Have you already talked with your counterpart")
    asha.presses("Yes, and we still disagree", "What was tried, and how did they respond?")
    asha.writes("What was tried", "Raised at two reviews.", "Who is your counterpart in the other agency?")
    asha.names("farid", "When did you talk?")
    asha.writes("When did you talk?", "26/02/2026", "What is the practice issue")
    asha.writes("What is the practice issue", f"{WRITTEN}.", "Which of these is it about?")
    asha.presses("Skip", "What would you like to happen instead?")
    asha.writes("What would you like", "Reports five days before each review.", "Your own details")
    asha.presses("Continue", "Who is your own safeguarding lead?")
    asha.names("dele", "With which agency do you disagree?")
    asha.presses("Continue", "How urgent do both sides agree that it is?")
    asha.presses("Routine", "Who agreed to this on the other side?")
    asha.answers(
        ("Skip", "Have you said or sent these words?"),
        ("Yes, I have", "To whom did you say it?"),
        ("Continue", "How?"),
        ("By e-mail", "When?"),
        ("Continue", "What is the day on which the disagreement was raised?"),
    )
    asha.writes("What is the day", "2026-02-26", "What is the day on which the decision was received?")
    asha.writes("What is the day", "2026-02-27", "On your side: who acts at this stage?")
    asha.names("ben", "Who answers for Ben Sample when they are away?")
    asha.presses("Continue", "On the other side: who acts at this stage?")
    asha.names("grace", "Does this need an earlier date than the limit for Stage 1?")
    asha.presses("Skip", "If it is not resolved, these are the dates")
    asha.shot("review")
    asha.presses("Start the escalation", "You keep the responsibility for moving this on.")
    asha.shot("started")


def _jump(asha: OneOfSeveral) -> None:
    asha.says("/jump")
    asha.sees("To which stage should it go?")
    asha.sees("The safeguarding lead may decide to go straight to Stage 3")
    asha.shot("jump")
    asha.presses("Stage 3: Between heads of service", "Why does it need to go straight to Stage 3?")
    asha.writes("Why does it need", "The reviews are this week.", "On your side: who acts at this stage?")
    asha.names("erin", "Who answers for Erin Invented when they are away?")
    asha.presses("Skip", "On the other side: who acts at this stage?")
    asha.names("hugh", "Which date have both sides agreed for Stage 3?")
    asha.presses("Skip", "I will ask Dele Pretend in the thread")
    asha.presses("Ask for approval", "in its thread")
    dele = asha
    dele.becomes("Dele Pretend")
    dele.goes_to("llanfair-diogelu")
    page = dele.page
    page.get_by_role("button", name=re.compile("repl|thread", re.IGNORECASE)).last.tap()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_text("may it move to Stage 3?").first).to_be_visible()
    dele.shot("asked")
    expect(thread.get_by_text(WRITTEN)).to_have_count(0)
    thread.get_by_role("button", name="Approve", exact=True).tap()
    expect(thread.get_by_text("Approved by Dele Pretend on Monday 2 March 2026").first).to_be_visible()
    thread.get_by_role("button", name="Close the thread").tap()


def _correct(asha: OneOfSeveral) -> None:
    asha.becomes("Asha Example")
    asha.goes_to("Escalation Bot")
    asha.says("/correct")
    asha.sees("Which date is wrong?")
    asha.shot("correct")
    asha.presses("day on which the disagreement was raised: Thursday 26 February 2026", "What is the right date?")
    asha.writes("What is the right date?", "2026-02-25", "What was wrong, and how do you know?")
    asha.writes("What was wrong", "It was the day before.", "With it, these are the dates")
    asha.shot("new-dates")
    asha.presses("Correct the date", "Corrected.")


def _fill_in(asha: OneOfSeveral) -> None:
    asha.says("/report")
    asha.sees("1.1 Theme")
    asha.writes("1.1 Theme", "Late reports.", "1.4 Language of choice")
    asha.presses("English", "2.1 Raised by")
    asha.presses("Continue", "2.2 Raised on")
    expect(asha.newest().get_by_label("2.2 Raised on")).to_have_value("2026-02-25")
    asha.presses("Continue", "2.3 What is the disagreement?")
    asha.presses("Continue", "2.4 The view of each agency")
    asha.fills("2. View", "They are short of staff.")
    asha.presses("Continue", "2.5 It is about")
    asha.newest().get_by_role("checkbox", name="A conference or review").check()
    asha.presses("Continue", "2.5 How long has it affected")
    asha.writes("2.5 How long", "3 months", "2.6 Why was it taken straight to this stage?")
    asha.presses("Continue", "2.7 What should happen?")
    asha.presses("Continue", "For the side that raised it")
    asha.shot("signature")
    asha.presses("Continue", "For the side that was challenged")
    asha.presses("Continue", "E-mail address of Hugh Imaginary")
    asha.presses("Continue", "It will be sent to exactly these")
    asha.shot("form-review")
    asha.presses("Send it now", "is confirmed and on its way")


def _sign(asha: OneOfSeveral) -> None:
    for name in ("Erin Invented", "Hugh Imaginary"):
        asha.becomes(name)
        asha.goes_to("Escalation Bot")
        asha.sees("asks you to confirm, as the named manager, the Form 1")
        asha.shot(f"asks-{name.partition(' ')[0].lower()}")
        asha.presses("I confirm it", f"{name} has confirmed the report for")
    asha.becomes("Asha Example")
    asha.goes_to("Escalation Bot")
    asha.sees("Hugh Imaginary has confirmed the report for")
    asha.shot("signed")
