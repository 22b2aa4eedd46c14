"""Does the camera still look where it looked? Lines and zones are only right as long as it does.

What is kept of the reference view is no picture: the places of some hundred corners and a 32-byte ORB descriptor of
each. A later view's corners are matched with them. Enough corners that stand where they stood show that the camera has
not moved, whatever the traffic did; otherwise RANSAC finds the one shift, turn and zoom that most of them agree on.
That takes three times as long as finding the corners; where the last view was in its place, and this one stands where
that stood, it is asked every few seconds only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 480, 270
"""Views are compared at this size, so that a change of resolution is no move."""
FEATURES = 1000
"""Fewer, and a queue of vehicles takes most of them: with 500, one look in fourteen at a busy road lost its houses."""
MIN_FEATURES = 60
"""A view with fewer corners (fog, a bare road from straight above) cannot be recognised, and no move be told."""
RECOGNISABLE = 200
"""Corners of a reference that one lorry does not hide: only then is a view without any of them another view."""
MIN_AGREEING = 8
"""So many corners that agree are no accident: strange views agreed on six at most (the shared clips, one by one)."""
LARGEST_HAMMING = 64
"""Of 256 bits, so many may differ between two descriptors of one corner."""
AGREE_PX = 3.0
OUTVOTED = 3.0
"""So many times as many corners must agree on a move as stand still: a lorry in the reference drives off with half as
many again as the houses have, and the middle of a picture that turns stands still too."""
REFRESH_S = 60.0
"""How often the reference is taken anew while the view stands still: light and shadows change, the offset is kept."""
MANY_STILL = 0.08
"""Such a share of the reference's corners in their old places says at once that nothing moved: of a picture that turns,
shifts or zooms less than half as many stay."""
MEASURE_S = 5.0
"""So often at least a view is compared with the reference: one that creeps away stands still from look to look."""
STILL = 0.01
SETTLE_S, GIVE_UP_S = 5.0, 15.0
"""A reference counts once it was found again so long after it was taken, and is taken anew when it was not by the
second: a lorry that filled the view is gone by then."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """How far the view is from the reference. `shift`: the farthest that a corner or the middle of the frame went, as
    a fraction of the frame's width; infinite when nothing of the reference was found again."""

    shift: float
    agreeing: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _View:
    """`points`: (N, 2) pixels at the comparing size; `descriptors`: (N, 32) bytes."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]


class Viewpoint:
    """Keeps one camera's reference view, and measures later views against it."""

    def __init__(self) -> None:
        self._orb = cv2.ORB.create(nfeatures=FEATURES, fastThreshold=12)
        self._matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
        self._reference: _View | None = None
        self._taken_s = 0.0
        self._settled = False
        self._last: _View | None = None
        self._in_place: Move | None = None
        """What was measured last, if it was that the view is where it was."""
        self._measured_s = -math.inf

    def waits(self, time_s: float) -> bool:
        """Whether it is too early for a look to say anything: the reference has still to prove itself."""
        return self._reference is not None and not self._settled and time_s - self._taken_s < SETTLE_S

    def look(self, time_s: float, grey: NDArray[np.uint8]) -> Move | None:
        """The move of a grey picture of `WIDTH_PX` by `HEIGHT_PX`; None where it cannot be told.

        The first view with enough corners that is still there a while later becomes the reference.
        """
        if self.waits(time_s):
            return None
        last, self._last = self._last, self._view(grey)
        if self._last is None:
            return None
        if self._reference is None:
            self._reference, self._taken_s = self._last, time_s
            return Move(shift=0.0, agreeing=len(self._last.points))
        if self._in_place and last and time_s - self._measured_s < MEASURE_S and _stays(last, self._last):
            return self._in_place
        move = self._measure(time_s, self._reference, self._last)
        self._in_place = move if move is not None and move.shift < STILL else None
        self._measured_s = time_s
        return move

    def _measure(self, time_s: float, reference: _View, view: _View) -> Move | None:
        """The view against the reference, which it may become."""
        found = self._transform(reference, view)
        if not self._settled:
            self._settled = found is not None and _shift(found[0]) < STILL
            if not self._settled:
                if time_s - self._taken_s >= GIVE_UP_S:
                    self._reference, self._taken_s = view, time_s
                return None
        if found is None:
            return Move(shift=math.inf, agreeing=0) if len(reference.points) >= RECOGNISABLE else None
        transform, agreeing = found
        move = Move(shift=_shift(transform), agreeing=agreeing)
        if move.shift < STILL and time_s - self._taken_s >= REFRESH_S:
            back = cv2.invertAffineTransform(transform)
            points = view.points @ back[:, :2].T + back[:, 2]
            self._reference = _View(points=np.asarray(points, dtype=np.float32), descriptors=view.descriptors)
            self._taken_s = time_s
        return move

    def _view(self, grey: NDArray[np.uint8]) -> _View | None:
        corners, descriptors = self._orb.detectAndCompute(grey, None)
        if descriptors is None or len(corners) < MIN_FEATURES:
            return None
        points = np.array([corner.pt for corner in corners], dtype=np.float32)
        return _View(points=points, descriptors=np.asarray(descriptors, dtype=np.uint8))

    def _transform(self, reference: _View, view: _View) -> tuple[NDArray[np.float64], int] | None:
        """The similarity from the reference to the view, (2, 3), and how many corners agree on it."""
        if stay := _stays(reference, view):
            return np.eye(2, 3), stay
        matches = self._matcher.match(reference.descriptors, view.descriptors)
        matches = [match for match in matches if match.distance < LARGEST_HAMMING]
        if len(matches) < MIN_AGREEING:
            return None
        then = reference.points[[match.queryIdx for match in matches]]
        now = view.points[[match.trainIdx for match in matches]]
        transform, agree = cv2.estimateAffinePartial2D(then, now, method=cv2.RANSAC, ransacReprojThreshold=AGREE_PX)
        agreeing = 0 if transform is None else int(agree.sum())
        still = np.linalg.norm(now - then, axis=1) < AGREE_PX
        if still.sum() >= MIN_AGREEING and agreeing < OUTVOTED * still.sum():
            rest = np.median(now[still] - then[still], axis=0).reshape(2, 1)
            return np.hstack([np.eye(2), rest]).astype(np.float64), int(still.sum())
        return (np.asarray(transform, dtype=np.float64), agreeing) if agreeing >= MIN_AGREEING else None


