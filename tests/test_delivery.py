"""Carrying out: in order, one trouble at a time, again until it is given up and told, and never twice."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
import structlog

from bot.delivery import LEASE, WAITS, Carrier
from bot.errors import Conflict, Refused, StoreError, TryLater
from bot.escalation import Escalation
from bot.messages import Message, Words, words_of
from bot.ports import Delivery, Letter, Store, Transaction
from tests.scenes import Play, scene
from tests.talking import ChatFake, MailFake

ASHA, BEN, GRACE = "console:asha", "console:ben", "console:grace"
CHANNEL = "herefordshire-escalations"


@dataclass
class Trouble:
    """What goes wrong, by delivery key, one fault a try; and every try in order."""

    faults: dict[str, list[Exception]] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def meet(self, key: str) -> None:
        self.tried.append(key)
        if self.faults.get(key):
            raise self.faults[key].pop(0)
        self.done.append(key)


class TroubledChat(ChatFake):
    """A chat that fails where it is told to."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.trouble = trouble
        self.roots: dict[str, str] = {}

    def direct(self, key: str, person: str, message: Message) -> str:
        self.trouble.meet(key)
        super().direct(key, person, message)
        return f"id of {key}"

    def thread(self, key: str, channel: str, under: str, message: Message) -> str:
        self.trouble.meet(key)
        self.roots[key] = under
        super().thread(key, channel, under, message)
        return f"id of {key}"

    def edit(self, key: str, message_id: str, message: Message) -> str:
        self.trouble.meet(key)
        super().edit(key, message_id.removeprefix("id of "), message)
        return message_id


