"""The state of the city as the page and its stream show it: figures with their age, modes with their cause."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from controller.alarms.alarm import Alarm
from controller.corridor_records import passage_document
from controller.junction_state import STATUS_FRESH_S, JunctionState, Report
from controller.pace import Pace
from junction.calendar import DayKind
from junction.counts import CameraState
from junction.kpi import level_of_service, queue_delay_s_pcu, throughput_pcu_h
from junction.mode import RUNG_MODE, Cause, Mode, Rung
from junction.observation import LaneGroupReading, Observation
from junction.site import Site
from scenarios.model import Scenario

STATE_SCHEMA = "chauraha.state/1"
CITY_SCHEMA = "chauraha.city/1"


async def state_document(states: Mapping[str, JunctionState], alarms: Sequence[Alarm], now_s: float) -> bytes:
    """`chauraha.state/1` with the open alarms, encoded; junction by junction, so that no poll waits for it."""
    pace = Pace()
    junctions = {}
    for key, state in states.items():
        junctions[key] = orjson.Fragment(orjson.dumps({**control_facts(state, now_s), **traffic_facts(state, now_s)}))
        await pace.breathe()
    return orjson.dumps(
        {
            "schema": STATE_SCHEMA,
            "at": round(now_s, 3),
            "origin": origin_of(states),
            "alarms": [alarm.to_document() for alarm in alarms],
            "junctions": junctions,
        }
    )


def origin_of(states: Mapping[str, JunctionState]) -> str:
    """Simulated as soon as one junction's counts are."""
    return "simulated" if any(state.origin == "simulated" for state in states.values()) else "measured"


def lane_group_documents(observation: Observation) -> dict[str, dict[str, Any]]:
    """Readings by lane group: age, whether known, vehicles and queue."""
    return {
        reading.lane_group_id: {
            "age_s": _rounded(reading.age_s),
            "known": reading.known,
            "present": sum(reading.present_veh),
            "queue_veh": reading.queue_veh,
            "queue_pcu": round(reading.queue_pcu, 2),
            "queue_m": round(reading.queue_m, 1),
        }
        for reading in observation.readings
    }


def city_junction(site: Site) -> dict[str, Any]:
    """One junction of `chauraha.city/1`."""
    layout = site.layout
    return {
        "id": layout.id,
        "name_en": layout.name_en,
        "name_hi": layout.name_hi,
        "lat": layout.lat,
        "lon": layout.lon,
        "thana": layout.thana,
        "basis": layout.basis,
        "approaches": [
            {"id": a.id, "name_en": a.name_en, "name_hi": a.name_hi, "bearing_deg": a.bearing_deg}
            for a in layout.approaches
        ],
        "lane_groups": [{"id": g.id, "approach_id": g.approach_id} for g in layout.lane_groups],
        "groups": [{"id": g.id, "approach_id": _approach_of(site, g.id), "kind": str(g.kind)} for g in layout.groups],
        "stages": [{"id": s.id, "name": s.name, "group_ids": list(s.group_ids)} for s in layout.stages],
        "plans": sorted(site.plans),
    }


def named_days(scenario: Scenario) -> list[dict[str, Any]]:
    """The days that have a name, by it: the city's own, and the festivals of the signals' calendars (basis null)."""
    days: dict[str, dict[str, Any]] = {
        day.id: {**day.model_dump(mode="json"), "dates": sorted(on.isoformat() for on in day.dates)}
        for day in scenario.names.day
    }
    known = {day[name] for day in days.values() for name in ("id", "name_en", "name_hi")}
    for site in scenario.sites.values():
        for day in site.special_days:
            if day.kind is DayKind.FESTIVAL and day.name not in known:
                entry: dict[str, Any] = {
                    "id": day.name,
                    "name_en": day.name,
                    "name_hi": day.name,
                    "basis": None,
                    "dates": [],
                }
                dates = {*days.setdefault(day.name, entry)["dates"], *(on.isoformat() for on in day.dates)}
                days[day.name]["dates"] = sorted(dates)
    return list(days.values())


def applied_mode(state: JunctionState, now_s: float) -> tuple[Mode, Cause, Rung | None]:
    """What times the junction: the controller's own word while it is fresh, else what the service last asked for."""
    report = _fresh_report(state, now_s)
    if report is None:
        return state.shown.mode, state.shown.cause, None
    rung = Rung(report.body.rung)
    cause = report.body.cause
    if report.is_dark:
        return Mode.DARK, cause, rung
    if report.body.manual and rung is not Rung.FLASH:
        return Mode.MANUAL, cause, rung
    if rung is Rung.ADAPTIVE:
        return state.shown.mode, state.shown.cause, rung
    return RUNG_MODE[rung], cause, rung


