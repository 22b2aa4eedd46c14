"""`chauraha backup`: all that must be kept of a service, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from junction.errors import InputError


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write: a gzipped tar.")],
    data: Annotated[Path, typer.Option(help="The service's data folder.")] = Path("var/serve"),
    database: Annotated[
        str | None, typer.Option(envvar="CHAURAHA_DATABASE", help="Set where the database is a PostgreSQL.")
    ] = None,
) -> None:
    """Write the database and the signing keys into a file; the service may be running. Keep the file secret."""
    from controller.data_folder import back_up

    only_sqlite(database, "pg_dump, and copy signing_key*.pem from the data folder")
    back_up(data, file)
    typer.echo(f"{file}: {file.stat().st_size:,} bytes")


def only_sqlite(database: str | None, instead: str) -> None:
    """Raises InputError where the database is a PostgreSQL, which has its own tools."""
    if database is not None and not database.startswith("sqlite"):
        raise InputError(
            "--database", expected="a database in the data folder", got="PostgreSQL", hint=f"use {instead}"
        )