def _stays(reference: _View, view: _View) -> int:
    """How many corners stand where they stood, if that many do so only when nothing moved; else 0."""
    still = int(_still(reference, view).sum())
    return still if still >= max(MIN_AGREEING, MANY_STILL * len(reference.points)) else 0


def _still(reference: _View, view: _View) -> NDArray[np.bool_]:
    """Which corners of the view look like the reference's corner at the same place, give or take two pixels."""
    index = np.full((HEIGHT_PX + 4, WIDTH_PX + 4), -1, dtype=np.int64)
    columns, rows = np.rint(reference.points).astype(np.int64).T
    inside = (columns >= 0) & (columns < WIDTH_PX) & (rows >= 0) & (rows < HEIGHT_PX)
    numbers = np.flatnonzero(inside)
    for down in range(5):
        for right in range(5):
            index[rows[inside] + down, columns[inside] + right] = numbers
    columns, rows = np.rint(view.points).astype(np.int64).T
    partner = index[rows + 2, columns + 2]
    differ = np.unpackbits(reference.descriptors[partner] ^ view.descriptors, axis=1).sum(axis=1)
    return np.asarray((partner >= 0) & (differ < LARGEST_HAMMING))


def _shift(transform: NDArray[np.float64]) -> float:
    w, h = WIDTH_PX, HEIGHT_PX
    places = np.array([(0, 0), (w, 0), (w, h), (0, h), (w / 2, h / 2)], dtype=np.float64)
    moved = places @ transform[:, :2].T + transform[:, 2]
    return float(np.linalg.norm(moved - places, axis=1).max() / w)
