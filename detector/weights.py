"""Which weights to count with: the command line, then the camera file, then the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from detector.camera import Camera
from detector.yolo import cache_folder
from junction.errors import InputError

WEIGHTS_VARIABLE = "CHAURAHA_WEIGHTS"
_PUBLISHED = re.compile(r"yolo[a-z0-9.]*\.pt")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Where the weights lie. `download`: they are not there, and ultralytics may fetch them by this name."""

    path: Path
    download: bool = False


def find_weights(given: str | None, camera: Camera) -> Weights:
    """The weights to use. Raises InputError when there are none, saying where they may come from.

    Nothing is ever fetched unless the command line names published weights (such as `yolo11n.pt`) that are not
    here; they are then kept in the user's cache folder.
    """
    if given is not None:
        path = Path(given).expanduser()
        if path.exists():
            return Weights(path=path)
        if path.name == given and _PUBLISHED.fullmatch(given):
            cached = cache_folder() / given
            return Weights(path=cached, download=not cached.exists())
        raise InputError("--weights", expected="a weights file or folder", got=given)
    named: dict[str, Path | None] = {"the camera file's weights": camera.weights, WEIGHTS_VARIABLE: _from_environment()}
    for field, wanted in named.items():
        if wanted is not None:
            if not wanted.exists():
                raise InputError(field, expected="a weights file or folder", got=str(wanted))
            return Weights(path=wanted)
    raise InputError(
        "weights",
        expected="detection weights",
        got=None,
        hint=f"give --weights FILE (.pt, ONNX, an OpenVINO folder), weights in the camera file, or {WEIGHTS_VARIABLE}; "
        "on a machine that is online, --weights yolo11n.pt lets ultralytics fetch its own",
    )


def _from_environment() -> Path | None:
    value = os.environ.get(WEIGHTS_VARIABLE, "").strip()
    return Path(value).expanduser() if value else None
