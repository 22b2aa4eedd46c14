"""Many cameras in one process: each gets what is its own, and none suffers from another."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pictures import CAMERA, CAR, FPS, OrderTracker, noisy, row

from detector.camera import Camera
from detector.class_map import class_map
from detector.counting import CameraCounting, Interval, Look
from detector.detection import Detections, detections_from_rows
from detector.fleet import IN_A_ROW, PATIENCE_S, Fleet, Member
from detector.frame import Frame, Image, Silence
from detector.inbox import Inbox
from detector.run import member_of
from detector.source import FramesSource
from detector.tracking import TrackedBox
from junction.counts import CameraState
from junction.errors import InputError

NAMES = {CAR: "car"}


def numbered(count: int, camera: int) -> list[Image]:
    """Pictures that say in their first pixel whose they are, and in the second which."""
    images = noisy(count, seed=camera)
    for i, image in enumerate(images):
        image[0, 0, 0], image[0, 1, 0] = camera, i
    return images


class Reading:
    """A detector that reads the picture's mark: camera k's car drives down in column k, 10 px a frame."""

    class_names = NAMES

    def __init__(self, seconds: float = 0.0) -> None:
        self.batches: list[int] = []
        self._seconds = seconds

    def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
        self.batches.append(len(images))
        time.sleep(self._seconds)
        return [
            detections_from_rows([row(50 + 100 * int(image[0, 0, 0]), 40 + 10 * int(image[0, 1, 0]))])
            for image in images
        ]


def member(source: FramesSource, name: str, *, live: bool = False, camera: Camera = CAMERA) -> Member:
    return member_of(source, replace(camera, id=name), class_map(NAMES), OrderTracker(), interval_s=1.0, live=live)  # type: ignore[arg-type]


def counted(fleet: Fleet) -> dict[str, list[Interval]]:
    by_camera: dict[str, list[Interval]] = {}
    for one, interval in fleet.intervals():
        by_camera.setdefault(one.counting.camera.id, []).append(interval)
    return by_camera


def crossings(intervals: list[Interval]) -> int:
    return sum(i.tally.lines["stop"]["a"].get("car", 0) for i in intervals)


class Announced(FramesSource):
    """Says when its third frame is read: by then a frame of it waits to be looked at."""

    def __init__(self, images: Sequence[Image]) -> None:
        super().__init__(images, fps=FPS)
        self.ahead = threading.Event()

    def frames(self) -> Iterator[Frame]:
        for frame in super().frames():
            if frame.index == 2:
                self.ahead.set()
            yield frame


class Patient(Reading):
    """Gives no answer before every one of `sources` is ahead."""

    def __init__(self, sources: Sequence[Announced]) -> None:
        super().__init__()
        self._sources = sources

    def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
        assert all(source.ahead.wait(30.0) for source in self._sources)
        return super().detect(images, class_ids)


def test_each_camera_counts_its_own_every_frame_once() -> None:
    lengths = [35, 35, 12, 20]
    sources = [Announced(numbered(n, k)) for k, n in enumerate(lengths)]
    detector = Patient(sources)
    fleet = Fleet([member(source, f"cam-{k}") for k, source in enumerate(sources)], detector)
    by_camera = counted(fleet)
    assert [sum(i.frames_seen for i in by_camera[f"cam-{k}"]) for k in range(4)] == lengths
    assert [crossings(by_camera[f"cam-{k}"]) for k in range(4)] == [1, 1, 0, 1]
    assert sum(detector.batches) == sum(lengths)
    assert max(detector.batches) == 4, "the pictures of four cameras go together"
    for intervals in by_camera.values():
        assert [i.n for i in intervals] == list(range(len(intervals)))
        assert all(a.end_s == b.begin_s for a, b in pairwise(intervals))


def test_threads_wait_less_for_each_other_as_long_as_cameras_are_counted() -> None:
    before_s = sys.getswitchinterval()
    seen_s: list[float] = []
    only = member(FramesSource(numbered(9, 0), fps=FPS), "cam-0")
    only.watching = [lambda _look, _boxes: seen_s.append(sys.getswitchinterval())]
    counted(Fleet([only], Reading()))
    assert seen_s == pytest.approx([PATIENCE_S] * 9)
    assert sys.getswitchinterval() == before_s


class Failing(FramesSource):
    """Breaks in the middle with something that nobody expects."""

    def frames(self) -> Iterator[Frame]:
        for frame in super().frames():
            if frame.index == 15:
                raise RuntimeError("codec fell over")
            yield frame


def test_one_that_fails_stops_no_other() -> None:
    good = member(FramesSource(numbered(35, 1), fps=FPS), "good")
    source_fails = member(Failing(numbered(35, 2), fps=FPS), "source-fails")
    tracker_fails = member(FramesSource(numbered(35, 3), fps=FPS), "tracker-fails")
    tracker_fails.watching = (lambda look, boxes: 1 // (0 if look.time_s > 1 else 1),)  # type: ignore[assignment]
    by_camera = counted(Fleet([source_fails, tracker_fails, good], Reading()))
    assert crossings(by_camera["good"]) == 1
    assert sum(i.frames_seen for i in by_camera["good"]) == 35
    assert good.failure is None
    assert source_fails.failure == "RuntimeError: codec fell over"
    assert sum(i.frames_seen for i in by_camera["source-fails"]) == 15
    assert by_camera["source-fails"][-1].state is CameraState.LOST
    assert tracker_fails.failure is not None
    assert "ZeroDivisionError" in tracker_fails.failure


def test_a_detector_that_fails_is_told() -> None:
    class Broken(Reading):
        def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
            raise InputError("weights", expected="sense", got="none")

    with pytest.raises(InputError, match="weights"):
        counted(Fleet([member(FramesSource(numbered(5, 1), fps=FPS), "cam")], Broken()))


class Camera30(FramesSource):
    """A live camera: frames come by the clock, 100 a second."""

    def frames(self) -> Iterator[Frame]:
        began_s = time.monotonic()
        for frame in super().frames():
            time.sleep(max(0.0, began_s + frame.index / 100 - time.monotonic()))
            yield Frame(index=frame.index, time_s=frame.index / 100, picture=frame.image)


def test_a_slow_detector_gets_the_newest_frame_of_each_live_camera() -> None:
    detector = Reading(seconds=0.1)
    members = [member(Camera30(numbered(100, k), fps=100), f"cam-{k}", live=True) for k in range(3)]
    seen: dict[str, list[tuple[float, float]]] = {}
    began_s = time.monotonic()
    for one in members:
        name = one.counting.camera.id
        one.watching = (
            lambda look, boxes, name=name: seen.setdefault(name, []).append(  # type: ignore[misc]
                (look.time_s, time.monotonic() - began_s)
            ),
        )
    fleet = Fleet(members, detector)
    counted(fleet)
    assert fleet.dropped > 3 * 60, "what the detector had no time for"
    for looks in seen.values():
        assert len(looks) < 20
        assert all(late_s - time_s < 0.35 for time_s, late_s in looks), "never an old frame"


def test_the_network_looks_on_while_a_live_camera_is_counted() -> None:
    detector = Reading(seconds=0.05)
    one = member(Camera30(numbered(60, 0), fps=100), "cam", live=True)
    counted_so_far: list[float] = []

    def count_slowly(look: Look, boxes: Sequence[TrackedBox]) -> None:
        counted_so_far.append(look.time_s)
        deadline_s = time.monotonic() + 10
        while len(counted_so_far) == 1 and len(detector.batches) < 2:
            assert time.monotonic() < deadline_s, "the network waits until the picture is counted"
            time.sleep(0.005)

    one.watching = (count_slowly,)
    counted(Fleet([one], detector))
    assert one.failure is None
    assert len(counted_so_far) > 1


class TwoAtOnce(Reading):
    """Notes how many pictures it looks at at the same time, of which cameras."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self._lock = threading.Lock()
        self._busy = 0
        self.most = 0

    def detect(self, images: Sequence[Image], class_ids: Collection[int]) -> list[Detections]:
        with self._lock:
            self._busy += len(images)
            self.most = max(self.most, self._busy)
        try:
            return super().detect(images, class_ids)
        finally:
            with self._lock:
                self._busy -= len(images)


