"""The log as one JSON object a line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from controller.log_lines import set_up_logging
from controller.settings import LogFormat


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_every_line_is_an_object_also_with_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogFormat.JSON)
    log = logging.getLogger("controller.somewhere")
    log.warning("junction %s: %s", "rawatpur", "two\nlines")
    try:
        raise ValueError("a bug")
    except ValueError:
        log.exception("unforeseen")
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["level"], first["logger"]) == ("WARNING", "controller.somewhere")
    assert first["message"] == "junction rawatpur: two\nlines"
    assert first["time"][:2] == "20"
    assert "ValueError: a bug" in second["exc_info"]
