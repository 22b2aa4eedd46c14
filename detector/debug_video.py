"""The one way a picture leaves the process: a video with the tracks drawn in, for whoever asked for it.

Privacy masks are painted over here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2

from detector.camera import Camera
from detector.counting import Look
from detector.draw import draw_camera
from detector.source import import_av
from detector.tracking import TrackedBox
from junction.errors import InputError

TRACK_COLOUR = (0, 200, 0)
TIME_BASE = Fraction(1, 1000)


class DebugVideo:
    """Writes an H.264 MP4 at `path`. Every frame keeps its own time; a change of frame size is scaled to the first."""

    def __init__(self, path: Path, camera: Camera, class_names: dict[int, str]) -> None:
        av: Any = import_av()
        try:
            self._container = av.open(str(path), "w", format="mp4")
        except (OSError, av.FFmpegError) as error:
            raise InputError(
                "--debug-video", expected="a file that can be written", got=str(path), hint=str(error)
            ) from None
        self._av = av
        self._camera = camera
        self._class_names = class_names
        self._stream: Any = None
        self._last_ms = -1

    def see(self, look: Look, boxes: Sequence[TrackedBox]) -> None:
        """Add the frame, with the camera's lines and zones, the boxes, and the camera's state."""
        if look.frame is None:
            return
        picture = draw_camera(self._camera, look.frame.image)
        for box in boxes:
            left, top, right, bottom = (round(edge) for edge in box.box_px)
            cv2.rectangle(picture, (left, top), (right, bottom), TRACK_COLOUR, 2)
            name = f"{box.track_id} {self._class_names.get(box.class_id, '?')}"
            cv2.putText(picture, name, (left, max(10, top - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, TRACK_COLOUR, 1)
        cv2.putText(picture, str(look.state), (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 255), 1)
        if self._stream is None:
            self._stream = self._container.add_stream("libx264", rate=25)
            self._stream.height, self._stream.width = (size // 2 * 2 for size in picture.shape[:2])
            self._stream.pix_fmt = "yuv420p"
            self._stream.time_base = TIME_BASE
            self._stream.codec_context.time_base = TIME_BASE
        frame = self._av.VideoFrame.from_ndarray(
            cv2.resize(picture, (self._stream.width, self._stream.height)), format="bgr24"
        )
        self._last_ms = frame.pts = max(self._last_ms + 1, round(1000 * look.time_s))
        frame.time_base = TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        if self._stream is not None:
            self._container.mux(self._stream.encode())
        self._container.close()
