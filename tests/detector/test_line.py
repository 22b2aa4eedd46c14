"""Crossings of a counting line, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.line import CountingLine, Direction, LineWatch, Point

WALK_RIGHT = CountingLine(name="across", start=(100.0, 200.0), end=(300.0, 200.0))
"""Walked from left to right: the walker's left is up (small y), his right is down."""
WALK_DOWN = CountingLine(name="down", start=(200.0, 100.0), end=(200.0, 300.0))
"""Walked down the picture: the walker's left is at the picture's right."""


def directions(line: CountingLine, path: list[Point], margin_px: float = 5.0) -> list[Direction]:
    watch = LineWatch(line)
    return [found for point in path if (found := watch.see(1, point, margin_px)) is not None]


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        (WALK_RIGHT, [(200, 150), (200, 190), (200, 230)], [Direction.A]),
        (WALK_RIGHT, [(200, 230), (200, 190), (200, 150)], [Direction.B]),
        (WALK_DOWN, [(250, 200), (190, 200)], [Direction.A]),
        (WALK_DOWN, [(150, 200), (210, 200)], [Direction.B]),
    ],
)
def test_direction_a_is_from_the_walkers_left_to_his_right(
    line: CountingLine, path: list[Point], expected: list[Direction]
) -> None:
    assert directions(line, path) == expected


def test_offset_and_foot() -> None:
    assert WALK_RIGHT.offset((150.0, 230.0)) == pytest.approx(30.0)
    assert WALK_RIGHT.offset((150.0, 190.0)) == pytest.approx(-10.0)
    assert WALK_RIGHT.along((150.0, 999.0)) == pytest.approx(0.25)


def test_fractions_become_pixels() -> None:
    placed = CountingLine(name="x", start=(0.25, 0.5), end=(1.0, 0.75)).in_pixels(800, 400)
    assert (placed.start, placed.end) == ((200.0, 200.0), (800.0, 300.0))


def test_passing_beside_the_lines_end_is_no_crossing() -> None:
    assert directions(WALK_RIGHT, [(320, 150), (320, 250)]) == []
    assert directions(WALK_RIGHT, [(298, 150), (298, 250)]) == [Direction.A]


def test_where_the_way_meets_the_line_decides_not_where_the_vehicle_ends_up() -> None:
    assert directions(WALK_RIGHT, [(290, 195), (292, 201), (340, 260)]) == [Direction.A]
    assert directions(WALK_RIGHT, [(340, 150), (320, 201), (250, 260)]) == []


def test_trembling_at_the_line_counts_once() -> None:
    path = [(200, 150.0)] + [(200, 200.0 + (3.0 if i % 2 else -3.0)) for i in range(40)] + [(200, 250.0)]
    assert directions(WALK_RIGHT, path) == [Direction.A]


def test_trembling_at_the_line_and_going_back_counts_nothing() -> None:
    path = [(200, 150.0)] + [(200, 200.0 + (3.0 if i % 2 else -3.0)) for i in range(40)] + [(200, 150.0)]
    assert directions(WALK_RIGHT, path) == []


def test_a_direction_counts_once_a_track() -> None:
    path = [(200, 150), (200, 250), (200, 150), (200, 250), (200, 150)]
    assert directions(WALK_RIGHT, path) == [Direction.A, Direction.B]


def test_a_leap_over_the_line_is_a_crossing() -> None:
    assert directions(WALK_RIGHT, [(120, 20), (280, 390)]) == [Direction.A]


def test_tracks_are_apart() -> None:
    watch = LineWatch(WALK_RIGHT)
    assert watch.see(1, (200, 150), 5) is None
    assert watch.see(2, (200, 250), 5) is None
    assert watch.see(1, (200, 250), 5) is Direction.A
    assert watch.see(2, (200, 150), 5) is Direction.B
    watch.forget(1)
    assert watch.see(1, (200, 150), 5) is None


@given(
    st.lists(st.floats(-100, 100).filter(lambda y: abs(y) > 6), min_size=2, max_size=30),
    st.floats(101, 299),
)
def test_each_direction_counts_at_most_once_and_ends_agree(offsets: list[float], x: float) -> None:
    """Whatever the way: no direction twice, and a track that ends on the other side has counted that direction."""
    found = directions(WALK_RIGHT, [(x, 200.0 + y) for y in offsets])
    assert len(found) == len(set(found))
    if offsets[0] < 0 < offsets[-1]:
        assert Direction.A in found
    if offsets[0] > 0 > offsets[-1]:
        assert Direction.B in found
