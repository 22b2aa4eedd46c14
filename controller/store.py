"""The store: every query of the service, on SQLite in WAL mode or on PostgreSQL.

What must survive before it is acknowledged (sequence numbers, overrides, camera reports) is awaited to disk, and
refused when the disk refuses. The rest (controllers' reports, mode changes) is buffered and written in batches by one
task: it may lose what came in the last second, or the oldest while the database is away for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, case, delete, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from controller.access.audit import Act, append
from controller.database import bring_up_to_date, database_url, make_engine, shown_url, upsert
from controller.tables import (
    COUNT_RECORD,
    EVENT_BATCH,
    KPI_SUM,
    LINE_COUNT,
    MODE_CHANGE,
    OVERRIDE,
    SEQ_BLOCK,
    STATUS_REPORT,
)
from controller.transactions import Transactions
from controller.trouble import Trouble

BATCH_WAIT_S = 0.5
GATHER_S = 0.02
"""How long an answer that waits for the disk waits for others, so that one write serves them all."""
MAX_PENDING = 100_000
"""Buffered writes past which the oldest are dropped: a full disk must not fill the memory too."""

Row = Mapping[str, Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class OverrideRow:
    """One operator's override. `kind` is "hold", "stage", "plan" or "release"."""

    junction_id: str
    kind: str
    stage_id: str | None
    plan_id: str | None
    from_at: float
    until_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class _Write:
    statement: Executable
    rows: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Report:
    """A camera's report on its way to disk. `kept` becomes whether it was new."""

    record: Row
    lines: Sequence[Row]
    kept: asyncio.Future[bool]

    @property
    def key(self) -> tuple[Any, ...]:
        return tuple(self.record[column.name] for column in COUNT_RECORD.primary_key)


