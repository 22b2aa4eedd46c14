"""One camera counted from its first frame to its last: source, detector, tracker, counter, interval records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from detector.camera import Camera
from detector.camera_state import StateSpan, StateWatch
from detector.class_map import ClassMap, class_map
from detector.counter import LaneGroupView, LineAndZoneCounter, Tally
from detector.detection import Detector
from detector.duplicates import drop_duplicates
from detector.frame import Frame, Silence
from detector.privacy import masked
from detector.riders import merge_riders
from detector.source import VideoSource
from detector.tracking import Tracker
from junction.counts import CameraState
from junction.errors import InputError

MAX_INTERVAL_S = 3600.0
"""The longest that the service takes as one record."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """What one camera counted from `begin_s` to `end_s` (seconds of the source).

    `lane_groups`: as they were at the end; empty when nothing could be seen then. `frames_lost` are frames that came
    and showed nothing. `mean_confidence` is that of the vehicles' boxes, None when there was none.
    """

    n: int
    begin_s: float
    end_s: float
    state: CameraState
    tally: Tally
    lane_groups: Mapping[str, LaneGroupView]
    frames_seen: int
    frames_lost: int
    mean_confidence: float | None


@dataclass(frozen=True, kw_only=True)
class Window:
    """Frames to count, first and last included; `last` None means to the end."""

    first: int = 0
    last: int | None = None

    def __post_init__(self) -> None:
        if self.first < 0 or (self.last is not None and self.last < self.first):
            raise InputError("frames", expected="A-B with 0 <= A <= B", got=f"{self.first}-{self.last}")


class CountingRun:
    """Counts `source` as `camera` sees it. `intervals` may be walked once; the totals are there when it ended.

    One frame in `frame_step` is looked at. `wait_until` is called with the source's time of every frame before it is
    used, so that a file can be played at its own pace. Raises InputError when the source has no frame in the window.
    """

    def __init__(
        self,
        source: VideoSource,
        camera: Camera,
        detector: Detector,
        tracker: Tracker,
        *,
        window: Window | None = None,
        interval_s: float = 5.0,
        frame_step: int = 1,
        wait_until: Callable[[float], None] | None = None,
    ) -> None:
        if not 0 < interval_s <= MAX_INTERVAL_S:
            raise InputError("interval", expected=f"seconds, more than 0, at most {MAX_INTERVAL_S:g}", got=interval_s)
        if frame_step < 1:
            raise InputError("frame-step", expected="1 or more", got=frame_step)
        self._source = source
        self._camera = camera
        self._detector = detector
        self._tracker = tracker
        self._window = window or Window()
        self._interval_s = interval_s
        self._frame_step = frame_step
        self._wait_until = wait_until
        self.class_map: ClassMap = class_map(detector.class_names, camera.classes)
        self._watch = StateWatch()
        self._counter = LineAndZoneCounter(camera, self.class_map, width_px=1, height_px=1)
        self._size_px: tuple[int, int] | None = None
        self._blind = False
        self._seen = self._lost = self._n = 0
        self._confidence_sum, self._boxes = 0.0, 0
        self.frames = 0
        self.wall_s = 0.0
        self.queue_max_veh: dict[str, int | None] = {zone.lane_group_id: None for zone in camera.zones}

    @property
    def states(self) -> tuple[StateSpan, ...]:
        """The camera's states so far, without gaps."""
        return self._watch.spans

    def intervals(self) -> Iterator[Interval]:
        """Count, and yield every interval when it closes; a source that broke ends with an interval in state lost."""
        begin_s: float | None = None
        last_s = 0.0
        state = CameraState.OK
        step_s = self._frame_step / self._source.fps
        for moment in self._chosen():
            begin_s = moment.time_s if begin_s is None else begin_s
            if moment.time_s >= begin_s + self._interval_s:
                yield self._close(begin_s, moment.time_s, state)
                begin_s = moment.time_s
            if self._wait_until is not None:
                self._wait_until(moment.time_s)
            state = self._see(moment) if isinstance(moment, Frame) else self._miss(last_s, moment.time_s, step_s)
            last_s = moment.time_s
        if begin_s is None:
            reason = self._source.broken or "the source ended before the window began"
            raise InputError(
                "source", expected=f"frames from number {self._window.first} on", got=self._source.name, hint=reason
            )
        if self._source.broken is None:
            yield self._close(begin_s, last_s + step_s, state)
            return
        yield self._close(begin_s, last_s + step_s, state)
        end_s = max(last_s + 2 * step_s, self._source.announced_s)
        self._watch.lose(last_s + step_s, end_s)
        self._lost = round((end_s - last_s) / step_s) - 1
        yield self._close(last_s + step_s, end_s, CameraState.LOST)

    def _chosen(self) -> Iterator[Frame | Silence]:
        began = time.perf_counter()
        for frame in self._source.frames():
            if isinstance(frame, Silence):
                yield frame
                continue
            if self._window.last is not None and frame.index > self._window.last:
                break
            if frame.index >= self._window.first and (frame.index - self._window.first) % self._frame_step == 0:
                self.frames += 1
                yield frame
                self.wall_s = time.perf_counter() - began

    def _miss(self, from_s: float, to_s: float, step_s: float) -> CameraState:
        """Nothing came for a while: what is in view is unknown, and tracks do not live through it."""
        self._watch.lose(from_s, to_s)
        self._lost += round((to_s - from_s) / step_s)
        self._blind = True
        return CameraState.LOST

    def _see(self, frame: Frame) -> CameraState:
        state = self._watch.see(frame.time_s, frame.image)
        self._fit_to(frame)
        counter = self._counter
        if state is not CameraState.OK or self._watch.blank:
            self._lost += 1
            self._blind = self._blind or state is not CameraState.OK
            return state
        if self._blind:
            self._blind = False
            counter.reset()
            self._tracker.reset()
        self._seen += 1
        found = self._detector.detect([masked(frame.image, self._camera.privacy_masks)], self.class_map.wanted)[0]
        whole = frozenset(self.class_map.vehicles) - self.class_map.cycles
        vehicles = merge_riders(drop_duplicates(found, whole), self.class_map.cycles, self.class_map.riders)
        boxes = self._tracker.update(vehicles)
        for box in boxes:
            if box.class_id in self.class_map.vehicles:
                self._confidence_sum += box.confidence
                self._boxes += 1
        counter.see(frame.time_s, boxes)
        for name, view in counter.lane_groups().items():
            self.queue_max_veh[name] = max(self.queue_max_veh[name] or 0, view.queue.veh)
        return state

    def _fit_to(self, frame: Frame) -> None:
        height_px, width_px = frame.image.shape[:2]
        if self._size_px == (width_px, height_px):
            return
        self._counter.resize(width_px=width_px, height_px=height_px)
        if self._size_px is not None:
            self._tracker.reset()
        self._size_px = (width_px, height_px)

    def _close(self, begin_s: float, end_s: float, state: CameraState) -> Interval:
        interval = Interval(
            n=self._n,
            begin_s=begin_s,
            end_s=end_s,
            state=state,
            tally=self._counter.take(),
            lane_groups=self._counter.lane_groups() if state is CameraState.OK and not self._watch.blank else {},
            frames_seen=self._seen,
            frames_lost=self._lost,
            mean_confidence=self._confidence_sum / self._boxes if self._boxes else None,
        )
        self._n += 1
        self._seen = self._lost = self._boxes = 0
        self._confidence_sum = 0.0
        return interval
