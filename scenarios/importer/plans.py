"""Fixed plans of an imported junction: the network's own program as far as the guard admits it, and Webster's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from junction.guard import Guard
from junction.layout import MAX_CYCLE_S, MIN_CYCLE_S, JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage
from junction.webster import webster_plan
from scenarios.importer.grouping import Grouping
from scenarios.importer.signal import Signal


def plans_of(
    layout: JunctionLayout, grouping: Grouping, flow_pcu_h: Mapping[str, float]
) -> tuple[dict[str, Plan], str]:
    """Today's and Webster's plan by id, and how today's differs from the network's own ("" where it does not).

    Raises InputError when the junction can run no plan at all.
    """
    webster = webster_plan(layout, flow_pcu_h, f"{layout.id}.webster", max_cycle_s=MAX_CYCLE_S)
    own, why = _own_plan(layout, grouping) if grouping.steps else (None, "the network has no program for it")
    if own is None:
        own = Plan(
            id=f"{layout.id}.today",
            cycle_s=webster.cycle_s,
            offset_s=webster.offset_s,
            stages=webster.stages,
            origin=PlanOrigin.TODAY,
        )
        why = f"{why}; Webster's greens instead"
    return {own.id: own, webster.id: webster}, why


def _own_plan(layout: JunctionLayout, grouping: Grouping) -> tuple[Plan | None, str]:
    stage_of = {frozenset(stage.group_ids): stage.id for stage in layout.stages}
    if any(step.groups not in stage_of for step in grouping.steps):
        return None, "a green phase that cannot end on its own was left out of the stages"
    order = [stage_of[step.groups] for step in grouping.steps]
    lost_s = [layout.transition_s(order[i - 1], stage) for i, stage in enumerate(order)]
    greens_s = [
        round(step.change_s + step.green_s - lost, 1) for step, lost in zip(grouping.steps, lost_s, strict=True)
    ]
    guard = Guard(layout)
    as_it_is = _plan(layout, order, greens_s, lost_s, grouping.offset_s)
    faults = guard.plan_faults(as_it_is)
    if not faults:
        return as_it_is, ""
    least_s = [max(_least_s(layout, order, i), 1.0) for i in range(len(order))]
    own_s = sum(greens_s) + sum(lost_s)
    cycles = sorted(range(int(MIN_CYCLE_S), int(MAX_CYCLE_S) + 1), key=lambda cycle: (abs(cycle - own_s), cycle))
    for cycle_s in cycles:
        spread = _spread(cycle_s - sum(lost_s), greens_s, least_s)
        if spread is None:
            continue
        plan = _plan(layout, order, spread, lost_s, grouping.offset_s)
        if not guard.plan_faults(plan):
            return plan, f"{faults[0]}; nearest: cycle {plan.cycle_s:g} s for {own_s:g} s"
    return None, faults[0]


def _least_s(layout: JunctionLayout, order: Sequence[str], position: int) -> float:
    """The longest minimum green of what this stage gains and the next one ends."""
    here, before = (set(layout.stage(order[i]).group_ids) for i in (position, position - 1))
    after = set(layout.stage(order[(position + 1) % len(order)]).group_ids)
    return max((g.min_green_s for g in layout.groups if g.id in here - before and g.id not in after), default=0.0)


def _spread(total_s: float, wanted_s: Sequence[float], least_s: Sequence[float]) -> list[float] | None:
    """Greens that add up to `total_s`: in proportion to the wanted ones, none below its least; None if too little."""
    if total_s < sum(least_s):
        return None
    raised: set[int] = set()
    while True:
        left_s = total_s - sum(least_s[i] for i in raised)
        base = sum(max(wanted_s[i], 0.1) for i in range(len(wanted_s)) if i not in raised)
        greens = [
            least if i in raised else max(wanted, 0.1) * left_s / base
            for i, (wanted, least) in enumerate(zip(wanted_s, least_s, strict=True))
        ]
        short = {i for i, green in enumerate(greens) if green < least_s[i] - 1e-9}
        if not short:
            break
        raised |= short
    rounded = [round(green, 1) for green in greens]
    largest = max(range(len(rounded)), key=rounded.__getitem__)
    rounded[largest] = round(rounded[largest] + total_s - sum(rounded), 1)
    return rounded


def _plan(
    layout: JunctionLayout, order: Sequence[str], greens_s: Sequence[float], lost_s: Sequence[float], offset_s: float
) -> Plan:
    cycle_s = round(sum(greens_s) + sum(lost_s), 1)
    return Plan(
        id=f"{layout.id}.today",
        cycle_s=cycle_s,
        offset_s=round(offset_s % cycle_s, 1) % cycle_s,
        stages=tuple(PlanStage(stage_id=s, green_s=g) for s, g in zip(order, greens_s, strict=True)),
        origin=PlanOrigin.TODAY,
    )


def with_right_of_way(program: ElementTree.Element, signal: Signal, grouping: Grouping) -> ElementTree.Element:
    """The program with "g" where a green link must give way to another on green or amber, "s" for a turn on red."""
    for phase in program.findall("phase"):
        state = list(phase.get("state", ""))
        moving = {index for index, lamp in enumerate(state) if lamp in "Ggy"}
        for index, lamp in enumerate(state):
            if lamp == "G" and signal.yielding.get(index, frozenset()) & moving:
                state[index] = "g"
            elif lamp == "r" and index in grouping.turn_on_red:
                state[index] = "s"
        phase.set("state", "".join(state))
    return program
