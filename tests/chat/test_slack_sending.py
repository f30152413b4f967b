"""Saying things in Slack, through the real carrier and over real HTTP: once each, whatever goes wrong on the way."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from structlog.testing import capture_logs

from bot.chat.block_kit import given
from bot.chat.pace import Pace
from bot.chat.slack.calling import Slack, web_client
from bot.chat.slack.finding import Place
from bot.chat.slack.sending import SlackChat, sign_in
from bot.delivery import WAITS, Carrier
from bot.errors import CannotTell, TryLater
from bot.messages import Button, Buttons, Entry, Message, Option, Words, words_of
from bot.ports import Delivery, Due
from bot.words import load
from tests.chat.reading_blocks import state_of
from tests.slack import SlackFake, broken, dropped, limited, refused, slow
from tests.slack.faults import Fault
from tests.slack.reading import text_of
from tests.slack.workspace import Post
from tests.talking import World

CONTENT = "Kit Marker was seen on Monday."
CHANNEL = "example-escalations"
WORDS = load()
numbers = count(1)


@dataclass
class Office:
    """A workspace, and the bot's part that says things in it. Each test has a thread and a person of its own."""

    slack: SlackFake
    world: World
    room: str
    chat: SlackChat
    number: int = 0
    limits: list[str] = field(default_factory=list)
    """Methods that Slack asked to wait with."""

    def __post_init__(self) -> None:
        self.number = next(numbers)
        self.user = self.slack.person(f"Person{self.number} Example")
        self.person = f"slack:{self.slack.team}:{self.user}"
        self.root = f"k{self.number}/root"

    # ── the bot ──────────────────────────────────────────────────────────────────────────────────────────

    def opened(
        self,
        *,
        token: str = "",
        url: str = "",
        seconds: float = 5,
        known_seconds: float = 600,
        pace: Pace | None = None,
    ) -> SlackChat:
        """A chat as after a restart: it remembers nothing."""
        client = web_client(self.slack.bot_token, self.slack.base_url, seconds=5)
        workspace = sign_in(Slack(client, WORDS), {CHANNEL: self.room})
        client = web_client(token or self.slack.bot_token, url or self.slack.base_url, seconds=seconds)
        slack = Slack(client, WORDS, limited=self.limits.append)
        return SlackChat(slack, workspace, known_seconds=known_seconds, pace=pace or Pace(at_once=1000))

    @property
    def carrier(self) -> Carrier:
        administrator = f"slack:{self.slack.team}:{self.slack.id_of('Administrator')}"
        return replace(self.world.parts.carrier, chat=self.chat, administrators=(administrator,))

    def say(self, *wanted: Delivery) -> None:
        with self.world.parts.database.transaction() as tx:
            tx.add_deliveries(wanted)
        self.carrier.carry_all()

    def later(self, hours: float = 0, seconds: float = 0) -> None:
        self.world.moment += timedelta(hours=hours, seconds=seconds)
        self.carrier.carry_all()

    def due(self, key: str) -> Due:
        with self.world.parts.database.look() as tx:
            found = tx.delivery(key)
        assert found is not None
        return found

    def reason(self, key: str) -> str:
        return {one.key: one.reason for one in self.world.parts.database.troubled()}[key]

    # ── deliveries ───────────────────────────────────────────────────────────────────────────────────────

    def direct(self, key: str = "direct") -> Delivery:
        return Delivery(f"k{self.number}/{key}", "direct", self.person, message(key))

    def begin(self, key: str = "root", channel: str = CHANNEL) -> Delivery:
        return Delivery(f"k{self.number}/{key}", "thread", channel, message(key))

    def reply(self, key: str = "reply") -> Delivery:
        return Delivery(f"k{self.number}/{key}", "thread", CHANNEL, message(key), self.root)

    def edit(self, key: str = "edit", of: str = "root") -> Delivery:
        return Delivery(f"k{self.number}/{key}", "edit", f"k{self.number}/{of}", message(key))

    # ── what stands in Slack ─────────────────────────────────────────────────────────────────────────────

    def stands(self, key: str) -> list[Post]:
        """Every message that carries this delivery's key."""
        posts = self.slack.workspace.posts.values()
        return [post for post in posts if post.metadata and post.metadata["event_payload"].get("key") == self.key(key)]

    def showing(self, text: str) -> list[Post]:
        """Every message of this test that shows this text now."""
        mine = [post for post in self.slack.workspace.posts.values() if post.bot and post.metadata]
        mine = [
            post for post in mine if str((post.metadata or {})["event_payload"].get("key")).startswith(self.key(""))
        ]
        return [post for post in mine if text in text_of(post.blocks)]

    def key(self, key: str) -> str:
        return f"k{self.number}/{key}"

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.slack.calls)

    def at(self, key: str) -> Post:
        """The message that a delivery's receipt names."""
        place = Place.read(self.due(self.key(key)).receipt)
        post = self.slack.workspace.posts[place.channel, place.ts]
        assert post.thread_ts == place.thread
        return post


