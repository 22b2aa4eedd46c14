"""Request and response bodies at the HTTP edge: nothing extra, finite numbers, bounded sizes.

Inside, the frozen types of `junction` carry the same fields.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.mode import Cause, Mode
from junction.signals import Lamp, SignalState
from junction.vehicle import VehicleClass

CONTROL_SCHEMA: Literal["chauraha.control/1"] = "chauraha.control/1"
STATUS_SCHEMA: Literal["chauraha.status/1"] = "chauraha.status/1"
EVENTS_SCHEMA: Literal["chauraha.events/1"] = "chauraha.events/1"
MAX_EVENTS = 1_000
"""In one batch."""
MAX_OVERRIDE_S = 3600.0

Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
UnixTime = Annotated[float, Field(strict=True, ge=0, le=1e11)]
Seconds = Annotated[float, Field(strict=True, ge=-3600, le=1e9)]
StrictBool = Annotated[bool, Field(strict=True)]
Number = Annotated[int, Field(strict=True, ge=0, le=100_000)]
ByClass = Annotated[dict[VehicleClass, Number], Field(max_length=len(VehicleClass))]


def example(**fields: Any) -> ConfigDict:
    """The configuration that puts an example into a body's schema."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class Body(BaseModel):
    """Base of every body: unknown fields and NaN are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)


class LaneGroupBody(Body):
    lane_group_id: Id
    seen: StrictBool
    crossed: ByClass = Field(default_factory=dict)
    present: ByClass = Field(default_factory=dict)
    queue_veh: Number = 0
    queue_pcu: Annotated[float, Field(strict=True, ge=0, le=100_000)] = 0.0
    queue_m: Annotated[float, Field(strict=True, ge=0, le=100_000)] = 0.0


class QualityBody(Body):
    frames_seen: Annotated[int, Field(strict=True, ge=0, le=10_000_000)] = 0
    frames_lost: Annotated[int, Field(strict=True, ge=0, le=10_000_000)] = 0
    mean_confidence: Annotated[float, Field(strict=True, ge=0, le=1)] | None = None


class CountsBody(Body):
    """One camera's report for one interval (`junction.counts.CountRecord`)."""

    model_config = example(
        schema="chauraha.counts/1",
        camera_id="rawatpur-1",
        boot_id="9d1e",
        n=1,
        junction_id="rawatpur",
        begin_at=1795346296.0,
        end_at=1795346297.0,
        state="ok",
        origin="measured",
        lane_groups=[
            {
                "lane_group_id": "deoki_a",
                "seen": True,
                "crossed": {"car": 2},
                "present": {"two_wheeler": 6, "car": 4},
                "queue_veh": 5,
                "queue_pcu": 3.2,
                "queue_m": 20.0,
            }
        ],
        lines={"stop": {"a": {"car": 2}}},
    )

    schema_: Literal["chauraha.counts/1"] = Field(default="chauraha.counts/1", alias="schema")
    camera_id: Id
    boot_id: Id
    n: Annotated[int, Field(strict=True, ge=0, le=2**53)]
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

    def check(self, layout: JunctionLayout) -> None:
        """Raises InputError when these signals are not that junction's."""
        if self.stage not in layout.stage_index:
            raise InputError("signals.stage", expected=f"one of {sorted(layout.stage_index)}", got=self.stage)
        if self.groups.keys() != layout.group_index.keys():
            expected = f"an entry for each of {sorted(layout.group_index)}"
            raise InputError("signals.groups", expected=expected, got=sorted(self.groups))

    def to_state(self, layout: JunctionLayout, now_ds: int) -> SignalState:
        """The lamps on the receiver's clock; of signals that were checked."""
        entries = [self.groups[group.id] for group in layout.groups]
        return SignalState(
            now_ds=now_ds,
            lamps=tuple([entry.lamp for entry in entries]),
            since_ds=tuple([now_ds - round(entry.lamp_s * 10) for entry in entries]),
            green_end_ds=tuple([now_ds - round(entry.green_ended_s * 10) for entry in entries]),
            stage=layout.stage_index[self.stage],
            stage_since_ds=now_ds - round(self.stage_elapsed_s * 10),
            in_transition=self.in_transition,
        )


