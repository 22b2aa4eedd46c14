"""Files that grow while the cameras are counted: CSV, JSON lines and Parquet.

TableFile
├── CsvFile          a row a line; every interval is on disk when it closes
├── JsonLinesFile    an object a line; the same
└── ParquetFolder    one finished file a part of the run; what was killed has every part but the last
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TextIO

from detector.rows import COLUMNS, REAL_COLUMNS, TEXT_COLUMNS, Row
from junction.errors import InputError, MissingPackageError

PART_S = 60.0
"""A part of a Parquet folder is finished this often, by our own clock."""
PART_ROWS = 20_000
"""A part with more rows is finished before its time; memory stays bounded."""


class TableFile(Protocol):
    """Takes every interval's rows in turn."""

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None:
        """Finish the file. Nothing may be written after it."""
        ...


class CsvFile:
    """One CSV file with a header. Cells are empty where nothing is known."""

    def __init__(self, path: Path) -> None:
        self._file = _open(path)
        self._writer = csv.DictWriter(self._file, COLUMNS, lineterminator="\n")
        self._writer.writeheader()

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows(rows)
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class JsonLinesFile:
    """One JSON object a row; a column without a value is left out."""

    def __init__(self, path: Path) -> None:
        self._file = _open(path)

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            known = {column: value for column, value in row.items() if value is not None}
            self._file.write(json.dumps(known, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class ParquetFolder:
    """`part-00000.parquet` and so on, numbered on from what the folder holds; read the folder as one data set.

    Every part is written beside its place and moved there when it is whole.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        try:
            self._arrow: Any = import_module("pyarrow")
            self._parquet: Any = import_module("pyarrow.parquet")
        except ModuleNotFoundError:
            raise MissingPackageError("pyarrow", extra="detect") from None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(folder), expected="a folder that can be written", got=error.strerror or "") from None
        self._folder = folder
        self._clock = clock
        taken = [int(part.stem.removeprefix("part-")) for part in folder.glob("part-[0-9]*.parquet")]
        self._number = max(taken, default=-1) + 1
        self._rows: list[Row] = []
        self._since_s = clock()

    def write(self, rows: Sequence[Row]) -> None:
        self._rows += rows
        if self._clock() - self._since_s >= PART_S or len(self._rows) >= PART_ROWS:
            self._finish()

    def close(self) -> None:
        self._finish()

    def _finish(self) -> None:
        self._since_s = self._clock()
        if not self._rows:
            return
        arrow = self._arrow
        kinds = {column: arrow.int64() for column in COLUMNS}
        kinds |= dict.fromkeys(TEXT_COLUMNS, arrow.string()) | dict.fromkeys(REAL_COLUMNS, arrow.float64())
        table = arrow.Table.from_pylist(self._rows, schema=arrow.schema(list(kinds.items())))
        part = self._folder / f"part-{self._number:05d}.parquet"
        unfinished = self._folder / f".{part.name}.unfinished"
        self._parquet.write_table(table, unfinished)
        unfinished.replace(part)
        self._number += 1
        self._rows.clear()


def _open(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(
            str(path), expected="a place where a file can be written", got=error.strerror or str(error)
        ) from None
