"""The database: SQLite in the service's folder, or PostgreSQL by URL; its engine, and its tables brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from controller.access.audit import open_chain
from controller.migrations import NEWEST
from junction.errors import InputError, MissingPackageError

T = TypeVar("T")

DATABASE_FILE = "chauraha.sqlite"
CONNECT_S = 5.0
STATEMENT_MS = 10_000
"""A PostgreSQL that takes longer for a statement, waiting for locks included, counts as gone."""
WAL_TRIES = 5
WAL_WAIT_S = 0.02
MIGRATION_LOCK = 0x43484155
"""Two services that start at once on one PostgreSQL migrate one after the other."""
EXPECTED = "sqlite:///PATH or postgresql://USER@HOST/NAME"


def database_url(folder: Path, url: str | None) -> str:
    """The URL as given, or the one of the folder's own file."""
    return url or f"sqlite:///{folder / DATABASE_FILE}"


def shown_url(url: str) -> str:
    """For people and logs: without the password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url.partition("://")[0] + "://…"


def make_engine(url: str) -> AsyncEngine:
    """An engine for `sqlite:///PATH` or `postgresql://…`. Raises InputError for another kind of URL.

    Whatever keeps it from connecting comes out of its use as SQLAlchemyError.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError("database", expected=EXPECTED, got=shown_url(url)) from None
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database:
        engine = create_async_engine(f"sqlite+aiosqlite:///{parsed.database}")
        _keep_promises(engine.sync_engine, parsed.database)
        return engine
    if kind == "postgresql":
        return _postgres(parsed.set(drivername="postgresql").render_as_string(hide_password=False))
    raise InputError("database", expected=EXPECTED, got=shown_url(url))


def blocking_engine(engine: AsyncEngine) -> Engine | None:
    """Another engine on the same SQLite, to be used from one thread at a time; None for PostgreSQL."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or file is None:
        return None
    blocking = create_engine(f"sqlite:///{file}")
    _keep_promises(blocking, file)
    return blocking


def upsert(engine: AsyncEngine, table: Any) -> Any:
    """This database's own INSERT, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    # The other database's dialect is not loaded: a start has no time for it.
    return import_module(f"sqlalchemy.dialects.{engine.dialect.name}").insert(table)


async def bring_up_to_date(engine: AsyncEngine) -> None:
    """Makes or migrates the tables, all or nothing, and opens the audit. Raises InputError for a newer database."""
    await in_transaction(engine, _migrate)
    await open_chain(engine)


async def in_transaction(engine: AsyncEngine, act: Callable[[Connection], T]) -> T:
    """Runs what changes tables, alone and all or nothing."""
    async with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # sqlite3 begins no transaction for DDL by itself; this one also keeps a second service out.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        return await connection.run_sync(act)


def revision_of(connection: Connection) -> str | None:
    """Which migration the database is at: None for one without tables, or with those of before there were any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _migrate(connection: Connection) -> None:
    if revision_of(connection) == NEWEST:
        return
    # Only here: importing alembic takes longer than the rest of a start.
    from controller.migrations.run import upgrade

    upgrade(connection)


def _postgres(dsn: str) -> AsyncEngine:
    try:
        asyncpg = import_module("asyncpg")
    except ModuleNotFoundError:
        raise MissingPackageError("asyncpg", extra="postgres") from None

    async def connect() -> Any:
        try:
            return await asyncpg.connect(
                dsn, timeout=CONNECT_S, server_settings={"statement_timeout": str(STATEMENT_MS)}
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as wrong:
            raise OperationalError("connect", {}, wrong) from wrong

    return create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_pre_ping=True, pool_size=10)


def _keep_promises(engine: Engine, file: str) -> None:
    """Whatever is committed on this SQLite is on disk, in that file."""
    event.listen(engine, "connect", _set_pragmas)
    _watch_file(engine, Path(file))


def _watch_file(engine: Engine, path: Path) -> None:
    """SQLite goes on writing to a file that was moved or removed, and what it writes there is lost: such a connection
    is given up, and its commit refused."""

    def file_number() -> int | None:
        try:
            return path.stat().st_ino
        except OSError:
            return None

    @event.listens_for(engine, "connect")
    def opened(_: Any, record: Any) -> None:
        record.info["file"] = file_number()

    @event.listens_for(engine, "checkout")
    def taken(_: Any, record: Any, __: Any) -> None:
        if record.info["file"] != file_number():
            raise DisconnectionError(f"{path} is another file now, or none")

    @event.listens_for(engine, "commit")
    def committed(connection: Connection) -> None:
        if connection.info["file"] != file_number():
            raise OperationalError("COMMIT", {}, FileNotFoundError(f"{path} was moved or removed"))


def _set_pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=5000")
    # SQLite does not wait for others that turn a new file to WAL: it says "locked" at once.
    for attempt in Retrying(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        stop=stop_after_attempt(WAL_TRIES),
        wait=wait_fixed(WAL_WAIT_S),
        reraise=True,
    ):
        with attempt:
            cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
