"""Corridors of signals: who is through traffic, how long it takes from one to the next, and one cycle for all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from junction.coordination import CorridorSignal, section_offsets, sections
from junction.corridor_signals import signals_of
from junction.errors import InputError, ScenarioError
from junction.layout import JunctionLayout
from junction.plan import Plan
from junction.webster import plan_delay_s_pcu
from scenarios.source import PlanStandard
from scenarios.town import Town

CYCLE_STEP_S = 10
"""Common cycles are tried in steps of this."""

CyclePlanner = Callable[[str, float], Plan]
"""A junction's plan at a cycle, by its id. Raises InputError where the junction cannot run one."""


def corridor_signals(
    town: Town,
    layouts: Mapping[str, JunctionLayout],
    plans: Mapping[str, Plan],
    row: Sequence[str],
    standard: PlanStandard,
) -> tuple[CorridorSignal, ...]:
    """The row's signals as `plans` (by junction id) run them. Outbound is the row's own order.

    Raises ScenarioError where two neighbours of the row have no road between them.
    """
    gaps_s = [_drive_s(town, a, b, standard.progression_share) for a, b in pairwise(row)]
    return signals_of(layouts, plans, row, gaps_s)


def coordinated_plans(
    town: Town,
    layouts: Mapping[str, JunctionLayout],
    flows: Mapping[str, Mapping[str, float]],
    row: Sequence[str],
    standard: PlanStandard,
    planner: CyclePlanner,
) -> dict[str, Plan]:
    """Plans for the row at the common cycle of least mean Webster delay, with the offsets of the widest green waves.

    Raises ScenarioError when no common cycle suits every junction.
    """
    best: tuple[float, dict[str, Plan]] | None = None
    first = math.ceil(standard.min_cycle_s / CYCLE_STEP_S) * CYCLE_STEP_S
    for cycle_s in range(first, math.floor(standard.webster_max_cycle_s) + 1, CYCLE_STEP_S):
        try:
            plans = {j: planner(j, float(cycle_s)) for j in row}
        except InputError:
            continue
        if any(plan.cycle_s != cycle_s for plan in plans.values()):
            continue
        delay = sum(sum(flows[j].values()) * plan_delay_s_pcu(layouts[j], plans[j], flows[j]) for j in row)
        if best is None or delay < best[0]:
            best = (delay, plans)
    if best is None:
        raise ScenarioError("corridor.cycle_s", expected="a cycle that every junction can run", got=list(row))
    plans = best[1]
    signals = corridor_signals(town, layouts, plans, row, standard)
    offsets_s = section_offsets(sections(signals, standard.least_band_s))
    return {j: replace(plans[j], offset_s=offset_s) for j, offset_s in zip(row, offsets_s, strict=True)}


def _drive_s(town: Town, here: str, there: str, share: float) -> float:
    for arm in town.arms[here]:
        if arm.id == there:
            return arm.length_m / (arm.road.speed_kmh * share / 3.6)
    raise ScenarioError("scenario.toml.corridors", expected=f"a road from {here} to {there}", got=None)
