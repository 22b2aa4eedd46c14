"""The mode for controllers that take whole plans: once a cycle, the plan of the coming one.

The first cycle is the junction's fixed plan, at its place in the cycle. A plan is chosen in the last decision interval
before its cycle begins; it goes to the guard as a plan (`Guard.review_plan`: cycle, greens, groups served, lamp times,
no green changing by more than a fifth) and then runs by the clock, stage by stage, through the same stage machine as
everything else. A refused plan changes nothing: the running one goes round again.

Greens change by whole seconds: as many as a fifth of the green holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from envs.action_mode import TAKEN, Action, JunctionActions, Verdict, masks_of, whole_number
from envs.junction_heads import GuardedJunction
from junction.encoding import MAX_STAGES
from junction.errors import InputError
from junction.layout import deciseconds
from junction.plan import DAY_S, Plan, PlanOrigin, plan_to_document
from junction.plan_clock import PlanClock
from junction.plan_faults import MAX_GREEN_CHANGE
from junction.rescue import TICK_DS
from junction.site import Site

KEEP = 0
LONGER = 1
SHORTER = LONGER + MAX_STAGES
SHIFT = SHORTER + MAX_STAGES
ACTIONS = SHIFT + MAX_STAGES * (MAX_STAGES - 1)
"""Action numbers: keep the plan; from `LONGER` on, lengthen the green at that place of the plan; from `SHORTER` on,
shorten it; from `SHIFT` on, move time between two places (`shift_action`)."""

_NOT_DUE = Verdict(accepted=False, reasons=("a plan is chosen once a cycle, in the interval before it begins",))


def shift_action(gains: int, loses: int) -> int:
    """The action that moves green from place `loses` to another place, `gains`, of the plan."""
    return SHIFT + gains * (MAX_STAGES - 1) + loses - (loses > gains)


@dataclass(frozen=True)
class CycleSplits:
    """Discrete(ACTIONS), masked; or with `continuous` Box(-1, 1, (MAX_STAGES,)), the change of each green of the plan
    in its places, as a share of the largest change allowed (values past the plan's places mean nothing)."""

    continuous: bool = False

    @property
    def name(self) -> str:
        return "cycle_splits_box" if self.continuous else "cycle_splits"

    @property
    def masked(self) -> bool:
        return not self.continuous

    def space(self) -> spaces.Space[Any]:
        return spaces.Box(-1.0, 1.0, (MAX_STAGES,), np.float32) if self.continuous else spaces.Discrete(ACTIONS)

    def at_junction(
        self, site: Site, head: GuardedJunction, *, day_start_at: float, interval_s: float
    ) -> JunctionActions:
        """Raises InputError for a fixed plan of more than MAX_STAGES stages."""
        now_s = head.signals().now_ds / 10
        plan = site.plan_at(day_start_at + now_s)
        if len(plan.stages) > MAX_STAGES:
            raise InputError(f"plan {plan.id}.stages", expected=f"at most {MAX_STAGES}", got=len(plan.stages))
        into_s = (now_s % DAY_S - plan.offset_s) % plan.cycle_s
        # As a policy's own plan, so that the guard's limits on change hold from the first cycle on.
        first = replace(plan, id=f"{plan.id}.splits", offset_s=0.0, origin=PlanOrigin.POLICY)
        return _SplitPlans(first, head, cycle_began_s=now_s - into_s, interval_s=interval_s, continuous=self.continuous)

    def masks(self, junctions: Sequence[JunctionActions], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return masks_of(junctions, allowed)


class _SplitPlans:
    def __init__(
        self, plan: Plan, head: GuardedJunction, *, cycle_began_s: float, interval_s: float, continuous: bool
    ) -> None:
        self._plan = plan
        self._coming: Plan | None = None
        self._head = head
        self._began_s = cycle_began_s
        self._interval_s = interval_s
        self._continuous = continuous
        self._reviewed: dict[tuple[float, ...], Verdict] = {}

    @property
    def due(self) -> bool:
        left_s = self._plan.cycle_s - self._into_s()
        return self._coming is None and left_s <= self._interval_s + 1e-6

    def mask(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002 - JunctionActions' protocol
        """Shape (ACTIONS,); (0,) for a Box, which has no masks."""
        if self._continuous:
            return np.zeros(0, np.bool_)
        mask = np.zeros(ACTIONS, np.bool_)
        mask[KEEP] = True
        if self.due:
            for action, greens_s in self._choices().items():
                mask[action] = self._review(greens_s).accepted
        return mask

    def take(self, action: Action) -> Verdict:
        if self._continuous:
            greens_s = self._changed_greens(action)
            if not self.due:
                return _NOT_DUE
        else:
            index = whole_number(action)
            if index == KEEP:
                if self.due:
                    self._coming = self._plan
                return TAKEN
            if not self.due:
                return _NOT_DUE
            choices = self._choices()
            if index not in choices:
                return Verdict(accepted=False, reasons=(f"no split #{index} here",))
            greens_s = choices[index]
        verdict = self._review(greens_s)
        self._coming = self._with(greens_s) if verdict.accepted else self._plan
        return verdict

    def wish(self) -> str | None:
        return PlanClock(self._plan, self._head.layout).at(self._into_s()).stage_id

    def wish_until_ds(self) -> int:
        next_s = PlanClock(self._plan, self._head.layout).at(self._into_s()).until_s
        now_ds = self._head.signals().now_ds
        ticks = math.ceil(deciseconds(self._began_s + next_s - now_ds / 10) / TICK_DS)
        return now_ds + max(1, ticks) * TICK_DS

    def applied(self) -> dict[str, Any]:
        """The plan that runs, the one chosen for the next cycle (None: not yet), and seconds into the cycle."""
        into_s = self._into_s()
        return {
            "plan": plan_to_document(self._plan),
            "coming_plan": None if self._coming is None else plan_to_document(self._coming),
            "into_cycle_s": into_s,
        }

    def _into_s(self) -> float:
        """Seconds into the running cycle; a cycle that has ended makes way for the next one."""
        now_s = self._head.signals().now_ds / 10
        while now_s - self._began_s >= self._plan.cycle_s - 1e-6:
            self._began_s += self._plan.cycle_s
            before, self._plan, self._coming = self._plan, self._coming or self._plan, None
            if self._plan is not before:
                self._reviewed.clear()
        return now_s - self._began_s

    def _choices(self) -> dict[int, list[float]]:
        """The greens of the coming plan by action, for every action that changes some."""
        greens_s = [stage.green_s for stage in self._plan.stages]
        steps_s = [_whole_seconds(MAX_GREEN_CHANGE * green_s) for green_s in greens_s]
        choices = {}
        for place, step_s in enumerate(steps_s):
            if step_s:
                choices[LONGER + place] = _moved(greens_s, {place: step_s})
                choices[SHORTER + place] = _moved(greens_s, {place: -step_s})
            for other, other_step_s in enumerate(steps_s):
                both_s = min(step_s, other_step_s)
                if other != place and both_s:
                    choices[shift_action(place, other)] = _moved(greens_s, {place: both_s, other: -both_s})
        return choices

    def _changed_greens(self, action: Action) -> list[float]:
        """The greens that a Box action asks for, as they are: the guard refuses what is too far or no number."""
        shares = np.asarray(action, np.float64)
        if shares.shape != (MAX_STAGES,):
            raise InputError("action", expected=f"{MAX_STAGES} numbers", got=np.shape(action))
        return [
            stage.green_s + float(np.trunc(share * MAX_GREEN_CHANGE * stage.green_s + math.copysign(1e-6, share)))
            for stage, share in zip(self._plan.stages, shares, strict=False)
        ]

    def _with(self, greens_s: Sequence[float]) -> Plan:
        stages = tuple(replace(s, green_s=g) for s, g in zip(self._plan.stages, greens_s, strict=True))
        plan = replace(self._plan, stages=stages)
        return replace(plan, cycle_s=plan.length_s(self._head.layout))

    def _review(self, greens_s: Sequence[float]) -> Verdict:
        """What the guard says of these greens after the running plan's; asked once for as long as that runs."""
        key = tuple(greens_s)
        verdict = self._reviewed.get(key)
        if verdict is None:
            ruling = self._head.guard.review_plan(self._plan, self._with(greens_s))
            verdict = Verdict(accepted=ruling.accepted, reasons=ruling.reasons)
            if not self._continuous:  # a Box's greens hardly ever come again
                self._reviewed[key] = verdict
        return verdict


def _whole_seconds(seconds: float) -> float:
    return float(math.floor(seconds + 1e-6))


def _moved(greens_s: Sequence[float], by_s: dict[int, float]) -> list[float]:
    return [green_s + by_s.get(place, 0.0) for place, green_s in enumerate(greens_s)]
