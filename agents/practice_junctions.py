"""Junctions that exist only to be practised on in the queue model, every choice drawn from a seed.

SUMO's netgenerate (`agents.practice_towns`) gives a lane that turns and goes straight one signal group. Networks from
maps seldom do: there a shared lane's left turn has a group of its own, and a stage that opens nothing else. These
junctions have that: three to five arms, shared and turning lanes, turns let through with the opposite road or on their
own, roads that share a stage or take turns, arrows for the near turn while another road runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from junction.errors import InputError
from junction.guard import Guard
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

LANE_WIDTH_M = 3.2
SATURATION_PCU_H_LANE = 1900.0
SIGHT_M = 120.0
THROUGH, ACROSS, NEAR = "t", "x", "n"
"""Signal groups of an arm: straight on with all that has no group of its own; turns across the opposite road (with
U-turns); the near turn under an arrow. A junction has right-hand traffic: across is left, near is right."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """An arm: what its lanes serve, one tuple of kinds (THROUGH, ACROSS, NEAR) a lane."""

    name: str
    lanes: tuple[tuple[str, ...], ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind in (THROUGH, ACROSS, NEAR) if any(kind in lane for lane in self.lanes))


def practice_junctions(count: int, seed: int) -> list[JunctionLayout]:
    """`count` junctions of that seed."""
    rng = np.random.default_rng(seed)
    return [_junction(rng, f"practice-{seed}-{number}") for number in range(count)]


def _junction(rng: np.random.Generator, junction_id: str) -> JunctionLayout:
    """Draws again while a layout's rules, or the guard, refuse what came out: an arrow may share a group with every
    stage."""
    while True:
        try:
            layout = _draw(rng, junction_id)
            Guard(layout)
        except InputError:
            continue
        return layout


def _draw(rng: np.random.Generator, junction_id: str) -> JunctionLayout:
    arms = _arms(rng)
    roads = _roads(arms)
    stages = list(dict.fromkeys(tuple(sorted(groups)) for road in roads for groups in _stages_of(road, rng)))
    stages = _with_arrows(stages, roads)
    groups = sorted({group for stage in stages for group in stage})
    together = {frozenset(pair) for stage in stages for pair in combinations(stage, 2)}
    conflicts = conflict_pairs(
        (a, b) for a, b in combinations(groups, 2) if a[0] != b[0] and frozenset((a, b)) not in together
    )
    least_s, amber_s = float(rng.choice([5.0, 5.0, 7.0, 10.0, 16.0])), float(rng.choice([3.0, 4.0]))
    all_red_s, max_red_s = float(rng.choice([0.0, 1.0, 2.0])), float(rng.choice([150.0, 180.0]))
    orders = sorted(order for a, b in conflicts for order in ((a, b), (b, a)))
    lane_groups, movements = _lanes_and_movements(arms, rng)
    return JunctionLayout(
        id=junction_id, name_en=junction_id, name_hi=junction_id, lat=26.45, lon=80.33, thana="",
        approaches=tuple(
            Approach(
                id=arm.name, name_en=arm.name, name_hi=arm.name, bearing_deg=360.0 * i / len(arms), speed_kmh=50.0,
                width_m=LANE_WIDTH_M * len(arm.lanes),
            )
            for i, arm in enumerate(arms)
        ),
        lane_groups=tuple(lane_groups),
        movements=tuple(movements),
        groups=tuple(
            SignalGroup(
                id=group,
                min_green_s=least_s if group.endswith(THROUGH) else min(least_s, 10.0),
                max_green_s=90.0,
                max_red_s=max_red_s,
                amber_s=amber_s,
            )
            for group in groups
        ),
        stages=tuple(Stage(id=f"S{i}", name=" ".join(stage), group_ids=stage) for i, stage in enumerate(stages)),
        conflicts=conflicts,
        intergreen_s={order: amber_s + all_red_s + float(rng.choice([0.0, 0.0, 1.0])) for order in orders},
        all_red_s=all_red_s,
        basis="drawn at random, to practise on",
    )  # fmt: skip


def _arms(rng: np.random.Generator) -> list[Arm]:
    count = int(rng.choice([3, 3, 4, 4, 4, 4, 5]))
    shares = rng.random() < 0.7  # lanes that turn across and go straight
    arrows = rng.random() < 0.25
    lanes_of_road = rng.choice([1, 2, 2, 3], size=3)
    arms = []
    for number in range(count):
        kinds = {THROUGH, ACROSS, NEAR}
        if count == 3:  # arms 0 and 1 are the road, 2 ends at it
            kinds = ({THROUGH, ACROSS}, {THROUGH, NEAR}, {ACROSS, NEAR})[number]
        lanes = _lane_use(kinds, int(lanes_of_road[number // 2 if count == 3 else number % 2]), bool(shares), rng)
        arms.append(Arm(name="abcde"[number], lanes=tuple(_grouped(lane, bool(arrows)) for lane in lanes)))
    return arms


def _lane_use(kinds: set[str], lanes: int, shares: bool, rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Kinds by lane, from the near side."""
    straight = THROUGH if THROUGH in kinds else NEAR
    if lanes == 1:
        yield tuple(sorted(kinds))
        return
    arrow_lane = lanes == 3 and NEAR in kinds and rng.random() < 0.4
    yield (NEAR,) if arrow_lane else tuple(sorted(kinds - {ACROSS}))
    yield from [(straight,)] * (lanes - 2)
    if ACROSS not in kinds:
        yield (straight,)
    else:
        yield tuple(sorted({straight, ACROSS})) if shares else (ACROSS,)


