"""A crossroads made by hand, and situations on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from junction.layout import (
    Approach,
    JunctionLayout,
    LaneGroup,
    Movement,
    SignalGroup,
    Stage,
    Turn,
    conflict_pairs,
)
from junction.observation import LaneGroupReading, Observation
from junction.policy import Situation
from junction.signals import Lamp, SignalState

ARMS = ("e", "n", "s", "w")


def cross_layout(*, shared_right: bool = False) -> JunctionLayout:
    """Four arms, stages NS and EW; with `shared_right`, north's right turn has its own group and stage R."""
    groups = [*ARMS, *(["nr"] if shared_right else [])]
    stages = {"NS": ("n", "s"), "EW": ("e", "w")}
    if shared_right:
        stages["R"] = ("nr",)
    together = {frozenset(p) for p in (("n", "s"), ("e", "w"))}
    conflicts = conflict_pairs((a, b) for a in groups for b in groups if a < b and frozenset((a, b)) not in together)
    movements = [
        Movement(id=f"{a}.s", from_approach=a, to_approach=a, turn=Turn.STRAIGHT, lane_group_id=f"{a}.lg", group_id=a)
        for a in ARMS
    ]
    if shared_right:
        movements.append(
            Movement(id="n.r", from_approach="n", to_approach="w", turn=Turn.RIGHT, lane_group_id="n.lg", group_id="nr")
        )
    return JunctionLayout(
        id="cross",
        name_en="Cross",
        name_hi="चौराहा",
        lat=26.4,
        lon=80.3,
        thana="Test",
        approaches=tuple(
            Approach(id=a, name_en=a, name_hi=a, bearing_deg=b, speed_kmh=30.0, width_m=7.0)
            for a, b in zip(ARMS, (90.0, 0.0, 180.0, 270.0), strict=True)
        ),
        lane_groups=tuple(
            LaneGroup(id=f"{a}.lg", approach_id=a, width_m=7.0, storage_m=120.0, saturation_flow_pcu_h=1800.0)
            for a in ARMS
        ),
        movements=tuple(movements),
        groups=tuple(
            SignalGroup(id=g, min_green_s=7.0, max_green_s=60.0, max_red_s=120.0, amber_s=3.0) for g in groups
        ),
        stages=tuple(Stage(id=i, name=i, group_ids=ids) for i, ids in stages.items()),
        conflicts=conflicts,
        intergreen_s={pair: 5.0 for a, b in conflicts for pair in ((a, b), (b, a))},
        all_red_s=2.0,
    )


def situation(
    layout: JunctionLayout,
    *,
    queue_pcu: Mapping[str, float] | None = None,
    unseen: Sequence[str] = (),
    allowed: Sequence[bool] | None = None,
    red_s: Mapping[str, float] | None = None,
) -> Situation:
    """The first stage is green since 20 s, the others red for `red_s` (default 25 s) by group."""
    now_ds = 10_000
    green = layout.stage_groups[0]
    ended = tuple(now_ds - round(10 * (red_s or {}).get(g.id, 25.0)) for g in layout.groups)
    signals = SignalState(
        now_ds=now_ds,
        lamps=tuple(Lamp.GREEN if i in green else Lamp.RED for i in range(len(layout.groups))),
        since_ds=tuple(now_ds - 200 if i in green else ended[i] for i in range(len(layout.groups))),
        green_end_ds=ended,
        stage=0,
        stage_since_ds=now_ds - 200,
        in_transition=False,
    )
    readings = tuple(
        LaneGroupReading(lane_group_id=g.id, age_s=None)
        if g.id in unseen
        else LaneGroupReading(lane_group_id=g.id, age_s=1.0, queue_pcu=(queue_pcu or {}).get(g.id, 0.0))
        for g in layout.lane_groups
    )
    return Situation(
        layout=layout,
        observation=Observation(junction_id=layout.id, time_s=1000.0, readings=readings, signals=signals),
        allowed=np.array([True] * len(layout.stages) if allowed is None else allowed),
    )
