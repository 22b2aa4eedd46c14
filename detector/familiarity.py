"""Do the weights know this view? A camera that sees vehicles go by and finds none must not read as an empty road.

What moves is looked for at a glance, without knowing what it is: spots that travel. Leaves and shadows of clouds move
and go nowhere. Where many spots travel and next to nothing is found, the weights do not know the view: another height,
another lens, night vision.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from detector.frame import Picture, grey_of
from detector.shrink import shrunk

WIDTH_PX = 160
"""Pictures are looked at this wide, in grey. At 240 the shared clips had as many travellers, in twice the time."""
EVERY_S = 0.08
"""More often is not needed: a fast car goes half its length in this time."""
SMALLEST, LARGEST = 0.0004, 0.1
"""Of the picture: what is smaller is a leaf, what is larger the light."""
EVERYTHING = 0.3
"""When so much moves at once, the camera does; nothing is said."""
FIRST_LOOKS = 8
TRAVELLED = 3.0
"""A spot that went on for so many times its own size, in so many sights, is a traveller."""
LEAST_SIGHTS = 5
NEAR = 1.5
"""A spot is the one that was expected within so many times its size."""
SIZE_RATIO = 2.5
REMEMBER_S = 60.0
TIDY_S = 5.0
"""How often tracks that were seen for the last time so long ago are forgotten."""
MANY = 10
"""Travellers in `REMEMBER_S` that say something of the view."""
ENOUGH = 20
"""So many vehicles found in `REMEMBER_S` are answer enough: nothing else is looked for, which costs time."""
UNKNOWN_SHARE, KNOWN_SHARE = 0.1, 0.3
"""Vehicles found for each traveller: below the first the view is unknown, above the second it is known again."""
CONFIRMED_SIGHTS = 3


@dataclass(kw_only=True, slots=True)
class _Spot:
    x: float
    y: float
    size: float
    from_x: float
    from_y: float
    step_x: float = 0.0
    step_y: float = 0.0
    sights: int = 1
    told: bool = False


class Travellers:
    """Follows what moves in one camera's pictures and tells how many spots have become travellers."""

    def __init__(self) -> None:
        self._ground = cv2.createBackgroundSubtractorMOG2(history=300, varThreshold=32, detectShadows=False)
        self._spots: list[_Spot] = []
        self._looks = 0

    def look(self, picture: Picture) -> int:
        """How many there are that were none before this picture."""
        height_px = max(1, round(WIDTH_PX * picture.shape[0] / picture.shape[1]))
        small = shrunk(grey_of(picture), WIDTH_PX, height_px)
        moving = np.asarray(self._ground.apply(small) > 0, np.uint8)
        self._looks += 1
        if self._looks <= FIRST_LOOKS or moving.mean() > EVERYTHING:
            self._spots = []
            return 0
        clean = cv2.morphologyEx(moving, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        whole_spots = np.asarray(cv2.morphologyEx(clean, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
        number, _, figures, middles = cv2.connectedComponentsWithStats(whole_spots, connectivity=8)
        area = figures[:, cv2.CC_STAT_AREA]
        whole = WIDTH_PX * height_px
        seen = [
            (float(middles[k][0]), float(middles[k][1]), math.sqrt(float(area[k])))
            for k in range(1, number)
            if SMALLEST * whole <= area[k] <= LARGEST * whole
        ]
        self._spots, before = [], self._spots
        new = 0
        for x, y, size in seen:
            spot = _continued(before, x, y, size)
            self._spots.append(spot)
            went = math.hypot(spot.x - spot.from_x, spot.y - spot.from_y)
            if not spot.told and spot.sights >= LEAST_SIGHTS and went >= TRAVELLED * size:
                spot.told = True
                new += 1
        return new


def _continued(before: list[_Spot], x: float, y: float, size: float) -> _Spot:
    """The spot of the last picture that is this one, moved on and taken out of `before`; else a new one."""
    near = [
        (math.hypot(x - spot.x - spot.step_x, y - spot.y - spot.step_y), k)
        for k, spot in enumerate(before)
        if max(size, spot.size) <= SIZE_RATIO * min(size, spot.size)
    ]
    distance, k = min(near, default=(math.inf, -1))
    if distance > NEAR * size:
        return _Spot(x=x, y=y, size=size, from_x=x, from_y=y)
    spot = before.pop(k)
    spot.step_x, spot.step_y = x - spot.x, y - spot.y
    spot.x, spot.y, spot.size = x, y, size
    spot.sights += 1
    return spot


class Familiarity:
    """Whether one camera's weights know its view. `look` and `found` may be called from different threads."""

    def __init__(self) -> None:
        self._travellers = Travellers()
        self._looked_s = -math.inf
        self._lock = threading.Lock()
        self._travelled_s: deque[float] = deque()
        self._found_s: deque[float] = deque()
        self._sights: dict[int, tuple[int, float]] = {}
        """How often each track was seen, and when last; a vehicle that flickers is found all the same."""
        self._tidied_s = -math.inf
        self._unknown = False

    def look(self, time_s: float, picture: Picture) -> bool:
        """With this picture: is the view unknown to the weights?"""
        if time_s - self._looked_s < EVERY_S:
            return self._unknown
        self._looked_s = time_s
        with self._lock:
            for times in (self._travelled_s, self._found_s):
                while times and times[0] < time_s - REMEMBER_S:
                    times.popleft()
            found = len(self._found_s)
        if found >= ENOUGH and not self._unknown:
            return False
        self._travelled_s.extend([time_s] * self._travellers.look(picture))
        if len(self._travelled_s) >= MANY:
            share = KNOWN_SHARE if self._unknown else UNKNOWN_SHARE
            self._unknown = found < share * len(self._travelled_s)
        return self._unknown

    def found(self, time_s: float, track_ids: list[int]) -> None:
        """The tracks of vehicles in the picture of this moment."""
        with self._lock:
            for track_id in track_ids:
                sights, _ = self._sights.get(track_id, (0, time_s))
                self._sights[track_id] = (sights + 1, time_s)
                if sights + 1 == CONFIRMED_SIGHTS:
                    self._found_s.append(time_s)
            if time_s - self._tidied_s >= TIDY_S:
                self._tidied_s, oldest_s = time_s, time_s - REMEMBER_S
                self._sights = {key: seen for key, seen in self._sights.items() if seen[1] >= oldest_s}
