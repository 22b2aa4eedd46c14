"""A traffic signal as a foreign network has it: its links by index, which of them meet, and its own program.

Signal
├── Way       a connection that obeys one link index (several ways may share an index)
└── Program   the network's own phases
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

from junction.errors import ScenarioError
from junction.layout import Turn
from scenarios.geometry import Point
from scenarios.signals import inside_path

_TURNS = {
    "s": Turn.STRAIGHT,
    "l": Turn.LEFT,
    "L": Turn.LEFT,
    "r": Turn.RIGHT,
    "R": Turn.RIGHT,
    "t": Turn.U_TURN,
    "T": Turn.U_TURN,
}
_RAIL = ("rail_signal", "rail_crossing")
PROGRAM_TYPES = ("static", "actuated", "delay_based")


@dataclass(frozen=True, kw_only=True)
class Program:
    """Phases as (seconds, state), and the cycle's offset in seconds. `kind` is SUMO's program type."""

    kind: str
    offset_s: float
    phases: tuple[tuple[float, str], ...]


@dataclass(frozen=True, kw_only=True)
class Way:
    """One lane-to-lane connection. `path` runs from the stop line to the lane out.

    For a pedestrian crossing `from_edge` is the crossing itself and `length_m` how far it is to the other side.
    """

    index: int
    node_id: str
    request_index: int
    from_edge: str
    to_edge: str
    from_lane: str
    turn: Turn
    path: tuple[Point, ...]
    pedestrian: bool = False
    length_m: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal:
    """`meeting` holds pairs of ways (by position) whose paths cross or merge; `yielding[i]` the indices over which
    index i has no right of way."""

    tls_id: str
    link_count: int
    ways: tuple[Way, ...]
    meeting: frozenset[tuple[int, int]]
    yielding: Mapping[int, frozenset[int]]
    program: Program | None

    @cached_property
    def ways_of(self) -> Mapping[int, tuple[Way, ...]]:
        found: dict[int, list[Way]] = {}
        for way in self.ways:
            found.setdefault(way.index, []).append(way)
        return {index: tuple(ways) for index, ways in sorted(found.items())}

    @cached_property
    def node_ids(self) -> tuple[str, ...]:
        return tuple(sorted({way.node_id for way in self.ways}))

    def meetings(self) -> Iterator[tuple[Way, Way]]:
        return ((self.ways[a], self.ways[b]) for a, b in sorted(self.meeting))

    @cached_property
    def foes(self) -> frozenset[tuple[int, int]]:
        """Ordered pairs of link indices that meet."""
        pairs = ((a.index, b.index) for a, b in self.meetings() if a.index != b.index)
        return frozenset((min(pair), max(pair)) for pair in pairs)


def read_programs(roots: Sequence[ElementTree.Element]) -> dict[str, Program]:
    """The program that SUMO would run for each signal: the last that the files define."""
    return {
        logic.get("id", ""): Program(
            kind=logic.get("type", "static"),
            offset_s=float(logic.get("offset") or 0),
            phases=tuple((float(p.get("duration") or 0), p.get("state", "")) for p in logic.findall("phase")),
        )
        for root in roots
        for logic in root.iter("tlLogic")
    }


def read_signals(net: Any, programs: Mapping[str, Program]) -> tuple[dict[str, Signal], dict[str, str]]:
    """Signals by tls id, and those that are none of ours with the reason. `net` as `read_foreign_net` gives it."""
    ways: dict[str, list[Way]] = {}
    for edge in net.getEdges():
        for connections in edge.getOutgoing().values():
            for c in connections:
                if c.getTLSID() and c.getTLLinkIndex() >= 0:
                    ways.setdefault(c.getTLSID(), []).extend(_ways(net, c))
    signals, skipped = {}, {}
    for tls_id, found in sorted(ways.items()):
        nodes = {net.getNode(way.node_id) for way in found}
        if all(node.getType() in _RAIL for node in nodes):
            skipped[tls_id] = "a railway's signal, not a road junction's"
            continue
        try:
            signals[tls_id] = _signal(net, tls_id, found, programs.get(tls_id))
        except ScenarioError as wrong:
            skipped[tls_id] = str(wrong)
    return signals, skipped


def _ways(net: Any, c: Any) -> Iterator[Way]:
    start, end = c.getFromLane().getEdge(), c.getTo()
    crossing = end.getFunction() == "crossing"
    node = end.getFromNode() if crossing else start.getToNode()
    indices = [c.getTLLinkIndex()]
    if crossing and c.getTLLinkIndex2() >= 0:
        indices.append(c.getTLLinkIndex2())
    lane = c.getToLane() if crossing else c.getFromLane()
    for index in indices:
        yield Way(
            index=index,
            node_id=node.getID(),
            request_index=node.getLinkIndex(c),
            from_edge=end.getID() if crossing else start.getID(),
            to_edge=end.getID(),
            from_lane=lane.getID(),
            turn=_TURNS.get(c.getDirection(), Turn.STRAIGHT),
            path=tuple((float(x), float(y)) for x, y, *_ in lane.getShape()) if crossing else _path(net, c),
            pedestrian=crossing,
            length_m=float(lane.getLength()),
        )


def _signal(net: Any, tls_id: str, ways: list[Way], program: Program | None) -> Signal:
    ways.sort(key=lambda way: (way.index, way.from_lane, way.to_edge))
    where = f"signal {tls_id}.program"
    link_count = max(way.index for way in ways) + 1
    if program is not None:
        lengths = {len(state) for _, state in program.phases}
        if program.kind not in PROGRAM_TYPES:
            raise ScenarioError(where, expected=f"a program of type {', '.join(PROGRAM_TYPES)}", got=program.kind)
        if len(lengths) != 1 or min(lengths) < link_count:
            raise ScenarioError(where, expected=f"a state for each of {link_count} links", got=sorted(lengths))
        link_count = lengths.pop()
    meeting, yielding = set(), {way.index: set[int]() for way in ways}
    for (i, a), (j, b) in combinations(enumerate(ways), 2):
        if a.node_id != b.node_id or a.from_edge == b.from_edge or min(a.request_index, b.request_index) < 0:
            continue
        node = net.getNode(a.node_id)
        merging = a.to_edge == b.to_edge and not a.pedestrian
        if merging or node.areFoes(a.request_index, b.request_index):
            meeting.add((i, j))
        for mine, other in ((a, b), (b, a)):
            if _must_yield(node, mine.request_index, other.request_index):
                yielding[mine.index].add(other.index)
    return Signal(
        tls_id=tls_id,
        link_count=link_count,
        ways=tuple(ways),
        meeting=frozenset(meeting),
        yielding={index: frozenset(others) for index, others in yielding.items()},
        program=program,
    )


def _must_yield(node: Any, mine: int, other: int) -> bool:
    response: str = node._prohibits.get(mine, "")
    return len(response) > other and response[len(response) - other - 1] == "1"


def _path(net: Any, connection: Any) -> tuple[Point, ...]:
    """Shape through the junction, over every internal lane; straight from lane to lane where the net has none."""
    points = inside_path(net, connection)
    if len(points) >= 2:
        return points
    ends = connection.getFromLane().getShape()[-1], connection.getToLane().getShape()[0]
    return tuple((float(x), float(y)) for x, y, *_ in ends)
