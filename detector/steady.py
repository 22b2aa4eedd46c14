"""Holds a picture still: where the first picture's corners are now, for cameras in the wind and drones that drift.

Corners of the first picture are followed with Lucas and Kanade's optical flow, starting from where they were last, and
RANSAC finds the one shift, turn and zoom that most of them agree on; vehicles and trees are outvoted.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CORNERS = 300
FEWEST_AGREEING = 30
"""Fewer corners that agree are no proof of where the picture went."""
AGREE_PX = 1.0
SEARCH_PX = 15


class Steadier:
    """Measures every grey picture against the first one; `forget` makes the next one the first."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._first: NDArray[np.uint8] | None = None
        self._corners = np.zeros((0, 1, 2), dtype=np.float32)
        self._last = np.eye(2, 3)

    def transform(self, grey: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """From the first picture's pixels to this one's, (2, 3); None when it is not found again.

        A picture with too few corners (fog, a bare road) is taken as standing still: there is nothing to go by.
        """
        if self._first is None:
            corners = cv2.goodFeaturesToTrack(grey, CORNERS, 0.01, 8)
            self._first = grey
            self._corners = np.zeros((0, 1, 2), np.float32) if corners is None else np.asarray(corners, np.float32)
            return self._last
        if len(self._corners) < 2 * FEWEST_AGREEING:
            return self._last
        guess = self._corners.reshape(-1, 2) @ self._last[:, :2].T + self._last[:, 2]
        now, found, _ = cv2.calcOpticalFlowPyrLK(
            self._first,
            grey,
            self._corners,
            guess.astype(np.float32).reshape(-1, 1, 2),
            winSize=(SEARCH_PX, SEARCH_PX),
            maxLevel=2,
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        good = found.ravel() == 1
        if good.sum() < FEWEST_AGREEING:
            return None
        moved, agree = cv2.estimateAffinePartial2D(
            self._corners[good], now[good], method=cv2.RANSAC, ransacReprojThreshold=AGREE_PX
        )
        if moved is None or agree.sum() < FEWEST_AGREEING:
            return None
        self._last = np.asarray(moved, dtype=np.float64)
        return self._last
