"""Traffic between the roads that lead out of the model: gravity by period, fastest routes, Poisson arrivals.

Each period of the day has its own table of flows, since the rim brings in more in the morning and takes out more in
the evening; the level of each hour multiplies it. SUMO draws each arrival, its way and its class, so its seed varies
them; the flows themselves never change.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from junction.errors import ScenarioError
from scenarios.bus_lines import bus_services
from scenarios.day_demand import NORMAL, DayDemand, closed_edges, closed_hours, ways_round
from scenarios.days import Day
from scenarios.demand_table import HOURS, Centre, Demand, Period
from scenarios.lanes import lane_uses
from scenarios.mixes import mix_at, mix_lines
from scenarios.model import EVALUATION
from scenarios.network import edges_of
from scenarios.source import Road, Source
from scenarios.town import Gate, Town

BALANCE_ROUNDS = 60
LEAST_FLOW_PCU_H = 0.3
"""Smaller flows are left out (at level 1, in every period); what they would have carried is spread over the others."""


@dataclass(frozen=True, kw_only=True)
class TripFlow:
    """Traffic from one edge road to another on SUMO edges `route`: PCU an hour at level 1, by period.

    `road` is the one that it enters by.
    """

    origin: str
    destination: str
    road: Road
    flow_pcu_h: Mapping[str, float]
    route: tuple[str, ...]
    length_m: float


def trip_flows(source: Source, town: Town, net: Any) -> tuple[TripFlow, ...]:
    """All flows. Raises ScenarioError when a gate has no entry flow or no way through the model."""
    gates = {gate.end_node: gate for gate in town.gates}
    routes = {}
    for origin, start in gates.items():
        for destination, end in gates.items():
            found = None if origin == destination else _route(net, start, end)
            if found is not None and found[1] >= source.demand.gravity.min_trip_m:
                routes[origin, destination] = found
    lonely = sorted(set(gates) - {origin for origin, _ in routes})
    if lonely:
        raise ScenarioError("demand.route", expected="a way from every edge road to another", got=lonely)
    affinity = {od: math.exp(-found[1] / source.demand.gravity.scale_m) for od, found in routes.items()}
    by_period = {
        period.name: _balance(*_ends_pcu_h(gates, source.demand, town, period), affinity)
        for period in source.demand.period
    }
    kept = [od for od in routes if max(flows[od] for flows in by_period.values()) >= LEAST_FLOW_PCU_H]
    restore = {name: sum(flows.values()) / sum(flows[od] for od in kept) for name, flows in by_period.items()}
    return tuple(
        TripFlow(
            origin=o,
            destination=d,
            road=gates[o].road,
            flow_pcu_h={name: flows[o, d] * restore[name] for name, flows in by_period.items()},
            route=routes[o, d][0],
            length_m=routes[o, d][1],
        )
        for o, d in kept
    )


def hour_pcu_h(demand: Demand, trips: Sequence[TripFlow], hour: int) -> list[float]:
    """PCU in that hour of the day, by trip."""
    period = demand.period_at(hour).name
    return [trip.flow_pcu_h[period] * demand.level[trip.road.road_class][hour] for trip in trips]


def busiest_hour(demand: Demand, trips: Sequence[TripFlow], period: Period) -> int:
    """The period's hour with the most traffic; the first of equals."""
    hours = [hour for a, b in period.hours for hour in range(a, b)]
    return max(hours, key=lambda hour: (round(sum(hour_pcu_h(demand, trips, hour)), 6), -hour))


def lane_group_flows(town: Town, trips: Sequence[TripFlow], pcu_h: Sequence[float]) -> dict[str, dict[str, float]]:
    """PCU an hour by junction and lane group when the trips carry `pcu_h`."""
    turns = _turns(town)
    flows: dict[str, dict[str, float]] = {row.id: defaultdict(float) for row in town.rows}
    for trip, flow_pcu_h in zip(trips, pcu_h, strict=True):
        for edges in pairwise(trip.route):
            if edges in turns:
                junction_id, lane_group_id = turns[edges]
                flows[junction_id][lane_group_id] += flow_pcu_h
    return {junction: dict(sorted(found.items())) for junction, found in flows.items()}


