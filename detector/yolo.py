"""ultralytics' YOLO as the detector, its ByteTrack or BoT-SORT as the tracker.

ultralytics is AGPL-3.0; only this module and `detector/byte_track.py` import it. It is told to stay offline, to install
nothing and to report nothing before it is imported, and is imported by the first detector or tracker made, never by
importing this module.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from detector.byte_track import quick_byte_tracker
from detector.camera import Camera, FollowedBy
from detector.detection import Detections
from detector.frame import Image, Picture, image_of
from detector.torchvision_nms import ensure_nms
from detector.tracking import TrackedBox, Tracker
from junction.errors import InputError, MissingPackageError

NMS_IOU = 0.7
"""Two boxes of one class that overlap by more are one; across classes see `detector/duplicates.py`."""
HIGH_CONFIDENCE = 0.25
TRACK_BUFFER_S = 1.5


def cache_folder() -> Path:
    """Where ultralytics keeps its settings, and weights that were asked for by name."""
    return Path(platformdirs.user_cache_dir("chauraha"))


def load_ultralytics(*, online: bool = False) -> Any:
    """The package, silenced. Raises MissingPackageError."""
    os.environ["YOLO_OFFLINE"] = "false" if online else "true"
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ.setdefault("YOLO_CONFIG_DIR", str(cache_folder()))
    os.environ.setdefault("YOLO_VERBOSE", "false")
    with suppress(OSError):  # where it cannot be made, ultralytics finds a place of its own
        Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)
    try:
        ultralytics: Any = import_module("ultralytics")
        nms: Any = import_module("ultralytics.utils.nms")
    except ModuleNotFoundError as missing:
        raise MissingPackageError(missing.name or "ultralytics", extra="detect") from None
    if ultralytics.SETTINGS["sync"]:  # every update writes the file
        ultralytics.SETTINGS.update({"sync": False})
    ensure_nms(nms.TorchNMS.nms)
    return ultralytics


def load_yolo(weights: Path, *, download: bool = False) -> Any:
    """ultralytics' model of the weights. `download` lets ultralytics fetch weights that it knows by name and that are
    not here. Raises InputError when the weights are missing or cannot be read."""
    if not weights.exists() and not download:
        raise InputError("weights", expected="a weights file or folder", got=str(weights))
    ultralytics = load_ultralytics(online=download)
    try:
        model: Any = ultralytics.YOLO(str(weights), task="detect")
        assert len(model.names), "ultralytics reads the file no sooner"
    except MissingPackageError:
        raise
    except Exception as error:
        # The loaders of a dozen formats raise what they like; to the user all of it is one thing: unusable weights.
        raise InputError(
            "weights",
            expected="detection weights that ultralytics can load (.pt, ONNX, an OpenVINO folder, …)",
            got=str(weights),
            hint=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    return model


class YoloDetector:
    """YOLO weights as ultralytics runs them: a .pt on a GPU, TensorRT, and whatever else it can load."""

    def __init__(
        self, weights: Path, *, image_size_px: int = 640, confidence: float = 0.1, download: bool = False
    ) -> None:
        self._model = load_yolo(weights, download=download)
        self._class_names = dict(self._model.names)
        self._image_size_px = image_size_px
        self._confidence = confidence
        self._batched = weights.suffix == ".pt" and has_gpu()

    @property
    def class_names(self) -> Mapping[int, str]:
        return self._class_names

    def detect(self, images: Sequence[Picture], class_ids: Collection[int]) -> list[Detections]:
        """One `Detections` a picture.

        Asked picture by picture: exported weights have a fixed batch of one, and on a processor a batch of eight took
        a tenth longer than eight pictures. Only on a GPU the pictures of all cameras go together.
        """
        shown = [image_of(image) for image in images]
        batches = [shown] if self._batched else [[image] for image in shown]
        return [self._detections(result) for batch in batches if batch for result in self._predict(batch, class_ids)]

    def run_bare(self, image: Image, pictures: int) -> None:
        """The network alone on this picture, made ready once: for measurements. Call `detect` before."""
        torch: Any = import_module("torch")
        predictor = self._model.predictor
        with torch.inference_mode():
            ready = predictor.preprocess([image])
            for _ in range(pictures):
                predictor.model(ready)

    def _predict(self, batch: list[Image], class_ids: Collection[int]) -> list[Any]:
        results: list[Any] = self._model.predict(
            batch,
            imgsz=self._image_size_px,
            conf=self._confidence,
            classes=sorted(class_ids),
            iou=NMS_IOU,
            verbose=False,
        )
        return results

    @staticmethod
    def _detections(result: Any) -> Detections:
        table = result.boxes.data.cpu().numpy()
        return Detections(
            boxes_px=table[:, :4].astype(np.float32),
            confidence=table[:, 4].astype(np.float32),
            class_ids=table[:, 5].astype(np.int64),
        )


def has_gpu() -> bool:
    """Whether PyTorch has a GPU to compute on."""
    torch: Any = import_module("torch")
    return bool(torch.cuda.is_available())


class UltralyticsTracker:
    """One of ultralytics' trackers, for one camera.

    Weak detections (`low_confidence` to `HIGH_CONFIDENCE`) keep a track alive and start none. A track that is not
    seen for `TRACK_BUFFER_S` is over. `sees`: it looks at the pictures too.
    """

    def __init__(self, made: Any, *, fps: float, low_confidence: float, sees: bool = False, **own: Any) -> None:
        self._sees = sees
        self._tracker = made(
            SimpleNamespace(
                track_high_thresh=HIGH_CONFIDENCE,
                track_low_thresh=low_confidence,
                new_track_thresh=HIGH_CONFIDENCE,
                track_buffer=max(2, round(fps * TRACK_BUFFER_S)),
                match_thresh=0.8,
                fuse_score=True,
                **own,
            )
        )

    def update(self, detections: Detections, picture: Picture | None = None) -> list[TrackedBox]:
        """The tracks seen in this picture: boxes are the tracker's smoothed ones, classes the detector's."""
        image = image_of(picture) if self._sees and picture is not None else None
        rows = self._tracker.update(_Boxes.of(detections), image)
        return [
            TrackedBox(
                track_id=int(track_id),
                box_px=(left, top, right, bottom),
                confidence=confidence,
                class_id=int(class_id),
            )
            for left, top, right, bottom, track_id, confidence, class_id, _ in rows.tolist()
        ]

    def reset(self) -> None:
        self._tracker.reset()


class ByteTracker(UltralyticsTracker):
    """ByteTrack (Zhang et al., ECCV 2022): by the boxes alone."""

    def __init__(self, *, fps: float, low_confidence: float = 0.1) -> None:
        load_ultralytics()
        super().__init__(quick_byte_tracker(), fps=fps, low_confidence=low_confidence)


class BotSortTracker(UltralyticsTracker):
    """BoT-SORT (Aharon et al., 2022): it predicts a box's width and height each, and where the camera is not `fixed`
    takes its own movement out of the vehicles' first. Without the network that would tell vehicles by their looks."""

    def __init__(self, *, fps: float, low_confidence: float = 0.1, fixed: bool = True) -> None:
        load_ultralytics()
        super().__init__(
            import_module("ultralytics.trackers.bot_sort").BOTSORT,
            fps=fps,
            low_confidence=low_confidence,
            sees=not fixed,
            gmc_method="none" if fixed else "sparseOptFlow",
            proximity_thresh=0.5,
            appearance_thresh=0.8,
            with_reid=False,
        )


