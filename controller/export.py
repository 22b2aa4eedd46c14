"""Counts, key figures and events as Parquet files, partitioned by day and junction, for a data lake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Select, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.tables import EVENT_BATCH, KPI_SUM, LINE_COUNT
from junction.errors import MissingPackageError

EVENTS = "events"
"""The folder of the controllers' events: a row an event, by its own time."""
TABLES: Mapping[str, tuple[Table, str]] = {"line_counts": (LINE_COUNT, "end_at"), "kpi": (KPI_SUM, "begin_at")}
"""By the name of their folder: the table, and the column of its time."""


async def export(engine: AsyncEngine, folder: Path, first: date, last: date, timezone: str) -> list[tuple[Path, int]]:
    """Writes `folder/TABLE/day=…/junction_id=…/part.parquet` for each day of the city from `first` to `last`, both
    included, over what was exported of those days before. Returns the files with their numbers of rows.

    Raises MissingPackageError without pyarrow, SQLAlchemyError.
    """
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        raise MissingPackageError("pyarrow", extra="export") from None
    zone = ZoneInfo(timezone)
    written = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        begin_at = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        after = day + timedelta(days=1)
        end_at = datetime(after.year, after.month, after.day, tzinfo=zone).timestamp()
        async for name, junction_id, part in _parts(engine, begin_at, end_at):
            file = folder / name / f"day={day.isoformat()}" / f"junction_id={junction_id}" / "part.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_suffix(".new")
            parquet.write_table(arrow.Table.from_pylist(part), beside)
            beside.replace(file)
            written.append((file, len(part)))
    return written


async def _parts(
    engine: AsyncEngine, begin_at: float, end_at: float
) -> AsyncIterator[tuple[str, str, list[dict[str, Any]]]]:
    """A day's folders of rows: table, junction, rows."""
    for name, (table, time_column) in TABLES.items():
        that_day = and_(table.c[time_column] >= begin_at, table.c[time_column] < end_at)
        for junction_id in await _column(engine, select(table.c.junction_id).distinct().where(that_day)):
            query = select(table).where(that_day, table.c.junction_id == junction_id).order_by(*table.primary_key)
            yield name, junction_id, await _rows(engine, query)
    # A batch may hold events of two days.
    touches_day = and_(EVENT_BATCH.c.end_at >= begin_at, EVENT_BATCH.c.begin_at < end_at)
    for junction_id in await _column(engine, select(EVENT_BATCH.c.junction_id).distinct().where(touches_day)):
        query = select(EVENT_BATCH.c.body).where(touches_day, EVENT_BATCH.c.junction_id == junction_id)
        events = [event for row in await _rows(engine, query) for event in orjson.loads(row["body"])]
        events.sort()
        rows = [{"at": at, "code": code, "parameter": n} for at, code, n in events if begin_at <= at < end_at]
        if rows:
            yield EVENTS, junction_id, rows


async def _column(engine: AsyncEngine, query: Select[Any]) -> list[str]:
    async with engine.connect() as connection:
        return sorted((await connection.execute(query)).scalars())


async def _rows(engine: AsyncEngine, query: Select[Any]) -> list[dict[str, Any]]:
    """Without the junction: the folder's name says which one it is."""
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).mappings()
        return [{name: value for name, value in row.items() if name != "junction_id"} for row in rows]
