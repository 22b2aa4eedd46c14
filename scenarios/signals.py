"""What the built network says of a junction's signals: its links by signal group, which groups conflict, and how long
one must clear before the other starts.

Conflicts are the network's own: two links are foes where their paths cross or meet in one lane. Links of different
arms into one road conflict as well, whatever their lanes, because traffic changes lanes as it leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from junction.errors import MissingPackageError, ScenarioError
from junction.layout import conflict_pairs
from scenarios.geometry import Point, first_crossing_m, length_m
from scenarios.lanes import lane_uses
from scenarios.model import TlsBinding
from scenarios.network import edges_of
from scenarios.source import Timing
from scenarios.town import Town


@dataclass(frozen=True, kw_only=True)
class Link:
    """One lane-to-lane connection through a junction. `path` runs from the stop line to the lane out."""

    tl_index: int
    request_index: int
    from_arm: str
    to_arm: str
    group_id: str
    from_lane: str
    path: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class JunctionLinks:
    """All links of a junction; `foes` holds pairs of request indices whose paths cross or meet."""

    junction_id: str
    tls_id: str
    links: tuple[Link, ...]
    foes: frozenset[tuple[int, int]]

    def binding(self, unlinked: Sequence[str] = ()) -> TlsBinding:
        """Which link shows which group's lamp.

        `unlinked` groups (pedestrians, who are not simulated) get a lamp each behind the links' own: SUMO shows and
        logs it, and nothing obeys it.
        """
        groups: dict[str, list[int]] = {}
        for link in sorted(self.links, key=lambda link: link.tl_index):
            groups.setdefault(link.group_id, []).append(link.tl_index)
        for index, group in enumerate(unlinked, start=len(self.links)):
            groups[group] = [index]
        return TlsBinding(
            tls_id=self.tls_id,
            link_count=len(self.links) + len(unlinked),
            group_links={group: tuple(indices) for group, indices in sorted(groups.items())},
        )

    def stop_lanes(self) -> dict[str, tuple[str, ...]]:
        """SUMO lanes at the stop line by lane group (the lane group has its signal group's id)."""
        lanes: dict[str, set[str]] = {}
        for link in self.links:
            lanes.setdefault(link.group_id, set()).add(link.from_lane)
        return {group: tuple(sorted(found)) for group, found in sorted(lanes.items())}

    def meet(self, a: Link, b: Link) -> bool:
        """Whether the two links, of different arms, must never be green together."""
        if a.from_arm == b.from_arm:
            return False
        return (
            a.to_arm == b.to_arm
            or (min(a.request_index, b.request_index), max(a.request_index, b.request_index)) in self.foes
        )

    def meetings(self) -> Iterable[tuple[Link, Link]]:
        return ((a, b) for a, b in combinations(self.links, 2) if self.meet(a, b))

    def conflicts(self) -> frozenset[tuple[str, str]]:
        """Pairs of signal groups that must never be green together."""
        return conflict_pairs((a.group_id, b.group_id) for a, b in self.meetings())

    def intergreens_s(self, timing: Timing) -> dict[tuple[str, str], float]:
        """Whole seconds by (losing, gaining) group: amber and the time the last vehicle needs to clear.

        The vehicle that passes at the end of amber clears the point where the paths meet, with its length, at
        clearing speed; against it the first of the gaining group arrives there rolling. Never less than amber +
        all-red.
        """
        least_s = timing.amber_s + timing.all_red_s
        longest: dict[tuple[str, str], float] = {}
        for a, b in self.meetings():
            for losing, gaining in ((a, b), (b, a)):
                clear_m, enter_m = _to_meeting_m(losing, gaining)
                clear_s = (clear_m + timing.clearing_length_m) / (timing.clearing_speed_kmh / 3.6)
                enter_s = enter_m / (timing.entering_speed_kmh / 3.6)
                needed_s = math.ceil(max(least_s, timing.amber_s + clear_s - enter_s) - 1e-6)
                pair = losing.group_id, gaining.group_id
                longest[pair] = max(longest.get(pair, 0.0), float(needed_s))
        return longest


def _to_meeting_m(a: Link, b: Link) -> tuple[float, float]:
    """Metres from each stop line to where the paths meet: their crossing, else (a merge) their ends."""
    return first_crossing_m(a.path, b.path) or (length_m(a.path), length_m(b.path))


def read_net(net_file: Path) -> Any:
    """The net as sumolib reads it, with internal lanes. Raises MissingPackageError."""
    try:
        import sumolib
    except ImportError:
        raise MissingPackageError("sumolib", extra="sim") from None
    return sumolib.net.readNet(str(net_file), withInternal=True)


def junction_links(net: Any, town: Town, junction_id: str) -> JunctionLinks:
    """The links of one junction. Raises ScenarioError for a link without a signal."""
    node = net.getNode(junction_id)
    arms = town.arms[junction_id]
    arm_of_exit = {edges_of(town, arm).leaving: arm.id for arm in arms}
    links = []
    for arm in arms:
        group_of = {way.arm.id: f"{arm.id}_{use.suffix}" for use in lane_uses(arm, arms) for way in use.exits}
        for targets in net.getEdge(edges_of(town, arm).approach).getOutgoing().values():
            for c in targets:
                if c.getTLLinkIndex() < 0 or not c.getTLSID():
                    raise ScenarioError(
                        f"junction {junction_id}.link",
                        expected="a signal on every link",
                        got=f"{c.getFromLane().getID()} to {c.getToLane().getID()}",
                    )
                to_arm = arm_of_exit[c.getTo().getID()]
                links.append(
                    Link(
                        tl_index=c.getTLLinkIndex(),
                        request_index=node.getLinkIndex(c),
                        from_arm=arm.id,
                        to_arm=to_arm,
                        group_id=group_of[to_arm],
                        from_lane=c.getFromLane().getID(),
                        path=inside_path(net, c),
                    )
                )
    indices = sorted(link.request_index for link in links)
    foes = {(i, j) for i, j in combinations(indices, 2) if node.areFoes(i, j)}
    return JunctionLinks(
        junction_id=junction_id,
        tls_id=junction_id,
        links=tuple(sorted(links, key=lambda link: link.tl_index)),
        foes=frozenset(foes),
    )


def inside_path(net: Any, connection: Any) -> tuple[Point, ...]:
    """Shape through the junction: SUMO cuts a path that may have to wait inside into several internal lanes."""
    points: list[Point] = []
    via = connection.getViaLaneID()
    while via:
        lane = net.getLane(via)
        points += [(float(p[0]), float(p[1])) for p in lane.getShape()]
        onward = lane.getOutgoing()
        via = onward[0].getViaLaneID() if onward else ""
    return tuple(points)
