"""Key figures in the database: minutes, and the quarters of an hour that they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.database import upsert
from controller.tables import KPI_SUM
from junction.kpi import KpiSums
from junction.mode import Mode

MINUTE_S, QUARTER_S = 60, 900
ROWS_AT_A_TIME = 1_000
MODES = {mode: f"{mode}_s" for mode in Mode}
PLAIN = ("duration_s", "seen_s", "simulated_s", "queue_pcu_s", "departed_pcu", "greens", "failed_greens")
"""Columns named as their field of `KpiSums`."""
ADDED = (*PLAIN, *MODES.values())
LONGEST = KPI_SUM.c.longest_queue_pcu


class KpiRecords:
    """Queries on the engine of a store that is open. Times are Unix seconds."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add_minutes(self, minutes: Mapping[tuple[str, int], KpiSums]) -> None:
        """Adds figures to what is stored of those minutes and of their quarters, in one transaction.

        Added rather than summed up again: a quarter outlives its minutes. Raises SQLAlchemyError; then nothing was
        added.
        """
        if not minutes:
            return
        quarters: dict[tuple[str, int], KpiSums] = {}
        for (junction_id, begin_at), sums in minutes.items():
            quarter = (junction_id, begin_at // QUARTER_S * QUARTER_S)
            quarters[quarter] = quarters.get(quarter, KpiSums()) + sums
        rows = [
            {"level_s": level_s, "junction_id": junction_id, "begin_at": begin_at, **_columns(sums)}
            for level_s, parts in ((MINUTE_S, minutes), (QUARTER_S, quarters))
            for (junction_id, begin_at), sums in parts.items()
        ]
        new = upsert(self._engine, KPI_SUM)
        longest = new.excluded.longest_queue_pcu
        put = {name: KPI_SUM.c[name] + new.excluded[name] for name in ADDED}
        put[LONGEST.name] = case((func.coalesce(longest, -1) > func.coalesce(LONGEST, -1), longest), else_=LONGEST)
        async with self._engine.begin() as connection:
            await connection.execute(
                new.on_conflict_do_update(index_elements=list(KPI_SUM.primary_key), set_=put), rows
            )

    async def minutes(self, begin_at: int) -> dict[tuple[str, int], KpiSums]:
        """By junction and begin, those that begin then or later."""
        query = select(KPI_SUM).where(KPI_SUM.c.level_s == MINUTE_S, KPI_SUM.c.begin_at >= begin_at)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return {(str(row["junction_id"]), int(row["begin_at"])): _sums(row) for row in rows}

    async def sums(self, begin_at: int, end_at: int) -> dict[str, KpiSums]:
        """By junction, of the quarters that begin in that time. A junction without any is not there."""
        columns = [func.sum(KPI_SUM.c[name]).label(name) for name in ADDED]
        query = (
            select(KPI_SUM.c.junction_id, func.max(LONGEST).label("longest_queue_pcu"), *columns)
            .where(KPI_SUM.c.level_s == QUARTER_S, KPI_SUM.c.begin_at >= begin_at, KPI_SUM.c.begin_at < end_at)
            .group_by(KPI_SUM.c.junction_id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return {str(row["junction_id"]): _sums(row) for row in rows}

    async def waited(self, begin_at: int, end_at: int) -> dict[str, NDArray[np.float64]]:
        """By junction, for each quarter of that time: PCU seconds waited and PCU gone, (quarters, 2).

        Zeros where nothing was seen; a junction without any quarter is not there.
        """
        columns = (KPI_SUM.c.junction_id, KPI_SUM.c.begin_at, KPI_SUM.c.queue_pcu_s, KPI_SUM.c.departed_pcu)
        query = select(*columns).where(
            KPI_SUM.c.level_s == QUARTER_S, KPI_SUM.c.begin_at >= begin_at, KPI_SUM.c.begin_at < end_at
        )
        found: dict[str, NDArray[np.float64]] = {}
        async with self._engine.connect() as connection:
            # A month of a city is 100,000 rows: in parts, so that polls are answered in between.
            async for rows in (await connection.stream(query)).partitions(ROWS_AT_A_TIME):
                for junction_id, quarter_at, queue_pcu_s, departed_pcu in rows:
                    if junction_id not in found:
                        found[junction_id] = np.zeros(((end_at - begin_at) // QUARTER_S, 2))
                    found[junction_id][(quarter_at - begin_at) // QUARTER_S] = queue_pcu_s, departed_pcu
        return found


def _columns(sums: KpiSums) -> dict[str, float | None]:
    plain = {name: getattr(sums, name) for name in (*PLAIN, LONGEST.name)}
    return {**plain, **{column: sums.mode_s.get(mode, 0.0) for mode, column in MODES.items()}}


def _sums(row: Mapping[Any, Any]) -> KpiSums:
    plain = {name: row[name] for name in (*PLAIN, LONGEST.name)}
    return KpiSums(**plain, mode_s={mode: row[column] for mode, column in MODES.items() if row[column]})
