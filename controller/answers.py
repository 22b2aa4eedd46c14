"""Shapes of the answers, for the OpenAPI document. Handlers write JSON themselves; tests hold them to these.

An answer may gain fields within a version of the API: a client ignores what it does not know.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from controller.schemas import StatusBody
from junction.mode import Cause, Mode

KEY_ID = "68b741762d504cf5"
SIG = "deADFIvOmqPqCkd0g0hl6nJzdqMcyvZ0Nq7pFzCJPYcJ0P3m8yJYl4X3Q0i8Q0M3mQy2u2b5b1x9d8H0ZzqLBQ=="
AT = 1795346297.0
STAMP = {"seq": 1795346297, "issued_at": AT, "valid_until": AT + 300, "key_id": KEY_ID, "sig": SIG}


def example_of(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="ignore", json_schema_extra={"examples": [fields]})


class Answer(BaseModel):
    """Base of every answer."""

    # Nothing is validated by it while the service runs: it is built when the OpenAPI document is.
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, defer_build=True)


class Stamped(Answer):
    """What every signed document carries; see docs/timing-api.md for how to check it."""

    seq: int
    issued_at: float
    valid_until: float
    key_id: str
    sig: str


class HealthAnswer(Answer):
    model_config = example_of(ok=True)

    ok: Literal[True]


class Named(Answer):
    id: str


class PublicKey(Answer):
    key_id: str
    algorithm: Literal["Ed25519"]
    public_key: str
    from_at: int


class SigningKeysAnswer(Stamped):
    """`chauraha.keys/1`: the key that signs comes first."""

    model_config = example_of(
        schema="chauraha.keys/1",
        keys=[
            {
                "key_id": KEY_ID,
                "algorithm": "Ed25519",
                "public_key": "ZY8XZYg7flGmcDqO9tYDAsWqp5F183qnCFegDyUkrD8=",
                "from_at": 0,
            }
        ],
        **STAMP,
    )

    schema_: Literal["chauraha.keys/1"] = Field(alias="schema")
    keys: list[PublicKey]


class ClockAnswer(Answer):
    model_config = example_of(time_at=1767583801.0, decided=1)

    time_at: float
    decided: int


class SiteAnswer(Stamped):
    """`chauraha.site/1`: everything a controller needs to run without the service."""

    model_config = example_of(
        schema="chauraha.site/1",
        junction_id="rawatpur",
        site_hash="84df712013190720",
        layout={"id": "rawatpur", "approaches": [], "groups": [], "stages": [], "conflicts": [], "intergreen_s": []},
        plans=[{"id": "rawatpur.today", "cycle_s": 120, "offset_s": 0, "origin": "today", "stages": []}],
        table=[{"from_s": 0, "plan_id": "rawatpur.today", "weekdays": [0, 1, 2, 3, 4, 5, 6]}],
        isolated_plan_id="rawatpur.today",
        backup_time_s=30.0,
        timezone="Asia/Kolkata",
        **STAMP,
    )

    schema_: Literal["chauraha.site/1"] = Field(alias="schema")
    junction_id: str
    site_hash: str
    layout: dict[str, Any]
    plans: list[dict[str, Any]]
    table: list[dict[str, Any]]
    isolated_plan_id: str
    backup_time_s: float
    timezone: str
    special_days: list[dict[str, Any]] = []
    """Dates and festivals with tables of their own; absent where there are none."""


class PlanStageAnswer(Named):
    groups: list[str]
    change_at_s: float
    intergreen_s: float
    green_s: float
    min_s: float
    max_s: float


class PlanAnswer(Stamped):
    """`chauraha.plan/1`: one fixed plan with its times worked out."""

    model_config = example_of(
        schema="chauraha.plan/1",
        junction_id="rawatpur",
        plan_id="rawatpur.today",
        origin="today",
        cycle_s=60,
        offset_s=0.0,
        stages=[
            {
                "id": "A",
                "groups": ["deoki_a"],
                "change_at_s": 0.0,
                "intergreen_s": 5.0,
                "green_s": 55.0,
                "min_s": 7.0,
                "max_s": 60.0,
            }
        ],
        site_hash="84df712013190720",
        **STAMP,
    )

    schema_: Literal["chauraha.plan/1"] = Field(alias="schema")
    junction_id: str
    plan_id: str
    origin: str
    cycle_s: float
    offset_s: float
    stages: list[PlanStageAnswer]
    site_hash: str


class StatusAnswer(Answer):
    model_config = example_of(
        junction_id="rawatpur",
        age_s=None,
        report=None,
        override={
            "kind": "stage",
            "stage_id": "B",
            "plan_id": None,
            "until_at": AT + 60,
            "left_s": 60.0,
            "reason": "procession",
        },
        corridor=None,
    )

    junction_id: str
    age_s: float | None
    report: StatusBody | None
    override: dict[str, Any] | None
    corridor: dict[str, Any] | None


class ReportTakenAnswer(Answer):
    model_config = example_of(accepted=True)

    accepted: Literal[True]


class ObservationAnswer(Answer):
    """The readings by lane group, and the rows that the policy would be given."""

    model_config = example_of(
        junction_id="rawatpur", at=AT, known_share=1.0, lane_groups={}, signals_known=True, encoding={}
    )

    junction_id: str
    at: float
    known_share: float
    lane_groups: dict[str, Any]
    signals_known: bool
    encoding: dict[str, Any]


class StageReasonsAnswer(Answer):
    stage_id: str
    score: float
    above_mean: float
    when_empty: float
    by_lane_group: dict[str, float]


class DriverAnswer(Answer):
    lane_group_id: str
    movements: list[str]
    part: float


class Decision(Answer):
    at: float
    policy: str
    stage_id: str
    runner_up: str | None
    stages: list[StageReasonsAnswer]
    drivers: list[DriverAnswer]


class DecisionAnswer(Answer):
    """What the policy last chose and what drove it; null while no policy decides. `stage_id` is what is commanded."""

    model_config = example_of(
        junction_id="rawatpur",
        mode="ai",
        cause="as_planned",
        stage_id="A",
        decision={
            "at": AT,
            "policy": "kanpur",
            "stage_id": "A",
            "runner_up": "B",
            "stages": [
                {
                    "stage_id": "A",
                    "score": 2.1,
                    "above_mean": 0.8,
                    "when_empty": -0.1,
                    "by_lane_group": {"deoki_a": 0.7, "gt_w": -0.2},
                },
                {
                    "stage_id": "B",
                    "score": 0.5,
                    "above_mean": -0.8,
                    "when_empty": 0.1,
                    "by_lane_group": {"deoki_a": -0.7, "gt_w": 0.2},
                },
            ],
            "drivers": [
                {"lane_group_id": "deoki_a", "movements": ["deoki_straight", "deoki_left"], "part": 1.4},
                {"lane_group_id": "gt_w", "movements": ["gt_w_straight"], "part": -0.4},
            ],
        },
    )

    junction_id: str
    mode: Mode
    cause: Cause
    stage_id: str | None
    decision: Decision | None


class CountsTakenAnswer(Answer):
    """`still_asked`: the camera is to bring one picture."""

    model_config = example_of(accepted=True, duplicate=False)

    accepted: bool
    duplicate: bool
    still_asked: bool = False


class CountsAnswer(Answer):
    """`totals` by line, direction and class."""

    model_config = example_of(junction_id="rawatpur", records=[], totals={"stop": {"a": {"car": 2}}}, lane_groups={})

    junction_id: str
    records: list[dict[str, Any]]
    totals: dict[str, dict[str, dict[str, int]]]
    lane_groups: dict[str, Any]


class OverrideAnswer(Answer):
    model_config = example_of(
        junction_id="rawatpur",
        kind="stage",
        stage_id="B",
        plan_id=None,
        from_at=AT,
        until_at=AT + 60,
        reason="ambulance from Gol Chauraha",
    )

    junction_id: str
    kind: str
    stage_id: str | None
    plan_id: str | None
    from_at: float
    until_at: float
    reason: str


class HistoryAnswer(Answer):
    """Newest first."""

    model_config = example_of(
        junction_id="rawatpur",
        mode_changes=[{"at": AT, "mode": "ai", "cause": "as_planned", "detail": ""}],
        overrides=[],
    )

    junction_id: str
    mode_changes: list[dict[str, Any]]
    overrides: list[dict[str, Any]]


class FieldError(Answer):
    field: str
    expected: str
    got: str


class Problem(Answer):
    """RFC 9457. `errors` names each field, what was expected and what came."""

    model_config = example_of(
        type="about:blank",
        title="Unprocessable Entity",
        status=422,
        detail="ttl_s: expected Input should be greater than 0, got -1",
        errors=[{"field": "ttl_s", "expected": "Input should be greater than 0", "got": "-1"}],
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError]
