"""A simulated camera: looks at the street's truth and reports it with a camera's errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from envs.view import lane_group_counts
from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.site import Site

FRAMES_PER_S = 10
"""Frames a second that a camera is taken to deliver."""


class SimulatedCamera:
    """One junction's camera, over all of its approaches.

    `seed` decides every error. Set `fault` to break the camera (LOST, FROZEN, …) and back to OK to mend it. What it
    sees at a look is what is on the street then; it is known `latency_s` later, which is the caller's to wait.
    """

    def __init__(self, site: Site, street: SumoStreet, sensors: SensorModel, seed: int) -> None:
        self.junction_id = site.layout.id
        self.camera_id = f"{site.layout.id}-cam"
        self.latency_s = sensors.latency_s
        self.fault = CameraState.OK
        self._layout = site.layout
        self._street = street
        self._sensors = sensors
        self._rng = np.random.default_rng(np.random.SeedSequence([seed, *self.camera_id.encode()]))
        self._boot_id = f"sim-{seed}"
        self._n = 0
        self._looked_at: float | None = None
        self._out_until_s = -np.inf
        self._out_state = CameraState.LOST
        self._shown: tuple[LaneGroupCount, ...] | None = None
        self._frozen_at: float | None = None
        self._crossed: NDArray[np.int64] | None = None

    def look(self, time_s: float) -> CountRecord:
        """The report on the time since the last look, as of now. `time_s` is now in Unix seconds.

        A camera that shows nothing reports every lane group as not seen, never as empty. One whose picture has frozen
        repeats what it last showed, with nothing crossing, until that is noticed.
        """
        # A report covers some time: the first one a frame.
        begin_at = time_s - 1 / FRAMES_PER_S if self._looked_at is None else self._looked_at
        self._looked_at = time_s
        state = self._state(time_s - begin_at)
        frozen = state is CameraState.FROZEN and self._shown is not None
        self._frozen_at = (time_s if self._frozen_at is None else self._frozen_at) if frozen else None
        if self._frozen_at is not None and time_s - self._frozen_at < self._sensors.frozen_unnoticed_s:
            state = CameraState.OK
        missed_look = self._rng.random() < self._sensors.looks_lost
        seen = state is CameraState.OK and not missed_look
        crossed = self._newly_crossed() if self._street.counts_crossings else None
        if seen and self._frozen_at is not None:
            lane_groups = tuple(replace(count, crossed={}) for count in self._shown or ())
        elif seen:
            truth = self._street.look(self.junction_id, self._sensors.range_m)
            reported = self._sensors.distort(truth, self._rng)
            passed = crossed if crossed is None else self._sensors.recount(crossed, self._rng)
            lane_groups = self._shown = lane_group_counts(self._layout, reported, passed)
        else:
            lane_groups = tuple(LaneGroupCount(lane_group_id=g.id, seen=False) for g in self._layout.lane_groups)
        frames = max(1, round((time_s - begin_at) * FRAMES_PER_S))
        record = CountRecord(
            camera_id=self.camera_id,
            boot_id=self._boot_id,
            n=self._n,
            junction_id=self.junction_id,
            begin_at=begin_at,
            end_at=time_s,
            state=state,
            lane_groups=lane_groups,
            frames_seen=frames if seen else 0,
            frames_lost=0 if seen else frames,
            origin="simulated",
        )
        self._n += 1
        return record

    def _newly_crossed(self) -> NDArray[np.int64]:
        now = self._street.crossed(self.junction_id)
        new = now if self._crossed is None else now - self._crossed
        self._crossed = now
        return new

    def _state(self, passed_s: float) -> CameraState:
        if self.fault is not CameraState.OK:
            return self.fault
        now_s = self._street.time_s
        if self._sensors.outages_per_h and now_s >= self._out_until_s:
            starts = self._rng.random() < -np.expm1(-self._sensors.outages_per_h * passed_s / 3600)
            if starts:
                self._out_until_s = now_s + self._rng.exponential(self._sensors.outage_s)
                freezes = self._sensors.frozen > 0 and self._rng.random() < self._sensors.frozen
                self._out_state = CameraState.FROZEN if freezes else CameraState.LOST
        for window in self._sensors.lost:
            if window.junction_id in ("*", self.junction_id) and window.from_s <= now_s < window.to_s:
                return window.state
        return self._out_state if now_s < self._out_until_s else CameraState.OK
