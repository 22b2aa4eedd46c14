"""A junction seen through pictures: where its cameras' zones and lines lie, vehicles between two steps, and what a
detector that sees the pictures and nothing else makes of the street."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ultralytics", reason="install the detect extra: pip install 'chauraha[detect]'")

import cv2

from detector.detection import Detections, detections_from_rows
from detector.frame import Image
from detector.yolo import ByteTracker
from envs.rendering.pinhole import PinholeCamera
from envs.scene import Scene, SceneVehicle, ZoneLine, last_metres
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from junction.counts import CameraState
from junction.errors import InputError
from junction.vehicle import CLASS_INDEX
from rehearsal.arm_camera import REACH_M, arm_camera
from rehearsal.pictures import PICTURES_PER_S, PicturedJunction, Sight, between
from rehearsal.rehearse import Rehearsal, ThroughPictures
from scenarios.model import Scenario

POLE = PinholeCamera.looking(
    position=(0.0, -25.0, 9.0), at=(0.0, 22.0, 0.0), field_of_view_deg=34.0, width_px=416, height_px=352
)
"""Looks north; traffic comes towards it, southwards, to a stop line at y = 0."""


def lane(x: float) -> ZoneLine:
    return ZoneLine(shape=((x, 120.0), (x, 0.0)), width_m=2.0, offset_m=0.0)


def in_picture(x: float, y: float) -> tuple[float, float]:
    (pixel,), _ = POLE.project(np.array([[x, y, 0.0]]))
    return float(pixel[0]) / POLE.width_px, float(pixel[1]) / POLE.height_px


def vehicle(name: str, front: tuple[float, float], bearing_deg: float) -> SceneVehicle:
    return SceneVehicle(
        id=name, front=front, bearing_deg=bearing_deg, length_m=4.0, width_m=2.0, class_index=CLASS_INDEX["car"]
    )


def scene(*vehicles: SceneVehicle) -> Scene:
    return Scene(middle=(0.0, 0.0), lanes=(), stops=(), vehicles=vehicles)


def test_the_end_of_a_line() -> None:
    bent = ((0.0, 50.0), (0.0, 10.0), (10.0, 10.0))
    assert last_metres(bent, 25.0) == ((0.0, 25.0), (0.0, 10.0), (10.0, 10.0))
    assert last_metres(bent, 500.0) == bent


def test_zones_lie_on_their_lanes_and_metres_on_the_road() -> None:
    camera = arm_camera("c", "j", {"left": [lane(-3.0), lane(-1.0)], "right": [lane(1.0)]}, POLE)
    left, right = camera.zones
    for y in (0.5, 20.0, 60.0):
        assert left.polygon.holds(in_picture(-2.0, y))
        assert not left.polygon.holds(in_picture(1.0, y))
        assert right.polygon.holds(in_picture(1.0, y))
    assert not left.polygon.holds(in_picture(-2.0, -3.0)), "in the junction"
    assert not left.polygon.holds(in_picture(-2.0, 80.0)), "too far to be told"
    assert (left.lanes, right.lanes) == (2, 1)
    assert camera.homography is not None
    near, far = (camera.homography.to_ground_m(in_picture(-1.0, y)) for y in (10.0, 50.0))
    assert np.hypot(far[0] - near[0], far[1] - near[1]) == pytest.approx(40.0)


def test_leaving_is_towards_the_camera_over_the_stop_line() -> None:
    camera = arm_camera("c", "j", {"only": [lane(-1.0)]}, POLE)
    (line,), (zone,) = camera.lines, camera.zones
    assert zone.stop is not None
    before, after = line.offset(in_picture(-1.0, 3.0)), line.offset(in_picture(-1.0, -4.0))
    assert before * after < 0
    assert (after > 0) == (zone.stop.direction == "a")
    assert 0 < line.along(in_picture(-1.0, 0.0)) < 1


def test_vehicles_between_two_steps() -> None:
    before = scene(vehicle("stays", (0.0, 10.0), 350.0), vehicle("leaves", (0.0, 0.0), 0.0))
    after = scene(vehicle("stays", (4.0, 10.0), 10.0), vehicle("comes", (0.0, 90.0), 180.0))
    stays, comes = between(before, after, 0.25)
    assert stays.front == (1.0, 10.0)
    assert stays.bearing_deg == pytest.approx(355.0)
    assert (comes.id, comes.front) == ("comes", (0.0, 90.0))


class WhatIsNew:
    """Finds what differs from the empty street as each camera sees it, and calls it a car."""

    class_names: Mapping[int, str] = {0: "car"}

    def __init__(self) -> None:
        self.empty: list[Image] = []

    def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
        return [self._one(empty, image) for empty, image in zip(self.empty, images, strict=True)]

    @staticmethod
    def _one(empty: Image, image: Image) -> Detections:
        new = np.asarray(cv2.absdiff(empty, image).max(axis=2) > 45, np.uint8)
        _, _, spots, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(new, cv2.MORPH_OPEN, np.ones((3, 3))))
        return detections_from_rows([(x, y, x + w, y + h, 0.9, 0) for x, y, w, h, area in spots[1:] if area > 40])


def test_what_is_reported_was_seen_in_pictures(tiny_scenario: Scenario) -> None:
    files = tiny_scenario.street()
    layouts = {key: site.layout for key, site in tiny_scenario.sites.items()}
    with SumoStreet(files, layouts, seed=3, programs="actuated") as street:
        street.run_until(street.time_s + 100.0)
        detector = WhatIsNew()
        junction = PicturedJunction(
            tiny_scenario.sites["west"], street, detector, lambda fps: ByteTracker(fps=fps), seed=3
        )
        detector.empty = [arm.ground for arm in junction.arms]
        for _ in range(3):
            street.run_until(street.time_s + 1.0)
            junction.second()
        report = junction.look(1000.0)
        assert junction.pictures == 3 * 4 * PICTURES_PER_S, "four arms"
        assert (report.n, report.junction_id, report.frames_seen, report.origin) == (0, "west", 12, "simulated")
        assert [group.lane_group_id for group in report.lane_groups] == [g.id for g in layouts["west"].lane_groups]
        assert all(group.seen for group in report.lane_groups)
        seen = sum(sum(group.present.values()) for group in report.lane_groups)
        near, far = (int(street.look("west", range_m).present.sum()) for range_m in (50.0, REACH_M + 10))
        assert 2 <= 0.5 * near <= seen <= far, "those that touch in the picture are one spot"
        junction.fault = CameraState.LOST
        street.run_until(street.time_s + 1.0)
        junction.second()
        lost = junction.look(1001.0)
        assert (lost.n, lost.state, lost.frames_seen) == (1, CameraState.LOST, 0)
        assert not any(group.seen for group in lost.lane_groups)
        assert junction.pictures == 48, "a lost camera takes none"
        assert {(sight.looks, sight.seen) for sight in junction.sights.values()} == {(2, 1)}


def test_what_was_never_seen_has_no_figure() -> None:
    sight = Sight(looks=4, crossed=7)
    assert sight.to_document() == {
        "seen": 0.0,
        "queue_veh": None,
        "queue_veh_reported": None,
        "queue_veh_off": None,
        "crossed": 7,
        "crossed_reported": 0,
    }
    sight.seen, sight.queue_veh, sight.queue_veh_reported, sight.queue_veh_off = 2, 9, 6, 5
    document = sight.to_document()
    assert (document["seen"], document["queue_veh"]) == (0.5, 4.5)
    assert (document["queue_veh_reported"], document["queue_veh_off"]) == (3.0, 2.5)


def test_a_junction_that_is_not_there(tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match="through-pictures"):
        Rehearsal(
            scenario=tiny_scenario,
            minutes=1,
            seed=1,
            sensors=SensorModel(),
            through_pictures=ThroughPictures(junction_id="moon", weights=Path("w.pt")),
        )
