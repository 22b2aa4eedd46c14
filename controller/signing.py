"""Ed25519 signatures of what controllers act on: control, site, plan and key documents.

Such a document is sent as canonical JSON: keys sorted, no white space, UTF-8. What is signed is that text
without its `sig` entry, so a controller may check the bytes it received, with `"sig":"…",` cut out, and needs no
JSON writer of its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALGORITHM = "Ed25519"

_UNSIGNED = b'"sig":"",'
_SIGNATURE = re.compile(rb'"sig":"([A-Za-z0-9+/=]*)",')


def canonical(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: keys sorted, no white space, UTF-8. NaN and infinities become null and so never pass."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def key_id_of(public_key: bytes) -> str:
    """First 16 hex digits of the SHA-256 of the raw 32-byte public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


class Signer:
    """Signs with one key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = key_id_of(self.public_key)

    def sign(self, document: Mapping[str, Any]) -> bytes:
        """The document's canonical bytes with `key_id` and `sig` (base64) added."""
        # Encoded once, with the place where the signature goes; inside a JSON text a quote is never bare.
        before, found, after = canonical({**document, "key_id": self.key_id, "sig": ""}).partition(_UNSIGNED)
        if not found:
            raise ValueError("a document without an entry that comes after sig cannot be signed")
        return b'%b"sig":"%b",%b' % (before, base64.b64encode(self._key.sign(before + after)), after)

    def public_document(self) -> dict[str, str]:
        """What `GET /v1/keys` lists."""
        return {
            "key_id": self.key_id,
            "algorithm": ALGORITHM,
            "public_key": base64.b64encode(self.public_key).decode(),
        }


class Verifier:
    """Checks signatures against the public keys that a controller trusts, by key id."""

    def __init__(self, public_keys: Mapping[str, bytes]) -> None:
        self._keys = {key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in public_keys.items()}

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    @property
    def key_ids(self) -> list[str]:
        """The trusted keys, in the order that they were given."""
        return list(self._keys)

    def holds(self, body: bytes, key_id: str) -> bool:
        """Whether these received bytes carry a good signature by that key."""
        key = self._keys.get(key_id)
        found = _SIGNATURE.search(body)
        if key is None or found is None:
            return False
        try:
            key.verify(base64.b64decode(found[1], validate=True), body[: found.start()] + body[found.end() :])
        except (InvalidSignature, binascii.Error):
            return False
        return True
