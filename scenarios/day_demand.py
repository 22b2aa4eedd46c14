"""A day's own traffic: more or less of it from and to the centre, and ways round roads that are closed.

A closure is announced: nobody drives up to it. In a closed hour every trip whose way leads through takes the fastest
way round from its start, and one that has none stays away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.errors import ScenarioError
from scenarios.days import Day
from scenarios.signals import read_net
from scenarios.town import Arm, Town, pieces_towards

_TAKES_DETOURS = "custom1"
"""A vehicle class of SUMO's that nothing here drives: closed roads are closed to it while ways are looked for."""


@dataclass(frozen=True, kw_only=True)
class DayDemand:
    """What a day does to the normal flows. `factor` is by trip, in order; empty: 1 for all.

    `ways_round[trip]` is its way in an hour of `closed_h`, None where it has none. A bus line over a closed edge does
    not run then.
    """

    factor: Sequence[float] = ()
    closed_h: frozenset[int] = frozenset()
    closed_edges: frozenset[str] = frozenset()
    ways_round: Mapping[int, tuple[str, ...] | None] | None = None

    def share(self, trip: int, hour: int) -> float:
        """The part of the normal flow of that trip that drives in that hour."""
        away = self.is_round(trip, hour) and (self.ways_round or {})[trip] is None
        return 0.0 if away else self.factor[trip] if self.factor else 1.0

    def is_round(self, trip: int, hour: int) -> bool:
        """Whether the trip takes its way round in that hour."""
        return hour in self.closed_h and trip in (self.ways_round or {})

    def is_shut(self, route: Sequence[str], hour: int) -> bool:
        """Whether a way that nobody changes leads over a closed road in that hour."""
        return hour in self.closed_h and not self.closed_edges.isdisjoint(route)


NORMAL = DayDemand()


def ways_round(
    net_file: Path, routes: Sequence[tuple[str, ...]], closed_edges: frozenset[str]
) -> dict[int, tuple[str, ...] | None]:
    """By index of the routes that use a closed edge: the fastest way without any, None where there is none."""
    net: Any = read_net(net_file)
    for edge in net.getEdges(withInternal=False):
        if edge.getID() in closed_edges:
            for lane in edge.getLanes():
                lane.setPermissions(set(lane.getPermissions()) - {_TAKES_DETOURS})
    found: dict[int, tuple[str, ...] | None] = {}
    for index, route in enumerate(routes):
        if closed_edges.isdisjoint(route):
            continue
        way = None
        if not closed_edges & {route[0], route[-1]}:
            way, _ = net.getFastestPath(net.getEdge(route[0]), net.getEdge(route[-1]), vClass=_TAKES_DETOURS)
        found[index] = None if way is None else tuple(edge.getID() for edge in way)
    return found


def closed_edges(day: Day, town: Town) -> frozenset[str]:
    """SUMO edges of the day's closed roads, both ways, without their mouths at the junctions' stop lines.

    Raises ScenarioError for a road that the town does not have.
    """
    edges: set[str] = set()
    for road in day.closed_road:
        for here, there in ((road.from_junction, road.to_junction), (road.to_junction, road.from_junction)):
            edges.update(pieces_towards(arm_of(town, here, there, f"days.toml {day.name}.closed_road")))
    return frozenset(edges)


def closed_hours(day: Day) -> frozenset[int]:
    """Hours of the day in which its roads are closed. Raises ScenarioError when they differ between its roads."""
    spans = {(road.from_h, road.to_h) for road in day.closed_road}
    if len(spans) > 1:
        raise ScenarioError(f"days.toml {day.name}.closed_road", expected="the same hours for all", got=sorted(spans))
    return frozenset(hour for from_h, to_h in spans for hour in range(from_h, to_h))


def arm_of(town: Town, junction_id: str, arm_id: str, where: str) -> Arm:
    """The junction's arm towards `arm_id`. Raises ScenarioError when there is none."""
    arm = next((arm for arm in town.arms.get(junction_id, ()) if arm.id == arm_id), None)
    if arm is None:
        raise ScenarioError(where, expected="a road between two junctions that are built", got=[junction_id, arm_id])
    return arm
