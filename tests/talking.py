"""A whole bot on a real SQLite file, with a chat and a mailbox of our own to look into, and a clock to set."""

from __future__ import annotations

import atexit
import itertools
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.chat.block_kit import BLOCKS, blocks
from bot.chat.console.people import PEOPLE
from bot.config import SHIPPED
from bot.desk import Desk
from bot.escalation import Conversation, Escalation
from bot.flows.context import Context
from bot.messages import Button, Buttons, Entry, Message, Words, words_of
from bot.ports import Answered, Command, Delivery, Due, Heard, Letter, Person, Pressed, Transaction, Typed
from bot.store.opening import open_database
from bot.store.tables import deliveries
from bot.ticking import Ticker
from bot.wiring import DATABASE, KEYRING, Parts, build

Fills = Mapping[str, str | Sequence[str]]
"""What stands in the inputs, by the id of the entry."""

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DAY_WITHOUT_WEEKDAY = re.compile(rf"(?m)(?<!day )(?<!^)(?<!“)\b\d\d? (?:{MONTHS}) 20\d\d")
"""A line of its own, or in quotation marks, is what somebody typed."""
LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
ADMINISTRATOR = "console:operator"
"""Is told of what only an operator can mend."""
BUILT: dict[Path, Parts] = {}
"""A bot for each folder of policies: reading those takes longer than all else, and they do not change here."""


@dataclass
class Said:
    """One message where somebody sees it: in a person's direct messages, or in a channel."""

    key: str
    place: str
    under: str
    message: Message


@dataclass
class ChatFake:
    """Remembers what was said; an edit changes what stands there, as on a real platform."""

    said: dict[str, Said] = field(default_factory=dict)
    strict: bool = False
    """Whether it takes what every platform would take and say, and dates that one can read without a calendar, and no
    more."""

    def direct(self, key: str, person: str, message: Message) -> str:
        self._drawn(key, message)
        self.said.setdefault(key, Said(key, person, "", message))
        return key

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self._drawn(key, message)
        # What somebody is asked stands in no channel; and Teams lets people be picked only in one's own chat.
        assert not entries_of(message), f"{key} asks for something in a channel."
        self.said.setdefault(key, Said(key, f"#{channel}", under, message))
        return key

    def edit(self, key: str, message_id: str, message: Message) -> str:
        self._drawn(key, message)
        self.said[message_id] = replace(self.said[message_id], key=key, message=message)
        return message_id

    def find(self, due: Due) -> str:
        shown = {said.key: one for one, said in self.said.items()}
        return due.key if due.key in self.said else shown.get(due.key, "")

    def link(self, channel: str, message_id: str) -> str:
        return f"https://chat.example/{channel}/{message_id}"

    def _drawn(self, key: str, message: Message) -> None:
        """A message that the platform could not show is a fault here too, not only there."""
        drawn = blocks(message, platform="slack:T00000001", key=key)
        assert len(drawn) <= BLOCKS
        if self.strict:
            from tests.chat.meaning import assert_the_same_everywhere
            from tests.slack.checks import check_blocks, check_text  # it brings a whole Slack with it

            assert_the_same_everywhere(message)
            check_text(message.summary, drawn)
            check_blocks(drawn, set())
            said = replace(message, parts=tuple(part for part in message.parts if not isinstance(part, Entry)))
            assert DAY_WITHOUT_WEEKDAY.findall(words_of(said)) == []

    def at(self, place: str) -> list[Said]:
        return [each for each in self.said.values() if each.place == place]


@dataclass
class MailFake:
    """Keeps letters; the same key arrives once."""

    letters: dict[str, Letter] = field(default_factory=dict)

    def send(self, letter: Letter) -> str:
        self.letters.setdefault(letter.key, letter)
        return f"mailed {letter.key}"

    def find(self, key: str) -> str:
        return f"mailed {key}" if key in self.letters else ""


