"""From a counted interval to the record that leaves the process."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from detector.camera import Camera
from detector.counting import Interval
from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.errors import InputError

SHORTEST_S = 0.001
"""An interval has a length, even when the clock was set back while it ran."""


class RecordMaker:
    """Makes the records of one run of one camera; `boot_id` is the run's own.

    `stamp(source_s)` gives the Unix time of a moment of the source. Records follow each other without gap: each
    begins when the one before ended.
    """

    def __init__(self, camera: Camera, stamp: Callable[[float], float], *, boot_id: str | None = None) -> None:
        if camera.junction_id is None:
            raise InputError(
                "junction_id",
                expected="the junction whose counts these are",
                got=None,
                hint="give junction_id in the camera file, or --junction",
            )
        self._camera = camera
        self._junction_id = camera.junction_id
        self._stamp = stamp
        self._end_at: float | None = None
        self.boot_id = boot_id or uuid4().hex

    def make(self, interval: Interval) -> CountRecord:
        """The record of the next interval. A lane group is `seen` when its zone was in view at the interval's end."""
        begin_at = self._stamp(interval.begin_s) if self._end_at is None else self._end_at
        self._end_at = max(begin_at + SHORTEST_S, self._stamp(interval.end_s))
        return CountRecord(
            camera_id=self._camera.id,
            boot_id=self.boot_id,
            n=interval.n,
            junction_id=self._junction_id,
            begin_at=begin_at,
            end_at=self._end_at,
            state=interval.state,
            lane_groups=tuple(self._lane_group(zone.lane_group_id, interval) for zone in self._camera.zones),
            lines=interval.tally.lines,
            frames_seen=interval.frames_seen,
            frames_lost=interval.frames_lost,
            mean_confidence=interval.mean_confidence,
        )

    @staticmethod
    def _lane_group(lane_group_id: str, interval: Interval) -> LaneGroupCount:
        view = interval.lane_groups.get(lane_group_id)
        served = interval.tally.served[lane_group_id]
        if view is None or interval.state is not CameraState.OK:
            return LaneGroupCount(lane_group_id=lane_group_id, seen=False, crossed=served)
        return LaneGroupCount(
            lane_group_id=lane_group_id,
            seen=True,
            crossed=served,
            present=view.present,
            queue_veh=view.queue.veh,
            queue_pcu=view.queue.pcu,
            queue_m=view.queue.length_m,
        )
