"""Every vehicle on the street at one moment, and where on earth the street lies: what a recording is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.network import signal_links
from envs.scene import Point
from envs.street_junction import StreetJunction
from envs.vehicle_kinds import VehicleKinds


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """By vehicle: `ids`; `place_m`, shape (n, 2), the middle of the front bumper (x east, y north); `bearing_deg`, 0
    north and clockwise; `kind`, the place in `VEHICLE_CLASSES`; `lost_s`, SUMO's timeLoss so far. `waiting` vehicles
    are due and found no room to enter yet."""

    ids: tuple[str, ...]
    place_m: NDArray[np.float64]
    bearing_deg: NDArray[np.float64]
    kind: NDArray[np.uint8]
    lost_s: NDArray[np.float64]
    waiting: int


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The street's extent in its own metres, and the network's (longitude, latitude) of 3 x 3 places over it, rows from
    low y to high y; None for a network that does not know where on earth it lies."""

    low: Point
    high: Point
    lon_lat: tuple[tuple[Point, ...], ...] | None


def read_traffic(sumo: Any, kinds: VehicleKinds, waiting: int) -> Traffic:
    """Every vehicle on the street now. `sumo` is libsumo, or a traci connection."""
    vehicle = sumo.vehicle
    ids: tuple[str, ...] = tuple(vehicle.getIDList())
    return Traffic(
        ids=ids,
        place_m=np.array([vehicle.getPosition(v) for v in ids], np.float64).reshape(-1, 2),
        bearing_deg=np.array([vehicle.getAngle(v) for v in ids], np.float64),
        kind=np.array([kinds.class_index(v) for v in ids], np.uint8),
        lost_s=np.array([vehicle.getTimeLoss(v) for v in ids], np.float64),
        waiting=waiting,
    )


def read_ground(sumo: Any) -> Ground:
    """The running street's extent and places."""
    low, high = sumo.simulation.getNetBoundary()
    across, up = ([a, (a + b) / 2, b] for a, b in zip(low, high, strict=True))
    if sumo.simulation.convertGeo(*low) == low:  # no projection: SUMO gives back what it got
        return Ground(low=low, high=high, lon_lat=None)
    rows = tuple(tuple(sumo.simulation.convertGeo(x, y) for x in across) for y in up)
    return Ground(low=low, high=high, lon_lat=rows)


def read_place(sumo: Any, junction: StreetJunction) -> Point:
    """The mean of the nodes that the junction's signal stands at, as SUMO names the lanes inside them."""
    ways = [way for link in signal_links(sumo, junction.tls_id) for way in link]
    nodes = sorted({via_lane.removeprefix(":").rsplit("_", 2)[0] for _, _, via_lane in ways if via_lane})
    places = [sumo.junction.getPosition(node) for node in nodes]
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)
