"""Counts from a broker: taken once, acknowledged when on disk, and whatever comes there is survived."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosqlite import connect
from controller_parts import counts_body, serving
from mosquitto import Broker
from sqlalchemy import text

from controller.database import DATABASE_FILE
from junction.broker import counts_topic

PATIENCE_S = 15.0
CAMERA = "J1-cam"


def publish(broker: Broker, payload: bytes | dict[str, Any], topic: str | None = None) -> None:
    from paho.mqtt import publish

    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    publish.single(topic or counts_topic("J1", CAMERA), body, qos=1, hostname="127.0.0.1", port=broker.port)


async def until(true: Callable[[], Any]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, "not within the patience of this test"
        await asyncio.sleep(0.02)


async def numbers(rig: Any) -> list[int]:
    return [json.loads(body)["n"] for body in await rig.service.store.counts("J1", 0.0, 100)]


async def test_records_move_the_observation_and_twice_is_once(broker: Broker, tmp_path: Path) -> None:
    async with serving(tmp_path, mqtt=broker.url) as rig:
        ingest = rig.service.mqtt
        await until(lambda: ingest.connected)
        body = counts_body("J1", 7, rig.now_s)
        for _ in range(2):
            await asyncio.to_thread(publish, broker, body)
        await until(lambda: "n1" in rig.service.states["J1"].seen)
        await asyncio.to_thread(publish, broker, counts_body("J1", 8, rig.now_s))
        await until(lambda: rig.service.metrics.new_records._value.get() == 2)
        assert await numbers(rig) == [7, 8]
        assert rig.service.metrics.known_records._value.get() == 1
        assert ingest.refused == 0


async def test_what_was_published_while_the_service_was_away_comes_when_it_is_back(
    broker: Broker, tmp_path: Path
) -> None:
    async with serving(tmp_path, mqtt=broker.url) as rig:
        await until(lambda: rig.service.mqtt.connected)
        now_s = rig.now_s
        await asyncio.sleep(0.3)
    for n in range(5):
        await asyncio.to_thread(publish, broker, counts_body("J1", n, now_s))
    broker.stop()
    broker.start()
    async with serving(tmp_path, mqtt=broker.url, start_s=now_s) as rig:
        await until(lambda: rig.service.metrics.new_records._value.get() == 5)
        assert sorted(await numbers(rig)) == [0, 1, 2, 3, 4]


async def test_not_acknowledged_before_it_is_on_disk(broker: Broker, tmp_path: Path) -> None:
    """The store refuses; the service ends meanwhile; the broker still has the record for the next one."""
    async with serving(tmp_path, mqtt=broker.url) as rig:
        await until(lambda: rig.service.mqtt.connected)
        now_s = rig.now_s

        async with rig.service.store.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE count_record RENAME TO away"))
        await asyncio.to_thread(publish, broker, counts_body("J1", 1, now_s))
        await until(lambda: rig.service.mqtt._unwritten.is_on)
    async with connect(tmp_path / "data" / DATABASE_FILE) as connection:
        await connection.execute("ALTER TABLE away RENAME TO count_record")
    async with serving(tmp_path, mqtt=broker.url, start_s=now_s) as rig:
        await until(lambda: rig.service.metrics.new_records._value.get() == 1)
        assert await numbers(rig) == [1]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (None, b"no json"),
        (None, b'{"schema": "chauraha.counts/1"}'),
        (counts_topic("J2", CAMERA), None),
        (counts_topic("J1", "other"), None),
        (counts_topic("nowhere", CAMERA), {"junction_id": "nowhere"}),
        (None, {"end_at": 1e10, "begin_at": 1e10 - 1}),
    ],
)
async def test_what_is_no_record_of_ours_is_told_once_and_holds_nothing_up(
    broker: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture, topic: str | None, payload: Any
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(tmp_path, mqtt=broker.url) as rig:
        await until(lambda: rig.service.mqtt.connected)
        good = counts_body("J1", 1, rig.now_s)
        bad = payload if isinstance(payload, bytes) else {**good, **(payload or {})}
        for _ in range(3):
            await asyncio.to_thread(publish, broker, bad, topic)
        await until(lambda: rig.service.mqtt.refused == 3)
        await asyncio.to_thread(publish, broker, good)
        await until(lambda: rig.service.metrics.new_records._value.get() == 1)
    assert len([r for r in caplog.records if "are refused" in r.getMessage()]) == 1


async def test_a_broker_that_is_away_is_told_once_and_holds_nothing_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("paho.mqtt.client", reason="install 'chauraha[mqtt]'")
    async with serving(tmp_path, mqtt="mqtt://city:secret@127.0.0.1:9") as rig:
        await until(lambda: rig.service.mqtt._away.is_on)
        await rig.live(2)
        assert not rig.service.mqtt.connected
    assert len([r for r in caplog.records if "MQTT broker" in r.getMessage()]) == 1
    assert "secret" not in caplog.text
