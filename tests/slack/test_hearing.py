"""What people do in Slack is heard once, where they did it, whatever Slack repeats; over both ways to hear it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
import structlog
from sqlalchemy import select

from bot import decisions
from bot.chat.slack.manifest import RAISE, UPDATE
from bot.chat.slack.reading import Reader
from bot.decisions import keep
from bot.escalation import Conversation
from bot.flows.move import AskApproval
from bot.flows.staging import Entering
from bot.messages import Message, Words
from bot.ports import Delivery
from bot.store.tables import heard
from tests.slack.bot import MODES, SlackWorld
from tests.slack.fake import Ack
from tests.slack.reading import text_of
from tests.slack.views import TRIGGER_SECONDS
from tests.slack.workspace import Json, Room

REFERENCE = "E-4KX-7PW"
CHILD = "Kit Marker"
CHANNEL = "herefordshire-escalations"
HELLO = Message("Hello", (Words("Hello."),))


@pytest.fixture(scope="module", params=MODES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    world = SlackWorld(tmp_path_factory.mktemp("slack"), request.param)
    world.slack.inbound.ack_within = 60
    world.raised(REFERENCE)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def nobody_is_talking(world: SlackWorld) -> None:
    """Each test begins with nobody in a conversation."""
    for name in ("Asha", "Ben", "Cerys", "Grace"):
        with world.parts.database.transaction() as tx:
            open_one = tx.conversation(world.person(name))
            if open_one is not None:
                tx.drop_conversation(open_one.id)


def sees(world: SlackWorld, name: str) -> str:
    return world.sees(world.person(name))


def events(world: SlackWorld) -> list[str]:
    with world.parts.database.reading() as connection:
        return list(connection.scalars(select(heard.c.event).order_by(heard.c.number)))


def at_once(*acts: Callable[[], Ack]) -> list[Ack]:
    """All of them at the same time, as far as this can be."""
    done: list[Ack] = []
    threads = [threading.Thread(target=lambda act=act: done.append(act())) for act in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return done


# ── in no log ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that any library logs, at any level."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "sqlalchemy")  # test_privacy listens to it
    return lambda: caplog.text


def test_no_library_logs_what_somebody_says(world: SlackWorld, logged: Callable[[], str]) -> None:
    with structlog.testing.capture_logs() as logs:
        world.types(world.person("Asha"), f"/escalate new {CHILD}")
        world.presses(world.person("Asha"), "No")
        world.types(world.person("Asha"), CHILD)
    assert CHILD in world.slack.sees("Asha")
    assert [name for name in CHILD.split() if name in logged() + str(logs)] == []


def test_no_library_logs_what_an_error_says(
    world: SlackWorld, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError(CHILD)

    monkeypatch.setattr(Reader, "message", breaks)
    monkeypatch.setattr(world.slack.inbound, "ack_within", 1)
    monkeypatch.setattr(world.slack.inbound, "pauses", ())
    with structlog.testing.capture_logs() as logs:
        ack = world.slack.types("Asha", f"It is about {CHILD}.")
        world.slack.run(_until(lambda: "ValueError" in str(logs)))
    assert not ack.ok
    assert [name for name in CHILD.split() if name in logged() + str(logs)] == []


# ── once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_event_that_slack_tells_again_is_heard_once(world: SlackWorld) -> None:
    """The store is busy: Slack gives up waiting, and tells it again, while the first time is still being heard."""
    slack, before, tried = world.slack, events(world), len(world.slack.inbound.tried)
    slack.inbound.ack_within, slack.inbound.pauses = 0.3, (0, 0, 0, 0, 0, 0)
    room = slack.direct("Asha")
    said = len(slack.workspace.in_room(room))
    with world.parts.database.transaction():
        told: Future[Ack] = slack.begin(_says(world, room, "help"))
        slack.run(_until(lambda: len(slack.inbound.tried) >= tried + 2))
        slack.inbound.ack_within = 60
    ack = told.result(120)
    slack.inbound.ack_within, slack.inbound.pauses = 60, (0, 0, 0)
    world.carried()
    assert ack.ok
    assert len(ack.tries) > 1
    assert len(events(world)) == len(before) + 1
    assert [post.text for post in slack.workspace.in_room(room)[said:]].count(slack.last("Asha").text) == 1


async def _says(world: SlackWorld, room: str, text: str) -> Ack:
    inbound, ts = world.slack.inbound, world.slack.workspace.new_ts()
    event = {"type": "message", "channel_type": "im", "channel": room, "user": world.slack.id_of("Asha"), "ts": ts}
    return await inbound.tell("events_api", inbound.event({**event, "text": text, "team": world.slack.team}))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - it is another thread's doing
            await asyncio.sleep(0.01)


def test_a_button_that_is_pressed_twice_is_answered_once(world: SlackWorld) -> None:
    world.types(world.person("Asha"), "/escalate new")
    shown = world.slack.last("Asha")
    press = lambda: world.slack.presses("Asha", "No", among=shown)  # noqa: E731 - the same, twice
    assert [ack.ok for ack in at_once(press, press)] == [True, True]
    world.carried()
    assert "That was an earlier question" in sees(world, "Asha")
    with world.parts.database.look() as tx:
        talk = tx.conversation(world.person("Asha"))
    assert talk is not None
    assert list(talk.answers) == ["in_danger"]


def test_an_answer_that_is_given_before_the_change_of_its_question_was_shown_is_not_lost(world: SlackWorld) -> None:
    world.types(world.person("Asha"), f"/update {REFERENCE}")
    shown = world.slack.last("Asha")
    assert world.slack.presses("Asha", "Help", {"What has happened": "They"}, shown).ok
    # Slack is slow: she sees no help yet, writes on, and goes on.
    world.told(world.slack.presses("Asha", "Continue", {"What has happened": "They met on Monday."}, shown))
    assert "They met on Monday." in str(world.slack.last("Asha").blocks)
    assert "not taken yet" in sees(world, "Asha")
    world.presses(world.person("Asha"), "Continue")
    with world.parts.database.look() as tx:
        found = tx.escalation(REFERENCE)
    assert found is not None
    assert "They met on Monday." in str(found.fields["updates"])


def test_of_two_people_who_answer_a_request_at_once_one_does(world: SlackWorld) -> None:
    asha, ben, cerys = (world.person(name) for name in ("Asha", "Ben", "Cerys"))
    with world.parts.database.transaction() as tx:
        c = world.context(tx, Conversation("", asha, "move", REFERENCE))
        asked = AskApproval(REFERENCE, "stage-2", "No answer.", (ben, cerys), Entering())
        done = decisions.ask_approval(c, asked, "asked", world.moment)
        keep(tx, c, done)
        tx.add_deliveries(done.deliveries)
    world.carried()
    at_once(lambda: world.slack.presses("Ben", "Approve"), lambda: world.slack.presses("Cerys", "Approve"))
    world.carried()
    with world.parts.database.look() as tx:
        (approval,) = tx.approvals(REFERENCE)
    first, second = ("Ben", "Cerys") if approval.answered_by == ben else ("Cerys", "Ben")
    assert approval.answer == "approved"
    assert "Thank you" in sees(world, first)
    assert "already" in sees(world, second)
    assert "[Approve]" not in world.channel(CHANNEL)


def test_a_mention_that_is_told_as_two_events_is_heard_once(world: SlackWorld) -> None:
    world.slack.subscribed |= {"message.channels"}
    before = events(world)
    world.types(world.person("Ben"), "why", thread=REFERENCE)
    told = [payload["event"]["type"] for kind, payload, _ in world.slack.inbound.acks[-20:] if kind == "events_api"]
    assert {"message", "app_mention"} <= set(told)
    assert len(events(world)) == len(before) + 1


# ── where ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_people_say_to_each_other_is_not_heard(world: SlackWorld) -> None:
    root, before = world.root(REFERENCE), events(world)
    for text, thread in (("help", root.ts), ("update", root.ts), ("Good morning", "")):
        assert world.slack.types("Asha", text, root.room, thread).ok
    assert events(world) == before


def test_what_the_bot_says_and_what_people_change_afterwards_is_not_heard(world: SlackWorld) -> None:
    world.types(world.person("Asha"), "help")
    before, mine = events(world), world.slack.workspace.in_room(world.slack.direct("Asha"))
    assert world.slack.edits(mine[-1], "Something else").ok
    typed = [post for post in mine if not post.bot][-1]
    assert world.slack.edits(typed, "escalate").ok
    assert world.slack.deletes(typed).ok
    assert events(world) == before


def test_a_start_word_in_a_thread_is_about_that_escalation(world: SlackWorld) -> None:
    world.types(world.person("Asha"), "note", thread=REFERENCE)
    with world.parts.database.look() as tx:
        talk = tx.conversation(world.person("Asha"))
    assert talk is not None
    assert (talk.flow, talk.about) == ("note", REFERENCE)


def test_in_the_thread_of_what_stands_in_for_a_deleted_first_message_it_is_about_that_escalation(
    world: SlackWorld,
) -> None:
    world.raised("E-6KX-7PW")
    root = world.root("E-6KX-7PW")
    world.slack.deletes(root)
    with world.parts.database.transaction() as tx:
        tx.add_deliveries([Delivery("again", "edit", "E-6KX-7PW/thread", HELLO, reference="E-6KX-7PW")])
    world.carried()
    instead = [post for post in world.slack.workspace.in_room(root.room) if post.bot][-1]
    assert instead.ts > root.ts
    world.told(world.slack.types("Asha", "@Escalation Bot note", root.room, instead.ts))
    with world.parts.database.look() as tx:
        talk = tx.conversation(world.person("Asha"))
    assert talk is not None
    assert (talk.flow, talk.about) == ("note", "E-6KX-7PW")


@pytest.mark.parametrize("typed", ["update: they have replied", "", "updaet", "thank you"])
def test_whoever_calls_the_bot_in_a_thread_is_answered_in_private_also_where_it_does_not_understand(
    world: SlackWorld, typed: str
) -> None:
    world.types(world.person("Asha"), "/help")
    root, said = world.root(REFERENCE), world.slack.last("Asha").ts
    before = [post.ts for post in world.slack.workspace.in_room(root.room) if post.bot]
    world.types(world.person("Asha"), typed, thread=REFERENCE)
    assert world.slack.last("Asha").ts > said
    assert ("Question 1 of" if "update:" in typed else "[Note what happened]") in sees(world, "Asha")
    assert [post.ts for post in world.slack.workspace.in_room(root.room) if post.bot] == before


def test_somebody_whose_id_begins_like_the_bot_s_is_not_the_bot(world: SlackWorld) -> None:
    world.slack.subscribed |= {"message.channels"}
    root, before = world.root(REFERENCE), events(world)
    assert world.slack.types("Asha", f"<@{world.slack.workspace.bot.id}9> update", root.room, root.ts).ok
    assert events(world) == before


@pytest.mark.parametrize("mailbox", ["dele", "dele@example.org,ben@example.org", "o’hara@example.org"])
def test_what_is_no_mailbox_is_shown_again_to_be_put_right(world: SlackWorld, mailbox: str) -> None:
    """Slack shows no message whose input for a mailbox holds what is none."""
    world.types(world.person("Asha"), "/deputy")
    world.presses(world.person("Asha"), "Continue", {"Name": "Dele", "E-mail": mailbox})
    assert mailbox in str(world.slack.last("Asha").blocks)


def test_a_message_without_words_is_no_answer(world: SlackWorld) -> None:
    """A long text that somebody pastes may become a file."""
    world.types(world.person("Asha"), "/escalate new")
    world.types(world.person("Asha"), "no")
    ts, room, user = world.slack.workspace.new_ts(), world.slack.direct("Asha"), world.slack.id_of("Asha")
    shared = {"type": "message", "subtype": "file_share", "channel_type": "im", "channel": room, "user": user, "ts": ts}
    event = world.slack.inbound.event({**shared, "text": "", "files": [{"id": "F1", "mode": "snippet"}]})
    world.told(world.slack.run(world.slack.inbound.tell("events_api", event)))
    said = [text_of(post.blocks) for post in world.slack.workspace.in_room(room)]
    assert any("I cannot read files" in each for each in said[-2:])
    assert "Question 2 of" in sees(world, "Asha")


def test_whoever_sends_a_file_with_their_words_is_told_that_only_the_words_are_taken(world: SlackWorld) -> None:
    world.types(world.person("Asha"), f"/update {REFERENCE}")
    ts, room, user = world.slack.workspace.new_ts(), world.slack.direct("Asha"), world.slack.id_of("Asha")
    shared = {"type": "message", "subtype": "file_share", "channel_type": "im", "channel": room, "user": user, "ts": ts}
    event = world.slack.inbound.event(
        {**shared, "text": "The minutes say it.", "files": [{"id": "F1", "mode": "hosted"}]}
    )
    world.told(world.slack.run(world.slack.inbound.tell("events_api", event)))
    said = [text_of(post.blocks) for post in world.slack.workspace.in_room(room)]
    assert any("only what you wrote" in each for each in said[-3:])
    with world.parts.database.look() as tx:
        found = tx.escalation(REFERENCE)
    assert found is not None
    assert "The minutes say it." in str(found.fields["updates"])


def test_what_slack_tells_late_of_somebody_changes_nothing_that_was_told_since(world: SlackWorld) -> None:
    """A change of their name could not be taken, and comes again after the next one."""
    user = world.slack.methods.person(world.slack.id_of("Dele"), frozenset())
    for late, name, expected in (
        (0, "Dele Married", "Dele Married"), (60, "Dele Before", "Dele Married"), (0, "Dele Pretend", "Dele Pretend"),
    ):  # fmt: skip
        named = {**user, "profile": {**user["profile"], "real_name": name}}
        told = world.slack.inbound.event({"type": "user_change", "user": named})
        told |= {"event_time": told["event_time"] - late}
        assert world.slack.run(world.slack.inbound.tell("events_api", told)).ok
        with world.parts.database.look() as tx:
            kept = tx.person(world.person("Dele"))
        assert kept is not None
        assert kept.name == expected


def test_what_is_said_in_a_channel_is_no_answer_to_what_is_asked_in_private(world: SlackWorld) -> None:
    asha, room = world.person("Asha"), world.slack.room(CHANNEL).id
    world.types(asha, "/escalate new")
    asked = sees(world, "Asha")
    world.told(world.slack.types("Asha", "@Escalation Bot yes", room))
    with world.parts.database.look() as tx:
        talk = tx.conversation(asha)
    assert talk is not None
    assert dict(talk.answers) == {}
    assert asked.splitlines()[0] in sees(world, "Asha")


def test_a_start_word_in_a_channel_begins_in_private(world: SlackWorld) -> None:
    room = world.slack.room(CHANNEL).id
    before = world.channel(CHANNEL)
    world.told(world.slack.types("Asha", "@Escalation Bot: escalate new", room))
    assert "immediate danger" in sees(world, "Asha")
    assert world.channel(CHANNEL).replace("<@U00000001>: escalate new", "").strip() == before.strip()


def test_a_command_is_answered_to_its_person_only_and_says_where(world: SlackWorld) -> None:
    room = world.slack.room(CHANNEL).id
    world.told(world.slack.types("Asha", "/my-escalations", room))
    bot = world.slack.workspace.bot.id
    assert world.slack.whispered("Asha")[-1] == f"I answer you, and nobody else, in our direct messages: <@{bot}>"
    assert REFERENCE in sees(world, "Asha")
    said = len(world.slack.whispered("Asha"))
    world.told(world.slack.types("Asha", "/my-escalations"))
    assert len(world.slack.whispered("Asha")) == said


def test_a_command_typed_to_a_colleague_says_where_it_goes_on_too(world: SlackWorld) -> None:
    """Slack calls all direct messages alike; only in those with the bot the answer is before one's eyes."""
    world.types(world.person("Asha"), "/escalate new")
    with world.slack.workspace.lock:
        them = {world.slack.id_of("Asha"), world.slack.id_of("Ben")}
        room = Room(world.slack.workspace.new_id("D"), "", "im", them)
        world.slack.workspace.rooms[room.id] = room
    ack = world.slack.types("Asha", "/escalate new", room.id)
    assert "in our direct messages" in f"{ack.body}"
    assert not world.slack.types("Asha", "/escalate new").body
    del world.slack.workspace.rooms[room.id]
    world.carried()


