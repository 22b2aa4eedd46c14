"""YOLO networks that look at several pictures at once.

A network of a small picture does not fill all cores alone. With several lanes, each with its share of the cores, two
cores look at a fifth more pictures a second than with one lane on both; one picture alone takes longer.

    LaneDetector
    ├── openvino_detector    detector/openvino.py
    ├── onnx_detector        detector/onnx.py
    ├── litert_detector      detector/litert.py
    └── torch_detector       detector/pytorch.py
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detector.detection import Detections
from detector.frame import Image, Picture
from detector.letterbox import Fit
from detector.yolo_output import detections_of


class Lane(Protocol):
    """A network that runs beside others of its kind."""

    def fit(self, picture: Picture) -> Fit:
        """Make the picture ready for `infer`."""
        ...

    def infer(self) -> NDArray[np.float32]:
        """The network's output, as `detections_of` reads it; good until the next call."""
        ...


class LaneDetector:
    """A detector with one or more lanes; may be called from several threads."""

    def __init__(self, lanes: Sequence[Lane], class_names: Mapping[int, str], *, confidence: float, iou: float) -> None:
        self.streams = len(lanes)
        """Pictures at once."""
        self._class_names = dict(class_names)
        self._confidence, self._iou = confidence, iou
        self._free: SimpleQueue[Lane] = SimpleQueue()
        for lane in lanes:
            self._free.put(lane)
        self._workers = ThreadPoolExecutor(self.streams, thread_name_prefix="lane")

    @property
    def class_names(self) -> Mapping[int, str]:
        return self._class_names

    def detect(self, images: Sequence[Picture], class_ids: Collection[int]) -> list[Detections]:
        """One `Detections` a picture, in order."""
        if len(images) == 1:
            return [self._one(images[0], class_ids)]
        found = [self._workers.submit(self._one, picture, class_ids) for picture in images]
        wait(found)  # once: who waits for each in turn wakes at each, and takes Python from the lanes
        return [one.result() for one in found]

    def run_bare(self, image: Image, pictures: int) -> None:
        """The networks alone on this picture, made ready once, so many times in all: for measurements."""
        lanes = [self._free.get() for _ in range(self.streams)]
        for lane in lanes:
            lane.fit(image)
            self._free.put(lane)
        list(self._workers.map(lambda _: self._bare(), range(pictures)))

    def _bare(self) -> None:
        with self._lane() as lane:
            lane.infer()

    def _one(self, picture: Picture, class_ids: Collection[int]) -> Detections:
        with self._lane() as lane:
            fit = lane.fit(picture)
            return detections_of(
                lane.infer(),
                fit,
                width_px=picture.shape[1],
                height_px=picture.shape[0],
                confidence=self._confidence,
                iou=self._iou,
                class_ids=class_ids,
            )

    @contextmanager
    def _lane(self) -> Iterator[Lane]:
        lane = self._free.get()
        try:
            yield lane
        finally:
            self._free.put(lane)
