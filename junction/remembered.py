"""What must be in front of a blind junction's stop lines by what came lately: readings carried on when cameras fail.

By lane group: PCU in view that moved, over the time that the approach's speed needs for the reach in view, are the flow
that arrives; its mean over `MEMORY_S` is remembered. When no fresh reading comes the last queue is carried on: what
arrives joins it, and while lamps are green it leaves at the saturation flow. A start-up loss and the use of the amber
are taken to cancel out, as in `junction.webster`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from junction.handover import FRESH_S
from junction.layout import JunctionLayout
from junction.observation import LaneGroupReading, Observation
from junction.vehicle import CLASS_INDEX, JAM_M_PER_PCU, LANE_M, PCU_VECTOR, VEHICLE_CLASSES, VehicleClass

MEMORY_S = 300.0
"""Time constant of the mean flow: long enough for several cycles, short enough for a peak's rise."""
LONGEST_STEP_S = 30.0
"""A reading after a longer gap weighs no more than one after this."""


class RememberedTraffic:
    """One junction's. Give it every observation that anyone decides on: it learns from fresh readings."""

    def __init__(self, layout: JunctionLayout) -> None:
        groups = layout.lane_groups
        speed_mps = {a.id: a.speed_kmh / 3.6 for a in layout.approaches}
        self._reach_s = [max(1.0, g.storage_m / speed_mps[g.approach_id]) for g in groups]
        self._reach_m = [g.storage_m for g in groups]
        self._room_pcu = [g.storage_m / JAM_M_PER_PCU * max(1.0, g.width_m / LANE_M) for g in groups]
        self._flow_pcu_s = _flows_by_group(layout)
        self._arriving_pcu_s = [0.0] * len(groups)
        self._queue_pcu = [0.0] * len(groups)
        self._learned_s = [0.0] * len(groups)
        self._seen_at: list[float | None] = [None] * len(groups)
        self._time_s: float | None = None

    def carried_on(self, observation: Observation) -> Observation:
        """The observation with an estimate in place of every reading that is not fresh; itself when all are.

        An estimate is as old as a reading that comes now. Of a lane group that was never seen nothing is known, so its
        reading stays as it is.
        """
        now_s = observation.time_s
        passed_s = 0.0 if self._time_s is None else max(0.0, now_s - self._time_s)
        self._time_s = now_s
        green = observation.signals.green
        readings, estimated = list(observation.readings), False
        for index, reading in enumerate(readings):
            if reading.age_s is not None and reading.age_s <= FRESH_S:
                self._learn(index, reading, now_s - reading.age_s)
            elif self._seen_at[index] is not None:
                leaving_pcu_s = sum(flow for group, flow in self._flow_pcu_s[index].items() if group in green)
                change_pcu = (self._arriving_pcu_s[index] - leaving_pcu_s) * passed_s
                self._queue_pcu[index] = min(max(0.0, self._queue_pcu[index] + change_pcu), self._room_pcu[index])
                readings[index], estimated = self._estimate(index, reading.lane_group_id), True
        return replace(observation, readings=tuple(readings)) if estimated else observation

    def _learn(self, index: int, reading: LaneGroupReading, seen_at: float) -> None:
        self._queue_pcu[index] = reading.queue_pcu
        before = self._seen_at[index]
        if seen_at == before:
            return
        # The machine's clock may be set back: then it is as after a long gap.
        known_gap = before is not None and before < seen_at < before + LONGEST_STEP_S
        step_s = seen_at - before if known_gap and before is not None else LONGEST_STEP_S
        self._seen_at[index] = seen_at
        self._learned_s[index] = min(MEMORY_S, self._learned_s[index] + step_s)
        # Until a whole memory has been seen the mean is over what there was.
        weight = step_s / self._learned_s[index]
        moving_pcu = max(0.0, float(PCU_VECTOR @ reading.present_veh) - reading.queue_pcu)
        self._arriving_pcu_s[index] += weight * (moving_pcu / self._reach_s[index] - self._arriving_pcu_s[index])

    def _estimate(self, index: int, lane_group_id: str) -> LaneGroupReading:
        queue_pcu = self._queue_pcu[index]
        present = [0.0] * len(VEHICLE_CLASSES)
        present[CLASS_INDEX[VehicleClass.CAR]] = queue_pcu + self._arriving_pcu_s[index] * self._reach_s[index]
        return LaneGroupReading(
            lane_group_id=lane_group_id,
            age_s=0.0,
            present_veh=tuple(present),
            queue_veh=queue_pcu,
            queue_pcu=queue_pcu,
            queue_m=self._reach_m[index] * queue_pcu / self._room_pcu[index],
        )


def _flows_by_group(layout: JunctionLayout) -> list[dict[int, float]]:
    """By lane group, what its movements could discharge under each signal group, in PCU/s: evenly by movement."""
    flows: list[dict[int, float]] = [{} for _ in layout.lane_groups]
    movements = np.bincount(
        [layout.lane_group_index[m.lane_group_id] for m in layout.movements], minlength=len(layout.lane_groups)
    )
    for movement in layout.movements:
        index, group = layout.lane_group_index[movement.lane_group_id], layout.group_index[movement.group_id]
        share = layout.lane_groups[index].saturation_flow_pcu_h / 3600 / movements[index]
        flows[index][group] = flows[index].get(group, 0.0) + share
    return flows
