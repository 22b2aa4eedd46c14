"""Webster's fixed-time plan: the cycle and greens that demand asks for, within what the junction may run.

Cycle C0 = (1.5 L + 5) / (1 - Y), greens in proportion to flow ratios (Webster 1958; IRC:93-1985).

Lost time L is taken as the sum of the layout's transitions (amber + all-red, or the longer intergreen): the start-up
loss after a change equals what is still used of the amber before it, so that effective green is displayed green. With
IRC's 2 s of amber this is exactly IRC:93-1985's L = 2n + R.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from junction.errors import InputError
from junction.guard import Guard
from junction.kpi import webster_delay_s_pcu
from junction.layout import MAX_CYCLE_S, MIN_CYCLE_S, JunctionLayout, deciseconds
from junction.plan import Plan, PlanOrigin, PlanStage

OVERSATURATED_Y = 0.95
"""From this sum of flow ratios on Webster's cycle has no meaning; the longest cycle is taken."""
COMMON_MAX_CYCLE_S = 120.0
SPARE_S = 1.0
"""Kept below every maximum green: the guard looks one tick of at most 1 s ahead, and would end a fuller green early."""
MAX_SEARCHED_STAGES = 8
"""Covers of more stages are tried in the layout's order only: their least-lost-time order would take too long."""


