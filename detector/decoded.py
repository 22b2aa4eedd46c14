"""A picture as a video's decoder leaves it: how bright at full size, and two colours at half of it.

Most of a camera's pictures are looked at twice only: scaled down by a network, and in grey at a glance. To turn all of
each into blue, green and red first, and scale three colours then, takes half as long again.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

PLANAR = frozenset({"yuv420p", "yuvj420p"})
"""FFmpeg's names of the layouts that are taken as they are; nearly all cameras and files have one of them."""
FULL_RANGE = 2
"""FFmpeg's number: black is 0 and white 255, not 16 and 235."""
FROM_VIDEO_RANGE = np.clip((np.arange(256) - 16) * (255 / 219), 0, 255).round().astype(np.uint8)


def has_planes(frame: Any) -> bool:
    """Whether a decoder's frame can be a `Decoded`."""
    return frame.format.name in PLANAR and all(plane.line_size > 0 for plane in frame.planes)


class Decoded:
    """One such picture; PyAV's frame holds its memory. May be looked at by several threads."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.shape = (int(frame.height), int(frame.width), 3)
        """As the picture's would be in blue, green and red."""
        self.planes = [plane_of(plane) for plane in frame.planes]
        """(height, width) of brightness, and of each colour at half the size, rounded up."""

    def grey(self, rows: int = 1, columns: int = 1) -> NDArray[np.uint8]:
        """Every so many-th row and column, from black 0 to white 255."""
        bright = self.planes[0][::rows, ::columns]
        if self.frame.format.name == "yuvj420p" or self.frame.color_range == FULL_RANGE:
            return bright
        return np.asarray(cv2.LUT(np.ascontiguousarray(bright), FROM_VIDEO_RANGE), dtype=np.uint8)

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """(height, width, 3) of blue, green and red, for who wants to see it as it is."""
        return np.ascontiguousarray(bgr_of(reformatter(), self.frame))


class DecodedScaler:
    """Draws decoded pictures at another size; for one thread at a time."""

    def __init__(self) -> None:
        self._reformatter = reformatter()
        self._small: Any = None

    def draw(self, picture: Decoded, room: NDArray[np.uint8]) -> None:
        """The whole picture into `room` (height, width, 3), in blue, green and red."""
        height_px, width_px = room.shape[:2]
        like = picture.frame
        even = width_px + width_px % 2, height_px + height_px % 2  # FFmpeg has a quick way for these only
        small = self._small
        if small is None or (small.width, small.height, small.format.name) != (*even, like.format.name):
            small = self._small = import_module("av").VideoFrame(*even, like.format.name)
        halves = (width_px + 1) // 2, (height_px + 1) // 2
        for plane, large, size in zip(
            small.planes, picture.planes, ((width_px, height_px), halves, halves), strict=True
        ):
            cv2.resize(large, size, dst=plane_of(plane)[: size[1], : size[0]], interpolation=cv2.INTER_LINEAR)
        small.colorspace, small.color_range = like.colorspace, like.color_range
        room[:] = bgr_of(self._reformatter, small)[:height_px, :width_px]


def plane_of(plane: Any) -> NDArray[np.uint8]:
    """The bytes of PyAV's plane as (height, width), where they lie."""
    rows = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def bgr_of(turner: Any, frame: Any) -> NDArray[np.uint8]:
    """PyAV's frame in blue, green and red (height, width, 3), in the caller's thread: FFmpeg's own threads for it
    waited three milliseconds for each other at every picture, on work of 0.1 ms."""
    turned = turner.reformat(frame, format="bgr24", threads=1)
    (plane,) = turned.planes
    rows = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)
    return rows[: turned.height, : 3 * turned.width].reshape(turned.height, turned.width, 3)


def reformatter() -> Any:
    """FFmpeg's converter of pictures; for one thread at a time, quickest for pictures that are all alike."""
    return import_module("av.video.reformatter").VideoReformatter()
