"""What a picture of a junction shows, in SUMO's metres (x east, y north)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from envs.network import signal_links
from envs.street_junction import StreetJunction, group_lamps
from envs.vehicle_kinds import VehicleKinds

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneLane:
    """A lane's middle line, in driving order."""

    shape: tuple[Point, ...]
    width_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneStop:
    """A lane that ends at the junction's stop line, with the brightest lamp ("r", "y", "G") shown to it."""

    shape: tuple[Point, ...]
    width_m: float
    lamp: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneLine:
    """A lane's middle line in driving order, as far as it lies in a lane group's zone; it ends `offset_m` before the
    stop line."""

    shape: tuple[Point, ...]
    width_m: float
    offset_m: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneVehicle:
    """`front` is the middle of the front bumper, `bearing_deg` 0 for north and clockwise, `class_index` the place in
    `VEHICLE_CLASSES`."""

    id: str
    front: Point
    bearing_deg: float
    length_m: float
    width_m: float
    class_index: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A junction and what is around it."""

    middle: Point
    lanes: tuple[SceneLane, ...]
    stops: tuple[SceneStop, ...]
    vehicles: tuple[SceneVehicle, ...]


def read_scene(sumo: Any, junction: StreetJunction, kinds: VehicleKinds, reach_m: float) -> Scene:
    """The scene around a junction up to that half width. `sumo` is libsumo, or a traci connection."""
    state = sumo.trafficlight.getRedYellowGreenState(junction.tls_id)
    stops: dict[str, set[int]] = {}
    inside: set[str] = set()
    for index, ways in enumerate(signal_links(sumo, junction.tls_id)):
        for from_lane, _, via_lane in ways:
            stops.setdefault(from_lane, set()).add(index)
            inside.add(via_lane)
    shapes = {lane: tuple(sumo.lane.getShape(lane)) for lane in stops}
    middle = _middle([shape[-1] for shape in shapes.values()])
    zones = {lane.lane_id for zone in junction.zones for lane in zone}
    lanes = sorted(zones | set(stops) | inside - {""} | set(junction.exit_lanes))
    vehicles = [
        vehicle
        for lane in lanes
        for vehicle in sumo.lane.getLastStepVehicleIDs(lane)
        if math.dist(sumo.vehicle.getPosition(vehicle), middle) < 2 * reach_m
    ]
    return Scene(
        middle=middle,
        lanes=tuple(
            SceneLane(shape=tuple(sumo.lane.getShape(lane)), width_m=sumo.lane.getWidth(lane)) for lane in lanes
        ),
        stops=tuple(
            SceneStop(shape=shapes[lane], width_m=sumo.lane.getWidth(lane), lamp=group_lamps(state, [sorted(links)])[0])
            for lane, links in sorted(stops.items())
        ),
        vehicles=tuple(
            SceneVehicle(
                id=vehicle,
                front=sumo.vehicle.getPosition(vehicle),
                bearing_deg=sumo.vehicle.getAngle(vehicle),
                length_m=sumo.vehicle.getLength(vehicle),
                width_m=sumo.vehicle.getWidth(vehicle),
                class_index=kinds.class_index(vehicle),
            )
            for vehicle in vehicles
        ),
    )


def read_lines(sumo: Any, junction: StreetJunction) -> Mapping[str, tuple[ZoneLine, ...]]:
    """By lane group the lines of its zone's lanes, up to its `storage_m` before the stop line."""
    return {
        name: tuple(
            ZoneLine(
                shape=last_metres(sumo.lane.getShape(lane.lane_id), storage_m - lane.offset_m),
                width_m=sumo.lane.getWidth(lane.lane_id),
                offset_m=lane.offset_m,
            )
            for lane in zone
        )
        for name, storage_m, zone in zip(junction.lane_group_ids, junction.storage_m, junction.zones, strict=True)
    }


def last_metres(shape: Sequence[Point], length_m: float) -> tuple[Point, ...]:
    """The end of a line that is so long; all of one that is shorter."""
    kept = [shape[-1]]
    left_m = length_m
    for (x1, y1), (x0, y0) in pairwise(reversed(shape)):
        part_m = math.dist((x0, y0), (x1, y1))
        if part_m >= left_m:
            share = left_m / part_m if part_m else 0.0
            kept.append((x1 + (x0 - x1) * share, y1 + (y0 - y1) * share))
            break
        kept.append((x0, y0))
        left_m -= part_m
    return tuple(reversed(kept))


def _middle(points: Sequence[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
