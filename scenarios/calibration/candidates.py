"""Candidate routes with their prior flow by interval, and which counted places each passes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from junction.errors import ScenarioError
from scenarios.calibration.detours import detours
from scenarios.calibration.own_demand import OwnDemand, Route
from scenarios.calibration.places import Place, StreetPlaces, Turn

DETOUR_SHARE = 0.15
"""Part of the traffic between two ends that the prior gives to the ways of `detours`, the rest to its own."""
LEAST_VEH_H = 1e-4
"""Routes below this prior flow are no candidates."""


class Candidates:
    """`routes` in a fixed order, the same for every interval."""

    def __init__(self, net: Any, own: OwnDemand, seed: int) -> None:
        self._own = own
        if not own.pieces:
            raise ScenarioError("scenario demand", expected="routes to start from", got="no vehicle has a route")
        known = {edge.getID() for edge in net.getEdges(withInternal=False)}
        strangers = sorted({edge for piece in own.pieces for edge in piece.route} - known)
        if strangers:
            raise ScenarioError("scenario demand", expected="routes over the street's edges", got=strangers[:5])
        ends = {(piece.route[0], piece.route[-1]) for piece in own.pieces}
        self._detours = detours(net, ends, seed)
        ways = {route for found in self._detours.values() for route in found}
        self.routes: tuple[Route, ...] = tuple(sorted(ways | {piece.route for piece in own.pieces}))
        self._index = {route: number for number, route in enumerate(self.routes)}

    def prior_veh(self, begin_s: float, end_s: float) -> Any:
        """Vehicles by route, shape (routes,). Where the scenario has no demand then, its whole day's."""
        by_route = self._own.by_route(begin_s, end_s) or self._own.by_route(0.0, float("inf"))
        prior = np.full(len(self.routes), LEAST_VEH_H * (end_s - begin_s) / 3600)
        by_ends: dict[tuple[str, str], float] = defaultdict(float)
        for route, veh in by_route.items():
            by_ends[route[0], route[-1]] += veh
            prior[self._index[route]] += veh * (1 - DETOUR_SHARE)
        for ends, veh in by_ends.items():
            for route, share in self._detours.get(ends, {}).items():
                prior[self._index[route]] += veh * DETOUR_SHARE * share
        return prior

    def passes(self, places: Sequence[Place], street: StreetPlaces) -> Any:
        """How often each route passes each place: sparse, shape (places, routes)."""
        from scipy.sparse import csr_matrix

        by_turn: dict[Turn, list[int]] = defaultdict(list)
        by_link: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(places):
            for turn in place.turns:
                by_turn[turn].append(number)
            if not place.turns:
                by_link[place.link].append(number)
        rows, columns = [], []
        for column, route in enumerate(self.routes):
            links = [street.link_of(edge) for edge in route]
            hit = [number for pair in pairwise(route) for number in by_turn.get(pair, ())]
            entered = [now for before, now in zip([None, *links], links, strict=False) if now != before]
            hit += [number for link in entered for number in by_link.get(link, ())]
            rows += hit
            columns += [column] * len(hit)
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(places), len(self.routes)))

    def turn_flows(self, veh: Any, signalled: frozenset[str]) -> tuple[dict[Turn, float], dict[str, float]]:
        """Vehicles by turn off a `signalled` edge, and by edge of departure, of route flows of shape (routes,)."""
        turns: dict[Turn, float] = defaultdict(float)
        departures: dict[str, float] = defaultdict(float)
        for route, number in zip(self.routes, veh.tolist(), strict=True):
            departures[route[0]] += number
            for pair in pairwise(route):
                if pair[0] in signalled:
                    turns[pair] += number
        return dict(turns), dict(departures)

    def vector(self, by_route: Mapping[Route, float]) -> Any:
        """Shape (routes,) of a mapping."""
        return np.array([by_route.get(route, 0) for route in self.routes], dtype=np.float64)
