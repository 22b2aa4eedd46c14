"""YOLO networks in ONNX Runtime."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from detector.frame import Picture
from detector.lanes import LaneDetector
from detector.letterbox import Fit, Letterbox
from junction.errors import InputError


class OnnxLane:
    """Runs of a session that other lanes share: each run computes in its caller's thread."""

    def __init__(self, session: Any, width_px: int, height_px: int) -> None:
        self._letterbox = Letterbox(width_px, height_px)
        self._picture = np.empty((1, 3, height_px, width_px), dtype=np.float32)
        self._session = session
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name

    def fit(self, picture: Picture) -> Fit:
        fit = self._letterbox.fit(picture)
        self._letterbox.draw_planes(self._picture[0])
        return fit

    def infer(self) -> NDArray[np.float32]:
        output: NDArray[np.float32] = self._session.run([self._output], {self._input: self._picture})[0][0]
        return output


def onnx_detector(
    path: Path, *, image_size_px: int, confidence: float, iou: float, streams: int | None
) -> LaneDetector:
    """The detector of an ONNX file as ultralytics exports it, its classes in its metadata.

    `streams` pictures are looked at at once, each on its share of the cores; None is one a core. Raises InputError
    when the file is no detection network of single precision.
    """
    cores = len(os.sched_getaffinity(0))
    lanes = streams or cores
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, cores // lanes)
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        metadata = session.get_modelmeta().custom_metadata_map
        names = {int(number): str(name) for number, name in ast.literal_eval(metadata["names"]).items()}
        if metadata.get("task", "detect") != "detect":
            raise ValueError(f"made for {metadata['task']}")
        given = session.get_inputs()[0]
        if given.type != "tensor(float)":
            raise ValueError(f"its input is {given.type}")
        height_px, width_px = (size if isinstance(size, int) else image_size_px for size in given.shape[2:])
    except Exception as error:
        # ONNX Runtime raises what it likes; to the user all of it is one thing: unusable weights.
        raise InputError(
            "weights",
            expected="an ONNX detection network with its classes in its metadata, as ultralytics exports it",
            got=str(path),
            hint=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    return LaneDetector(
        [OnnxLane(session, width_px, height_px) for _ in range(lanes)], names, confidence=confidence, iou=iou
    )
