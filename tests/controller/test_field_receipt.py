"""Which control documents a field controller refuses, and why."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from controller_parts import NINE_AT, FieldRig, make_site
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.field.receipt import Refusal
from controller.signing import Signer
from junction.site import Site


def ready() -> FieldRig:
    rig = FieldRig()
    rig.run(1)
    return rig


def test_good_document_is_accepted_and_its_number_remembered() -> None:
    rig = ready()
    assert rig.send().accepted
    assert rig.controller.seq_seen == 1
    assert rig.controller.status_document()["seq_seen"] == 1


def test_replay_and_older_are_refused() -> None:
    rig = ready()
    first = rig.document()
    assert rig.controller.receive(first, rig.now_s).accepted
    assert rig.controller.receive(first, rig.now_s).refusal is Refusal.SEQ
    assert rig.send(seq=10).accepted
    assert rig.send(seq=9).refusal is Refusal.SEQ
    assert rig.controller.seq_seen == 10


def test_tampered_document_is_refused() -> None:
    rig = ready()
    body = rig.document(stage_id="ns")
    assert rig.controller.receive(body.replace(b'"id":"ns"', b'"id":"ew"'), rig.now_s).refusal is Refusal.SIGNATURE
    lengthened = body.replace(b'"lease_s":30.0', b'"lease_s":99.0')
    assert lengthened != body
    assert rig.controller.receive(lengthened, rig.now_s).refusal is Refusal.SIGNATURE
    assert rig.controller.receive(body, rig.now_s).accepted


def test_document_may_come_parsed() -> None:
    rig = ready()
    document = orjson.loads(rig.document())
    assert rig.controller.receive(document, rig.now_s).accepted
    document["seq"] += 1
    assert rig.controller.receive(document, rig.now_s).refusal is Refusal.SIGNATURE


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"junction_id": "J2"}, Refusal.JUNCTION),
        ({"site_hash": "0" * 16}, Refusal.SITE_HASH),
        ({"issued_s": NINE_AT + 1 + 31}, Refusal.FUTURE_STAMP),
        ({"issued_s": NINE_AT + 1 + 29}, None),
        ({"issued_s": NINE_AT + 1 - 31}, Refusal.EXPIRED),
        ({"issued_s": NINE_AT + 1 - 29}, None),
        ({"stage_id": "moon"}, Refusal.UNKNOWN_STAGE),
        ({"plan_id": "moon"}, Refusal.UNKNOWN_PLAN),
        ({"plan_id": "J1.noon"}, None),
        ({"signer": Signer(Ed25519PrivateKey.generate())}, Refusal.UNKNOWN_KEY),
        ({"schema": "chauraha.control/2"}, Refusal.MALFORMED),
        ({"extra": 1}, Refusal.MALFORMED),
        ({"lease_s": 1e6}, Refusal.MALFORMED),
    ],
)
def test_refusals(changes: dict[str, Any], refusal: Refusal | None) -> None:
    rig = ready()
    assert rig.send(**changes).refusal is refusal
    told = rig.controller.status_document()["reasons"]
    assert told == ([] if refusal is None else [f"control refused: {refusal}"])
    assert rig.controller.seq_seen == (1 if refusal is None else 0)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"{}", b'"x"', b"\xff", b"{" * 9_000, b" " * 20_000])
def test_malformed(body: bytes) -> None:
    rig = ready()
    assert rig.controller.receive(body, rig.now_s).refusal is Refusal.MALFORMED


def test_a_site_of_another_version_is_refused() -> None:
    site = make_site()
    newer = Site(
        layout=site.layout,
        plans=site.plans,
        table=site.table,
        isolated_plan_id=site.isolated_plan_id,
        backup_time_s=20.0,
    )
    rig, server = ready(), FieldRig(site=newer)
    body = server.document(issued_s=rig.wall_s, signer=rig.signer)
    assert rig.controller.receive(body, rig.now_s).refusal is Refusal.SITE_HASH
