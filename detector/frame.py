"""One picture of a camera, with its place in the stream; or the news that none came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""Shape (height, width, 3), blue-green-red."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """`index` counts decoded frames from 0; `time_s` is seconds from the source's first frame."""

    index: int
    time_s: float
    image: Image


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """No frame came up to this moment, seconds from the source's beginning. `reason` is for a person."""

    time_s: float
    reason: str
