"""Is the picture of any use? A camera that shows nothing must not read as an empty road.

Noticed here: black (no light reaches the chip, or the lens is covered in the dark) and frozen (the same picture
again and again: a hung encoder). A source's own end before its time is `lost`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.frame import Image
from junction.counts import CameraState

BLACK_LEVEL = 16.0
"""Mean grey (0 to 255) of a picture below which, if it is also flat, it shows nothing; 16 is video's black."""
BLACK_SPREAD = 6.0
FROZEN_DIFFERENCE = 0.05
"""Mean change of grey from one picture to the next below which they are the same; sensor noise is above 0.3."""
NOTICE_S = 2.0
"""How long a picture must be black or frozen before the camera is said to be."""
SAMPLE_PX = 64
"""Pictures are compared on about so many columns and rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StateSpan:
    """A camera's state from one moment to another, in seconds of the source."""

    state: CameraState
    from_s: float
    to_s: float


class StateWatch:
    """Follows one camera's state, picture by picture, and keeps its history as spans without gaps."""

    def __init__(self) -> None:
        self.blank = False
        """Whether the latest picture is black, be the camera said to be black yet or not."""
        self._last: NDArray[np.float32] | None = None
        self._suspect: CameraState = CameraState.OK
        self._since_s = 0.0
        self._spans: list[StateSpan] = []

    def see(self, time_s: float, image: Image) -> CameraState:
        """The camera's state with this picture."""
        sample = _sample(image)
        looks = self._looks(sample)
        self._last = sample
        self.blank = looks is CameraState.BLACK
        if looks != self._suspect:
            self._suspect, self._since_s = looks, time_s
        state = looks if looks is CameraState.OK or time_s - self._since_s >= NOTICE_S else self._state
        if state is not CameraState.OK and self._state is CameraState.OK:
            self._reach(self._since_s)
            self._spans.append(StateSpan(state=state, from_s=self._since_s, to_s=time_s))
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

    def _looks(self, sample: NDArray[np.float32]) -> CameraState:
        if float(sample.mean()) < BLACK_LEVEL and float(sample.std()) < BLACK_SPREAD:
            return CameraState.BLACK
        same_shape = self._last is not None and self._last.shape == sample.shape
        if same_shape and self._last is not None and float(np.abs(sample - self._last).mean()) < FROZEN_DIFFERENCE:
            return CameraState.FROZEN
        return CameraState.OK


def _sample(image: Image) -> NDArray[np.float32]:
    """Grey values on a coarse grid of the picture."""
    rows = max(1, image.shape[0] // SAMPLE_PX)
    columns = max(1, image.shape[1] // SAMPLE_PX)
    return np.asarray(image[::rows, ::columns].mean(axis=2), dtype=np.float32)
