"""From every earlier database to this one and back, on both kinds, with nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from controller import migrations
from controller.access.audit import verify
from controller.database import bring_up_to_date, in_transaction, make_engine, revision_of
from controller.migrations import NEWEST
from controller.migrations.run import downgrade, upgrade
from controller.store import Store
from controller.tables import METADATA
from junction.errors import InputError

RECORD = (
    "INSERT INTO count_record (camera_id, boot_id, n, junction_id, end_at, received_at, body) "
    "VALUES ('c', 'b', 1, :junction, 5.0, 6.0, :body)"
)
LINE = "INSERT INTO line_count VALUES ('c', 'b', 1, 'stop', 'a', 'car', 'J1', 5.0, 3)"


async def on(url: str, act: Callable[[Connection], Any]) -> Any:
    engine = make_engine(url)
    try:
        return await in_transaction(engine, act)
    finally:
        await engine.dispose()


async def up_to_date(url: str) -> None:
    engine = make_engine(url)
    await bring_up_to_date(engine)
    await engine.dispose()


def first_version(connection: Connection) -> None:
    """A database as the first version left it: its tables, no word of steps."""
    upgrade(connection, "0001")
    connection.execute(text("DROP TABLE alembic_version"))
    connection.execute(text(RECORD), {"junction": "J1", "body": b"{}"})
    connection.execute(text(LINE))
    connection.execute(text("INSERT INTO seq_block VALUES ('control', 7000)"))


def test_the_newest_step_is_the_one_that_a_start_looks_for() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [NEWEST]


async def test_migrated_tables_are_those_that_the_code_uses(database: str) -> None:
    await up_to_date(database)

    def compare(connection: Connection) -> None:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        for table in METADATA.sorted_tables:
            found = inspect(connection).get_pk_constraint(table.name)["constrained_columns"]
            assert set(found) == {column.name for column in table.primary_key}, table.name

    await on(database, compare)


async def test_a_database_of_the_first_version_keeps_what_it_holds(database: str) -> None:
    await on(database, first_version)
    store = Store(Path("unused"), database)
    await store.open()
    assert await store.counts("J1", 0.0, 10) == [b"{}"]
    assert [row["number"] for row in await store.line_totals("J1", 0.0)] == [3]
    assert await store.reserve_seq(10, 0) == 7000
    assert (await verify(store.engine)).holds
    await store.close()
    assert await on(database, revision_of) == NEWEST


async def test_down_and_up_again_keeps_reports(database: str) -> None:
    await up_to_date(database)
    await on(database, lambda c: c.execute(text(RECORD), {"junction": "J1", "body": b"x"}))
    await on(database, lambda c: downgrade(c, "0001"))
    assert await on(database, revision_of) == "0001"
    await up_to_date(database)
    assert await on(database, lambda c: c.execute(text("SELECT body FROM count_record")).scalar()) == b"x"
    await on(database, lambda c: downgrade(c, "base"))
    left = await on(database, lambda c: set(inspect(c).get_table_names()))
    assert left <= {"alembic_version"}


async def test_a_step_down_that_would_lose_reports_changes_nothing(database: str) -> None:
    await up_to_date(database)
    for junction in ("J1", "J2"):
        await on(database, lambda c, j=junction: c.execute(text(RECORD), {"junction": j, "body": b"x"}))
    with pytest.raises(SQLAlchemyError):
        await on(database, lambda c: downgrade(c, "0001"))
    assert await on(database, revision_of) == NEWEST
    assert await on(database, lambda c: c.execute(text("SELECT count(*) FROM count_record")).scalar()) == 2


async def test_two_that_start_at_once_migrate_once(database: str) -> None:
    await asyncio.gather(*(up_to_date(database) for _ in range(3)))
    assert await on(database, revision_of) == NEWEST


async def test_a_database_of_a_newer_version_is_refused_whole(database: str) -> None:
    await up_to_date(database)
    await on(database, lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(InputError, match="step 9999"):
        await up_to_date(database)


@pytest.mark.parametrize("url", ["mysql://x/y", "no url", "sqlite://", "postgresql+nothing"])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="expected sqlite:///PATH"):
        make_engine(url)
