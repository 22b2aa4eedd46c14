"""Moves a database up and down the steps."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from controller.database import revision_of
from controller.migrations import NEWEST
from junction.errors import InputError

FIRST = "0001"
"""The tables as they were before there were migrations."""


def upgrade(connection: Connection, step: str = "head") -> None:
    """To that step, by default the newest.

    A database from before there were steps is known by its tables and keeps what it holds. Raises InputError for a
    database that a newer version has migrated.
    """
    config = _config(connection)
    at = revision_of(connection)
    if at is not None and at not in _steps(config):
        raise InputError(
            "database",
            expected=f"one of this version, at step {NEWEST} or before",
            got=f"step {at}",
            hint="upgrade first",
        )
    if at is None and inspect(connection).has_table("seq_block"):
        command.stamp(config, FIRST)
    command.upgrade(config, step)


def downgrade(connection: Connection, step: str) -> None:
    """Back to that step, or to "base": no tables. Raises InputError for a step that there is not."""
    config = _config(connection)
    if step != "base" and step not in _steps(config):
        raise InputError("step", expected=f"one of base, {', '.join(_steps(config))}", got=step)
    try:
        command.downgrade(config, step)
    except CommandError as wrong:
        raise InputError("step", expected="one below the database's own", got=step, hint=str(wrong)) from None


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _steps(config: Config) -> list[str]:
    return sorted(step.revision for step in ScriptDirectory.from_config(config).walk_revisions())
