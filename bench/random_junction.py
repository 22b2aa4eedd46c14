"""Junctions drawn at random: as odd as a layout may be, and such that a guard can be made for them."""

from __future__ import annotations

import math
import random
from itertools import combinations

from junction.errors import InputError
from junction.guard import Guard
from junction.layout import (
    PEDESTRIAN_INITIAL_S,
    PEDESTRIAN_SPEED_MPS,
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

MAX_TRIES = 1000


def random_junction(rng: random.Random, junction_id: str) -> JunctionLayout:
    """A junction of 2 to 8 stages: crossings, groups that stay green over several stages, groups that share no stage
    and yet do not conflict, limits in tenths of a second, and intergreens that differ by direction.

    Draws again while the rules of a layout, or the guard, refuse what came out. Raises InputError when that never ends.
    """
    for _ in range(MAX_TRIES):
        try:
            layout = _draw(rng, junction_id)
            Guard(layout)
        except InputError:
            continue
        return layout
    raise InputError("random", expected="numbers that make a junction", got=f"{MAX_TRIES} refused ones")


def _draw(rng: random.Random, junction_id: str) -> JunctionLayout:
    arms = [f"V{i}" for i in range(rng.randint(2, 6))]
    crossings = [f"P{i}" for i in range(rng.choice((0, 0, 1, 2, 3)))]
    stages = _stages(rng, arms, crossings)
    together = {frozenset(pair) for ids in stages for pair in combinations(ids, 2)}
    groups = tuple([_vehicles(rng, arm) for arm in arms] + [_pedestrians(rng, crossing) for crossing in crossings])
    all_red_s = rng.randint(0, 25) / 10
    apart = [pair for pair in combinations(arms + crossings, 2) if frozenset(pair) not in together]
    ease = rng.choice((0.0, 0.0, 0.2))
    conflicts = conflict_pairs(pair for pair in apart if rng.random() >= ease)
    amber_s = {group.id: group.amber_s for group in groups}
    orders = sorted(order for a, b in conflicts for order in ((a, b), (b, a)))
    return JunctionLayout(
        id=junction_id, name_en="Random", name_hi="यादृच्छिक", lat=26.45, lon=80.33, thana="None",
        approaches=tuple(
            Approach(id=arm, name_en=arm, name_hi=arm, bearing_deg=360.0 * i / len(arms), speed_kmh=40.0, width_m=7.0)
            for i, arm in enumerate(arms)
        ),
        lane_groups=tuple(
            LaneGroup(id=f"{arm}.l", approach_id=arm, width_m=7.0, storage_m=120.0, saturation_flow_pcu_h=1800.0)
            for arm in arms
        ),
        movements=tuple(
            Movement(id=f"{arm}.m", from_approach=arm, to_approach=arm, turn=Turn.STRAIGHT, lane_group_id=f"{arm}.l",
                     group_id=arm)
            for arm in arms
        ),
        groups=groups,
        stages=tuple(Stage(id=f"S{i}", name=f"S{i}", group_ids=ids) for i, ids in enumerate(stages)),
        conflicts=conflicts,
        intergreen_s={
            (a, b): round(amber_s[a] + all_red_s + rng.choice((0, 0, rng.randint(0, 40))) / 10, 1) for a, b in orders
        },
        all_red_s=all_red_s,
    )  # fmt: skip


def _stages(rng: random.Random, arms: list[str], crossings: list[str]) -> list[tuple[str, ...]]:
    """Every group in at least one stage, some in several; a crossing may have a stage of its own."""
    wanted = rng.randint(2, 8)
    stages = [{arm} for arm in rng.sample(arms, min(wanted, len(arms)))]
    while len(stages) < wanted:
        stages.append(set(rng.sample(arms, rng.randint(1, max(1, len(arms) - 1)))))
    for name in arms + crossings:
        if rng.random() < 0.3 or not any(name in ids for ids in stages):
            rng.choice(stages).add(name)
    return [tuple(sorted(ids)) for ids in stages]


def _vehicles(rng: random.Random, name: str) -> SignalGroup:
    least_s = rng.randint(40, 150) / 10
    return SignalGroup(
        id=name,
        min_green_s=least_s,
        max_green_s=least_s + rng.choice((rng.randint(0, 100), rng.randint(100, 900))) / 10,
        max_red_s=float(rng.randint(120, 180)),
        amber_s=rng.randint(20, 50) / 10,
    )


def _pedestrians(rng: random.Random, name: str) -> SignalGroup:
    width_m = rng.randint(30, 160) / 10
    walk_s = rng.randint(40, 120) / 10
    need_s = PEDESTRIAN_INITIAL_S + width_m / PEDESTRIAN_SPEED_MPS - walk_s
    return SignalGroup(
        id=name,
        kind=GroupKind.PEDESTRIAN,
        min_green_s=walk_s,
        max_green_s=walk_s + rng.randint(0, 600) / 10,
        max_red_s=float(rng.randint(120, 180)),
        amber_s=max(2.0, math.ceil(need_s * 10) / 10),
        crossing_width_m=width_m,
    )
