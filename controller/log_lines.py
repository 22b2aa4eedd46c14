"""The service's log on standard error: lines for people, or one JSON object a line."""

from __future__ import annotations

import logging

from pythonjsonlogger.json import JsonFormatter

from controller.settings import LogFormat


def set_up_logging(kind: LogFormat) -> None:
    """Sends the log of everything in this process to standard error. JSON: `time`, `level`, `logger`, `message` and,
    of an error that was not foreseen, `exc_info`."""
    handler = logging.StreamHandler()
    if kind is LogFormat.JSON:
        handler.setFormatter(
            JsonFormatter(
                "{asctime}{levelname}{name}{message}",
                style="{",
                rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            )
        )
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # It tells its every step at a first start; what goes wrong is an error of the start itself.
    logging.getLogger("alembic").setLevel(logging.WARNING)
