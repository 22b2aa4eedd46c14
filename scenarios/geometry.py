"""Plane geometry: latitude and longitude to local metres and back, bearings, and where two paths cross."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

EARTH_RADIUS_M = 6_371_008.8

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """Equirectangular around an origin: x metres east, y metres north. Good to a few metres over a city."""

    lat: float
    lon: float

    def to_xy(self, lat: float, lon: float) -> Point:
        east = math.radians(lon - self.lon) * math.cos(math.radians(self.lat)) * EARTH_RADIUS_M
        return east, math.radians(lat - self.lat) * EARTH_RADIUS_M

    def to_lat_lon(self, point: Point) -> Point:
        lon = math.degrees(point[0] / (EARTH_RADIUS_M * math.cos(math.radians(self.lat)))) + self.lon
        return math.degrees(point[1] / EARTH_RADIUS_M) + self.lat, lon


def bearing_deg(a: Point, b: Point) -> float:
    """Compass bearing from a to b, 0 (north) up to 360."""
    return math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) % 360


def step(a: Point, bearing: float, length_m: float) -> Point:
    """The point `length_m` from a on a compass bearing."""
    return a[0] + length_m * math.sin(math.radians(bearing)), a[1] + length_m * math.cos(math.radians(bearing))


def length_m(path: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(path))


def first_crossing_m(path: Sequence[Point], other: Sequence[Point]) -> tuple[float, float] | None:
    """How far along `path` and along `other` they first cross (first along `path`), in metres; None if never."""
    along_m = 0.0
    for a, b in pairwise(path):
        other_m, hits = 0.0, []
        for c, d in pairwise(other):
            hit = _segment_crossing(a, b, c, d)
            if hit is not None:
                hits.append((along_m + hit[0] * math.dist(a, b), other_m + hit[1] * math.dist(c, d)))
            other_m += math.dist(c, d)
        if hits:
            return min(hits)
        along_m += math.dist(a, b)
    return None


def _segment_crossing(a: Point, b: Point, c: Point, d: Point) -> tuple[float, float] | None:
    """Fractions along ab and cd at their crossing, or None."""
    rx, ry, sx, sy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = rx * sy - ry * sx
    if abs(cross) < 1e-12:
        return None
    t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross
    u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross
    return (t, u) if 0 <= t <= 1 and 0 <= u <= 1 else None
