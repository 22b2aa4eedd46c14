"""`chauraha restore`: a backup in place of what a service's folder holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def restore(
    file: Annotated[Path, typer.Argument(help="A file that chauraha backup wrote.")],
    data: Annotated[Path, typer.Option(help="The data folder of the service, which must not be running.")] = Path(
        "var/serve"
    ),
    database: Annotated[
        str | None, typer.Option(envvar="CHAURAHA_DATABASE", help="Set where the database is a PostgreSQL.")
    ] = None,
) -> None:
    """Put a backup in place once it is known to be whole. What the folder held is moved aside, not removed."""
    from chauraha.backup import only_sqlite
    from controller.data_folder import restore as put_back

    only_sqlite(database, "pg_restore, and copy signing_key*.pem into the data folder")
    away = asyncio.run(put_back(file, data))
    typer.echo(f"{data} is as {file} has it" + ("" if away is None else f"; what it held is in {away}"))