def webster_plan(
    layout: JunctionLayout,
    flow_pcu_h: Mapping[str, float],
    plan_id: str,
    *,
    stage_order: Sequence[str] | None = None,
    min_cycle_s: float = MIN_CYCLE_S,
    max_cycle_s: float = COMMON_MAX_CYCLE_S,
    offset_s: float = 0.0,
    origin: PlanOrigin = PlanOrigin.WEBSTER,
) -> Plan:
    """Webster's plan for the flows (PCU/h by lane-group id; a lane group not named has none).

    Every stage lasts whole seconds from change to change, with room for a controller that moves lamps on whole
    seconds only. Each stage gets at least the longest minimum green of its groups; the cycle rises above
    `max_cycle_s` (never above MAX_CYCLE_S) where the minima need it, and leaves Webster's value where a maximum green
    or red would be passed. Without `stage_order`, the smallest sets of stages that serve every group are compared,
    each in its order of least lost time, and the one with the least mean Webster delay is taken. Raises InputError for
    a lane group or stage that the layout lacks, a flow that is not a finite number >= 0, and when no cycle keeps every
    limit.
    """
    _check_arguments(layout, flow_pcu_h, min_cycle_s, max_cycle_s)
    ratios = {g.id: flow_pcu_h.get(g.id, 0.0) / g.saturation_flow_pcu_h for g in layout.lane_groups}
    search = _Search(
        layout=layout, guard=Guard(layout), ratios=ratios, min_cycle_s=min_cycle_s, max_cycle_s=max_cycle_s
    )
    best = _best_timing(search) if stage_order is None else _timing(search, _given_order(layout, stage_order))
    if best is None:
        raise InputError(
            f"junction {layout.id}.webster",
            got=stage_order or "any order of its stages",
            expected=f"stages that keep every minimum and maximum within a cycle of {MAX_CYCLE_S:g} s",
            hint="shorten intergreens or minima, or add a stage that serves more groups",
        )
    return _plan(layout, best, plan_id, offset_s, origin)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Timing:
    """Stage indices in order; by stage the whole seconds from change to change, and the change's lost time."""

    order: tuple[int, ...]
    spans_s: tuple[int, ...]
    lost_s: tuple[float, ...]

    @property
    def cycle_s(self) -> int:
        return sum(self.spans_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    """What stays the same for every candidate; `ratios` is flow / saturation flow by lane-group id."""

    layout: JunctionLayout
    guard: Guard
    ratios: Mapping[str, float]
    min_cycle_s: float
    max_cycle_s: float


def _check_arguments(
    layout: JunctionLayout, flow_pcu_h: Mapping[str, float], min_cycle_s: float, max_cycle_s: float
) -> None:
    where = f"junction {layout.id}.flow_pcu_h"
    strangers = sorted(set(flow_pcu_h) - set(layout.lane_group_index))
    if strangers:
        raise InputError(where, expected=f"lane groups among {sorted(layout.lane_group_index)}", got=strangers)
    for lane_group_id, flow in flow_pcu_h.items():
        if not (math.isfinite(flow) and flow >= 0):
            raise InputError(f"{where}[{lane_group_id}]", expected="PCU/h, 0 or more", got=flow)
    if not MIN_CYCLE_S <= min_cycle_s <= max_cycle_s <= MAX_CYCLE_S:
        raise InputError(
            "min_cycle_s, max_cycle_s",
            got=(min_cycle_s, max_cycle_s),
            expected=f"{MIN_CYCLE_S} <= min_cycle_s <= max_cycle_s <= {MAX_CYCLE_S}",
        )


def _given_order(layout: JunctionLayout, stage_order: Sequence[str]) -> tuple[int, ...]:
    for stage_id in stage_order:
        layout.stage(stage_id)
    order = tuple(layout.stage_index[stage_id] for stage_id in stage_order)
    served = set().union(*(layout.stage_groups[stage] for stage in order))
    missing = sorted(g.id for i, g in enumerate(layout.groups) if i not in served)
    if missing or len(set(order)) != len(order):
        raise InputError(
            "stage_order",
            expected="each stage once, serving every group",
            got=tuple(stage_order),
            hint=f"groups not served: {missing}",
        )
    return order


def _best_timing(search: _Search) -> _Timing | None:
    best: tuple[float, _Timing] | None = None
    for cover in _smallest_covers(search.layout):
        timings = (_timing(search, order) for order in _orders(search.layout, cover))
        timing = next((t for t in timings if t is not None), None)
        if timing is None:
            continue
        greens_s = [span_s - lost_s for span_s, lost_s in zip(timing.spans_s, timing.lost_s, strict=True)]
        delay_s = _mean_delay_s(search.layout, timing.order, greens_s, float(timing.cycle_s), search.ratios)
        if best is None or delay_s < best[0] - 1e-9:
            best = (delay_s, timing)
    return None if best is None else best[1]


def _smallest_covers(layout: JunctionLayout) -> Iterator[tuple[int, ...]]:
    """Sets of stages that serve every group and none of which is to spare; small sets first."""
    everything = frozenset(range(len(layout.groups)))
    found: list[frozenset[int]] = []
    for size in range(1, len(layout.stages) + 1):
        for cover in combinations(range(len(layout.stages)), size):
            if any(smaller <= set(cover) for smaller in found):
                continue
            if frozenset().union(*(layout.stage_groups[stage] for stage in cover)) == everything:
                found.append(frozenset(cover))
                yield cover


def _orders(layout: JunctionLayout, cover: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The cyclic orders of a cover, the least lost time first and the layout's own order first among equals."""
    if len(cover) > MAX_SEARCHED_STAGES:
        return [cover]
    orders = [(cover[0], *rest) for rest in permutations(cover[1:])]
    ids = [stage.id for stage in layout.stages]
    lost_ds = {(a, b): deciseconds(layout.transition_s(ids[a], ids[b])) for a in cover for b in cover}
    return sorted(orders, key=lambda order: sum(lost_ds[order[i - 1], order[i]] for i in range(len(order))))


def _timing(search: _Search, order: tuple[int, ...]) -> _Timing | None:
    """Webster's timing of an order, at the nearest cycle to his that keeps every limit; None if there is none."""
    layout = search.layout
    ids = [layout.stages[stage].id for stage in order]
    lost_s = tuple(layout.transition_s(ids[i - 1], ids[i]) for i in range(len(ids)))
    floors_s = [
        _whole(lost) + _whole(max(layout.groups[g].min_green_s for g in layout.stage_groups[stage]))
        for stage, lost in zip(order, lost_s, strict=True)
    ]
    shares = _stage_ratios(layout, order, search.ratios)
    flow_ratio = sum(shares)
    shortest_s = max(math.ceil(search.min_cycle_s), sum(floors_s))
    longest_s = max(math.floor(search.max_cycle_s), shortest_s)
    wanted_s = float(longest_s)
    if flow_ratio < OVERSATURATED_Y:
        wanted_s = (1.5 * sum(lost_s) + 5) / (1 - flow_ratio)
    start_s = round(min(max(wanted_s, shortest_s), longest_s))
    shorter_first = (*range(start_s, shortest_s - 1, -1), *range(start_s + 1, math.floor(MAX_CYCLE_S) + 1))
    for cycle_s in (c for c in shorter_first if c <= MAX_CYCLE_S):
        timing = _Timing(order=order, spans_s=_spans(cycle_s, floors_s, lost_s, shares), lost_s=lost_s)
        if _within_limits(layout, search.guard, timing):
            return timing
    return None


def _whole(seconds: float) -> int:
    return math.ceil(seconds - 1e-9)


def _stage_ratios(layout: JunctionLayout, order: Sequence[int], ratios: Mapping[str, float]) -> list[float]:
    """By stage the flow ratio of its critical lane group; Y is their sum.

    A lane group that several stages serve needs its ratio from them together: those with the fewest stages are given
    theirs first, and what is then still missing goes to the stage where most is missing (among equals, to the one
    with least so far).
    """
    shares = [0.0] * len(order)
    serving = {lane_group: _serving(layout, order, index) for index, lane_group in enumerate(ratios)}

    def missing(lane_group: str) -> float:
        return max(0.0, ratios[lane_group] - sum(shares[i] for i in serving[lane_group]))

    for lane_group in sorted(ratios, key=lambda g: (len(serving[g]), -ratios[g])):
        if serving[lane_group] and missing(lane_group) > 0:
            still = {i: sum(missing(g) for g in ratios if i in serving[g]) for i in serving[lane_group]}
            most = max(still, key=lambda i: (round(still[i], 9), -shares[i]))
            shares[most] += missing(lane_group)
    return shares


def _serving(layout: JunctionLayout, order: Sequence[int], lane_group: int) -> list[int]:
    """Positions in the order at which the lane group discharges: all of its groups green, else any of them."""
    wanted = {g for g, served in enumerate(layout.lane_groups_of_group) if lane_group in served}
    fully = [i for i, stage in enumerate(order) if wanted and wanted <= layout.stage_groups[stage]]
    return fully or [i for i, stage in enumerate(order) if wanted & layout.stage_groups[stage]]


def _spans(cycle_s: int, floors_s: Sequence[int], lost_s: Sequence[float], shares: Sequence[float]) -> tuple[int, ...]:
    """Whole seconds by stage that add up to the cycle: greens in proportion to the shares, none below its floor."""
    weights = list(shares) if sum(shares) > 0 else [1.0] * len(floors_s)
    wanted_s = [float(floor) for floor in floors_s]
    free = {i for i in range(len(floors_s)) if weights[i] > 0}
    while free:
        spare_s = cycle_s - sum(wanted_s[i] for i in range(len(floors_s)) if i not in free)
        green_s = spare_s - sum(lost_s[i] for i in free)
        total = sum(weights[i] for i in free)
        asked_s = {i: lost_s[i] + green_s * weights[i] / total for i in free}
        short = {i for i in free if asked_s[i] < floors_s[i]}
        if not short:
            for i in free:
                wanted_s[i] = asked_s[i]
            break
        free -= short
    spans_s = [max(floor, math.floor(w + 1e-9)) for floor, w in zip(floors_s, wanted_s, strict=True)]
    by_remainder = sorted(range(len(spans_s)), key=lambda i: (-(wanted_s[i] - spans_s[i]), -weights[i], i))
    for n in range(cycle_s - sum(spans_s)):
        spans_s[by_remainder[n % len(spans_s)]] += 1
    return tuple(spans_s)


def _within_limits(layout: JunctionLayout, guard: Guard, timing: _Timing) -> bool:
    """Whether the guard would run it. Maximum greens are looked at first: that is cheap and rules most cycles out."""
    stages = len(timing.order)
    for index, group in enumerate(layout.groups):
        green = [index in layout.stage_groups[stage] for stage in timing.order]
        lit_s = 0.0
        for position in range(2 * stages):
            at = position % stages
            if not green[at]:
                lit_s = 0.0
            else:
                lit_s += timing.spans_s[at] - (0.0 if lit_s else timing.lost_s[at])
                if lit_s > group.max_green_s - SPARE_S + 1e-9:
                    return False
    return not guard.plan_faults(_plan(layout, timing, "candidate", 0.0, PlanOrigin.WEBSTER))


def _plan(layout: JunctionLayout, timing: _Timing, plan_id: str, offset_s: float, origin: PlanOrigin) -> Plan:
    return Plan(
        id=plan_id,
        cycle_s=float(timing.cycle_s),
        offset_s=offset_s % timing.cycle_s,
        stages=tuple(
            PlanStage(stage_id=layout.stages[stage].id, green_s=round(span_s - lost_s, 1))
            for stage, span_s, lost_s in zip(timing.order, timing.spans_s, timing.lost_s, strict=True)
        ),
        origin=origin,
    )


def plan_delay_s_pcu(layout: JunctionLayout, plan: Plan, flow_pcu_h: Mapping[str, float]) -> float:
    """Mean Webster delay of the flows (PCU/h by lane-group id) under a plan, s/PCU."""
    ratios = {g.id: flow_pcu_h.get(g.id, 0.0) / g.saturation_flow_pcu_h for g in layout.lane_groups}
    order = [layout.stage_index[stage.stage_id] for stage in plan.stages]
    return _mean_delay_s(layout, order, [stage.green_s for stage in plan.stages], plan.cycle_s, ratios)


def _mean_delay_s(
    layout: JunctionLayout,
    order: Sequence[int],
    greens_s: Sequence[float],
    cycle_s: float,
    ratios: Mapping[str, float],
) -> float:
    """Mean Webster delay, s/PCU; every lane group counts with at least 1 PCU/h so that empty ones break ties."""
    total_s = weight = 0.0
    for index, lane_group in enumerate(layout.lane_groups):
        positions = _serving(layout, order, index)
        if positions:
            green_s = sum(greens_s[i] for i in positions)
            flow = max(1.0, ratios[lane_group.id] * lane_group.saturation_flow_pcu_h)
            total_s += flow * webster_delay_s_pcu(flow, lane_group.saturation_flow_pcu_h, green_s, cycle_s)
            weight += flow
    return total_s / weight if weight > 0 else cycle_s - sum(greens_s)
