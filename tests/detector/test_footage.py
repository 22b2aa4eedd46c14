"""The real clips with real weights against the hand counts. Slow: most of a minute on two cores.

Needs the shared material beside the repository (`CHAURAHA_FOOTAGE` names another folder with `counts.json`, `video/`
and `weights/`); without it these tests skip.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from detector.backends import load_detector
from detector.camera import Camera
from detector.camera_file import load_camera
from detector.line import CountingLine
from detector.report import Totals
from detector.run import CountingRun, Window
from detector.source import FileSource
from junction.counts import CameraState

Lines = dict[str, dict[str, dict[str, int]]]
"""By line, direction and class."""

pytestmark = [pytest.mark.footage, pytest.mark.slow, pytest.mark.timeout(1800)]

FOOTAGE = Path(os.environ.get("CHAURAHA_FOOTAGE", Path(__file__).parents[3] / "shared" / "detector"))
WEIGHTS = FOOTAGE / "weights" / "yolo11n_int8_openvino_model"
REPOSITORY = Path(__file__).parents[2]
DRONE = FOOTAGE / "video" / "junction_topdown.mp4"
SWAPPED = {"mid", "B_away_carriageway"}
"""Lines whose hand count calls direction a what is b here: a goes from left to right of the walk along it."""


def hand_counted() -> list[dict[str, Any]]:
    path = FOOTAGE / "counts.json"
    entries = json.loads(path.read_text()) if path.is_file() else []
    return [entry for entry in entries if entry["kind"] == "line"]


@pytest.fixture(scope="module", autouse=True)
def _ultralytics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    pytest.importorskip("openvino", reason="install openvino")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("ultralytics")))
        yield


@pytest.fixture(scope="module")
def counted() -> Callable[[str, tuple[int, int]], Lines]:
    """Counts every line of a clip and window of frames in one pass, once for all tests that ask."""
    return cache(count)


def count(clip: str, window: tuple[int, int]) -> Lines:
    from detector.yolo import ByteTracker

    lines = tuple(
        CountingLine(name=entry["name"], start=tuple(entry["line"][:2]), end=tuple(entry["line"][2:]))
        for entry in hand_counted()
        if (entry["clip"], tuple(entry["count_frames"])) == (clip, window)
    )
    source = FileSource(FOOTAGE / clip)
    run = CountingRun(
        source,
        Camera(id="clip", lines=lines, fixed=False),
        load_detector(WEIGHTS),
        ByteTracker(fps=source.fps),
        window=Window(first=window[0], last=window[1]),
    )
    totals = Totals()
    for interval in run.intervals():
        totals.add(interval.tally)
    assert {span.state for span in run.states} == {CameraState.OK}, "the weights know these views"
    return totals.lines


def test_footage_is_there() -> None:
    if not hand_counted() or not WEIGHTS.is_dir():
        pytest.skip(f"no footage at {FOOTAGE}: put counts.json, video/ and weights/ there or set CHAURAHA_FOOTAGE")
    assert all((FOOTAGE / entry["clip"]).is_file() for entry in hand_counted())


@pytest.mark.parametrize("entry", hand_counted(), ids=lambda entry: str(entry["name"]))
def test_totals_are_within_a_tenth_of_the_hand_count(
    entry: dict[str, Any], counted: Callable[[str, tuple[int, int]], Lines]
) -> None:
    first, last = entry["count_frames"]
    totals = counted(entry["clip"], (first, last))[entry["name"]]
    if entry["name"] in SWAPPED:
        totals = {"a": totals["b"], "b": totals["a"]}
    for direction in ("a", "b"):
        by_hand, by_machine = entry["counts"][direction], totals[direction]
        assert abs(sum(by_machine.values()) - sum(by_hand.values())) <= 0.1 * sum(by_hand.values()), direction
        assert by_machine.get("two_wheeler", 0) == pytest.approx(by_hand.get("two_wheeler", 0), rel=0.2)


@pytest.mark.skipif(not DRONE.is_file(), reason="no footage")
def test_the_drones_view_is_counted_by_motion() -> None:
    from detector.yolo import ByteTracker

    camera = load_camera(REPOSITORY / "detector" / "cameras" / "junction_topdown.toml")
    clips = json.loads((REPOSITORY / "detector" / "counted_by_eye" / "clips.json").read_text())
    by_hand = next(entry["counts"] for entry in clips if entry["clip"].endswith(DRONE.name))
    source = FileSource(DRONE)
    totals = Totals()
    last = Window(last=310)  # the last vehicle crosses at 291
    for interval in CountingRun(source, camera, None, ByteTracker(fps=source.fps), window=last).intervals():
        totals.add(interval.tally)
    number = sum(by_hand["a"].values())
    assert sum(totals.lines["mid"]["a"].values()) == pytest.approx(number, rel=0.1)
    assert sum(totals.lines["mid"]["b"].values()) <= 0.02 * number, "all drive one way"


@pytest.mark.skipif(not DRONE.is_file(), reason="no footage")
def test_weights_that_do_not_know_the_drones_view_are_found_out() -> None:
    from detector.yolo import ByteTracker

    source = FileSource(DRONE)
    lines = (CountingLine(name="mid", start=(0.4, 0.5), end=(0.63, 0.5)),)
    run = CountingRun(
        source,
        Camera(id="drone", lines=lines, fixed=False),
        load_detector(WEIGHTS),
        ByteTracker(fps=source.fps),
        window=Window(last=100),
    )
    list(run.intervals())
    assert run.states[-1].state is CameraState.UNFAMILIAR
