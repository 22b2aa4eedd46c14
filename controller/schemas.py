"""Request and response bodies at the HTTP edge: nothing extra, finite numbers, bounded sizes.

Inside, the frozen types of `junction` carry the same fields.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.mode import Cause, Mode
from junction.signals import Lamp
from junction.vehicle import VehicleClass

CONTROL_SCHEMA: Literal["chauraha.control/1"] = "chauraha.control/1"
STATUS_SCHEMA: Literal["chauraha.status/1"] = "chauraha.status/1"
MAX_OVERRIDE_S = 3600.0

Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
UnixTime = Annotated[float, Field(ge=0, le=1e11)]
Seconds = Annotated[float, Field(strict=True, ge=-3600, le=1e9)]
StrictBool = Annotated[bool, Field(strict=True)]
Number = Annotated[int, Field(ge=0, le=100_000)]
ByClass = Annotated[dict[VehicleClass, Number], Field(max_length=len(VehicleClass))]


class Body(BaseModel):
    """Base of every body: unknown fields and NaN are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)


class LaneGroupBody(Body):
    lane_group_id: Id
    seen: bool
    crossed: ByClass = Field(default_factory=dict)
    present: ByClass = Field(default_factory=dict)
    queue_veh: Number = 0
    queue_pcu: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    queue_m: Annotated[float, Field(ge=0, le=100_000)] = 0.0


class QualityBody(Body):
    frames_seen: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    frames_lost: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    mean_confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class CountsBody(Body):
    """One camera's report for one interval (`junction.counts.CountRecord`)."""

    schema_: Literal["chauraha.counts/1"] = Field(default="chauraha.counts/1", alias="schema")
    camera_id: Id
    boot_id: Id
    n: Annotated[int, Field(ge=0, le=2**53)]
    junction_id: Id
    begin_at: UnixTime
    end_at: UnixTime
    state: CameraState
    origin: Literal["measured", "simulated"] = "measured"
    lane_groups: Annotated[list[LaneGroupBody], Field(max_length=64)]
    lines: Annotated[
        dict[Id, dict[Literal["a", "b"], ByClass]],
        Field(max_length=64),
    ] = Field(default_factory=dict)
    quality: QualityBody = Field(default_factory=QualityBody)

    @model_validator(mode="after")
    def _interval_and_ids(self) -> Self:
        if not self.begin_at < self.end_at <= self.begin_at + 3600:
            raise ValueError("end_at after begin_at and at most 3600 s later")
        ids = [group.lane_group_id for group in self.lane_groups]
        if len(set(ids)) != len(ids):
            raise ValueError("lane_groups with ids that differ")
        return self

    def to_record(self) -> CountRecord:
        return CountRecord(
            camera_id=self.camera_id,
            boot_id=self.boot_id,
            n=self.n,
            junction_id=self.junction_id,
            begin_at=self.begin_at,
            end_at=self.end_at,
            state=self.state,
            origin=self.origin,
            lane_groups=tuple(
                LaneGroupCount(
                    lane_group_id=group.lane_group_id,
                    seen=group.seen,
                    crossed={str(name): number for name, number in group.crossed.items()},
                    present={str(name): number for name, number in group.present.items()},
                    queue_veh=group.queue_veh,
                    queue_pcu=group.queue_pcu,
                    queue_m=group.queue_m,
                )
                for group in self.lane_groups
            ),
            lines={
                line: {way: {str(c): n for c, n in by.items()} for way, by in ways.items()}
                for line, ways in self.lines.items()
            },
            frames_seen=self.quality.frames_seen,
            frames_lost=self.quality.frames_lost,
            mean_confidence=self.quality.mean_confidence,
        )


class GroupLampBody(Body):
    lamp: Lamp
    lamp_s: Seconds
    green_ended_s: Seconds


class SignalsBody(Body):
    stage: Id
    stage_elapsed_s: Seconds
    in_transition: StrictBool
    groups: Annotated[dict[Id, GroupLampBody], Field(min_length=1, max_length=64)]


class FaultBody(Body):
    kind: Literal["power", "lamp", "detector", "door", "comms"]
    detail: Annotated[str, Field(max_length=200)] = ""


class StatusBody(Body):
    """What a field controller reports, every second."""

    schema_: Literal["chauraha.status/1"] = Field(default=STATUS_SCHEMA, alias="schema")
    boot_id: Id
    at: UnixTime
    seq_seen: Annotated[int, Field(ge=0, le=2**53)]
    rung: Annotated[int, Field(strict=True, ge=0, le=4)]
    mode: Mode
    cause: Cause
    plan_running: Id | None = None
    clock_err_ms: Annotated[float, Field(ge=-1e13, le=1e13)] | None = None
    faults: Annotated[list[FaultBody], Field(max_length=16)] = Field(default_factory=list)
    manual: StrictBool = False
    signals: SignalsBody
    reasons: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=16)] = Field(default_factory=list)


class OverrideBody(Body):
    """An operator's wish for one junction, for a time."""

    kind: Literal["hold", "stage", "plan", "release"]
    stage_id: Id | None = None
    plan_id: Id | None = None
    ttl_s: Annotated[float, Field(gt=0, le=MAX_OVERRIDE_S)] | None = None
    reason: Annotated[str, Field(min_length=3, max_length=300)]

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind == "stage") != (self.stage_id is not None):
            raise ValueError("stage_id with kind stage, and only then")
        if (self.kind == "plan") != (self.plan_id is not None):
            raise ValueError("plan_id with kind plan, and only then")
        if (self.kind == "release") == (self.ttl_s is not None):
            raise ValueError(f"ttl_s (at most {MAX_OVERRIDE_S:g}) with every kind but release")
        return self


class ClockBody(Body):
    """Where to move a driven clock."""

    time_at: UnixTime


class StageBody(Body):
    id: Id
    started_at: UnixTime | None
    min_end_at: UnixTime | None
    max_end_at: UnixTime | None
    likely_end_at: UnixTime | None
    next: Id | None


class ControlBody(Body):
    """The control document as a field controller takes it in."""

    schema_: Literal["chauraha.control/1"] = Field(alias="schema")
    junction_id: Id
    seq: Annotated[int, Field(ge=0, le=2**53)]
    mode: Mode
    cause: Cause
    plan_id: Id | None
    stage: StageBody
    issued_at: UnixTime
    lease_s: Annotated[float, Field(gt=0, le=120)]
    valid_until: UnixTime
    site_hash: Id
    key_id: Id
    sig: Annotated[str, Field(max_length=200)]
