"""The bench of the cameras' speed: what was measured is printed, what could not be is named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench import detector_speed
from bench.detector_speed import CAMERAS, Pipeline, median_with_range
from detector.detection import Detections
from detector.frame import Image
from junction.errors import MissingPackageError
from tests.detector.pictures import write_video

FRAMES = 8 * 7
CLASS_NAMES = {2: "car"}


class Nothing:
    """A detector that finds nothing, fast, and counts the pictures it saw."""

    class_names = CLASS_NAMES

    def __init__(self) -> None:
        self.pictures = 0

    def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
        self.pictures += len(images)
        return [Detections.none() for _ in images]

    def run_bare(self, image: Image, pictures: int) -> None:
        self.pictures += pictures


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    random = np.random.default_rng(1)
    write_video(path, [random.integers(0, 255, (64, 96, 3)).astype(np.uint8) for _ in range(FRAMES)])
    return path


@pytest.mark.parametrize("cameras", [1, CAMERAS])
def test_a_turn_counts_its_pictures_and_no_more(clip: Path, tmp_path: Path, cameras: int) -> None:
    detector = Nothing()
    pipeline = Pipeline(clip, detector, cameras, FRAMES // CAMERAS, tmp_path)
    for turn in (1, 2, 3):
        pipeline.turn(16)
        assert detector.pictures == turn * 16
    pipeline.close()


def test_one_backend_that_is_missing_leaves_the_others_measured(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(weights: Path) -> Nothing:
        if weights.suffix == ".tflite":
            raise MissingPackageError("ai_edge_litert", extra="litert")
        return Nothing()

    monkeypatch.setattr(detector_speed, "load_detector", load)
    with pytest.raises(detector_speed.typer.Exit):
        detector_speed.run(clip, [Path("none.tflite"), Path("good.onnx")], turn=8, rounds=6)
    told = capsys.readouterr()
    assert "good.onnx" in told.out
    assert "pip install 'chauraha[litert]'" in told.err


def test_the_range_holds_the_median_of_most_samples() -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        _, low, high = median_with_range(random.exponential(size=10).tolist())
        held += low <= np.log(2) <= high
    assert 0.95 <= held / 400 < 1
