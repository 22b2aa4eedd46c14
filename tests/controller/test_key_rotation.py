"""Signed sites, plans and keys: what a controller refuses of them; a new signing key without a missed poll."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from controller_parts import NINE_AT, Rig, serving
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_field_client import Watched, real_server

from controller.field.client import ServiceClient
from controller.field.controller import FieldController
from controller.field.files import FieldFiles
from controller.field.heads import FakeSignalHeads
from controller.field.process import run_field
from controller.field.receipt import Refusal, examine_stamped
from controller.key_ring import ACCEPTED_S, KeyRing
from controller.signing import Signer, Verifier
from junction.errors import InputError, ServiceError

DOCUMENTS = {
    "chauraha.site/1": ("/v1/junctions/J1/site", "J1"),
    "chauraha.plan/1": ("/v1/plans/J1:J1.today", "J1"),
    "chauraha.keys/1": ("/v1/keys", None),
}


class Clock:
    def __init__(self, now_s: float = NINE_AT) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize("schema", DOCUMENTS)
async def test_what_is_refused_of_a_stamped_document(tmp_path: Path, schema: str) -> None:
    async with serving(tmp_path) as rig:
        path, junction_id = DOCUMENTS[schema]
        body = (await rig.http.get(path)).content
        ring = rig.service.signer
        seq = orjson.loads(body)["seq"]
        good: dict[str, Any] = {
            "schema": schema,
            "verifier": Verifier({ring.key_id: ring.public_key}),
            "junction_id": junction_id,
            "seq_seen": seq,
            "wall_s": NINE_AT,
        }
        assert examine_stamped(body, **good) is None
        assert examine_stamped(body, **{**good, "wall_s": None}) is None
        for changes, refusal in (
            ({"seq_seen": seq + 1}, Refusal.SEQ),
            ({"wall_s": NINE_AT + 301}, Refusal.EXPIRED),
            ({"wall_s": NINE_AT - 31}, Refusal.FUTURE_STAMP),
            ({"junction_id": "J2"}, Refusal.JUNCTION),
            ({"schema": "chauraha.control/1"}, Refusal.MALFORMED),
            ({"verifier": Verifier({})}, Refusal.UNKNOWN_KEY),
        ):
            assert examine_stamped(body, **{**good, **changes}) is refusal, refusal
        document = orjson.loads(body)
        for field, value in (("seq", seq + 9), ("valid_until", NINE_AT + 1e6), (next(iter(document)), "x")):
            tampered = orjson.dumps({**document, field: value}, option=orjson.OPT_SORT_KEYS)
            assert examine_stamped(tampered, **good) is not None, field
        forged = Signer(Ed25519PrivateKey.generate()).sign({k: v for k, v in document.items() if k != "sig"})
        assert examine_stamped(forged, **good) is Refusal.UNKNOWN_KEY
        assert examine_stamped(b"x" * 2_000_000, **good) is Refusal.MALFORMED


async def test_every_changed_byte_of_a_site_is_noticed(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        body = (await rig.http.get("/v1/junctions/J1/site")).content
        verifier = Verifier({rig.service.signer.key_id: rig.service.signer.public_key})
        for place in range(0, len(body), 97):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            refusal = examine_stamped(
                changed, schema="chauraha.site/1", verifier=verifier, junction_id="J1", seq_seen=0, wall_s=None
            )
            assert refusal is not None, place


def test_the_ring_through_a_rotation(tmp_path: Path) -> None:
    clock = Clock()
    ring = KeyRing(tmp_path, clock)
    first = ring.key_id
    second = ring.rotate(3600.0).signer.key_id
    assert [key["key_id"] for key in ring.published()] == [first, second]
    with pytest.raises(InputError, match="waits"):
        ring.rotate(3600.0)
    clock.now_s += 3599
    assert ring.key_id == first
    clock.now_s += 1
    assert ring.key_id == second
    assert KeyRing(tmp_path, clock).key_id == second
    assert [key["key_id"] for key in ring.published()] == [second, first]
    clock.now_s += ACCEPTED_S
    assert [key["key_id"] for key in ring.published()] == [second]
    assert ring.sign_by(first, {"x": 1}) is not None
    with pytest.raises(InputError, match="signs no more"):
        ring.forget(second)
    ring.forget(first)
    assert ring.sign_by(first, {"x": 1}) is None
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


async def test_no_poll_is_missed_through_a_rotation(tmp_path: Path) -> None:
    """A controller that asks for the keys at any time of the overlap; the service reads the new key's file itself."""
    async with serving(tmp_path) as rig:
        client, controller = await commissioned(rig)
        clock = Clock()
        rig.service.signer._clock = clock
        other = KeyRing(rig.service.settings.data, clock)  # as the command beside the running service
        other.rotate(20.0)
        keys = set()
        for second in range(40):
            clock.now_s += 1
            await rig.drive(1)
            controller.tick(rig.now_s, rig.now_s)
            receipt = controller.receive(await client.poll(controller.status_document()), rig.now_s)
            assert receipt.accepted, (second, receipt.refusal)
            assert receipt.control is not None
            keys.add(receipt.control.key_id)
            if second == 10:
                controller.trust(await client.fetch_keys(controller.trusted, seq_seen=controller.seq_seen))
        assert keys == {key.signer.key_id for key in other.keys}


