"""What is known of the controlled junctions' lane groups: each one's last good reading, and when it was taken."""

from __future__ import annotations

from collections import deque

import numpy as np

from envs.camera import CityLook
from envs.view import JunctionView
from junction.counts import CameraState
from junction.encoding import Readings
from junction.ensemble import Ensemble
from junction.observation import LaneGroupReading
from junction.vehicle import VEHICLE_CLASSES

_INSTANT_S = 1e-6


class CityReadings:
    """The lane groups of an ensemble as its cameras reported them. A look becomes known when its time has come."""

    def __init__(self, ensemble: Ensemble) -> None:
        rows = ensemble.lane_groups
        self._ensemble = ensemble
        self._seen_at = np.full(rows, np.nan)
        self._view = JunctionView(
            present=np.zeros((rows, len(VEHICLE_CLASSES)), np.int64),
            queued=np.zeros((rows, len(VEHICLE_CLASSES)), np.int64),
            queue_m=np.zeros(rows),
        )
        self._coming: deque[tuple[float, CityLook]] = deque()

    def note(self, look: CityLook, known_s: float) -> None:
        """A look that becomes known at `known_s`, no earlier than those before it."""
        self._coming.append((known_s, look))

    def come_to(self, now_s: float) -> None:
        """Let what is due by now become known.

        A camera that says that its picture is wrong (frozen, black, …) takes back what was known, as the service does.
        """
        while self._coming and self._coming[0][0] <= now_s + _INSTANT_S:
            look = self._coming.popleft()[1]
            if all(exposure.seen for exposure in look.exposures):
                self._view = look.view
                self._seen_at = np.full(len(self._seen_at), look.exposures[0].end_at)
            else:
                self._take_seen(look)

    def readings(self, at: float) -> Readings:
        """All of them, for encoding. `at` is now in Unix seconds."""
        view = self._view
        return Readings(
            present_pcu=view.present_pcu,
            queue_pcu=view.queue_pcu,
            present_veh=view.present_veh,
            queue_veh=view.queue_veh.astype(np.float64),
            queue_m=view.queue_m,
            age_s=np.maximum(0.0, at - self._seen_at),
        )

    def of_junction(self, junction: int, lane_group_ids: tuple[str, ...], at: float) -> tuple[LaneGroupReading, ...]:
        """One junction's, as an observation holds them."""
        part = self._ensemble.lane_parts[junction]
        view = self._view
        figures = zip(
            lane_group_ids,
            self.ages_s(junction, at),
            view.present[part].astype(np.float64).tolist(),
            view.queue_veh[part].astype(np.float64).tolist(),
            view.queue_pcu[part].tolist(),
            view.queue_m[part].tolist(),
            strict=True,
        )
        return tuple(
            LaneGroupReading(lane_group_id=lane_group_id, age_s=None)
            if age_s is None
            else LaneGroupReading(
                lane_group_id=lane_group_id,
                age_s=age_s,
                present_veh=tuple(present),
                queue_veh=queue_veh,
                queue_pcu=queue_pcu,
                queue_m=queue_m,
            )
            for lane_group_id, age_s, present, queue_veh, queue_pcu, queue_m in figures
        )

    def ages_s(self, junction: int, at: float) -> list[float | None]:
        """By lane group of a junction: seconds since its camera saw it, None when it never did."""
        seen_at = self._seen_at[self._ensemble.lane_parts[junction]].tolist()
        return [None if np.isnan(seen) else max(0.0, at - seen) for seen in seen_at]

    def _take_seen(self, look: CityLook) -> None:
        seen_at = self._seen_at.copy()
        present, queued, queue_m = self._view.present.copy(), self._view.queued.copy(), self._view.queue_m.copy()
        for part, exposure in zip(self._ensemble.lane_parts, look.exposures, strict=True):
            if exposure.seen:
                seen_at[part] = exposure.end_at
                present[part], queued[part] = look.view.present[part], look.view.queued[part]
                queue_m[part] = look.view.queue_m[part]
            elif exposure.state not in (CameraState.OK, CameraState.LOST):
                seen_at[part] = np.nan
        self._seen_at = seen_at
        self._view = JunctionView(present=present, queued=queued, queue_m=queue_m)
