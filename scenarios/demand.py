"""Traffic between the roads that lead out of the model: a balanced gravity model, fastest routes, Poisson arrivals.

SUMO draws the arrivals and each vehicle's class, so its seed varies them; the flows themselves never change.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import quoteattr

from junction.errors import ScenarioError
from junction.vehicle import PCU, VehicleClass
from scenarios.lanes import lane_uses
from scenarios.model import EVALUATION
from scenarios.network import edges_of
from scenarios.source import Demand, Source, VehicleRow
from scenarios.town import Arm, Town

MIX = "mix"
BALANCE_ROUNDS = 60
LEAST_FLOW_VEH_H = 0.5
"""Smaller flows are left out; what they would have carried is spread over the others."""


@dataclass(frozen=True, kw_only=True)
class TripFlow:
    """Traffic from one edge road to another at factor 1, on SUMO edges `route`."""

    origin: str
    destination: str
    flow_pcu_h: float
    route: tuple[str, ...]
    length_m: float


def mean_pcu(vehicles: Sequence[VehicleRow]) -> float:
    """PCU of the mix's average vehicle."""
    return sum(row.mix_share * PCU[VehicleClass(row.id)] for row in vehicles) / sum(row.mix_share for row in vehicles)


def trip_flows(source: Source, town: Town, net: Any) -> tuple[TripFlow, ...]:
    """All flows at factor 1. Raises ScenarioError when an edge road has no entry flow or no way through the model."""
    gates = [arm for row in town.rows for arm in town.arms[row.id] if not arm.inner]
    entry_pcu_h = {gate.end_node: _entry_pcu_h(gate, source.demand) for gate in gates}
    routes = {}
    for origin in gates:
        for destination in gates:
            if origin is destination:
                continue
            found = _route(net, town, origin, destination)
            if found is not None and found[1] >= source.demand.gravity.min_trip_m:
                routes[origin.end_node, destination.end_node] = found
    lonely = sorted(g.end_node for g in gates if not any(g.end_node == o for o, _ in routes))
    if lonely:
        raise ScenarioError("demand.route", expected="a way from every edge road to another", got=lonely)
    flows = _balance(
        entry_pcu_h, {od: math.exp(-found[1] / source.demand.gravity.scale_m) for od, found in routes.items()}
    )
    least_pcu_h = LEAST_FLOW_VEH_H * mean_pcu(source.vehicles)
    kept = {od: flow for od, flow in flows.items() if flow >= least_pcu_h}
    restore = sum(flows.values()) / sum(kept.values())
    return tuple(
        TripFlow(origin=o, destination=d, flow_pcu_h=flow * restore, route=routes[o, d][0], length_m=routes[o, d][1])
        for (o, d), flow in kept.items()
    )


def lane_group_flows(town: Town, trips: Sequence[TripFlow], factor: float) -> dict[str, dict[str, float]]:
    """PCU an hour by junction and lane group when every trip runs at `factor`."""
    approach_of, exit_of = {}, {}
    for row in town.rows:
        for arm in town.arms[row.id]:
            names = edges_of(town, arm)
            approach_of[names.approach] = row.id, arm
            exit_of[row.id, names.leaving] = arm
    flows: dict[str, dict[str, float]] = {row.id: defaultdict(float) for row in town.rows}
    for trip in trips:
        for edge, onward in pairwise(trip.route):
            if edge not in approach_of:
                continue
            junction_id, arm = approach_of[edge]
            out = exit_of[junction_id, onward]
            use = next(u for u in lane_uses(arm, town.arms[junction_id]) if any(e.arm.id == out.id for e in u.exits))
            flows[junction_id][f"{arm.id}_{use.suffix}"] += trip.flow_pcu_h * factor
    return {junction: dict(sorted(found.items())) for junction, found in flows.items()}


def peak_factor(demand: Demand) -> float:
    return max(piece.factor for piece in demand.slice)


def flow_lines(source: Source, trips: Sequence[TripFlow], fidelity: str) -> list[str]:
    """The route file: a route a trip flow, then a Poisson flow a slice, in order of begin."""
    lines = [f'<route id="r{index}" edges={quoteattr(" ".join(trip.route))}/>' for index, trip in enumerate(trips)]
    beside = ' departPosLat="random_free"' if fidelity == EVALUATION else ""
    ends = [piece.begin_s for piece in source.demand.slice[1:]] + [source.demand.end_s]
    for number, (piece, end_s) in enumerate(zip(source.demand.slice, ends, strict=True)):
        for index, trip in enumerate(trips):
            per_s = trip.flow_pcu_h * piece.factor / mean_pcu(source.vehicles) / 3600
            if per_s > 0:
                lines.append(
                    f'<flow id="f{number}.{index}" type="{MIX}" route="r{index}" begin="{piece.begin_s:g}" '
                    f'end="{end_s:g}" period="exp({per_s:.7f})" departLane="best" departSpeed="max"{beside}/>'
                )
    return ["<routes>", *lines, "</routes>", ""]


def _entry_pcu_h(gate: Arm, demand: Demand) -> float:
    for entry in demand.entry:
        if entry.road_class == gate.road.road_class:
            return entry.pcu_h_per_lane * gate.road.lanes_per_dir
    raise ScenarioError(
        "demand.toml.entry",
        expected=f"a flow for road_class {gate.road.road_class!r}",
        got=[entry.road_class for entry in demand.entry],
    )


def _route(net: Any, town: Town, origin: Arm, destination: Arm) -> tuple[tuple[str, ...], float] | None:
    start, end = edges_of(town, origin).upstream, edges_of(town, destination).leaving
    path, _ = net.getFastestPath(net.getEdge(start), net.getEdge(end))
    if path is None:
        return None
    return tuple(edge.getID() for edge in path), sum(float(edge.getLength()) for edge in path)


def _balance(
    ends_pcu_h: Mapping[str, float], affinity: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], float]:
    """Flows with the wanted row and column sums (Furness), in proportion to `affinity` otherwise."""
    flows = {od: ends_pcu_h[od[0]] * ends_pcu_h[od[1]] * weight for od, weight in affinity.items()}
    for _ in range(BALANCE_ROUNDS):
        for side in (1, 0):
            sums: dict[str, float] = defaultdict(float)
            for od, flow in flows.items():
                sums[od[side]] += flow
            flows = {od: flow * ends_pcu_h[od[side]] / sums[od[side]] for od, flow in flows.items()}
    return flows
