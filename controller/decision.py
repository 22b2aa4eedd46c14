"""Why the policy chose what it last chose at a junction, as the page shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from controller.junction_state import JunctionState
from junction.explanation import explain
from junction.layout import JunctionLayout

DIGITS = 4


def decision_document(state: JunctionState) -> dict[str, Any]:
    """The decision with its reasons; `decision` is null while the policy does not decide there, or gives no scores."""
    shown = state.shown
    return {
        "junction_id": state.site.layout.id,
        "mode": str(shown.mode),
        "cause": str(shown.cause),
        "stage_id": shown.stage_id,
        "decision": _decision(state),
    }


def _decision(state: JunctionState) -> dict[str, Any] | None:
    """None where the scores were dropped: then what was asked last is no longer what decides."""
    asked = state.asked
    if asked is None or state.scores is None:
        return None
    found = explain(asked.policy, asked.situation)
    if found is None:
        return None
    return {
        "at": asked.at_s,
        "policy": asked.policy.name,
        "stage_id": found.stage_id,
        "runner_up": found.runner_up,
        "stages": [_rounded(asdict(stage)) for stage in found.stages],
        "drivers": [
            {"lane_group_id": key, "movements": _movements(state.site.layout, key), "part": round(part, DIGITS)}
            for key, part in found.drivers.items()
        ],
    }


def _movements(layout: JunctionLayout, lane_group_id: str) -> list[str]:
    return [movement.id for movement in layout.movements if movement.lane_group_id == lane_group_id]


def _rounded(stage: dict[str, Any]) -> dict[str, Any]:
    parts = {key: round(part, DIGITS) for key, part in stage["by_lane_group"].items()}
    numbers = {key: round(stage[key], DIGITS) for key in ("score", "above_mean", "when_empty")}
    return {**stage, **numbers, "by_lane_group": parts}
