"""A camera without a lens: where points of the street fall in the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Point3 = tuple[float, float, float]
NEAREST_M = 1.0
"""What is nearer, or behind the camera, cannot be projected."""


@dataclass(frozen=True, kw_only=True)
class PinholeCamera:
    """Metres: x east, y north, z up. `axes` are the picture's right, down and the direction of view, rows of (3, 3)."""

    position: Point3
    axes: NDArray[np.float64]
    focal_px: float
    width_px: int
    height_px: int

    @classmethod
    def looking(cls, *, position: Point3, at: Point3, field_of_view_deg: float, width_px: int, height_px: int) -> Self:
        """From `position` towards the point `at`, the horizon level; straight down, north is up in the picture.

        `field_of_view_deg` is across the picture's width.
        """
        ahead = np.subtract(at, position)
        ahead = ahead / np.linalg.norm(ahead)
        up = np.array([0.0, 1.0, 0.0]) if abs(ahead[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
        right = np.cross(ahead, up)
        right = right / np.linalg.norm(right)
        focal_px = width_px / 2 / math.tan(math.radians(field_of_view_deg) / 2)
        axes = np.stack([right, np.cross(ahead, right), ahead])
        return cls(position=position, axes=axes, focal_px=focal_px, width_px=width_px, height_px=height_px)

    def project(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixels (n, 2) of points (n, 3), and how far ahead of the camera each is, m (n,).

        Pixels of points nearer than `NEAREST_M` mean nothing.
        """
        seen = (points - np.array(self.position)) @ self.axes.T
        depth_m = seen[:, 2]
        scale = self.focal_px / np.maximum(depth_m, NEAREST_M)
        middle = np.array([self.width_px / 2, self.height_px / 2])
        return seen[:, :2] * scale[:, None] + middle, depth_m
