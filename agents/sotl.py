"""Self-organising traffic lights (Cools, Gershenson and D'Hooghe 2013, https://arxiv.org/abs/nlin/0610040).

Rule 1 counts vehicle-seconds before every red; when a count passes a threshold its stage is due. Rule 2 is a minimum
green: the guard's. Rule 3 keeps a small platoon whole: no change while a few vehicles, but not many, are in view of the
green.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.lane_counts import Counted, counts, may_choose
from junction.layout import JunctionLayout
from junction.opening import opened_share
from junction.policy import Proposal, Situation


class SotlPolicy:
    """`threshold_veh_s` is what a red must have collected, `platoon_veh` the largest platoon that is not cut.

    The paper's junction has two stages; with more, the due stage with the largest count is next. Counts are kept by
    lane group and start at 0 when a stage opens it; a stage's is the sum over what it opens.
    """

    def __init__(
        self, name: str = "sotl", *, interval_s: float = 5.0, threshold_veh_s: float = 40.0, platoon_veh: float = 3.0
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self._threshold_veh_s = threshold_veh_s
        self._platoon_veh = platoon_veh
        self._opened: dict[str, NDArray[np.float64]] = {}
        self._waited_veh_s: dict[str, NDArray[np.float64]] = {}

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:  # noqa: ARG002 - it draws nothing
        """Every count at 0."""
        self._opened = {layout.id: opened_share(layout) for layout in layouts}
        self._waited_veh_s = {layout.id: np.zeros(len(layout.lane_groups)) for layout in layouts}

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        return [self._propose(situation) for situation in situations]

    def _propose(self, situation: Situation) -> Proposal:
        layout, running = situation.layout, situation.observation.signals.stage
        opened = self._opened[layout.id]
        vehicles = counts(situation.observation, Counted.VEHICLES)
        collected = self._waited_veh_s[layout.id]
        collected += vehicles * self.interval_s
        collected *= 1.0 - opened[running]
        waited = opened @ collected
        candidates = may_choose(situation)
        due = [s for s in candidates if waited[s] >= self._threshold_veh_s]
        on_green_veh = float(opened[running] @ vehicles)
        keeps = running in candidates and (not due or 0 < on_green_veh <= self._platoon_veh)
        best = running if keeps else max(due or candidates, key=lambda s: float(waited[s]))
        return Proposal(stage_id=layout.stages[best].id, scores=tuple(float(w) for w in waited))
