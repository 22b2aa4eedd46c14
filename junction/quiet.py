"""Packages that phone home are told not to, before anything imports them.

`import onnxruntime` writes a device number into the user's cache and sends events to its maker unless
`ORT_DISABLE_TELEMETRY` is set; `import openvino` sends an event to its maker unless the package `openvino_telemetry` is
missing, and has a stand-in of its own for that. `controller`, `agents` and `detector` call this when they are imported.
ultralytics is told by its settings (`detector/yolo.py`).
"""

from __future__ import annotations

import os
import sys
from typing import Any


def keep_quiet() -> None:
    """From now on neither sends anything from this process; an administrator's own setting is not overruled."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)  # the import system's own way to say "not there"