class TroubledMail(MailFake):
    """A mailer that fails where it is told to."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.trouble = trouble

    def send(self, letter: Letter) -> str:
        self.trouble.meet(letter.key)
        return super().send(letter)


class Post:
    """An escalation, and deliveries put straight into the store."""

    def __init__(self, play: Play) -> None:
        self.play, self.world = play, play.world
        self.trouble = Trouble()
        self.reference = self.world.reference()
        shown = self.world.chat.said
        self.chat, self.mail = TroubledChat(self.trouble), TroubledMail(self.trouble)
        self.chat.said = shown
        self.world.chat, self.world.mail = self.chat, self.mail
        self.plug()

    def plug(self, **more: Any) -> None:
        carrier = replace(self.world.parts.carrier, chat=self.chat, mailer=self.mail, **more)
        self.world.parts = replace(self.world.parts, carrier=carrier)

    @property
    def carrier(self) -> Carrier:
        return self.world.parts.carrier

    def put(self, *wanted: Delivery) -> None:
        with self.world.parts.database.transaction() as tx:
            tx.add_deliveries(wanted)

    def carry(self, after: timedelta = timedelta(0)) -> int:
        self.world.moment += after
        return self.carrier.carry_all()

    def fail(self, key: str, *faults: Exception) -> None:
        self.trouble.faults[key] = list(faults)

    def given_up(self) -> dict[str, str]:
        return {trouble.key: trouble.reason for trouble in self.world.parts.database.troubled()}

    def shows(self, key: str) -> str:
        return words_of(self.chat.said[key].message)

    # ── deliveries ───────────────────────────────────────────────────────────────────────────────────────

    def tell(self, key: str, person: str = BEN, not_before: datetime | None = None) -> Delivery:
        return Delivery(key, "direct", person, text(key), reference=self.reference, not_before=not_before)

    def root(self, key: str, channel: str = CHANNEL) -> Delivery:
        return Delivery(key, "thread", channel, text(key), "", self.reference)

    def reply(self, key: str, under: str) -> Delivery:
        return Delivery(key, "thread", CHANNEL, text(key), under, self.reference)

    def edit(self, key: str, of: str) -> Delivery:
        return Delivery(key, "edit", of, text(key), reference=self.reference)


def text(said: str) -> Message:
    return Message(said, (Words(said),))


def busy(after: timedelta | None = None) -> TryLater:
    return TryLater("The platform is busy.", after)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    play = scene("raised", tmp_path)
    yield Post(play)
    play.world.close()


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_is_carried_out_in_the_order_in_which_it_was_written(post: Post) -> None:
    post.put(post.root("r"), post.reply("r1", "r"), post.tell("t"), post.edit("e", "r"), post.reply("r2", "r"))
    assert post.carry() == 5
    assert [key for key in post.trouble.done if key != "t"] == ["r", "r1", "e", "r2"]
    assert "t" in post.trouble.done
    assert post.chat.roots == {"r": "", "r1": "id of r", "r2": "id of r"}
    assert post.carry() == 0


def test_more_than_one_batch_is_carried_out_at_once(post: Post) -> None:
    post.put(*(post.tell(f"t{number}") for number in range(120)))
    assert post.carry() == 120
    assert post.trouble.done == [f"t{number}" for number in range(120)]


def test_replies_and_edits_wait_for_the_first_message_of_their_thread(post: Post) -> None:
    post.fail("r", busy(), busy())
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    post.carry()
    assert post.trouble.done == []
    for _ in range(4):
        post.carry(timedelta(hours=1))
    assert post.trouble.done[0] == "r"
    assert sorted(post.trouble.done) == ["e", "r", "r1"]
    assert post.chat.roots["r1"] == "id of r"
    assert post.shows("r") == "e"


def test_replies_of_a_thread_never_overtake_each_other(post: Post) -> None:
    post.fail("r1", busy())
    post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
    for _ in range(4):
        post.carry(timedelta(hours=1))
    assert post.trouble.done == ["r", "r1", "r2"]


def test_an_older_change_of_a_message_never_overwrites_a_newer_one(post: Post) -> None:
    post.put(post.root("r"))
    post.carry()
    post.fail("older", busy())
    post.put(post.edit("older", "r"), post.edit("newer", "r"))
    for _ in range(4):
        post.carry(timedelta(hours=1))
    assert post.shows("r") == "newer"


def test_an_edit_is_carried_out_only_after_what_it_changes(post: Post) -> None:
    post.fail("t", busy())
    post.put(post.tell("t"), post.edit("e", "t"))
    post.carry()
    assert post.trouble.tried == ["t"]
    for _ in range(3):
        post.carry(timedelta(hours=1))
    assert post.trouble.done == ["t", "e"]
    assert post.shows("t") == "e"


def test_replies_are_not_given_up_while_their_thread_has_been_told_to_wait(post: Post) -> None:
    post.fail("r", busy(timedelta(hours=10)))
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    for _ in range(20):
        post.carry(timedelta(hours=1))
    assert post.given_up() == {}
    assert sorted(post.trouble.done) == ["e", "r", "r1"]


def test_when_a_thread_is_given_up_its_replies_are_not_waited_for_for_ever(post: Post) -> None:
    post.fail("r", Refused("There is no such channel."))
    post.put(post.root("r"), post.reply("r1", "r"))
    for _ in range(20):
        post.carry(timedelta(hours=1))
    assert set(post.given_up()) == {"r", "r1"}
    assert "could not be posted" in post.world.sees(ASHA)
    assert post.given_up()["r1"] == "It belongs to a message that could not be said: There is no such channel."
    # Once is enough for the raiser, who was told about the thread.
    assert sum("could not be posted" in words_of(each.message) for each in post.chat.at(ASHA)) == 1


def test_a_change_of_what_was_given_up_is_given_up_too(post: Post) -> None:
    post.fail("t", Refused("This person has left."))
    post.put(post.tell("t"), post.edit("e", "t"))
    post.carry()
    post.carry(timedelta(hours=1))
    assert set(post.given_up()) == {"t", "e"}
    assert post.carry(timedelta(days=3)) == 0


def test_waiting_for_another_message_counts_as_no_attempt(post: Post) -> None:
    post.fail("r", *(busy() for _ in WAITS))
    post.put(post.root("r"), post.reply("r1", "r"), post.edit("e", "r"))
    for wait in (timedelta(0), *WAITS[:-1]):
        post.carry(wait)
        with post.world.parts.database.transaction() as tx:
            assert [due.attempts for key in ("r1", "e") if (due := tx.delivery(key))] == [0, 0]
    post.carry(WAITS[-1])
    assert sorted(post.trouble.done) == ["e", "r", "r1"]


def test_a_reply_that_was_given_up_does_not_hold_the_next_one_back(post: Post) -> None:
    post.fail("r1", Refused("This message is too long."))
    post.put(post.root("r"), post.reply("r1", "r"), post.reply("r2", "r"))
    post.carry()
    post.carry(timedelta(hours=1))
    assert set(post.given_up()) == {"r1"}
    assert [key for key in post.trouble.done if not key.endswith("given-up")] == ["r", "r2"]


def test_replies_that_wait_hold_up_no_other_thread_and_nobody_s_private_messages(post: Post) -> None:
    post.fail("a1", busy())
    post.put(
        post.root("a"), post.root("b"), post.reply("a1", "a"), post.reply("a2", "a"), post.reply("b1", "b"),
        post.tell("t"), post.edit("e", "a"),
    )  # fmt: skip
    post.carry()
    assert sorted(post.trouble.done) == ["a", "b", "b1", "t"]


def test_nothing_is_carried_out_before_its_time(post: Post) -> None:
    post.put(post.tell("tomorrow", not_before=post.world.moment + timedelta(days=1)), post.tell("now"))
    post.carry()
    assert post.trouble.done == ["now"]
    post.carry(timedelta(days=1, seconds=-1))
    assert post.trouble.done == ["now"]
    post.carry(timedelta(seconds=1))
    assert post.trouble.done == ["now", "tomorrow"]


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault", [busy(), Refused("There is no such channel."), ValueError("boom"), KeyError("x"), OSError("net")]
)
def test_one_failing_destination_does_not_stop_the_others(post: Post, fault: Exception) -> None:
    post.fail("broken", fault)
    post.put(post.tell("first"), post.root("broken", "no-such-channel"), post.tell("second"), post.root("r"))
    post.carry()
    assert sorted(key for key in post.trouble.done if not key.endswith("given-up")) == ["first", "r", "second"]


def test_a_remote_that_says_how_long_to_wait_is_not_asked_before(post: Post) -> None:
    post.fail("t", busy(timedelta(minutes=7)))
    post.put(post.tell("t"))
    post.carry()
    post.carry(timedelta(minutes=7, seconds=-1))
    assert post.trouble.tried == ["t"]
    post.carry(timedelta(seconds=1))
    assert post.trouble.done == ["t"]


def test_it_is_tried_again_after_each_wait_and_then_given_up_with_a_sentence_to_the_raiser(post: Post) -> None:
    post.fail("t", *(busy() for _ in range(50)))
    post.put(post.tell("t", GRACE))
    post.carry()
    for attempt, wait in enumerate(WAITS, 1):
        assert post.trouble.tried.count("t") == attempt
        assert post.given_up() == {}
        post.carry(wait - timedelta(seconds=1))
        assert post.trouble.tried.count("t") == attempt
        post.carry(timedelta(seconds=1))
    assert post.trouble.tried.count("t") == len(WAITS) + 1
    assert post.given_up() == {"t": "The platform is busy."}
    assert post.world.sees(ASHA) == (
        f"Somebody could not be told about {post.reference} in a direct message: The platform is busy. "
        "Please tell them yourself."
    )
    post.carry(timedelta(days=3))
    assert post.trouble.tried.count("t") == len(WAITS) + 1
    assert post.trouble.done == ["t/given-up"]


def test_a_refusal_is_given_up_at_once_and_the_raiser_is_told(post: Post) -> None:
    post.fail("r", Refused("There is no such channel."))
    post.put(post.root("r"))
    post.carry()
    assert post.given_up() == {"r": "There is no such channel."}
    assert f"A message in the thread of {post.reference} could not be posted: There is no such channel." in (
        post.world.sees(ASHA)
    )
    post.carry(timedelta(days=3))
    assert post.trouble.tried.count("r") == 1


def test_a_raiser_who_cannot_be_told_is_not_told_about_that(post: Post) -> None:
    post.fail("t", Refused("This person has left."))
    post.fail("t/given-up", Refused("This person has left."))
    post.put(post.tell("t", ASHA))
    post.carry()
    assert set(post.given_up()) == {"t", "t/given-up"}
    assert post.carry(timedelta(days=3)) == 0
    assert post.trouble.tried == ["t", "t/given-up"]


def test_an_unexpected_fault_is_contained_tried_again_and_logged_without_its_words(post: Post) -> None:
    post.fail("t", ValueError("Kit Marker, 14 Nowhere Lane"))
    post.put(post.tell("t"), post.tell("other"))
    with structlog.testing.capture_logs() as logs:
        post.carry()
    assert post.trouble.done == ["other"]
    assert "ValueError" in str(logs)
    assert "Kit" not in str(logs)
    post.carry(WAITS[0])
    assert post.trouble.done == ["other", "t"]


def test_an_unexpected_fault_that_stays_is_told_without_its_words(post: Post) -> None:
    post.fail("t", *(ValueError("Kit Marker") for _ in range(50)))
    post.put(post.tell("t", GRACE))
    for _ in range(20):
        post.carry(timedelta(hours=1))
    assert post.given_up() == {"t": "an unexpected fault (ValueError)"}
    assert "Kit" not in post.world.sees(ASHA)
    assert "Please tell them yourself." in post.world.sees(ASHA)


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────

SEND_THE_FORM = """
Ben [Approve]
Asha: /report
Asha: Kit Marker
Asha: 12/06/2015
Asha: 14 Nowhere Lane
Asha [Skip]
Asha [Continue]
Asha: Thresholds.
Asha [No]
Asha [Continue]
Asha [Continue]
Asha: Level 3
Asha: Level 4
Asha [Continue]
Asha [Continue]
Asha [Skip]
Asha [Send it now]
"""


@pytest.fixture
def form(tmp_path: Path) -> Iterator[Post]:
    """Asked for approval to move to Stage 2, where the form is due."""
    play = scene("asked", tmp_path)
    yield Post(play)
    play.world.close()


def document(letter: Letter) -> str:
    made = docx.Document(io.BytesIO(letter.attachments[0].content))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in made.paragraphs] + cells)


def letter_key(post: Post) -> str:
    return next(key for key in post.trouble.tried if "letter" in key)


def test_a_letter_holds_the_answers_as_they_were_confirmed_whatever_is_changed_later(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", busy(timedelta(hours=2)))
    form.play.do(SEND_THE_FORM)
    assert form.mail.letters == {}
    form.play.do("""