def message(said: str) -> Message:
    return Message(f"{said}: a summary", (Words(f"{said}! {CONTENT}"),))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SlackFake, World]]:
    world = World(tmp_path_factory.mktemp("slack"), quick=True)
    with SlackFake(clock=lambda: world.moment.timestamp()) as slack:
        slack.person("Administrator Example")
        yield slack, world
    world.close()


@pytest.fixture
def office(workplace: tuple[SlackFake, World]) -> Office:
    slack, world = workplace
    room = slack.channel(f"escalations-{next(numbers)}")
    office = Office(slack, world, room, chat=None)  # type: ignore[arg-type]  # opened below
    office.chat = office.opened()
    slack.calls.clear()
    return office


# ── once each ────────────────────────────────────────────────────────────────────────────────────────────────

FAULTS: dict[str, Fault] = {
    "limited": limited(7),
    "a fault, not done": broken(),
    "a fault, done": broken(done=True),
    "cut off, not done": dropped(done=False),
    "cut off, done": dropped(done=True),
    "an internal error, not done": refused("internal_error"),
    "an internal error, done": refused("fatal_error", done=True),
    "done, answered too late": slow(0.45),
    "done too late": slow(0.45, done=False),
}
KINDS = {
    "direct": "chat.postMessage",
    "root": "chat.postMessage",
    "reply": "chat.postMessage",
    "edit": "chat.update",
}


@pytest.mark.parametrize(
    ("kind", "fault"),
    [(kind, fault) for fault in FAULTS for kind in KINDS if "late" not in fault or kind in {"direct", "reply"}],
)
def test_it_is_said_once_whatever_goes_wrong(office: Office, kind: str, fault: str) -> None:
    wanted = {"direct": office.direct, "root": office.begin, "reply": office.reply, "edit": office.edit}[kind]()
    if kind in {"reply", "edit"}:
        office.say(office.begin())
    if "late" in fault:
        office.chat = office.opened(seconds=0.2)
    office.slack.fail(KINDS[kind], FAULTS[fault])
    office.say(wanted)
    office.slack.settle()
    office.chat = office.opened()
    while office.due(wanted.key).state == "waiting":
        office.later(hours=5)
    assert office.due(wanted.key).state == "done"
    assert len(office.showing(f"{kind}!")) == 1
    assert office.at(kind) is office.showing(f"{kind}!")[0]


def test_who_asks_to_wait_is_not_called_before_and_not_asked_whether_it_was_done(office: Office) -> None:
    office.slack.fail("chat.postMessage", limited(70), place=office.room)
    office.say(office.begin())
    office.later(seconds=69)
    assert office.calls("chat.postMessage") == 1
    assert office.limits == ["chat.postMessage"]
    office.say(office.direct())
    assert office.due(office.key("direct")).state == "done"
    office.later(seconds=1)
    assert office.due(office.key("root")).state == "done"
    assert office.calls("conversations.history") == 0


