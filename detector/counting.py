"""One camera's counting, moment by moment: its state, its tracks, its counts and the intervals they close.

It is driven from outside (`detector/fleet.py`), so that the detector may look at the pictures of many cameras at once:
`look` says what there is to detect, `see` takes what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detector.camera import Camera
from detector.camera_state import StateSpan, StateWatch
from detector.class_map import ClassMap
from detector.counter import LaneGroupView, LineAndZoneCounter, Tally
from detector.detection import Detections
from detector.duplicates import drop_duplicates
from detector.familiarity import Familiarity
from detector.frame import Frame, Picture, Silence, image_of
from detector.motion import MotionFinder
from detector.privacy import masked
from detector.riders import merge_riders
from detector.tracking import TrackedBox, Tracker, WideTracker
from junction.counts import CameraState
from junction.errors import InputError

MAX_INTERVAL_S = 3600.0
"""The longest that the service takes as one record."""
MOTION_MARGIN = 0.5
"""What moves is a small, sharp box, and a vehicle may be half its length further in the next picture."""


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """A moment with the camera's state at it. `frame` is None where nothing came; `picture` is what the detector may
    see, None where there is nothing to see, or where the camera finds by motion: that is `found`."""

    time_s: float
    state: CameraState
    frame: Frame | None = None
    picture: Picture | None = None
    found: Detections | None = None


class CameraCounting:
    """Counts one camera. Every moment goes through `look`, then `see`, each in the order of time.

    `look` may be called from another thread than the rest, and run ahead. `step_s` is the time between two frames
    that are looked at.
    """

    def __init__(
        self, camera: Camera, classes: ClassMap, tracker: Tracker, *, step_s: float, interval_s: float = 5.0
    ) -> None:
        if not 0 < interval_s <= MAX_INTERVAL_S:
            raise InputError("interval", expected=f"seconds, more than 0, at most {MAX_INTERVAL_S:g}", got=interval_s)
        self._camera = camera
        self._classes = classes
        self._cycles = classes.cycles
        self._whole = frozenset(classes.vehicles) - self._cycles
        self._familiarity = Familiarity()
        self._unfamiliar = False
        self._finder = None if camera.car_length is None else MotionFinder(camera.car_length)
        self._tracker = tracker if self._finder is None else WideTracker(tracker, MOTION_MARGIN)
        self._step_s = step_s
        self._interval_s = interval_s
        self._watch = StateWatch(fixed=camera.fixed)
        self._counter = LineAndZoneCounter(camera, classes, width_px=1, height_px=1)
        self._size_px: tuple[int, int] | None = None
        self._state = CameraState.OK
        self._blind = False
        self._in_view = False
        self._begin_s: float | None = None
        self._last_s = self._looked_s = 0.0
        self._seen = self._lost = self._n = 0
        self._confidence_sum, self._boxes = 0.0, 0
        self.frames = 0
        self.queue_max_veh: dict[str, int | None] = {zone.lane_group_id: None for zone in camera.zones}

    @property
    def camera(self) -> Camera:
        return self._camera

    @property
    def begun(self) -> bool:
        """Whether anything came at all."""
        return self._begin_s is not None

    @property
    def state(self) -> CameraState:
        return self._state

    @property
    def states(self) -> tuple[StateSpan, ...]:
        """The camera's states so far, without gaps."""
        return self._watch.spans

    def look(self, moment: Frame | Silence) -> Look:
        """Judge the picture; a picture of a camera that is black, covered, moved … is not shown to the detector."""
        if isinstance(moment, Silence):
            self._watch.lose(self._looked_s, moment.time_s)
            self._looked_s = moment.time_s
            return Look(time_s=moment.time_s, state=CameraState.LOST)
        self._looked_s = moment.time_s
        state = self._watch.see(moment.time_s, moment.picture, unfamiliar=self._unfamiliar)
        # A view that the weights do not know is shown to them all the same: they may come to find vehicles in it.
        useful = state in (CameraState.OK, CameraState.UNFAMILIAR) and not self._watch.blank
        picture = None
        if useful:
            masks = self._camera.privacy_masks
            picture = masked(moment.image, masks) if masks else moment.picture
        if self._finder is None:
            if picture is not None:
                self._unfamiliar = self._familiarity.look(moment.time_s, picture)
            return Look(time_s=moment.time_s, state=state, frame=moment, picture=picture)
        if picture is None:
            self._finder.forget()
            return Look(time_s=moment.time_s, state=state, frame=moment)
        found = self._finder.find(moment.time_s, image_of(picture))
        return Look(time_s=moment.time_s, state=state, frame=moment, found=found)

    def see(self, look: Look, found: Detections | None) -> tuple[Interval | None, list[TrackedBox]]:
        """Count what was found in the picture: the interval that this moment closed, if one, and the tracks.

        Where there was no picture, what is in view is unknown, and tracks do not live through it.
        """
        closed = self._begin(look.time_s)
        self._state, self._in_view = look.state, found is not None
        if look.frame is None:
            self._lost += round((look.time_s - self._last_s) / self._step_s)
        else:
            self.frames += 1
            self._lost += found is None
            self._fit_to(look.frame)
        self._last_s = look.time_s
        if found is None:
            self._blind = self._blind or look.state is not CameraState.OK
            return closed, []
        if self._blind:
            self._blind = False
            self._counter.reset()
            self._tracker.reset()
        self._seen += 1
        vehicles = merge_riders(drop_duplicates(found, self._whole), self._cycles, self._classes.riders)
        boxes = self._tracker.update(vehicles, look.picture)
        for box in boxes:
            if box.class_id in self._classes.vehicles:
                self._confidence_sum += box.confidence
                self._boxes += 1
        self._familiarity.found(look.time_s, [box.track_id for box in boxes])
        self._counter.see(look.time_s, boxes)
        for name, view in self._lane_groups().items():
            self.queue_max_veh[name] = max(self.queue_max_veh[name] or 0, view.queue.veh)
        return closed, boxes

    def end(self, *, broken: bool, announced_s: float) -> list[Interval]:
        """The last intervals: of a source that broke, one in state lost up to where it should have ended."""
        assert self._begin_s is not None, "ask `begun` first"
        end_s = self._last_s + self._step_s
        last = self._close(self._begin_s, end_s)
        if not broken:
            return [last]
        lost_s = max(end_s + self._step_s, announced_s)
        self._watch.lose(end_s, lost_s)
        self._lost = round((lost_s - self._last_s) / self._step_s) - 1
        self._in_view, self._state = False, CameraState.LOST
        return [last, self._close(end_s, lost_s)]

    def _begin(self, time_s: float) -> Interval | None:
        """Close the interval that is over at this moment."""
        if self._begin_s is None:
            self._begin_s = time_s
            return None
        if time_s < self._begin_s + self._interval_s:
            return None
        closed = self._close(self._begin_s, time_s)
        self._begin_s = time_s
        return closed

    def _fit_to(self, frame: Frame) -> None:
        height_px, width_px = frame.picture.shape[:2]
        if self._size_px == (width_px, height_px):
            return
        self._counter.resize(width_px=width_px, height_px=height_px)
        if self._size_px is not None:
            self._tracker.reset()
        self._size_px = (width_px, height_px)

    def _lane_groups(self) -> dict[str, LaneGroupView]:
        """None by motion: what stands fades into the ground, and a queue that is not seen is not empty."""
        return {} if self._finder is not None else self._counter.lane_groups()

    def _close(self, begin_s: float, end_s: float) -> Interval:
        interval = Interval(
            n=self._n,
            begin_s=begin_s,
            end_s=end_s,
            state=self._state,
            tally=self._counter.take(),
            lane_groups=self._lane_groups() if self._in_view else {},
            frames_seen=self._seen,
            frames_lost=self._lost,
            mean_confidence=self._confidence_sum / self._boxes if self._boxes else None,
        )
        self._n += 1
        self._seen = self._lost = self._boxes = 0
        self._confidence_sum = 0.0
        return interval
