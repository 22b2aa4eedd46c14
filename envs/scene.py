"""What a picture of a junction shows, in SUMO's metres (x east, y north)."""

from __future__ import annotations

from dataclasses import dataclass

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