def test_two_pictures_of_a_live_camera_are_looked_at_at_once_and_no_third_grows_old() -> None:
    detector = TwoAtOnce(seconds=0.1)
    one = member(Camera30(numbered(100, 0), fps=100), "cam", live=True)
    late: list[float] = []
    began_s = time.monotonic()
    one.watching = (lambda look, boxes: late.append(time.monotonic() - began_s - look.time_s),)
    counted(Fleet([one], detector, streams=2))
    assert detector.most == 2
    assert len(late) > 12, "more than one at a time could have looked at"
    assert max(late) < 0.3, "never an old frame"


def test_a_network_of_several_pictures_serves_every_camera_of_files_in_turn() -> None:
    detector = TwoAtOnce(seconds=0.001)
    sources = [FramesSource(numbered(35, k), fps=FPS) for k in range(3)]
    by_camera = counted(Fleet([member(source, f"cam-{k}") for k, source in enumerate(sources)], detector, streams=2))
    assert [crossings(by_camera[f"cam-{k}"]) for k in range(3)] == [1, 1, 1]
    assert [sum(i.frames_seen for i in by_camera[f"cam-{k}"]) for k in range(3)] == [35, 35, 35]
    assert max(detector.batches) <= IN_A_ROW


def test_an_inbox_holds_a_few_pictures_however_long_nobody_takes_them() -> None:
    pulled = []

    def moments() -> Iterator[Frame | Silence]:
        for i, image in enumerate(noisy(60)):
            pulled.append(i)
            yield Frame(index=i, time_s=i / FPS, picture=image)

    for live in (False, True):
        pulled.clear()
        news = threading.Condition()
        counting = CameraCounting(CAMERA, class_map(NAMES), OrderTracker(), step_s=1 / FPS)
        inbox = Inbox(moments(), counting, live=live, news=news, ahead=3)
        inbox.start()
        deadline_s = time.monotonic() + 60
        while not (inbox.ended if live else len(pulled) > 3) and time.monotonic() < deadline_s:
            time.sleep(0.01)
        time.sleep(0.2)  # a reader that would not wait reads on now
        if live:
            assert (len(pulled), len(inbox), inbox.dropped) == (60, 1, 59)
            with news:
                assert inbox.take().time_s == pytest.approx(59 / FPS)
        else:
            assert (len(pulled), len(inbox), inbox.dropped) == (4, 3, 0)
        inbox.stop()


def test_silence_is_not_swallowed_by_the_frame_after_it() -> None:
    image = noisy(1)[0]
    moments = [
        Frame(index=0, time_s=0.0, picture=image),
        Silence(time_s=3.0, reason="gone"),
        Frame(index=1, time_s=4.0, picture=np.roll(image, 1)),
    ]
    news = threading.Condition()
    counting = CameraCounting(CAMERA, class_map(NAMES), OrderTracker(), step_s=1 / FPS)
    inbox = Inbox(moments, counting, live=True, news=news, ahead=3)
    inbox.start()
    while not inbox.ended:
        time.sleep(0.01)
    with news:
        looks = [inbox.take() for _ in range(len(inbox))]
    assert [look.state for look in looks] == [CameraState.LOST, CameraState.OK]
