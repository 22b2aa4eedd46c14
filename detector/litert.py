"""YOLO networks in LiteRT (`.tflite`), as ultralytics exports them."""

from __future__ import annotations

import json
import os
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.frame import Picture
from detector.lanes import LaneDetector
from detector.letterbox import Fit, Letterbox
from junction.errors import InputError


class LiteRtLane:
    """An interpreter of its own. Places come as shares of the square, or in pixels where the network suppresses doubles
    by itself and takes its colours as planes: that is how ultralytics' two exporters differ."""

    def __init__(self, interpreter: Any) -> None:
        interpreter.allocate_tensors()
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]
        self._output = interpreter.get_output_details()[0]
        shape = [int(size) for size in self._input["shape"]]
        self._planes = shape[-1] != 3
        height_px, width_px = shape[2:] if self._planes else shape[1:3]
        self._letterbox = Letterbox(width_px, height_px)
        self._picture = np.empty(shape, dtype=np.float32)
        suppressed = int(self._output["shape"][-1]) == 6
        if suppressed:
            self._scale = np.array([width_px, height_px, width_px, height_px, 1, 1], dtype=np.float32)
            if self._planes:
                self._scale[:] = 1
        else:
            self._scale = np.ones((int(self._output["shape"][1]), 1), dtype=np.float32)
            self._scale[:4, 0] = width_px, height_px, width_px, height_px

    def fit(self, picture: Picture) -> Fit:
        fit = self._letterbox.fit(picture)
        (self._letterbox.draw_planes if self._planes else self._letterbox.draw_colours)(self._picture[0])
        ready: NDArray[Any] = self._picture
        if (kind := self._input["dtype"]) in (np.int8, np.uint8, np.int16):
            scale, zero = self._input["quantization"]
            limits = np.iinfo(kind)
            ready = np.clip(np.rint(ready / scale + zero), limits.min, limits.max).astype(kind)
        self._interpreter.set_tensor(self._input["index"], ready)
        return fit

    def infer(self) -> NDArray[np.float32]:
        self._interpreter.invoke()
        output = self._interpreter.get_tensor(self._output["index"])[0]
        if self._output["dtype"] != np.float32:
            scale, zero = self._output["quantization"]
            output = (output.astype(np.float32) - zero) * scale
        return np.asarray(output * self._scale, dtype=np.float32)


def litert_detector(path: Path, *, confidence: float, iou: float, streams: int | None) -> LaneDetector:
    """The detector of a `.tflite` file with its classes in the metadata that hangs on it.

    `streams` pictures are looked at at once, each on its share of the cores; None is one a core. Raises InputError when
    the file is no detection network.
    """
    cores = len(os.sched_getaffinity(0))
    lanes = streams or cores
    try:
        interpreter: Any = import_module("ai_edge_litert.interpreter").Interpreter
        with zipfile.ZipFile(path) as archive:
            metadata = json.loads(archive.read("metadata.json"))
        names = {int(number): str(name) for number, name in metadata["names"].items()}
        if metadata.get("task", "detect") != "detect":
            raise ValueError(f"made for {metadata['task']}")
        made = [LiteRtLane(interpreter(model_path=str(path), num_threads=max(1, cores // lanes))) for _ in range(lanes)]
    except Exception as error:
        # LiteRT raises what it likes; to the user all of it is one thing: unusable weights.
        raise InputError(
            "weights",
            expected="a LiteRT detection network with metadata.json in it, as ultralytics exports it",
            got=str(path),
            hint=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    return LaneDetector(made, names, confidence=confidence, iou=iou)
