"""YOLO networks in PyTorch on a processor. One core looks at one picture: PyTorch gains little from a second core, and
two lanes look at half as many pictures again as one lane on both.

A network is recorded once for pictures of one shape and runs without Python from then on: layer by layer, in Python, it
takes a sixth longer, and every layer waits for whatever else runs in Python beside it.
"""

from __future__ import annotations

import os
import threading
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.frame import Picture
from detector.lanes import LaneDetector
from detector.letterbox import Fit, Letterbox
from detector.yolo import load_yolo
from junction.errors import InputError

STRIDE_PX = 32
"""A network's input is a multiple of this wide and high; no more grey than that is put beside a picture."""


class TorchNetwork:
    """A network of ultralytics' that is fused, for pictures (1, 3, height, width) of blue, green and red from 0 to 255.
    Its recordings may run in several threads at once."""

    def __init__(self, model: Any) -> None:
        self._torch: Any = import_module("torch")
        self._model = model.float().eval()
        self._takes_bytes = self._for_bytes()
        self._model = self._model.to(memory_format=self._torch.channels_last)
        self._recorded: dict[tuple[int, ...], Any] = {}
        self._recording = threading.Lock()

    def recorded(self, picture: Any) -> Any:
        """The network for pictures of this one's shape. A new shape takes two seconds."""
        shape = tuple(picture.shape)
        with self._recording:
            if shape not in self._recorded:
                self._recorded[shape] = self._record(picture)
            return self._recorded[shape]

    def _for_bytes(self) -> bool:
        """Colours are turned round and scaled by the first layer's own weights, which costs nothing, where that is a
        convolution over all of them."""
        torch, first = self._torch, getattr(self._model.model[0], "conv", None)
        if not isinstance(first, torch.nn.Conv2d) or first.groups != 1:
            return False
        with torch.no_grad():
            first.weight.copy_(first.weight.flip(1) / 255)
        return True

    def _record(self, picture: Any) -> Any:
        torch, model, takes_bytes = self._torch, self._model, self._takes_bytes

        class Boxes(torch.nn.Module):  # type: ignore[misc, name-defined]
            """The network without what it puts out for its training."""

            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, picture: Any) -> Any:
                output = self.model(picture if takes_bytes else picture.flip(1) / 255)
                return output[0] if isinstance(output, (tuple, list)) else output

        with torch.no_grad(), warnings.catch_warnings():
            # PyTorch would rather compile, which needs a C++ compiler where the cameras are counted.
            warnings.simplefilter("ignore")
            boxes = Boxes().eval()
            boxes(picture)  # lays out its grid of places, which the recording takes as it is
            recording = torch.jit.freeze(torch.jit.trace(boxes, picture, check_trace=False))
            for _ in range(2):
                recording(picture)  # makes itself faster while it runs for the first two times
        return recording


class TorchLane:
    """Runs of a network that other lanes share: each run computes in its caller's thread."""

    def __init__(self, network: TorchNetwork, *, image_size_px: int, threads: int) -> None:
        self._network = network
        self._image_size_px = image_size_px
        self._threads = threads
        self._letterboxes: dict[tuple[int, int], Letterbox] = {}
        self._torch: Any = import_module("torch")
        self._picture: Any = None
        self._recorded: Any = None

    def fit(self, picture: Picture) -> Fit:
        letterbox = self._letterbox(picture.shape[1], picture.shape[0])
        fit = letterbox.fit(picture)
        # A picture's own layout is channels_last, which the network likes best: no value has to move.
        self._picture = self._torch.from_numpy(letterbox.buffer)[None].permute(0, 3, 1, 2).float()
        self._recorded = self._network.recorded(self._picture)
        return fit

    def infer(self) -> NDArray[np.float32]:
        self._torch.set_num_threads(self._threads)  # counts for the thread that calls it
        with self._torch.inference_mode():
            return np.asarray(self._recorded(self._picture)[0].numpy(), dtype=np.float32)

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
    network = TorchNetwork(yolo.model.fuse(verbose=False))
    cores = len(os.sched_getaffinity(0))
    lanes = streams or cores
    threads = max(1, cores // lanes)
    return LaneDetector(
        [TorchLane(network, image_size_px=image_size_px, threads=threads) for _ in range(lanes)],
        dict(yolo.names),
        confidence=confidence,
        iou=iou,
    )
