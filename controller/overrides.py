"""What an operator's override asks of one junction, and whether it can be had."""

from __future__ import annotations

from controller.junction_state import JunctionState
from controller.schemas import OverrideBody
from controller.store import OverrideRow
from junction.errors import InputError
from junction.site import Site


def override_stage(state: JunctionState, body: OverrideBody, now_s: float) -> str | None:
    """The stage that an override names or, to hold, the one that runs. Raises InputError when there is none."""
    if body.kind == "hold":
        signals = state.fresh_signals(now_s)
        if signals is None:
            raise InputError(
                "kind",
                expected="a junction whose controller reports, to hold its stage",
                got="hold",
                hint="name a stage or a plan instead",
            )
        return state.site.layout.stages[signals.stage].id
    if body.stage_id is not None:
        return state.site.layout.stage(body.stage_id).id
    return None


def override_plan(state: JunctionState, body: OverrideBody) -> str | None:
    """The plan that an override names. Raises InputError for one that is not there or that the guard forbids."""
    if body.plan_id is None:
        return None
    plan = state.site.plans.get(body.plan_id)
    if plan is None:
        raise InputError("plan_id", expected=f"one of {sorted(state.site.plans)}", got=body.plan_id)
    faults = state.guard.plan_faults(plan)
    if faults:
        raise InputError("plan_id", expected="a plan that the guard lets run", got=f"{plan.id}: {faults[0]}")
    return plan.id


def still_fits(site: Site, row: OverrideRow) -> bool:
    """Whether a kept override names what this junction still has: its site may have changed since."""
    plan_fits = row.plan_id is None or row.plan_id in site.plans
    return plan_fits and (row.stage_id is None or row.stage_id in site.layout.stage_index)
