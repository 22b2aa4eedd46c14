"""Junction layouts for the tests: two worked by hand and a strategy for random ones."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from junction.errors import InputError
from junction.guard import Guard
from junction.layout import (
    Approach,
    GroupKind,
    JunctionLayout,
    LaneGroup,
    Movement,
    SignalGroup,
    Stage,
    Turn,
    conflict_pairs,
)

PENTAGON = {"AB": ("A", "B"), "BC": ("B", "C"), "CD": ("C", "D"), "DE": ("D", "E"), "EA": ("E", "A")}
"""Five groups, two a stage: no stages that share none serve all five."""


def make_layout(
    stages: dict[str, tuple[str, ...]],
    *,
    amber_s: float = 3.0,
    all_red_s: float = 2.0,
    min_green_s: float = 7.0,
    max_green_s: float = 60.0,
    max_red_s: float = 120.0,
    pedestrian: dict[str, float] | None = None,
    intergreen_s: dict[tuple[str, str], float] | None = None,
    at_ease: frozenset[tuple[str, str]] = frozenset(),
    saturation_flow_pcu_h: float = 1800.0,
    junction_id: str = "J1",
) -> JunctionLayout:
    """One approach, lane group and straight movement to each vehicle group; groups conflict when no stage has both.

    `pedestrian` maps a pedestrian group's id to its crossing's width in metres (walk 7 s, clearance width / 1.2).
    `at_ease` are pairs that never share a stage and yet do not conflict.
    """
    pedestrian = pedestrian or {}
    group_ids = sorted({g for ids in stages.values() for g in ids})
    vehicles = [g for g in group_ids if g not in pedestrian]
    together = {frozenset((a, b)) for ids in stages.values() for a in ids for b in ids}
    groups = tuple(
        SignalGroup(
            id=g,
            kind=GroupKind.PEDESTRIAN,
            min_green_s=7.0,
            max_green_s=max_green_s,
            max_red_s=max_red_s,
            amber_s=max(2.0, math.ceil(pedestrian[g] / 1.2 * 10) / 10),
            crossing_width_m=pedestrian[g],
        )
        if g in pedestrian
        else SignalGroup(id=g, min_green_s=min_green_s, max_green_s=max_green_s, max_red_s=max_red_s, amber_s=amber_s)
        for g in group_ids
    )
    amber = {g.id: g.amber_s for g in groups}
    conflicts = conflict_pairs(
        (a, b) for a, b in combinations(group_ids, 2) if frozenset((a, b)) not in together and (a, b) not in at_ease
    )
    gaps = {pair: amber[pair[0]] + all_red_s for a, b in conflicts for pair in ((a, b), (b, a))}
    gaps.update(intergreen_s or {})
    return JunctionLayout(
        id=junction_id,
        name_en="Test",
        name_hi="परीक्षा",
        lat=26.45,
        lon=80.33,
        thana="Test",
        approaches=tuple(
            Approach(id=g, name_en=g, name_hi=g, bearing_deg=360.0 * i / len(vehicles), speed_kmh=30.0, width_m=7.0)
            for i, g in enumerate(vehicles)
        ),
        lane_groups=tuple(
            LaneGroup(
                id=f"{g}.lg", approach_id=g, width_m=7.0, storage_m=120.0, saturation_flow_pcu_h=saturation_flow_pcu_h
            )
            for g in vehicles
        ),
        movements=tuple(
            Movement(
                id=f"{g}.s", from_approach=g, to_approach=g, turn=Turn.STRAIGHT, lane_group_id=f"{g}.lg", group_id=g
            )
            for g in vehicles
        ),
        groups=groups,
        stages=tuple(Stage(id=i, name=i, group_ids=ids) for i, ids in stages.items()),
        conflicts=conflicts,
        intergreen_s=gaps,
        all_red_s=all_red_s,
    )


def shared_lane_layout() -> JunctionLayout:
    """Stages NR, R and E; north's lane goes straight on (N) and right (R)."""
    made = make_layout({"NR": ("N", "R"), "R": ("R",), "E": ("E",)})
    movements = tuple(replace(m, lane_group_id="N.lg") if m.group_id == "R" else m for m in made.movements)
    return replace(made, movements=movements)


@st.composite
def layouts(draw: st.DrawFn) -> JunctionLayout:
    """Valid junctions of 3 to 5 arms that a guard can keep.

    Every arm has its own stage; some opposite arms share one; some crossings are walked beside a vehicle stage or in
    one of their own; some groups that share no stage do not conflict; intergreens differ by direction, in tenths.
    """
    arms = [f"V{i}" for i in range(draw(st.integers(3, 5)))]
    stages: dict[str, tuple[str, ...]] = {arm: (arm,) for arm in arms}
    for a, b in zip(arms, arms[2:], strict=False):
        if draw(st.booleans()):
            stages[f"{a}-{b}"] = (a, b)
    crossings = [f"P{i}" for i in range(draw(st.integers(0, 2)))]
    for crossing in crossings:
        beside = draw(st.sampled_from([*stages, "walk"]))
        stages[beside] = (*stages.get(beside, ()), crossing)
    return draw(_settings(stages, crossings))


@st.composite
def _settings(draw: st.DrawFn, stages: dict[str, tuple[str, ...]], crossings: list[str]) -> JunctionLayout:
    tenths = st.integers(0, 20).map(lambda n: n / 10)
    pairs = [(a, b) for a, b in combinations(sorted({g for ids in stages.values() for g in ids}), 2)]
    vehicle_pairs = [pair for pair in pairs if not set(pair) & set(crossings)]
    options: dict[str, Any] = {
        "amber_s": draw(st.sampled_from([2.0, 3.0, 3.5])),
        "all_red_s": draw(tenths),
        "min_green_s": draw(st.integers(50, 120).map(lambda n: n / 10)),
        "max_green_s": draw(st.integers(30, 90).map(float)),
        "max_red_s": draw(st.sampled_from([120.0, 150.0, 180.0])),
        "pedestrian": {crossing: draw(st.floats(3.0, 14.0)) for crossing in crossings},
        "at_ease": frozenset(draw(st.lists(st.sampled_from(vehicle_pairs), max_size=2))),
    }
    plain = make_layout(stages, **options)
    longer = {pair: round(least_s + draw(tenths), 1) for pair, least_s in sorted(plain.intergreen_s.items())}
    layout = make_layout(stages, **options, intergreen_s=longer)
    try:
        Guard(layout)
    except InputError:
        reject()
    return layout
