"""The line a road is drawn along: as long as the road is said to be, straight at its junctions, in gentle bows between.

Nobody surveyed the bends: they only make the drawn length agree with the given one, so that the map and the lengths
that traffic drives tell the same story. The same ends and length give the same line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from scenarios.geometry import Point, first_crossing_m, length_m
from scenarios.source import LinkRow

STRAIGHT_M = 50.0
"""A road leaves its junction in a straight line for this far, so that its bearing there is the junctions' own."""
STRAIGHT_SHARE = 0.2
"""... but for no more than this share of a short road."""
BOW_M = 900.0
"""About the length of one bow; the bows of a long road lie to either side in turn."""
_STEPS_PER_BOW = 14
_LARGEST_BOW = 2.0
"""Amplitude against bow length beyond which a road would be a coil."""
_ROUNDS = 40


def bent(a: Point, b: Point, wanted_m: float, side: int) -> tuple[Point, ...]:
    """From a to b in `wanted_m` metres; the first bow lies to the left (`side` 1) or to the right (-1).

    A road given shorter than the straight line, or over twice as long, is as near to it as it can be.
    """
    straight_m = math.dist(a, b)
    if wanted_m <= straight_m or straight_m == 0:
        return a, b
    low, high = 0.0, _LARGEST_BOW
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if length_m(_bows(a, b, middle * side)) < wanted_m else (low, middle)
    return _bows(a, b, high * side)


def _bows(a: Point, b: Point, amplitude: float) -> tuple[Point, ...]:
    """sin^2 bows: they begin and end without a corner. `amplitude` is a share of one bow's length."""
    straight_m = math.dist(a, b)
    east, north = (b[0] - a[0]) / straight_m, (b[1] - a[1]) / straight_m
    end_m = min(STRAIGHT_M, straight_m * STRAIGHT_SHARE)
    bows = max(1, round((straight_m - 2 * end_m) / BOW_M))
    bow_m = (straight_m - 2 * end_m) / bows
    points = [a]
    for step in range(bows * _STEPS_PER_BOW + 1):
        bow = step / _STEPS_PER_BOW
        along_m = end_m + bow * bow_m
        aside_m = amplitude * bow_m * math.sin(math.pi * bow) ** 2 * (1 if int(bow) % 2 == 0 else -1)
        points.append((a[0] + along_m * east - aside_m * north, a[1] + along_m * north + aside_m * east))
    return (*points, b)


def piece(path: Sequence[Point], from_m: float, to_m: float) -> tuple[Point, ...]:
    """The part of `path` between two distances from its start, `from_m` below `to_m`."""
    begins = [0.0, *accumulate(math.dist(a, b) for a, b in pairwise(path))]
    inside = [point for point, at_m in zip(path, begins, strict=True) if from_m < at_m < to_m]
    return (along(path, from_m), *inside, along(path, to_m))


def along(path: Sequence[Point], at_m: float) -> Point:
    """The point `at_m` along `path`; its ends beyond them."""
    left_m = max(at_m, 0.0)
    for a, b in pairwise(path):
        step_m = math.dist(a, b)
        if left_m <= step_m and step_m > 0:
            share = left_m / step_m
            return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
        left_m -= step_m
    return path[-1]


def draw_links(
    links: Sequence[LinkRow], points: Mapping[str, Point], edge_roads: Sequence[tuple[Point, ...]]
) -> dict[tuple[str, str], tuple[Point, ...]]:
    """The line of every link by its ends.

    Each bows first to the side on which it crosses fewer of the other roads: those drawn before it, the straight
    lines of those that follow, and the edge roads.
    """
    drawn: dict[tuple[str, str], tuple[Point, ...]] = {
        link.ends: (points[link.from_junction], points[link.to_junction]) for link in links
    }
    for link in links:
        others = [_stem_off(path) for ends, path in drawn.items() if ends != link.ends]
        others += [_stem_off(path) for path in edge_roads]
        a, b = drawn[link.ends]
        choices = [bent(a, b, link.length_m, side) for side in (1, -1)]
        drawn[link.ends] = min(choices, key=lambda path: crossings(path, others))
    return drawn


def crossings(path: Sequence[Point], others: Sequence[Sequence[Point]]) -> int:
    """How many of `others` the road crosses between its junctions."""
    between = _stem_off(path)
    return sum(first_crossing_m(between, other) is not None for other in others)


def _stem_off(path: Sequence[Point]) -> tuple[Point, ...]:
    """The road without the ends by which it meets others in a junction."""
    whole_m = length_m(path)
    stem_m = min(STRAIGHT_M, whole_m * STRAIGHT_SHARE)
    return piece(path, stem_m, whole_m - stem_m)
