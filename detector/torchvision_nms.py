"""A stand-in for torchvision's compiled non-maximum suppression, where it cannot be loaded.

torchvision from a package index is built against a torch with CUDA; beside a CPU-only torch its compiled operators
do not load, and `import torchvision` fails with "operator torchvision::nms does not exist". ultralytics imports it
to load weights and asks it for nothing but NMS. Only where the compiled operator is missing, the operator's schema
is declared, so that the import works, and `torchvision.ops.nms` is given another function.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_declared: list[Any] = []
"""torch drops a library's operators when its object is collected; held for the life of the process."""


def ensure_nms(nms: Callable[..., Any]) -> bool:
    """Make `torchvision.ops.nms` work; True when `nms(boxes, scores, iou_threshold)` had to stand in.

    Does nothing where torchvision's own operator loads, and nothing the second time.
    """
    torch: Any = import_module("torch")

    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define(
            "qnms(Tensor dets, Tensor scores, float iou_threshold, float dets_scale, int dets_zero_point) -> Tensor"
        )
        _declared.append(library)
        import torchvision
    if torchvision.extension._has_ops():
        return False
    torchvision.ops.nms = nms
    return True
