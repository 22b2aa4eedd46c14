"""The safety envelope: policy proposes, guard disposes.

The guard knows no policy. It judges the lamp times that a proposal would lead to (`junction.change`), on the
0.1 s grid, and answers with the stage that applies. It never raises into the loop that asks it.

How maximum red is kept: a stage may be entered, or held for one tick more, only while the rescue (`junction.rescue`)
that would follow still meets every deadline; when it no longer would, the guard takes the rescue's next step. So one
safe way on always exists, and no proposal can use it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from junction.change import Change, after_change, expand_change
from junction.layout import JunctionLayout, deciseconds
from junction.outlook import MIN_RED_DS, Outlooks
from junction.plan import Plan, PlanOrigin
from junction.plan_faults import field_faults, step_faults
from junction.rescue import LATE_DS, TICK_DS, Rescue
from junction.signals import SignalState, all_red_state


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What applies: a stage's index, whether that is what was proposed, and why it is not."""

    stage: int
    accepted: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRuling:
    """The plan that applies (None: neither the proposed nor the running one may run) and why it differs."""

    plan: Plan | None
    accepted: bool
    reasons: tuple[str, ...] = ()


class Guard:
    """The safety envelope of one junction.

    Raises InputError for a layout whose groups cannot be kept under their maximum red by minimum greens, or whose
    stages cannot be ended before a maximum green.
    """

    def __init__(self, layout: JunctionLayout) -> None:
        self.layout = layout
        self._min_ds, self._max_ds, self._max_red_ds = layout.min_green_ds, layout.max_green_ds, layout.max_red_ds
        self._rescue = Rescue(layout)
        self._outlooks = Outlooks(layout, self._rescue)
        self._soonest_ds = tuple(_soonest_after(layout, groups) for groups in layout.stage_groups)

    def allowed(self, state: SignalState) -> NDArray[np.bool_]:
        """Which stages `review_stage` would apply as proposed now, one a stage; at least one is True."""
        mask = np.zeros(len(self.layout.stages), dtype=np.bool_)
        if state.in_transition:
            mask[state.stage] = True
            return mask
        outlook = self._outlooks.of(state)
        free_from_ds = max(outlook.ready_ds, outlook.sure_from_ds)
        if free_from_ds <= state.now_ds <= min(outlook.fits_until_ds, outlook.keeps_until_ds):
            mask[:] = True
            return mask
        mask[:] = [self._may_change(state, stage) for stage in range(len(mask))]
        if not mask[state.stage]:
            mask[self._forced(state)] = True
        return mask

    def review_stage(self, state: SignalState, proposed: object) -> Ruling:
        """The stage that applies when `proposed` (a stage's id; None: hold) is wanted green now.

        Anything else, of whatever type, counts as a hold and is told as a reason.
        """
        if state.in_transition:
            target = self.layout.stages[state.stage].id
            accepted = proposed is None or (isinstance(proposed, str) and proposed == target)
            return Ruling(stage=state.stage, accepted=accepted, reasons=() if accepted else ("a change is under way",))
        reasons: list[str] = []
        wanted = state.stage
        if isinstance(proposed, str) and proposed in self.layout.stage_index:
            wanted = self.layout.stage_index[proposed]
        elif proposed is not None:
            name = proposed[:40] if isinstance(proposed, str) else type(proposed).__name__
            reasons.append(f"no stage {name!r} here")
        if wanted != state.stage or not self._outlooks.of(state).running:
            reasons += self._change_faults(state, wanted)
            if not reasons:
                return Ruling(stage=wanted, accepted=True)
        if self._may_hold(state):
            return Ruling(stage=state.stage, accepted=not reasons, reasons=tuple(reasons))
        forced = self._forced(state)
        if forced == wanted and wanted != state.stage:
            return Ruling(stage=forced, accepted=True)
        outlasts = state.now_ds + TICK_DS > self._outlooks.of(state).limit_ds
        why = "maximum green" if outlasts else "maximum red of another group"
        return Ruling(stage=forced, accepted=False, reasons=(*reasons, why))

    def hold_until_ds(self, state: SignalState) -> int:
        """When the running stage must have begun to end, as far as is certain now (never too late)."""
        outlook = self._outlooks.of(state)
        if state.in_transition or not outlook.running:
            return state.now_ds
        depart_ds = max(state.now_ds, outlook.ready_ds)
        until_ds = min(outlook.urgent_ds - self._rescue.round_ds, outlook.limit_ds - self._rescue.longest_step_ds)
        if outlook.sure_from_ds <= state.now_ds:
            until_ds = max(until_ds, outlook.held_until_ds)
        if until_ds < depart_ds or not self._rescue.is_disjoint:
            until_ds = depart_ds + self._rescue.slack_ds(state, outlook.green, depart_ds)
        return max(depart_ds, until_ds)

    def ready_ds(self, state: SignalState) -> int:
        """When the running stage may end: every green group has had its minimum green."""
        return max(state.now_ds, self._outlooks.of(state).ready_ds)

    def losing_ready_ds(self, state: SignalState, wanted: frozenset[int]) -> int:
        """When every green group that is not in `wanted` has had its minimum green; now when there is none.

        Until then `review_stage` holds the running stage against every wish for a stage of those groups.
        """
        return max((state.since_ds[g] + self._min_ds[g] for g in state.green - wanted), default=state.now_ds)

    def plan_faults(self, plan: Plan) -> tuple[str, ...]:
        """Why this plan may not run at this junction; empty when it may. Judged on its lamp times over cycles.

        A plan whose parts are of other types than they are declared is a fault like any other.
        """
        return tuple(field_faults(self.layout, plan) or self._plan_lamp_faults(plan))

    def review_plan(self, running: Plan | None, proposed: Plan) -> PlanRuling:
        """The plan that applies from the next reference point on."""
        reasons = list(self.plan_faults(proposed))
        if not reasons and running is not None and running.origin == proposed.origin == PlanOrigin.POLICY:
            reasons = step_faults(running, proposed)
        if not reasons:
            return PlanRuling(plan=proposed, accepted=True)
        keeps = running is not None and not self.plan_faults(running)
        return PlanRuling(plan=running if keeps else None, accepted=False, reasons=tuple(reasons))

    def _may_hold(self, state: SignalState) -> bool:
        """Whether the running stage may be held for a tick more."""
        outlook = self._outlooks.of(state)
        next_ds = state.now_ds + TICK_DS
        if not outlook.running:
            return False
        if len(self._rescue.cover) == 1 or state.now_ds < outlook.ready_ds:
            return True
        if outlook.sure_from_ds <= state.now_ds and next_ds <= outlook.held_until_ds:
            return True
        slack_ds = self._rescue.slack_ds(state, outlook.green, next_ds)
        if slack_ds < 0:
            return False
        outlook.held_until_ds = next_ds + slack_ds
        return True

    def _may_change(self, state: SignalState, stage: int) -> bool:
        """Whether `stage` may be had now. What the outlook settles is what `_change_faults` would find."""
        outlook, groups = self._outlooks.of(state), self.layout.stage_groups[stage]
        now_ds = state.now_ds
        if groups == outlook.green:
            return self._may_hold(state)
        if any(now_ds < state.since_ds[g] + self._min_ds[g] for g in outlook.green - groups):
            return False
        if outlook.sure_from_ds <= now_ds <= outlook.fits_until_ds and (
            now_ds <= outlook.keeps_until_ds or groups.isdisjoint(outlook.green)
        ):
            return True
        urgent = outlook.urgent
        if urgent is not None and urgent not in groups:
            step = self._rescue.step(outlook.green, stage)
            served_ds = now_ds + step.wait_ds + step.min_ds + LATE_DS + self._soonest_ds[stage][urgent]
            if served_ds > outlook.urgent_ds - TICK_DS:
                return False
        return not self._change_faults(state, stage)

    def _change_faults(self, state: SignalState, stage: int) -> list[str]:
        """Why the change to `stage` may not begin now."""
        if self.layout.stage_groups[stage] == self._outlooks.of(state).green:
            return [] if self._may_hold(state) else ["maximum green"]
        change = expand_change(self.layout, state, stage, state.now_ds)
        faults = self._lamp_faults(state, change, late_ds=TICK_DS)
        if not faults:
            after = after_change(state, change)
            groups = self.layout.stage_groups[stage]
            ready_ds = max(after.now_ds, *(after.since_ds[g] + self._min_ds[g] for g in groups)) + LATE_DS
            if len(self._rescue.cover) > 1 and self._rescue.slack_ds(after, groups, ready_ds) < 0:
                faults.append("maximum red of another group")
        return faults

    def _lamp_faults(self, state: SignalState, change: Change, *, late_ds: int) -> list[str]:
        """Minimum green, maximum green and maximum red in the lamp times of one change, its greens shown so much late.

        Conflicts and intergreens cannot be broken here: stages are free of conflicts by their layout and
        `expand_change` waits for every intergreen.
        """
        faults = []
        names = self.layout.groups
        for group in change.losing:
            left_ds = state.since_ds[group] + self._min_ds[group] - change.at_ds
            if left_ds > 0:
                faults.append(f"minimum green of {names[group].id}: {left_ds / 10:g} s left")
        busy_until_ds = max([change.done_ds, *(change.green_ds + self._min_ds[g] for g in change.gaining)])
        for group in change.continuing:
            if state.since_ds[group] + self._max_ds[group] < busy_until_ds:
                faults.append(f"maximum green of {names[group].id}, which stays green")
        for group in change.gaining:
            if change.green_ds + late_ds - state.green_end_ds[group] > self._max_red_ds[group]:
                faults.append(f"maximum red of {names[group].id}")
            if change.green_ds - MIN_RED_DS < state.since_ds[group] != state.green_end_ds[group]:
                faults.append(f"{names[group].id} has only just turned red")
        return faults

    def _forced(self, state: SignalState) -> int:
        """The stage to change to when the running one, if any, may not be held."""
        depart_ds = max(state.now_ds, self._outlooks.of(state).ready_ds)
        first = self._rescue.best(state, depart_ds)[1]
        if first is not None and depart_ds == state.now_ds:
            return first
        return self._rescue.cover[0]

    def _plan_lamp_faults(self, plan: Plan) -> list[str]:
        """Runs three cycles of lamp times from all red; the first faults that remain in the last one are returned."""
        state = all_red_state(self.layout, 0)
        starts_s = plan.stage_starts_s(self.layout)
        for cycle in range(3):
            faults: list[str] = []
            for number, planned in enumerate(plan.stages):
                at_ds = deciseconds(cycle * plan.cycle_s + starts_s[number])
                stage = self.layout.stage_index[planned.stage_id]
                if self.layout.stage_groups[stage] == state.green:
                    continue
                held_until_ds = min((state.since_ds[g] + self._max_ds[g] for g in state.green), default=at_ds)
                if held_until_ds < at_ds:
                    faults.append(f"maximum green before stage {planned.stage_id}")
                change = expand_change(self.layout, state, stage, at_ds)
                broken = self._lamp_faults(state, change, late_ds=0)
                faults += [f"stage {planned.stage_id}: {fault}" for fault in broken]
                if cycle and self._rescue.slack_ds(state, state.green, at_ds - TICK_DS) < 0:
                    faults.append(f"stage {planned.stage_id} comes too late for the maximum red that can be kept")
                state = after_change(state, change)
        return faults

    @cached_property
    def cover_ids(self) -> tuple[str, ...]:
        """The stages of a rescue round."""
        return tuple(self.layout.stages[s].id for s in self._rescue.cover)


def _soonest_after(layout: JunctionLayout, green: frozenset[int]) -> tuple[int, ...]:
    """By group: how long it must wait for its own green from the end of these on, whatever comes between."""
    return tuple(max((wait_ds for other, wait_ds in waits if other in green), default=0) for waits in layout.waits_for)
