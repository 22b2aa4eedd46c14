"""Is the picture sharp, and is there anything between the lens and the street?

Both are measured against what this camera showed when its picture was good: scenes differ more from each other than a
sharp picture from a soft one. What is kept of it is a number and one number a cell, no picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from junction.counts import CameraState

ROWS, COLUMNS, CELL_PX = 9, 16, 20
WIDTH_PX, HEIGHT_PX = COLUMNS * CELL_PX, ROWS * CELL_PX
"""The size at which pictures are measured: 320 by 180."""
BLURRED_SHARE = 0.15
"""Fine detail (variance of the Laplacian over that of the grey) below this share of the camera's usual one is a blur.

The shared clips keep 0.21 of it or more at all times; a Gaussian blur of 3 px in 800 leaves 0.08 or less.
"""
BLURRED_DETAIL = 0.02
"""Below this the picture is soft whatever was usual; sharp pictures of the shared clips have 0.09 or more."""
SHARP_AGAIN = 1.5
"""A blurred picture is sharp again when it is this much better than what was called a blur."""
FLAT_SPREAD = 4.0
"""Standard deviation of grey in a cell that shows nothing."""
STRUCTURED_SPREAD = 6.0
COVERED_SHARE, CLEAR_SHARE = 0.45, 0.3
"""Share of the usually structured cells that are flat: from the first the lens is covered, below the second no more.
At most 0.15 on the shared clips; 0.55 or more when three fifths of the picture are covered."""
MIN_STRUCTURED = 14
"""With fewer structured cells (a tenth) a lorry could flatten most of them."""
LEARN_S = 2.0
"""The first pictures set what is usual."""
ADAPT_S = 600.0
"""What is usual follows the day's light this slowly."""


class Sharpness:
    """Follows one camera's detail and structure."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._last_s = 0.0
        self._usual_detail = 0.0
        self._usual_spread: NDArray[np.float64] = np.zeros((ROWS, COLUMNS))
        self._judged = CameraState.OK

    def look(self, time_s: float, grey: NDArray[np.uint8]) -> CameraState:
        """COVERED, BLURRED or OK, of a grey picture of `WIDTH_PX` by `HEIGHT_PX`."""
        values = grey.astype(np.float32)
        detail = float(cv2.Laplacian(values, cv2.CV_32F).var()) / max(1.0, float(values.var()))
        mean, mean_of_squares = (
            cv2.resize(one, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) for one in (values, values * values)
        )
        spread = np.sqrt(np.maximum(0.0, mean_of_squares - mean * mean)).astype(np.float64)
        self._judged = self._judge(detail, spread)
        if self._judged is CameraState.OK:
            self._learn(time_s, detail, spread)
        return self._judged

    def forget(self) -> None:
        """The picture has another size: what was usual has to be learned anew."""
        self._since_s = None
        self._judged = CameraState.OK

    def _judge(self, detail: float, spread: NDArray[np.float64]) -> CameraState:
        known = self._since_s is not None and self._last_s - self._since_s >= LEARN_S
        structured = self._usual_spread > STRUCTURED_SPREAD
        flat_share = 1.0 if (spread < FLAT_SPREAD).all() else 0.0
        if known and structured.sum() >= MIN_STRUCTURED:
            flat_share = float((spread[structured] < FLAT_SPREAD).mean())
        if flat_share > (CLEAR_SHARE if self._judged is CameraState.COVERED else COVERED_SHARE):
            return CameraState.COVERED
        least = max(BLURRED_DETAIL, BLURRED_SHARE * self._usual_detail if known else 0.0)
        if detail < least * (SHARP_AGAIN if self._judged is CameraState.BLURRED else 1.0):
            return CameraState.BLURRED
        return CameraState.OK

    def _learn(self, time_s: float, detail: float, spread: NDArray[np.float64]) -> None:
        if self._since_s is None:
            self._since_s, self._usual_detail, self._usual_spread = time_s, detail, spread
        else:
            learning = time_s - self._since_s < LEARN_S
            weight = 0.3 if learning else min(1.0, (time_s - self._last_s) / ADAPT_S)
            self._usual_detail += weight * (detail - self._usual_detail)
            self._usual_spread = self._usual_spread + weight * (spread - self._usual_spread)
        self._last_s = time_s
