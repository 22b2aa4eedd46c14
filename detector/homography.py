"""From the picture to the road: metres by four points whose places are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from detector.line import Point
from junction.errors import InputError

FLAT_SHARE = 1e-3
"""Three points whose triangle is smaller than this share of the four's bounding box lie on one line."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Homography:
    """`matrix`, shape (3, 3): fractions of the frame to metres on the road, which is taken to be flat."""

    matrix: NDArray[np.float64]

    def to_ground_m(self, point: Point) -> Point:
        """A point of the picture (fractions) on the road, in metres."""
        x, y, w = self.matrix @ np.array([point[0], point[1], 1.0])
        return float(x / w), float(y / w)


def homography(image_points: Sequence[Point], ground_points_m: Sequence[Point]) -> Homography:
    """The homography that takes four points of the picture (fractions) to four on the road (metres).

    The direct linear transform (Hartley and Zisserman, Multiple View Geometry, 4.1) without setting an entry to 1,
    so that the horizon may pass through the picture's corner. Raises InputError when three of the four points lie on
    one line, in the picture or on the road.
    """
    for field, points in (("image_points", image_points), ("ground_points_m", ground_points_m)):
        if len(points) != 4 or _three_on_a_line(np.array(points, dtype=np.float64)):
            raise InputError(
                f"homography.{field}",
                expected="four points, no three on one line",
                got=[list(point) for point in points],
            )
    rows = []
    for (u, v), (x, y) in zip(image_points, ground_points_m, strict=True):
        rows.append([u, v, 1, 0, 0, 0, -u * x, -v * x, -x])
        rows.append([0, 0, 0, u, v, 1, -u * y, -v * y, -y])
    _, _, basis = np.linalg.svd(np.array(rows, dtype=np.float64))
    return Homography(matrix=basis[-1].reshape(3, 3))


def _three_on_a_line(points: NDArray[np.float64]) -> bool:
    width, height = np.ptp(points, axis=0)
    for a, b, c in combinations(points, 3):
        doubled_area = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
        if doubled_area <= FLAT_SHARE * width * height:
            return True
    return False