class Store:
    """Call `open` before anything else and `close` at the end."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """`url` None: SQLite in the folder. Raises InputError for a URL of another kind of database."""
        place = database_url(folder, url)
        self.name = shown_url(place)
        self.engine: AsyncEngine = make_engine(place)
        self.transactions = Transactions(self.engine)
        self.dropped_rows = 0
        """Rows lost since the start: the oldest of a full buffer, and those that the database refused for good."""
        self._pending: deque[_Write] = deque()
        self.trouble = Trouble(_log, f"{self.name} cannot be used")
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._waiting: list[_Report] = []
        self._gathering: asyncio.Task[None] | None = None
        self._unfinished: set[asyncio.Task[None]] = set()
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Brings the tables up to date and starts the writer.

        Raises SQLAlchemyError, and InputError for a database of a newer version.
        """
        await bring_up_to_date(self.engine)
        self._writer = asyncio.create_task(self._write_forever(), name="store writer")

    async def close(self) -> None:
        """Writes what is buffered and lets go of the database."""
        await asyncio.gather(*self._unfinished, return_exceptions=True)
        if self._writer is not None:
            async with self._writing:  # cut off in a write, it would leave a lock that keeps the last flush out
                self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        with contextlib.suppress(SQLAlchemyError):
            await self.flush()
        self.transactions.close()
        await self.engine.dispose()

    @property
    def pending_rows(self) -> int:
        """Buffered writes that are not in the database yet."""
        return len(self._pending)

    async def reserve_seq(self, count: int, floor: int) -> int:
        """First of `count` sequence numbers that nobody has used, at least `floor`; durable when this returns."""
        used = SEQ_BLOCK.c.reserved_until
        statement = (
            upsert(self.engine, SEQ_BLOCK)
            .values(name="control", reserved_until=floor + count)
            .on_conflict_do_update(
                index_elements=["name"], set_={"reserved_until": case((used > floor, used), else_=floor) + count}
            )
            .returning(used)
        )
        async with self.engine.begin() as connection:
            reserved_until = (await connection.execute(statement)).scalar_one()
        return int(reserved_until) - count

    async def keep_counts(self, record: Row, lines: Sequence[Row]) -> bool:
        """A camera's report and its line crossings, on disk when this returns; False for one that was there already.

        Reports that come at the same time share one write. Raises SQLAlchemyError when it is not on disk.
        """
        report = _Report(record=record, lines=lines, kept=asyncio.get_running_loop().create_future())
        self._waiting.append(report)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather(), name="store keeps counts")
            self._unfinished.add(self._gathering)
            self._gathering.add_done_callback(self._unfinished.discard)
        return await report.kept

    def prune_counts(self, before_at: float) -> None:
        """Buffers the removal of camera reports and line crossings that ended before then."""
        for table in (COUNT_RECORD, LINE_COUNT):
            self._buffer(delete(table).where(table.c.end_at < before_at), [])

    async def keep_events(self, row: Row) -> bool:
        """A batch of events, on disk when this returns; False for one that was there. Raises SQLAlchemyError."""
        statement = upsert(self.engine, EVENT_BATCH).on_conflict_do_nothing().returning(EVENT_BATCH.c.n)
        async with self.engine.begin() as connection:
            return (await connection.execute(statement, [dict(row)])).first() is not None

    async def event_batches(self, junction_id: str, begin_at: float, end_at: float) -> list[bytes]:
        """Bodies of a junction's batches that may hold events of that time."""
        mine, its_time = EVENT_BATCH.c.junction_id == junction_id, EVENT_BATCH.c.end_at >= begin_at
        query = select(EVENT_BATCH.c.body).where(mine, its_time, EVENT_BATCH.c.begin_at < end_at)
        return [bytes(row["body"]) for row in await self._rows(query)]

    def prune_events(self, before_at: float) -> None:
        """Buffers the removal of batches of events that ended before then."""
        self._buffer(delete(EVENT_BATCH).where(EVENT_BATCH.c.end_at < before_at), [])

    def prune_figures(self, level_s: int, before_at: float) -> None:
        """Buffers the removal of key figures of a level that began before then."""
        self._buffer(delete(KPI_SUM).where(KPI_SUM.c.level_s == level_s, KPI_SUM.c.begin_at < int(before_at)), [])

    def put_status(self, rows: Sequence[Row]) -> None:
        """Buffers the latest reports (`junction_id`, `received_at`, `body`)."""
        new = upsert(self.engine, STATUS_REPORT)
        kept = {"received_at": new.excluded.received_at, "body": new.excluded.body}
        statement = new.on_conflict_do_update(index_elements=["junction_id"], set_=kept)
        self._buffer(statement, [dict(row) for row in rows])

    def add(self, statement: Executable, rows: Sequence[Row]) -> None:
        """Buffers rows of another record's statement, after what is buffered already."""
        self._buffer(statement, [dict(row) for row in rows])

    def add_mode_changes(self, rows: Sequence[Row]) -> None:
        """Buffers changes of mode (`junction_id`, `at`, `mode`, `cause`, `detail`)."""
        self._buffer(insert(MODE_CHANGE), [dict(row) for row in rows])

    async def add_override(self, row: OverrideRow, actor: str) -> None:
        """Durable with its audit row when this returns. Raises SQLAlchemyError when it could not be written."""
        values = {name: getattr(row, name) for name in OverrideRow.__slots__}
        told = {name: value for name, value in values.items() if name != "junction_id"}
        async with self.engine.begin() as connection:
            await append(connection, Act(actor=actor, action="override", subject=row.junction_id, detail=told))
            await connection.execute(insert(OVERRIDE).values(values))

    async def live_overrides(self, now_s: float) -> list[OverrideRow]:
        """The newest override of each junction, where it is no release and not over."""
        newest = select(func.max(OVERRIDE.c.id)).group_by(OVERRIDE.c.junction_id)
        query = select(OVERRIDE).where(
            OVERRIDE.c.id.in_(newest), OVERRIDE.c.kind != "release", OVERRIDE.c.until_at > now_s
        )
        rows = await self._rows(query)
        return [OverrideRow(**{name: row[name] for name in OverrideRow.__slots__}) for row in rows]

    async def overrides(self, junction_id: str, limit: int) -> list[Row]:
        """The last overrides of a junction, newest first."""
        query = select(OVERRIDE).where(OVERRIDE.c.junction_id == junction_id)
        return await self._rows(query.order_by(OVERRIDE.c.id.desc()).limit(limit))

    async def mode_changes(self, junction_id: str, limit: int) -> list[Row]:
        """The last changes of mode of a junction, newest first."""
        query = select(MODE_CHANGE).where(MODE_CHANGE.c.junction_id == junction_id)
        return await self._rows(query.order_by(MODE_CHANGE.c.id.desc()).limit(limit))

    async def statuses(self) -> list[Row]:
        """The latest report of every junction."""
        return await self._rows(select(STATUS_REPORT))

    async def counts(self, junction_id: str, since_at: float, limit: int) -> list[bytes]:
        """Bodies of the last `limit` reports that ended after `since_at`, oldest first."""
        query = (
            select(COUNT_RECORD.c.body)
            .where(COUNT_RECORD.c.junction_id == junction_id, COUNT_RECORD.c.end_at > since_at)
            .order_by(COUNT_RECORD.c.end_at.desc())
            .limit(limit)
        )
        return [bytes(row["body"]) for row in reversed(await self._rows(query))]

    async def last_counts(self, junction_id: str, within_s: float) -> list[bytes]:
        """Bodies of the reports that ended at most so long before the junction's last one, oldest first."""
        here = COUNT_RECORD.c.junction_id == junction_id
        last = select(func.max(COUNT_RECORD.c.end_at)).where(here).scalar_subquery()
        query = select(COUNT_RECORD.c.body).where(here, COUNT_RECORD.c.end_at >= last - within_s)
        return [bytes(row["body"]) for row in await self._rows(query.order_by(COUNT_RECORD.c.end_at))]

    async def line_totals(self, junction_id: str, since_at: float) -> list[Row]:
        """Sums of line crossings since then: `line`, `direction`, `vehicle_class`, `number`."""
        by = (LINE_COUNT.c.line, LINE_COUNT.c.direction, LINE_COUNT.c.vehicle_class)
        query = (
            select(*by, func.sum(LINE_COUNT.c.number).label("number"))
            .where(LINE_COUNT.c.junction_id == junction_id, LINE_COUNT.c.end_at > since_at)
            .group_by(*by)
            .order_by(*by)
        )
        return await self._rows(query)

    async def flush(self) -> None:
        """Writes what is buffered. Raises SQLAlchemyError when the database is away; nothing is then lost.

        Given up from outside it goes on: what is on its way to disk must not come back into the buffer.
        """
        flushing = asyncio.create_task(self._flush(), name="store flush")
        self._unfinished.add(flushing)
        flushing.add_done_callback(self._unfinished.discard)
        await asyncio.shield(flushing)

    async def _flush(self) -> None:
        async with self._writing:
            batch = list(self._pending)
            self._pending.clear()
            if not batch:
                return
            try:
                await self._write(batch)
            except (DataError, IntegrityError):
                await self._write_one_by_one(batch)
            except BaseException:
                self._pending.extendleft(reversed(batch))
                raise

    async def _write(self, batch: Sequence[_Write]) -> None:
        def write_all(connection: Connection) -> None:
            for write in batch:
                connection.execute(write.statement, write.rows or None)

        await self.transactions.run(write_all)

    async def _write_one_by_one(self, batch: Sequence[_Write]) -> None:
        """So that what the database will never take does not keep the rest from it."""
        for done, write in enumerate(batch):
            try:
                await self._write([write])
            except (DataError, IntegrityError) as wrong:
                self.dropped_rows += len(write.rows) or 1
                _log.error("set aside, for the database refuses it: %s", wrong)
            except BaseException:
                self._pending.extendleft(reversed(batch[done:]))
                raise

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(BATCH_WAIT_S)
            self._wake.clear()
            try:
                await self.flush()
                self.trouble.over()
            except SQLAlchemyError as error:
                self.trouble.failed(error)
                self._wake.set()

    def _buffer(self, statement: Executable, rows: list[dict[str, Any]]) -> None:
        self._pending.append(_Write(statement, rows))
        if len(self._pending) > MAX_PENDING:
            self.dropped_rows += len(self._pending.popleft().rows) or 1
        self._wake.set()

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER_S)
        # Who comes from here on waits for the next write.
        self._gathering = None
        reports, self._waiting = self._waiting, []
        async with self._writing:
            try:
                await self._keep(reports)
            except (DataError, IntegrityError):
                for report in reports:
                    await self._keep_alone(report)
            except Exception as error:  # whatever it is, they must not wait for ever
                for report in reports:
                    _tell(report, error)

    async def _keep_alone(self, report: _Report) -> None:
        try:
            await self._keep([report])
        except Exception as error:
            _tell(report, error)

    async def _keep(self, reports: Sequence[_Report]) -> None:
        """All of them in one transaction; of two with the same key the first is the new one."""
        first = {report.key: report for report in reversed(reports)}
        records = upsert(self.engine, COUNT_RECORD).on_conflict_do_nothing().returning(*COUNT_RECORD.primary_key)
        lines = upsert(self.engine, LINE_COUNT).on_conflict_do_nothing()

        def keep(connection: Connection) -> set[tuple[Any, ...]]:
            result = connection.execute(records, [dict(report.record) for report in first.values()])
            new = {tuple(row) for row in result}
            crossed = [dict(line) for key in new for line in first[key].lines]
            if crossed:
                connection.execute(lines, crossed)
            return new

        new = await self.transactions.run(keep)
        for report in reports:
            if not report.kept.done():
                report.kept.set_result(report.key in new and report is first[report.key])

    async def _rows(self, query: Executable) -> list[Row]:
        async with self.engine.connect() as connection:
            result = await connection.execute(query)
            return [{str(name): value for name, value in row.items()} for row in result.mappings()]

    async def check(self) -> None:
        """Raises SQLAlchemyError when the database does not answer."""
        await self._rows(text("SELECT 1"))


def _tell(report: _Report, error: Exception) -> None:
    if not report.kept.done():  # a camera that hung up waits no longer
        report.kept.set_exception(error)
