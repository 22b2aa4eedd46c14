"""Fixed plans: today's, arm by arm, all day; and Webster's for each period of the day, coordinated along corridors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from junction.errors import ScenarioError
from junction.guard import Guard
from junction.layout import JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.webster import webster_plan
from scenarios.corridors import coordinated_plans
from scenarios.demand_table import Period
from scenarios.pedestrians import GROUP_ID as PEDESTRIANS
from scenarios.source import PlanStandard, Source
from scenarios.town import Town

Layouts = Mapping[str, JunctionLayout]
"""By junction id."""
Flows = Mapping[str, Mapping[str, float]]
"""PCU an hour by junction id and lane group."""


def today_plan(layout: JunctionLayout, standard: PlanStandard) -> Plan:
    """Each arm in turn, clockwise, an equal share of the cycle with its intergreen.

    Raises ScenarioError when standards.toml has no share for that number of arms.
    """
    arms = len(layout.approaches)
    if arms not in standard.arm_share_s:
        raise ScenarioError(
            "standards.toml.plans.arm_share_s", expected=f"a share for {arms} arms", got=dict(standard.arm_share_s)
        )
    order = [stage.id for stage in layout.stages[:arms]]
    walk = next((stage.id for stage in layout.stages if stage.group_ids == (PEDESTRIANS,)), None)
    if walk is not None:
        return _today_with_walk(layout, standard, order, walk)
    share_s = standard.arm_share_s[arms]
    greens = [
        PlanStage(stage_id=stage, green_s=share_s - layout.transition_s(order[index - 1], stage))
        for index, stage in enumerate(order)
    ]
    return Plan(
        id=f"{layout.id}.today", cycle_s=share_s * arms, offset_s=0.0, stages=tuple(greens), origin=PlanOrigin.TODAY
    )


def _today_with_walk(layout: JunctionLayout, standard: PlanStandard, order: Sequence[str], walk: str) -> Plan:
    """Today's plan with the pedestrian stage after the last arm.

    The arms' shares give way, second by second, until pedestrians too are served within their maximum red.
    """
    guard = Guard(layout)
    walk_s = layout.groups[layout.group_index[PEDESTRIANS]].min_green_s
    into_s, out_s = layout.transition_s(order[-1], walk), layout.transition_s(walk, order[0])
    around_s = into_s + walk_s + out_s - layout.transition_s(order[-1], order[0])
    changes_s = [layout.transition_s(order[index - 1], stage) for index, stage in enumerate(order)]
    for share_s in range(round(standard.arm_share_s[len(order)]), round(max(changes_s)), -1):
        plan = Plan(
            id=f"{layout.id}.today",
            cycle_s=share_s * len(order) + around_s,
            offset_s=0.0,
            stages=(
                *(PlanStage(stage_id=s, green_s=share_s - gap_s) for s, gap_s in zip(order, changes_s, strict=True)),
                PlanStage(stage_id=walk, green_s=walk_s),
            ),
            origin=PlanOrigin.TODAY,
        )
        if not guard.plan_faults(plan):
            return plan
    raise ScenarioError(
        f"junctions.csv {layout.id}.pedestrian_stage",
        expected="room for a pedestrian stage beside the arms' minimum greens",
        got=f"{len(order)} arms",
        hint="leave the pedestrian stage out there",
    )


def webster_plans(source: Source, town: Town, layouts: Layouts, flows: Flows, period: str) -> dict[str, Plan]:
    """Every junction's Webster plan for a period's flows, by junction id; coordinated along the corridors named."""
    standard = source.standards.plans
    plans = {
        j: webster_plan(
            layout,
            flows[j],
            f"{j}.webster.{period}",
            min_cycle_s=standard.min_cycle_s,
            max_cycle_s=standard.webster_max_cycle_s,
        )
        for j, layout in layouts.items()
    }

    def same_stages(junction_id: str, cycle_s: float) -> Plan:
        own = plans[junction_id]
        order = [stage.stage_id for stage in own.stages]
        return webster_plan(
            layouts[junction_id],
            flows[junction_id],
            own.id,
            stage_order=order,
            min_cycle_s=cycle_s,
            max_cycle_s=cycle_s,
        )

    for name in standard.coordinated:
        plans |= coordinated_plans(town, layouts, flows, source.settings.corridors[name], standard, same_stages)
    return plans


def webster_table(junction_id: str, periods: Sequence[Period]) -> TimeOfDayTable:
    """Which of a junction's Webster plans runs when, by the periods' hours."""
    begins = sorted((first, period.name) for period in periods for first, _ in period.hours)
    return TimeOfDayTable(
        entries=tuple(
            TableEntry(from_s=hour * 3600.0, plan_id=f"{junction_id}.webster.{name}") for hour, name in begins
        )
    )
