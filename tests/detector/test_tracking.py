from __future__ import annotations

import pytest

from detector.tracking import PATH_S, Track
from junction.vehicle import VehicleClass

BOX = (10.0, 20.0, 50.0, 120.0)


def seen(*sights: tuple[float, VehicleClass | None, float]) -> Track:
    track = Track(key=1, first_s=sights[0][0], last_s=sights[0][0])
    for time_s, name, confidence in sights:
        track.see(time_s, BOX, confidence, name)
    return track


def test_places_and_size_of_a_box() -> None:
    sight = Track(key=1, first_s=0, last_s=0).see(0.0, BOX, 0.5, VehicleClass.CAR)
    assert sight.centre == (30.0, 70.0)
    assert sight.ground == (30.0, 120.0)
    assert sight.size_px == pytest.approx(4000**0.5)


def test_class_is_what_most_sights_said_weighed_by_confidence() -> None:
    track = seen((0.0, VehicleClass.TRUCK, 0.9), (0.1, VehicleClass.CAR, 0.4), (0.2, VehicleClass.CAR, 0.4))
    assert track.vehicle_class is VehicleClass.TRUCK
    track.see(0.3, BOX, 0.4, VehicleClass.CAR)
    assert track.vehicle_class is VehicleClass.CAR


def test_a_flicker_is_not_confirmed() -> None:
    short = seen((0.0, VehicleClass.CAR, 0.9), (0.03, VehicleClass.CAR, 0.9), (0.06, VehicleClass.CAR, 0.9))
    rare = seen((0.0, VehicleClass.CAR, 0.9), (1.0, VehicleClass.CAR, 0.9))
    assert not short.confirmed
    assert not rare.confirmed
    rare.see(1.1, BOX, 0.9, VehicleClass.CAR)
    assert rare.confirmed


def test_a_person_is_a_two_wheeler_only_when_often_enough_seen_on_one() -> None:
    on_foot = seen(*[(i / 10, None, 0.9) for i in range(9)], (0.9, VehicleClass.TWO_WHEELER, 0.2))
    mounted = [(1 + i / 10, VehicleClass.TWO_WHEELER, 0.2) for i in (0, 1)]
    rider = seen(*[(i / 10, None, 0.9) for i in range(6)], *mounted)
    assert on_foot.vehicle_class is None
    assert rider.vehicle_class is VehicleClass.TWO_WHEELER


def test_the_way_remembered_is_short() -> None:
    track = seen(*[(i / 10, VehicleClass.CAR, 0.9) for i in range(200)])
    assert track.path[0].time_s >= 19.9 - PATH_S
    assert track.hits == 200