Asha: /report
Asha [Continue]
Asha [Skip]
Asha: edit 3
Asha: 99 Elsewhere Road
Asha [Keep it, do not send]
  | is kept. Nothing was sent.
""")
    assert "99 Elsewhere Road" in str(form.play.escalation().fields)
    form.carry(timedelta(hours=2))
    (letter,) = form.mail.letters.values()
    assert "14 Nowhere Lane" in document(letter)
    assert "99 Elsewhere Road" not in document(letter)


def test_a_letter_that_is_refused_is_told_to_the_raiser_with_what_to_do(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", Refused("The address is not known there."))
    form.play.do(SEND_THE_FORM)
    told = "\n".join(words_of(each.message) for each in form.chat.at(ASHA))
    assert (
        f"The report for {form.reference} could not be delivered to one of its recipients: The address is not known "
        "there. It is due again. Please correct the address and send it again" in told
    )
    assert "[Send the report again]" in told
    assert "report sent" not in form.play.told()
    entry = form.play.history()[-1]
    assert (entry.what, entry.by) == ("report not delivered", "bot")
    assert entry.details == {
        "letter": "1",
        "to": "admin.sbu@herefordshire.gov.uk",
        "reason": "The address is not known there.",
        "record": {"sent": {}, "notices": {}},
    }
    # It is due again, and can be sent again; no clock runs from a notice that did not arrive.
    after = form.play.escalation()
    assert after.sent == after.fields["notices"] == {}
    assert (after.fields["letter.1"].get("left"), bool(after.fields["letter.1"]["given_up"])) == (None, True)
    assert set(form.given_up()) == {f"{form.reference}/letter/1"}


def test_of_two_letters_the_one_that_was_refused_is_due_again_and_the_other_has_left(form: Post) -> None:
    form.fail(f"{form.reference}/letter/2", Refused("The address is not known there."))
    form.play.do(SEND_THE_FORM.replace("Asha [Skip]\nAsha [Send", "Asha: hugh@example.org\nAsha [Send"))
    after = form.play.escalation()
    assert bool(after.fields["letter.1"]["left"])
    assert bool(after.fields["letter.2"]["given_up"])
    assert after.sent == {}
    assert [letter.to for letter in form.mail.letters.values()] == [("admin.sbu@herefordshire.gov.uk",)]


def test_a_letter_that_left_is_in_the_history_with_its_receipt(form: Post) -> None:
    form.play.do(SEND_THE_FORM)
    entry = form.play.history()[-1]
    assert (entry.what, entry.by) == ("report sent", "bot")
    receipt = f"mailed {letter_key(form)}"
    assert entry.details == {"letter": "1", "to": "admin.sbu@herefordshire.gov.uk", "receipt": receipt}
    assert form.play.escalation().fields["letter.1"]["left"] == form.world.moment.isoformat()


def test_a_letter_that_left_just_before_the_bot_fell_over_is_noted_once(form: Post) -> None:
    form.play.do(SEND_THE_FORM.replace("Asha [Send it now]\n", ""))
    form.plug(store=Forgetful(form.world.parts.database, lost=1, only="letter"))
    with pytest.raises(StoreError):
        form.play.do("Asha [Send it now]")
    form.world.restart()
    form.plug()
    form.carry()
    form.carry(timedelta(days=1))
    assert form.trouble.tried.count(letter_key(form)) == 2
    assert len(form.mail.letters) == 1
    assert form.play.told().count("report sent") == 1


def test_a_letter_that_leaves_while_somebody_changes_the_escalation_is_noted_all_the_same(form: Post) -> None:
    form.play.do(SEND_THE_FORM.replace("Asha [Send it now]\n", ""))
    form.fail(f"{form.reference}/letter/1", busy())
    form.play.do("Asha [Send it now]")
    form.plug(store=Overtaken(form.world.parts.database, times=3))
    form.carry(WAITS[0])
    assert bool(form.play.escalation().fields["letter.1"]["left"])
    assert form.play.told().count("report sent") == 1
    assert len(form.mail.letters) == 1


def test_a_letter_that_was_tried_twice_arrives_once_and_says_the_same(form: Post) -> None:
    form.fail(f"{form.reference}/letter/1", busy())
    form.play.do(SEND_THE_FORM)
    form.carry(WAITS[0])
    form.carry(timedelta(days=1))
    assert form.trouble.tried.count(letter_key(form)) == 2
    assert len(form.mail.letters) == 1
    assert form.play.told().count("report sent") == 1


# ── what is no longer wanted ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def unsaid(tmp_path: Path) -> Iterator[Post]:
    """Raised on a Monday, without having said the words."""
    play = scene("words not said", tmp_path)
    yield Post(play)
    play.world.close()


REMINDER = "have you told the other agency, in so many words, that this is an escalation?"


def test_a_reminder_to_say_the_words_comes_on_the_next_working_morning(unsaid: Post) -> None:
    unsaid.carry(timedelta(hours=22, minutes=59))
    assert REMINDER not in unsaid.world.sees(ASHA)
    unsaid.carry(timedelta(minutes=1))
    assert REMINDER in unsaid.world.sees(ASHA)
    unsaid.carry(timedelta(days=5))
    assert sum(REMINDER in words_of(each.message) for each in unsaid.chat.at(ASHA)) == 1


def test_a_reminder_asked_for_on_a_friday_comes_on_monday(unsaid: Post) -> None:
    unsaid.carry(timedelta(days=4))
    unsaid.play.do("""
