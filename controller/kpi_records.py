"""Key figures in the database: minutes, and quarters of an hour that are added up from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable, Select, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.database import upsert
from controller.tables import KPI_SUM
from junction.kpi import KpiSums
from junction.mode import Mode

MINUTE_S, QUARTER_S = 60, 900
MODES = {mode: f"{mode}_s" for mode in Mode}
ADDED = ("duration_s", "seen_s", "simulated_s", "queue_pcu_s", "departed_pcu", *MODES.values())
LONGEST = KPI_SUM.c.longest_queue_pcu


class KpiRecords:
    """Queries on the engine of a store that is open. Times are Unix seconds."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add_minutes(self, minutes: Mapping[tuple[str, int], KpiSums]) -> None:
        """Adds figures to what is stored of those minutes, and brings their quarters up to date, in one transaction.

        Raises SQLAlchemyError; then nothing was added.
        """
        if not minutes:
            return
        rows = [
            {"level_s": MINUTE_S, "junction_id": junction_id, "begin_at": begin_at, **_columns(sums)}
            for (junction_id, begin_at), sums in minutes.items()
        ]
        new = upsert(self._engine, KPI_SUM)
        added = {name: KPI_SUM.c[name] + new.excluded[name] for name in ADDED}
        longest = case(
            (
                func.coalesce(new.excluded.longest_queue_pcu, -1) > func.coalesce(LONGEST, -1),
                new.excluded.longest_queue_pcu,
            ),
            else_=LONGEST,
        )
        statement = new.on_conflict_do_update(
            index_elements=list(KPI_SUM.primary_key), set_={**added, "longest_queue_pcu": longest}
        )
        quarters = sorted({begin_at // QUARTER_S * QUARTER_S for _, begin_at in minutes})
        async with self._engine.begin() as connection:
            await connection.execute(statement, rows)
            for begin_at in quarters:
                await connection.execute(self._roll_up(begin_at, begin_at + QUARTER_S))

    async def rebuild(self, begin_at: int, end_at: int) -> None:
        """Adds the quarters up again from their minutes. Where the minutes are gone already, the quarters stay."""
        async with self._engine.begin() as connection:
            await connection.execute(self._roll_up(begin_at, end_at))

    async def sums(self, begin_at: int, end_at: int) -> dict[str, KpiSums]:
        """By junction, of the quarters that begin in that time. A junction without any is not there."""
        columns = [func.sum(KPI_SUM.c[name]).label(name) for name in ADDED]
        query = (
            select(KPI_SUM.c.junction_id, func.max(LONGEST).label("longest_queue_pcu"), *columns)
            .where(_between(QUARTER_S, begin_at, end_at))
            .group_by(KPI_SUM.c.junction_id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return {str(row["junction_id"]): _sums(row) for row in rows}

    def _roll_up(self, begin_at: int, end_at: int) -> Executable:
        """Every quarter in that time from its minutes; the same again gives the same."""
        quarter = KPI_SUM.c.begin_at - KPI_SUM.c.begin_at % QUARTER_S
        names = ["level_s", "junction_id", "begin_at", "longest_queue_pcu", *ADDED]
        added: Select[Any] = (
            select(
                literal(QUARTER_S),
                KPI_SUM.c.junction_id,
                quarter,
                func.max(LONGEST),
                *(func.sum(KPI_SUM.c[name]) for name in ADDED),
            )
            .where(_between(MINUTE_S, begin_at, end_at))
            .group_by(KPI_SUM.c.junction_id, quarter)
        )
        new = upsert(self._engine, KPI_SUM).from_select(names, added)
        put = {name: new.excluded[name] for name in ("longest_queue_pcu", *ADDED)}
        statement: Executable = new.on_conflict_do_update(index_elements=list(KPI_SUM.primary_key), set_=put)
        return statement


def _between(level_s: int, begin_at: int, end_at: int) -> Any:
    return and_(KPI_SUM.c.level_s == level_s, KPI_SUM.c.begin_at >= begin_at, KPI_SUM.c.begin_at < end_at)


def _columns(sums: KpiSums) -> dict[str, float | None]:
    return {
        "duration_s": sums.duration_s,
        "seen_s": sums.seen_s,
        "simulated_s": sums.simulated_s,
        "queue_pcu_s": sums.queue_pcu_s,
        "departed_pcu": sums.departed_pcu,
        "longest_queue_pcu": sums.longest_queue_pcu,
        **{column: sums.mode_s.get(mode, 0.0) for mode, column in MODES.items()},
    }


def _sums(row: Mapping[Any, Any]) -> KpiSums:
    return KpiSums(
        duration_s=row["duration_s"],
        seen_s=row["seen_s"],
        simulated_s=row["simulated_s"],
        queue_pcu_s=row["queue_pcu_s"],
        departed_pcu=row["departed_pcu"],
        longest_queue_pcu=row["longest_queue_pcu"],
        mode_s={mode: row[column] for mode, column in MODES.items() if row[column]},
    )
