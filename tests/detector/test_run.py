"""A camera counted over scripted detections: what the counts, the states and the totals must be."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from pictures import (
    CAMERA,
    CAR,
    FPS,
    HEIGHT_PX,
    TRUCK,
    WIDTH_PX,
    OrderTracker,
    black,
    noisy,
    recorded,
    row,
)

from detector.camera import Camera
from detector.counting import Interval
from detector.detection import Detections
from detector.frame import Image
from detector.polygon import Polygon
from detector.privacy import MASK_GREY
from detector.run import CountingRun, Window
from detector.source import FramesSource
from junction.counts import CameraState
from junction.errors import InputError

Rows = list[list[tuple[float, ...]]]


def drive(x: float, from_y: float, step: float, frames: int, class_id: int = CAR) -> Rows:
    return [[row(x, from_y + step * i, class_id)] for i in range(frames)]


def together(*scripts: Rows) -> Rows:
    return [[box for rows in frame for box in rows] for frame in zip(*scripts, strict=True)]


def counted(
    script: Rows,
    images: list[Image] | None = None,
    camera: Camera = CAMERA,
    *,
    broken: str | None = None,
    announced_s: float = 0.0,
    window: Window | None = None,
    interval_s: float = 100.0,
    frame_step: int = 1,
) -> tuple[CountingRun, list[Interval]]:
    images = images if images is not None else noisy(len(script))
    source = FramesSource(images, fps=FPS, broken=broken, announced_s=announced_s)
    run = CountingRun(
        source, camera, recorded(script), OrderTracker(), window=window, interval_s=interval_s, frame_step=frame_step
    )
    return run, list(run.intervals())


def test_lines_movements_and_served_by_class() -> None:
    script = together(
        drive(50, 40, 10, 35), drive(150, 380, -10, 35), drive(250, 40, 10, 35, TRUCK), drive(350, 40, 4, 35)
    )
    _, (interval,) = counted(script)
    assert interval.tally.lines == {
        "stop": {"a": {"car": 1, "truck": 1}, "b": {"car": 1}},
        "out": {"a": {"car": 1, "truck": 1}, "b": {"car": 1}},
    }
    assert interval.tally.movements == {"north-south": {"car": 1, "truck": 1}}
    assert interval.tally.served == {"north_a": {"car": 1, "truck": 1}}
    assert (interval.frames_seen, interval.frames_lost) == (35, 0)
    assert interval.mean_confidence == pytest.approx(0.8)


def test_the_queue_is_of_stopped_vehicles_only() -> None:
    standing = [drive(50, 100, 0, 20), drive(150, 120, 0, 20, TRUCK), drive(350, 300, 0, 20)]
    script = together(*standing, drive(250, 10, 8, 20))
    run, (interval,) = counted(script)
    view = interval.lane_groups["north_a"]
    assert view.present == {"car": 2, "truck": 1}
    assert (view.queue.veh, view.queue.pcu) == (2, pytest.approx(1.0 + 1.6))
    assert run.queue_max_veh == {"north_a": 2}


def test_a_vehicle_that_the_frame_cuts_off_is_in_a_zone_that_reaches_the_edge() -> None:
    low = replace(CAMERA.zones[0], polygon=Polygon(corners=((0, 0.6), (1, 0.6), (1, 1), (0, 1))))
    _, (interval,) = counted(drive(50, 380, 0, 20), camera=replace(CAMERA, zones=(low,)))
    assert interval.lane_groups["north_a"].queue.veh == 1


def test_intervals_follow_without_gap_and_add_up() -> None:
    script = together(drive(50, 40, 10, 35), drive(150, 140, 10, 35))
    _, intervals = counted(script, interval_s=1.0)
    assert [i.n for i in intervals] == [0, 1, 2, 3]
    assert [round(i.begin_s, 6) for i in intervals] == [0.0, 1.0, 2.0, 3.0]
    assert [i.end_s for i in intervals[:-1]] == [i.begin_s for i in intervals[1:]]
    assert intervals[-1].end_s == pytest.approx(3.5)
    assert [i.tally.lines["stop"]["a"] for i in intervals] == [{"car": 1}, {"car": 1}, {}, {}]
    assert sum(i.frames_seen for i in intervals) == 35


def test_an_unconfirmed_track_counts_nowhere() -> None:
    script: Rows = [[row(50, 195)], [row(50, 215)]] + [[] for _ in range(40)]
    _, (interval,) = counted(script)
    assert interval.tally.lines["stop"] == {"a": {}, "b": {}}


def test_a_crossing_waits_until_its_track_is_confirmed() -> None:
    script = drive(50, 185, 20, 12)
    _, intervals = counted(script, interval_s=0.2)
    assert intervals[0].tally.lines["stop"]["a"] == {}
    assert sum(i.tally.lines["stop"]["a"].get("car", 0) for i in intervals) == 1


def test_class_by_vote_not_by_the_last_sight() -> None:
    script = together(drive(50, 40, 10, 30))
    script[-3:] = drive(50, 310, 10, 3, TRUCK)
    _, (interval,) = counted(script)
    assert interval.tally.lines["stop"]["a"] == {"car": 1}


def test_a_person_on_foot_is_no_vehicle() -> None:
    _, (interval,) = counted(drive(50, 40, 10, 35, class_id=0))
    assert interval.tally.lines["stop"] == {"a": {}, "b": {}}
    assert interval.mean_confidence is None


def test_only_the_window_counts() -> None:
    script = drive(50, 40, 10, 35)
    run, (interval,) = counted(script[5:13], images=noisy(35), window=Window(first=5, last=12))
    assert run.frames == 8
    assert interval.begin_s == pytest.approx(0.5)
    assert interval.end_s == pytest.approx(1.3)
    assert interval.tally.lines["stop"]["a"] == {}


def test_a_window_past_the_end_is_an_error() -> None:
    with pytest.raises(InputError, match="frames from number 99"):
        counted([], images=noisy(5), window=Window(first=99))


@pytest.mark.parametrize("bounds", [(-1, None), (5, 4)])
def test_a_window_that_is_none(bounds: tuple[int, int | None]) -> None:
    with pytest.raises(InputError, match="frames"):
        Window(first=bounds[0], last=bounds[1])


def test_every_second_frame() -> None:
    script = drive(50, 40, 20, 18)
    run, (interval,) = counted(script, images=noisy(35), frame_step=2)
    assert run.frames == 18
    assert interval.tally.lines["stop"]["a"] == {"car": 1}


def test_a_black_camera_is_not_an_empty_road() -> None:
    images = noisy(20) + black(40) + noisy(20, seed=2)
    standing = [[row(50, 100)] for _ in range(80)]
    run, intervals = counted(standing, images=images, interval_s=1.0)
    assert [str(i.state) for i in intervals] == ["ok", "ok", "ok", "ok", "black", "black", "ok", "ok"]
    assert [bool(i.lane_groups) for i in intervals] == [True, True, False, False, False, False, True, True]
    assert [i.frames_seen for i in intervals] == [10, 10, 0, 0, 0, 0, 10, 10]
    spans = [(str(s.state), round(s.from_s, 3), round(s.to_s, 3)) for s in run.states]
    assert spans == [("ok", 0.0, 2.0), ("black", 2.0, 6.0), ("ok", 6.0, 7.9)]


def test_a_frozen_camera_is_noticed_and_its_tracks_do_not_go_on() -> None:
    images = noisy(10) + [noisy(1, seed=5)[0]] * 40 + noisy(20, seed=6)
    tracker = OrderTracker()
    source = FramesSource(images, fps=FPS)
    run = CountingRun(source, CAMERA, recorded([]), tracker, interval_s=100.0)
    list(run.intervals())
    assert [str(s.state) for s in run.states] == ["ok", "frozen", "ok"]
    assert (run.states[1].from_s, run.states[1].to_s) == (pytest.approx(1.1), pytest.approx(5.0))
    assert tracker.resets == 1


def test_a_source_that_breaks_is_lost_from_there() -> None:
    script = drive(50, 40, 10, 20)
    run, intervals = counted(script, broken="cut off", announced_s=10.0)
    assert [str(i.state) for i in intervals] == ["ok", "lost"]
    assert intervals[0].tally.lines["stop"]["a"] == {"car": 1}
    assert intervals[1].lane_groups == {}
    assert (intervals[1].begin_s, intervals[1].end_s) == (pytest.approx(2.0), 10.0)
    assert (intervals[1].frames_seen, intervals[1].frames_lost) == (0, 80)
    assert run.states[-1].state is CameraState.LOST


def test_a_change_of_frame_size_keeps_the_lines_in_place() -> None:
    half = [image[::2, ::2] for image in noisy(20)]
    script = drive(50, 40, 2, 10) + [[(25.0, 2 * i + 10, 45.0, 2 * i + 30, 0.8, CAR)] for i in range(30, 50)]
    _, (interval,) = counted(script, images=noisy(10) + half)
    assert interval.tally.lines["stop"]["a"] == {"car": 1}


def test_what_is_masked_is_not_shown_to_the_detector() -> None:
    shown: list[Image] = []

    class Looking:
        class_names: ClassVar = {2: "car"}

        def detect(self, images: list[Image], class_ids: object) -> list[Detections]:
            shown.extend(images)
            return [Detections.none() for _ in images]

    camera = replace(CAMERA, privacy_masks=(Polygon(corners=((0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5))),))
    images = noisy(3)
    run = CountingRun(FramesSource(images, fps=FPS), camera, Looking(), OrderTracker())
    list(run.intervals())
    assert (shown[0][: HEIGHT_PX // 2 - 1, : WIDTH_PX // 2 - 1] == MASK_GREY).all()
    assert (shown[0][HEIGHT_PX // 2 + 2 :] == images[0][HEIGHT_PX // 2 + 2 :]).all()
    assert not (images[0][:10, :10] == MASK_GREY).all()


@pytest.mark.parametrize(("field", "value"), [("interval_s", 0.0), ("interval_s", float("nan")), ("frame_step", 0)])
def test_settings_that_cannot_be(field: str, value: float) -> None:
    with pytest.raises(InputError):
        CountingRun(FramesSource(noisy(1), fps=FPS), CAMERA, recorded([]), OrderTracker(), **{field: value})