def control_facts(state: JunctionState, now_s: float) -> dict[str, Any]:
    """The part of a junction's state that says what times it, why, and what its lamps show."""
    mode, cause, rung = applied_mode(state, now_s)
    reasons = [*state.shown.reasons]
    report = _fresh_report(state, now_s)
    if report is not None:
        reasons += [f"{fault.kind}: {fault.detail}" for fault in report.body.faults]
        reasons += report.body.reasons
    return {
        "mode": str(mode),
        "cause": str(cause),
        "since_at": round(state.shown.since_s, 3),
        "rung": rung,
        "reported_age_s": _rounded(now_s - state.report.received_s) if state.report is not None else None,
        "stage": _stage(state, now_s),
        "lamps": _lamps(state, now_s),
        "scores": {k: round(v, 4) for k, v in state.shown.scores.items()} if state.shown.scores else None,
        "override": override_document(state, now_s),
        "corridor": corridor_document(state, now_s),
        "crossings": state.crossings.documents(now_s),
        "reasons": reasons,
    }


def traffic_facts(state: JunctionState, now_s: float) -> dict[str, Any]:
    """The other part: what its camera saw, and how long one waits there."""
    intervals = state.recent_intervals(now_s)
    delay_s_pcu = queue_delay_s_pcu(intervals)
    return {
        "approaches": _approaches(state, state.observation(now_s)),
        "delay_s_pcu": _rounded(delay_s_pcu),
        "los": level_of_service(delay_s_pcu),
        "throughput_pcu_h": _rounded(throughput_pcu_h(intervals)),
        "camera": _camera(state, now_s),
    }


def _fresh_report(state: JunctionState, now_s: float) -> Report | None:
    report = state.report
    return report if report is not None and 0 <= now_s - report.received_s <= STATUS_FRESH_S else None


def _stage(state: JunctionState, now_s: float) -> dict[str, Any] | None:
    signals = state.fresh_signals(now_s)
    if signals is None:
        return None
    stage = state.site.layout.stages[signals.stage]
    return {"id": stage.id, "name": stage.name, "elapsed_s": round(signals.stage_elapsed_s, 1)}


def _lamps(state: JunctionState, now_s: float) -> dict[str, str]:
    signals = state.fresh_signals(now_s)
    if signals is None:
        return {}
    return {group.id: str(lamp) for group, lamp in zip(state.site.layout.groups, signals.lamps, strict=True)}


def _approaches(state: JunctionState, observation: Observation) -> dict[str, Any]:
    readings: dict[str, list[LaneGroupReading]] = {a.id: [] for a in state.site.layout.approaches}
    for lane_group, reading in zip(state.site.layout.lane_groups, observation.readings, strict=True):
        readings[lane_group.approach_id].append(reading)
    return {approach_id: _approach(group) for approach_id, group in readings.items()}


def _approach(readings: Sequence[LaneGroupReading]) -> dict[str, Any]:
    """Sums over an approach's lane groups; `known` only when each of them is, the age is the oldest one's."""
    ages = [r.age_s for r in readings if r.age_s is not None]
    return {
        "known": bool(readings) and all(r.known for r in readings),
        "age_s": _rounded(max(ages)) if len(ages) == len(readings) and ages else None,
        "queue_veh": sum(r.queue_veh for r in readings),
        "queue_pcu": round(sum(r.queue_pcu for r in readings), 2),
        "queue_m": round(max((r.queue_m for r in readings), default=0.0), 1),
        "present_veh": sum(sum(r.present_veh) for r in readings),
    }


def _camera(state: JunctionState, now_s: float) -> dict[str, Any]:
    if state.camera is None:
        return {"state": str(CameraState.LOST), "age_s": None}
    return {"state": str(state.camera[0]), "age_s": _rounded(max(0.0, now_s - state.camera[1]))}


def override_document(state: JunctionState, now_s: float) -> dict[str, Any] | None:
    """What an operator asked of the junction, and how long it still counts."""
    override = state.override
    if override is None:
        return None
    return {
        "kind": override.kind,
        "stage_id": override.stage_id,
        "plan_id": override.plan_id,
        "until_at": override.until_at,
        "left_s": round(max(0.0, override.until_at - now_s), 1),
        "reason": override.reason,
    }


def corridor_document(state: JunctionState, now_s: float) -> dict[str, Any] | None:
    """The junction's part of the next green corridor, or of the one that is on, with its countdowns."""
    passage = next((passage for passage in state.passages if now_s < passage.at.until_at), None)
    if passage is None:
        return None
    return {"id": passage.corridor_id, "reason": passage.reason, **passage_document(passage.at, now_s)}


def _approach_of(site: Site, group_id: str) -> str | None:
    """The approach whose vehicles obey that group; None where it is not exactly one (pedestrians)."""
    found = {m.from_approach for m in site.layout.movements if m.group_id == group_id}
    return found.pop() if len(found) == 1 else None


def _rounded(value: float | None) -> float | None:
    return round(value, 2) if value is not None and math.isfinite(value) else None
