"""A camera for each arm of a junction: on a pole across it, looking at the stop line and the queue behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from envs.rendering.pinhole import PinholeCamera
from envs.scene import Point, ZoneLine, last_metres
from junction.layout import JunctionLayout

POLE_M = (8.0, 10.0)
"""Heights of the poles."""
ACROSS_M = (23.0, 29.0)
"""How far beyond the stop line, as the traffic drives, the pole stands."""
ASIDE_M = (-4.0, 4.0)
"""How far beside the middle of the arm's lanes."""
LOOK_M = (20.0, 26.0)
"""How far before the stop line it looks."""
FIELD_OF_VIEW_DEG = 34.0
"""Across the picture's width: at the stop line some 15 m of road, and two-wheelers can be told 50 m behind it."""


def arms(layout: JunctionLayout, lines: Mapping[str, tuple[ZoneLine, ...]]) -> dict[str, tuple[ZoneLine, ...]]:
    """By approach the lines of all its lane groups; approaches without a lane group are left out."""
    found: dict[str, tuple[ZoneLine, ...]] = {}
    for group in layout.lane_groups:
        found[group.approach_id] = found.get(group.approach_id, ()) + lines[group.id]
    return found


def stop_and_back(lanes: Sequence[ZoneLine]) -> tuple[Point, Point]:
    """Where the arm's lanes end, in their middle, and the direction back along them, of length 1."""
    at_stop = [lane for lane in lanes if lane.offset_m == 0]
    stop = np.mean([lane.shape[-1] for lane in at_stop], axis=0)
    behind = np.mean([last_metres(lane.shape, LOOK_M[1])[0] for lane in at_stop], axis=0)
    back = (behind - stop) / np.linalg.norm(behind - stop)
    return (float(stop[0]), float(stop[1])), (float(back[0]), float(back[1]))


def camera_of_arm(lanes: Sequence[ZoneLine], size_px: tuple[int, int], rng: np.random.Generator) -> PinholeCamera:
    """A camera for the arm with these lanes; where exactly the pole stands and where it looks is drawn."""
    (x, y), (back_x, back_y) = stop_and_back(lanes)
    across_m, aside_m, look_m = rng.uniform(*ACROSS_M), rng.uniform(*ASIDE_M), rng.uniform(*LOOK_M)
    return PinholeCamera.looking(
        position=(
            x - back_x * across_m - back_y * aside_m,
            y - back_y * across_m + back_x * aside_m,
            rng.uniform(*POLE_M),
        ),
        at=(x + back_x * look_m, y + back_y * look_m, 0.0),
        field_of_view_deg=FIELD_OF_VIEW_DEG,
        width_px=size_px[0],
        height_px=size_px[1],
    )
