"""An interval as rows of a table: one a line direction, movement and lane group; a column a class.

A lane group's class columns are the vehicles that left it over its stop line (unknown where its zone has no `stop`).
A class that the weights cannot tell, and everything of an interval in which the camera did not see, is None, not 0.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from detector.camera import Camera
from detector.counter import ClassCounts
from detector.counting import Interval
from junction.counts import CameraState
from junction.vehicle import VEHICLE_CLASSES

CLASS_COLUMNS = tuple(str(name) for name in VEHICLE_CLASSES)
TEXT_COLUMNS = ("camera_id", "state", "kind", "name", "direction")
REAL_COLUMNS = ("begin_s", "end_s", "queue_pcu", "queue_m", "mean_confidence")
COLUMNS = (
    "camera_id", "n", "begin_s", "end_s", "state", "kind", "name", "direction", *CLASS_COLUMNS,
    "queue_veh", "queue_pcu", "queue_m", "present_veh", "frames_seen", "frames_lost", "mean_confidence",
)  # fmt: skip

Row = dict[str, Any]
"""Every one of `COLUMNS`; None where nothing is known."""


def rows_of(camera: Camera, interval: Interval, not_separable: Collection[str]) -> list[Row]:
    """The interval's rows. `not_separable`: classes that the weights cannot tell."""
    common: Row = dict.fromkeys(COLUMNS) | {
        "camera_id": camera.id,
        "n": interval.n,
        "begin_s": round(interval.begin_s, 3),
        "end_s": round(interval.end_s, 3),
        "state": str(interval.state),
        "frames_seen": interval.frames_seen,
        "frames_lost": interval.frames_lost,
        "mean_confidence": None if interval.mean_confidence is None else round(interval.mean_confidence, 3),
    }
    blind = interval.state is CameraState.UNFAMILIAR or (
        interval.state is not CameraState.OK and interval.frames_seen == 0
    )
    known = [name for name in CLASS_COLUMNS if name not in not_separable]

    def classes(counts: ClassCounts, unknown: bool) -> Row:
        return {} if unknown else {name: counts.get(name, 0) for name in known}

    rows = []
    for line, directions in interval.tally.lines.items():
        for direction, counts in directions.items():
            rows.append({**common, "kind": "line", "name": line, "direction": direction, **classes(counts, blind)})
    for movement, counts in interval.tally.movements.items():
        rows.append({**common, "kind": "movement", "name": movement, **classes(counts, blind)})
    for zone in camera.zones:
        row = {**common, "kind": "lane_group", "name": zone.lane_group_id}
        row |= classes(interval.tally.served[zone.lane_group_id], blind or zone.stop is None)
        view = interval.lane_groups.get(zone.lane_group_id)
        if view is not None:
            row |= {
                "queue_veh": view.queue.veh,
                "queue_pcu": view.queue.pcu,
                "queue_m": view.queue.length_m,
                "present_veh": sum(view.present.values()),
            }
        rows.append(row)
    return rows