def asked_pcu_h(demand: Demand, town: Town, trips: Sequence[TripFlow]) -> dict[str, dict[str, list[float]]]:
    """PCU that each junction's lane groups are asked to serve in each hour of the day, 0 to 23."""
    hours = [lane_group_flows(town, trips, hour_pcu_h(demand, trips, hour)) for hour in range(HOURS)]
    return {
        row.id: {group: [round(flows[row.id].get(group, 0.0), 1) for flows in hours] for group in hours[0][row.id]}
        for row in town.rows
    }


def _turns(town: Town) -> dict[tuple[str, str], tuple[str, str]]:
    """Junction and lane group by the SUMO edges before and after the stop line."""
    turns = {}
    for row in town.rows:
        arms = town.arms[row.id]
        leaving = {arm.id: edges_of(town, arm).leaving for arm in arms}
        for arm in arms:
            for use in lane_uses(arm, arms):
                for way in use.exits:
                    edges = edges_of(town, arm).approach, leaving[way.arm.id]
                    turns[edges] = row.id, f"{arm.id}_{use.suffix}"
    return turns


def flow_lines(
    source: Source, town: Town, trips: Sequence[TripFlow], fidelity: str, day: DayDemand = NORMAL
) -> list[str]:
    """The route file: ways and mixes, then by hour one Poisson flow an edge road, which draws its way and its class,
    and one a bus line, which is taken from what its edge road brings in."""
    services = bus_services(source, town)
    lines = [_route_line(f"r{index}", trip.route) for index, trip in enumerate(trips)]
    lines += [service.route_line() for service in services]
    lines += [_route_line(f"r{index}.round", way) for index, way in (day.ways_round or {}).items() if way is not None]
    beside = ' departPosLat="random"' if fidelity == EVALUATION else ""
    by_origin: dict[str, list[int]] = defaultdict(list)
    for index, trip in enumerate(trips):
        by_origin[trip.origin].append(index)
    choices: dict[str, str] = {}
    mixes, flows = [], []
    for hour in range(HOURS):
        pcu_h = hour_pcu_h(source.demand, trips, hour)
        period_name = source.demand.period_at(hour).name
        closed = ".closed" if hour in day.closed_h else ""
        running = [service for service in services if not day.is_shut(service.route, hour)]
        for origin, indices in by_origin.items():
            mix = mix_at(source, trips[indices[0]].road, hour)
            lines_pcu_h = sum(service.pcu_h(hour) for service in running if service.origin == origin)
            gate_pcu_h = sum(pcu_h[i] * day.share(i, hour) for i in indices)
            if lines_pcu_h > gate_pcu_h:
                raise ScenarioError(
                    f"{source.folder.name}/bus_lines.csv per_h",
                    expected=f"lines of at most the {gate_pcu_h:.0f} PCU/h that enter by {origin} from {hour} h",
                    got=round(lines_pcu_h),
                )
            per_s = (gate_pcu_h - lines_pcu_h) / mix.mean_pcu / 3600
            if per_s > 0:
                mixes.append(mix)
                choice = f"{origin}.{period_name}{closed}"
                shares = {
                    f"r{i}.round" if day.is_round(i, hour) else f"r{i}": share
                    for i in indices
                    if (share := trips[i].flow_pcu_h[period_name] * day.share(i, hour)) > 0
                }
                choices.setdefault(choice, _choice_line(choice, shares))
                flows.append(
                    f"<flow id={quoteattr(f'{origin}.{hour:02d}')} type={quoteattr(mix.id)} "
                    f'route={quoteattr(choice)} begin="{hour * 3600}" end="{(hour + 1) * 3600}" '
                    f'period="exp({per_s:.7f})" departLane="best" departSpeed="max"{beside}/>'
                )
        flows += [service.flow_line(hour, fidelity) for service in running]
    return ["<routes>", *mix_lines(mixes), *lines, *choices.values(), *flows, "</routes>", ""]


