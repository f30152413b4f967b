"""What could identify a child stands in private messages and in documents, and nowhere else.

Every dialogue of `tests/dialogues` is played through a whole bot on a real SQLite file, with a mark of its own in every
private answer; every line of it must hold, and then everything else is searched.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import structlog

from bot.chat.console.people import PEOPLE
from bot.config import SHIPPED
from bot.digesting import Digesting
from bot.escalation import Escalation
from bot.messages import Message, words_of
from bot.ports import Answered, Heard, Letter, Pressed
from bot.store.history import verify
from tests.dialogues.script import Script, words_in
from tests.explaining import assert_faces_are_true, assert_history_explains
from tests.scenes import DIALOGUES
from tests.talking import ChatFake, Fills, MailFake, Said, World, buttons_of, entries_of

NAMES = sorted(path.stem for path in DIALOGUES.glob("*.txt"))
POLICIES = sorted(path.stem for path in SHIPPED.glob("*.yml"))
"""Each policy has a dialogue of its name that goes from /escalate to closed, with documents."""
RAISER = "console:asha"
OTHERS = ("ben", "cerys", "dele", "erin", "farid", "grace", "hugh", "iris")
CHILD = ("Kit", "Marker", "Nowhere Lane", "2015-06-12", "12/06/2015", "12 June 2015", "bruise")
"""What identifies the child in the dialogues as they are written."""
FILES = "the files of the database"
WORDS_OF_THE_BOT = {"back", "skip", "save", "cancel", "help", "resume", "yes", "no", "keep", "move", "resolve"}


@dataclass
class EverythingSaid(ChatFake):
    """Keeps every message as it was sent, also those that were changed later."""

    sent: list[Said] = field(default_factory=list)

    def direct(self, key: str, person: str, message: Message) -> str:
        self.sent.append(Said(key, person, "", message))
        return super().direct(key, person, message)

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self.sent.append(Said(key, f"#{channel}", under, message))
        return super().thread(key, channel, under, message)

    def edit(self, key: str, message_id: str, message: Message) -> str:
        self.sent.append(Said(key, self.said[message_id].place, "", message))
        return super().edit(key, message_id, message)


class Marked(World):
    """Every private text that somebody types or fills in carries a mark, so that each can be searched for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, quick=True)
        self.chat: EverythingSaid = EverythingSaid(strict=True)
        self.mail = MailFake()
        self.quick = True
        self.parts = self._open()
        self.marks: list[str] = []
        self.digests: list[str] = []
        self.heard: list[Heard] = []
        self.answered: list[Answered] = []

    def mark(self, text: str) -> str:
        self.marks.append(f"QXZ{len(self.marks):03d}QXZ")
        return f"{text} {self.marks[-1]}"

    def hear(self, heard: Heard) -> Answered:
        answered = super().hear(heard)
        self.heard.append(heard)
        self.answered.append(answered)
        return answered

    def types(self, person: str, text: str, thread: str = "") -> Answered:
        is_answer = not thread and not text.startswith("/") and text.casefold() not in WORDS_OF_THE_BOT
        if is_answer and not text.startswith("edit ") and "answer" in self.free_text(person):
            text = self.mark(text)
        return super().types(person, text, thread)

    def presses(self, who: str, label: str, changed: Fills | None = None, among: Said | None = None) -> Answered:
        free = self.free_text(who)
        marked = {
            name: self.mark(value) if name in free and isinstance(value, str) and value else value
            for name, value in (changed or {}).items()
        }
        return super().presses(who, label, marked, among)

    def free_text(self, person: str) -> set[str]:
        """Ids of the present question's inputs whose text is the person's own and private."""
        with self.parts.database.transaction() as tx:
            conversation = tx.conversation(person)
        if conversation is None or not conversation.message:
            return set()
        return {
            entry.id
            for entry in entries_of(self.chat.said[conversation.seed["shown in"]].message)
            if entry.widget in {"line", "paragraph"}
            and (entry.id in {"answer", "because"} or "action" in entry.id)
            and "27/03/2026" not in entry.hint
            and not entry.label.startswith("With which agency")
        }


