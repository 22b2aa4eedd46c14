"""Which SUMO lanes a lane group's camera looks along, and which links must give way: read off the network once.

A zone is the road from the stop line back to the camera's range. A flared approach is shorter than that, so the
zone goes on along the road that feeds it. A feeding lane that leads to several lane groups belongs to the one
that most of its connections lead to (the first on a tie): a camera cannot tell them apart there either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One way from a lane to the next: over `via_lane_id` (the lane inside the junction, "" when there is none)."""

    to_lane_id: str
    via_lane_id: str
    straight: bool
    signalled: bool


@dataclass(frozen=True, kw_only=True)
class LaneGraph:
    """The network's lanes: their lengths in metres and their connections onwards."""

    length_m: Mapping[str, float]
    onwards: Mapping[str, Sequence[Connection]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneLane:
    """A lane in a zone; its downstream end lies `offset_m` before the stop line."""

    lane_id: str
    length_m: float
    offset_m: float


def zone_lanes(
    graph: LaneGraph, lane_group_lanes: Mapping[str, Sequence[str]], range_m: Mapping[str, float]
) -> dict[str, tuple[ZoneLane, ...]]:
    """The zone of each lane group of one junction. Every lane is in at most one zone.

    `lane_group_lanes` holds the lanes at the stop line by lane group, `range_m` how far back each zone goes. A zone
    never goes back over another signalled link, nor round a corner where several roads meet.
    """
    taken = {lane for lanes in lane_group_lanes.values() for lane in lanes}
    zones = {
        group: [ZoneLane(lane_id=lane, length_m=graph.length_m[lane], offset_m=0.0) for lane in lanes]
        for group, lanes in lane_group_lanes.items()
    }
    frontier = {group: list(lanes) for group, lanes in zones.items()}
    feeders = _feeders(graph)
    while any(frontier.values()):
        wanted: dict[str, dict[str, list[tuple[Connection, ZoneLane]]]] = {}
        for group, lanes in frontier.items():
            for lane in lanes:
                if lane.offset_m + lane.length_m >= range_m[group]:
                    continue
                for feeder, connection in _along_the_road(feeders.get(lane.lane_id, ())):
                    if feeder not in taken:
                        wanted.setdefault(feeder, {}).setdefault(group, []).append((connection, lane))
        frontier = {group: [] for group in zones}
        for feeder, by_group in wanted.items():
            group = max(by_group, key=lambda name: len(by_group[name]))
            taken.add(feeder)
            connection, lane = by_group[group][0]
            end_m = lane.offset_m + lane.length_m
            via = connection.via_lane_id
            if via and via not in taken:
                taken.add(via)
                zones[group].append(ZoneLane(lane_id=via, length_m=graph.length_m[via], offset_m=end_m))
            reached = ZoneLane(
                lane_id=feeder,
                length_m=graph.length_m[feeder],
                offset_m=end_m + (graph.length_m[via] if via else 0.0),
            )
            if reached.offset_m < range_m[group]:
                zones[group].append(reached)
                frontier[group].append(reached)
    return {group: tuple(lanes) for group, lanes in zones.items()}


def _feeders(graph: LaneGraph) -> dict[str, list[tuple[str, Connection]]]:
    found: dict[str, list[tuple[str, Connection]]] = {}
    for lane, connections in graph.onwards.items():
        for connection in connections:
            found.setdefault(connection.to_lane_id, []).append((lane, connection))
    return found


def _along_the_road(feeders: Sequence[tuple[str, Connection]]) -> list[tuple[str, Connection]]:
    roads = {_edge(lane) for lane, _ in feeders}
    return [
        (lane, connection)
        for lane, connection in feeders
        if not connection.signalled and (connection.straight or len(roads) == 1)
    ]


def _edge(lane_id: str) -> str:
    return lane_id.rpartition("_")[0]