def tracker_of(camera: Camera, fps: float) -> Tracker:
    """The tracker that the camera asks for, at a rate of pictures."""
    if camera.tracker is FollowedBy.BOTSORT:
        return BotSortTracker(fps=fps, low_confidence=camera.confidence, fixed=camera.fixed)
    return ByteTracker(fps=fps, low_confidence=camera.confidence)


class _Boxes:
    """Detections in the shape that ultralytics' tracker reads: `conf`, `cls`, `xyxy`, `xywh` (centre), by index."""

    def __init__(self, xyxy: NDArray[Any], xywh: NDArray[Any], conf: NDArray[Any], cls: NDArray[Any]) -> None:
        self.xyxy, self.xywh, self.conf, self.cls = xyxy, xywh, conf, cls

    @staticmethod
    def of(found: Detections) -> _Boxes:
        left_top, right_bottom = found.boxes_px[:, :2], found.boxes_px[:, 2:]
        xywh = np.concatenate([(left_top + right_bottom) / 2, right_bottom - left_top], axis=1)
        return _Boxes(found.boxes_px, xywh, found.confidence, found.class_ids)

    def __len__(self) -> int:
        return len(self.conf)

    def __getitem__(self, chosen: Any) -> _Boxes:
        return _Boxes(self.xyxy[chosen], self.xywh[chosen], self.conf[chosen], self.cls[chosen])
