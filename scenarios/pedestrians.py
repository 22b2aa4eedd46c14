"""A pedestrian stage for a whole junction: every crossing at once, while all traffic stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from junction.layout import PEDESTRIAN_INITIAL_S, PEDESTRIAN_SPEED_MPS, GroupKind, SignalGroup, Stage, conflict_pairs
from scenarios.geometry import length_m
from scenarios.lanes import lane_uses
from scenarios.signals import JunctionLinks
from scenarios.source import Standards, Timing
from scenarios.town import Arm

GROUP_ID = "pedestrians"
MAX_WALK_S = 30.0


def pedestrian_group(arms: tuple[Arm, ...], standards: Standards) -> SignalGroup:
    """Walk of 7 s, then the time at 1.2 m/s over the widest carriageway (IRC:93-1985) as clearance.

    A road of two or more lanes a direction has a median to wait on, so its two sides are crossed one by one; a
    one-lane road is crossed whole.
    """
    lanes = max(
        sum(use.lanes for use in lane_uses(arm, arms)) if arm.road.lanes_per_dir > 1 else 2 * arm.road.lanes_per_dir
        for arm in arms
    )
    width_m = lanes * standards.road.lane_width_m
    return SignalGroup(
        id=GROUP_ID,
        kind=GroupKind.PEDESTRIAN,
        min_green_s=PEDESTRIAN_INITIAL_S,
        max_green_s=MAX_WALK_S,
        max_red_s=standards.timing.max_red_s,
        amber_s=float(math.ceil(width_m / PEDESTRIAN_SPEED_MPS)),
        crossing_width_m=width_m,
    )


def pedestrian_conflicts(vehicle_groups: Iterable[str]) -> frozenset[tuple[str, str]]:
    return conflict_pairs((GROUP_ID, group) for group in vehicle_groups)


def pedestrian_intergreens_s(
    links: JunctionLinks, pedestrians: SignalGroup, timing: Timing
) -> dict[tuple[str, str], float]:
    """Whole seconds by (losing, gaining) group.

    The last vehicle leaves the junction, past the crossing on its way out, before anybody walks; after the clearance
    the all-red passes before anybody drives.
    """
    found: dict[tuple[str, str], float] = {}
    for link in links.links:
        way_m = length_m(link.path) + timing.clearing_length_m
        clear_s = timing.amber_s + max(timing.all_red_s, way_m / (timing.clearing_speed_kmh / 3.6))
        pair = link.group_id, GROUP_ID
        found[pair] = max(found.get(pair, 0.0), float(math.ceil(clear_s - 1e-6)))
        found[GROUP_ID, link.group_id] = float(math.ceil(pedestrians.amber_s + timing.all_red_s))
    return found


def with_pedestrian_stage(stages: Sequence[Stage], arms: int, most: int) -> tuple[Stage, ...]:
    """The pedestrian stage after the arms' own; the last combination makes room for it."""
    kept = stages[: most - 1]
    walk = Stage(id="", name="All pedestrians", group_ids=(GROUP_ID,))
    rows = (*kept[:arms], walk, *kept[arms:])
    return tuple(Stage(id=chr(ord("A") + i), name=s.name, group_ids=s.group_ids) for i, s in enumerate(rows))
