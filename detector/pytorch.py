"""YOLO networks in PyTorch on a processor. One core looks at one picture: PyTorch gains little from a second core, and
two lanes look at half as many pictures again as one lane on both."""

from __future__ import annotations

import copy
import itertools
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.frame import Image
from detector.lanes import LaneDetector
from detector.letterbox import Fit, Letterbox
from detector.yolo import load_yolo
from junction.errors import InputError

STRIDE_PX = 32
"""A network's input is a multiple of this wide and high; no more grey than that is put beside a picture."""


class TorchLane:
    """A network that shares its weights with its neighbours; what it computes is its own."""

    def __init__(self, model: Any, *, image_size_px: int, threads: int) -> None:
        weights = {id(one): one for one in itertools.chain(model.parameters(), model.buffers())}
        self._model = copy.deepcopy(model, weights)
        self._image_size_px = image_size_px
        self._threads = threads
        self._letterboxes: dict[tuple[int, int], Letterbox] = {}
        self._torch: Any = import_module("torch")
        self._picture: Any = None

    def fit(self, image: Image) -> Fit:
        letterbox = self._letterbox(image.shape[1], image.shape[0])
        fit = letterbox.fit(image)
        # A picture's own layout is channels_last, which the network likes best: no value has to move.
        picture = self._torch.from_numpy(cv2.cvtColor(letterbox.buffer, cv2.COLOR_BGR2RGB))
        self._picture = picture[None].permute(0, 3, 1, 2).float().div_(255)
        return fit

    def infer(self) -> NDArray[np.float32]:
        self._torch.set_num_threads(self._threads)  # counts for the thread that calls it
        with self._torch.inference_mode():
            output = self._model(self._picture)
        output = output[0] if isinstance(output, (tuple, list)) else output
        return np.asarray(output[0].numpy(), dtype=np.float32)

    def _letterbox(self, width_px: int, height_px: int) -> Letterbox:
        """The one for pictures of that size. A camera that changes its size leaves a buffer of a megabyte behind."""
        scale = self._image_size_px / max(width_px, height_px)
        wide, high = (-(-round(size * scale) // STRIDE_PX) * STRIDE_PX for size in (width_px, height_px))
        return self._letterboxes.setdefault((wide, high), Letterbox(wide, high))


def torch_detector(
    path: Path, *, image_size_px: int, confidence: float, iou: float, streams: int | None, download: bool
) -> LaneDetector:
    """The detector of a .pt file. `streams` pictures are looked at at once, each on its share of the cores; None is
    one a core. Raises InputError when the file is missing, cannot be read, or is for another task than detection."""
    yolo = load_yolo(path, download=download)
    if yolo.task != "detect":
        raise InputError("weights", expected="detection weights", got=f"{path}, made for {yolo.task}")
    torch: Any = import_module("torch")
    model = yolo.model.fuse(verbose=False).float().eval().to(memory_format=torch.channels_last)
    cores = len(os.sched_getaffinity(0))
    lanes = streams or cores
    threads = max(1, cores // lanes)
    return LaneDetector(
        [TorchLane(model, image_size_px=image_size_px, threads=threads) for _ in range(lanes)],
        dict(yolo.names),
        confidence=confidence,
        iou=iou,
    )
