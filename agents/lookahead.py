"""A short-horizon optimiser: every plan of the next two changes is played in a small queue model, the best one begun.

Rolling horizon as in OPAC (Gartner 1983, Transportation Research Record 906) and COP (Sen and Head 1997,
https://doi.org/10.1287/trsc.31.1.5): plan far, carry out the first interval, look, plan again. A plan keeps the running
stage for some time, then gives one stage some time, then another until the horizon. Its cost is vehicle-seconds of
queue, seconds lost by every vehicle that has to stop, and the queue left at the horizon.

The model, by lane group and second: the standing queue and what arrives cross at the saturation flow while a stage
opens the lane group, from `START_LOSS_S` after green until `AMBER_USED_S` into the amber (`agents.queue_model`'s
constants). What moves in view arrives evenly over the time that the approach's speed needs for the camera's reach;
what comes after is the mean of what came lately. A lane group's cost depends only on when it is open itself, so each
is played once for every course of its own, of which there are far fewer than plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from agents.lane_counts import Counted, counts, may_choose, saturation_flows_pcu_h
from agents.queue_model import AMBER_USED_S, START_LOSS_S
from junction.layout import JunctionLayout
from junction.opening import opened_share
from junction.policy import Proposal, Situation

Floats = NDArray[np.float32]

HOLDS_S = (0, 5, 10, 15, 20, 30)
GREENS_S = (0, 5, 10, 20, 30)
"""What is added to the second stage's minimum green."""
MEMORY_S = 120.0
"""Time constant of the mean arrivals."""


@dataclass(frozen=True, kw_only=True)
class Plans:
    """The P plans from one running stage of one junction, by the C courses of its lane groups.

    `first` (P,) is the stage that a plan begins with now. A course is what one lane group may discharge in each second:
    `can_cross` (horizon, C) in PCU, `lane_group` (C,) whose it is. `course` (lane groups, P) is each plan's.
    """

    first: NDArray[np.int64]
    can_cross: Floats
    lane_group: NDArray[np.int64]
    course: NDArray[np.int64]


class Junction:
    """One junction's plans, flows and mean arrivals."""

    def __init__(self, layout: JunctionLayout, horizon_s: int) -> None:
        self.layout = layout
        self.horizon_s = horizon_s
        self.flow_pcu_s = (saturation_flows_pcu_h(layout) / 3600).astype(np.float32)
        share = opened_share(layout)
        both = np.minimum(share[:, None, :], share[None, :, :]).reshape(-1, share.shape[1])
        self.open_by_state: Floats = (np.concatenate([share, both]) * self.flow_pcu_s).astype(np.float32)
        speed_mps = {a.id: a.speed_kmh / 3.6 for a in layout.approaches}
        reach_s = [g.storage_m / speed_mps[g.approach_id] for g in layout.lane_groups]
        self.reach_s = np.maximum(1.0, np.array(reach_s)).astype(np.float32)
        self.arrivals_pcu_s = np.zeros(len(layout.lane_groups), np.float32)
        self._plans: dict[int, Plans] = {}

    def plans(self, running: int) -> Plans:
        """Every plan from that running stage."""
        if running not in self._plans:
            self._plans[running] = self._make_plans(running)
        return self._plans[running]

    def _make_plans(self, running: int) -> Plans:
        stages = range(len(self.layout.stages))
        rows, first = [self._row([(running, self.horizon_s)])], [running]
        for hold_s, second, green_s, third in product(HOLDS_S, stages, GREENS_S, stages):
            if second in (running, third) or hold_s >= self.horizon_s:
                continue
            green = (second, self._min_green_s(second) + green_s)
            rows.append(self._row([(running, hold_s), green, (third, self.horizon_s)]))
            first.append(second if hold_s == 0 else running)
        states, kept = np.unique(np.array(rows), axis=0, return_index=True)
        courses: list[Floats] = []
        lane_group: list[int] = []
        course: list[NDArray[np.int64]] = []
        for lane, open_by_state in enumerate(self.open_by_state.T):
            own, plan_of = np.unique(open_by_state[states], axis=0, return_inverse=True)
            course.append(len(lane_group) + plan_of.reshape(-1))
            courses.append(own)
            lane_group += [lane] * len(own)
        return Plans(
            first=np.array(first)[kept],
            can_cross=np.ascontiguousarray(np.concatenate(courses).T),
            lane_group=np.array(lane_group),
            course=np.array(course),
        )

    def _min_green_s(self, stage: int) -> int:
        return round(max(self.layout.groups[g].min_green_s for g in self.layout.stage_groups[stage]))

    def _row(self, parts: Sequence[tuple[int, int]]) -> list[int]:
        """What a plan shows in each second, as rows of `open_by_state`: below the number of stages that stage's, above
        it the pair's while one stage changes to another."""
        count, row = len(self.layout.stages), [parts[0][0]] * parts[0][1]
        for (before, _), (stage, seconds) in pairwise(parts):
            change_s = round(self.layout.transition_s(self.layout.stages[before].id, self.layout.stages[stage].id))
            used_s = min(AMBER_USED_S, change_s)
            row += [before] * used_s + [count + before * count + stage] * (change_s - used_s + START_LOSS_S)
            row += [stage] * (seconds - START_LOSS_S)
        return row[: self.horizon_s]

    def costs(self, running: int, queue_pcu: Floats, moving_pcu: Floats, *, stop_s: float, left_s: float) -> Floats:
        """PCU-seconds of every plan, (P,)."""
        plans = self.plans(running)
        lanes = plans.lane_group
        seen = np.arange(self.horizon_s)[:, None] < self.reach_s[lanes]
        coming = np.where(seen, (moving_pcu / self.reach_s)[lanes], self.arrivals_pcu_s[lanes])
        queue = queue_pcu[lanes]
        cost = np.zeros(len(lanes), np.float32)
        for arrived, can_cross in zip(coming, plans.can_cross, strict=True):
            stopped = np.where((queue > 0) | (can_cross <= 0), arrived, np.float32(0))
            queue = np.maximum(queue + arrived - can_cross, np.float32(0))
            cost += queue + np.float32(stop_s) * stopped
        cost += np.float32(left_s) * queue
        whole: Floats = cost[plans.course].sum(axis=0)
        return whole


