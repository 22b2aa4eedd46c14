"""Candidate routes beside those of the scenario's own demand: other ways between the same ends.

Each round shifts every edge's driving time by a factor drawn from a log-normal (Prato 2009: simulated link costs) and
takes the fastest ways anew; a way that comes out more often is likelier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from scenarios.calibration.own_demand import Route

ROUNDS = 8
SPREAD = 0.35
"""Standard deviation of the logarithm of the factor on an edge's driving time."""
LONGEST = 1.6
"""A detour that takes longer than this many times the fastest way is no candidate."""


def detours(net: Any, ends: Iterable[tuple[str, str]], seed: int) -> dict[tuple[str, str], dict[Route, float]]:
    """Ways by (first edge, last edge), each with the share of rounds in which it was the fastest."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    wanted: dict[str, list[str]] = defaultdict(list)
    for origin, destination in sorted(set(ends)):
        if origin != destination:
            wanted[origin].append(destination)
    edges = [edge for edge in net.getEdges(withInternal=False) if edge.getFunction() != "internal"]
    index = {edge.getID(): number for number, edge in enumerate(edges)}
    time_s = np.array([edge.getLength() / max(edge.getSpeed(), 0.1) for edge in edges])
    arcs = np.array(
        [
            (index[edge.getID()], index[out.getID()])
            for edge in edges
            for out in edge.getOutgoing()
            if out.getID() in index and out.getToNode() is not edge.getFromNode()
        ]
    )
    rng = np.random.default_rng(seed)
    origins = [index[origin] for origin in wanted]
    shares: dict[tuple[str, str], dict[Route, float]] = defaultdict(lambda: defaultdict(float))
    fastest: dict[tuple[str, str], float] = {}
    for number in range(ROUNDS + 1):
        factor = np.exp(SPREAD * rng.standard_normal(len(edges))) if number else np.ones(len(edges))
        graph = csr_matrix(((time_s * factor)[arcs[:, 1]], (arcs[:, 0], arcs[:, 1])), shape=(len(edges),) * 2)
        _, before = dijkstra(graph, indices=origins, return_predecessors=True)
        for row, (origin, destinations) in enumerate(wanted.items()):
            for destination in destinations:
                way = _way(before[row], index[origin], index[destination])
                if way is None:
                    continue
                takes_s = float(time_s[way].sum())
                pair = origin, destination
                if takes_s <= LONGEST * fastest.setdefault(pair, takes_s):
                    shares[pair][tuple(edges[step].getID() for step in way)] += 1 / (ROUNDS + 1)
    return {pair: dict(ways) for pair, ways in shares.items()}


def _way(before: Any, origin: int, destination: int) -> list[int] | None:
    way = [destination]
    while way[-1] != origin:
        step = int(before[way[-1]])
        if step < 0:
            return None
        way.append(step)
    return way[::-1]
