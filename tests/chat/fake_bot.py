"""A small bot for the console's tests, which shows every part and every widget, served over real HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import uvicorn

from bot.calendars import Calendar
from bot.chat.console import PEOPLE, ConsoleChat, DemoClock, console_app
from bot.errors import InvalidAnswer
from bot.messages import Button, Buttons, Divider, Entry, Facts, Heading, Message, Option, Points, Words
from bot.ports import Answered, Command, Heard, Pressed, Typed

CALENDAR = Calendar("test", "Test", {date(2026, 4, 3): "Good Friday"}, date(2026, 1, 1), date(2026, 12, 31), "none")
CHANNEL = "escalations-example-county"
COMMANDS = (
    ("escalate", "Start an escalation"),
    ("report", "Fill in or see a report"),
    ("update", "Say what happened"),
    ("move", "Move to the next stage"),
    ("resolve", "Record that it is resolved"),
    ("my-escalations", "See yours"),
    ("help", "What I can do"),
)
LONG_LABEL = "The decision was made without the information that the school had given at the meeting in March 2026"
GRACE = 60
"""Seconds that a server which stops waits for what has not ended; it says so if it had to."""
BOXES = tuple(Option(f"box{n}", f"Box number {n}") for n in range(1, 13))
MANY = tuple(Option(f"way{n}", f"Way number {n}") for n in range(1, 13))

QUESTION = Message(
    "Question 4 of 13",
    (
        Heading("What happened?"),
        Words("Please describe the issue, concerns, and desired outcome."),
        Words("Within 3 working days", "strong"),
        Words("Question 4 of 13. Nothing is sent before you have seen all of it.", "quiet"),
        Words("If a child is in immediate danger, call 999 now.", "warning"),
        Words("Dear colleague,\n\nI am raising an *escalation* under <this> policy & its stages.", "quote"),
        Facts((("Stage", "Stage 2"), ("Next move", "Grace Madeup"), ("By", "Thursday 5 March 2026"))),
        Points(("One point", "Another point")),
        Points(("Talk with your counterpart", "Tell your manager"), (True, False)),
        Divider(),
        Entry("line", "Their team", "line", hint="As it is called on its letters"),
        Entry("story", "What happened?", "paragraph"),
        Entry("mail", "E-mail address", "email", optional=True),
        Entry("day", "Date", "date", "2026-03-02"),
        Entry("why", "Why?", "radio", "", (Option("info", LONG_LABEL), Option("other", "Something else"))),
        Entry("way", "Which way?", "radio", "way12", MANY),
        Entry("boxes", "Tick what applies", "checkboxes", ("box2", "box11"), BOXES),
        Entry("person", "Who?", "person", "console:grace"),
        Buttons(
            (
                Button("Continue", "answer", "4", "primary"),
                Button("Back", "back", "4"),
                Button("Save for later", "save", "4"),
                Button("Withdraw", "withdraw", "4", "danger"),
            )
        ),
    ),
)


@dataclass
class FakeBot:
    """Hears, and says something back at once; everything heard is kept for the tests."""

    chat: ConsoleChat
    heard: list[Heard] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Cleared to hold answers back, as a slow bot would."""

    def hear(self, heard: Heard) -> Answered:
        self.may_answer.wait()
        if any(earlier.event == heard.event for earlier in self.heard):
            return Answered((), again=True)
        self.heard.append(heard)
        key = f"conversation/{len(self.heard)}"
        match heard.what:
            case Command("escalate"):
                self.chat.direct(key, heard.person, QUESTION)
            case Command("report"):
                self._begin_thread()
            case Command():
                self.chat.direct(key, heard.person, Message("Help", (Words("I can help."),)))
            case Typed(text) if "not a date" in text:
                raise InvalidAnswer(f"“{text}” is not a date I can read. Try 27/03/2026.")
            case Typed(text) if heard.thread:
                root = self.chat.id_of(f"{heard.thread}/1/1")
                answer = Message("An answer", (Words(f"Heard in the thread: {text}"),))
                self.chat.thread(f"{heard.thread}/{key}", CHANNEL, root, answer)
            case Typed(text):
                self.chat.direct(key, heard.person, Message("An answer", (Words(f"Heard: {text}"),)))
            case Pressed("back", message=message):
                changed = Message("Changed", (Words("You went back."),))
                self.chat.edit(key, self.chat.id_of(message), changed)
            case Pressed(given=given):
                rows = tuple((name, str(value)) for name, value in sorted(given.items()))
                buttons = Buttons((Button("Done", "done", str(len(self.heard)), "primary"),))
                self.chat.direct(key, heard.person, Message("Read back", (Heading("Read back"), Facts(rows), buttons)))
        return Answered((key,))

    def _begin_thread(self) -> None:
        facts = Facts((("Stage", "Stage 1"), ("Next move", "Example County"), ("By", "Friday 6 March 2026")))
        buttons = Buttons((Button("We agreed", "agreed", "E-4KX-7PW"),))
        root = Message("E-4KX-7PW: Stage 1", (Heading("E-4KX-7PW"), facts, buttons))
        under = self.chat.thread("E-4KX-7PW/1/1", CHANNEL, "", root)
        reply = Message("A report was sent", (Words("The report was sent to the partnership."),))
        self.chat.thread("E-4KX-7PW/1/2", CHANNEL, under, reply)


@dataclass
class Console:
    """A running console."""

    address: str
    bot: FakeBot
    chat: ConsoleChat
    clock: DemoClock
    mailbox: Path
    passed: list[timedelta]
    """How time went on since the start; tests add to it."""

    def send_letter(self, subject: str = "E-4KX-7PW: report") -> None:
        letter = EmailMessage()
        letter["From"] = "escalation-bot@example.org"
        letter["To"] = "partnership@example.org"
        letter["Subject"] = subject
        letter["Date"] = "Tue, 03 Mar 2026 10:00:00 +0000"
        letter.set_content("A report is attached.\n")
        letter.add_attachment(b"%PDF-1.7 made up", maintype="application", subtype="pdf", filename="E-4KX-7PW.pdf")
        letter.add_attachment(b"<script>1</script>", maintype="text", subtype="html", filename='a".html')
        (self.mailbox / f"{len(list(self.mailbox.iterdir())) + 1}.eml").write_bytes(letter.as_bytes())


@contextmanager
def running_console(folder: Path) -> Iterator[Console]:
    """The console with the fake bot, served on a free port of the loopback address."""
    start = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    passed: list[timedelta] = []
    clock = DemoClock(folder / "clock.json", real=lambda: start + sum(passed, timedelta()))
    chat = ConsoleChat(folder / "console.sqlite", clock=clock.now)
    mailbox = folder / "mailbox"
    mailbox.mkdir(exist_ok=True)
    bot = FakeBot(chat)
    bot.may_answer.set()

    def move_on(days: int) -> None:
        clock.move_on(days, CALENDAR)

    app = console_app(
        chat=chat,
        hear=bot.hear,
        people=PEOPLE,
        now=clock.now,
        move_on=move_on,
        mailbox=mailbox,
        channels=[CHANNEL],
        commands=COMMANDS,
        partnerships=["Example Safeguarding Children Partnership"],
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # whoever comes before the server is ready waits for it
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Console(f"http://127.0.0.1:{listening.getsockname()[1]}", bot, chat, clock, mailbox, passed)
        finally:
            bot.may_answer.set()
            app.state.end_streams()
            server.should_exit = True
            thread.join()
            chat.close()
