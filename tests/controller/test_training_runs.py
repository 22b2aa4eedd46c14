"""Learning curves: whole, half written and cut-off runs, and nothing outside the folder."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from controller_parts import serving
from training_run import write_run

from controller.run_answers import RunCurveAnswer
from controller.training_runs import MAX_ROWS, TrainingRuns, curve_document

LONG_AGO_S = 3600.0


def age(folder: Path, seconds: float) -> None:
    for file in folder.iterdir():
        os.utime(file, (time.time() - seconds,) * 2)


async def test_runs_are_listed_with_how_far_they_came(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name, ended in (("whole", True), ("killed", False)):
        write_run(runs / name, ended=ended)
        age(runs / name, LONG_AGO_S)
    write_run(runs / "now", ended=False, last_line="500,5,-0.1")
    (runs / "no-run").mkdir()
    async with serving(tmp_path, runs=runs) as rig:
        listed = (await rig.http.get("/v1/runs")).json()["runs"]
        assert {run["id"]: run["state"] for run in listed} == {
            "now": "written",
            "whole": "ended",
            "killed": "broken_off",
        }
        assert listed[0]["id"] == "now"  # written last
        run = (await rig.http.get("/v1/runs/now")).json()
        RunCurveAnswer.model_validate(run, strict=True, extra="forbid")
        assert run["broken_rows"] == 1  # its last row is only half there
        assert run["curve"]["steps"] == [100.0, 200.0, 300.0, 400.0]
        assert run["curve"]["reward"] == pytest.approx([-1, -1 / 2, -1 / 3, -1 / 4])
        assert run["curve"]["entropy"] == run["curve"]["approx_kl"] == [None] * 4
        assert run["evaluations"]["delay_s"] == [61.5]
        assert (await rig.http.get("/v1/runs/june")).status_code == 404


def test_nothing_outside_the_folder_is_a_run(tmp_path: Path) -> None:
    write_run(tmp_path / "outside")
    runs = tmp_path / "runs"
    write_run(runs / "mine")
    (runs / "link").symlink_to(tmp_path / "outside")
    known = TrainingRuns(runs)
    assert [run["id"] for run in known.entries()] == ["mine"]
    for name in ("..", "../outside", str(tmp_path / "outside"), "link", ".", "", "mine/../../outside"):
        assert known.document(name) is None
    assert TrainingRuns(tmp_path / "none").entries() == []


def test_what_is_not_readable_is_left_out(tmp_path: Path) -> None:
    write_run(tmp_path / "odd", updates=2, last_line="x,3,1,1\n300,3\n400,4,-0.5,0.9\n")
    (tmp_path / "odd" / "progress.json").write_text("{")
    run = TrainingRuns(tmp_path).document("odd")
    assert run is not None
    assert (run["broken_rows"], run["curve"]["steps"], run["steps"]) == (2, [100.0, 200.0, 400.0], None)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    rows = [{"steps": n, "reward": 0.0} for n in range(1001)]
    steps = curve_document(rows, None)["curve"]["steps"]
    assert len(steps) <= MAX_ROWS + 1
    assert (steps[0], steps[-1]) == (0.0, 1000.0)
    assert curve_document("nonsense", [3, {"steps": "inf"}])["evaluations"]["steps"] == [None]
    assert json.dumps(curve_document(None, None))
