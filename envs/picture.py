"""A picture of one junction: its roads, stop lines with their lamps, and the vehicles near it, drawn to scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from envs.city import CitySimulation
from junction.vehicle import VEHICLE_CLASSES, VehicleClass

SIDE_PX = 480
REACH_M = 80.0
"""Half of what the picture shows, around the junction's middle."""

_LAMPS: Mapping[str, str] = {"r": "#d33", "y": "#fb0", "G": "#2c5"}
_BODIES: Mapping[VehicleClass, str] = {
    VehicleClass.BUS: "#e66",
    VehicleClass.TRUCK: "#b85",
    VehicleClass.LCV: "#d9a",
    VehicleClass.AUTO_RICKSHAW: "#7d4",
    VehicleClass.E_RICKSHAW: "#4cc",
}
_BODY = "#eee"


def draw_junction(city: CitySimulation, junction_id: str) -> NDArray[np.uint8]:
    """The junction now, uint8 (SIDE_PX, SIDE_PX, 3). Raises StreetError when the city is not running."""
    scene = city.street.scene(junction_id, REACH_M)
    figure = Figure(figsize=(SIDE_PX / 100, SIDE_PX / 100), dpi=100, facecolor="#3a3f3a")
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_aspect("equal")
    middle_x, middle_y = scene.middle
    axes.set_xlim(middle_x - REACH_M, middle_x + REACH_M)
    axes.set_ylim(middle_y - REACH_M, middle_y + REACH_M)
    points_per_m = 72 * SIDE_PX / 100 / (2 * REACH_M)
    axes.add_collection(
        LineCollection(
            [lane.shape for lane in scene.lanes],
            linewidths=[lane.width_m * points_per_m for lane in scene.lanes],
            colors="#666",
            capstyle="butt",
        )
    )
    axes.add_collection(
        LineCollection(
            [_stop_line(stop.shape, stop.width_m) for stop in scene.stops],
            linewidths=2.5,
            colors=[_LAMPS[stop.lamp] for stop in scene.stops],
        )
    )
    axes.add_collection(
        PolyCollection(
            [_body(v.front, v.bearing_deg, v.length_m, v.width_m) for v in scene.vehicles],
            facecolors=[_BODIES.get(VEHICLE_CLASSES[v.class_index], _BODY) for v in scene.vehicles],
            edgecolors="#222",
            linewidths=0.4,
        )
    )
    stage = city.heads[junction_id].stage_id
    axes.text(0.02, 0.97, f"{junction_id}  {city.time_s:.0f} s  {stage}", color="w", va="top", transform=axes.transAxes)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def _stop_line(shape: tuple[tuple[float, float], ...], width_m: float) -> list[tuple[float, float]]:
    """Across the lane's end."""
    (x0, y0), (x1, y1) = shape[-2:]
    length_m = math.hypot(x1 - x0, y1 - y0) or 1.0
    across_x, across_y = -(y1 - y0) / length_m * width_m / 2, (x1 - x0) / length_m * width_m / 2
    return [(x1 - across_x, y1 - across_y), (x1 + across_x, y1 + across_y)]


def _body(front: tuple[float, float], bearing_deg: float, length_m: float, width_m: float) -> list[tuple[float, float]]:
    """The rectangle behind the middle of the front bumper; `bearing_deg` as SUMO's angle: 0 is north, clockwise."""
    ahead_x, ahead_y = math.sin(math.radians(bearing_deg)), math.cos(math.radians(bearing_deg))
    side_x, side_y = ahead_y * width_m / 2, -ahead_x * width_m / 2
    back_x, back_y = front[0] - ahead_x * length_m, front[1] - ahead_y * length_m
    return [
        (front[0] + side_x, front[1] + side_y),
        (front[0] - side_x, front[1] - side_y),
        (back_x - side_x, back_y - side_y),
        (back_x + side_x, back_y + side_y),
    ]
