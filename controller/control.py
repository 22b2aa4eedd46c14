"""The control document: what a controller is told, with honest times for the stage."""

from __future__ import annotations

from typing import Any

from controller.schemas import CONTROL_SCHEMA
from junction.guard import Guard
from junction.mode import Cause, Mode
from junction.signals import SignalState
from junction.site import Site
from junction.timetable import Due


def plan_stage(site: Site, due: Due, now_s: float) -> dict[str, Any]:
    """What the plan says for now. The controller runs it by its own clock, so only the plan's own times are given."""
    layout, plan, index = site.layout, due.plan, due.position.index
    following = (index + 1) % len(plan.stages)
    stage, after = plan.stages[index], plan.stages[following]
    change_s = layout.transition_s(plan.stages[index - 1].stage_id, stage.stage_id)
    green_at = due.change_began_s + change_s
    return {
        "id": stage.stage_id,
        "started_at": round(green_at, 1) if green_at <= now_s else None,
        "min_end_at": None,
        "max_end_at": None,
        "likely_end_at": round(green_at + stage.green_s, 1),
        "next": after.stage_id if following != index else None,
    }


def held_stage(guard: Guard, signals: SignalState, stage: int) -> dict[str, Any]:
    """A stage command. Ends are given for a stage that runs: the earliest by its minimum greens, the latest by its
    maximum greens and the other groups' maximum red. When a policy will end it is not known."""
    running = stage == signals.stage and not signals.in_transition
    started = running or (stage == signals.stage and signals.stage_since_ds <= signals.now_ds)
    return {
        "id": guard.layout.stages[stage].id,
        "started_at": signals.stage_since_ds / 10 if started else None,
        "min_end_at": guard.ready_ds(signals) / 10 if running else None,
        "max_end_at": guard.hold_until_ds(signals) / 10 if running else None,
        "likely_end_at": None,
        "next": None,
    }


def control_document(
    site: Site, *, seq: int, now_s: float, mode: Mode, cause: Cause, plan_id: str | None, stage: dict[str, Any]
) -> dict[str, Any]:
    """The document to sign. Its lease is the site's backup time."""
    return {
        "schema": CONTROL_SCHEMA,
        "junction_id": site.layout.id,
        "seq": seq,
        "mode": str(mode),
        "cause": str(cause),
        "plan_id": plan_id,
        "stage": stage,
        "issued_at": round(now_s, 3),
        "lease_s": site.backup_time_s,
        "valid_until": round(now_s + site.backup_time_s, 3),
        "site_hash": site.hash,
    }
