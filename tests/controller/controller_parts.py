"""Hand-made junctions, messages and policies for the service's and the field controller's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.app import create_app
from controller.control import control_document
from controller.field.controller import FieldController
from controller.field.heads import FakeSignalHeads
from controller.policy_runtime import LoadedPolicy
from controller.service import Service
from controller.settings import Settings
from controller.signing import Signer
from junction.layout import Approach, JunctionLayout, LaneGroup, Movement, SignalGroup, Stage, Turn, conflict_pairs
from junction.mode import Cause, Mode
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.policy import Proposal, Situation
from junction.signals import Lamp, SignalState, state_to_document
from junction.site import Site
from scenarios.model import Scenario

DAY_AT = 1_767_551_400.0
"""2026-01-05 00:00 in Kolkata, a Monday."""
NINE_AT = DAY_AT + 9 * 3600
ARMS = ("n", "e", "s", "w")
OPPOSITE = {"n": "s", "s": "n", "e": "w", "w": "e"}


def make_layout(junction_id: str = "J1") -> JunctionLayout:
    """Four arms, two stages: `ns` and `ew`. Amber 3 s, all-red 2 s, green 7 to 60 s, red at most 120 s."""
    pairs = [(a, b) for a in ("n", "s") for b in ("e", "w")]
    return JunctionLayout(
        id=junction_id,
        name_en="Test Crossing",
        name_hi="परीक्षा चौराहा",
        lat=26.45,
        lon=80.33,
        thana="Test",
        approaches=tuple(
            Approach(id=arm, name_en=arm, name_hi=arm, bearing_deg=90.0 * i, speed_kmh=40, width_m=7)
            for i, arm in enumerate(ARMS)
        ),
        lane_groups=tuple(
            LaneGroup(id=f"{arm}1", approach_id=arm, width_m=7, storage_m=120, saturation_flow_pcu_h=3600)
            for arm in ARMS
        ),
        movements=tuple(
            Movement(
                id=f"{arm}_straight",
                from_approach=arm,
                to_approach=OPPOSITE[arm],
                turn=Turn.STRAIGHT,
                lane_group_id=f"{arm}1",
                group_id=arm,
            )
            for arm in ARMS
        ),
        groups=tuple(SignalGroup(id=arm, min_green_s=7, max_green_s=60, max_red_s=120, amber_s=3) for arm in ARMS),
        stages=(
            Stage(id="ns", name="North and south", group_ids=("n", "s")),
            Stage(id="ew", name="East and west", group_ids=("e", "w")),
        ),
        conflicts=conflict_pairs(pairs),
        intergreen_s={order: 5.0 for a, b in pairs for order in ((a, b), (b, a))},
        all_red_s=2,
    )


def make_plan(plan_id: str, green_s: float, offset_s: float = 0.0) -> Plan:
    """Both stages with the same green; 5 s to change each way."""
    stages = (PlanStage(stage_id="ns", green_s=green_s), PlanStage(stage_id="ew", green_s=green_s))
    return Plan(id=plan_id, cycle_s=2 * green_s + 10, offset_s=offset_s, stages=stages, origin=PlanOrigin.TODAY)


def make_site(junction_id: str = "J1") -> Site:
    """Plan `today` (cycle 60 s) until noon, `noon` (cycle 50 s) after it; isolated `noon`. Lease 30 s."""
    plans = {p.id: p for p in (make_plan(f"{junction_id}.today", 25), make_plan(f"{junction_id}.noon", 20))}
    return Site(
        layout=make_layout(junction_id),
        plans=plans,
        table=TimeOfDayTable(
            entries=(
                TableEntry(from_s=0, plan_id=f"{junction_id}.today"),
                TableEntry(from_s=43_200, plan_id=f"{junction_id}.noon"),
            )
        ),
        isolated_plan_id=f"{junction_id}.noon",
    )


def make_scenario(folder: Path, ids: Sequence[str] = ("J1", "J2")) -> Scenario:
    return Scenario(
        name="hand",
        name_en="Hand-made",
        name_hi="हस्तनिर्मित",
        folder=folder,
        day_start_at=DAY_AT,
        sites={key: make_site(key) for key in ids},
        corridors={"Main": tuple(ids)},
        map_geojson={"type": "FeatureCollection", "features": []},
        policy_file=folder / "policy.onnx",
    )


class FixedChoice:
    """A policy that wants one stage (None: the one that is allowed and does not run), with given scores."""

    name = "choice"

    def __init__(self, stage_id: str = "ew", score: float = 1.0, interval_s: float = 5.0) -> None:
        self.stage_id, self.score, self.interval_s = stage_id, score, interval_s
        self.asked: list[list[Situation]] = []

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:
        self.asked.clear()

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        self.asked.append(list(situations))
        return [Proposal(stage_id=self.stage_id, scores=(self.score,) * len(s.layout.stages)) for s in situations]


def loaded(policy: Any) -> LoadedPolicy:
    return LoadedPolicy(policy=policy, cause=None, detail="test")


class Rig:
    """A service on a driven clock, its HTTP client, and messages for it."""

    def __init__(self, service: Service, http: httpx.AsyncClient) -> None:
        self.service, self.http = service, http
        self.n = 0

    @property
    def now_s(self) -> float:
        return self.service.clock.now_s()

    async def drive(self, seconds: float) -> None:
        answer = await self.http.post("/v1/twin/clock", json={"time_at": self.now_s + seconds})
        assert answer.status_code == 200, answer.text

    async def send_counts(self, junction_id: str = "J1", **changes: Any) -> dict[str, Any]:
        self.n += 1
        answer = await self.http.post(
            f"/v1/junctions/{junction_id}/counts", json=counts_body(junction_id, self.n, self.now_s, **changes)
        )
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def send_status(self, junction_id: str = "J1", **changes: Any) -> dict[str, Any]:
        answer = await self.http.post(
            f"/v1/junctions/{junction_id}/control", json=status_body(junction_id, at=self.now_s, **changes)
        )
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def live(self, seconds: int, junction_id: str = "J1", counts: bool = True, **status: Any) -> None:
        """Whole seconds with a report, and counts, in each."""
        for _ in range(seconds):
            await self.send_status(junction_id, **status)
            if counts:
                await self.send_counts(junction_id)
            await self.drive(1)

    async def control(self, junction_id: str = "J1") -> dict[str, Any]:
        document: dict[str, Any] = (await self.http.get(f"/v1/junctions/{junction_id}/control")).json()
        return document

    async def shown(self, junction_id: str = "J1") -> tuple[str, str]:
        document = await self.control(junction_id)
        return document["mode"], document["cause"]


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    policy: Any = None,
    start_s: float = NINE_AT,
    scenario: Scenario | None = None,
    **settings: Any,
) -> AsyncIterator[Rig]:
    """A service in `folder` on a driven clock that stands at `start_s`."""
    made = Settings.model_validate({"data": folder / "data", "clock": "driven", "access": "open", **settings})
    app = create_app(made, scenario or make_scenario(folder), loaded(policy) if policy is not None else None)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        rig = Rig(app.state.service, http)
        if rig.now_s < start_s:
            await rig.drive(start_s - rig.now_s)
        yield rig


def counts_body(junction_id: str, n: int, end_at: float, **changes: Any) -> dict[str, Any]:
    """A camera that sees every lane group: four cars in view, three of them queued."""
    group = {
        "seen": True,
        "crossed": {"car": 1},
        "present": {"car": 4},
        "queue_veh": 3,
        "queue_pcu": 3.0,
        "queue_m": 20.0,
    }
    body = {
        "schema": "chauraha.counts/1",
        "camera_id": f"{junction_id}-cam",
        "boot_id": "boot",
        "n": n,
        "junction_id": junction_id,
        "begin_at": end_at - 1,
        "end_at": end_at,
        "state": "ok",
        "lane_groups": [{"lane_group_id": f"{arm}1", **group} for arm in ARMS],
        "lines": {"stop": {"a": {"car": 2}}},
    }
    return {**body, **changes}


def green_state(stage: int, elapsed_s: float, now_ds: int = 0) -> SignalState:
    """That stage green for so long; the other one ended 5 s before."""
    since_ds = now_ds - round(elapsed_s * 10)
    green = {0: (0, 2), 1: (1, 3)}[stage]
    return SignalState(
        now_ds=now_ds,
        lamps=tuple(Lamp.GREEN if g in green else Lamp.RED for g in range(4)),
        since_ds=tuple(since_ds if g in green else since_ds - 20 for g in range(4)),
        green_end_ds=tuple(since_ds - 600 if g in green else since_ds - 50 for g in range(4)),
        stage=stage,
        stage_since_ds=since_ds,
        in_transition=False,
    )


def status_body(
    junction_id: str, *, at: float, stage: int = 0, elapsed_s: float = 12.0, **changes: Any
) -> dict[str, Any]:
    body = {
        "schema": "chauraha.status/1",
        "boot_id": "field-boot",
        "at": at,
        "seq_seen": 0,
        "rung": 0,
        "mode": "ai",
        "cause": "as_planned",
        "plan_running": None,
        "clock_err_ms": 12.0,
        "faults": [],
        "manual": False,
        "signals": state_to_document(make_layout(junction_id), green_state(stage, elapsed_s)),
        "reasons": [],
    }
    return {**body, **changes}


class FieldRig:
    """A field controller on clocks that the test moves, ten ticks a second, and a server key to command it with."""

    def __init__(self, *, start_s: float = 1_000.0, wall_s: float = NINE_AT, site: Site | None = None) -> None:
        self.site = site or make_site()
        self.signer = Signer(Ed25519PrivateKey.generate())
        self.heads = FakeSignalHeads(self.site.layout)
        self.now_s, self.wall_s, self.seq = start_s, wall_s, 0
        self.samples: list[tuple[float, str]] = []
        self.controller = FieldController(
            self.site, self.heads, "boot", public_keys={self.signer.key_id: self.signer.public_key}, now_s=start_s
        )

    def run(self, seconds: float, *, command: Mapping[str, Any] | None = None, step_s: float = 0.1) -> None:
        """Ticks on; with `command` a good poll comes every second."""
        steps = round(seconds / step_s)
        for step in range(steps):
            if command is not None and step % max(1, round(1 / step_s)) == 0:
                assert self.send(**command).accepted
            self.now_s = round(self.now_s + step_s, 1)
            self.wall_s += step_s
            self.controller.tick(self.now_s, self.wall_s)
            if not self.heads.flashing:
                self.samples.append((self.now_s, "".join(self.heads.lamps[a] or "r" for a in ARMS)))

    def send(self, **changes: Any) -> Any:
        return self.controller.receive(self.document(**changes), self.now_s)

    def document(
        self,
        *,
        stage_id: str = "ns",
        plan_id: str | None = None,
        mode: Mode = Mode.AI,
        issued_s: float | None = None,
        seq: int | None = None,
        signer: Signer | None = None,
        **changes: Any,
    ) -> bytes:
        """A signed control document, by default the next one for this junction, issued now."""
        self.seq += 1
        stage = {
            "id": stage_id,
            "started_at": None,
            "min_end_at": None,
            "max_end_at": None,
            "likely_end_at": None,
            "next": None,
        }
        document = control_document(
            self.site,
            seq=self.seq if seq is None else seq,
            now_s=self.wall_s if issued_s is None else issued_s,
            mode=mode,
            cause=Cause.AS_PLANNED,
            plan_id=plan_id,
            stage=stage,
        )
        return (signer or self.signer).sign({**document, **changes})

    @property
    def greens(self) -> str:
        return "".join(arm for arm in ARMS if self.heads.lamps[arm] is Lamp.GREEN)
