"""Where a junction's camera hangs: on a pole at a corner, or straight above."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from envs.rendering.pinhole import PinholeCamera
from envs.scene import Point

POLE_M = (7.0, 11.0)
"""Heights of camera poles."""
CORNER_M = (14.0, 26.0)
"""How far from the junction's middle the pole stands."""
ABOVE_M = 95.0
"""A drone's height."""
FIELD_OF_VIEW_DEG = 62.0


class View(StrEnum):
    PERSPECTIVE = "perspective"
    TOP = "top"
    ARM = "arm"
    """Across the junction, at one arm's queue (`envs/rendering/approach.py`)."""


def camera_at(middle: Point, view: View, size_px: tuple[int, int], rng: np.random.Generator) -> PinholeCamera:
    """A camera of that junction; which corner, how high and where it looks is drawn. `size_px` is width, height."""
    x, y = middle
    width_px, height_px = size_px
    if view is View.TOP:
        height_m = ABOVE_M * rng.uniform(0.8, 1.2)
        return PinholeCamera.looking(
            position=(x, y, height_m),
            at=(x, y, 0.0),
            field_of_view_deg=FIELD_OF_VIEW_DEG,
            width_px=width_px,
            height_px=height_px,
        )
    bearing = rng.uniform(0.0, 2 * math.pi)
    away_m, beyond_m = rng.uniform(*CORNER_M), rng.uniform(0.0, 15.0)
    out = np.array([math.sin(bearing), math.cos(bearing)])
    pole, target = np.array(middle) + out * away_m, np.array(middle) - out * beyond_m
    return PinholeCamera.looking(
        position=(float(pole[0]), float(pole[1]), rng.uniform(*POLE_M)),
        at=(float(target[0]), float(target[1]), 0.0),
        field_of_view_deg=FIELD_OF_VIEW_DEG,
        width_px=width_px,
        height_px=height_px,
    )
