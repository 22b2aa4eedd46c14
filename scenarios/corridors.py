"""Corridors of signals: who is through traffic, how long it takes from one to the next, and one cycle for all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from junction.coordination import CorridorSignal, section_offsets, sections, through_greens
from junction.errors import InputError, ScenarioError
from junction.layout import JunctionLayout, Turn
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
    at_s = [0.0]
    for gap_s in gaps_s:
        at_s.append(round(at_s[-1] + gap_s, 1))
    signals = []
    for index, junction_id in enumerate(row):
        before = row[index - 1] if index else None
        after = row[index + 1] if index + 1 < len(row) else None
        layout, plan = layouts[junction_id], plans[junction_id]
        signals.append(
            CorridorSignal(
                id=junction_id,
                cycle_s=plan.cycle_s,
                outbound=through_greens(layout, plan, _through_group(layout, before, after)),
                inbound=through_greens(layout, plan, _through_group(layout, after, before)),
                outbound_at_s=at_s[index],
                inbound_at_s=round(at_s[-1] - at_s[index], 1),
            )
        )
    return tuple(signals)


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


def _through_group(layout: JunctionLayout, before: str | None, after: str | None) -> str:
    """The group of the way from the arm `before` to `after`; at a corridor's end the straightest, widest one."""
    ways = [m for m in layout.movements if before in (None, m.from_approach) and after in (None, m.to_approach)]
    if not ways:
        raise ScenarioError(f"junction {layout.id}", expected=f"a way from {before} to {after}", got=None)
    flow = {group.id: group.saturation_flow_pcu_h for group in layout.lane_groups}
    return min(ways, key=lambda m: (m.turn is not Turn.STRAIGHT, -flow[m.lane_group_id], m.id)).group_id