Asha: /say
Asha [Not yet, please remind me]
  | on the next working morning
""")
    for _ in range(2):
        unsaid.carry(timedelta(days=1))
        assert "on the next working morning" in unsaid.world.sees(ASHA)
    unsaid.carry(timedelta(days=1))
    assert REMINDER in unsaid.world.sees(ASHA)


def test_nobody_is_reminded_of_words_that_were_said(unsaid: Post) -> None:
    unsaid.play.do("""
Asha: /say
Asha [Yes, I have]
Asha: Grace Madeup
Asha [By e-mail]
Asha [Continue]
""")
    unsaid.carry(timedelta(days=3))
    assert not any(REMINDER in words_of(each.message) for each in unsaid.chat.at(ASHA))
    assert unsaid.given_up() == {}


def test_nobody_is_reminded_of_words_once_it_is_resolved(unsaid: Post) -> None:
    unsaid.play.do("""
Asha: /resolve
Asha [Continue]
Asha [It was agreed]
Asha: They met.
Asha: An assessment.
Asha [Skip]
Asha [Skip]
Asha fills in
    Has an outcome = An outcome has been agreed
Asha [Continue]
Asha [Resolve the escalation]
  | is closed
""")
    unsaid.carry(timedelta(days=3))
    assert not any(REMINDER in words_of(each.message) for each in unsaid.chat.at(ASHA))


def test_a_reminder_that_had_to_wait_is_looked_at_again(unsaid: Post) -> None:
    key = f"{unsaid.reference}/remind-words/2026-03-03/{ASHA}"
    unsaid.fail(key, busy(timedelta(hours=3)))
    unsaid.carry(timedelta(days=1))
    assert unsaid.trouble.tried == [key]
    unsaid.play.do("""
