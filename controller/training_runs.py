"""Learning curves: of training runs in a folder beside the service, and of the cards that policies carry.

A run's folder is written by `chauraha train` while it trains, so its last row may be half there; one that was killed
ends anywhere. What cannot be read is left out and counted.
"""

from __future__ import annotations

import csv
import json
import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = "runs"
"""In the data folder, unless the settings name another."""
CURVE_COLUMNS = ("steps", "reward", "entropy", "value_loss", "explained_variance", "approx_kl", "learning_rate")
EVALUATION_COLUMNS = ("steps", "delay_s", "rival_delay_s", "unsafe_events", "best")
MAX_ROWS = 400
"""Of a longer curve every n-th row is shown, and the last."""
MAX_RUNS = 200
MAX_FILE_BYTES = 16 * 1024 * 1024
STILL_WRITTEN_S = 600.0

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")

Columns = dict[str, list[float | None]]


class TrainingRuns:
    """Reads files: call it from a thread. Only folders right below its own are runs; links are not followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> list[dict[str, Any]]:
        """The runs, the one written last first."""
        paths = self._folder.iterdir() if self._folder.is_dir() else ()
        found = [self._entry(path) for path in paths if _is_run(path)]
        return sorted(found, key=lambda run: (-run["updated_at"], run["id"]))[:MAX_RUNS]

    def document(self, run_id: str) -> dict[str, Any] | None:
        """A run with its curve; None where there is none of that name."""
        path = self._folder / run_id
        if not _ID.fullmatch(run_id) or not _is_run(path):
            return None
        curve, broken = _read_rows(path / "curve.csv")
        evaluations, broken_too = _read_rows(path / "evaluations.csv")
        return {**self._entry(path), **curve_document(curve, evaluations), "broken_rows": broken + broken_too}

    def _entry(self, path: Path) -> dict[str, Any]:
        config, progress = _read_json(path / "config.json"), _read_json(path / "progress.json")
        updated_at = max(_written_at(path / name) for name in ("config.json", "curve.csv", "progress.json"))
        steps, evaluated = number(progress.get("steps")), number(progress.get("evaluated_steps"))
        # A run evaluates its last step before it ends, and saves the step with the evaluation.
        ended = steps is not None and steps > 0 and steps == evaluated
        still = time.time() - updated_at < STILL_WRITTEN_S
        return {
            "id": path.name,
            "state": "written" if still else "ended" if ended else "broken_off",
            "updated_at": updated_at,
            "scenario": _text(config.get("scenario")),
            "street": _text(config.get("street")),
            "seed": number(config.get("seed")),
            "steps": steps,
            "elapsed_s": number(progress.get("elapsed_s")),
            "best_delay_s": number(progress.get("best_delay_s")),
            "best_steps": number(progress.get("best_steps")),
        }


def curve_document(curve: object, evaluations: object) -> dict[str, Columns]:
    """Rows (a card's lists of objects, or a file's) as columns; what is no finite number is null."""
    return {
        "curve": _columns(_thinned(_rows(curve)), CURVE_COLUMNS),
        "evaluations": _columns(_thinned(_rows(evaluations)), EVALUATION_COLUMNS),
    }


def number(value: object) -> float | None:
    """A finite number, from a number or its text; else None."""
    if not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def _is_run(path: Path) -> bool:
    return (
        _ID.fullmatch(path.name) is not None
        and not path.is_symlink()
        and any((path / name).is_file() for name in ("config.json", "curve.csv"))
    )


def _rows(value: object) -> list[Mapping[str, object]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, Sequence) else []


def _thinned(rows: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    every = math.ceil(len(rows) / MAX_ROWS) or 1
    kept = list(rows[::every])
    if rows and kept[-1] is not rows[-1]:
        kept.append(rows[-1])
    return kept


def _columns(rows: Iterable[Mapping[str, object]], names: Iterable[str]) -> Columns:
    rows = list(rows)
    return {name: [number(row.get(name)) for row in rows] for name in names}


def _read_rows(file: Path) -> tuple[list[dict[str, str]], int]:
    """The file's whole rows, and how many are not whole. A file that is not there has none."""
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_FILE_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return [], 0
    lines = text.splitlines(keepends=True)
    if not lines:
        return [], 0
    head = next(csv.reader([lines[0]]), [])
    rows, broken = [], 0
    for line in lines[1:]:
        cells = next(csv.reader([line]), [])
        if line.endswith("\n") and len(cells) == len(head) and number(cells[0]) is not None:
            rows.append(dict(zip(head, cells, strict=True)))
        else:
            broken += 1
    return rows, broken


def _written_at(file: Path) -> float:
    """Unix time; 0 for a file that is not there."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _read_json(file: Path) -> dict[str, Any]:
    """The object in the file; empty where there is none, or no whole one yet."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