async def test_a_controller_that_was_away_for_the_whole_overlap(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        client, controller = await commissioned(rig)
        first = rig.service.signer.key_id
        clock = Clock()
        rig.service.signer._clock = clock
        rig.service.signer.rotate(20.0)
        clock.now_s += 10 * ACCEPTED_S
        await rig.drive(1)
        controller.tick(rig.now_s, rig.now_s)
        poll: Callable[[], Awaitable[bytes]] = lambda: client.poll(controller.status_document())  # noqa: E731
        assert controller.receive(await poll(), rig.now_s).refusal is Refusal.UNKNOWN_KEY
        assert controller.meets_unknown_key
        keys = await client.fetch_keys(controller.trusted, seq_seen=controller.seq_seen, wall_s=rig.now_s)
        assert first not in keys
        controller.trust(keys)
        assert controller.receive(await poll(), rig.now_s).accepted


async def test_keys_that_no_trusted_key_vouches_for(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        stranger = Signer(Ed25519PrivateKey.generate())
        trusted = {stranger.key_id: stranger.public_key}
        with pytest.raises(ServiceError, match="404"):
            await ServiceClient(rig.http, "J1").fetch_keys(trusted)
        forged = (await rig.http.get("/v1/keys")).content
        transport = httpx.MockTransport(lambda _: httpx.Response(200, content=forged))
        async with httpx.AsyncClient(transport=transport, base_url="http://s") as http:
            with pytest.raises(ServiceError, match="unknown_key"):
                await ServiceClient(http, "J1").fetch_keys(trusted)


@pytest.mark.slow
async def test_the_process_follows_a_sudden_change_of_keys(tmp_path: Path) -> None:
    """No overlap at all: one poll is refused, the old key vouches for the new, the next poll is good."""
    stop = asyncio.Event()
    async with real_server(tmp_path) as url, httpx.AsyncClient(base_url=url) as http:
        task = asyncio.create_task(run_field("J1", url, tmp_path / "field", make_heads=Watched, stop=stop))
        await _seen(http, 0)
        new = KeyRing(tmp_path / "data").rotate(0.0).signer.key_id
        before = (await http.get("/v1/junctions/J1/status")).json()["report"]["seq_seen"]
        await _seen(http, before + 3)
        stop.set()
        await task
    assert new in (FieldFiles(tmp_path / "field").load_keys() or {})


async def commissioned(rig: Rig) -> tuple[ServiceClient, FieldController]:
    client = ServiceClient(rig.http, "J1")
    keys = await client.fetch_keys()
    site = await client.fetch_site(keys)
    heads = FakeSignalHeads(site.layout)
    return client, FieldController(site, heads, "boot", public_keys=keys, now_s=rig.now_s)


async def _seen(http: httpx.AsyncClient, seq: int) -> None:
    for _ in range(150):
        report = (await http.get("/v1/junctions/J1/status")).json()["report"]
        if report is not None and report["seq_seen"] > seq:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"no report beyond {seq} within 15 s")
