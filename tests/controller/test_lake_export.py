"""Parquet files as a data lake reads them: by day of the city and by junction."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from controller_parts import serving

from controller.database import make_engine
from controller.export import export

DAY = date(2026, 1, 5)


async def test_what_was_counted_is_read_back_by_duckdb(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="pip install -e '.[bench]'")
    async with serving(tmp_path) as rig:
        for junction_id in ("J1", "J1", "J2"):
            await rig.send_counts(junction_id)
            await rig.drive(1)
    lake = tmp_path / "lake"
    engine = make_engine(f"sqlite:///{tmp_path / 'data' / 'chauraha.sqlite'}")
    for _ in range(2):  # a day that was exported before is written anew
        written = await export(engine, lake, DAY, DAY, "Asia/Kolkata")
    assert await export(engine, lake, date(2026, 1, 4), date(2026, 1, 4), "Asia/Kolkata") == []
    await engine.dispose()
    assert sum(rows for file, rows in written if "line_counts" in file.parts) == 3
    lines = duckdb.sql(
        f"SELECT day, junction_id, sum(number) FROM read_parquet('{lake}/line_counts/**/*.parquet', "
        "hive_partitioning=true) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert lines == [(DAY, "J1", 4), (DAY, "J2", 2)]
    figures = duckdb.sql(
        f"SELECT junction_id, sum(departed_pcu) FROM read_parquet('{lake}/kpi/**/*.parquet', hive_partitioning=true) "
        "WHERE level_s = 60 GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert figures == [("J1", 8.0), ("J2", 4.0)]
