"""From boxes in single pictures to vehicles over time.

The association is a tracker's (`Tracker`; ByteTrack or BoT-SORT in `detector/yolo.py`). What is kept here is each
vehicle's memory: its way through the picture, and the votes on its class.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from detector.detection import Detections
from detector.frame import Picture
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES, VehicleClass

CONFIRM_S = 0.2
"""A track that was seen for less than this has not shown that it is a vehicle, and is counted nowhere."""
CONFIRM_HITS = 3
RIDER_SHARE = 0.25
"""A person who was seen on a cycle in fewer of the sights than this is on foot."""
PATH_S = 2.0
"""How much of its way a track remembers; stops are judged on it."""


class TrackedBox(NamedTuple):
    """One vehicle in one picture. `box_px` is left, top, right, bottom; `class_id` the weights' class of this sight."""

    track_id: int
    box_px: tuple[float, float, float, float]
    confidence: float
    class_id: int


class Tracker(Protocol):
    """Gives the same number to the same vehicle, picture after picture. One a camera."""

    def update(self, detections: Detections, picture: Picture | None = None) -> list[TrackedBox]:
        """The tracks seen in the next picture, and what was found in it; who follows boxes alone looks at no pixel."""
        ...

    def reset(self) -> None:
        """Forget every track: the picture was gone for a while."""
        ...


class WideTracker:
    """Another tracker, shown boxes that are wider on each side by `margin` of their size, and its tracks made as narrow
    again: boxes of small fast vehicles, which hardly overlap from picture to picture, then do (buffered IoU: Yang et
    al., "Hard to track objects with irregular motions and similar appearances", WACV 2023).
    """

    def __init__(self, tracker: Tracker, margin: float) -> None:
        self._tracker = tracker
        self._margin = margin

    def update(self, detections: Detections, picture: Picture | None = None) -> list[TrackedBox]:
        wide = replace(detections, boxes_px=_grown(detections.boxes_px, self._margin))
        back = -self._margin / (1 + 2 * self._margin)
        return [
            box._replace(box_px=tuple(_grown(np.array([box.box_px]), back)[0].tolist()))
            for box in self._tracker.update(wide, picture)
        ]

    def reset(self) -> None:
        self._tracker.reset()


def _grown(boxes_px: NDArray[Any], margin: float) -> NDArray[Any]:
    """Boxes (N, 4) wider and higher on each side by `margin` of their size; narrower where it is negative."""
    more = margin * (boxes_px[:, 2:] - boxes_px[:, :2])
    return np.concatenate([boxes_px[:, :2] - more, boxes_px[:, 2:] + more], axis=1)


class Sight(NamedTuple):
    """Where a vehicle was at one moment, in pixels. `ground` is the middle of its box's lower edge."""

    time_s: float
    centre: tuple[float, float]
    ground: tuple[float, float]
    size_px: float


@dataclass(kw_only=True, slots=True, eq=False)
class Track:
    """One vehicle's memory. `key` is unique in a run, also over a tracker's reset."""

    key: int
    first_s: float
    last_s: float
    hits: int = 0
    vehicle_hits: int = 0
    path: deque[Sight] = field(default_factory=deque)
    votes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(VEHICLE_CLASSES)))

    def see(
        self, time_s: float, box_px: Sequence[float], confidence: float, vehicle_class: VehicleClass | None
    ) -> Sight:
        """Add one sight. The vote for the class weighs its confidence; None is a person seen without a vehicle."""
        left, top, right, bottom = box_px
        sight = Sight(
            time_s=time_s,
            centre=((left + right) / 2, (top + bottom) / 2),
            ground=((left + right) / 2, bottom),
            size_px=math.sqrt(max(1.0, (right - left) * (bottom - top))),
        )
        self.path.append(sight)
        while self.path[0].time_s < time_s - PATH_S:
            self.path.popleft()
        self.last_s = time_s
        self.hits += 1
        if vehicle_class is not None:
            self.votes[CLASS_INDEX[vehicle_class]] += confidence
            self.vehicle_hits += 1
        return sight

    @property
    def confirmed(self) -> bool:
        """Seen often and long enough to be a vehicle."""
        return self.hits >= CONFIRM_HITS and self.last_s - self.first_s >= CONFIRM_S

    @property
    def vehicle_class(self) -> VehicleClass | None:
        """The class most of its sights voted for; None for a person who is on foot."""
        if self.vehicle_hits < RIDER_SHARE * self.hits or not self.vehicle_hits:
            return None
        return VEHICLE_CLASSES[int(np.argmax(self.votes))]