def day_demand(day: Day, source: Source, town: Town, trips: Sequence[TripFlow], net_file: Path) -> DayDemand:
    """What the day does to the flows. Raises ScenarioError for a road or a centre that is not there."""
    factor: list[float] = []
    if day.centre_factor != 1.0:
        centre = source.demand.centre
        if centre is None:
            raise ScenarioError(f"days.toml {day.name}.centre_factor", expected="a centre in demand.toml", got=None)
        central = {gate.end_node for gate in town.gates if not _is_rim(gate, centre, town)}
        factor = [day.centre_factor if {t.origin, t.destination} & central else 1.0 for t in trips]
    closed = closed_edges(day, town)
    return DayDemand(
        factor=factor,
        closed_h=closed_hours(day),
        closed_edges=closed,
        ways_round=ways_round(net_file, [trip.route for trip in trips], closed),
    )


def _route_line(route_id: str, edges: Sequence[str]) -> str:
    return f'<route id="{route_id}" edges={quoteattr(" ".join(edges))}/>'


def _choice_line(choice_id: str, shares: Mapping[str, float]) -> str:
    total = sum(shares.values())
    return (
        f'<routeDistribution id={quoteattr(choice_id)} routes="{" ".join(shares)}" '
        f'probabilities="{" ".join(f"{share / total:.6f}" for share in shares.values())}"/>'
    )


def _ends_pcu_h(
    gates: Mapping[str, Gate], demand: Demand, town: Town, period: Period
) -> tuple[dict[str, float], dict[str, float]]:
    """What each edge road brings in and takes out at level 1; both add up to what the entry flows add up to."""
    brought, taken = {}, {}
    for name, gate in gates.items():
        base = _entry_pcu_h(gate, demand)
        lean = period.tide * (1 if demand.centre is None or _is_rim(gate, demand.centre, town) else -1)
        brought[name], taken[name] = base * (1 + lean), base * (1 - lean)
    total = sum(_entry_pcu_h(gate, demand) for gate in gates.values())
    return _scaled(brought, total), _scaled(taken, total)


def _scaled(flows: Mapping[str, float], total: float) -> dict[str, float]:
    factor = total / sum(flows.values())
    return {name: flow * factor for name, flow in flows.items()}


def _is_rim(gate: Gate, centre: Centre, town: Town) -> bool:
    if centre.junction not in town.points:
        raise ScenarioError("demand.toml.centre.junction", expected="a junction that is built", got=centre.junction)
    return math.dist(gate.end, town.points[centre.junction]) > centre.radius_m


def _entry_pcu_h(gate: Gate, demand: Demand) -> float:
    for entry in demand.entry:
        if entry.road_class == gate.road.road_class:
            return entry.pcu_h_per_lane * gate.road.lanes_per_dir
    raise ScenarioError(
        "demand.toml.entry",
        expected=f"a flow for road_class {gate.road.road_class!r}",
        got=[entry.road_class for entry in demand.entry],
    )


def _route(net: Any, origin: Gate, destination: Gate) -> tuple[tuple[str, ...], float] | None:
    path, _ = net.getFastestPath(net.getEdge(origin.enter_edge), net.getEdge(destination.exit_edge))
    if path is None:
        return None
    return tuple(edge.getID() for edge in path), sum(float(edge.getLength()) for edge in path)


def _balance(
    brought_pcu_h: Mapping[str, float], taken_pcu_h: Mapping[str, float], affinity: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], float]:
    """Flows with the wanted row and column sums (Furness), in proportion to `affinity` otherwise."""
    flows = {od: brought_pcu_h[od[0]] * taken_pcu_h[od[1]] * weight for od, weight in affinity.items()}
    for _ in range(BALANCE_ROUNDS):
        for side, wanted in ((1, taken_pcu_h), (0, brought_pcu_h)):
            sums: dict[str, float] = defaultdict(float)
            for od, flow in flows.items():
                sums[od[side]] += flow
            flows = {od: flow * wanted[od[side]] / sums[od[side]] for od, flow in flows.items()}
    return flows
