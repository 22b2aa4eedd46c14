"""Polygons in fractions of the frame: lane groups and privacy masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.line import Point


@dataclass(frozen=True, kw_only=True, slots=True)
class Polygon:
    """Corners in order, fractions of width and height; the last joins the first."""

    corners: tuple[Point, ...]

    def holds(self, point: Point) -> bool:
        """Whether a point (fractions) lies inside, by the even-odd rule."""
        x, y = point
        inside = False
        for (x1, y1), (x2, y2) in self._edges():
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                inside = not inside
        return inside

    def crosses_itself(self) -> bool:
        """Whether two edges that are no neighbours meet: such an outline has no clear inside."""
        edges = self._edges()
        n = len(edges)
        return any(
            segments_meet(edges[i], edges[j]) for i in range(n) for j in range(i + 2, n) if not (i == 0 and j == n - 1)
        )

    def in_pixels(self, width_px: int, height_px: int) -> NDArray[np.int32]:
        """Corners as pixels, shape (n, 2): what OpenCV draws."""
        return np.round(np.array(self.corners) * [width_px, height_px]).astype(np.int32)

    def _edges(self) -> Sequence[tuple[Point, Point]]:
        return list(zip(self.corners, self.corners[1:] + self.corners[:1], strict=True))


def segments_meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two segments share a point, ends included."""

    def turn(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    def between(a: Point, b: Point, c: Point) -> bool:
        return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])

    (a, b), (c, d) = one, other
    abc, abd, cda, cdb = turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)
    if (abc > 0) != (abd > 0) and (cda > 0) != (cdb > 0) and 0 not in (abc, abd, cda, cdb):
        return True
    touches = ((abc, a, b, c), (abd, a, b, d), (cda, c, d, a), (cdb, c, d, b))
    return any(value == 0 and between(p, q, r) for value, p, q, r in touches)
