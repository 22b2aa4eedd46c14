"""A junction's layout from a foreign signal: approaches, lane groups, movements, limits and intergreens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

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
)
from scenarios.geometry import bearing_deg, first_crossing_m, length_m
from scenarios.importer.grouping import Group, Grouping
from scenarios.importer.names import safe_id
from scenarios.importer.rules import (
    CLEARING_LENGTH_M,
    CLEARING_SPEED_MPS,
    ENTERING_SPEED_MPS,
    TURNING_SPEED_MPS,
    ImportRules,
)
from scenarios.importer.signal import Signal, Way

CAMERA_RANGE_M = 120.0
LEAST_STORAGE_M = 10.0
LANE_WIDTH_M = 3.2
"""SUMO's width of a lane whose width the network does not give."""
SATURATION_PCU_H_LANE = 1900.0
"""Base saturation flow of a lane (HCM 2016, chapter 19)."""
BASIS = "imported: geometry and right of way from the network; saturation flow and limits by the import's rules"


@dataclass(frozen=True, kw_only=True)
class ImportedJunction:
    """A layout with the SUMO lanes at the stop line by lane group."""

    layout: JunctionLayout
    lanes: Mapping[str, tuple[str, ...]]


def layout_of(
    net: Any,
    signal: Signal,
    grouping: Grouping,
    rules: ImportRules,
    place: tuple[float, float],
    lefthand: bool,
) -> ImportedJunction:
    """The layout of `signal`. `place` is (latitude, longitude). Raises InputError where the parts do not fit."""
    edges = sorted({g.edge for g in grouping.groups if not g.pedestrian} | _vehicle_edges(signal, grouping))
    lanes_of = _lane_groups(signal, grouping)
    approach_of = {edge: safe_id(edge) for edge in edges}
    names = {edge: net.getEdge(edge).getName() or edge for edge in edges}
    lane_groups: list[LaneGroup] = []
    movements: list[Movement] = []
    lanes: dict[str, tuple[str, ...]] = {}
    for (edge, group_ids), found in lanes_of.items():
        number = sum(g.approach_id == approach_of[edge] for g in lane_groups) + 1
        lane_group_id = f"{approach_of[edge]}.q{number}"
        lanes[lane_group_id] = found
        lane_groups.append(
            LaneGroup(
                id=lane_group_id,
                approach_id=approach_of[edge],
                width_m=round(sum(_width_m(net, lane) for lane in found), 2),
                storage_m=_storage_m(net, edge),
                saturation_flow_pcu_h=SATURATION_PCU_H_LANE * len(found),
            )
        )
        movements += _movements(signal, grouping, lane_group_id, edge, found, group_ids)
    ambers = {g.id: _amber_s(net, signal, g, rules) for g in grouping.groups}
    streets = list(dict.fromkeys(names.values()))
    title = " / ".join(streets[:2]) if len(streets) > 1 else f"{streets[0]} {signal.tls_id}"
    return ImportedJunction(
        layout=JunctionLayout(
            id=safe_id(signal.tls_id),
            name_en=title[:80],
            name_hi=title[:80],
            lat=place[0],
            lon=place[1],
            thana="",
            approaches=tuple(_approach(net, edge, approach_of[edge], names[edge]) for edge in edges),
            lane_groups=tuple(lane_groups),
            movements=tuple(movements),
            groups=tuple(_group(signal, g, rules, ambers[g.id], lefthand) for g in grouping.groups),
            stages=tuple(
                Stage(
                    id=ascii_uppercase[position],
                    name=" + ".join(sorted(stage))[:120],
                    group_ids=tuple(g.id for g in grouping.groups if g.id in stage),
                )
                for position, stage in enumerate(grouping.stages)
            ),
            conflicts=grouping.conflicts,
            intergreen_s=intergreens_s(signal, grouping, rules, ambers),
            all_red_s=rules.least_all_red_s,
            basis=BASIS,
        ),
        lanes=lanes,
    )


def _vehicle_edges(signal: Signal, grouping: Grouping) -> set[str]:
    return {
        way.from_edge for g in grouping.groups for i in g.indices for way in signal.ways_of[i] if not way.pedestrian
    }


def _lane_groups(signal: Signal, grouping: Grouping) -> dict[tuple[str, tuple[str, ...]], tuple[str, ...]]:
    """Lanes of one road that obey the same signal groups queue as one; by (road, signal groups)."""
    obeys: dict[tuple[str, str], set[str]] = {}
    for group in grouping.groups:
        for index in group.indices:
            for way in signal.ways_of[index]:
                if not way.pedestrian:
                    obeys.setdefault((way.from_edge, way.from_lane), set()).add(group.id)
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (edge, lane), groups in sorted(obeys.items()):
        found.setdefault((edge, tuple(sorted(groups))), []).append(lane)
    return {key: tuple(lanes) for key, lanes in found.items()}


def _movements(
    signal: Signal, grouping: Grouping, lane_group_id: str, edge: str, lanes: tuple[str, ...], groups: tuple[str, ...]
) -> list[Movement]:
    made: dict[tuple[str, str], Movement] = {}
    for group in grouping.groups:
        if group.id not in groups:
            continue
        for index in group.indices:
            for way in signal.ways_of[index]:
                key = (group.id, way.to_edge)
                if way.from_lane in lanes and key not in made:
                    made[key] = Movement(
                        id=f"{lane_group_id}-{len(made) + 1}",
                        from_approach=safe_id(edge),
                        to_approach=safe_id(way.to_edge),
                        turn=way.turn,
                        lane_group_id=lane_group_id,
                        group_id=group.id,
                    )
    return list(made.values())


