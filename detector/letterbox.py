"""A picture fitted into a network's square, and boxes taken back out of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decoded import Decoded, DecodedScaler
from detector.frame import Image, Picture

PAD_GREY = 114
"""What YOLO networks were trained to see beside a picture that is not square."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """How a picture lies in the square: scaled by `scale`, its left upper corner at (`left_px`, `top_px`)."""

    scale: float
    left_px: int
    top_px: int

    def back(self, boxes: NDArray[np.float32], width_px: int, height_px: int) -> NDArray[np.float32]:
        """Boxes (N, 4) of the square in pixels of a picture of that size, cut at its edges."""
        moved = (boxes - np.array([self.left_px, self.top_px] * 2, dtype=np.float32)) / np.float32(self.scale)
        limits = np.array([width_px, height_px] * 2, dtype=np.float32)
        return np.asarray(np.clip(moved, 0, limits), dtype=np.float32)


class Letterbox:
    """Fits pictures into one buffer of `width_px` by `height_px`, which the next picture overwrites."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._width_px, self._height_px = width_px, height_px
        self.buffer: Image = np.full((height_px, width_px, 3), PAD_GREY, dtype=np.uint8)
        self.drawn = slice(0, height_px)
        """The rows that the last picture changed: not the grey above and below it, once that lies there."""
        self._shape: tuple[int, int] | None = None
        self._scaler = DecodedScaler()

    def fit(self, picture: Picture) -> Fit:
        """Draw the picture into `buffer`, as large as it fits, in the middle."""
        height_px, width_px = picture.shape[:2]
        scale = min(self._height_px / height_px, self._width_px / width_px)
        inner = round(width_px * scale), round(height_px * scale)
        left = round((self._width_px - inner[0]) / 2 - 0.1)
        top = round((self._height_px - inner[1]) / 2 - 0.1)
        self.drawn = slice(top, top + inner[1])
        if (height_px, width_px) != self._shape:
            self._shape = height_px, width_px
            self.buffer[:] = PAD_GREY
            self.drawn = slice(0, self._height_px)
        room = self.buffer[top : top + inner[1], left : left + inner[0]]
        if isinstance(picture, Decoded):
            self._scaler.draw(picture, room)
        elif inner == (width_px, height_px):
            room[:] = picture
        else:
            cv2.resize(picture, inner, dst=room, interpolation=cv2.INTER_LINEAR)
        return Fit(scale=scale, left_px=left, top_px=top)

    def draw_planes(self, planes: NDArray[np.float32]) -> None:
        """What the last picture changed, as planes (3, height, width) of red, green and blue from 0 to 1. In half the
        time of OpenCV's `blobFromImage`."""
        for plane, colour in zip(planes, (2, 1, 0), strict=True):
            shades = cv2.extractChannel(self.buffer[self.drawn], colour)
            np.multiply(shades, np.float32(1 / 255), out=plane[self.drawn])

    def draw_colours(self, colours: NDArray[np.float32]) -> None:
        """The same as one picture (height, width, 3)."""
        np.divide(cv2.cvtColor(self.buffer[self.drawn], cv2.COLOR_BGR2RGB), np.float32(255), out=colours[self.drawn])
