"""What can be wrong with a plan before its lamps are looked at, and with the step from one plan to the next.

The guard's rules on a plan's fields (`junction.guard` judges the lamp times).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from junction.layout import MAX_CYCLE_S, MIN_CYCLE_S, JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage

MAX_PLAN_STAGES = 24
MAX_OFFSET_MOVE = 0.17
"""Largest move of the offset between two plans of a policy, as a share of the cycle."""
MAX_GREEN_CHANGE = 0.20
"""Largest change of a stage's green between two plans of a policy, as a share of the green."""


def field_faults(layout: JunctionLayout, plan: Plan) -> list[str]:
    """What is wrong with the plan's numbers and stages at this junction; empty when its lamp times may be judged."""
    if malformed := _form_faults(plan):
        return malformed
    strangers = [s.stage_id for s in plan.stages if s.stage_id not in layout.stage_index]
    if strangers:
        return [f"no stage {strangers[0][:40]!r} here"]
    faults = []
    if not MIN_CYCLE_S <= plan.cycle_s <= MAX_CYCLE_S:
        faults.append(f"cycle of {plan.cycle_s:g} s, not {MIN_CYCLE_S:g} to {MAX_CYCLE_S:g} s")
    if not 0 <= plan.offset_s < plan.cycle_s:
        faults.append(f"offset of {plan.offset_s:g} s, not from 0 to below the cycle")
    if min(s.green_s for s in plan.stages) <= 0:
        faults.append("a green of 0 s or less")
    elif abs(plan.length_s(layout) - plan.cycle_s) > 0.05:
        faults.append(f"stages add up to {plan.length_s(layout):g} s, cycle is {plan.cycle_s:g} s")
    missing = set(layout.group_index) - {g for s in plan.stages for g in layout.stage(s.stage_id).group_ids}
    if missing:
        faults.append(f"groups never served: {sorted(missing)}")
    return faults


def step_faults(running: Plan, proposed: Plan) -> list[str]:
    """Rules on how far one policy plan may move from the last."""
    faults = []
    moved_s = abs(proposed.offset_s - running.offset_s) % proposed.cycle_s
    moved_s = min(moved_s, proposed.cycle_s - moved_s)
    if moved_s > MAX_OFFSET_MOVE * proposed.cycle_s + 1e-9:
        faults.append(f"offset moves {moved_s:g} s, more than {MAX_OFFSET_MOVE:.0%} of the cycle")
    before = _greens(running.stages)
    for stage_id, green_s in _greens(proposed.stages).items():
        if stage_id in before and abs(green_s - before[stage_id]) > MAX_GREEN_CHANGE * before[stage_id] + 1e-9:
            faults.append(f"green of {stage_id} changes by more than {MAX_GREEN_CHANGE:.0%}")
    return faults


def _form_faults(plan: Plan) -> list[str]:
    """Whether the plan's parts are what they are declared to be; the first fault only."""
    if not (isinstance(plan.stages, tuple) and all(isinstance(s, PlanStage) for s in plan.stages)):
        return ["stages that are no stages of a plan"]
    if not 1 <= len(plan.stages) <= MAX_PLAN_STAGES:
        return [f"plan has {len(plan.stages)} stages, not 1 to {MAX_PLAN_STAGES}"]
    if not (isinstance(plan.origin, PlanOrigin) and all(isinstance(s.stage_id, str) for s in plan.stages)):
        return ["an origin or a stage's id of another type"]
    numbers = [plan.cycle_s, plan.offset_s, *(s.green_s for s in plan.stages)]
    # By comparing: a NaN compares false, and a whole number beyond every float raises nothing.
    if not all(isinstance(n, int | float) and abs(n) <= sys.float_info.max for n in numbers):
        return ["a number that is not finite"]
    return []


def _greens(stages: Sequence[PlanStage]) -> dict[str, float]:
    greens: dict[str, float] = {}
    for stage in stages:
        greens[stage.stage_id] = greens.get(stage.stage_id, 0.0) + stage.green_s
    return greens
