"""The actuated policy: extends a green while it is used, then serves whoever has waited most.

It is the server's second rung: what runs when the trained policy may not, on whatever the camera still sees. It
keeps no memory: every decision follows from the one situation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from junction.layout import GroupKind, JunctionLayout
from junction.observation import LaneGroupReading
from junction.policy import Proposal, Situation
from junction.vehicle import PCU_VECTOR

GAP_SHARE = 0.4
"""A green is used while vehicles come at this share of the saturation flow or more: below it, it has gapped out."""
UNKNOWN_FLOW_SHARE = 0.15
"""Assumed demand of a lane group that is not seen, as a share of its saturation flow: it is never taken as empty."""
UNKNOWN_GREEN_S = 20.0
"""Green after which a stage that only unseen lane groups hold is taken as used up."""
PEDESTRIAN_PCU_S = 0.05
"""Assumed demand of a pedestrian group, which no camera counts: PCU for each second of waiting."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """What a signal group asks for: PCU waiting, seconds waited, and whether it still uses a green."""

    waiting_pcu: float
    waited_s: float
    uses_green: bool


class ActuatedPolicy:
    """Gap-out and queue-out on camera readings, with a rota for what is not seen.

    The running stage is kept while one of its lane groups still has a queue or arrivals near saturation, up to
    `max_green_s` when another stage has demand; with no demand elsewhere the green rests. The next stage is the one
    with the largest sum of waiting PCU times seconds waited; a stage known to be empty is passed over.
    """

    interval_s = 1.0

    def __init__(self, name: str = "actuated", *, max_green_s: float = 45.0) -> None:
        self._name = name
        self._max_green_s = max_green_s

    @property
    def name(self) -> str:
        return self._name

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:
        """Nothing to keep: each decision follows from its situation alone."""

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        """One proposal a situation, always a stage that the guard allows; `scores` are PCU seconds by stage."""
        return [self._propose(situation) for situation in situations]

    def _propose(self, situation: Situation) -> Proposal:
        layout, signals = situation.layout, situation.observation.signals
        groups = [_group(situation, index) for index in range(len(layout.groups))]
        running = layout.stage_groups[signals.stage]
        scores = tuple(sum(groups[g].waiting_pcu * groups[g].waited_s for g in stage) for stage in layout.stage_groups)
        holds = bool(situation.allowed[signals.stage])
        others = [stage for stage in range(len(scores)) if stage != signals.stage and situation.allowed[stage]]
        wanting = [stage for stage in others if scores[stage] > 0] if holds else others
        used = any(groups[g].uses_green for g in running) and signals.stage_elapsed_s < self._max_green_s
        if holds and (used or not wanting or signals.in_transition):
            best = signals.stage
        else:
            best = max(wanting, key=lambda stage: (scores[stage], -stage), default=signals.stage)
        return Proposal(stage_id=layout.stages[best].id, scores=scores)


def _group(situation: Situation, index: int) -> _Group:
    """A signal group's demand: its lane groups' together; pedestrians by the time they have waited."""
    layout, signals = situation.layout, situation.observation.signals
    waited_s, green_s = signals.red_wait_s(index), signals.green_s(index)
    lane_groups = layout.lane_groups_of_group[index]
    if not lane_groups:
        rate = PEDESTRIAN_PCU_S if layout.groups[index].kind is GroupKind.PEDESTRIAN else 0.0
        return _Group(waiting_pcu=rate * waited_s, waited_s=waited_s, uses_green=False)
    waiting_pcu, uses_green = 0.0, False
    for lane_group in lane_groups:
        reading = situation.observation.readings[lane_group]
        saturation_pcu_s = layout.lane_groups[lane_group].saturation_flow_pcu_h / 3600
        if reading.known:
            waiting_pcu += max(reading.queue_pcu, _present_pcu(reading))
            uses_green = (
                uses_green
                or reading.queue_veh > 0
                or (_arriving_pcu_s(layout, lane_group, reading) >= GAP_SHARE * saturation_pcu_s)
            )
        else:
            waiting_pcu += UNKNOWN_FLOW_SHARE * saturation_pcu_s * waited_s
            uses_green = uses_green or green_s < UNKNOWN_GREEN_S
    return _Group(waiting_pcu=waiting_pcu, waited_s=waited_s, uses_green=uses_green)


def _present_pcu(reading: LaneGroupReading) -> float:
    return float(np.dot(PCU_VECTOR, reading.present_veh))


def _arriving_pcu_s(layout: JunctionLayout, lane_group: int, reading: LaneGroupReading) -> float:
    """Flow of what is in view, taken as moving at the approach's speed over the length in view."""
    group = layout.lane_groups[lane_group]
    speed_mps = next(a.speed_kmh for a in layout.approaches if a.id == group.approach_id) / 3.6
    return _present_pcu(reading) * speed_mps / group.storage_m
