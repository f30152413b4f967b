"""What was typed is read as it was typed; and everything in its turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.chat.slack.reading import Reader
from bot.chat.slack.sending import Workspace
from bot.chat.turns import Turns
from bot.precedence import Precedence

HERE = Reader(Workspace("T1", bot="UBOT"), frozenset({"escalate"}))


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("Kit &lt;K&gt; &amp; Sam", "Kit <K> & Sam"),
        ("&amp;lt;", "&lt;"),
        ("Ben, <mailto:ben@example.org|ben@example.org>", "Ben, ben@example.org"),
        ("see <http://example.org|example.org> and <https://example.org/a?b&amp;c>", "see example.org and https://example.org/a?b&c"),
        ("<https://example.org|the policy>", "the policy (https://example.org)"),
        ("<tel:0123456789|01234 56789>", "01234 56789"),
        ("<@U2> or <@U3|ben>", "slack:T1:U2 or slack:T1:U3"),
        ("<@UBOT> update", "update"),
        ("in <#C1|general>, <!here>, <!subteam^S1|@team>", "in #general, @here, @team"),
        ("3 < 4", "3 < 4"),
    ],
)  # fmt: skip
def test_what_was_typed_is_read_as_it_was_typed(sent: str, typed: str) -> None:
    assert HERE.plain(sent) == typed


SAID = {"type": "message", "channel_type": "im", "channel": "D1", "ts": "1.0", "user": "U2", "text": "help"}
HERE_IN_IT = [{"enterprise_id": "E1", "team_id": "T1", "user_id": "UBOT", "is_bot": True}]
OF_AN_ORGANISATION: dict[str, dict[str, Any]] = {
    "a message": {"team_id": "T1", "enterprise_id": "E1", "event": SAID | {"team": "T9"}},
    "a message, by the organisation": {"team_id": "T1", "enterprise_id": "E1", "event": SAID | {"team": "E1"}},
    "a message where only the bot's organisation is named": {
        "team_id": "T1", "authorizations": HERE_IN_IT, "event": SAID | {"team": "T9"}
    },
    "a mention in a channel that is shared with another organisation": {
        "team_id": "T8", "enterprise_id": "E8", "authorizations": HERE_IN_IT,
        "event": SAID | {"channel_type": "channel", "channel": "C1", "text": "<@UBOT> help", "user_team": "E1"},
    },
}  # fmt: skip


@pytest.mark.parametrize("told", OF_AN_ORGANISATION)
def test_in_an_organisation_whoever_belongs_to_several_workspaces_is_heard(told: str) -> None:
    """Slack names the workspace that they came from, or the organisation; whether they are of this one is looked up."""
    read = HERE.message(OF_AN_ORGANISATION[told])
    assert read is not None
    assert read.heard.person == "slack:T1:U2"


def test_what_slack_itself_says_in_somebodys_direct_messages_is_not_heard() -> None:
    """Nobody could be answered."""
    assert HERE.message({"team_id": "T1", "event": SAID | {"user": "USLACKBOT"}}) is None


def test_whoever_comes_when_too_many_wait_is_told_so() -> None:
    async def three_and_one_later() -> tuple[list[object], str]:
        turns = Turns("Please try again.", Precedence(), at_most=2)
        came = await asyncio.gather(*(turns.take(lambda: "heard") for _ in range(3)), return_exceptions=True)
        return [str(each) for each in came], await turns.take(lambda: "heard")

    assert asyncio.run(three_and_one_later()) == (["heard", "heard", "Please try again."], "heard")


def test_what_arrives_while_many_wait_is_read_between_their_turns() -> None:
    happened: list[str] = []

    async def three_and_what_arrives_meanwhile() -> None:
        turns = Turns("full", Precedence())

        def first() -> None:
            asyncio.get_running_loop().call_soon(happened.append, "read")
            happened.append("heard")

        await asyncio.gather(turns.take(first), *(turns.take(lambda: happened.append("heard")) for _ in range(2)))

    asyncio.run(three_and_what_arrives_meanwhile())
    assert happened == ["heard", "read", "heard", "heard"]


def test_what_is_told_is_heard_in_the_order_of_its_coming() -> None:
    heard_so_far: list[int] = []

    async def many() -> None:
        turns = Turns("full", Precedence())
        await asyncio.gather(*(turns.take(lambda number=number: heard_so_far.append(number)) for number in range(50)))  # type: ignore[misc]

    asyncio.run(many())
    assert heard_so_far == list(range(50))
