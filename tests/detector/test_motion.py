"""Finding by motion, on drawn pictures whose vehicles are known, and in a camera's counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictures import CAMERA, FPS, OrderTracker, noisy, street

from detector.blobs import blobs_of, lone_shadows
from detector.camera import Camera, FoundBy
from detector.camera_file import camera_from_document
from detector.class_map import classes_of
from detector.detection import Detections, detections_from_rows
from detector.frame import Image
from detector.motion import FIRST_PICTURES, MotionFinder
from detector.record import RecordMaker
from detector.rows import rows_of
from detector.run import CountingRun
from detector.source import FramesSource
from detector.tracking import TrackedBox, WideTracker
from junction.errors import InputError

CAR_PX = 30
CAR_WIDTH_PX = 14
FROM_ABOVE = replace(CAMERA, detector=FoundBy.MOTION, car_length=CAR_PX / 400)


def with_vehicles(view: Image, *places: tuple[int, int, int, int]) -> Image:
    """White vehicles at (x, y, width, length) on a copy of the view; x and y are their middles."""
    picture = view.copy()
    for x, y, width, length in places:
        picture[max(0, y - length // 2) : y + length // 2, max(0, x - width // 2) : x + width // 2] = 250
    return picture


def found_at_last(pictures: list[Image]) -> Detections:
    finder = MotionFinder(CAR_PX / 400)
    found = [finder.find(i / FPS, picture) for i, picture in enumerate(pictures)]
    assert all(detections is None for detections in found[:FIRST_PICTURES]), "nothing is said of ground not yet learned"
    last = found[-1]
    assert last is not None
    return last


def middles(found: Detections) -> list[tuple[int, int]]:
    boxes = found.boxes_px
    return sorted((round((b[0] + b[2]) / 2), round((b[1] + b[3]) / 2)) for b in boxes.astype(float).tolist())


def test_what_moves_is_found_where_it_is_and_classed_by_size() -> None:
    places = ((60, 200, CAR_WIDTH_PX, CAR_PX), (160, 200, 4, 12), (280, 200, CAR_WIDTH_PX + 4, 3 * CAR_PX))
    found = found_at_last([*noisy(20), with_vehicles(noisy(1, seed=2)[0], *places)])
    by_place = dict(zip(middles(found), found.class_ids[np.argsort(found.boxes_px[:, 0])].tolist(), strict=True))
    assert {(round(x, -1), round(y, -1)): kind for (x, y), kind in by_place.items()} == {
        (60, 200): 1,
        (160, 200): 0,
        (280, 200): 2,
    }


def test_two_cars_that_touch_are_two() -> None:
    side_by_side = ((100, 200, CAR_WIDTH_PX, CAR_PX), (117, 212, CAR_WIDTH_PX, CAR_PX))
    mask = np.zeros((400, 400), np.uint8)
    for x, y, width, length in side_by_side:
        mask[y - length // 2 : y + length // 2, x - width // 2 : x + width // 2] = 1
    mask[196:206, 105:112] = 1  # a bridge between them
    assert len(blobs_of(mask, CAR_PX)) == 2
    lorry = np.zeros((400, 400), np.uint8)
    lorry[100:190, 100:118] = 1
    assert len(blobs_of(lorry, CAR_PX)) == 1


def test_a_shadow_counts_only_where_nothing_casts_it() -> None:
    moving, shadow = np.zeros((2, 400, 400), np.uint8)
    moving[100:130, 100:114] = 1
    shadow[100:130, 114:124] = 1
    shadow[300:312, 300:306] = 1
    alone = lone_shadows(moving, shadow, CAR_PX)
    assert not alone[:200].any()
    assert alone[300:312, 300:306].mean() > 0.8


def test_a_drifting_view_moves_nothing() -> None:
    """The whole view drifts by 12 px in 24 pictures, a car stays in its place on the ground: no vehicle is found."""
    wide = np.repeat(np.repeat(street(), 2, axis=0), 2, axis=1)
    draw = np.random.default_rng(3)
    pictures = [
        wide[200:600, 200 + i // 2 : 600 + i // 2] + draw.integers(0, 12, (400, 400, 3), dtype=np.uint8)
        for i in range(24)
    ]
    assert len(found_at_last(pictures)) == 0


def test_light_that_changes_everywhere_is_no_traffic() -> None:
    finder = MotionFinder(CAR_PX / 400)
    for i, picture in enumerate(noisy(20)):
        finder.find(i / FPS, picture)
    assert finder.find(2.0, 255 - noisy(1)[0]) is None


class Nearest:
    """A tracker that goes by boxes that overlap, with a memory of one picture."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[float, ...]] = {}
        self._next = 1

    def update(self, detections: Detections, picture: Image | None = None) -> list[TrackedBox]:
        now: dict[int, tuple[float, ...]] = {}
        for box in (tuple(row) for row in detections.boxes_px.astype(float).tolist()):
            key = next((k for k, old in self._last.items() if box[1] < old[3] and old[1] < box[3]), None)
            if key is None:
                key, self._next = self._next, self._next + 1
            now[key] = box
        self._last = now
        return [
            TrackedBox(track_id=key, box_px=(box[0], box[1], box[2], box[3]), confidence=0.9, class_id=1)
            for key, box in now.items()
        ]

    def reset(self) -> None:
        self._last = {}


