"""A simulated camera: looks at the street's truth and reports it with a camera's errors. A city's many look at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from envs.view import JunctionView, lane_group_counts
from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.ensemble import Ensemble
from junction.site import Site

FRAMES_PER_S = 10
"""Frames a second that a camera is taken to deliver."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """What became of one look of one camera: the time that it covers (Unix seconds), what the camera says of its
    picture, whether it saw anything, and whether what it saw is its last picture once more."""

    begin_at: float
    end_at: float
    state: CameraState
    seen: bool
    repeated: bool


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
        self._has_shown = False
        self._shown: tuple[LaneGroupCount, ...] = ()
        self._frozen_at: float | None = None
        self._crossed: NDArray[np.int64] | None = None

    def look(self, time_s: float) -> CountRecord:
        """The report on the time since the last look, as of now. `time_s` is now in Unix seconds.

        A camera that shows nothing reports every lane group as not seen, never as empty. One whose picture has frozen
        repeats what it last showed, with nothing crossing, until that is noticed.
        """
        exposure = self.expose(time_s)
        crossed = self._newly_crossed() if self._street.counts_crossings else None
        if exposure.repeated:
            lane_groups = tuple(replace(count, crossed={}) for count in self._shown)
        elif exposure.seen:
            truth = self._street.look(self.junction_id, self._sensors.range_m)
            reported = self._sensors.distort(truth, self._rng)
            passed = crossed if crossed is None else self._sensors.recount(crossed, self._rng)
            lane_groups = self._shown = lane_group_counts(self._layout, reported, passed)
        else:
            lane_groups = tuple(LaneGroupCount(lane_group_id=g.id, seen=False) for g in self._layout.lane_groups)
        return self.record(exposure, lane_groups)

    def expose(self, time_s: float) -> Exposure:
        """The look itself, without what is in the picture."""
        # A report covers some time: the first one a frame.
        begin_at = time_s - 1 / FRAMES_PER_S if self._looked_at is None else self._looked_at
        self._looked_at = time_s
        state = self._state(time_s - begin_at)
        frozen = state is CameraState.FROZEN and self._has_shown
        self._frozen_at = (time_s if self._frozen_at is None else self._frozen_at) if frozen else None
        if self._frozen_at is not None and time_s - self._frozen_at < self._sensors.frozen_unnoticed_s:
            state = CameraState.OK
        missed_look = self._rng.random() < self._sensors.looks_lost
        seen = state is CameraState.OK and not missed_look
        self._has_shown = self._has_shown or seen
        return Exposure(
            begin_at=begin_at, end_at=time_s, state=state, seen=seen, repeated=seen and self._frozen_at is not None
        )

    def record(self, exposure: Exposure, lane_groups: tuple[LaneGroupCount, ...]) -> CountRecord:
        """The camera's next report: that look, with what was in the picture."""
        frames = max(1, round((exposure.end_at - exposure.begin_at) * FRAMES_PER_S))
        record = CountRecord(
            camera_id=self.camera_id,
            boot_id=self._boot_id,
            n=self._n,
            junction_id=self.junction_id,
            begin_at=exposure.begin_at,
            end_at=exposure.end_at,
            state=exposure.state,
            lane_groups=lane_groups,
            frames_seen=frames if exposure.seen else 0,
            frames_lost=0 if exposure.seen else frames,
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


@dataclass(frozen=True, kw_only=True)
class CityLook:
    """One look of all cameras of an ensemble: their exposures, and by lane group what they made of the street; of
    cameras that saw nothing it means nothing."""

    exposures: tuple[Exposure, ...]
    view: JunctionView


class CityCameras(Mapping[str, SimulatedCamera]):
    """The cameras of some junctions, by junction id, that look at the same moments.

    Each camera's outages and lost looks come from its own seed, as when it looks alone; the errors of counting are
    drawn for all of them together.
    """

    def __init__(self, sites: Sequence[Site], street: SumoStreet, sensors: SensorModel, seed: int) -> None:
        self._cameras = {site.layout.id: SimulatedCamera(site, street, sensors, seed) for site in sites}
        self._layouts = [site.layout for site in sites]
        self._parts = Ensemble(self._layouts).lane_parts
        self._junction_ids = tuple(self._cameras)
        self._street = street
        self._sensors = sensors
        self._rng = np.random.default_rng(np.random.SeedSequence([seed, *b"cameras"]))
        self._shown: JunctionView | None = None

    def __getitem__(self, junction_id: str) -> SimulatedCamera:
        return self._cameras[junction_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cameras)

    def __len__(self) -> int:
        return len(self._cameras)

    def look(self, time_s: float) -> CityLook:
        """What all of them see now. `time_s` is now in Unix seconds."""
        exposures = tuple([camera.expose(time_s) for camera in self._cameras.values()])
        view = self._sensors.distort(self._street.look_at(self._junction_ids, self._sensors.range_m), self._rng)
        stale = [not exposure.seen or exposure.repeated for exposure in exposures]
        if self._shown is not None and any(stale):
            view = _kept(self._shown, view, [part for part, old in zip(self._parts, stale, strict=True) if old])
        self._shown = view
        return CityLook(exposures=exposures, view=view)

    def records(self, look: CityLook) -> list[CountRecord]:
        """The look as the cameras' reports. Crossings are not in them."""
        return [
            camera.record(
                exposure,
                lane_group_counts(layout, look.view.part(part), None)
                if exposure.seen
                else tuple(LaneGroupCount(lane_group_id=g.id, seen=False) for g in layout.lane_groups),
            )
            for camera, layout, part, exposure in zip(
                self._cameras.values(), self._layouts, self._parts, look.exposures, strict=True
            )
        ]


def _kept(before: JunctionView, now: JunctionView, parts: Sequence[slice]) -> JunctionView:
    """The view of now with those parts as they were before."""
    present, queued, queue_m = now.present.copy(), now.queued.copy(), now.queue_m.copy()
    for part in parts:
        present[part], queued[part], queue_m[part] = before.present[part], before.queued[part], before.queue_m[part]
    return JunctionView(present=present, queued=queued, queue_m=queue_m)
