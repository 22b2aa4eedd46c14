"""The real clips with real weights against the hand counts. Slow: a minute and more a line on two cores.

Needs the shared material beside the repository (`CHAURAHA_FOOTAGE` names another folder with `counts.json`, `video/`
and `weights/`); without it these tests skip.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from detector.camera import Camera
from detector.line import CountingLine
from detector.run import CountingRun, Window
from detector.source import FileSource

pytestmark = [pytest.mark.footage, pytest.mark.slow, pytest.mark.timeout(1800)]

FOOTAGE = Path(os.environ.get("CHAURAHA_FOOTAGE", Path(__file__).parents[3] / "shared" / "detector"))
WEIGHTS = FOOTAGE / "weights" / "yolo11n_int8_openvino_model"
SWAPPED = {"mid", "B_away_carriageway"}
"""Lines whose hand count calls direction a what is b here: a goes from left to right of the walk along it."""


def hand_counted() -> list[dict[str, Any]]:
    path = FOOTAGE / "counts.json"
    entries = json.loads(path.read_text()) if path.is_file() else []
    return [entry for entry in entries if entry["kind"] == "line"]


@pytest.fixture(autouse=True)
def _footage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    pytest.importorskip("openvino", reason="install openvino")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "ultralytics"))


def test_footage_is_there() -> None:
    if not hand_counted() or not WEIGHTS.is_dir():
        pytest.skip(f"no footage at {FOOTAGE}: put counts.json, video/ and weights/ there or set CHAURAHA_FOOTAGE")
    assert all((FOOTAGE / entry["clip"]).is_file() for entry in hand_counted())


@pytest.mark.parametrize("entry", hand_counted(), ids=lambda entry: str(entry["name"]))
def test_totals_are_within_a_tenth_of_the_hand_count(entry: dict[str, Any]) -> None:
    from detector.yolo import ByteTracker, YoloDetector

    x1, y1, x2, y2 = entry["line"]
    camera = Camera(id="clip", lines=(CountingLine(name="line", start=(x1, y1), end=(x2, y2)),), fixed=False)
    source = FileSource(FOOTAGE / entry["clip"])
    first, last = entry["count_frames"]
    run = CountingRun(
        source, camera, YoloDetector(WEIGHTS), ByteTracker(fps=source.fps), window=Window(first=first, last=last)
    )
    totals: dict[str, dict[str, int]] = {"a": {}, "b": {}}
    for interval in run.intervals():
        for direction, counts in interval.tally.lines["line"].items():
            for name, number in counts.items():
                totals[direction][name] = totals[direction].get(name, 0) + number
    if entry["name"] in SWAPPED:
        totals = {"a": totals["b"], "b": totals["a"]}
    for direction in ("a", "b"):
        by_hand, counted = entry["counts"][direction], totals[direction]
        assert abs(sum(counted.values()) - sum(by_hand.values())) <= 0.1 * sum(by_hand.values()), (direction, counted)
        assert counted.get("two_wheeler", 0) == pytest.approx(by_hand.get("two_wheeler", 0), rel=0.2)
