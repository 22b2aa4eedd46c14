"""Shapes of the answers that show the whole city: what it has, its state now, and what anyone may know of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from controller.alarms.alarm import AlarmKind
from controller.answers import AT, Answer, Named, example_of
from controller.public_state import PublicState
from junction.mode import Cause, Mode


class CityPolicy(Answer):
    cause: Cause | None
    detail: str


class CityJunction(Named):
    name_en: str
    name_hi: str
    lat: float
    lon: float
    thana: str
    basis: str
    approaches: list[dict[str, Any]]
    lane_groups: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    stages: list[dict[str, Any]]
    plans: list[str]


class ThanaName(Answer):
    name_hi: str
    basis: str


class NamedDay(Named):
    """`dates` are local ones; `basis` is null for a festival of the signals' calendar."""

    name_en: str
    name_hi: str
    basis: str | None
    dates: list[str]


class CityAnswer(Answer):
    """`chauraha.city/1`. `map` is GeoJSON; `thanas` has the Hindi name of those that have one."""

    model_config = example_of(
        schema="chauraha.city/1",
        name_en="Kanpur",
        name_hi="कानपुर",
        day_start_at=1767551400.0,
        clock="system",
        policy={"cause": None, "detail": "policy.onnx"},
        map={"type": "FeatureCollection", "features": []},
        corridors={"GT Road": ["rawatpur"]},
        thanas={"Kakadeo": {"name_hi": "काकादेव", "basis": "memory"}},
        days=[
            {
                "id": "diwali",
                "name_en": "Diwali",
                "name_hi": "दीपावली",
                "basis": "memory",
                "dates": ["2025-10-20", "2026-11-08"],
            }
        ],
        junctions=[
            {
                "id": "rawatpur",
                "name_en": "Rawatpur",
                "name_hi": "रावतपुर",
                "lat": 26.476,
                "lon": 80.304,
                "thana": "Kakadeo",
                "basis": "approx",
                "approaches": [{"id": "deoki", "name_en": "Deoki", "name_hi": "देवकी", "bearing_deg": 220.0}],
                "lane_groups": [{"id": "deoki_a", "approach_id": "deoki"}],
                "groups": [{"id": "deoki_a", "approach_id": "deoki", "kind": "vehicle"}],
                "stages": [{"id": "A", "name": "Deoki", "group_ids": ["deoki_a"]}],
                "plans": ["rawatpur.today"],
            }
        ],
    )

    schema_: Literal["chauraha.city/1"] = Field(alias="schema")
    name_en: str
    name_hi: str
    day_start_at: float
    clock: Literal["system", "driven"]
    policy: CityPolicy
    map: dict[str, Any]
    corridors: dict[str, Any]
    thanas: dict[str, ThanaName]
    days: list[NamedDay]
    junctions: list[CityJunction]


class ApproachState(Answer):
    known: bool
    age_s: float | None
    queue_veh: float
    queue_pcu: float
    queue_m: float
    present_veh: float


class JunctionState(Answer):
    mode: Mode
    cause: Cause
    since_at: float
    rung: Annotated[int, Field(ge=0, le=4)] | None
    reported_age_s: float | None
    stage: dict[str, Any] | None
    lamps: dict[str, str]
    approaches: dict[str, ApproachState]
    delay_s_pcu: float | None
    los: str | None
    throughput_pcu_h: float | None
    camera: dict[str, Any]
    scores: dict[str, float] | None
    override: dict[str, Any] | None
    corridor: dict[str, Any] | None
    """The next green corridor through the junction, or the one that is on."""
    crossings: list[dict[str, Any]]
    reasons: list[str]


class OpenAlarm(Answer):
    id: str
    junction_id: str
    kind: AlarmKind
    cause: str
    detail: str
    since_at: float
    acknowledged_at: float | None
    acknowledged_by: str | None


class StateAnswer(Answer):
    """`chauraha.state/1`. Alarms: the gravest first. Figures carry their age; null is "not known", never "none"."""

    model_config = example_of(
        schema="chauraha.state/1",
        at=AT,
        origin="measured",
        alarms=[],
        junctions={
            "rawatpur": {
                "mode": "ai",
                "cause": "as_planned",
                "since_at": AT - 60,
                "rung": 0,
                "reported_age_s": 0.4,
                "stage": {"id": "A", "name": "Deoki", "elapsed_s": 9.4},
                "lamps": {"deoki_a": "G"},
                "approaches": {
                    "deoki": {
                        "known": True,
                        "age_s": 1.0,
                        "queue_veh": 5,
                        "queue_pcu": 3.2,
                        "queue_m": 20.0,
                        "present_veh": 10,
                    }
                },
                "delay_s_pcu": 31.0,
                "los": "B",
                "throughput_pcu_h": 1440.0,
                "camera": {"state": "ok", "age_s": 1.0},
                "scores": {"A": 0.7, "B": 0.3},
                "override": None,
                "corridor": None,
                "crossings": [],
                "reasons": [],
            }
        },
    )

    schema_: Literal["chauraha.state/1"] = Field(alias="schema")
    at: float
    origin: Literal["measured", "simulated"]
    alarms: list[OpenAlarm]
    junctions: dict[str, JunctionState]


class PublicJunction(Named):
    name_en: str
    name_hi: str
    lat: float
    lon: float
    state: PublicState
    los: str | None


class PublicAnswer(Answer):
    """`chauraha.public/1`. `los` is the level of service of the last five minutes, null where nobody saw."""

    model_config = example_of(
        schema="chauraha.public/1",
        at=AT,
        origin="measured",
        name_en="Kanpur",
        name_hi="कानपुर",
        junctions=[
            {
                "id": "rawatpur",
                "name_en": "Rawatpur",
                "name_hi": "रावतपुर",
                "lat": 26.476,
                "lon": 80.304,
                "state": "working",
                "los": "B",
            }
        ],
    )

    schema_: Literal["chauraha.public/1"] = Field(alias="schema")
    at: float
    origin: Literal["measured", "simulated"]
    name_en: str
    name_hi: str
    junctions: list[PublicJunction]
