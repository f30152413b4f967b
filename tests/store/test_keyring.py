"""The keyring file is made once, read by its owner only, and never replaced when it is missed."""

from __future__ import annotations

import base64
import json
import os
import stat
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, SealBroken
from bot.store import Database, Keyring, open_database
from bot.store.sealing import new_key, open_sealed, seal
from tests.store.conftest import Place
from tests.store.examples import CONVERSATION, ESCALATION

KEY = bytes(range(32))

only_posix = pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX systems")


@given(plain=st.binary(max_size=200), owner=st.text(), field=st.text())
def test_what_is_sealed_opens_again(plain: bytes, owner: str, field: str) -> None:
    sealed = seal(KEY, plain, owner, field)
    assert (sealed[0], len(sealed)) == (1, len(plain) + 29)
    assert open_sealed(KEY, sealed, owner, field) == plain


@given(plain=st.binary(max_size=20), data=st.data())
def test_a_changed_byte_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plain, "o", "f"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), "o", "f")


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28])
def test_bytes_too_short_to_be_sealed_are_refused(length: int) -> None:
    with pytest.raises(SealBroken):
        open_sealed(KEY, b"\1" * length, "o", "f")


def test_owner_and_field_cannot_be_shifted_into_each_other() -> None:
    sealed = seal(KEY, b"x", "a|b", "c")
    with pytest.raises(SealBroken):
        open_sealed(KEY, sealed, "a", "b|c")


@only_posix
def test_the_first_run_makes_a_keyring_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keyring.json"
    made = Keyring.open_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keyring.json"]
    assert Keyring.open_or_make(path).unwrap(made.wrap(KEY, "o"), "o", made.current) == KEY


@only_posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_keyring_that_others_may_read_stops_the_start(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keyring.json"
    Keyring.open_or_make(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"its mode is {mode:04o}.*chmod 600"):
        Keyring.open_or_make(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"current": "k", "keys": []}',
        '{"current": "k", "keys": {"k": "c2hvcnQ="}}',
        '{"current": "k", "keys": {"k": 7}}',
        '{"current": "other", "keys": {"k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}',
        '{"current": "k", "keys": {"k": "not base64, and secret"}}',
    ],
)
def test_a_damaged_keyring_stops_the_start_and_is_not_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keyring.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="is not a keyring, or is damaged") as refusal:
        Keyring.open_or_make(path)
    assert "secret" not in "".join(traceback.format_exception(refusal.value))


def test_older_keys_in_the_ring_still_open_what_they_sealed(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    old = Keyring.open_or_make(path)
    wrapped, (signer, signature) = old.wrap(KEY, "o"), old.sign(b"x")
    content = json.loads(path.read_text())
    content["keys"]["newer"] = base64.b64encode(new_key()).decode()
    path.write_text(json.dumps(content | {"current": "newer"}))
    ring = Keyring.open_or_make(path)
    assert ring.current == "newer"
    assert ring.unwrap(wrapped, "o", old.current) == KEY
    assert ring.signed(b"x", signer, signature)
    assert not ring.signed(b"y", signer, signature)
    with pytest.raises(SealBroken, match="'newer', which is not in the keyring"):
        old.unwrap(ring.wrap(KEY, "o"), "o", ring.current)


def test_a_mark_is_the_rings_own_and_known_again_once_it_has_a_newer_key() -> None:
    old, newer = {"a": KEY}, {"a": KEY, "b": bytes(32)}
    (mark,) = Keyring(old, "a").marks(b"x")
    assert Keyring(newer, "b").marks(b"x")[1] == mark
    others = [Keyring(newer, "b").marks(b"x")[0], *Keyring(old, "a").marks(b"y"), Keyring(old, "a").sign(b"x")[1][:40]]
    assert mark not in others


def test_a_keyring_that_is_missing_beside_sealed_content_is_not_made_anew(place: Place) -> None:
    database = place.open()
    database.migrate()
    with database.transaction() as tx:
        tx.keep_conversation(CONVERSATION)
    database.close()
    place.keyring.unlink()
    with pytest.raises(ConfigError, match="is missing, but the database holds content"):
        open_database(place.url, place.keyring)
    assert not place.keyring.exists()


def test_a_keyring_of_another_database_stops_the_start(place: Place) -> None:
    database = place.open()
    database.migrate()
    with database.transaction() as tx:
        tx.add_escalation(ESCALATION)
    database.close()
    stranger = Database(place.url, Keyring({"k-1": KEY}, "k-1", "other.json"))
    for start in (stranger.migrate, stranger.check_schema):
        with pytest.raises(ConfigError, match=r"which is not in the keyring other\.json"):
            start()
    stranger.close()


def test_a_keyring_does_not_show_its_keys() -> None:
    assert "\\x" not in repr(Keyring({"k": KEY}, "k"))
