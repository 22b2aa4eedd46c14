"""Batches of events over HTTP: taken once, kept, pruned, exported by their own day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from controller_parts import DAY_AT, Rig, serving

from controller.database import make_engine
from controller.export import export

PATH = "/v1/junctions/J1/events"


def batch(n: int, *times_at: float, **changes: Any) -> dict[str, Any]:
    events = [{"at": at, "code": 1, "parameter": 2} for at in times_at]
    return {"schema": "chauraha.events/1", "boot_id": "b", "n": n, "events": events} | changes


async def send(rig: Rig, body: dict[str, Any]) -> dict[str, Any]:
    answer = await rig.http.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_batch_is_taken_once_also_over_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        assert await send(rig, batch(1, rig.now_s)) == {"accepted": True, "duplicate": False}
        assert await send(rig, batch(1, rig.now_s)) == {"accepted": False, "duplicate": True}
        assert (await send(rig, batch(1, rig.now_s, boot_id="other")))["accepted"]
        at = rig.now_s
    async with serving(tmp_path, start_s=at) as rig:
        assert not (await send(rig, batch(1, at)))["accepted"]


async def test_events_of_a_time_are_given_in_order(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        now = rig.now_s
        await send(rig, batch(1, now - 10, now - 4000, now - 20))
        await send(rig, batch(2, now - 30, now))

        async def seconds_ago(**query: float) -> list[float]:
            document = (await rig.http.get(PATH, params=query)).json()
            assert all(event.keys() == {"at", "code", "parameter"} for event in document["events"])
            return [now - event["at"] for event in document["events"]]

        assert await seconds_ago() == [30, 20, 10]  # an hour, up to now and without it
        assert await seconds_ago(to=now + 1, **{"from": now - 20}) == [20, 10, 0]
        assert await seconds_ago(to=now - 3600) == [4000]
        for query in ({"from": now}, {"from": now - 90_000}, {"to": "x"}):
            assert (await rig.http.get(PATH, params=query)).status_code == 422, query


REFUSED: list[dict[str, Any]] = [
    {"events": []},
    {"events": [{"at": False, "code": 1, "parameter": 1}]},
    {"events": [{"at": str(DAY_AT), "code": 1, "parameter": 1}]},
    {"events": [{"at": DAY_AT, "code": 256, "parameter": 1}]},
    {"events": [{"at": DAY_AT, "code": 1, "parameter": -1}]},
    {"events": [{"at": DAY_AT + 1e6, "code": 1, "parameter": 1}]},
    {"events": [{"at": DAY_AT, "code": 1, "parameter": 1}] * 1_001},
    {"n": -1},
    {"n": True},
    {"more": 1},
]


async def test_what_is_no_batch_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        for changes in REFUSED:
            assert (await rig.http.post(PATH, json=batch(1, rig.now_s) | changes)).status_code == 422, changes
        assert (await send(rig, batch(1, rig.now_s)))["accepted"], "nothing of them was kept"


async def test_events_are_exported_by_their_own_day(tmp_path: Path) -> None:
    """A batch over midnight is in both days' files, each event in one."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="pip install -e '.[export]'")
    async with serving(tmp_path, start_s=DAY_AT + 60) as rig:
        await send(rig, batch(2, DAY_AT + 20, DAY_AT + 10))
        await send(rig, batch(1, DAY_AT - 5, DAY_AT + 5))
    engine = make_engine(f"sqlite:///{tmp_path / 'data' / 'chauraha.sqlite'}")
    written = await export(engine, tmp_path / "lake", date(2026, 1, 4), date(2026, 1, 5), "Asia/Kolkata")
    await engine.dispose()
    found = {
        file.parts[-3]: parquet.ParquetFile(file).read().to_pylist() for file, _ in written if "events" in file.parts
    }
    assert {day: [row["at"] - DAY_AT for row in rows] for day, rows in found.items()} == {
        "day=2026-01-04": [-5],
        "day=2026-01-05": [5, 10, 20],
    }
    assert found["day=2026-01-04"] == [{"at": DAY_AT - 5, "code": 1, "parameter": 2}]


async def test_old_events_are_removed(tmp_path: Path) -> None:
    async with serving(tmp_path, keep_events_days=1) as rig:
        await send(rig, batch(1, rig.now_s))
        await send(rig, batch(2, rig.now_s + 20))
        rig.service.store.prune_events(rig.now_s + 10)
        await rig.service.store.flush()
        assert (await send(rig, batch(1, rig.now_s)))["accepted"]
        assert not (await send(rig, batch(2, rig.now_s)))["accepted"]
