"""The service's signing keys: one signs, the next is announced before it does, the last is still accepted after.

Each is a file in the data folder, readable by its owner only: `signing_key.pem`, the first one, and
`signing_key-<time>.pem`, which signs from that Unix time on. A key is published from the moment its file is there, so a
controller that asks for the keys now and then trusts the next one before the first document is signed with it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from controller.signing import Signer
from junction.errors import InputError

KEY_FILE = "signing_key.pem"
KEYS_SCHEMA = "chauraha.keys/1"
ACCEPTED_S = 86_400.0
"""How long a key is still published after the next one has taken over."""

_NAME = re.compile(r"signing_key(?:-(\d+))?\.pem")


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedKey:
    """A key that signs from `from_at` (Unix seconds) until the next one does."""

    signer: Signer
    from_at: int
    path: Path


class KeyRing:
    """The keys of a data folder; makes the first one where there is none.

    `refresh` takes up what `chauraha admin signing rotate` wrote beside a running service. Raises InputError, once, for
    a file that holds no Ed25519 key; the keys known until then stay.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._keys: list[DatedKey] = []
        self._names: list[str] = []
        self.refresh()
        if not self._keys:
            _write_new_key(folder / KEY_FILE)
            self.refresh()

    def refresh(self) -> None:
        """Reads the folder again where its files have changed."""
        names = sorted(path.name for path in self._folder.glob("signing_key*.pem"))
        if names != self._names:
            self._names = names  # first, so that a bad file is told of once
            dated = [(name, match) for name in names if (match := _NAME.fullmatch(name)) is not None]
            keys = [
                DatedKey(signer=_load(self._folder / name), from_at=int(match[1] or 0), path=self._folder / name)
                for name, match in dated
            ]
            self._keys = sorted(keys, key=lambda key: key.from_at)

    def rotate(self, overlap_s: float) -> DatedKey:
        """Makes the next key, which signs once the overlap is over. Raises InputError while one is waiting already."""
        now_s = self._clock()
        waiting = [key for key in self._keys if key.from_at > now_s]
        if waiting:
            key_id = waiting[0].signer.key_id
            raise InputError("signing key", expected="no key that waits to sign", got=f"{key_id}, since before")
        path = self._folder / f"signing_key-{int(now_s + overlap_s)}.pem"
        if path.exists():
            raise InputError("signing key", expected="one rotation a second", got=path.name)
        _write_new_key(path)
        self.refresh()
        return next(key for key in self._keys if key.path == path)

    def forget(self, key_id: str) -> None:
        """Removes a key that signs no more: controllers that know no other must be given the new one by hand.

        Raises InputError for any other key.
        """
        gone = next((key for key in self._keys[: self._index] if key.signer.key_id == key_id), None)
        if gone is None:
            old = [key.signer.key_id for key in self._keys[: self._index]]
            raise InputError("key_id", expected=f"a key that signs no more: {old}", got=key_id)
        gone.path.unlink()
        self.refresh()

    @property
    def keys(self) -> list[DatedKey]:
        """All of them, oldest first."""
        return list(self._keys)

    @property
    def signing(self) -> DatedKey:
        """The key that signs now."""
        return self._keys[self._index]

    @property
    def key_id(self) -> str:
        return self.signing.signer.key_id

    @property
    def public_key(self) -> bytes:
        return self.signing.signer.public_key

    def sign(self, document: Mapping[str, Any]) -> bytes:
        """The document signed by the key that signs now."""
        return self.signing.signer.sign(document)

    def published(self) -> list[dict[str, Any]]:
        """The keys that a controller should trust now: the one that signs first, then the next, then the last."""
        now_s = self._clock()
        index = self._index
        last = self._keys[index - 1 : index] if now_s < self._keys[index].from_at + ACCEPTED_S else []
        shown = [self._keys[index], *self._keys[index + 1 :], *last]
        return [{**key.signer.public_document(), "from_at": key.from_at} for key in shown]

    def sign_by(self, key_id: str, document: Mapping[str, Any]) -> bytes | None:
        """The document signed by one of the keys, also an old one; None where there is no such key."""
        key = next((key for key in self._keys if key.signer.key_id == key_id), None)
        return None if key is None else key.signer.sign(document)

    @property
    def _index(self) -> int:
        now_s, index = self._clock(), len(self._keys) - 1
        while index > 0 and self._keys[index].from_at > now_s:
            index -= 1
        return max(index, 0)


def _load(path: Path) -> Signer:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as wrong:
        raise InputError(str(path), expected="an Ed25519 private key in PEM", got=str(wrong)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(str(path), expected="an Ed25519 private key", got=type(key).__name__)
    return Signer(key)


def _write_new_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