def _approach(net: Any, edge_id: str, approach_id: str, name: str) -> Approach:
    edge = net.getEdge(edge_id)
    (x0, y0), (x1, y1) = (tuple(p[:2]) for p in edge.getShape()[-2:])
    return Approach(
        id=approach_id,
        name_en=name,
        name_hi=name,
        bearing_deg=round(bearing_deg((x1, y1), (x0, y0)), 1),
        speed_kmh=round(edge.getSpeed() * 3.6, 1),
        width_m=round(sum(_width_m(net, lane.getID()) for lane in edge.getLanes()), 2),
    )


def _width_m(net: Any, lane_id: str) -> float:
    width = net.getLane(lane_id).getWidth()
    return float(width) if width and width > 0 else LANE_WIDTH_M


def _storage_m(net: Any, edge_id: str) -> float:
    """Road that a camera at the stop line sees: back along the road, past side streets, to a signal or 120 m."""
    edge, reach_m, seen = net.getEdge(edge_id), 0.0, set[str]()
    while True:
        reach_m += edge.getLength()
        seen.add(edge.getID())
        before = _road_before(edge)
        if reach_m >= CAMERA_RANGE_M or before is None or before.getID() in seen or before.getTLS():
            return float(round(min(CAMERA_RANGE_M, max(LEAST_STORAGE_M, reach_m)), 1))
        edge = before


def _road_before(edge: Any) -> Any | None:
    """The one road that comes straight on into `edge`, or round a bend as the only one; None where there is no such."""
    directions = {
        feeder: {connection.getDirection() for connection in connections}
        for feeder, connections in edge.getIncoming().items()
        if not feeder.getFunction()
    }
    onwards = [feeder for feeder, found in directions.items() if "t" not in found]
    straight = [feeder for feeder in onwards if "s" in directions[feeder]]
    roads = straight or onwards
    return roads[0] if len(roads) == 1 else None


def _amber_s(net: Any, signal: Signal, group: Group, rules: ImportRules) -> float:
    """By the fastest road of the group. A pedestrian group's amber is its clearance: the crossing at walking speed."""
    ways = [way for i in group.indices for way in signal.ways_of[i]]
    if group.pedestrian:
        return float(max(2, math.ceil(max(way.length_m for way in ways) / PEDESTRIAN_SPEED_MPS)))
    return rules.amber_at(max(net.getEdge(way.from_edge).getSpeed() for way in ways) * 3.6)


def _group(signal: Signal, group: Group, rules: ImportRules, amber_s: float, lefthand: bool) -> SignalGroup:
    ways = [way for i in group.indices for way in signal.ways_of[i]]
    if group.pedestrian:
        return SignalGroup(
            id=group.id,
            kind=GroupKind.PEDESTRIAN,
            min_green_s=PEDESTRIAN_INITIAL_S,
            max_green_s=max(rules.max_green_s, PEDESTRIAN_INITIAL_S),
            max_red_s=rules.max_red_s,
            amber_s=amber_s,
            crossing_width_m=round(max(way.length_m for way in ways), 2),
        )
    across = {Turn.RIGHT if lefthand else Turn.LEFT, Turn.U_TURN}
    turns_only = {way.turn for way in ways} <= across
    return SignalGroup(
        id=group.id,
        min_green_s=rules.min_green_turn_s if turns_only else rules.min_green_s,
        max_green_s=rules.max_green_s,
        max_red_s=rules.max_red_s,
        amber_s=amber_s,
    )


def intergreens_s(
    signal: Signal, grouping: Grouping, rules: ImportRules, ambers: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """Seconds by (losing, gaining) group, both orders of every conflict.

    Amber + all-red; without a given all-red, whole seconds and no less than amber plus the time in which the last
    vehicle clears the point where the paths meet, less the time in which the first one gets there.
    """
    group_of = {index: g.id for g in grouping.groups for index in g.indices}
    pairs = [order for a, b in grouping.conflicts for order in ((a, b), (b, a))]
    needed = {(a, b): ambers[a] + rules.least_all_red_s for a, b in sorted(pairs)}
    if rules.all_red_s is not None:
        return needed
    for one, other in signal.meetings():
        for losing, gaining in ((one, other), (other, one)):
            pair = group_of.get(losing.index, ""), group_of.get(gaining.index, "")
            if pair in needed:
                clear_s = _clearing_s(losing, gaining)
                needed[pair] = max(needed[pair], float(math.ceil(ambers[pair[0]] + clear_s - 1e-6)))
    return needed


def _clearing_s(losing: Way, gaining: Way) -> float:
    if losing.pedestrian:
        return 0.0  # its amber is the whole clearance
    clear_m, enter_m = first_crossing_m(losing.path, gaining.path) or (length_m(losing.path), length_m(gaining.path))
    enter_s = 0.0 if gaining.pedestrian else enter_m / ENTERING_SPEED_MPS
    speed = CLEARING_SPEED_MPS.get(losing.turn, TURNING_SPEED_MPS)
    return (clear_m + CLEARING_LENGTH_M) / speed - enter_s
