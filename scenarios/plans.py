"""A junction's fixed plans: today's, arm by arm, and Webster's for the morning peak."""

from __future__ import annotations

from collections.abc import Mapping

from junction.errors import ScenarioError
from junction.layout import JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage
from junction.webster import webster_plan
from scenarios.source import PlanStandard


def today_plan(layout: JunctionLayout, standard: PlanStandard) -> Plan:
    """Each arm in turn, clockwise, an equal share of the cycle with its intergreen.

    Raises ScenarioError when standards.toml has no share for that number of arms.
    """
    arms = len(layout.approaches)
    if arms not in standard.arm_share_s:
        raise ScenarioError(
            "standards.toml.plans.arm_share_s", expected=f"a share for {arms} arms", got=dict(standard.arm_share_s)
        )
    share_s = standard.arm_share_s[arms]
    order = [stage.id for stage in layout.stages[:arms]]
    greens = [
        PlanStage(stage_id=stage, green_s=share_s - layout.transition_s(order[index - 1], stage))
        for index, stage in enumerate(order)
    ]
    return Plan(
        id=f"{layout.id}.today", cycle_s=share_s * arms, offset_s=0.0, stages=tuple(greens), origin=PlanOrigin.TODAY
    )


def plans_of(layout: JunctionLayout, flow_pcu_h: Mapping[str, float], standard: PlanStandard) -> dict[str, Plan]:
    """The fixed plans by id. `flow_pcu_h` is the peak flow by lane group."""
    plans = (
        today_plan(layout, standard),
        webster_plan(
            layout,
            flow_pcu_h,
            f"{layout.id}.webster",
            min_cycle_s=standard.min_cycle_s,
            max_cycle_s=standard.webster_max_cycle_s,
        ),
    )
    return {plan.id: plan for plan in plans}
