"""Is the picture of any use? A camera that shows nothing must not read as an empty road.

Noticed here, the first that fits: black (no light reaches the chip, or the lens is covered in the dark), frozen (the
same picture again and again: a hung encoder), covered and blurred (`detector/sharpness.py`), moved
(`detector/viewpoint.py`). A source's own silence, or its end before its time, is `lost`. A view that the weights do not
know (`detector/familiarity.py`) is `unfamiliar`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector import sharpness, viewpoint
from detector.decoded import Decoded
from detector.frame import Picture, grey_of
from detector.sharpness import Sharpness
from detector.shrink import shrunk
from detector.viewpoint import Viewpoint
from junction.counts import CameraState

BLACK_LEVEL = 16.0
"""Mean grey (0 to 255) of a picture below which, if it is also flat, it shows nothing; 16 is video's black."""
BLACK_SPREAD = 6.0
FROZEN_DIFFERENCE = 0.05
"""Mean change of grey from one picture to the next below which they are the same; sensor noise is above 0.3."""
MOVED_SHIFT, BACK_SHIFT = 0.04, 0.03
"""Fractions of the frame's width: farther than the first from its reference a view has moved; nearer than the second
it is back. The shared clips of standing cameras reach 0.019."""
NOTICE_S = {
    CameraState.BLACK: 2.0,
    CameraState.FROZEN: 2.0,
    CameraState.COVERED: 3.0,
    CameraState.BLURRED: 3.0,
    CameraState.MOVED: 3.0,
    CameraState.UNFAMILIAR: 0.0,
}
"""How long a picture must look so before the camera is said to be."""
AGAIN_S = {CameraState.COVERED: 1.0, CameraState.BLURRED: 1.0, CameraState.MOVED: 1.0}
"""How long a picture must look good again; after black, frozen and lost the first good one will do."""
SHARPNESS_EVERY_S, VIEW_EVERY_S = 0.2, 1.0
"""How often the costlier questions are asked; between two askings the last answer stands."""
SAMPLE_PX = 64
"""Pictures are compared on about so many columns and rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateSpan:
    """A camera's state from one moment to another, in seconds of the source."""

    state: CameraState
    from_s: float
    to_s: float


class StateWatch:
    """Follows one camera's state, picture by picture, and keeps its history as spans without gaps.

    `fixed`: the camera stands still, so that a view that has moved is a state; footage from a hand or a drone is not.
    """

    def __init__(self, *, fixed: bool = True) -> None:
        self.blank = False
        """Whether the latest picture is black, be the camera said to be black yet or not."""
        self._last: NDArray[np.float32] | None = None
        self._size_px: tuple[int, int] | None = None
        self._sharpness, self._sharpness_at_s, self._sharpness_says = Sharpness(), -math.inf, CameraState.OK
        self._view = Viewpoint() if fixed else None
        self._view_at_s, self._moved = -math.inf, False
        self._suspect: CameraState = CameraState.OK
        self._since_s = self._bad_since_s = 0.0
        self._spans: list[StateSpan] = []

    def see(self, time_s: float, picture: Picture, *, unfamiliar: bool = False) -> CameraState:
        """The camera's state with this picture. `unfamiliar`: the weights are known not to know the view."""
        looks = self._looks(time_s, picture)
        if looks is CameraState.OK and unfamiliar:
            looks = CameraState.UNFAMILIAR
        self.blank = looks is CameraState.BLACK
        if looks is not self._suspect:
            if self._suspect is CameraState.OK:
                self._bad_since_s = time_s
            self._suspect, self._since_s = looks, time_s
        # A picture that is wrong in changing ways (covered, and now and then frozen) is wrong since the first of them.
        since_s = self._bad_since_s if self._state is CameraState.OK else self._since_s
        needed_s = AGAIN_S.get(self._state, 0.0) if looks is CameraState.OK else NOTICE_S[looks]
        state = looks if time_s - since_s >= needed_s else self._state
        if state is not CameraState.OK and self._state is CameraState.OK:
            self._reach(since_s)
            self._spans.append(StateSpan(state=state, from_s=since_s, to_s=time_s))
        elif not self._spans or state is not self._state:
            self._reach(time_s)
            self._spans.append(StateSpan(state=state, from_s=time_s, to_s=time_s))
        self._reach(time_s)
        return state

    def lose(self, from_s: float, to_s: float) -> None:
        """Nothing came from one moment to the other: a source broke off, or a stream is down."""
        if self._spans and self._state is CameraState.LOST:
            self._reach(to_s)
            return
        self._reach(from_s)
        self._suspect, self._since_s = CameraState.LOST, from_s
        self._spans.append(StateSpan(state=CameraState.LOST, from_s=from_s, to_s=max(from_s, to_s)))

    @property
    def spans(self) -> tuple[StateSpan, ...]:
        """The history. A state that took time to notice begins where it began."""
        return tuple(span for span in self._spans if span.to_s > span.from_s or len(self._spans) == 1)

    @property
    def _state(self) -> CameraState:
        return self._spans[-1].state if self._spans else CameraState.OK

    def _reach(self, time_s: float) -> None:
        if self._spans:
            last = self._spans[-1]
            self._spans[-1] = StateSpan(state=last.state, from_s=last.from_s, to_s=time_s)

    def _looks(self, time_s: float, picture: Picture) -> CameraState:
        sample, last = _sample(picture), self._last
        self._last = sample
        level, spread = cv2.meanStdDev(sample)
        if level.item() < BLACK_LEVEL and spread.item() < BLACK_SPREAD:
            return CameraState.BLACK
        if last is not None and last.shape == sample.shape:
            change = cv2.norm(sample, last, cv2.NORM_L1) / sample.size
            if change < FROZEN_DIFFERENCE:
                return CameraState.FROZEN
        self._ask(time_s, picture)
        if self._sharpness_says is not CameraState.OK:
            return self._sharpness_says
        return CameraState.MOVED if self._moved else CameraState.OK

    def _ask(self, time_s: float, picture: Picture) -> None:
        """The costlier questions, when it is time for them. A picture that is not sharp says nothing of the view."""
        if picture.shape[:2] != self._size_px:
            self._size_px = (picture.shape[0], picture.shape[1])
            self._sharpness.forget()
        if time_s - self._sharpness_at_s < SHARPNESS_EVERY_S:
            return
        self._sharpness_at_s = time_s
        grey = grey_of(picture)
        self._sharpness_says = self._sharpness.look(time_s, shrunk(grey, sharpness.WIDTH_PX, sharpness.HEIGHT_PX))
        if self._view is None or self._sharpness_says is not CameraState.OK:
            return
        if time_s - self._view_at_s < VIEW_EVERY_S or self._view.waits(time_s):
            return
        self._view_at_s = time_s
        # Corners are told from each other by their pixels: these have to be the mean of what they cover.
        size_px = viewpoint.WIDTH_PX, viewpoint.HEIGHT_PX
        small = np.asarray(cv2.resize(grey, size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        move = self._view.look(time_s, small)
        self._moved = move is not None and move.shift > (BACK_SHIFT if self._moved else MOVED_SHIFT)


def _sample(picture: Picture) -> NDArray[np.float32]:
    """Grey values on a coarse grid of the picture, every colour alike: a codec redraws those of what stands still."""
    rows, columns = (max(1, size // SAMPLE_PX) for size in picture.shape[:2])
    if isinstance(picture, Decoded):
        return picture.grey(rows, columns).astype(np.float32)
    coarse = picture[::rows, ::columns].astype(np.float32)
    return np.asarray((coarse[..., 0] + coarse[..., 1] + coarse[..., 2]) / 3, dtype=np.float32)
