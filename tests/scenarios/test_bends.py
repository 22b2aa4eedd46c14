"""Roads drawn as long as they are given."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.bends import along, bent, crossings, piece
from scenarios.geometry import bearing_deg, length_m


@given(
    straight_m=st.floats(400, 5000),
    more=st.floats(1.01, 1.2),
    bearing=st.floats(0, 6.28),
    side=st.sampled_from([1, -1]),
)
def test_a_bent_road_is_as_long_as_given_and_leaves_towards_its_end(
    straight_m: float, more: float, bearing: float, side: int
) -> None:
    a, b = (10.0, -20.0), (10.0 + straight_m * math.sin(bearing), -20.0 + straight_m * math.cos(bearing))
    path = bent(a, b, straight_m * more, side)
    assert (path[0], path[-1]) == (a, b)
    assert length_m(path) == pytest.approx(straight_m * more, rel=1e-3)
    turn = (bearing_deg(path[0], path[1]) - bearing_deg(a, b) + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-6)
    corners = [
        abs((bearing_deg(p, q) - bearing_deg(q, r) + 180) % 360 - 180)
        for (p, q), (_, r) in pairwise(pairwise(path))
        if math.dist(p, q) > 1e-6 and math.dist(q, r) > 1e-6
    ]
    assert max(corners) < 40


def test_the_other_side_is_the_mirror_image() -> None:
    left, right = (bent((0.0, 0.0), (1000.0, 0.0), 1080.0, side) for side in (1, -1))
    assert [(x, pytest.approx(-y)) for x, y in left] == list(right)
    assert max(y for _, y in left) > 50


def test_a_road_given_shorter_than_straight_is_straight() -> None:
    assert bent((0.0, 0.0), (100.0, 0.0), 90.0, 1) == ((0.0, 0.0), (100.0, 0.0))


def test_places_and_pieces_of_a_path() -> None:
    path = ((0.0, 0.0), (100.0, 0.0), (100.0, 50.0))
    assert along(path, 120.0) == (100.0, 20.0)
    assert along(path, 999.0) == (100.0, 50.0)
    assert piece(path, 40.0, 120.0) == ((40.0, 0.0), (100.0, 0.0), (100.0, 20.0))


def test_roads_that_meet_in_a_junction_do_not_cross() -> None:
    road = ((0.0, 0.0), (500.0, 0.0))
    assert crossings(road, [((250.0, -200.0), (250.0, 200.0)), ((300.0, 10.0), (300.0, 200.0))]) == 1
    assert crossings(road, [((0.0, 0.0), (0.0, 500.0))]) == 0
