"""`chauraha export`: a service's counts and key figures as Parquet."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from junction.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

DAY = ["%Y-%m-%d"]


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write TABLE/day=…/junction_id=…/part.parquet.")],
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day, in the city's time.")],
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last day; default: the first.")] = None,
    timezone: Annotated[str, typer.Option(help="The city's IANA zone.")] = "Asia/Kolkata",
    data: Annotated[Path, typer.Option(help="The service's data folder.")] = Path("var/serve"),
    database: Annotated[
        str | None, typer.Option(envvar="CHAURAHA_DATABASE", help="postgresql://… where it is not in the folder.")
    ] = None,
) -> None:
    """Write counts and key figures of some days as Parquet files; a day that was exported before is written anew."""
    from sqlalchemy.exc import SQLAlchemyError

    from controller.database import DATABASE_FILE, database_url, make_engine, shown_url

    end = last or first
    if end < first:
        raise InputError("--to", expected=f"not before --from ({first.date()})", got=str(end.date()))
    if database is None and not (data / DATABASE_FILE).is_file():
        raise InputError("--data", expected=f"a folder with {DATABASE_FILE}", got=str(data))
    place = database_url(data, database)
    try:
        rows = asyncio.run(_export(make_engine(place), folder, first.date(), end.date(), timezone))
    except SQLAlchemyError as wrong:
        raise InputError("database", expected="the service's", got=shown_url(place), hint=str(wrong)[:200]) from None
    typer.echo(f"{rows:,} rows under {folder}")


async def _export(engine: AsyncEngine, folder: Path, first: date, last: date, timezone: str) -> int:
    from controller.export import export as write

    try:
        return sum(rows for _, rows in await write(engine, folder, first, last, timezone))
    finally:
        await engine.dispose()