def test_the_shortcut_that_is_there_everywhere_begins(world: SlackWorld) -> None:
    world.told(world.slack.picks_shortcut("Asha", RAISE))
    assert "immediate danger" in sees(world, "Asha")


def test_the_shortcut_of_a_message_shows_what_can_be_done_with_its_escalation(world: SlackWorld) -> None:
    root = world.root(REFERENCE)
    for post in (root, *world.slack.workspace.replies(root)[:1]):
        world.told(world.slack.picks_shortcut("Asha", UPDATE, post))
        assert REFERENCE in sees(world, "Asha")
        assert "[Note what happened]" in sees(world, "Asha")
    world.told(world.slack.picks_shortcut("Grace", UPDATE, root))
    assert "[Move stage]" not in sees(world, "Grace")
    elsewhere = world.slack.workspace.posts[root.room, world.slack.workspace.in_room(root.room)[-1].ts]
    elsewhere.thread_ts = ""
    world.told(world.slack.picks_shortcut("Asha", UPDATE, elsewhere))
    assert REFERENCE in sees(world, "Asha")


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────


def test_two_hundred_at_once_are_all_taken_in_time_without_a_call_while_slack_is_slow(world: SlackWorld) -> None:
    """How long each takes is told by the work of this computer: what else it is busy with does not count. What waits
    for Slack does not work either, so nothing may be asked of Slack."""
    slack, many = world.slack, 100 if world.mode == "HTTP" else 10
    with world.parts.database.look() as tx:
        asha = tx.person(world.person("Asha"))
    assert asha is not None
    users = [slack.person(f"Somebody{number} Example") for number in range(many)]
    world.parts.know(tuple(world.alike(asha, user) for user in users))
    rooms = {user: slack.direct(user) for user in users}
    slack.run(_until(lambda: world.metrics.read("connected") in {None, 1}))
    slack.latency, before, told = 0.3, world.counts(), len(slack.calls)
    slack.inbound.watch = time.process_time
    acks = slack.run(asyncio.wait_for(_all(world, rooms), 500), 510)
    slack.latency, slack.inbound.watch = 0, time.monotonic
    after = world.counts()
    assert slack.calls[told:] == [], "Nothing was asked of Slack before it had its answer."
    assert {ack.tries for ack in acks} == {("200",)}
    assert [ack for ack in acks if ack.took > TRIGGER_SECONDS] == []
    assert after["heard"] - before["heard"] == 2 * many
    assert after["conversations"] - before["conversations"] == many
    with world.parts.database.look() as tx:
        talks = [tx.conversation(world.person(user)) for user in users]
    assert {(talk.flow, len(talk.answers)) for talk in talks if talk} <= {("escalate", 0), ("escalate", 1)}


async def _all(world: SlackWorld, rooms: dict[str, str]) -> list[Ack]:
    """Everybody begins, and types something; and some of it is told twice."""
    told: list[tuple[str, Json]] = []
    for user, room in rooms.items():
        trigger, shown = world.slack.views.new_trigger(user), {"id": room, "name": "directmessage"}
        told.append(("slash_commands", world.slack.inbound.command(user, shown, "/escalate", "", trigger, "")))
        event = {"type": "message", "channel_type": "im", "channel": room, "user": user, "team": world.slack.team}
        event |= {"ts": world.slack.workspace.new_ts(), "text": "help"}
        told.append(("events_api", world.slack.inbound.event(event)))
    return await asyncio.gather(*(world.slack.inbound.tell(kind, payload) for kind, payload in told + told[::4]))  # type: ignore[arg-type]
