"""The store: every query of the service, on SQLite in WAL mode.

One writer task writes in batches. What must survive before it is acknowledged (sequence numbers, overrides, camera
reports) is awaited to disk; controllers' reports and mode changes may lose what came in the last second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, delete, event, func, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from controller.access.audit import Act, append, open_chain
from controller.tables import COUNT_RECORD, LINE_COUNT, METADATA, MODE_CHANGE, OVERRIDE, SEQ_BLOCK, STATUS_REPORT

DATABASE_FILE = "chauraha.sqlite"
BATCH_WAIT_S = 0.5
GATHER_S = 0.02
"""How long an answer that waits for the disk waits for others, so that one write serves them all."""
MAX_PENDING = 100_000
"""Buffered rows past which telemetry is dropped, oldest first: a full disk must not fill the memory too."""

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


class Store:
    """Call `open` before anything else and `close` at the end."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / DATABASE_FILE
        self.engine: AsyncEngine = create_async_engine(f"sqlite+aiosqlite:///{self.path}")
        event.listen(self.engine.sync_engine, "connect", _set_pragmas)
        self._pending: list[_Write] = []
        self._dropped = 0
        self._wake = asyncio.Event()
        self._flushing = asyncio.Lock()
        self._gathering: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Makes the tables where they are missing and starts the writer."""
        async with self.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        await open_chain(self.engine)
        self._writer = asyncio.create_task(self._write_forever(), name="store writer")

    async def close(self) -> None:
        """Writes what is buffered and lets go of the file."""
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        with contextlib.suppress(SQLAlchemyError):
            await self.flush()
        await self.engine.dispose()

    async def reserve_seq(self, count: int, floor: int) -> int:
        """First of `count` sequence numbers that nobody has used, at least `floor`; durable when this returns."""
        statement = (
            insert(SEQ_BLOCK)
            .values(name="control", reserved_until=floor + count)
            .on_conflict_do_update(
                index_elements=["name"],
                set_={"reserved_until": func.max(SEQ_BLOCK.c.reserved_until, floor) + count},
            )
            .returning(SEQ_BLOCK.c.reserved_until)
        )
        async with self.engine.begin() as connection:
            reserved_until = (await connection.execute(statement)).scalar_one()
        return int(reserved_until) - count

    def add_counts(self, record: Row, lines: Sequence[Row]) -> None:
        """Buffers one camera report and its line crossings; writing it twice changes nothing."""
        self._buffer(insert(COUNT_RECORD).on_conflict_do_nothing(), [dict(record)])
        if lines:
            self._buffer(insert(LINE_COUNT).on_conflict_do_nothing(), [dict(line) for line in lines])

    def prune_counts(self, before_at: float) -> None:
        """Buffers the removal of camera reports and line crossings that ended before then."""
        for table in (COUNT_RECORD, LINE_COUNT):
            self._buffer(delete(table).where(table.c.end_at < before_at), [])

    def put_status(self, rows: Sequence[Row]) -> None:
        """Buffers the latest reports (`junction_id`, `received_at`, `body`)."""
        new = insert(STATUS_REPORT)
        kept = {"received_at": new.excluded.received_at, "body": new.excluded.body}
        statement = new.on_conflict_do_update(index_elements=["junction_id"], set_=kept)
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

    async def has_counts(self, camera_id: str, boot_id: str, n: int) -> bool:
        """Whether that report is on disk."""
        query = select(COUNT_RECORD.c.n).where(
            COUNT_RECORD.c.camera_id == camera_id, COUNT_RECORD.c.boot_id == boot_id, COUNT_RECORD.c.n == n
        )
        return bool(await self._rows(query))

    async def highest_count(self, camera_id: str, boot_id: str) -> int | None:
        """The highest `n` on disk of a camera since its start; None for none."""
        query = select(func.max(COUNT_RECORD.c.n).label("n")).where(
            COUNT_RECORD.c.camera_id == camera_id, COUNT_RECORD.c.boot_id == boot_id
        )
        n: int | None = (await self._rows(query))[0]["n"]
        return n

    async def counts(self, junction_id: str, since_at: float, limit: int) -> list[bytes]:
        """Bodies of the last `limit` reports that ended after `since_at`, oldest first."""
        query = (
            select(COUNT_RECORD.c.body)
            .where(COUNT_RECORD.c.junction_id == junction_id, COUNT_RECORD.c.end_at > since_at)
            .order_by(COUNT_RECORD.c.end_at.desc())
            .limit(limit)
        )
        return [bytes(row["body"]) for row in reversed(await self._rows(query))]

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

    async def settle(self) -> None:
        """What is buffered now is on disk when this returns; callers at the same time share one write.

        Raises SQLAlchemyError when it could not be written; it stays buffered.
        """
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather(), name="store settles")
        await asyncio.shield(self._gathering)

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER_S)
        # Who comes from here on may have rows that this write does not take.
        self._gathering = None
        await self.flush()

    async def flush(self) -> None:
        """Writes what is buffered. Raises SQLAlchemyError when it could not; nothing is then lost."""
        async with self._flushing:
            batch, self._pending = self._pending, []
            if not batch:
                return
            try:
                async with self.engine.begin() as connection:
                    for write in batch:
                        await connection.execute(write.statement, write.rows or None)
            except BaseException:
                self._pending = batch + self._pending
                raise

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(BATCH_WAIT_S)
            self._wake.clear()
            try:
                await self.flush()
            except SQLAlchemyError as error:
                _log.error("cannot write %d buffered rows to %s: %s", len(self._pending), self.path, error)
                self._wake.set()

    def _buffer(self, statement: Executable, rows: list[dict[str, Any]]) -> None:
        self._pending.append(_Write(statement, rows))
        if len(self._pending) > MAX_PENDING:
            del self._pending[0]
            self._dropped += 1
        self._wake.set()

    async def _rows(self, query: Executable) -> list[Row]:
        async with self.engine.connect() as connection:
            result = await connection.execute(query)
            return [{str(name): value for name, value in row.items()} for row in result.mappings()]

    async def check(self) -> None:
        """Raises SQLAlchemyError when the database does not answer."""
        await self._rows(text("SELECT 1"))


def _set_pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
