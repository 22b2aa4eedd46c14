"""What is wrong at one junction now, from what the service knows of it."""

from __future__ import annotations

from controller.alarms.alarm import AlarmKind, Condition
from controller.junction_state import JunctionState
from controller.live import applied_mode
from junction.counts import CameraState
from junction.mode import Cause, Mode

SILENT_S = 8.0
"""A controller reports every second: after so long without a report it is silent."""
CAMERA_SILENT_S = 20.0
"""A camera reports every 5 s: after so long without a report it is down."""
CAMERA_REPLACED_S = 3600.0
"""A camera that is silent so long, and whose every lane group another one sees, was taken away: nobody misses it."""
WANTED_OFF_AI = frozenset({Cause.NO_POLICY, Cause.STARTING, Cause.OPERATOR, Cause.POLICE, Cause.NIGHT_FLASH})
"""Causes for which a junction is off the trained policy because someone wants it so."""


def conditions(state: JunctionState, now_s: float, *, wants_ai: bool) -> list[Condition]:
    """Nothing for a junction that is well. A junction off AI says so only when nothing else here explains it.

    `wants_ai` is false where the whole city runs without a trained policy.
    """
    found = [*_of_controller(state, now_s), *_of_camera(state, now_s)]
    explained = any(condition.kind is not AlarmKind.EQUIPMENT for condition in found)
    if wants_ai and not explained:
        found += _off_ai(state, now_s)
    failing = state.cycles.failing
    if failing:
        detail = ", ".join(sorted(failing))
        found.append(Condition(kind=AlarmKind.CYCLE_FAILURES, cause="queue_left", detail=detail))
    if state.full_lane_groups:
        detail = ", ".join(sorted(state.full_lane_groups))
        found.append(Condition(kind=AlarmKind.SPILL_BACK, cause="queue_full", detail=detail))
    return found


def _of_controller(state: JunctionState, now_s: float) -> list[Condition]:
    report = state.report
    if report is None:
        return [Condition(kind=AlarmKind.NO_REPORT, cause="never_reported")]
    if not 0 <= now_s - report.received_s <= SILENT_S:
        return [Condition(kind=AlarmKind.NO_REPORT, cause=str(Cause.NO_STATUS))]
    mode, cause, _ = applied_mode(state, now_s)
    found = []
    if mode in (Mode.DARK, Mode.FLASH) and cause is not Cause.NIGHT_FLASH:
        # That no lamp burns is the alarm itself; what else the box says may be why.
        detail = "; ".join(fault.detail for fault in report.body.faults if fault.detail and fault.kind != "lamp")
        found.append(Condition(kind=AlarmKind.SIGNAL_DARK, cause=str(cause), detail=detail))
    elif report.body.faults:
        kinds = sorted({fault.kind for fault in report.body.faults})
        detail = "; ".join(f"{fault.kind}: {fault.detail}" for fault in report.body.faults)
        found.append(Condition(kind=AlarmKind.EQUIPMENT, cause=", ".join(kinds), detail=detail))
    return found


def _of_camera(state: JunctionState, now_s: float) -> list[Condition]:
    """One alarm names all cameras that are down; where they differ, each with its own cause."""
    if state.camera is None:
        return [Condition(kind=AlarmKind.CAMERA_DOWN, cause="never_reported")]
    down = {key: why for key in sorted(state.cameras) if (why := _camera_trouble(state, key, now_s))}
    if not down:
        return []
    causes = sorted(set(down.values()))
    told = [key if len(causes) == 1 else f"{key}: {why}" for key, why in down.items()]
    return [Condition(kind=AlarmKind.CAMERA_DOWN, cause=", ".join(causes), detail=", ".join(told))]


def cameras_named(detail: str) -> list[str]:
    """The cameras that a condition's detail names."""
    return [part.split(": ")[0] for part in detail.split(", ") if part]


def _camera_trouble(state: JunctionState, camera_id: str, now_s: float) -> str | None:
    camera = state.cameras[camera_id]
    silent_s = now_s - camera.end_at
    if silent_s > CAMERA_REPLACED_S and all(state.sees(lane_group_id, now_s) for lane_group_id in camera.saw):
        return None
    if camera.state is not CameraState.OK:
        return str(camera.state)
    return "silent" if silent_s > CAMERA_SILENT_S else None


def _off_ai(state: JunctionState, now_s: float) -> list[Condition]:
    mode, cause, _ = applied_mode(state, now_s)
    if mode in (Mode.AI, Mode.MANUAL) or cause in WANTED_OFF_AI:
        return []
    return [Condition(kind=AlarmKind.OFF_AI, cause=str(cause), detail="; ".join(state.shown.reasons))]
