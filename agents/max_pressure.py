"""Max-pressure control on camera readings (Varaiya 2013, https://doi.org/10.1016/j.trc.2013.08.014).

The full rule weighs the queue upstream of a movement against the queue downstream of it. A junction's camera sees
no downstream queue, so this is the upstream half only: a stage's pressure is what its movements could discharge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout
from junction.observation import Observation
from junction.policy import Proposal, Situation

DECISION_INTERVAL_S = 5.0


def movement_weights(layout: JunctionLayout) -> NDArray[np.float64]:
    """Saturation flow (PCU/h) of every lane group as each stage opens it; shape (stages, lane groups).

    A lane group whose movements run under several signal groups gives each stage the share of its movements that
    the stage opens: half of a shared lane's queue is not helped by a stage that opens only its left turn.
    """
    weights = np.zeros((len(layout.stages), len(layout.lane_groups)))
    total = np.zeros(len(layout.lane_groups))
    for movement in layout.movements:
        lane_group = layout.lane_group_index[movement.lane_group_id]
        total[lane_group] += 1
        for stage, groups in enumerate(layout.stage_groups):
            if layout.group_index[movement.group_id] in groups:
                weights[stage, lane_group] += 1
    flow_pcu_h = np.array([g.saturation_flow_pcu_h for g in layout.lane_groups])
    by_flow: NDArray[np.float64] = weights / np.maximum(total, 1) * flow_pcu_h
    return by_flow


def queues_pcu(observation: Observation) -> NDArray[np.float64]:
    """Queue in PCU of every lane group; shape (lane groups,). One that is not known counts as the mean of the known.

    An unseen queue must neither win every green nor lose it; when nothing is known all queues are equal.
    """
    known = np.array([r.known for r in observation.readings], dtype=bool)
    queues = np.array([r.queue_pcu for r in observation.readings], dtype=np.float64)
    if not known.all():
        queues[~known] = queues[known].mean() if known.any() else 1.0
    return queues


def longest_red_s(situation: Situation, stage: int) -> float:
    """How long the stage's longest waiting signal group has been red."""
    signals = situation.observation.signals
    return max((signals.red_wait_s(g) for g in situation.layout.stage_groups[stage]), default=0.0)


class MaxPressurePolicy:
    """Gives green to the allowed stage of highest pressure: sum over its movements of queue (PCU) x saturation flow.

    `hysteresis` is how much more pressure (as a share) another stage needs before the running one is left, because
    a change costs an intergreen. Equal pressures go to the stage that has waited longest.
    """

    def __init__(self, *, interval_s: float = DECISION_INTERVAL_S, hysteresis: float = 0.0) -> None:
        self._interval_s = interval_s
        self._hysteresis = hysteresis
        self._weights: dict[str, NDArray[np.float64]] = {}

    @property
    def name(self) -> str:
        return "max-pressure"

    @property
    def interval_s(self) -> float:
        return self._interval_s

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:  # noqa: ARG002 - it draws nothing
        self._weights = {layout.id: movement_weights(layout) for layout in layouts}

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        return [self._propose(situation) for situation in situations]

    def _propose(self, situation: Situation) -> Proposal:
        layout = situation.layout
        if layout.id not in self._weights:
            self._weights[layout.id] = movement_weights(layout)
        pressure = self._weights[layout.id] @ queues_pcu(situation.observation)
        favoured = pressure.copy()
        favoured[situation.observation.signals.stage] *= 1.0 + self._hysteresis
        candidates = [int(s) for s in np.flatnonzero(situation.allowed)] or [situation.observation.signals.stage]
        best = max(candidates, key=lambda s: (round(float(favoured[s]), 6), longest_red_s(situation, s)))
        return Proposal(stage_id=layout.stages[best].id, scores=tuple(float(p) for p in pressure))
