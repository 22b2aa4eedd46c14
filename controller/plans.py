"""Fixed plans on the wire: the plan's numbers, with what the junction's layout adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from junction.plan import Plan
from junction.site import Site

PLAN_SCHEMA = "chauraha.plan/1"


def find_plan(sites: Mapping[str, Site], plan_id: str) -> tuple[Site, Plan] | None:
    """The plan named `JUNCTION:PLAN`, or by its own id where only one junction has it; else None."""
    found = [(site, plan) for site in sites.values() for plan in site.plans.values() if plan.id == plan_id]
    if len(found) == 1:
        return found[0]
    junction_id, _, own_id = plan_id.partition(":")
    site = sites.get(junction_id)
    plan = site.plans.get(own_id) if site is not None else None
    return (site, plan) if site is not None and plan is not None else None


def plan_document(site: Site, plan: Plan) -> dict[str, Any]:
    """`chauraha.plan/1`: each stage with when the change to it begins, its green, and its groups' limits."""
    layout = site.layout
    stages = []
    for index, (planned, start_s) in enumerate(zip(plan.stages, plan.stage_starts_s(layout), strict=True)):
        groups = [layout.groups[g] for g in sorted(layout.stage_groups[layout.stage_index[planned.stage_id]])]
        stages.append(
            {
                "id": planned.stage_id,
                "groups": [group.id for group in groups],
                "change_at_s": start_s,
                "intergreen_s": layout.transition_s(plan.stages[index - 1].stage_id, planned.stage_id),
                "green_s": planned.green_s,
                "min_s": max(group.min_green_s for group in groups),
                "max_s": min(group.max_green_s for group in groups),
            }
        )
    return {
        "schema": PLAN_SCHEMA,
        "junction_id": layout.id,
        "plan_id": plan.id,
        "origin": str(plan.origin),
        "cycle_s": plan.cycle_s,
        "offset_s": plan.offset_s,
        "stages": stages,
        "site_hash": site.hash,
    }
