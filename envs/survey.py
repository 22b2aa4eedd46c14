"""The look at the street: who stands and who moves before the stop lines of some junctions, in one sweep."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.street_junction import StreetJunction
from envs.vehicle_kinds import VehicleKinds
from envs.view import QUEUE_SPEED_MPS, JunctionView
from junction.vehicle import VEHICLE_CLASSES

_CLASSES = len(VEHICLE_CLASSES)
_OUT_OF_ORDER_M = 20.0
"""Longer than any vehicle: no two that stand side by side are listed further out of order."""


class Survey:
    """The zones of these junctions, their lane groups one after another, each up to its `storage_m` (or `range_m`,
    where that is less). `sumo` is libsumo, or a traci connection.

    Vehicles are asked for their speeds one by one: lane-area detectors cost more than they save.
    """

    def __init__(
        self, sumo: Any, junctions: Sequence[StreetJunction], kinds: VehicleKinds, range_m: float | None
    ) -> None:
        self._sumo = sumo
        self._kinds = kinds
        reaches = [
            (zone, storage_m if range_m is None else min(storage_m, range_m))
            for junction in junctions
            for zone, storage_m in zip(junction.zones, junction.storage_m, strict=True)
        ]
        self._lane_groups = len(reaches)
        self._taken: tuple[float, JunctionView] | None = None
        # A lane's id, its lane group's row, how far its beginning lies before the stop line, and where on it the range
        # ends (0: not on it).
        self._lanes = [
            (lane.lane_id, row, lane.offset_m + lane.length_m, max(0.0, lane.offset_m + lane.length_m - reach_m))
            for row, (zone, reach_m) in enumerate(reaches)
            for lane in zone
        ]

    def at(self, time_s: float) -> JunctionView:
        """What is there now; `time_s` is now, and a second look at the same time is the first."""
        if self._taken is None or self._taken[0] != time_s:
            self._taken = (time_s, self._take())
        return self._taken[1]

    def _take(self) -> JunctionView:
        """A vehicle is a number here, nine times its lane group's row plus its class, so that one `bincount` makes the
        table; a position is asked for only where a lane reaches past the range, and for the last of a queue.
        """
        lane_vehicles = self._sumo.lane.getLastStepVehicleIDs
        position_m = self._sumo.vehicle.getLanePosition
        speed_mps = self._sumo.vehicle.getSpeed
        class_of, class_index = self._kinds.class_of, self._kinds.class_index
        seen: list[int] = []
        standing: list[int] = []
        queue_m = [0.0] * self._lane_groups
        for lane_id, row, end_m, edge_m in self._lanes:
            ids = lane_vehicles(lane_id)
            if not ids:
                continue
            if edge_m:
                # SUMO lists a lane's vehicles from its upstream end, so the far ones are found by bisection; side by
                # side on one lane they may be listed out of order.
                near = bisect_left(ids, edge_m - _OUT_OF_ORDER_M, key=position_m)
                ids = [vehicle for vehicle in ids[near:] if position_m(vehicle) >= edge_m]
            first_number = row * _CLASSES
            tail: str | None = None
            for vehicle in ids:
                index = class_of.get(vehicle)
                number = first_number + (class_index(vehicle) if index is None else index)
                seen.append(number)
                if speed_mps(vehicle) < QUEUE_SPEED_MPS:
                    standing.append(number)
                    tail = tail or vehicle
            if tail is not None:
                queue_m[row] = max(queue_m[row], end_m - position_m(tail) + self._kinds.length_m(tail))
        cells = self._lane_groups * _CLASSES
        shape = (self._lane_groups, _CLASSES)
        return JunctionView(
            present=np.bincount(np.array(seen, np.int64), minlength=cells).reshape(shape),
            queued=np.bincount(np.array(standing, np.int64), minlength=cells).reshape(shape),
            queue_m=np.array(queue_m),
        )