class Digested(Script):
    """Whenever a line has changed something, its policy's digest is made, as it would be posted then."""

    versions: tuple[int, ...] = ()

    def __init__(self, path: Path, world: Marked) -> None:
        super().__init__(path, world)
        self.marked = world

    def after(self) -> None:
        there = escalations(self.marked)
        versions = tuple(escalation.version for escalation in there)
        if versions != self.versions:
            self.versions = versions
            assert_faces_are_true(self.marked)
            making = self.marked.parts.carrier.making
            digesting = Digesting(
                making.store, making.chat, making.policies, making.calendars, making.words, making.now
            )
            made = (
                digesting.message(policy, self.marked.moment - timedelta(days=7))
                for policy in {each.policy for each in there}
            )
            self.marked.digests += [f"{each.summary}\n{words_of(each)}" for each in made if each]


@dataclass(frozen=True)
class Played:
    """What was left after a dialogue: where nothing private may stand, by its name; and where it may."""

    marks: tuple[str, ...]
    elsewhere: dict[str, str]
    documents: str
    private: str


def text_of(letter: Letter) -> str:
    return words_in(letter.attachments[0].content)


class Listening(logging.Handler):
    """Every line that any library logs, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.args!r} {record.exc_info!r}")


CHATTY = ("sqlalchemy.engine", "sqlalchemy.pool", "alembic", "bot")


@contextmanager
def listening() -> Iterator[list[str]]:
    """Hears everything that is logged. What a library logs of every statement goes nowhere else: it is very much."""
    ear, root = Listening(), logging.getLogger()
    loggers = [root, *map(logging.getLogger, CHATTY)]
    before = [(each.level, each.propagate) for each in loggers]
    for each in loggers:
        each.addHandler(ear)
        each.setLevel(logging.DEBUG)
        each.propagate = False
    try:
        yield ear.lines
    finally:
        for each, (level, propagate) in zip(loggers, before, strict=True):
            each.removeHandler(ear)
            each.setLevel(level)
            each.propagate = propagate


@cache
def played(name: str, folder: Path) -> Played:
    """The dialogue, and afterwards everybody else tries to get in."""
    with listening() as lines, structlog.testing.capture_logs() as logs:
        world = Marked(folder)
        try:
            Digested(DIALOGUES / f"{name}.txt", world).play()
            assert_history_explains(world)
            world.chat.strict = False
            told_to_others = curious(world)
            return look(world, told_to_others, "\n".join([*map(str, logs), *lines]))
        finally:
            world.close()


def escalations(world: Marked) -> list[Escalation]:
    with world.parts.database.transaction() as tx:
        return tx.escalations()


def curious(world: Marked) -> str:
    """Two who are not the raiser try commands, and the oldest and newest button of each kind; what they are told."""
    start = len(world.chat.sent)
    reference = world.reference() if escalations(world) else "E-2ZZ-2ZZ"
    shown = [(button, said.key) for said in world.chat.sent for button in buttons_of(said.message) if button.value]
    oldest, newest = ({button.action: (button, key) for button, key in each} for each in (reversed(shown), shown))
    for who in ("console:iris", "console:grace"):
        for word in ("move", "report", "my-escalations", "resume"):
            world.types(who, f"/{word} {reference}")
    for number, (button, key) in enumerate([*oldest.values(), *newest.values()]):
        world.hear(Heard(f"curious-{number}", "console:iris", Pressed(button.action, button.value, {}, key)))
    return "\n".join(words_of(said.message) for said in world.chat.sent[start:])


def look(world: Marked, told_to_others: str, logs: str) -> Played:
    sent = world.chat.sent
    letters = list(world.mail.letters.values())
    with world.parts.database.transaction() as tx:
        approvals = [each for escalation in tx.escalations() for each in tx.approvals(escalation.reference)]
    failed = world.parts.database.troubled()
    reason_given = world.parts.assistant.words("approval.reason_given")
    to_others = [said for said in sent if said.place in {f"console:{name}" for name in OTHERS}]
    # The manager who is asked for approval reads why, privately; that is what they are asked about.
    to_others = [said for said in to_others if reason_given not in words_of(said.message)]
    # What somebody is answering themselves is theirs to see.
    own = {heard.person for heard in world.heard}
    to_others = [said for said in to_others if not (said.place in own and said.key.startswith("c/"))]
    # So is the reply that they are to send, made of what they answered; a press of theirs is all that shows it.
    reply = world.parts.assistant.words("received.title")
    to_others = [said for said in to_others if said.message.summary != reply]
    return Played(
        tuple(world.marks),
        {
            "channels": "\n".join(words_of(said.message) for said in sent if said.place.startswith("#")),
            "digests": "\n".join(world.digests),
            "summaries": "\n".join(said.message.summary for said in sent),
            "button values": "\n".join(
                f"{button.action} {button.value}" for said in sent for button in buttons_of(said.message)
            ),
            "entry ids": "\n".join(
                " ".join([entry.id, *(option.id for option in entry.options)])
                for said in sent
                for entry in entries_of(said.message)
            ),
            "delivery keys": "\n".join(
                [said.key for said in sent] + [key for answered in world.answered for key in answered.deliveries]
            ),
            "approval keys": "\n".join(f"{each.key} {each.form} {each.field_id} {each.post}" for each in approvals),
            "event ids": "\n".join(heard.event for heard in world.heard),
            "failed deliveries": str(failed),
            "mail keys": "\n".join(letter.key for letter in letters),
            "mail subjects": "\n".join(letter.subject for letter in letters),
            "mail addresses": "\n".join(" ".join([*letter.to, *letter.by_post]) for letter in letters),
            "mail bodies": "\n".join(letter.body for letter in letters),
            "file names": "\n".join(file.name for letter in letters for file in letter.attachments),
            "logs": logs,
            "messages to others": "\n".join(words_of(said.message) for said in to_others),
            "what others were told": told_to_others,
            **database(world.folder),
            "history verified": "\n".join(verify(world.parts.database)),
        },
        "\n".join(map(text_of, letters)),
        "\n".join(words_of(said.message) for said in sent if said.place == RAISER),
    )


def database(folder: Path) -> dict[str, str]:
    """The files as they are while the bot is running, the write-ahead log included; and all text in the tables."""
    files = sorted(folder.iterdir())
    assert {file.name for file in files} >= {"escalations.db", "escalations.db-wal", "keyring.json"}
    connection = sqlite3.connect(folder / "escalations.db")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [row for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608
    connection.close()
    return {
        FILES: "\n".join(file.read_bytes().decode("latin-1") for file in files),
        "the text in its tables": "\n".join(str([each for each in row if not isinstance(each, bytes)]) for row in rows),
    }


def standing(marks: Iterable[str], elsewhere: Mapping[str, str]) -> dict[str, list[str]]:
    """Place -> which of these stand there. What is sealed holds any three letters by chance, so that in the files only
    longer ones are looked for."""
    found = {
        place: [mark for mark in marks if stands(mark, text) and (place != FILES or len(mark) > 3)]
        for place, text in elsewhere.items()
    }
    return {place: there for place, there in found.items() if there}


def stands(mark: str, text: str) -> bool:
    """Whether it stands there; of three letters, as a word: ids and digests hold any three of them by chance."""
    if len(mark) > 3 or mark not in text:
        return mark in text
    sealed = r"[A-Za-z0-9+/=_-]"
    return re.search(rf"(?:(?<!{sealed})|(?<=\\n)){mark}(?!{sealed})", text) is not None


@pytest.mark.parametrize(
    "text",
    ["Kit", "about Kit Marker", "{'x': 'Kit’s'}", 'text="Kit"', "\nKit.", "(Kit)", "x\x00Kit\x01", "first\\nKit"],
)
def test_a_name_is_found_wherever_it_stands_as_a_word(text: str) -> None:
    assert stands("Kit", text)
    assert not stands("Kit", "gAAAAAKitx+/=")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    yield {name: tmp_path_factory.mktemp(name) for name in NAMES}
    played.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_what_could_identify_a_child_stands_nowhere_but_in_private_messages_and_documents(
    name: str, folders: dict[str, Path]
) -> None:
    after = played(name, folders[name])
    assert standing((*after.marks, *CHILD), after.elsewhere) == {}


CHOSEN = {"in_danger": "no", "partnership": "herefordshire", "talked": "yes"}


def hand_in_page(world: Marked, number: int) -> Answered:
    """The page that can be opened now, with a mark in every input that takes text, also where a date is wanted."""
    with world.parts.database.look() as tx:
        conversation = tx.conversation(RAISER)
    assert conversation is not None
    page = world.parts.assistant.page(Heard("look", RAISER, Pressed("page", "", {}, conversation.message)))
    assert page is not None
    given: dict[str, str] = {}
    for entry in entries_of(page):
        last = entry.options[-1].id if entry.options else ""
        given[entry.id] = CHOSEN.get(entry.id.partition("|")[0], last) or (
            "" if entry.widget == "person" else world.mark("Kit Marker")
        )
    return world.hear(Heard(f"page-{number}", RAISER, Pressed("fill", "", given, conversation.message)))


def test_what_is_given_on_pages_stands_nowhere_else_also_where_it_could_not_be_taken(tmp_path: Path) -> None:
    with listening() as lines, structlog.testing.capture_logs() as logs:
        world = Marked(tmp_path)
        world.types(RAISER, "/escalate")
        pages = (hand_in_page(world, number) for number in range(20))
        handed_back = next(answered for answered in pages if answered.problems)
        said = world.chat.sent
        ids = [[entry.id for entry in entries_of(each.message)] for each in said]
        elsewhere = {
            **database(world.folder),
            "logs": f"{logs} {lines}",
            "ids": str(ids),
            "summaries": str([each.message.summary for each in said]),
        }
        world.close()
    assert len(world.marks) >= 5
    assert any(mark in str(handed_back.problems) for mark in world.marks)
    assert standing((*world.marks, *CHILD), elsewhere) == {}


@pytest.mark.parametrize("name", POLICIES)
def test_the_search_looks_where_something_is(name: str, folders: dict[str, Path]) -> None:
    """Every place that was searched has content, apart from those that are empty when all is well."""
    after = played(name, folders[name])
    empty = {place for place, text in after.elsewhere.items() if not text.strip()}
    # Trafford's managers are not asked in chat.
    assert empty <= {"history verified", "failed deliveries", "mail addresses"}
    assert len(after.marks) >= 8
    assert "'event': 'delivery'" in after.elsewhere["logs"]
    assert "INSERT INTO" in after.elsewhere["logs"]


@pytest.mark.parametrize("name", POLICIES)
def test_no_digest_names_anybody(name: str, folders: dict[str, Path]) -> None:
    digests = played(name, folders[name]).elsewhere["digests"]
    assert [person.name for person in PEOPLE if person.name in digests] == []
    assert [title for title in ("Overdue", "New since", "Resolved or withdrawn", "Forms") if title not in digests] == []
    assert "E-" in digests


@pytest.mark.parametrize("name", POLICIES)
def test_the_documents_do_hold_what_the_form_asks_for(name: str, folders: dict[str, Path]) -> None:
    after = played(name, folders[name])
    assert sum(mark in after.documents for mark in after.marks) >= 2
    assert sum(mark in after.private for mark in after.marks) >= 5
    if name != "trafford":  # its notice goes without names
        assert "Marker" in after.documents