def test_wide_boxes_overlap_and_come_back_narrow() -> None:
    tracker = WideTracker(Nearest(), 0.5)
    first = tracker.update(detections_from_rows([(100, 100, 114, 130, 0.9, 1)]))
    second = tracker.update(detections_from_rows([(100, 135, 114, 165, 0.9, 1)]))
    assert [box.track_id for box in first + second] == [1, 1], "35 px further, 30 px long"
    assert second[0].box_px == pytest.approx((100, 135, 114, 165))


def test_a_camera_that_finds_by_motion_counts_and_says_nothing_of_queues() -> None:
    views = noisy(60)
    pictures = [
        with_vehicles(view, (60, -20 + 12 * (i - 15), CAR_WIDTH_PX, CAR_PX)) if i > 16 else view
        for i, view in enumerate(views)
    ]
    run = CountingRun(FramesSource(pictures, fps=FPS), FROM_ABOVE, None, OrderTracker(), interval_s=100.0)
    (interval,) = run.intervals()
    assert interval.tally.lines["stop"] == {"a": {"car": 1}, "b": {}}
    assert interval.frames_lost == FIRST_PICTURES
    assert interval.lane_groups == {}
    assert run.queue_max_veh == {"north_a": None}
    lane_group = RecordMaker(FROM_ABOVE, lambda s: s).make(interval).lane_groups[0]
    assert (lane_group.seen, dict(lane_group.crossed)) == (False, {"car": 1})
    queue = next(
        row for row in rows_of(FROM_ABOVE, interval, run.class_map.not_separable) if row["kind"] == "lane_group"
    )
    assert (queue["queue_veh"], queue["car"], queue["bus"]) == (None, 1, None)


def test_size_cannot_tell_every_class() -> None:
    lacking = classes_of(FROM_ABOVE, None).not_separable
    assert set(lacking) == {"auto_rickshaw", "e_rickshaw", "cycle_rickshaw", "lcv", "bus", "bicycle"}


@pytest.mark.parametrize("wrong", [{"detector": "motion"}, {"car_length": 0.05}])
def test_motion_and_a_cars_length_go_together(wrong: dict[str, object]) -> None:
    document = {"schema": "chauraha.camera/1", "id": "drone", "lines": [{"name": "l", "points": [[0, 0.5], [1, 0.5]]}]}
    with pytest.raises(InputError, match="car_length"):
        camera_from_document(document | wrong, Path("drone.toml"))
    camera: Camera = camera_from_document(document | {"detector": "motion", "car_length": 0.05}, Path("drone.toml"))
    assert camera.by_motion
