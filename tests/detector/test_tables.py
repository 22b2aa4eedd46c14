"""CSV, JSON lines and Parquet while a run goes on and after it was killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import CAMERA
from test_report import interval

from detector.rows import COLUMNS, Row, rows_of
from detector.tables import CsvFile, JsonLinesFile, ParquetFolder
from junction.counts import CameraState
from junction.errors import InputError

REPOSITORY = Path(__file__).parents[2]


def rows(n: int, state: CameraState = CameraState.OK) -> list[Row]:
    return rows_of(CAMERA, interval(n, {"car": n}, state=state, view=None), ("lcv",))


def test_lines_are_on_disk_when_the_interval_closes(tmp_path: Path) -> None:
    csv, jsonl = CsvFile(tmp_path / "o.csv"), JsonLinesFile(tmp_path / "o.jsonl")
    for table in (csv, jsonl):
        table.write(rows(1))
    assert len((tmp_path / "o.csv").read_text().splitlines()) == 1 + len(rows(1))
    first = json.loads((tmp_path / "o.jsonl").read_text().splitlines()[0])
    assert (first["kind"], first["name"], first["direction"], first["car"]) == ("line", "stop", "a", 1)
    assert "lcv" not in first, "what the weights cannot know is left out"
    for table in (csv, jsonl):
        table.close()


def test_parquet_holds_what_was_counted_with_its_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="install 'chauraha[detect]'")
    now_s = [0.0]
    table = ParquetFolder(tmp_path / "o", clock=lambda: now_s[0])
    table.write(rows(1))
    assert not list((tmp_path / "o").glob("part*"))
    now_s[0] = 61.0
    table.write(rows(2))
    table.write(rows(0, CameraState.BLACK))
    assert [part.name for part in (tmp_path / "o").iterdir()] == ["part-00000.parquet"]
    table.close()
    read = parquet.read_table(tmp_path / "o")
    assert tuple(read.column_names) == COLUMNS
    lines = [row for row in read.to_pylist() if (row["name"], row["direction"]) == ("stop", "a")]
    assert [(row["n"], row["car"], row["lcv"]) for row in lines] == [(1, 1, None), (2, 2, None), (0, None, None)]
    assert {str(read.schema.field(name).type) for name in ("n", "car", "queue_veh")} == {"int64"}
    later = ParquetFolder(tmp_path / "o")
    later.write(rows(3))
    later.close()
    assert parquet.read_table(tmp_path / "o").num_rows == read.num_rows + len(rows(3)), "a second run adds to it"


def test_a_killed_run_leaves_whole_parts(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="install 'chauraha[detect]'")
    code = (
        "import itertools, os, signal, sys\n"
        "from pathlib import Path\n"
        "from test_tables import rows\n"
        "from detector.tables import ParquetFolder\n"
        "ticks = itertools.count(0, 50)\n"
        f"table = ParquetFolder(Path({str(tmp_path / 'o')!r}), clock=lambda: next(ticks))\n"
        "for n in range(5):\n"
        "    table.write(rows(n))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = f"{REPOSITORY}:{Path(__file__).parent}"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"}, check=False)
    assert done.returncode == -9
    numbers = {row["n"] for row in parquet.read_table(tmp_path / "o").to_pylist()}
    assert numbers
    assert numbers == set(range(max(numbers) + 1)), "from the first on, nothing is missing but the last part"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for table in (CsvFile, JsonLinesFile, ParquetFolder):
        with pytest.raises(InputError):
            table(tmp_path / "file" / "o")
