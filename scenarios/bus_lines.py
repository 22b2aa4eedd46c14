"""Bus lines on the street: the friction of bus stands. Their vehicles dwell at every stop of their corridor.

What a line brings into the model is part of what enters by its road: the entry flows of `demand.toml` stay what they
are, only who drives, and that it stops, changes. Plans are made for the flows without lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import quoteattr

from junction.errors import ScenarioError
from junction.vehicle import PCU
from scenarios.bus_rows import BUS_LINES_TABLE, BUS_STOPS_TABLE, BusLineRow, BusStopRow
from scenarios.day_demand import arm_of
from scenarios.model import EVALUATION
from scenarios.network import has_mouth, way_towards
from scenarios.source import Source
from scenarios.town import Arm, Town, pieces_away, pieces_towards

STOPS_FILE = "stops.add.xml"
_PARKING = ' parking="true"'
LEAST_CLEAR_M = 5.0
"""Between a stop and either end of its edge, where vehicles still turn in or already sort themselves by lane."""


@dataclass(frozen=True, kw_only=True)
class StopPlace:
    """A stop on the kerb lane of a SUMO edge, from `start_m` to `end_m`."""

    row: BusStopRow
    edge: str
    start_m: float
    end_m: float

    @property
    def line(self) -> str:
        return (
            f"<busStop id={quoteattr(self.row.id)} lane={quoteattr(f'{self.edge}_0')} "
            f'startPos="{self.start_m:.2f}" endPos="{self.end_m:.2f}" name={quoteattr(self.row.name_en)}/>'
        )


@dataclass(frozen=True, kw_only=True)
class BusService:
    """A line on its SUMO edges, with its stops in driving order. `origin` is the gate that it enters by."""

    row: BusLineRow
    origin: str
    route: tuple[str, ...]
    stops: tuple[BusStopRow, ...]
    level: Sequence[float]

    @property
    def route_id(self) -> str:
        return f"line.{self.row.id}"

    def pcu_h(self, hour: int) -> float:
        return self.row.per_h * self.level[hour] * PCU[self.row.vehicle]

    def route_line(self) -> str:
        stops = "".join(
            f'<stop busStop={quoteattr(stop.id)} duration="{self.row.dwell_s:g}"{_PARKING if stop.bay else ""}/>'
            for stop in self.stops
        )
        return f"<route id={quoteattr(self.route_id)} edges={quoteattr(' '.join(self.route))}>{stops}</route>"

    def flow_line(self, hour: int, fidelity: str) -> str:
        beside = ' departPosLat="random"' if fidelity == EVALUATION else ""
        return (
            f'<flow id="{self.route_id}.{hour:02d}" type="{self.row.vehicle.value}" route="{self.route_id}" '
            f'begin="{hour * 3600}" end="{(hour + 1) * 3600}" '
            f'period="exp({self.row.per_h * self.level[hour] / 3600:.7f})" '
            f'departLane="best" departSpeed="max"{beside}/>'
        )


def stop_places(source: Source, town: Town) -> tuple[StopPlace, ...]:
    """Every stop, in the order of the table. Raises ScenarioError for one that is not clear of its edge's ends."""
    return tuple(_place(row, town, source) for row in source.bus_stops)


def stops_file_lines(places: Sequence[StopPlace]) -> list[str]:
    """SUMO's additional file of the stops."""
    return ["<additional>", *(place.line for place in places), "</additional>", ""]


def bus_services(source: Source, town: Town) -> tuple[BusService, ...]:
    """Every line. Raises ScenarioError for a corridor or arm that is not there, and for a line without a stop."""
    by_edge: dict[str, list[StopPlace]] = {}
    for place in stop_places(source, town):
        by_edge.setdefault(place.edge, []).append(place)
    return tuple(_service(row, source, town, by_edge) for row in source.bus_lines)


def _service(row: BusLineRow, source: Source, town: Town, by_edge: Mapping[str, Sequence[StopPlace]]) -> BusService:
    where = f"{source.folder.name}/{BUS_LINES_TABLE} {row.id}"
    corridor = source.settings.corridors.get(row.corridor)
    if corridor is None or not set(corridor) <= set(town.arms):
        raise ScenarioError(f"{where}.corridor", expected="a corridor of junctions that are built", got=row.corridor)
    way = corridor if row.direction == "along" else corridor[::-1]
    start = _gate_arm(town, way[0], row.from_arm, f"{where}.from_arm")
    end = _gate_arm(town, way[-1], row.to_arm, f"{where}.to_arm")
    arms = [start, *(arm_of(town, there, here, where) for here, there in pairwise(way))]
    route = [edge for arm in arms for edge in way_towards(town, arm)] + pieces_away(end)
    ordered = sorted(
        (place for edge in route for place in by_edge.get(edge, ())),
        key=lambda place: (route.index(place.edge), place.end_m),
    )
    if not ordered:
        raise ScenarioError(where, expected=f"a stop of {BUS_STOPS_TABLE} on its way", got="none")
    return BusService(
        row=row,
        origin=start.end_node,
        route=tuple(route),
        stops=tuple(place.row for place in ordered),
        level=source.demand.level[start.road.road_class],
    )


def _place(row: BusStopRow, town: Town, source: Source) -> StopPlace:
    where = f"{source.folder.name}/{BUS_STOPS_TABLE} {row.id}"
    arm = arm_of(town, row.to_junction, row.from_junction, where)
    mouth_m = source.standards.road.mouth_m if has_mouth(arm, town.arms[arm.junction_id]) else 0.0
    ends_m = [arm.length_m, *(cut.at_m for cut in reversed(arm.cuts)), mouth_m]
    left_m = arm.length_m - row.at_m
    for edge, (from_m, to_m) in zip(pieces_towards(arm), pairwise(ends_m), strict=True):
        if from_m - LEAST_CLEAR_M >= left_m + row.length_m and left_m >= to_m + LEAST_CLEAR_M:
            end_m = from_m - left_m
            return StopPlace(row=row, edge=edge, start_m=end_m - row.length_m, end_m=end_m)
    free = ", ".join(f"{arm.length_m - a:.0f} to {arm.length_m - b:.0f} m" for a, b in pairwise(ends_m))
    raise ScenarioError(
        f"{where}.at_m",
        expected=f"a stop of {row.length_m:g} m within {free}, {LEAST_CLEAR_M:g} m from the ends",
        got=row.at_m,
    )


def _gate_arm(town: Town, junction_id: str, arm_id: str, where: str) -> Arm:
    outer = {arm.id: arm for arm in town.arms[junction_id] if not arm.inner}
    if arm_id not in outer:
        raise ScenarioError(where, expected=f"one of {sorted(outer)}, the edge roads at {junction_id}", got=arm_id)
    return outer[arm_id]
