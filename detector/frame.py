"""One picture of a camera, with its place in the stream; or the news that none came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decoded import Decoded

Image: TypeAlias = NDArray[np.uint8]
"""Shape (height, width, 3), blue-green-red."""
Picture: TypeAlias = Image | Decoded
"""An image, or what a decoder left, which becomes one only where somebody asks; both have the image's `shape`."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """`index` counts decoded frames from 0; `time_s` is seconds from the source's first frame."""

    index: int
    time_s: float
    picture: Picture

    @property
    def image(self) -> Image:
        return image_of(self.picture)


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """No frame came up to this moment, seconds from the source's beginning. `reason` is for a person."""

    time_s: float
    reason: str


def image_of(picture: Picture) -> Image:
    """The picture in blue, green and red."""
    return picture.image if isinstance(picture, Decoded) else picture


def grey_of(picture: Picture) -> NDArray[np.uint8]:
    """The picture (height, width) in grey, from black 0 to white 255."""
    if isinstance(picture, Decoded):
        return picture.grey()
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
