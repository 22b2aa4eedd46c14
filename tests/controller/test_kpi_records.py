"""Key figures in both databases: minutes add up, quarters follow, the same again changes nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from controller.database import bring_up_to_date, make_engine
from controller.kpi_records import MINUTE_S, QUARTER_S, KpiRecords
from controller.store import Store
from junction.kpi import KpiSums
from junction.mode import Mode


async def ready(url: str) -> tuple[AsyncEngine, KpiRecords]:
    engine = make_engine(url)
    await bring_up_to_date(engine)
    return engine, KpiRecords(engine)


def minute(departed_pcu: float, longest: float | None = None, mode: Mode = Mode.AI) -> KpiSums:
    return KpiSums(
        duration_s=60,
        seen_s=50,
        queue_pcu_s=100,
        departed_pcu=departed_pcu,
        longest_queue_pcu=longest,
        mode_s={mode: 60},
    )


async def test_minutes_add_up_to_quarters_by_junction(database: str) -> None:
    engine, records = await ready(database)
    await records.add_minutes(
        {("J1", 0): minute(5, 3.0), ("J1", 60): minute(7, mode=Mode.DARK), ("J2", 840): minute(1)}
    )
    await records.add_minutes({("J1", 900): minute(11)})
    first = await records.sums(0, QUARTER_S)
    assert first["J1"] == KpiSums(
        duration_s=120,
        seen_s=100,
        queue_pcu_s=200,
        departed_pcu=12,
        longest_queue_pcu=3.0,
        mode_s={Mode.AI: 60, Mode.DARK: 60},
    )
    assert first["J2"].departed_pcu == 1
    assert first["J2"].longest_queue_pcu is None
    assert (await records.sums(0, 2 * QUARTER_S))["J1"].departed_pcu == 23
    assert await records.sums(2 * QUARTER_S, 9 * QUARTER_S) == {}
    waited = await records.waited(0, 3 * QUARTER_S)
    assert {key: table.tolist() for key, table in waited.items()} == {
        "J1": [[200, 12], [100, 11], [0, 0]],
        "J2": [[100, 1], [0, 0], [0, 0]],
    }
    await engine.dispose()


async def test_a_late_camera_adds_to_its_minute_and_its_quarter(database: str) -> None:
    engine, records = await ready(database)
    await records.add_minutes({("J1", 60): minute(5, 3.0)})
    await records.add_minutes({("J1", 60): KpiSums(seen_s=10, queue_pcu_s=20, departed_pcu=2, longest_queue_pcu=9.0)})
    await records.add_minutes({("J1", 60): KpiSums(seen_s=1, longest_queue_pcu=1.0)})
    expected = KpiSums(
        duration_s=60, seen_s=61, queue_pcu_s=120, departed_pcu=7, longest_queue_pcu=9.0, mode_s={Mode.AI: 60}
    )
    assert (await records.sums(0, QUARTER_S))["J1"] == expected
    await engine.dispose()


async def test_quarters_outlive_their_minutes(database: str) -> None:
    store = Store(Path("unused"), database)
    await store.open()
    records = KpiRecords(store.engine)
    await records.add_minutes({("J1", 0): minute(5), ("J1", 1800): minute(6)})
    store.prune_figures(MINUTE_S, 1800)
    await store.flush()
    assert (await records.sums(0, 9000))["J1"].departed_pcu == 11
    await records.add_minutes({("J1", 60): minute(2)})  # a camera that was away for longer than minutes are kept
    assert (await records.sums(0, 9000))["J1"].departed_pcu == 13
    store.prune_figures(QUARTER_S, 1800)
    await store.flush()
    assert (await records.sums(0, 9000))["J1"].departed_pcu == 6
    await store.close()