Asha: /say
Asha [Yes, I have]
Asha: Grace Madeup
Asha [By e-mail]
Asha [Continue]
""")
    unsaid.carry(timedelta(hours=3))
    assert unsaid.trouble.tried.count(key) == 1


# ── stopping and starting ────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_delivered_twice_when_the_bot_is_restarted_in_between(post: Post) -> None:
    post.fail("waits", busy())
    post.put(post.root("r"), post.reply("r1", "r"), post.tell("waits"), post.edit("e", "r"))
    post.carry()
    post.world.restart()
    post.plug()
    assert post.carry() == 0
    post.carry(WAITS[0])
    post.world.restart()
    post.plug()
    assert post.carry(timedelta(days=1)) == 0
    assert sorted(post.trouble.done) == ["e", "r", "r1", "waits"]


@dataclass
class Overtaken:
    """A store of ours around the real one: somebody else was faster, so many times."""

    store: Store
    times: int

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        if not self.times:
            with self.store.transaction() as tx:
                yield tx
            return
        with self.store.transaction() as tx:
            yield _Overtaken(tx, self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class _Overtaken:
    def __init__(self, tx: Transaction, store: Overtaken) -> None:
        self._tx, self._store = tx, store

    def save_escalation(self, escalation: Escalation) -> None:
        self._store.times -= 1
        raise Conflict("somebody was faster")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


@dataclass
class Forgetful:
    """A store of ours around the real one: a receipt is lost with the bot, or what is due cannot be read."""

    store: Store
    lost: int = 0
    only: str = ""
    away: list[Exception] = field(default_factory=list)
    asked: Callable[[], None] = lambda: None

    def done(self, *args: Any, **more: Any) -> None:
        if self.lost and self.only in args[0]:
            self.lost -= 1
            raise StoreError("The disk is full.")
        self.store.done(*args, **more)

    def claim(self, *args: Any, **more: Any) -> Any:
        self.asked()
        if self.away:
            raise self.away.pop(0)
        return self.store.claim(*args, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_what_was_said_just_before_the_bot_fell_over_is_said_again_under_the_same_key(post: Post) -> None:
    """So that a platform which knows the key shows it once."""
    post.plug(store=Forgetful(post.world.parts.database, lost=1))
    post.put(post.tell("t"), post.tell("next"))
    with pytest.raises(StoreError):
        post.carry()
    post.world.restart()
    post.plug()
    post.carry()
    assert post.trouble.done == ["t"], "it is whoever's who fell over, until their lease is over"
    post.carry(LEASE)
    assert post.trouble.done == ["t", "t", "next"]
    assert [each.key for each in post.chat.at(BEN)].count("t") == 1


class Bell:
    """Rings each time something happens, so that a test can wait for it without sleeping."""

    def __init__(self) -> None:
        self._rung = threading.Semaphore(0)

    def ring(self) -> None:
        self._rung.release()

    def wait(self) -> None:
        assert self._rung.acquire(timeout=10), "It did not happen within ten seconds."


@dataclass
class Ringing(MailFake, ChatFake):
    """A chat that rings for each message."""

    bell: Bell = field(default_factory=Bell)

    def direct(self, key: str, person: str, message: Message) -> str:
        receipt = super().direct(key, person, message)
        self.bell.ring()
        return receipt
