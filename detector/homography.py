"""From the picture to the road: metres by four points whose places are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.line import Point
from junction.errors import InputError


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

    Solves the eight linear equations of the direct linear transform. Raises InputError when three of the four lie
    on one line, in the picture or on the road.
    """
    rows, right = [], []
    for (u, v), (x, y) in zip(image_points, ground_points_m, strict=True):
        rows.append([u, v, 1, 0, 0, 0, -u * x, -v * x])
        right.append(x)
        rows.append([0, 0, 0, u, v, 1, -u * y, -v * y])
        right.append(y)
    system = np.array(rows, dtype=np.float64)
    if len(image_points) != 4 or np.linalg.matrix_rank(system) < 8:
        raise InputError("homography", expected="four points in the picture and on the road, no three on one line",
                         got=[list(p) for p in image_points])
    solution = np.linalg.solve(system, np.array(right, dtype=np.float64))
    matrix = np.append(solution, 1.0).reshape(3, 3)
    if abs(np.linalg.det(matrix)) < 1e-9:
        raise InputError("homography.ground_points_m", expected="four points, no three on one line",
                         got=[list(p) for p in ground_points_m])
    return Homography(matrix=matrix)
