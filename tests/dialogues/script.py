"""Plays a dialogue: a text file that a practitioner can read, with what people do and what they must then see.

today Monday 2 March 2026        sets the clock, at 10:00
Asha: /escalate                  types it
Asha [Yes, I have]               presses the button
Asha fills in                    the next lines, indented, are "Label = text" for the inputs that stand there
Asha in the thread: help         types it in the thread
  | Is a child …                 the newest private message to that person says this
  ! Sam                          … and does not say this
#channel | text                  the channel says this
#channel ! text                  … nowhere
mailbox | text                   the newest letter (addresses, subject, body, or its document) says this
mailbox holds 2 letters
3 working days later             working days of the policy that the dialogue is about
at 15:30                         the same day, at this time
… the days pass until Thursday 2 April, 09:30 …
                                 hour by hour, with everything that the bot does by itself meanwhile
restart
REF stands for the escalation's reference.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path

import docx

from tests.talking import LONDON, World

PERSON = re.compile(
    r"^([A-Z][a-z]+)(?:: (?P<types>.*)| \[(?P<press>.*)\]| (?P<fills>fills in)| in the thread: (?P<thread>.*))$"
)

LOOK = re.compile(r"^(\s+[|!] |#\S+ [|!] |mailbox |\s+\S.* = )")
"""What changes nothing: a line that says what is seen, and an input that is filled in before it is sent."""


class Script:
    """One dialogue, played line by line; a line that does not hold is named with its number."""

    def __init__(self, path: Path, world: World, policy: str = "herefordshire") -> None:
        self.path, self.world, self.policy = path, world, policy
        self.person = ""
        self.filled: dict[str, str | list[str]] = {}

    def play(self) -> None:
        for number, line in enumerate(self.path.read_text("utf-8").splitlines(), 1):
            text = line.split("  # ")[0].rstrip()
            if not text.strip() or text.startswith(("#!", "# ")):
                continue
            try:
                self._line(text)
                if not LOOK.match(text):
                    self.after()
            except Exception as fault:
                seen = self.world.sees(self.person) if self.person else ""
                where = f"{self.path.name}:{number}: {line}"
                raise AssertionError(f"{where}\n{fault}\n\n{self.person} sees:\n{seen}") from fault

    def after(self) -> None:
        """Called after every line that does something."""

    def _line(self, text: str) -> None:
        if text.startswith("    ") and "=" in text:
            label, _, value = text.strip().partition("=")
            self._fill(label.strip(), value.strip())
        elif match := re.match(r"^\s+([|!]) (.*)$", text):
            self._check(match[1], self.world.sees(self.person), match[2])
        elif match := re.match(r"^#(\S+) ([|!]) (.*)$", text):
            self._check(match[2], self.world.channel(match[1]), match[3])
        elif match := re.match(r"^mailbox ([|!]) (.*)$", text):
            self._check(match[1], self._newest_letter(), match[2])
        elif match := re.match(r"^mailbox holds (\d+) letters?$", text):
            assert len(self.world.mail.letters) == int(match[1])
        elif match := re.match(r"^(\d+) working days? later$", text):
            self.world.later(int(match[1]), self.policy)
        elif match := re.match(r"^at (\d\d):(\d\d)$", text):
            self.world.at(int(match[1]), int(match[2]))
        elif match := re.match(r"^… the days pass until (.*) …$", text):
            self.world.until(coming(match[1], self.world.moment))
        elif text == "restart":
            self.world.restart()
        elif text.startswith("today "):
            day = datetime.strptime(text.removeprefix("today "), "%A %d %B %Y")  # noqa: DTZ007 - the zone follows
            self.world.moment = day.replace(hour=10, tzinfo=LONDON)
        else:
            self._somebody(text)

    def _somebody(self, text: str) -> None:
        match = PERSON.match(text)
        if match is None:
            raise ValueError("This line is none that a dialogue can have.")
        self.person = self.world.person(match[1])
        if match["fills"]:
            self.filled = {}
        elif match["press"] is not None:
            given, self.filled = self.filled, {}
            self.world.presses(self.person, match["press"], given)
        elif match["thread"] is not None:
            self.world.types(self.person, self._named(match["thread"]), thread=self.world.reference())
        else:
            self.world.types(self.person, self._named(match["types"]))

    def _fill(self, label: str, value: str) -> None:
        """An input by its label or the start of it; ticks by the start of theirs, several with " + "."""
        name, held = self.world.filling(self.person, label, value.replace("\\n", "\n"))
        self.filled[name] = held

    def _named(self, text: str) -> str:
        return text.replace("REF", self.world.reference()) if "REF" in text else text

    def _check(self, sign: str, seen: str, text: str) -> None:
        wanted = " ".join(self._named(text).split())
        present = wanted in " ".join(seen.split())
        if present is not (sign == "|"):
            raise AssertionError(f"{'Not there' if sign == '|' else 'There'}: {wanted}\nin:\n{seen}")

    def _newest_letter(self) -> str:
        letter = list(self.world.mail.letters.values())[-1]
        name, text = letter.attachments[0].name, words_in(letter.attachments[0].content)
        return "\n".join([*letter.to, letter.subject, name, letter.body, *letter.by_post, text])


def words_in(document: bytes) -> str:
    """What stands in a Word document: its paragraphs, then its tables."""
    read = docx.Document(io.BytesIO(document))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in read.paragraphs] + cells)


def coming(text: str, now: datetime) -> datetime:
    """The next "Thursday 2 April, 09:30"; ValueError where that is no such weekday."""
    for year in (now.year, now.year + 1):
        day = datetime.strptime(f"{text} {year}", "%A %d %B, %H:%M %Y")  # noqa: DTZ007 - the zone follows
        moment = day.replace(tzinfo=LONDON)
        if moment > now:
            break
    if f"{moment:%A}" != text.split()[0]:
        raise ValueError(f"{moment:%d %B %Y} is a {moment:%A}.")
    return moment
