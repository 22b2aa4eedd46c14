"""A folder of pictures as a source: one frame a file, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from detector.frame import Frame
from detector.source import FileSource, VideoSource
from junction.errors import InputError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


class FolderSource:
    """The pictures of `folder`, `fps` a second. Other files in it are left alone.

    Raises InputError when there is no picture or no rate. A picture that cannot be read ends the source (`broken`).
    """

    def __init__(self, folder: Path, *, fps: float | None) -> None:
        self._pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
        if not self._pictures:
            raise InputError(
                "source", expected=f"a folder with pictures ({', '.join(sorted(SUFFIXES))})", got=str(folder)
            )
        if fps is None:
            raise InputError(
                "source",
                expected="the rate of the folder's pictures",
                got=None,
                hint="give --fps, or fps in the camera file",
            )
        self.name = str(folder)
        self.fps = fps
        self.broken: str | None = None
        self.announced_s = len(self._pictures) / fps

    def frames(self) -> Iterator[Frame]:
        for index, path in enumerate(self._pictures):
            image = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if image is None:
                self.broken = f"{path.name} is no picture that can be read"
                return
            yield Frame(index=index, time_s=index / self.fps, picture=np.asarray(image, dtype=np.uint8))


def open_source(path: Path, *, fps: float | None) -> VideoSource:
    """A folder of pictures or a video file."""
    return FolderSource(path, fps=fps) if path.is_dir() else FileSource(path, fps=fps)
