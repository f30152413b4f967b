"""Ids in Teams: whose they are, and where a message stands."""

from __future__ import annotations

import pytest

from bot.chat.teams.ids import Place, in_thread, is_channel, object_id_of, person_of

TENANT = "6F0C1E9A-0000-4000-8000-00000000000A"
ASHA = "11111111-2222-4333-8444-55555555555A"


def test_a_person_is_tenant_and_object_id_however_they_are_written() -> None:
    person = person_of(TENANT, ASHA)
    assert person == person_of(TENANT.lower(), ASHA.lower())
    assert object_id_of(person, TENANT) == ASHA.lower()


@pytest.mark.parametrize(
    "person", ["", "console:asha", f"teams:{TENANT.lower()}:", f"teams:{TENANT.lower()}:29:1abc", "slack:T1:U1"]
)
def test_whoever_is_no_person_of_the_tenant_has_no_object_id_there(person: str) -> None:
    assert object_id_of(person, TENANT) == ""
    assert object_id_of(person_of(ASHA, ASHA), TENANT) == ""


@pytest.mark.parametrize(
    ("conversation", "activity", "message_id"),
    [
        ("a:1xyz", "170", "a:1xyz/170"),
        ("19:c@thread.tacv2", "170", "19:c@thread.tacv2/170"),
        ("19:c@thread.tacv2;messageid=170", "170", "19:c@thread.tacv2/170"),
        ("19:c@thread.tacv2;messageid=160", "170", "19:c@thread.tacv2/170/160"),
    ],
)
def test_where_a_message_stands_is_read_back_from_its_id(conversation: str, activity: str, message_id: str) -> None:
    place = Place.of(conversation, activity)
    assert place.id == message_id
    assert Place.read(place.id) == place
    assert in_thread(place.root.conversation, place.root.activity).startswith(conversation.partition(";")[0])
    assert Place.read(place._replace(before="1+2").id).before == "1+2"


@pytest.mark.parametrize(
    ("conversation", "yes"),
    [
        ("19:aB_c-1@thread.tacv2", True),
        ("19:abc@thread.skype", True),
        ("19:abc@thread.tacv2;messageid=1", False),
        ("19:abc@thread.v2", False),
        ("a:1xyz", False),
        ("escalations", False),
    ],
)
def test_only_a_channel_itself_is_one(conversation: str, yes: bool) -> None:
    assert is_channel(conversation) is yes
