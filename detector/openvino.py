"""YOLO networks in OpenVINO, several pictures at once: the fastest way on a processor.

A network of a small picture does not fill all cores alone. With `streams` requests, each with its share of the cores,
two cores look at a fifth more pictures a second than with one request on both; one picture alone takes longer.
Colours, scale and layout are converted inside the network's graph.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import yaml

from detector.detection import Detections
from detector.frame import Image
from detector.letterbox import Letterbox
from detector.quiet import import_openvino
from detector.yolo_output import detections_of
from junction.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class _Lane:
    """One request with the buffer that it reads."""

    request: Any
    letterbox: Letterbox


class OpenVinoDetector:
    """An OpenVINO folder as ultralytics exports it: the network and `metadata.yaml` with its classes.

    `streams` pictures are looked at at once; None asks OpenVINO how many this machine likes. Raises InputError when
    the folder holds no detection network.
    """

    def __init__(
        self,
        folder: Path,
        *,
        image_size_px: int = 640,
        confidence: float = 0.1,
        iou: float = 0.7,
        streams: int | None = None,
    ) -> None:
        ov = import_openvino()
        try:
            metadata = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))
            self._class_names = {int(number): str(name) for number, name in metadata["names"].items()}
            core = ov.Core()
            model = core.read_model(next(folder.glob("*.xml")))
            if model.input().partial_shape.is_dynamic:
                model.reshape([1, 3, image_size_px, image_size_px])
            _, _, height_px, width_px = model.input().shape
            self._network = core.compile_model(_with_conversion(ov, model), "CPU", _settings(streams))
            if metadata.get("task", "detect") != "detect":
                raise ValueError(f"made for {metadata['task']}")
        except Exception as error:
            # OpenVINO raises what it likes; to the user all of it is one thing: unusable weights.
            raise InputError(
                "weights",
                expected="an OpenVINO folder with a detection network and metadata.yaml, as ultralytics exports it",
                got=str(folder),
                hint=str(error).splitlines()[0] if str(error) else type(error).__name__,
            ) from error
        self.streams = int(streams or self._network.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._confidence, self._iou = confidence, iou
        self._lanes: SimpleQueue[_Lane] = SimpleQueue()
        for _ in range(self.streams):
            letterbox = Letterbox(int(width_px), int(height_px))
            request = self._network.create_infer_request()
            request.set_input_tensor(ov.Tensor(letterbox.buffer[None], shared_memory=True))
            self._lanes.put(_Lane(request=request, letterbox=letterbox))
        self._workers = ThreadPoolExecutor(self.streams, thread_name_prefix="openvino")

    @property
    def class_names(self) -> Mapping[int, str]:
        return self._class_names

    def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
        """One `Detections` a picture, in order."""
        if len(images) == 1:
            return [self._one(images[0], class_ids)]
        return list(self._workers.map(lambda image: self._one(image, class_ids), images))

    def run_bare(self, image: Image, pictures: int) -> None:
        """The network alone on this picture, made ready once: for measurements."""
        self.detect([image] * self.streams, [])
        list(self._workers.map(lambda _: self._infer(), range(pictures)))

    def _infer(self) -> None:
        lane = self._lanes.get()
        try:
            lane.request.infer()
        finally:
            self._lanes.put(lane)

    def _one(self, image: Image, class_ids: Collection[int]) -> Detections:
        lane = self._lanes.get()
        try:
            fit = lane.letterbox.fit(image)
            lane.request.infer()
            return detections_of(
                np.asarray(lane.request.get_output_tensor(0).data)[0],
                fit,
                width_px=image.shape[1],
                height_px=image.shape[0],
                confidence=self._confidence,
                iou=self._iou,
                class_ids=class_ids,
            )
        finally:
            self._lanes.put(lane)


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