class FaultBody(Body):
    kind: Literal["power", "lamp", "detector", "door", "comms"]
    detail: Annotated[str, Field(max_length=200)] = ""


class StatusBody(Body):
    """What a field controller reports, every second."""

    model_config = example(
        schema="chauraha.status/1",
        boot_id="2f6c",
        at=1795346297.6,
        seq_seen=1795346296,
        rung=0,
        mode="ai",
        cause="as_planned",
        clock_err_ms=12.0,
        faults=[{"kind": "door", "detail": "open"}],
        signals={
            "stage": "A",
            "stage_elapsed_s": 9.4,
            "in_transition": False,
            "groups": {"deoki_a": {"lamp": "G", "lamp_s": 9.4, "green_ended_s": 71.0}},
        },
    )

    schema_: Literal["chauraha.status/1"] = Field(default=STATUS_SCHEMA, alias="schema")
    boot_id: Id
    at: UnixTime
    seq_seen: Annotated[int, Field(strict=True, ge=0, le=2**53)]
    rung: Annotated[int, Field(strict=True, ge=0, le=4)]
    mode: Mode
    cause: Cause
    plan_running: Id | None = None
    clock_err_ms: Annotated[float, Field(strict=True, ge=-1e13, le=1e13)] | None = None
    faults: Annotated[list[FaultBody], Field(max_length=16)] = Field(default_factory=list)
    manual: StrictBool = False
    signals: SignalsBody
    reasons: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=16)] = Field(default_factory=list)


class OverrideBody(Body):
    """An operator's wish for one junction, for a time."""

    model_config = example(kind="stage", stage_id="B", ttl_s=60.0, reason="ambulance from Gol Chauraha")

    kind: Literal["hold", "stage", "plan", "release"]
    stage_id: Id | None = None
    plan_id: Id | None = None
    ttl_s: Annotated[float, Field(strict=True, gt=0, le=MAX_OVERRIDE_S)] | None = None
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


class ReasonBody(Body):
    """Why a policy is changed; it goes into the audit."""

    model_config = example(reason="agrees with today's, less delay in the rehearsal")

    reason: Annotated[str, Field(min_length=3, max_length=300)]


class ActionBody(Body):
    """What was done about an alarm."""

    model_config = example(text="constable sent; the power company knows")

    text: Annotated[str, Field(min_length=3, max_length=500)]


class ClockBody(Body):
    """Where to move a driven clock."""

    model_config = example(time_at=1767583801.0)

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

    model_config = example(
        schema="chauraha.control/1",
        junction_id="rawatpur",
        seq=1795346297,
        mode="ai",
        cause="as_planned",
        plan_id=None,
        stage={
            "id": "A",
            "started_at": 1795346288.2,
            "min_end_at": 1795346304.2,
            "max_end_at": 1795346313.2,
            "likely_end_at": None,
            "next": None,
        },
        issued_at=1795346297.0,
        lease_s=30.0,
        valid_until=1795346327.0,
        site_hash="84df712013190720",
        key_id="68b741762d504cf5",
        sig="deADFIvOmqPqCkd0g0hl6nJzdqMcyvZ0Nq7pFzCJPYcJ0P3m8yJYl4X3Q0i8Q0M3mQy2u2b5b1x9d8H0ZzqLBQ==",
    )

    schema_: Literal["chauraha.control/1"] = Field(alias="schema")
    junction_id: Id
    seq: Annotated[int, Field(strict=True, ge=0, le=2**53)]
    mode: Mode
    cause: Cause
    plan_id: Id | None
    stage: StageBody
    issued_at: UnixTime
    lease_s: Annotated[float, Field(strict=True, gt=0, le=120)]
    valid_until: UnixTime
    site_hash: Id
    key_id: Id
    sig: Annotated[str, Field(max_length=200)]
