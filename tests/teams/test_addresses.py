"""Where the bot's token may go."""

from __future__ import annotations

import httpx
import pytest

from bot.chat.teams.addresses import Addresses
from bot.chat.teams.calling import Connector
from bot.errors import Shut
from bot.words import load

LOCAL = "http://127.0.0.1:8443/emea/"


@pytest.mark.parametrize(
    ("address", "begin", "yes"),
    [
        ("https://smba.trafficmanager.net/uk/", (), True),
        ("https://smba.trafficmanager.net/emea/00000000-0000-4000-8000-000000000000/", (), True),
        ("https://SMBA.trafficmanager.net/uk", (), True),
        (LOCAL, (LOCAL,), True),
        (LOCAL.rstrip("/"), (LOCAL,), True),
        ("http://smba.trafficmanager.net/uk/", (), False),
        ("https://smba.trafficmanager.net.evil.example/uk/", (), False),
        ("https://evil.example/smba.trafficmanager.net/", (), False),
        ("https://smba.trafficmanager.net@evil.example/", (), False),
        ("https://user:word@smba.trafficmanager.net/uk/", (), False),
        ("https://smba.trafficmanager.net:444/uk/", (), False),
        ("https://smba.trafficmanager.net:x/uk/", (), False),
        ("https://smba.trafficmanager.net/uk/?to=evil", (), False),
        ("https://smba.trafficmanager.net/uk/#evil", (), False),
        ("https://smba.trafficmanager.net/uk/%2e%2e/", (), False),
        ("http://127.0.0.1:8443/emea/../other/", (LOCAL,), False),
        ("http://127.0.0.1:8443/emeaner/", (LOCAL,), False),
        ("http://127.0.0.1:8444/emea/", (LOCAL,), False),
        ("http://chat.example/emea/", ("http://chat.example/",), False),
        ("", (), False),
    ],
)
def test_only_what_begins_as_the_settings_say_and_is_encrypted_is_believed(
    address: str, begin: tuple[str, ...], yes: bool
) -> None:
    believed = (Addresses(begin) if begin else Addresses()).believed(address)
    assert believed == (address.rstrip("/") if yes else "")


def test_where_nothing_was_told_the_address_for_all_regions_is_tried_or_that_of_the_settings() -> None:
    assert Addresses().believed(Addresses().first) == "https://smba.trafficmanager.net/teams"
    assert Addresses((LOCAL,)).first == LOCAL.rstrip("/")


@pytest.mark.parametrize(
    "host",
    ["smba.infra.gcc.teams.microsoft.com", "smba.infra.gov.teams.microsoft.us", "smba.infra.dod.teams.microsoft.us"],
)
def test_in_national_clouds_it_is_the_address_that_microsoft_has_published(host: str) -> None:
    addresses = Addresses((f"https://{host}/",))
    assert addresses.believed(addresses.first) == f"https://{host}/teams"


class Untouched:
    """A token that must not be asked for."""

    def token(self) -> str:
        raise AssertionError("The token was asked for.")

    def forget(self) -> None:
        raise AssertionError("There was no token.")


def test_settings_in_which_no_address_can_be_used_stop_everything_before_the_token_is_asked_for() -> None:
    with httpx.Client() as http:
        connector = Connector(http, Untouched(), Addresses(("http://chat.example/",)), load())
        with pytest.raises(Shut, match="None of the addresses of Teams in my settings can be used"):
            connector.errand("http://chat.example/")