def _grouped(lane: tuple[str, ...], arrows: bool) -> tuple[str, ...]:
    """The near turn has a group of its own only where it has a lane of its own and there are arrows."""
    if lane == (NEAR,) and arrows:
        return lane
    return tuple(sorted({THROUGH if kind == NEAR else kind for kind in lane}))


def _roads(arms: list[Arm]) -> list[list[Arm]]:
    """Arms that face each other."""
    if len(arms) == 3:
        return [arms[:2], arms[2:]]
    return [[arms[0], arms[2]], [arms[1], arms[3]], *([arms[4:]] if len(arms) > 4 else [])]


def _stages_of(road: list[Arm], rng: np.random.Generator) -> Iterator[list[str]]:
    whole = [[f"{arm.name}{kind}" for kind in arm.kinds] for arm in road]
    across = [f"{arm.name}{ACROSS}" for arm in road if ACROSS in arm.kinds]
    straight = [group for arm in whole for group in arm if group not in across]
    style = str(rng.choice(["with the other", "with the other", "with the other", "on their own", "one by one"]))
    if style == "one by one" and len(road) > 1:
        yield from whole
    elif style == "on their own" and across and straight:
        yield straight
        yield across
    else:
        yield [group for arm in whole for group in arm]
        if across and straight and rng.random() < 0.75:
            yield across


def _with_arrows(stages: list[tuple[str, ...]], roads: list[list[Arm]]) -> list[tuple[str, ...]]:
    """An arrow for the near turn of one road shows too while the turns of the next road do."""
    shown = [set(stage) for stage in stages]
    for road, following in zip(roads, [*roads[1:], roads[0]], strict=True):
        arrows = {f"{arm.name}{NEAR}" for arm in road if NEAR in arm.kinds}
        names = {arm.name for arm in following}
        beside = next(stage for stage in shown if {group[0] for group in stage} <= names)
        beside |= arrows
    return list(dict.fromkeys(tuple(sorted(stage)) for stage in shown))


def _lanes_and_movements(arms: list[Arm], rng: np.random.Generator) -> tuple[list[LaneGroup], list[Movement]]:
    """Lanes of an arm that serve the same kinds queue as one."""
    lane_groups: list[LaneGroup] = []
    movements: list[Movement] = []
    turns_back = rng.random() < 0.5
    for number, arm in enumerate(arms):
        storage_m = round(min(SIGHT_M, float(rng.uniform(50, 300))), 1)
        for kinds in dict.fromkeys(arm.lanes):
            lanes = arm.lanes.count(kinds)
            lane_group_id = f"{arm.name}.{''.join(kinds)}"
            lane_groups.append(
                LaneGroup(
                    id=lane_group_id,
                    approach_id=arm.name,
                    width_m=LANE_WIDTH_M * lanes,
                    storage_m=storage_m,
                    saturation_flow_pcu_h=SATURATION_PCU_H_LANE * lanes,
                )
            )
            for kind in kinds:
                for turn in _turns(kind, bool(turns_back), rng):
                    movements.append(
                        Movement(
                            id=f"{lane_group_id}-{turn.value}",
                            from_approach=arm.name,
                            to_approach=arms[(number + 1) % len(arms)].name,
                            turn=turn,
                            lane_group_id=lane_group_id,
                            group_id=f"{arm.name}{kind}",
                        )
                    )
    return lane_groups, movements


def _turns(kind: str, turns_back: bool, rng: np.random.Generator) -> tuple[Turn, ...]:
    if kind == ACROSS:
        return (Turn.LEFT, Turn.U_TURN) if turns_back else (Turn.LEFT,)
    if kind == NEAR:
        return (Turn.RIGHT,)
    return (Turn.STRAIGHT, Turn.RIGHT) if rng.random() < 0.5 else (Turn.STRAIGHT,)
