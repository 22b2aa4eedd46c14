"""Signatures: what a controller checks, over the bytes that it received."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from controller.key_ring import KEY_FILE, KeyRing
from controller.signing import Verifier
from junction.errors import InputError

DOCUMENT = {"schema": "x/1", "seq": 7, "issued_at": 1.5, "stage": {"id": "ns", "next": None}, "site_hash": "ab"}


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = KeyRing(tmp_path)
    assert KeyRing(tmp_path).key_id == first.key_id
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_another_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("hello")
    with pytest.raises(InputError, match="Ed25519"):
        KeyRing(tmp_path)


def test_vendor_can_check_without_writing_json(tmp_path: Path) -> None:
    """As docs/timing-api.md tells vendors: cut `"sig":"…",` out of the bytes and check the rest."""
    signer = KeyRing(tmp_path)
    body = signer.sign(DOCUMENT)
    cut = re.sub(rb'"sig":"[^"]*",', b"", body)
    signature = base64.b64decode(orjson.loads(body)["sig"])
    Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signature, cut)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_breaks_it(tmp_path_factory: pytest.TempPathFactory, place: int, flip: int) -> None:
    signer = KeyRing(tmp_path_factory.getbasetemp())
    verifier = Verifier({signer.key_id: signer.public_key})
    body = bytearray(signer.sign(DOCUMENT))
    assert verifier.holds(bytes(body), signer.key_id)
    body[place % len(body)] ^= flip
    assert not verifier.holds(bytes(body), signer.key_id)


def test_unknown_key_and_no_signature(tmp_path: Path) -> None:
    signer = KeyRing(tmp_path)
    body = signer.sign(DOCUMENT)
    assert not Verifier({}).holds(body, signer.key_id)
    assert not Verifier({signer.key_id: signer.public_key}).holds(orjson.dumps(DOCUMENT), signer.key_id)