class LookaheadPolicy:
    """Begins the plan of least cost among those whose first stage the guard allows.

    `horizon_s` is how far a plan goes, `stop_s` what a stop costs beside the standing (slowing and starting), `left_s`
    what a PCU that is left at the horizon still waits.
    """

    def __init__(
        self,
        name: str = "lookahead",
        *,
        interval_s: float = 5.0,
        horizon_s: float = 45.0,
        stop_s: float = 5.0,
        left_s: float = 10.0,
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self._horizon_s = round(horizon_s)
        self._stop_s, self._left_s = stop_s, left_s
        self._junctions: dict[str, Junction] = {}

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:  # noqa: ARG002 - it draws nothing
        """Forget every junction's arrivals."""
        self._junctions = {layout.id: Junction(layout, self._horizon_s) for layout in layouts}

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        """Scores are minus the least cost, in PCU-seconds, of a plan that begins with the stage."""
        return [self._propose(situation) for situation in situations]

    def _propose(self, situation: Situation) -> Proposal:
        layout, running = situation.layout, situation.observation.signals.stage
        junction = self._junctions[layout.id]
        queue_pcu = counts(situation.observation, Counted.QUEUE_PCU)
        moving_pcu = np.maximum(0.0, counts(situation.observation, Counted.PCU) - queue_pcu)
        self._remember(junction, moving_pcu)
        cost = junction.costs(
            running,
            queue_pcu.astype(np.float32),
            moving_pcu.astype(np.float32),
            stop_s=self._stop_s,
            left_s=self._left_s,
        )
        least = np.full(len(layout.stages), np.inf)
        np.minimum.at(least, junction.plans(running).first, cost)
        best = min(may_choose(situation), key=lambda s: float(least[s]))
        return Proposal(stage_id=layout.stages[best].id, scores=tuple(-float(c) for c in least))

    def _remember(self, junction: Junction, moving_pcu: NDArray[np.float64]) -> None:
        """Exponential mean of the flow that the moving PCU in view are."""
        weight = min(1.0, self.interval_s / MEMORY_S)
        flow = (moving_pcu / junction.reach_s).astype(np.float32)
        junction.arrivals_pcu_s += np.float32(weight) * (flow - junction.arrivals_pcu_s)
