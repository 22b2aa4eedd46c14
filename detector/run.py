"""One camera counted from its first frame to its last: source, detector, tracker, counter, interval records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from detector.backends import streams_of
from detector.camera import Camera
from detector.camera_state import StateSpan
from detector.class_map import ClassMap, classes_of
from detector.counting import CameraCounting, Interval
from detector.detection import Detector
from detector.fleet import Fleet, Member, Watching
from detector.frame import Frame, Silence
from detector.inbox import call_before
from detector.source import VideoSource
from detector.tracking import Tracker
from junction.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Window:
    """Frames to count, first and last included; `last` None means to the end."""

    first: int = 0
    last: int | None = None

    def __post_init__(self) -> None:
        if self.first < 0 or (self.last is not None and self.last < self.first):
            raise InputError("frames", expected="A-B with 0 <= A <= B", got=f"{self.first}-{self.last}")

    def choose(self, source: VideoSource, step: int) -> Iterator[Frame | Silence]:
        """The source's moments in the window, one frame in `step`."""
        for moment in source.frames():
            if isinstance(moment, Silence):
                yield moment
                continue
            if self.last is not None and moment.index > self.last:
                return
            if moment.index >= self.first and (moment.index - self.first) % step == 0:
                yield moment


def member_of(
    source: VideoSource,
    camera: Camera,
    classes: ClassMap,
    tracker: Tracker,
    *,
    window: Window | None = None,
    interval_s: float = 5.0,
    frame_step: int = 1,
    live: bool = False,
    wait_until: Callable[[float], None] | None = None,
    watching: Sequence[Watching] = (),
) -> Member:
    """The camera as a member of a fleet. One frame in `frame_step` is looked at.

    `wait_until` is called with the source's time of every frame before it is used, so that a file can be played at
    its own pace.
    """
    if frame_step < 1:
        raise InputError("frame-step", expected="1 or more", got=frame_step)
    moments = (window or Window()).choose(source, frame_step)
    return Member(
        counting=CameraCounting(camera, classes, tracker, step_s=frame_step / source.fps, interval_s=interval_s),
        moments=moments if wait_until is None else call_before(moments, wait_until),
        live=live,
        broken=lambda: source.broken,
        announced_s=lambda: source.announced_s,
        classes=classes,
        watching=watching,
    )


class CountingRun:
    """Counts `source` as `camera` sees it: a fleet of one. `intervals` may be walked once. A camera that finds by
    motion needs no `detector`.

    Raises InputError when the source has no frame in the window, and what the source raises.
    """

    def __init__(
        self,
        source: VideoSource,
        camera: Camera,
        detector: Detector | None,
        tracker: Tracker,
        *,
        window: Window | None = None,
        interval_s: float = 5.0,
        frame_step: int = 1,
        live: bool = False,
    ) -> None:
        self._source = source
        self._window = window or Window()
        self.class_map = classes_of(camera, None if detector is None else detector.class_names)
        self._member = member_of(
            source,
            camera,
            self.class_map,
            tracker,
            window=window,
            interval_s=interval_s,
            frame_step=frame_step,
            live=live,
        )
        self._fleet = Fleet([self._member], detector, streams=streams_of(detector))

    @property
    def states(self) -> tuple[StateSpan, ...]:
        """The camera's states so far, without gaps."""
        return self._member.counting.states

    @property
    def frames(self) -> int:
        return self._member.counting.frames

    @property
    def queue_max_veh(self) -> dict[str, int | None]:
        return self._member.counting.queue_max_veh

    @property
    def wall_s(self) -> float:
        return self._fleet.wall_s

    def intervals(self) -> Iterator[Interval]:
        """Count, and yield every interval when it closes; a source that broke ends with an interval in state lost."""
        for _, interval in self._fleet.intervals():
            yield interval
        if self._member.error is not None:
            raise self._member.error
        if not self._member.counting.begun:
            raise nothing_in(self._source, self._window)


def nothing_in(source: VideoSource, window: Window) -> InputError:
    """The source had no frame to count."""
    reason = source.broken or "the source ended before the window began"
    return InputError("source", expected=f"frames from number {window.first} on", got=source.name, hint=reason)
