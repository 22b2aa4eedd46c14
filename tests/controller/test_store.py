"""What the store promises: numbers that only rise, reports that count once, overrides that are on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from controller_parts import counts_body
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from controller.counts_ledger import CountsLedger
from controller.schemas import CountsBody
from controller.sequence import BLOCK, SequenceNumbers
from controller.store import OverrideRow, Store


async def opened(url: str) -> Store:
    store = Store(Path("unused"), url)
    await store.open()
    return store


def row(n: int, end_at: float = 10.0, junction_id: str = "J1") -> dict[str, Any]:
    return {
        "camera_id": "c",
        "boot_id": "b",
        "n": n,
        "junction_id": junction_id,
        "end_at": end_at,
        "received_at": 1.0,
        "body": b"{}",
    }


def line(n: int, number: int, junction_id: str = "J1") -> dict[str, Any]:
    return {
        "camera_id": "c",
        "boot_id": "b",
        "n": n,
        "junction_id": junction_id,
        "end_at": 10.0,
        "line": "stop",
        "direction": "a",
        "vehicle_class": "car",
        "number": number,
    }


def change(mode: str) -> dict[str, Any]:
    return {"junction_id": "J1", "at": 1.0, "mode": mode, "cause": "as_planned", "detail": ""}


def override(kind: str, *, from_at: float, until_at: float) -> OverrideRow:
    return OverrideRow(
        junction_id="J1", kind=kind, stage_id="ns", plan_id=None, from_at=from_at, until_at=until_at, reason="test"
    )


async def test_numbers_rise_across_a_crash_without_close(database: str) -> None:
    last = -1
    for _ in range(3):
        store = await opened(database)
        numbers = SequenceNumbers(store)
        for _ in range(BLOCK + 5):
            number = await numbers.take(100.0)
            assert number > last
            last = number
        # No close: the next run opens what a kill would have left.
    await store.close()


async def test_numbers_start_above_the_unix_time(database: str) -> None:
    """So a service that lost its database, with one number a second, starts above all that it gave out."""
    store = await opened(database)
    assert await SequenceNumbers(store).take(1_800_000_000.9) == 1_800_000_000
    assert await SequenceNumbers(store).take(5.0) == 1_800_000_000 + BLOCK
    await store.close()


async def test_two_reservers_never_share_a_number(database: str) -> None:
    one, other = await opened(database), await opened(database)
    starts = await asyncio.gather(*(s.reserve_seq(10, 0) for s in (one, other) * 5))
    assert sorted(starts) == [10 * i for i in range(10)]
    await one.close()
    await other.close()


async def test_a_report_is_kept_once(database: str) -> None:
    store = await opened(database)
    assert await store.keep_counts(row(1), [line(1, 4)])
    assert not await store.keep_counts(row(1), [line(1, 4)])
    assert await store.keep_counts(row(2), [line(2, 3)])
    assert len(await store.counts("J1", 0.0, 10)) == 2
    assert [r["number"] for r in await store.line_totals("J1", 0.0)] == [7]
    assert await store.line_totals("J1", 10.0) == []
    await store.close()
    again = await opened(database)
    assert not await again.keep_counts(row(2), [line(2, 3)])
    await again.close()


async def test_two_cameras_of_one_name_at_two_junctions_take_nothing_from_each_other(database: str) -> None:
    store = await opened(database)
    assert await store.keep_counts(row(1), [line(1, 4)])
    assert await store.keep_counts(row(1, junction_id="J2"), [line(1, 9, junction_id="J2")])
    assert [r["number"] for r in await store.line_totals("J1", 0.0)] == [4]
    assert [r["number"] for r in await store.line_totals("J2", 0.0)] == [9]
    await store.close()


async def test_old_reports_are_removed(database: str) -> None:
    store = await opened(database)
    await store.keep_counts(row(1, end_at=5.0), [])
    await store.keep_counts(row(2, end_at=15.0), [line(2, 3)])
    store.prune_counts(10.0)
    await store.flush()
    assert len(await store.counts("J1", 0.0, 10)) == 1
    assert [r["number"] for r in await store.line_totals("J1", 0.0)] == [3]
    store.prune_counts(20.0)
    await store.flush()
    assert await store.line_totals("J1", 0.0) == []
    await store.close()


async def test_reports_that_come_together_share_one_write_and_each_is_on_disk_when_told(database: str) -> None:
    store, other = await opened(database), await opened(database)
    commits = 0

    def committed(_: Any) -> None:
        nonlocal commits
        commits += 1

    event.listen(store.transactions.engine, "commit", committed)

    async def report(n: int) -> bool:
        await store.keep_counts(row(n), [line(n, 1)])
        return len(await other.counts("J1", 0.0, 100)) > n  # another connection sees only what is on disk

    assert await asyncio.gather(*(report(n) for n in range(20))) == [True] * 20
    assert commits == 1
    assert await report(20)
    assert commits == 2
    told = await asyncio.gather(*(store.keep_counts(row(30), [line(30, 1)]) for _ in range(3)))
    assert sorted(told) == [False, False, True]
    await store.close()
    await other.close()


async def test_a_refused_report_is_told_so_and_is_new_when_it_comes_again(database: str) -> None:
    store = await opened(database)
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE count_record RENAME TO away"))
    for _ in range(3):
        with pytest.raises(SQLAlchemyError):
            await store.keep_counts(row(1), [line(1, 4)])
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO count_record"))
    assert store.pending_rows == 0  # nothing of it waits: the camera has it
    assert await store.keep_counts(row(1), [line(1, 4)])
    assert [r["number"] for r in await store.line_totals("J1", 0.0)] == [4]
    await store.close()


async def test_one_report_that_is_never_taken_keeps_no_other_from_disk(database: str) -> None:
    store = await opened(database)
    bad = {**row(2), "body": None}
    told = await asyncio.gather(*(store.keep_counts(r, []) for r in (row(1), bad, row(3))), return_exceptions=True)
    assert (told[0], told[2]) == (True, True)
    assert isinstance(told[1], IntegrityError)
    assert len(await store.counts("J1", 0.0, 10)) == 2
    await store.close()


async def test_a_camera_that_hangs_up_takes_its_report_back_from_nobody(database: str) -> None:
    store = await opened(database)
    hung_up = asyncio.create_task(store.keep_counts(row(1), []))
    stays = asyncio.create_task(store.keep_counts(row(2), []))
    await asyncio.sleep(0)
    hung_up.cancel()
    assert await stays
    assert not await store.keep_counts(row(1), [])
    await store.close()


async def test_close_writes_what_is_buffered(database: str) -> None:
    store = await opened(database)
    store.add_mode_changes([change("ai")])
    await store.close()
    again = await opened(database)
    assert [r["mode"] for r in await again.mode_changes("J1", 10)] == ["ai"]
    await again.close()


async def test_a_flush_that_is_given_up_midway_writes_everything_once(database: str) -> None:
    store = await opened(database)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    event.listen(store.transactions.engine, "begin", lambda _: loop.call_soon_threadsafe(begun.set))
    store.add_mode_changes([change("ai")])
    given_up = asyncio.create_task(store.flush())
    await begun.wait()
    given_up.cancel()
    await store.flush()
    assert [r["mode"] for r in await store.mode_changes("J1", 10)] == ["ai"]
    await store.close()


async def test_what_the_database_never_takes_is_set_aside_and_the_rest_goes_on(database: str) -> None:
    store = await opened(database)
    store.add_mode_changes([change("ai")])
    store.add_mode_changes([{**change("fixed"), "cause": None}])
    store.add_mode_changes([change("manual")])
    await store.flush()
    assert [r["mode"] for r in await store.mode_changes("J1", 10)] == ["manual", "ai"]
    assert (store.dropped_rows, store.pending_rows) == (1, 0)
    await store.close()


async def test_while_the_database_is_away_the_newest_telemetry_waits_in_order(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.store.MAX_PENDING", 3)
    store = await opened(database)
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE mode_change RENAME TO away"))
    for mode in ("a", "b", "c"):
        store.add_mode_changes([change(mode)])
        with pytest.raises(SQLAlchemyError):
            await store.flush()
    store.add_mode_changes([change("d")])
    assert (store.dropped_rows, store.pending_rows) == (1, 3)
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO mode_change"))
    await store.flush()
    assert [r["mode"] for r in await store.mode_changes("J1", 10)] == ["d", "c", "b"]
    await store.close()


async def test_nothing_is_acknowledged_into_a_file_that_was_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "test.sqlite"
    store = await opened(f"sqlite:///{file}")
    await store.keep_counts(row(1), [])
    away = tmp_path / "away"
    away.mkdir()
    for path in list(tmp_path.glob("test.sqlite*")):
        path.rename(away / path.name)
    for n in (2, 3):
        with pytest.raises(SQLAlchemyError):
            await store.keep_counts(row(n), [])
    for path in list(tmp_path.glob("test.sqlite*")):
        path.unlink()
    for path in away.iterdir():
        path.rename(tmp_path / path.name)
    assert await store.keep_counts(row(2), [])
    assert not await store.keep_counts(row(1), [])
    await store.close()


def test_ledger_lets_a_report_move_things_once_and_forgets_the_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.counts_ledger.KEPT_RECENT", 3)
    monkeypatch.setattr("controller.counts_ledger.MAX_CAMERAS", 2)
    ledger = CountsLedger()

    def seen(n: int, camera: str = "c", junction: str = "J1") -> bool:
        body = counts_body(junction, n, 10.0, camera_id=camera)
        return ledger.first_time(CountsBody.model_validate(body).to_record())

    assert [seen(n) for n in (5, 6, 5, 9, 7, 7, 5)] == [True, True, False, True, True, False, True]
    assert seen(7, junction="J2")
    assert not seen(7)
    assert seen(7, camera="another")
    assert not seen(7)  # asked for just before, so it is J2's that is forgotten
    assert seen(7, junction="J2")


async def test_newest_override_rules_until_it_is_over(database: str) -> None:
    store = await opened(database)
    await store.add_override(override("stage", from_at=0, until_at=100), "asha")
    assert [o.kind for o in await store.live_overrides(50)] == ["stage"]
    assert await store.live_overrides(100) == []
    await store.add_override(override("hold", from_at=10, until_at=60), "asha")
    assert [o.kind for o in await store.live_overrides(50)] == ["hold"]
    await store.add_override(override("release", from_at=20, until_at=20), "asha")
    assert await store.live_overrides(21) == []
    assert [o["kind"] for o in await store.overrides("J1", 10)] == ["release", "hold", "stage"]
    await store.close()


async def test_override_is_on_disk_before_it_is_acknowledged(database: str) -> None:
    store = await opened(database)
    await store.add_override(override("stage", from_at=0, until_at=100), "asha")
    other = await opened(database)
    assert len(await other.live_overrides(1)) == 1
    await other.close()
    await store.close()


async def test_latest_status_is_kept(database: str) -> None:
    store = await opened(database)
    for at in (1.0, 2.0):
        store.put_status([{"junction_id": "J1", "received_at": at, "body": b"%d" % at}])
    await store.flush()
    assert await store.statuses() == [{"junction_id": "J1", "received_at": 2.0, "body": b"2"}]
    await store.close()
