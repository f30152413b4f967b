"""A message survives being stored, whatever it is made of."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StoreError
from bot.messages import Message, Part
from bot.store.message_json import from_json, to_json


@given(message=st.from_type(Message))
def test_a_message_comes_back_from_json_as_it_was(message: Message) -> None:
    assert from_json(json.loads(json.dumps(to_json(message)))) == message


@pytest.mark.parametrize("kind", get_args(Part), ids=lambda kind: kind.__name__)
def test_every_kind_of_part_comes_back(kind: type[Part]) -> None:
    @given(part=st.from_type(kind))
    def comes_back(part: Part) -> None:
        assert from_json(json.loads(json.dumps(to_json(Message("", (part,)))))).parts == (part,)

    comes_back()


def test_a_part_of_a_later_version_is_refused() -> None:
    with pytest.raises(StoreError, match="'Hologram'"):
        from_json({"summary": "", "parts": [{"part": "Hologram"}]})
