"""The detector for some weights, by what they are.

.pt                     PyTorch (detector/pytorch.py); where there is a GPU, by ultralytics
FOLDER with *.xml       OpenVINO (detector/openvino.py)
.onnx                   ONNX Runtime (detector/onnx.py)
.tflite                 LiteRT (detector/litert.py): pip install 'chauraha[litert]'
.engine                 TensorRT, by ultralytics, on the machine with the NVIDIA card that it was built for
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from detector.detection import Detector
from detector.litert import litert_detector
from detector.onnx import onnx_detector
from detector.openvino import openvino_detector
from detector.pytorch import torch_detector
from detector.yolo import NMS_IOU, YoloDetector, has_gpu
from junction.errors import InputError, MissingPackageError


def load_detector(
    weights: Path,
    *,
    image_size_px: int = 640,
    confidence: float = 0.1,
    download: bool = False,
    streams: int | None = None,
) -> Detector:
    """The detector for `weights`. `streams`: pictures at once, where the backend can; None for what suits the machine.

    Raises InputError for weights that are missing or unusable, MissingPackageError for a backend that is not installed.
    """
    if weights.is_dir() and any(weights.glob("*.xml")):
        return openvino_detector(
            weights, image_size_px=image_size_px, confidence=confidence, iou=NMS_IOU, streams=streams
        )
    if weights.suffix == ".onnx" and weights.is_file():
        return onnx_detector(weights, image_size_px=image_size_px, confidence=confidence, iou=NMS_IOU, streams=streams)
    if weights.suffix == ".tflite" and find_spec("ai_edge_litert") is None:
        raise MissingPackageError("ai_edge_litert", extra="litert")
    if weights.suffix == ".tflite" and weights.is_file():
        return litert_detector(weights, confidence=confidence, iou=NMS_IOU, streams=streams)
    if weights.suffix == ".engine" and find_spec("tensorrt") is None:
        raise InputError(
            "weights",
            expected="a backend of this machine",
            got=str(weights),
            hint="TensorRT engines run where they were built, beside an NVIDIA card, with NVIDIA's tensorrt package; "
            "elsewhere use the .pt or an OpenVINO folder",
        )
    if weights.suffix == ".pt" and not has_gpu():
        return torch_detector(
            weights,
            image_size_px=image_size_px,
            confidence=confidence,
            iou=NMS_IOU,
            streams=streams,
            download=download,
        )
    return YoloDetector(weights, image_size_px=image_size_px, confidence=confidence, download=download)


def streams_of(detector: Detector | None) -> int:
    """How many pictures the detector looks at at once; if several, it may be called from several threads."""
    return int(getattr(detector, "streams", 1))