def test_where_slack_cannot_be_reached_nothing_was_done_and_nothing_is_given_up(office: Office) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        office.chat = office.opened(url=f"http://127.0.0.1:{closed.getsockname()[1]}/api/")
        office.say(office.begin())
        for _ in WAITS:
            office.later(hours=5)
    due = office.due(office.key("root"))
    assert (due.state, due.doubtful) == ("waiting", False)
    office.chat = office.opened()
    office.later(seconds=600)
    assert len(office.stands("root")) == 1
    assert office.calls("conversations.history") == 0


def test_while_slack_answers_nobody_what_may_have_been_said_waits_to_be_looked_for(office: Office) -> None:
    office.slack.fail("chat.postMessage", dropped(done=True))
    office.slack.fail("conversations.history", *(broken() for _ in WAITS))
    office.say(office.begin())
    for _ in WAITS:
        office.later(hours=5)
    assert office.due(office.key("root")).state == "waiting"
    office.later(seconds=600)
    assert office.due(office.key("root")).state == "done"
    assert len(office.stands("root")) == 1


def test_what_is_said_in_one_channel_keeps_its_pace_and_its_order_and_delays_no_other(office: Office) -> None:
    office.chat = office.opened(pace=Pace(clock=lambda: office.world.moment.timestamp()))
    replies = [office.reply(f"reply {number}") for number in range(9)]
    office.say(office.begin(), *replies, office.direct())
    assert [each.key for each in replies if office.due(each.key).state == "done"] == [each.key for each in replies[:4]]
    assert office.due(office.key("direct")).state == "done"
    for _ in range(5):
        office.later(seconds=1)
    said = [office.at(f"reply {number}").ts for number in range(9)]
    assert said == sorted(said)
    assert office.limits == []


def test_what_was_said_is_found_behind_many_other_messages(office: Office) -> None:
    office.slack.fail("chat.postMessage", dropped(done=True))
    office.say(office.direct())
    for _ in range(450):
        bot = office.slack.workspace.bot.id
        post = Post(office.slack.workspace.new_ts(), office.slack.direct(office.user), bot, "Another", bot=True)
        office.slack.workspace.add_post(post)
    office.later(hours=1)
    assert office.due(office.key("direct")).state == "done"
    assert len(office.stands("direct")) == 1
    assert office.calls("conversations.history") == 3


def test_where_slack_may_not_be_asked_a_person_is(office: Office) -> None:
    office.slack.fail("chat.postMessage", dropped(done=True))
    office.say(office.direct())
    office.slack.fail("conversations.history", refused("missing_scope"))
    with pytest.raises(CannotTell, match="I cannot look in Slack whether it was said: I lack a permission"):
        office.chat.find(office.due(office.key("direct")))
    office.slack.fail("conversations.history", dropped(done=True))
    with pytest.raises(TryLater):
        office.chat.find(office.due(office.key("direct")))


def test_no_further_call_is_begun_when_an_errand_takes_too_long(office: Office) -> None:
    slack = Slack(web_client(office.slack.bot_token, office.slack.base_url), WORDS, errand_seconds=-1)
    with pytest.raises(TryLater, match="took too long"):
        slack.errand().do("chat.postMessage", channel=office.room, text="Hello")
    assert office.slack.calls == []


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def with_another_token(office: Office) -> None:
    """One that can be taken away, and nobody else has."""
    token = office.slack.workspace.tokens[office.slack.bot_token]
    office.slack.workspace.tokens["xoxb-other"] = replace(token, scopes=set(token.scopes))
    office.chat = office.opened(token="xoxb-other")


