"""Socket Mode: connections come and go, and whatever is told is heard once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import structlog
from structlog.testing import capture_logs

from bot.chat.slack import socket
from tests.slack.bot import SlackWorld
from tests.slack.fake import Ack
from tests.slack.workspace import Json

REFERENCE = "E-4KX-7PW"


@contextmanager
def opened(folder: Path) -> Iterator[SlackWorld]:
    structlog.reset_defaults()  # a command may have asked for errors only
    with pytest.MonkeyPatch.context() as patch:
        # Signs of life are looked for less often than that: on a busy machine they would seem to be missing.
        patch.setattr(socket, "LOOKS_EVERY", 0.2)
        world = SlackWorld(folder, "Socket Mode")
        world.slack.inbound.ack_within = 60
        connected(world)
        patch.setattr(socket, "LOOKS_EVERY", 0.05)
        yield world
        world.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    with opened(tmp_path_factory.mktemp("socket")) as world:
        yield world


def connected(world: SlackWorld) -> None:
    world.slack.run(_until(lambda: len(world.slack.sockets.usable()) == 1))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - it is another thread's doing
            await asyncio.sleep(0.01)


def heard(world: SlackWorld) -> int:
    return world.counts()["heard"]


def asked_for_addresses(world: SlackWorld) -> int:
    return sum(call.method == "apps.connections.open" for call in world.slack.calls)


def _help(world: SlackWorld) -> Json:
    """Asha types "help"."""
    ts, room, user = world.slack.workspace.new_ts(), world.slack.direct("Asha"), world.slack.id_of("Asha")
    said = {"type": "message", "channel_type": "im", "channel": room, "user": user, "ts": ts, "text": "help"}
    return world.slack.inbound.event(said)


@pytest.mark.parametrize(
    "goes",
    [
        lambda slack: slack.disconnects(),
        lambda slack: slack.disconnects("link_disabled", warn=True),
        lambda slack: slack.cuts(),
    ],
    ids=["it is to go", "it is warned", "it breaks"],
)
def test_a_connection_that_goes_is_replaced_and_what_is_told_meanwhile_is_heard(
    world: SlackWorld, goes: Callable[..., None]
) -> None:
    connected(world)
    before, tickets = heard(world), asked_for_addresses(world)
    goes(world.slack)
    world.types(world.person("Asha"), "help")
    assert heard(world) == before + 1
    connected(world)
    assert asked_for_addresses(world) == tickets + 1
    assert world.metrics.read("connected") == 1


def test_an_address_at_which_nobody_answered_is_not_tried_again(world: SlackWorld) -> None:
    before = heard(world)
    world.slack.sockets.refusing = 2
    world.slack.cuts()
    world.types(world.person("Asha"), "help")
    assert world.slack.sockets.refusing == 0
    assert heard(world) == before + 1


def test_where_there_are_too_many_connections_slack_is_not_pressed(world: SlackWorld) -> None:
    """Each new one is sent away at once, until one of the others goes."""
    before, calls = heard(world), asked_for_addresses(world)
    world.slack.sockets.most = 0
    world.slack.disconnects()
    world.slack.run(_until(lambda: asked_for_addresses(world) > calls + 1))
    began, first = time.monotonic(), asked_for_addresses(world)
    world.slack.run(_until(lambda: asked_for_addresses(world) > first + 2))
    pauses = asked_for_addresses(world) - first - 1
    assert time.monotonic() - began > pauses * socket.LOOKS_EVERY
    world.slack.sockets.most = 10
    world.types(world.person("Asha"), "help")
    assert heard(world) == before + 1


def test_where_socket_mode_is_switched_off_and_on_again_the_bot_is_back(world: SlackWorld) -> None:
    connected(world)
    before, calls = heard(world), asked_for_addresses(world)
    world.slack.workspace.socket_mode = False
    with capture_logs() as logs:
        world.slack.disconnects("link_disabled")
        world.slack.run(_until(lambda: asked_for_addresses(world) > calls + 3))
    assert world.metrics.read("connected") == 0
    assert [log["error"] for log in logs if log["event"] == "no connection to Slack"] == ["forbidden_team"]
    world.slack.workspace.socket_mode = True
    world.types(world.person("Asha"), "help")
    assert heard(world) == before + 1


def test_a_press_whose_answer_was_lost_is_told_through_another_connection_and_heard_once(world: SlackWorld) -> None:
    slack = world.slack
    world.types(world.person("Asha"), "/escalate new")
    before, waits = heard(world), lambda: any(each.waiting for each in slack.sockets.open)
    with world.parts.database.transaction():
        lost = Thread(target=slack.presses, args=("Asha", "No"))
        lost.start()
        slack.run(_until(waits))
        slack.cuts()
        lost.join()
    *_, (kind, payload, ack) = slack.inbound.acks
    assert ack.tries == ("connection_lost",)
    assert slack.run(slack.inbound.tell(kind, payload)).ok
    world.carried()
    assert heard(world) == before + 1
    assert "Question 2 of" in world.sees(world.person("Asha"))


def test_what_was_heard_while_the_connection_broke_is_told_again_and_not_heard_again(world: SlackWorld) -> None:
    slack, before = world.slack, heard(world)
    waiting = lambda: any(each.waiting for each in slack.sockets.open)  # noqa: E731
    with world.parts.database.transaction():
        told = slack.begin(slack.inbound.tell("events_api", _help(world)))
        slack.run(_until(waiting))
        slack.cuts()
        slack.run(_until(lambda: bool(slack.inbound.tried) and slack.inbound.tried[-1] == "connection_lost"))
    ack: Ack = told.result(30)
    world.carried()
    assert ack.tries == ("connection_lost", "200")
    assert heard(world) == before + 1


def test_a_page_is_opened_and_handed_in_and_says_what_is_wrong(world: SlackWorld) -> None:
    world.raised(REFERENCE)
    world.types(world.person("Asha"), "/report")
    assert world.slack.presses("Asha", "Answer several at once").ok
    world.slack.run(_until(lambda: (page := world.slack.modal("Asha")) is not None and "submit" in page.body))
    world.presses(world.person("Asha"), "Continue", {"1.1": "Kit", "1.2": "2099-06-14", "1.3": "Here", "1.4": "5"})
    page = world.slack.modal("Asha")
    assert page is not None
    assert len(page.errors) == 1
    world.presses(world.person("Asha"), "Continue", {"1.2": "2019-06-14"})
    assert world.slack.modal("Asha") is None
    assert "Question 5 of" in world.sees(world.person("Asha"))


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[SlackWorld]:
    """One of its own: nothing is heard any more by the bot that is stopped."""
    with opened(tmp_path) as world:
        yield world


def test_when_it_stops_what_was_told_is_answered_and_the_connection_is_closed(stopped: SlackWorld) -> None:
    slack, waits = stopped.slack, lambda: any(each.waiting for each in stopped.slack.sockets.open)
    stopping = Thread(target=stopped.running.stop)
    with stopped.parts.database.transaction():
        told = slack.begin(slack.inbound.tell("events_api", _help(stopped)))
        slack.run(_until(waits))
        stopping.start()
        stopping.join(0.4)
    stopping.join()
    assert told.result(30).tries == ("200",)
    slack.run(_until(lambda: not slack.sockets.usable()))
    assert stopped.metrics.read("connected") == 0
