"""Socket Mode: connections come and go, and whatever is told is heard once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from bot.chat.slack import socket
from tests.slack.bot import SlackWorld
from tests.slack.fake import Ack

REFERENCE = "E-4KX-7PW"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackWorld]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "LOOKS_EVERY", 0.1)
        world = SlackWorld(tmp_path_factory.mktemp("socket"), "Socket Mode")
        world.slack.inbound.ack_within = 60
        connected(world)
        yield world
        world.close()


def connected(world: SlackWorld) -> None:
    world.slack.run(_until(lambda: len(world.slack.sockets.usable()) == 1))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - it is another thread's doing
            await asyncio.sleep(0.01)


def heard(world: SlackWorld) -> int:
    return world.counts()["heard"]


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
    before, tickets = heard(world), sum(call.method == "apps.connections.open" for call in world.slack.calls)
    goes(world.slack)
    world.types(world.person("Asha"), "help")
    assert heard(world) == before + 1
    connected(world)
    assert sum(call.method == "apps.connections.open" for call in world.slack.calls) > tickets
    assert world.metrics.read("connected") == 1


def test_what_was_heard_while_the_connection_broke_is_told_again_and_not_heard_again(world: SlackWorld) -> None:
    slack, before = world.slack, heard(world)
    room, ts = slack.direct("Asha"), slack.workspace.new_ts()
    event = {"type": "message", "channel_type": "im", "channel": room, "user": slack.id_of("Asha"), "ts": ts}
    waiting = lambda: any(each.waiting for each in slack.sockets.open)  # noqa: E731
    with world.parts.database.transaction():
        told = slack.begin(slack.inbound.tell("events_api", slack.inbound.event({**event, "text": "help"})))
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


def test_when_it_stops_the_connection_is_closed(world: SlackWorld) -> None:
    world.running.stop()
    world.slack.run(_until(lambda: not world.slack.sockets.usable()))
    assert world.metrics.read("connected") == 0
