"""What a rival counts at a junction: one number a lane group, from what its camera reports."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout
from junction.observation import LaneGroupReading, Observation
from junction.policy import Situation
from junction.vehicle import PCU_VECTOR


class Counted(StrEnum):
    """Standing vehicles, standing PCU, all vehicles in view, or all PCU in view."""

    QUEUE_VEH = "queue"
    QUEUE_PCU = "queue-pcu"
    VEHICLES = "vehicles"
    PCU = "pcu"


def counts(observation: Observation, counted: Counted) -> NDArray[np.float64]:
    """Every lane group's count; shape (lane groups,). One that is not known counts as the mean of the known.

    An unseen queue must neither win every green nor lose it; when nothing is known all queues are equal.
    """
    known = np.array([r.known for r in observation.readings], dtype=bool)
    values = np.array([_count(r, counted) for r in observation.readings], dtype=np.float64)
    if not known.all():
        values[~known] = values[known].mean() if known.any() else 1.0
    return values


def _count(reading: LaneGroupReading, counted: Counted) -> float:
    if counted is Counted.QUEUE_VEH:
        return reading.queue_veh
    if counted is Counted.QUEUE_PCU:
        return reading.queue_pcu
    # Vehicles that roll on green are no queue: who counts only the queue leaves a green as soon as it discharges.
    if counted is Counted.VEHICLES:
        return max(sum(reading.present_veh), reading.queue_veh)
    return max(float(PCU_VECTOR @ reading.present_veh), reading.queue_pcu)


def saturation_flows_pcu_h(layout: JunctionLayout) -> NDArray[np.float64]:
    """Saturation flow of every lane group; shape (lane groups,)."""
    return np.array([g.saturation_flow_pcu_h for g in layout.lane_groups])


def longest_red_s(situation: Situation, stage: int) -> float:
    """How long the stage's longest waiting signal group has been red."""
    signals = situation.observation.signals
    return max((signals.red_wait_s(g) for g in situation.layout.stage_groups[stage]), default=0.0)


def may_choose(situation: Situation) -> list[int]:
    """Stages that the guard allows now; the running one when it allows none."""
    return [int(s) for s in np.flatnonzero(situation.allowed)] or [situation.observation.signals.stage]
