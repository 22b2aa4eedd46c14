from __future__ import annotations

import pytest

from detector.detection import Detections, detections_from_rows
from detector.duplicates import drop_duplicates
from detector.riders import merge_riders

PERSON, BICYCLE, CAR, MOTORCYCLE, TRUCK = 0, 1, 2, 3, 7


def merged(*rows: tuple[float, ...]) -> Detections:
    return merge_riders(detections_from_rows(rows), {BICYCLE, MOTORCYCLE}, {PERSON})


def test_rider_and_motorcycle_become_one_box() -> None:
    found = merged((100, 100, 130, 160, 0.6, PERSON), (102, 135, 128, 175, 0.5, MOTORCYCLE))
    assert found.class_ids.tolist() == [MOTORCYCLE]
    assert found.boxes_px.tolist() == [[100, 100, 130, 175]]
    assert found.confidence[0] == pytest.approx(1 - 0.4 * 0.5)


def test_a_motorcycle_found_with_and_without_its_rider_is_one() -> None:
    found = merged((100, 100, 130, 175, 0.4, MOTORCYCLE), (102, 135, 128, 175, 0.3, MOTORCYCLE))
    assert found.boxes_px.tolist() == [[100, 100, 130, 175]]


def test_two_riders_on_one_motorcycle() -> None:
    found = merged(
        (100, 100, 120, 150, 0.6, PERSON), (108, 98, 130, 150, 0.5, PERSON), (100, 130, 130, 175, 0.5, MOTORCYCLE)
    )
    assert found.class_ids.tolist() == [MOTORCYCLE]


def test_two_motorcycles_side_by_side_stay_two() -> None:
    found = merged(
        (100, 100, 130, 175, 0.6, MOTORCYCLE), (126, 100, 156, 175, 0.6, MOTORCYCLE),
        (102, 95, 128, 150, 0.5, PERSON), (128, 95, 154, 150, 0.5, PERSON),
    )  # fmt: skip
    assert sorted(found.boxes_px.tolist()) == [[100, 95, 130, 175], [126, 95, 156, 175]]


def test_a_person_behind_or_beside_a_motorcycle_stays_on_foot() -> None:
    beside = merged((140, 100, 160, 175, 0.6, PERSON), (100, 135, 130, 175, 0.5, MOTORCYCLE))
    before = merged((102, 110, 128, 240, 0.6, PERSON), (100, 135, 130, 175, 0.5, MOTORCYCLE))
    assert sorted(beside.class_ids.tolist()) == [PERSON, MOTORCYCLE]
    assert sorted(before.class_ids.tolist()) == [PERSON, MOTORCYCLE]


def test_a_person_at_a_car_is_left_alone() -> None:
    found = merged((100, 100, 130, 160, 0.6, PERSON), (90, 90, 200, 170, 0.8, CAR))
    assert sorted(found.class_ids.tolist()) == [PERSON, CAR]


def test_nothing_in_nothing_out() -> None:
    assert len(merge_riders(Detections.none(), {MOTORCYCLE}, {PERSON})) == 0


def test_one_vehicle_under_two_classes_is_counted_as_the_surer() -> None:
    both = detections_from_rows([(0, 0, 100, 50, 0.4, CAR), (2, 1, 101, 52, 0.7, TRUCK), (0, 0, 100, 50, 0.9, PERSON)])
    assert drop_duplicates(both, {CAR, TRUCK}).class_ids.tolist() == [TRUCK, PERSON]


def test_vehicles_that_hide_each_other_in_part_stay_apart() -> None:
    apart = detections_from_rows([(0, 0, 100, 50, 0.4, CAR), (40, 5, 140, 55, 0.7, CAR)])
    assert len(drop_duplicates(apart, {CAR, TRUCK})) == 2
