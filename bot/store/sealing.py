"""The keyring, and how bytes are sealed with a key: AES-256-GCM from `cryptography`.

A sealed value is 0x01, a random nonce of 12 bytes, then ciphertext with its 16-byte tag. What it is about
(its owner, its field, the format's version) is authenticated with it, so that a value moved to another
escalation, another field or another row does not open. The keyring lives in a file outside the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import ConfigError, SealBroken

FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12


def new_key() -> bytes:
    """A random AES-256 key."""
    return AESGCM.generate_key(KEY_BYTES * 8)


def seal(key: bytes, plain: bytes, owner: str, field: str) -> bytes:
    """The sealed bytes, 29 longer than `plain`; they open with the same key, owner and field only."""
    nonce = os.urandom(NONCE_BYTES)
    return bytes([FORMAT]) + nonce + AESGCM(key).encrypt(nonce, plain, _about(owner, field))


def open_sealed(key: bytes, sealed: bytes, owner: str, field: str) -> bytes:
    """What was sealed. Raises SealBroken when it was moved, changed, or sealed with another key."""
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        if len(nonce) == NONCE_BYTES and sealed[0] == FORMAT:
            return AESGCM(key).decrypt(nonce, rest, _about(owner, field))
    except InvalidTag:
        pass
    raise SealBroken(
        f"The content {field!r} of {owner} cannot be opened: it was changed, moved from another place, or "
        "sealed with another key. Check that the keyring file belongs to this database; "
        "if it does, restore a backup."
    )


def _about(owner: str, field: str) -> bytes:
    # A JSON list, not joined text: no choice of owner and field can be read as another pair.
    return f"[{quoted(owner)}, {quoted(field)}, {FORMAT}]".encode()


class Keyring:
    """Keys that wrap the data keys. Of several in the file, the current one wraps new data keys."""

    def __init__(self, keys: Mapping[str, bytes], current: str, where: str = "memory") -> None:
        self._keys = dict(keys)
        self.current = current
        self.where = where

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._keys

    @classmethod
    def open_or_make(cls, path: Path) -> Keyring:
        """The keyring in this file; made with one new key if there is no such file yet.

        Raises ConfigError when others may read the file, or when it is not a keyring.
        """
        if not path.exists():
            _make(path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Keyring:
        """The keyring in this file.

        Raises ConfigError when it is missing, may be read by others, or is not a keyring.
        """
        try:
            mode = path.stat().st_mode
            written = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"The keyring file {path} cannot be read ({error.strerror}). Without it, what is in the "
                "database cannot be opened: restore the file from its backup, then start again."
            ) from error
        if os.name == "posix" and mode & 0o077:
            raise ConfigError(
                f"The keyring file {path} may be read or changed by others (its mode is {mode & 0o777:04o}). "
                f"Run: chmod 600 {path}"
            )
        try:
            content = json.loads(written)
            keys = {str(name): base64.b64decode(key, validate=True) for name, key in content["keys"].items()}
            current = str(content["current"])
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            # "from None": the original error may quote the file, and the file is all keys.
            raise ConfigError(_not_a_keyring(path)) from None
        if current not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ConfigError(_not_a_keyring(path))
        return cls(keys, current, str(path))

    def wrap(self, data_key: bytes, owner: str) -> bytes:
        """The owner's data key, sealed by the current key of the ring."""
        return seal(self._keys[self.current], data_key, owner, "data key")

    def unwrap(self, sealed_key: bytes, owner: str, key_id: str) -> bytes:
        """The owner's data key. Raises SealBroken when the ring lacks the key, or the row was changed."""
        if key_id not in self._keys:
            raise SealBroken(
                f"The content of {owner} is sealed with the key {key_id!r}, which is not in the keyring "
                f"{self.where}. Restore the keyring file that belongs to this database."
            )
        return open_sealed(self._keys[key_id], sealed_key, owner, "data key")

    def sign(self, content: bytes) -> tuple[str, str]:
        """(key id, signature in hexadecimal): only somebody with the keyring can make one."""
        return self.current, self._signature(self.current, content)

    def signed(self, content: bytes, key_id: str, signature: str) -> bool:
        """Whether the signature was made by this ring for this content."""
        return key_id in self._keys and hmac.compare_digest(self._signature(key_id, content), signature)

    def marks(self, content: bytes) -> tuple[str, ...]:
        """By what it can be known outside, by nobody who has no keyring: with the current key, then the others."""
        others = (key_id for key_id in self._keys if key_id != self.current)
        return tuple(self._signature(key_id, content, b"mark")[:40] for key_id in (self.current, *others))

    def _signature(self, key_id: str, content: bytes, use: bytes = b"history head") -> str:
        # A key of its own for each use, derived, so that one key never serves two.
        derive = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=use)
        return hmac.new(derive.derive(self._keys[key_id]), content, hashlib.sha256).hexdigest()


def _not_a_keyring(path: Path) -> str:
    return f"The file {path} is not a keyring, or is damaged: restore it from its backup, then start again."


def _make(path: Path) -> None:
    """Writes a new keyring so that it is there whole or not at all, and never replaces one."""
    name = f"k-{secrets.token_hex(4)}"
    content = {"format": 1, "current": name, "keys": {name: base64.b64encode(new_key()).decode()}}
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # unlike a rename, this fails if another process was faster
        except FileExistsError:
            return
        finally:
            part.unlink()
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise ConfigError(
            f"The keyring file {path} cannot be made ({error.strerror}). Choose a folder that the bot may write to."
        ) from error
