"""What the store promises: numbers that only rise, reports that count once, overrides that are on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from controller.counts_ledger import CountsLedger
from controller.sequence import BLOCK, SequenceNumbers
from controller.store import OverrideRow, Store


def row(n: int, end_at: float = 10.0) -> dict[str, Any]:
    return {
        "camera_id": "c",
        "boot_id": "b",
        "n": n,
        "junction_id": "J1",
        "end_at": end_at,
        "received_at": 1.0,
        "body": b"{}",
    }


def line(n: int, number: int) -> dict[str, Any]:
    return {
        "camera_id": "c",
        "boot_id": "b",
        "n": n,
        "junction_id": "J1",
        "end_at": 10.0,
        "line": "stop",
        "direction": "a",
        "vehicle_class": "car",
        "number": number,
    }


def override(kind: str, *, from_at: float, until_at: float) -> OverrideRow:
    return OverrideRow(
        junction_id="J1", kind=kind, stage_id="ns", plan_id=None, from_at=from_at, until_at=until_at, reason="test"
    )


async def test_numbers_rise_across_a_crash_without_close(tmp_path: Path) -> None:
    last = -1
    for _ in range(3):
        store = Store(tmp_path)
        await store.open()
        numbers = SequenceNumbers(store)
        for _ in range(BLOCK + 5):
            number = await numbers.take(100.0)
            assert number > last
            last = number
        # No close: the next run opens what a kill would have left.
    await store.close()


async def test_numbers_start_above_the_unix_time(tmp_path: Path) -> None:
    """So a service that lost its database, with one number a second, starts above all that it gave out."""
    store = Store(tmp_path)
    await store.open()
    assert await SequenceNumbers(store).take(1_800_000_000.9) == 1_800_000_000
    assert await SequenceNumbers(store).take(5.0) == 1_800_000_000 + BLOCK
    await store.close()


async def test_two_reservers_never_share_a_number(tmp_path: Path) -> None:
    one, other = Store(tmp_path), Store(tmp_path)
    await one.open()
    await other.open()
    starts = await asyncio.gather(*(s.reserve_seq(10, 0) for s in (one, other) * 5))
    assert sorted(starts) == [10 * i for i in range(10)]
    await one.close()
    await other.close()


async def test_a_report_is_written_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    for _ in range(2):
        store.add_counts(row(1), [line(1, 4)])
    store.add_counts(row(2), [line(2, 3)])
    await store.flush()
    assert len(await store.counts("J1", 0.0, 10)) == 2
    assert [r["number"] for r in await store.line_totals("J1", 0.0)] == [7]
    assert await store.line_totals("J1", 10.0) == []
    await store.close()


async def test_old_reports_are_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    store.add_counts(row(1, end_at=5.0), [])
    store.add_counts(row(2, end_at=15.0), [line(2, 3)])
    store.prune_counts(10.0)
    await store.flush()
    assert not await store.has_counts("c", "b", 1)
    assert await store.has_counts("c", "b", 2)
    assert [r["number"] for r in await store.line_totals("J1", 0.0)] == [3]
    store.prune_counts(20.0)
    await store.flush()
    assert await store.line_totals("J1", 0.0) == []
    await store.close()


async def test_close_writes_what_is_buffered(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    store.add_counts(row(1), [])
    await store.close()
    again = Store(tmp_path)
    await again.open()
    assert await again.has_counts("c", "b", 1)
    assert not await again.has_counts("c", "b", 2)
    await again.close()


async def test_settle_writes_what_came_before_it_in_one_write(tmp_path: Path) -> None:
    store, other = Store(tmp_path), Store(tmp_path)
    await store.open()
    await other.open()
    writes = 0
    flush = store.flush

    async def counted_flush() -> None:
        nonlocal writes
        writes += 1
        await flush()

    store.flush = counted_flush  # type: ignore[method-assign]

    async def report(n: int) -> bool:
        store.add_counts(row(n), [line(n, 1)])
        await store.settle()
        return await other.has_counts("c", "b", n)  # another connection sees only what is on disk

    assert await asyncio.gather(*(report(n) for n in range(20))) == [True] * 20
    assert writes == 1
    assert await report(20)
    assert writes == 2
    await store.close()
    await other.close()


async def test_settle_says_when_the_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    store.add_counts(row(1), [])
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE count_record RENAME TO away"))
    with pytest.raises(SQLAlchemyError):
        await store.settle()
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO count_record"))
    await store.settle()
    assert await store.has_counts("c", "b", 1)
    await store.close()


async def test_ledger_knows_late_and_repeated_reports(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    ledger = CountsLedger(store)
    answers = []
    for n in (5, 6, 5, 9, 7, 7, 6):
        new = await ledger.is_new("c", "b", n)
        answers.append(new)
        if new:
            store.add_counts(row(n), [])
    assert answers == [True, True, False, True, True, False, False]
    await store.flush()
    after_restart = CountsLedger(store)
    assert [await after_restart.is_new("c", "b", n) for n in (9, 8, 10, 7)] == [False, True, True, False]
    assert await after_restart.is_new("c", "another boot", 9)
    await store.close()


async def test_newest_override_rules_until_it_is_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    await store.add_override(override("stage", from_at=0, until_at=100), "asha")
    assert [o.kind for o in await store.live_overrides(50)] == ["stage"]
    assert await store.live_overrides(100) == []
    await store.add_override(override("hold", from_at=10, until_at=60), "asha")
    assert [o.kind for o in await store.live_overrides(50)] == ["hold"]
    await store.add_override(override("release", from_at=20, until_at=20), "asha")
    assert await store.live_overrides(21) == []
    assert [o["kind"] for o in await store.overrides("J1", 10)] == ["release", "hold", "stage"]
    await store.close()


async def test_override_is_on_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    await store.add_override(override("stage", from_at=0, until_at=100), "asha")
    other = Store(tmp_path)
    await other.open()
    assert len(await other.live_overrides(1)) == 1
    await other.close()
    await store.close()


async def test_latest_status_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    for at in (1.0, 2.0):
        store.put_status([{"junction_id": "J1", "received_at": at, "body": b"%d" % at}])
    await store.flush()
    assert await store.statuses() == [{"junction_id": "J1", "received_at": 2.0, "body": b"2"}]
    await store.close()
