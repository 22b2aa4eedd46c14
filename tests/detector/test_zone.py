"""Polygons, the homography and the queue, with figures worked out by hand."""

from __future__ import annotations

import pytest

from detector.homography import homography
from detector.polygon import Polygon, segments_meet
from detector.queue import is_stopped, queue_of
from detector.tracking import Track
from junction.errors import InputError
from junction.vehicle import VehicleClass

L_SHAPE = Polygon(corners=((0.1, 0.1), (0.5, 0.1), (0.5, 0.3), (0.3, 0.3), (0.3, 0.9), (0.1, 0.9)))
METRES = homography([(0, 0), (1, 0), (1, 1), (0, 1)], [(0, 0), (20, 0), (20, 50), (0, 50)])
"""A camera straight above: the frame is 20 m by 50 m of road."""


@pytest.mark.parametrize(
    ("point", "inside"),
    [((0.2, 0.8), True), ((0.4, 0.2), True), ((0.4, 0.5), False), ((0.6, 0.2), False), ((0.2, 0.95), False)],
)
def test_inside_a_bent_polygon(point: tuple[float, float], inside: bool) -> None:
    assert L_SHAPE.holds(point) is inside


def test_an_outline_that_crosses_itself_is_noticed() -> None:
    assert Polygon(corners=((0, 0), (1, 1), (1, 0), (0, 1))).crosses_itself()
    assert not L_SHAPE.crosses_itself()
    assert not Polygon(corners=((0, 0), (1, 0), (0, 1))).crosses_itself()


def test_segments() -> None:
    assert segments_meet(((0, 0), (2, 2)), ((0, 2), (2, 0)))
    assert segments_meet(((0, 0), (2, 0)), ((1, 0), (1, 5)))
    assert not segments_meet(((0, 0), (1, 1)), ((2, 2), (3, 3)))
    assert not segments_meet(((0, 0), (2, 0)), ((0, 1), (2, 1)))


def test_metres_of_a_leaning_view() -> None:
    """A road 10 m wide that narrows to half its width in the picture: the corners and the vanishing middle."""
    view = homography([(0.0, 1.0), (1.0, 1.0), (0.75, 0.5), (0.25, 0.5)], [(0, 0), (10, 0), (10, 40), (0, 40)])
    assert view.to_ground_m((0.75, 0.5)) == pytest.approx((10.0, 40.0))
    assert view.to_ground_m((0.5, 1.0)) == pytest.approx((5.0, 0.0))
    assert view.to_ground_m((0.5, 2 / 3)) == pytest.approx((5.0, 20.0))


@pytest.mark.parametrize(
    ("image", "ground"),
    [
        ([(0, 0), (0.5, 0.5), (1, 1), (0, 1)], [(0, 0), (1, 0), (1, 1), (0, 1)]),
        ([(0, 0), (1, 0), (1, 1), (0, 1)], [(0, 0), (1, 0), (2, 0), (3, 0)]),
    ],
)
def test_points_on_one_line_give_no_homography(
    image: list[tuple[float, float]], ground: list[tuple[float, float]]
) -> None:
    with pytest.raises(InputError, match="no three on one line"):
        homography(image, ground)


def moving(speed_px_s: float, seconds: float = 1.5) -> Track:
    track = Track(key=1, first_s=0.0, last_s=0.0)
    for i in range(round(seconds * 10) + 1):
        y = speed_px_s * i / 10
        track.see(i / 10, (100.0, y, 150.0, y + 50.0), 0.9, VehicleClass.CAR)
    return track


def test_stopped_without_metres_is_a_share_of_the_vehicles_size() -> None:
    """50 px boxes: 0.3 lengths a second are 15 px a second."""
    assert is_stopped(moving(14.0), None, 1000, 1000)
    assert not is_stopped(moving(16.0), None, 1000, 1000)


def test_stopped_by_metres() -> None:
    """1000 px are 50 m: 1.4 m/s are 28 px a second."""
    assert is_stopped(moving(27.0), METRES, 1000, 1000)
    assert not is_stopped(moving(29.0), METRES, 1000, 1000)


def test_a_vehicle_just_found_does_not_stand_yet() -> None:
    assert not is_stopped(moving(0.0, seconds=0.3), None, 1000, 1000)


def test_queue_in_vehicles_pcu_and_metres() -> None:
    stopped = [(VehicleClass.CAR, (0.5, 0.9)), (VehicleClass.TWO_WHEELER, (0.5, 0.7)), (VehicleClass.BUS, (0.5, 0.5))]
    measured = queue_of(stopped, 1.0, METRES)
    assert (measured.veh, measured.pcu) == (3, pytest.approx(1.0 + 0.4 + 1.6))
    assert measured.length_m == pytest.approx(20.0 + 11.5)
    assert queue_of(stopped, 1.0, None).length_m == pytest.approx(5.5 + 2.4 + 11.5)
    assert queue_of(stopped, 2.0, None).length_m == pytest.approx(11.5)
    assert queue_of([], 2.0, None).length_m == 0.0
