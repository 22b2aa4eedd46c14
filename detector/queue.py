"""The queue of a lane group: its stopped vehicles, in vehicles, PCU and metres."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.homography import Homography
from detector.line import Point
from detector.tracking import Track
from junction.vehicle import VehicleClass, pcu_of

STOPPED_MPS = 1.4
"""A vehicle slower than 5 km/h queues (the limit that HCM 2010 and SUMO's halting count use: 1.2 to 1.4 m/s)."""
STOPPED_LENGTHS_PER_S = 0.3
"""The same where metres are not known: a car of 4.5 m at 1.4 m/s moves by 0.3 of itself a second."""
WINDOW_S = 1.0
MIN_WINDOW_S = 0.4

JAM_LENGTH_M: Mapping[VehicleClass, float] = {
    VehicleClass.TWO_WHEELER: 2.4,
    VehicleClass.CAR: 5.5,
    VehicleClass.AUTO_RICKSHAW: 3.5,
    VehicleClass.E_RICKSHAW: 3.7,
    VehicleClass.BUS: 11.5,
    VehicleClass.TRUCK: 9.0,
    VehicleClass.LCV: 6.0,
    VehicleClass.BICYCLE: 2.3,
    VehicleClass.CYCLE_RICKSHAW: 3.2,
}
"""Vehicle and the gap behind it in a standing queue, metres: typical lengths plus 0.5 to 1.5 m (an estimate)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """`length_m` runs from the foremost to the hindmost stopped vehicle's far end."""

    veh: int
    pcu: float
    length_m: float


def is_stopped(track: Track, homography: Homography | None, width_px: int, height_px: int) -> bool:
    """Whether a track stood still over the last second. A vehicle just found has not shown yet that it stands."""
    now = track.path[-1]
    before = next((sight for sight in track.path if sight.time_s >= now.time_s - WINDOW_S), now)
    elapsed_s = now.time_s - before.time_s
    if elapsed_s < MIN_WINDOW_S:
        return False
    if homography is None:
        return math.dist(now.centre, before.centre) / now.size_px / elapsed_s < STOPPED_LENGTHS_PER_S
    ground = [homography.to_ground_m((x / width_px, y / height_px)) for x, y in (before.ground, now.ground)]
    return math.dist(ground[0], ground[1]) / elapsed_s < STOPPED_MPS


def queue_of(stopped: Sequence[tuple[VehicleClass, Point]], lanes: float, homography: Homography | None) -> Queue:
    """The queue of stopped vehicles: class and ground point (fractions of the frame) of each.

    With a homography the length is the widest distance between two of them plus one vehicle; without, it is
    estimated from the vehicles' lengths over `lanes` side by side.
    """
    if not stopped:
        return Queue(veh=0, pcu=0.0, length_m=0.0)
    counts = Counter(str(name) for name, _ in stopped)
    if homography is None:
        lengths_m = [JAM_LENGTH_M[name] for name, _ in stopped]
        length_m = max(sum(lengths_m) / lanes, *lengths_m)
    else:
        ground = [homography.to_ground_m(point) for _, point in stopped]
        spread_m = max(math.dist(one, other) for one in ground for other in ground)
        length_m = spread_m + max(JAM_LENGTH_M[name] for name, _ in stopped)
    return Queue(veh=len(stopped), pcu=round(pcu_of(counts), 3), length_m=round(length_m, 1))
