"""ultralytics on the real seam, without any weights: its tracker, the NMS stand-in, and what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import CAMERA, FPS, noisy, recorded, row

from detector.camera import Camera, FollowedBy
from detector.detection import Detections, detections_from_rows
from detector.run import CountingRun
from detector.source import FramesSource
from detector.weights import WEIGHTS_VARIABLE, find_weights
from junction.errors import InputError

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.getbasetemp() / "ultralytics"))
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)


def test_importing_the_detector_imports_no_ultralytics_and_no_torch() -> None:
    code = (
        "import sys, detector.run, detector.yolo, detector.weights, chauraha.count, chauraha.camera\n"
        "print([m for m in ('ultralytics', 'torch', 'torchvision', 'av') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", list(FollowedBy))
def test_a_tracker_keeps_two_vehicles_apart_through_a_gap(name: FollowedBy) -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import tracker_of

    tracker = tracker_of(Camera(id="c", tracker=name), 10.0)
    seen: dict[int, list[float]] = {}
    for i in range(30):
        rows = [row(100, 40 + 8 * i), row(300, 360 - 8 * i, 7)]
        if 10 <= i < 14:
            rows = rows[1:]
        for box in tracker.update(detections_from_rows(rows)):
            seen.setdefault(box.track_id, []).append(box.box_px[1])
            assert box.class_id in (2, 7)
    assert len(seen) == 2
    assert sorted(len(tops) for tops in seen.values()) == [26, 30]
    tracker.reset()
    assert tracker.update(Detections.none()) == []


@pytest.mark.parametrize(("name", "vehicles"), [(FollowedBy.BYTETRACK, 2), (FollowedBy.BOTSORT, 1)])
def test_botsort_takes_the_jerk_of_a_hand_out(name: FollowedBy, vehicles: int) -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import tracker_of

    view = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, (400, 700, 3), dtype=np.uint8), (0, 0), 3)
    tracker = tracker_of(Camera(id="c", tracker=name, fixed=False), 10.0)
    keys = set()
    for i in range(12):
        pan_px = 60 if i >= 8 else 0  # more than the vehicle is wide
        picture = np.ascontiguousarray(view[:, pan_px : pan_px + 400])
        keys |= {box.track_id for box in tracker.update(detections_from_rows([row(200 - pan_px, 100)]), picture)}
    assert len(keys) == vehicles


def test_weak_detections_keep_a_track_and_start_none() -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import ByteTracker

    tracker = ByteTracker(fps=10.0, low_confidence=0.1)
    strong = [tracker.update(detections_from_rows([row(100, 40 + 4 * i, confidence=0.8)])) for i in range(5)]
    weak = [
        tracker.update(detections_from_rows([row(100, 60 + 4 * i, confidence=0.15), row(300, 60, confidence=0.15)]))
        for i in range(5)
    ]
    assert [len(found) for found in strong + weak] == [1] * 10
    assert {found[0].track_id for found in strong + weak} == {strong[0][0].track_id}


def test_a_camera_counted_with_bytetrack() -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import ByteTracker

    script = [[row(80, 40 + 8 * i), row(300, 380 - 8 * i, 7)] for i in range(40)]
    run = CountingRun(FramesSource(noisy(40), fps=FPS), CAMERA, recorded(script), ByteTracker(fps=FPS))
    totals = [i.tally.lines["stop"] for i in run.intervals()]
    assert totals == [{"a": {"car": 1}, "b": {"truck": 1}}]


@pytest.mark.slow
def test_the_nms_stand_in_is_used_only_where_the_operator_is_missing() -> None:
    """In a process of its own: what torchvision gives away stays as it is for the others."""
    pytest.importorskip("torchvision", reason="install 'chauraha[detect]'")
    code = (
        "from detector.torchvision_nms import ensure_nms\n"
        "mine = lambda boxes, scores, iou: 'mine'\n"
        "stood_in = ensure_nms(mine)\n"
        "import torchvision\n"
        "assert stood_in != torchvision.extension._has_ops()\n"
        "assert (torchvision.ops.nms is mine) == stood_in\n"
        "assert ensure_nms(mine) == stood_in\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


def test_ultralytics_is_told_to_stay_at_home() -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import ByteTracker

    ByteTracker(fps=10.0)
    import ultralytics

    assert (os.environ["YOLO_OFFLINE"], os.environ["YOLO_AUTOINSTALL"]) == ("true", "false")
    assert ultralytics.SETTINGS["sync"] is False


@pytest.mark.parametrize("content", [b"", b"not a network"])
def test_weights_that_are_none(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import YoloDetector

    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(InputError, match="detection weights that ultralytics can load"):
        YoloDetector(tmp_path / "w.pt")
    with pytest.raises(InputError, match="a weights file or folder"):
        YoloDetector(tmp_path / "none.pt")


def test_weights_from_the_command_line_then_the_camera_file_then_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("given.pt", "camera.pt", "environment.pt"):
        (tmp_path / name).touch()
    camera = Camera(id="cam", weights=tmp_path / "camera.pt")
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "environment.pt"))
    assert find_weights(str(tmp_path / "given.pt"), camera).path.name == "given.pt"
    assert find_weights(None, camera).path.name == "camera.pt"
    assert find_weights(None, Camera(id="cam")).path.name == "environment.pt"


def test_no_weights_says_where_they_may_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"--weights FILE.*CHAURAHA_WEIGHTS"):
        find_weights(None, Camera(id="cam"))
    with pytest.raises(InputError, match="--weights"):
        find_weights(str(tmp_path / "none.pt"), Camera(id="cam"))
    with pytest.raises(InputError, match="camera file's weights"):
        find_weights(None, Camera(id="cam", weights=tmp_path / "none.pt"))
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "none.pt"))
    with pytest.raises(InputError, match=WEIGHTS_VARIABLE):
        find_weights(None, Camera(id="cam"))


def test_only_published_weights_named_on_the_command_line_may_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("detector.weights.cache_folder", lambda: tmp_path / "cache")
    found = find_weights("yolo11n.pt", Camera(id="cam"))
    assert (found.path, found.download) == (tmp_path / "cache" / "yolo11n.pt", True)
    (tmp_path / "cache").mkdir()
    found.path.touch()
    assert not find_weights("yolo11n.pt", Camera(id="cam")).download
    for name in ("weights/yolo11n.pt", "other.pt", "yolo11n.onnx"):
        with pytest.raises(InputError):
            find_weights(name, Camera(id="cam"))


def test_the_quick_track_goes_where_ultralytics_own_goes() -> None:
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    from detector.yolo import ByteTracker, UltralyticsTracker

    quick = ByteTracker(fps=10.0)
    own = import_module("ultralytics.trackers.byte_tracker").BYTETracker
    plain = UltralyticsTracker(own, fps=10.0, low_confidence=0.1)
    rng = np.random.default_rng(7)
    places, speeds = rng.uniform(50, 500, (12, 2)), rng.uniform(-8, 8, (12, 2))
    seen = 0
    for _ in range(60):
        places = places + speeds
        found = [
            row(x + rng.normal(), y + rng.normal(), confidence=float(rng.uniform(0.12, 0.9)))
            for x, y in places
            if rng.uniform() > 0.15
        ]
        ours, theirs = (tracker.update(detections_from_rows(found)) for tracker in (quick, plain))
        assert [box.track_id for box in ours] == [box.track_id for box in theirs]
        for box, other in zip(ours, theirs, strict=True):
            assert box.box_px == pytest.approx(other.box_px, abs=1e-3)
        seen += len(ours)
    assert seen > 300