def refuse(office: Office, what: str) -> None:
    room, token = office.slack.workspace.rooms[office.room], office.slack.workspace.tokens["xoxb-other"]
    match what:
        case "archived":
            room.archived = True
        case "not in it" | "secret":
            room.members.clear()
            room.kind = "private" if what == "secret" else "public"
        case "missing_scope":
            token.scopes.discard("chat:write")
        case code:
            token.trouble = code


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("archived", "This channel is archived in Slack. Somebody has to open it again there."),
        ("not in it", "I am not in this channel in Slack. Somebody who is in it has to add me"),
        ("secret", "I cannot see this channel in Slack. Whoever runs this bot has to check its id"),
        ("invalid_blocks", "Slack cannot show this message."),
        ("msg_too_long", "The message is longer than Slack takes."),
        ("restricted_action_read_only_channel", "This channel does not let me write in it."),
        ("something_new", "Slack refused it (something_new)."),
    ],
)
def test_a_refusal_is_given_up_at_once_with_a_sentence_for_who_can_mend_it(
    office: Office, what: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with_another_token(office)
    refuse(office, what)
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        office.say(office.begin())
    assert office.reason(office.key("root")).startswith(said)
    assert office.stands("root") == []
    for secret in (CONTENT, "xoxb-", "a summary"):
        assert secret not in str(logs) + caplog.text + office.reason(office.key("root"))


@pytest.mark.parametrize("said", [f"invalid_blocks: {CONTENT}", CONTENT])
def test_what_slack_says_beside_its_codes_is_neither_kept_nor_logged(
    office: Office, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may repeat what it was given."""
    office.slack.fail("chat.postMessage", *(refused(said) for _ in range(9)))
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        office.say(office.direct())
        for _ in range(9):
            office.later(hours=4)
    office.slack.faults.waiting.clear()
    assert office.calls("chat.postMessage") > 1
    kept = office.reason(office.key("direct"))
    assert [secret for secret in (CONTENT, "Kit") if secret in kept + str(logs) + caplog.text] == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing_scope", "I lack a permission in Slack (chat:write). Whoever runs this bot has to add it"),
        ("token_revoked", "I have been removed from this Slack workspace."),
        ("token_expired", "Slack does not accept my token."),
        ("account_inactive", "My account in Slack, or the whole workspace, has been deactivated."),
        ("invalid_auth", "Slack does not accept my token."),
    ],
)
def test_while_slack_is_shut_nothing_is_given_up_and_all_of_it_is_said_once_that_is_mended(
    office: Office, what: str, said: str
) -> None:
    office.say(office.begin())
    with_another_token(office)
    refuse(office, what)
    with capture_logs() as logs:
        office.say(office.reply("first"), office.reply("second"), office.direct())
    assert {log["reason"].startswith(said) for log in logs if "reason" in log} == {True}
    for _ in WAITS:
        office.later(hours=5)
    assert [due.state for due in map(office.due, map(office.key, ("first", "second", "direct")))] == ["waiting"] * 3
    office.chat = office.opened()
    office.later(seconds=600)
    office.later()
    posts = [office.at(key) for key in ("first", "second", "direct")]
    assert posts[0].ts < posts[1].ts
    assert len(office.stands("first") + office.stands("second") + office.stands("direct")) == 3
    administrator = office.slack.id_of("Administrator")
    posts = office.slack.workspace.in_room(office.slack.direct(administrator))
    said_to_them = [text_of(post.blocks) for post in posts]
    assert said in said_to_them[-1]
    assert len(set(said_to_them)) == len(said_to_them)  # once a day


def test_a_person_s_direct_messages_are_opened_once_for_a_while(office: Office) -> None:
    office.say(office.direct("first"), office.direct("second"))
    assert office.calls("conversations.open") == 1


def test_somebody_who_was_deactivated_is_noticed_though_their_messages_were_open(office: Office) -> None:
    office.chat = office.opened(known_seconds=0)
    office.say(office.direct("first"))
    office.slack.deactivates(office.user)
    office.say(office.direct("second"))
    assert office.reason(office.key("second")) == "This person’s Slack account has been deactivated."
    assert office.stands("second") == []


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (Delivery("elsewhere", "direct", "console:asha", message("x")), "This person is not in this Slack workspace."),
        (Delivery("nameless", "thread", "no-such-channel", message("x")), "The channel “no-such-channel” has no Slack"),
        (
            Delivery("odd", "direct", "slack:T00000001:U00000001", message("x")),
            "This is an app in Slack and not a person.",
        ),
    ],
)
def test_nothing_is_said_to_what_is_no_person_or_no_known_channel(
    office: Office, delivery: Delivery, said: str
) -> None:
    office.say(delivery)
    assert office.reason(delivery.key).startswith(said)
    assert office.calls("chat.postMessage") == 0


def test_a_message_with_too_many_parts_is_refused_before_it_is_sent(office: Office) -> None:
    entries = tuple(Entry(f"e{n}", f"Question {n}", "line") for n in range(51))
    office.say(replace(office.direct(), message=Message("Too much", entries)))
    assert "one message can have 50 at most" in office.reason(office.key("direct"))


# ── long ─────────────────────────────────────────────────────────────────────────────────────────────────────


def long(said: str = "long") -> Message:
    """Longer than two messages, with a button at its end."""
    told = [Words(f"{said} {number}: {'A paragraph & its words. ' * 70}") for number in range(30)]
    return Message(f"{said}: a summary", (*told, Buttons((Button("Continue", "answer", "4"),))))


def told(office: Office) -> list[Post]:
    """All that stands in the person's direct messages."""
    return office.slack.workspace.in_room(office.slack.direct(office.user))


@pytest.mark.parametrize("fault", [None, dropped(done=True), dropped(done=False), limited(3), broken(done=True)])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_is_too_long_for_one_message_is_said_in_several_and_each_of_them_once(
    office: Office, fault: Fault | None, before: int
) -> None:
    if fault is not None:
        office.slack.fail("chat.postMessage", *(slow(0) for _ in range(before)), fault)
    office.say(replace(office.direct(), message=long()))
    if before:
        office.chat = office.opened()
    office.later(hours=1)
    assert office.due(office.key("direct")).state == "done"
    shown = [text_of(post.blocks) for post in told(office)]
    assert [line.split("\n")[0] for line in shown] == [f"Part {n} of {len(shown)}" for n in range(1, len(shown) + 1)]
    assert len(shown) > 2
    said = "\n".join(shown)
    assert [said.count(f"long {number}: ") for number in range(30)] == [1] * 30
    assert shown[-1].endswith("[Continue]")
    assert office.at("direct") is told(office)[-1]


@pytest.mark.parametrize("found", [False, True])
def test_what_stood_in_several_messages_is_gone_when_it_is_changed(office: Office, found: bool) -> None:
    if found:
        office.slack.fail("chat.postMessage", slow(0), slow(0), slow(0), dropped(done=True))
    office.say(replace(office.direct(), message=long()))
    office.later(hours=1)
    office.say(office.edit("first", "direct"))
    assert [text_of(post.blocks) for post in told(office)] == [f"first! {CONTENT}"]
    office.say(office.edit("second", "direct"))
    assert [text_of(post.blocks) for post in told(office)] == [f"second! {CONTENT}"]


def test_a_change_into_what_is_too_long_is_said_anew_once_and_what_stood_there_is_gone(office: Office) -> None:
    office.say(office.direct())
    office.slack.fail("chat.delete", dropped(done=True))
    office.say(replace(office.edit(of="direct"), message=long()))
    office.chat = office.opened()
    office.later(hours=1)
    assert [text_of(post.blocks).count("long 0: ") for post in told(office)] == [1, *[0] * (len(told(office)) - 1)]
    assert office.showing("direct!") == []
    office.say(office.edit("settled", "direct"))
    assert [text_of(post.blocks) for post in told(office)] == [f"settled! {CONTENT}"]


@pytest.mark.parametrize("words", [2500, 12_000], ids=["too long", "of too many parts"])
def test_a_text_that_is_too_long_for_one_message_is_not_in_its_input_and_is_held_still(
    office: Office, words: int
) -> None:
    box = Option("a", "Yes")
    entries = (
        Entry("story", "What happened?", "paragraph", "It was long. " * words),
        Entry("name", "Who?", "line", "Kept"),
        Entry("boxes", "Is it so?", "checkboxes", ("a",), (box,)),
    )
    office.say(replace(office.direct(), message=Message("Asked", entries)))
    (post,) = told(office)
    assert text_of(post.blocks).startswith(f"Important: {WORDS('slack.too_much')}\nWhat happened?\n")
    assert "It was long." not in f"{post.blocks}"
    state = state_of(post.blocks)
    assert given(state) == {"story": [], "name": "Kept", "boxes": ["a"]}
    (typed,) = [held for inputs in state.values() for name, held in inputs.items() if name.endswith(":story")]
    typed["value"] = "Anew."
    assert given(state)["story"] == "Anew."


def test_inputs_that_are_too_long_for_one_message_are_refused_with_a_sentence(office: Office) -> None:
    entries = [Entry(f"e{number}", f"Question {number}", "line", hint="A long hint. " * 150) for number in range(20)]
    office.say(replace(office.direct(), message=Message("Asked", tuple(entries))))
    assert office.reason(office.key("direct")) == WORDS("slack.too_long")
    assert told(office) == []


# ── deleted ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_to_a_thread_that_was_deleted_stands_in_the_channel_and_says_why(office: Office) -> None:
    office.say(office.begin())
    office.slack.deletes(office.at("root"))
    office.say(office.reply("first"), office.reply("second"))
    first, second = office.at("first"), office.at("second")
    assert (first.thread_ts, second.thread_ts) == ("", first.ts)
    assert text_of(first.blocks) == f"{WORDS('slack.thread_gone')}\nfirst! {CONTENT}"
    assert text_of(second.blocks) == f"second! {CONTENT}"


def test_a_reply_to_a_thread_that_slack_does_not_know_stands_in_the_channel_and_says_why(office: Office) -> None:
    office.say(office.begin())
    office.slack.fail("chat.postMessage", refused("thread_not_found"))
    office.say(office.reply())
    assert office.at("reply").thread_ts == ""
    assert text_of(office.at("reply").blocks).startswith(WORDS("slack.thread_gone"))


def test_a_thread_whose_first_message_was_deleted_after_replies_goes_on(office: Office) -> None:
    office.say(office.begin(), office.reply("first"))
    root = office.at("root")
    office.slack.deletes(root)
    office.say(office.reply("second"))
    assert office.at("second").thread_ts == root.ts


@pytest.mark.parametrize("restarted", [False, True])
def test_a_reply_in_the_stead_of_a_deleted_thread_is_found_and_not_said_again(office: Office, restarted: bool) -> None:
    office.say(office.begin())
    office.slack.deletes(office.at("root"))
    office.say(office.reply("first"))
    office.later(hours=30)
    office.slack.fail("chat.postMessage", dropped(done=True))
    office.say(office.reply("second"))
    if restarted:
        office.chat = office.opened()
    office.later(hours=1)
    assert len(office.stands("second")) == 1
    assert office.at("second").thread_ts == office.at("first").ts


@pytest.mark.parametrize("of", ["root", "direct"])
def test_a_change_of_what_was_deleted_is_said_anew_once_and_changed_from_then_on(office: Office, of: str) -> None:
    office.say(office.begin(), office.direct())
    office.slack.deletes(office.at(of))
    office.slack.fail("chat.postMessage", dropped(done=True))
    office.say(office.edit("first", of))
    office.chat = office.opened()
    office.later(hours=1)
    assert [text_of(post.blocks) for post in office.showing("first!")] == [f"first! {CONTENT}"]
    office.chat = office.opened()
    office.say(office.edit("second", of))
    assert office.showing("first!") == []
    assert office.at("second") is office.at("first")
    assert office.at("first").room == (office.room if of == "root" else office.slack.direct(office.user))


def test_a_message_that_is_said_anew_says_why(office: Office) -> None:
    office.say(office.direct())
    office.slack.deletes(office.at("direct"))
    office.say(office.edit(of="direct"))
    assert text_of(office.at("edit").blocks) == f"{WORDS('slack.message_gone')}\nedit! {CONTENT}"


def test_a_reminder_that_was_deleted_is_said_anew_in_its_thread_and_changed_there_from_then_on(office: Office) -> None:
    office.say(office.begin(), office.reply("reminder"), office.reply())
    office.slack.deletes(office.at("reminder"))
    office.say(office.edit("first", "reminder"))
    assert office.at("first").thread_ts == office.at("root").ts
    office.chat = office.opened()
    office.say(office.edit("second", "reminder"))
    assert office.at("second") is office.at("first")
    assert len(office.slack.thread(office.room, office.at("root").ts)) == 3


def test_a_reminder_whose_thread_is_gone_too_is_said_anew_in_the_channel(office: Office) -> None:
    office.say(office.begin(), office.reply("reminder"))
    office.slack.deletes(office.at("reminder"))
    office.slack.deletes(office.at("root"))
    office.say(office.edit("first", "reminder"))
    office.chat = office.opened()
    office.say(office.edit("second", "reminder"))
    assert office.at("second") is office.at("first")
    assert office.at("first").thread_ts == ""


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed", "block_mismatch"])
def test_what_slack_does_not_let_be_changed_is_said_anew_and_its_thread_goes_on(office: Office, code: str) -> None:
    office.say(office.begin())
    office.slack.fail("chat.update", refused(code))
    office.say(office.edit("first"), office.reply())
    assert text_of(office.at("first").blocks) == f"{WORDS('slack.message_fixed')}\nfirst! {CONTENT}"
    assert office.at("reply").thread_ts == office.at("root").ts
    office.slack.fail("chat.update", refused(code))
    office.chat = office.opened()
    office.say(office.edit("second"))
    assert office.at("second") is office.at("first")
    office.slack.fail("chat.update", refused(code))
    office.say(office.edit("third"))
    assert office.at("third") is not office.at("first")
    assert text_of(office.at("third").blocks).startswith(WORDS("slack.message_fixed"))


def test_a_reply_with_which_a_thread_goes_on_is_never_overwritten_by_the_thread_s_face(office: Office) -> None:
    office.say(office.begin())
    office.slack.deletes(office.at("root"))
    office.say(office.reply("first"), office.edit("face"))
    assert text_of(office.at("first").blocks).endswith(f"first! {CONTENT}")
    assert text_of(office.at("face").blocks).endswith(f"face! {CONTENT}")
    office.say(office.edit("put right", "first"))
    assert text_of(office.at("put right").blocks).endswith(f"put right! {CONTENT}")
    assert office.at("put right") is office.at("first")


def test_the_thread_goes_on_under_a_face_that_was_said_anew(office: Office) -> None:
    office.say(office.begin())
    office.slack.deletes(office.at("root"))
    office.say(office.edit(), office.reply())
    assert office.at("reply").thread_ts == office.at("edit").ts


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_has_blocks_a_plain_summary_and_no_more_than_a_key_in_its_metadata(office: Office) -> None:
    person = Entry("who", "Who?", "person", initial=office.person)
    said = Message("Asked & <answered>", (Words("Who leads it?"), person))
    office.say(replace(office.direct(), message=said))
    post = office.at("direct")
    assert post.text == "Asked &amp; &lt;answered&gt;"
    assert post.metadata == {"event_type": "escalation_delivery", "event_payload": {"key": office.key("direct")}}
    assert office.slack.sees(office.user).splitlines() == [*words_of(said).splitlines()[:2], office.user]


def test_a_message_has_an_address(office: Office) -> None:
    office.say(office.begin())
    receipt = office.due(office.key("root")).receipt
    told = web_client(office.slack.bot_token, office.slack.base_url).chat_getPermalink(
        channel=office.room, message_ts=receipt.partition("/")[2]
    )
    assert office.chat.link(CHANNEL, receipt) == told["permalink"]
