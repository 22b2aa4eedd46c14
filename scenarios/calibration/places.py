"""Where counts were made, in the street's terms: a link is the edges of one road between two junctions, a movement or
lane group is the turns (edge in, edge out) over its stop line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from junction.errors import InputError
from scenarios.calibration.count_row import PlaceKind, PlaceName
from scenarios.model import Scenario, StreetFiles

Turn = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A counted place. `link` is the link whose traffic it counts, whole or in part.

    A link is passed by routes that use one of `edges` (in a row: once); any other place by routes that make one of
    `turns`.
    """

    name: PlaceName
    link: str
    edges: frozenset[str]
    turns: frozenset[Turn]

    def passed(self, route: tuple[str, ...]) -> int:
        """How often a route passes here."""
        if self.turns:
            return sum(pair in self.turns for pair in pairwise(route))
        inside = [edge in self.edges for edge in route]
        return sum(now and not before for before, now in zip([False, *inside], inside, strict=False))


class StreetPlaces:
    """Places of one built street. `net` is its network as sumolib reads it."""

    def __init__(self, scenario: Scenario, street: StreetFiles, net: Any) -> None:
        self._scenario = scenario
        self._street = street
        self._net = net
        self._links = _links(net)
        self._edges: dict[str, frozenset[str]] = {}
        for link in set(self._links.values()):
            self._edges[link] = frozenset(edge for edge, of in self._links.items() if of == link)

    def link_of(self, edge: str) -> str:
        return self._links[edge]

    def edges_of(self, link: str) -> frozenset[str]:
        return self._edges[link]

    def find(self, name: PlaceName, where: str) -> Place | None:
        """The place of that name; None where the street cannot tell its traffic from another's. Raises InputError."""
        if name.kind is PlaceKind.LINK:
            if name.name not in self._links:
                raise InputError(
                    f"{where} link", expected="an edge of the street", got=name.name, hint=_near(name.name, self._links)
                )
            link = self._links[name.name]
            named = PlaceName(kind=PlaceKind.LINK, junction="", name=link)
            return Place(name=named, link=link, edges=self._edges[link], turns=frozenset())
        site = self._scenario.sites.get(name.junction)
        if site is None or name.junction not in self._street.tls:
            raise InputError(
                f"{where} junction",
                expected="a junction of the scenario",
                got=name.junction,
                hint=_near(name.junction, self._scenario.sites),
            )
        if name.kind is PlaceKind.LANE_GROUP:
            groups = self._street.lane_group_lanes[name.junction]
            if name.name not in groups:
                raise InputError(
                    f"{where} lane_group", expected=f"one of {name.junction}'s {sorted(groups)}", got=name.name
                )
            return self._place(name, self._turns_of_group(name.junction, name.name))
        movement = next((m for m in site.layout.movements if m.id == name.name), None)
        if movement is None:
            known = [m.id for m in site.layout.movements]
            raise InputError(f"{where} movement", expected=f"one of {name.junction}'s {known}", got=name.name)
        return self._place(name, self._turns_by_movement(name.junction, movement.lane_group_id).get(movement.id))

    def _place(self, name: PlaceName, turns: frozenset[Turn] | None) -> Place | None:
        if not turns:
            return None
        links = {self._links[start] for start, _ in turns}
        if len(links) != 1:
            return None
        return Place(name=name, link=links.pop(), edges=frozenset(), turns=turns)

    def _turns_of_group(self, junction_id: str, lane_group: str) -> frozenset[Turn] | None:
        """None where another lane group makes one of its turns as well."""
        turns = {group: self._turns(junction_id, group) for group in self._street.lane_group_lanes[junction_id]}
        mine = turns.pop(lane_group)
        return None if any(mine & others for others in turns.values()) else mine

    def _turns(self, junction_id: str, lane_group: str) -> frozenset[Turn]:
        found = set()
        for lane_id in self._street.lane_group_lanes[junction_id].get(lane_group, ()):
            lane = self._net.getLane(lane_id)
            found |= {
                (lane.getEdge().getID(), way.getToLane().getEdge().getID())
                for way in lane.getOutgoing()
                if way.getToLane().getEdge().getFunction() != "internal"
            }
        return frozenset(found)

    def _turns_by_movement(self, junction_id: str, lane_group: str) -> dict[str, frozenset[Turn]]:
        """The lane group's turns given to its movements, each to the road out whose bearing is nearest.

        The pairing with the least sum of angles is taken, so that two roads out never get one movement.
        """
        from scipy.optimize import linear_sum_assignment

        layout = self._scenario.sites[junction_id].layout
        bearing = {approach.id: approach.bearing_deg for approach in layout.approaches}
        movements = [m for m in layout.movements if m.lane_group_id == lane_group]
        turns = sorted(self._turns(junction_id, lane_group))
        if len(movements) == 1 and len(turns) == 1:
            return {movements[0].id: frozenset(turns)}
        if len(movements) != len(turns) or any(m.to_approach not in bearing for m in movements):
            return {}
        angles = [
            [abs((bearing[m.to_approach] - _bearing_deg(self._net.getEdge(out)) + 180) % 360 - 180) for _, out in turns]
            for m in movements
        ]
        rows, columns = linear_sum_assignment(angles)
        return {movements[row].id: frozenset({turns[column]}) for row, column in zip(rows, columns, strict=True)}


def _bearing_deg(edge: Any) -> float:
    (x0, y0), (x1, y1) = edge.getShape()[:2]
    return math.degrees(math.atan2(x1 - x0, y1 - y0))


def _links(net: Any) -> dict[str, str]:
    """Each edge's link: the first edge of the row of edges between which nothing joins, leaves or is signalled."""
    before: dict[str, str] = {}
    for edge in net.getEdges(withInternal=False):
        ahead = _onward(edge)
        if len(ahead) == 1 and edge.getToNode().getType() != "traffic_light":
            (next_edge,) = ahead
            entering = {
                other.getID()
                for other in edge.getToNode().getIncoming()
                if other.getFunction() != "internal" and next_edge in _onward(other)
            }
            if entering == {edge.getID()}:
                before[next_edge] = edge.getID()
    links = {}
    for edge in net.getEdges(withInternal=False):
        first, seen = edge.getID(), {edge.getID()}
        while first in before and before[first] not in seen:
            first = before[first]
            seen.add(first)
        links[edge.getID()] = first
    return links


def _onward(edge: Any) -> set[str]:
    """Edges ahead, without the way back."""
    back = edge.getFromNode()
    return {out.getID() for out in edge.getOutgoing() if out.getToNode() is not back}


def _near(asked: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(asked, list(known), n=3)
    return f"did you mean {', '.join(near)}?" if near else ""
