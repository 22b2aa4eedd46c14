"""Max-pressure and max-wave control on camera readings.

Max-pressure: Varaiya 2013, https://doi.org/10.1016/j.trc.2013.08.014. The full rule weighs the queue upstream of a
movement against the queue downstream of it. A junction's camera sees no downstream queue, so this is the upstream half
only: a stage's pressure is what its movements could discharge. Max-wave is RESCO's greedy rival (Ault and Sharon 2021,
https://datasets-benchmarks-proceedings.neurips.cc/paper/2021): the stage with the most vehicles that wait or approach,
whatever its lanes could discharge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.lane_counts import Counted, counts, longest_red_s, may_choose, saturation_flows_pcu_h
from junction.layout import JunctionLayout
from junction.opening import opened_share
from junction.policy import Proposal, Situation

DECISION_INTERVAL_S = 5.0


class MaxPressurePolicy:
    """Gives green to the allowed stage of highest pressure: sum over its lane groups of count x saturation flow.

    `hysteresis` is how much more pressure (as a share) another stage needs before the running one is left, because
    a change costs an intergreen. Equal pressures go to the stage that has waited longest. `by_flow` False leaves the
    saturation flow out: max-wave.
    """

    def __init__(
        self,
        name: str = "max-pressure",
        *,
        counted: Counted = Counted.PCU,
        by_flow: bool = True,
        interval_s: float = DECISION_INTERVAL_S,
        hysteresis: float = 0.0,
    ) -> None:
        self.name = name
        self._counted = counted
        self._by_flow = by_flow
        self.interval_s = interval_s
        self._hysteresis = hysteresis
        self._weights: dict[str, NDArray[np.float64]] = {}

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:  # noqa: ARG002 - it draws nothing
        self._weights = {layout.id: self._weights_of(layout) for layout in layouts}

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        return [self._propose(situation) for situation in situations]

    def _weights_of(self, layout: JunctionLayout) -> NDArray[np.float64]:
        share = opened_share(layout)
        return share * saturation_flows_pcu_h(layout) if self._by_flow else share

    def _propose(self, situation: Situation) -> Proposal:
        layout = situation.layout
        if layout.id not in self._weights:
            self._weights[layout.id] = self._weights_of(layout)
        pressure = self._weights[layout.id] @ counts(situation.observation, self._counted)
        favoured = pressure.copy()
        favoured[situation.observation.signals.stage] *= 1.0 + self._hysteresis
        candidates = may_choose(situation)
        best = max(candidates, key=lambda s: (round(float(favoured[s]), 6), longest_red_s(situation, s)))
        return Proposal(stage_id=layout.stages[best].id, scores=tuple(float(p) for p in pressure))