@cache
def empty() -> Path:
    """A folder with an empty database and its keyring: making the tables takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = open_database(f"sqlite:///{folder / DATABASE}", folder / KEYRING)
    database.migrate()
    database.close()
    return folder


class World:
    """Everybody in one room: people who type and press, what they see, the mailbox, and the clock."""

    def __init__(
        self, folder: Path, now: str = "2026-03-02T10:00", policies: Path = SHIPPED, *, quick: bool = False
    ) -> None:
        """With `quick`, policies that this process has read already are not read again, here and at a restart."""
        self.folder, self.policies, self.quick = folder, policies, quick
        self.moved_to = ""
        self.chat, self.mail = ChatFake(), MailFake()
        self.moment = datetime.fromisoformat(now).replace(tzinfo=LONDON)
        self.events = itertools.count(1)
        self.parts = self._open()
        self.parts.know(self.known())

    def known(self) -> tuple[Person, ...]:
        """Who is in the directory from the start."""
        return PEOPLE

    def _open(self) -> Parts:
        if self.quick and self.policies in BUILT:
            return self._like(BUILT[self.policies])
        parts = build(
            policies=self.policies,
            database_url=self.database_url,
            keyring=self.folder / KEYRING,
            chat=self.chat,
            mailer=self.mail,
            now=lambda: self.moment,
        )
        BUILT.setdefault(self.policies, parts)
        return replace(parts, ticker=self._ticker(parts.ticker))

    def _like(self, parts: Parts) -> Parts:
        """A new bot on this world's files, with the policies, calendars and words of another."""
        if not (self.folder / DATABASE).exists():
            for file in (DATABASE, KEYRING):
                shutil.copy(empty() / file, self.folder / file)
        database = open_database(self.database_url, self.folder / KEYRING, clock=lambda: self.moment)
        assistant = replace(parts.assistant, store=database, now=lambda: self.moment)
        carrier = replace(parts.carrier, store=database, chat=self.chat, mailer=self.mail, now=lambda: self.moment)
        ticker = self._ticker(replace(parts.ticker, store=database))
        return replace(parts, assistant=assistant, carrier=carrier, ticker=ticker, database=database)

    def _ticker(self, ticker: Ticker) -> Ticker:
        """It audits once a week: every hour would be most of the work of days that pass."""
        return replace(ticker, now=lambda: self.moment, administrators=(ADMINISTRATOR,), audit_every=7 * DAY)

    @property
    def database_url(self) -> str:
        return self.moved_to or f"sqlite:///{self.folder / DATABASE}"

    def move(self, url: str) -> None:
        """The bot goes on with another database, which holds a copy of what is in this one."""
        self.moved_to = url
        self.restart()

    def restart(self) -> None:
        """Stop the bot and start it again on the same files; the platform keeps what it shows."""
        self.parts.database.close()
        self.parts = self._open()

    def close(self) -> None:
        self.parts.database.close()

    def copy(self, folder: Path) -> World:
        """Another world, in another folder, that goes on from here. This one has to be closed."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        other = World(folder, policies=self.policies, quick=True)
        other.moment = self.moment
        other.chat.said, other.mail.letters = dict(self.chat.said), dict(self.mail.letters)
        # Events are known by their ids, so those of the copy are others.
        other.events = itertools.count(100_001)
        return other

    def later(self, working_days: int, policy: str = "herefordshire") -> None:
        """The same hour, so many working days on."""
        calendar = self.parts.calendars[self.parts.policies[policy].clock.calendar]
        day = calendar.add(self.moment.date(), working_days)
        self.moment = self.moment.replace(year=day.year, month=day.month, day=day.day)
        self.parts.carrier.carry_all()

    def at(self, hour: int, minute: int = 0) -> None:
        """The same day, at this time."""
        self.moment = self.moment.replace(hour=hour, minute=minute)
        self.parts.carrier.carry_all()

    def has(self, *escalations: Escalation) -> None:
        """These have been raised, each with a thread, without anybody having had to talk."""
        with self.parts.database.transaction() as tx:
            for each in escalations:
                channel = self.parts.policies.of_escalation(each).channel
                begun = Message(each.reference, (Words(each.reference),))
                tx.add_escalation(each)
                tx.add_deliveries([Delivery(each.thread, "thread", channel, begun, reference=each.reference)])
        self.parts.carrier.carry_all()

    # ── time passes, and the bot does by itself what it has to ───────────────────────────────────────────

    def tick(self) -> None:
        """The bot looks at what is due now, and says what comes of it."""
        self.parts.ticker.tick()
        self.parts.carrier.carry_all()

    def days_pass(self, working_days: int, policy: str = "herefordshire") -> None:
        """The same hour, so many working days on, with everything that the bot does by itself until then."""
        calendar = self.parts.calendars[self.parts.policies[policy].clock.calendar]
        self.until(datetime.combine(calendar.add(self.moment.date(), working_days), self.moment.time(), LONDON))

    def until(self, moment: str | datetime) -> None:
        """Hour by hour until this moment, "2026-04-02 09:30", with everything that the bot does by itself.

        The hours in which nothing is due are left out: to look then would change nothing.
        """
        end = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment).replace(tzinfo=LONDON)
        for passing in hours_between(self.moment, end):
            self.moment = passing
            if passing is end or self.is_due():
                self.tick()

    def wakes(self, moment: str) -> None:
        """Nobody looked until this moment, "2026-04-02 09:30"; now somebody does."""
        self.moment = datetime.fromisoformat(moment).replace(tzinfo=LONDON)
        self.tick()

    def is_due(self) -> bool:
        """Whether there is anything to look at, to say, or to audit."""
        unsettled = select(deliveries.c.key).where(deliveries.c.state.in_(["waiting", "sending"])).limit(1)
        with self.parts.database.reading() as connection:
            waits = bool(connection.execute(unsettled).all())
        return waits or self.parts.database.timers_due(self.moment) or self.parts.ticker.auditor.is_time()

    def context(self, tx: Transaction, conversation: Conversation) -> Context:
        """What the bot has before it when the person goes on with this conversation."""
        person = tx.person(conversation.person)
        assert person is not None
        parts, heard = self.parts.assistant, Heard("peek", person.id, Typed("help"))
        desk = Desk(parts.policies, parts.calendars, parts.words, tx, heard, person, self.moment, "peek")
        context = desk.context(conversation)
        return replace(context, people=dict(context.people))

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────

    def hear(self, heard: Heard) -> Answered:
        answered = self.parts.assistant.hear(heard)
        self.parts.carrier.carry_all()
        return answered

    def types(self, person: str, text: str, thread: str = "") -> Answered:
        what = Command(*text[1:].split(maxsplit=1)) if text.startswith("/") else Typed(text)
        return self.hear(Heard(f"event-{next(self.events)}", person, what, thread))

    def person(self, name: str) -> str:
        """The id of whom dialogues call by their first name."""
        return f"console:{name.lower()}"

    def filling(self, person: str, label: str, value: str) -> tuple[str, str | list[str]]:
        """An input of the newest private message by its label or the start of it, and what is put into it."""
        found = [entry for entry in entries_of(self.last(person)) if entry.label.startswith(label)]
        if not found:
            raise AssertionError(f"There is no input {label!r}.")
        entry = found[0]
        if entry.widget == "person":
            return entry.id, self.person(value)
        if entry.widget in {"radio", "checkboxes"}:
            ids = [next(o.id for o in entry.options if o.label.startswith(tick)) for tick in value.split(" + ")]
            return entry.id, ids if entry.widget == "checkboxes" else ids[0]
        return entry.id, value

    def presses(self, who: str, label: str, changed: Fills | None = None, among: Said | None = None) -> Answered:
        """Press the button with this label in the newest message that has it, with what the inputs hold."""
        message = among or self.shows_button(who, label)
        button = button_of(message.message, label)
        given = {entry.id: entry.initial for entry in entries_of(message.message)} | dict(changed or {})
        heard = Pressed(button.action, button.value, given, message.key)
        return self.hear(Heard(f"event-{next(self.events)}", who, heard))

    def shows_button(self, person: str, label: str) -> Said:
        """The newest message that shows this button to the person: private ones first, then in the channels."""
        private = [each for each in self.chat.at(person) if has_button(each.message, label)]
        public = [
            each for each in self.chat.said.values() if each.place.startswith("#") and has_button(each.message, label)
        ]
        if not private and not public:
            raise AssertionError(f"{person} sees no button {label!r}. The last message is:\n{self.sees(person)}")
        return (private or public)[-1]

    # ── what people see ──────────────────────────────────────────────────────────────────────────────────

    def last(self, person: str) -> Message:
        return self.chat.at(person)[-1].message

    def sees(self, person: str) -> str:
        """The newest private message, as text."""
        said = self.chat.at(person)
        return words_of(said[-1].message) if said else "(nothing)"

    def channel(self, name: str) -> str:
        """Everything that stands in a channel, threads included."""
        return "\n".join(words_of(each.message) for each in self.chat.at(f"#{name}"))

    def everything_public(self) -> str:
        """All that stands in any channel, and whatever else could be read by more than one person."""
        said = [words_of(each.message) for each in self.chat.said.values() if each.place.startswith("#")]
        said += [key + each.message.summary for key, each in self.chat.said.items()]
        return "\n".join(said)

    def face(self, escalation: Escalation) -> str:
        """The first message of an escalation's thread, as text."""
        return words_of(self.chat.said[escalation.thread].message)

    def reference(self) -> str:
        with self.parts.database.transaction() as tx:
            return tx.escalations()[-1].reference


LOOKED_AT = (0, *range(6, 22))
"""Hours of a day at which a world that passes looks: midnight for the night, as nobody may hear anything in it."""


def hours_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """The full hours after `start` and before `end`, then `end` itself."""
    day = start.date()
    while day <= end.date():
        yield from (at for hour in LOOKED_AT if start < (at := datetime.combine(day, time(hour), LONDON)) < end)
        day += DAY
    yield end


def entries_of(message: Message) -> list[Entry]:
    return [part for part in message.parts if isinstance(part, Entry)]


def buttons_of(message: Message) -> list[Button]:
    return [button for part in message.parts if isinstance(part, Buttons) for button in part.buttons]


def has_button(message: Message, label: str) -> bool:
    return any(button.label == label for button in buttons_of(message))


def button_of(message: Message, label: str) -> Button:
    return next(button for button in buttons_of(message) if button.label == label)
