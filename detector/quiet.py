"""Packages that phone home are told not to before they are imported.

`import openvino` sends an event to its maker's statistics unless the package `openvino_telemetry` is missing; it then
uses a stand-in of its own that sends nothing. So it is made to be missing here. ultralytics is told by its settings
(`detector/yolo.py`).
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from junction.errors import MissingPackageError

TELEMETRY = "openvino_telemetry"


def hide_telemetry() -> None:
    """From now on `import openvino_telemetry` raises ImportError in this process."""
    modules: dict[str, Any] = sys.modules
    modules[TELEMETRY] = None  # the import system's own way to say "not there"


def import_openvino() -> Any:
    """OpenVINO, silenced. Raises MissingPackageError."""
    hide_telemetry()
    try:
        return import_module("openvino")
    except ModuleNotFoundError as missing:
        raise MissingPackageError(missing.name or "openvino", extra="detect") from None
