"""Fine-tuning: what it refuses before it begins, and one epoch of a hand-made data set, resumed and finished."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ultralytics", reason="install the detect extra: pip install 'chauraha[detect]'")

import cv2

from detector.training import BEST, DetectorTraining, train_detector
from detector.yolo import load_ultralytics
from junction.errors import InputError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two classes of rectangles, six pictures to train with and two to validate."""
    rng = np.random.default_rng(1)
    for part, number in (("train", 6), ("val", 2)):
        for kind in ("images", "labels"):
            (tmp_path / "set" / kind / part).mkdir(parents=True)
        for index in range(number):
            image = rng.integers(90, 110, (96, 96, 3), dtype=np.uint8)
            cv2.rectangle(image, (20, 30), (60, 60), (200, 40, 40), -1)
            cv2.imwrite(str(tmp_path / "set" / "images" / part / f"{index}.jpg"), image)
            (tmp_path / "set" / "labels" / part / f"{index}.txt").write_text("0 0.416 0.469 0.417 0.313\n")
    file = tmp_path / "set" / "data.yaml"
    file.write_text("train: images/train\nval: images/val\nnames:\n  0: car\n  1: bus\n")
    return file


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Untrained weights of the smallest model; its description comes with the package."""
    path = tmp_path / "untrained.pt"
    load_ultralytics().YOLO("yolo11n.yaml", task="detect").save(str(path))
    return path


@pytest.mark.slow
def test_one_epoch_leaves_weights_that_detect_its_classes(data: Path, weights: Path, tmp_path: Path) -> None:
    training = DetectorTraining(
        data=data, weights=weights, run=tmp_path / "run", epochs=1, image_size_px=64, batch=4, device="cpu"
    )
    told = train_detector(training)
    assert told["config"]["epochs"] == 1
    assert any("mAP50" in name for name in told["figures"])
    assert json.loads((tmp_path / "run" / "run.json").read_text()) == told
    names = load_ultralytics().YOLO(str(tmp_path / "run" / BEST), task="detect").names
    assert names == {0: "car", 1: "bus"}
    with pytest.raises(InputError, match="finished"):
        train_detector(training)
    with pytest.raises(InputError, match="epochs"):
        train_detector(
            DetectorTraining(
                data=data, weights=weights, run=tmp_path / "run", epochs=2, image_size_px=64, batch=4, device="cpu"
            )
        )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "data.yaml"),
        ("train: [", "YAML"),
        ("train: images/train\n", "train, val and names"),
        ("train: images/train\nval: nowhere\nnames: {0: car}\n", "folder of pictures"),
    ],
)
def test_data_that_cannot_be_trained_on(data: Path, tmp_path: Path, text: str | None, told: str) -> None:
    (tmp_path / "w.pt").write_bytes(b"")
    if text is None:
        data.unlink()
    else:
        data.write_text(text)
    with pytest.raises(InputError, match=told):
        DetectorTraining(data=data, weights=tmp_path / "w.pt", run=tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "told"),
    [({"epochs": 0}, "epochs"), ({"image_size_px": 100}, "multiple of 32"), ({"weights": Path("none.pt")}, "weights")],
)
def test_settings_that_make_no_sense(data: Path, tmp_path: Path, change: dict[str, object], told: str) -> None:
    (tmp_path / "w.pt").write_bytes(b"")
    with pytest.raises(InputError, match=told):
        DetectorTraining(**{"data": data, "weights": tmp_path / "w.pt", "run": tmp_path, **change})  # type: ignore[arg-type]
