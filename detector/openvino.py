"""YOLO networks in OpenVINO: the fastest way on a processor. Colours, scale and layout are converted in the graph."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from detector.frame import Picture
from detector.lanes import LaneDetector
from detector.letterbox import Fit, Letterbox
from junction.errors import InputError, MissingPackageError


class OpenVinoLane:
    """One request to a compiled network, with the buffer that it reads."""

    def __init__(self, ov: Any, network: Any, width_px: int, height_px: int) -> None:
        self._letterbox = Letterbox(width_px, height_px)
        self._request = network.create_infer_request()
        self._request.set_input_tensor(ov.Tensor(self._letterbox.buffer[None], shared_memory=True))

    def fit(self, picture: Picture) -> Fit:
        return self._letterbox.fit(picture)

    def infer(self) -> NDArray[np.float32]:
        self._request.infer(share_outputs=True)  # to copy three megabytes for nobody takes 0.25 ms
        output: NDArray[np.float32] = self._request.get_output_tensor(0).data[0]
        return output


def openvino_detector(
    folder: Path, *, image_size_px: int, confidence: float, iou: float, streams: int | None
) -> LaneDetector:
    """The detector of an OpenVINO folder as ultralytics exports it: the network, and `metadata.yaml` with its classes.

    `streams` pictures are looked at at once; None asks OpenVINO how many this machine likes. Raises InputError when
    the folder holds no detection network.
    """
    try:
        ov: Any = import_module("openvino")
    except ModuleNotFoundError as missing:
        raise MissingPackageError(missing.name or "openvino", extra="detect") from None
    try:
        metadata = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))
        class_names = {int(number): str(name) for number, name in metadata["names"].items()}
        if metadata.get("task", "detect") != "detect":
            raise ValueError(f"made for {metadata['task']}")
        core = ov.Core()
        model = core.read_model(next(folder.glob("*.xml")))
        if model.input().partial_shape.is_dynamic:
            model.reshape([1, 3, image_size_px, image_size_px])
        _, _, height_px, width_px = (int(size) for size in model.input().shape)
        network = core.compile_model(_with_conversion(ov, model), "CPU", _settings(streams))
        wanted = int(streams or network.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        lanes = [OpenVinoLane(ov, network, width_px, height_px) for _ in range(wanted)]
    except Exception as error:
        # OpenVINO raises what it likes; to the user all of it is one thing: unusable weights.
        raise InputError(
            "weights",
            expected="an OpenVINO folder with a detection network and metadata.yaml, as ultralytics exports it",
            got=str(folder),
            hint=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    return LaneDetector(lanes, class_names, confidence=confidence, iou=iou)


def _with_conversion(ov: Any, model: Any) -> Any:
    """The network with a blue-green-red byte picture as its input."""
    prepare = ov.preprocess.PrePostProcessor(model)
    prepare.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(
        ov.preprocess.ColorFormat.BGR
    )
    prepare.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ov.preprocess.ColorFormat.RGB).scale(
        255.0
    )
    prepare.input().model().set_layout(ov.Layout("NCHW"))
    return prepare.build()


def _settings(streams: int | None) -> dict[str, Any]:
    if streams == 1:
        return {"PERFORMANCE_HINT": "LATENCY"}
    if streams is None:
        return {"PERFORMANCE_HINT": "THROUGHPUT"}
    return {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": streams}
