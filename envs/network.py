"""What is read off a running street's network once: its lanes, what each signal's links are, who gives way to whom."""

from __future__ import annotations

from typing import Any

from envs.street_junction import StreetJunction
from envs.sumo_command import CROSSING_PREFIX
from envs.zones import Connection, LaneGraph, zone_lanes
from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.signals import Lamp
from scenarios.model import StreetFiles

APPROACH_M = 1000.0
"""A jam is a junction's as far back as this, or up to the signal or the crossroads before it."""


class Network:
    """The network of a running street. `sumo` is libsumo, or a traci connection."""

    def __init__(self, sumo: Any) -> None:
        self._sumo = sumo
        self._graph = self._lane_graph()

    def bind(self, layout: JunctionLayout, files: StreetFiles) -> StreetJunction:
        """One junction's binding to its signal and lanes. Raises InputError for lane groups without lanes."""
        binding = files.tls[layout.id]
        group_lanes = files.lane_group_lanes[layout.id]
        missing = [g.id for g in layout.lane_groups if not group_lanes.get(g.id)]
        if missing:
            raise InputError(f"street.lane_group_lanes[{layout.id}]", expected=f"lanes for {missing}", got=None)
        storage_m = {g.id: g.storage_m for g in layout.lane_groups}
        stop_lanes = {group: group_lanes[group] for group in storage_m}
        zones = zone_lanes(self._graph, stop_lanes, storage_m)
        approach = zone_lanes(self._graph, stop_lanes, dict.fromkeys(storage_m, APPROACH_M))
        links = signal_links(self._sumo, binding.tls_id)
        return StreetJunction(
            tls_id=binding.tls_id,
            link_count=binding.link_count,
            group_links=tuple(tuple(binding.group_links.get(g.id, ())) for g in layout.groups),
            free_links=frozenset(binding.free_links),
            turn_on_red_links=frozenset(binding.turn_on_red_links),
            yields_to=self._yields_to(links),
            lane_group_ids=tuple(storage_m),
            storage_m=tuple(storage_m.values()),
            zones=tuple(zones[group] for group in storage_m),
            loops=tuple((CROSSING_PREFIX + lane, row) for row, g in enumerate(storage_m) for lane in group_lanes[g]),
            approach_lanes=tuple(lane.lane_id for zone in approach.values() for lane in zone),
            exit_lanes=tuple(sorted({link[1] for ways in links for link in ways})),
            shown=(Lamp.RED,) * len(layout.groups),
        )

    def _lane_graph(self) -> LaneGraph:
        sumo = self._sumo
        lanes = sumo.lane.getIDList()
        signalled = {
            (link[0], link[1])
            for tls_id in sumo.trafficlight.getIDList()
            for links in sumo.trafficlight.getControlledLinks(tls_id)
            for link in links
        }
        return LaneGraph(
            length_m={lane: sumo.lane.getLength(lane) for lane in lanes},
            onwards={
                lane: [
                    Connection(
                        to_lane_id=link[0],
                        via_lane_id=link[4],
                        straight=link[6] == "s",
                        signalled=(lane, link[0]) in signalled,
                    )
                    for link in sumo.lane.getLinks(lane)
                ]
                for lane in lanes
                if not lane.startswith(":")
            },
        )

    def _yields_to(self, links: list[list[tuple[str, str, str]]]) -> tuple[frozenset[int], ...]:
        """By link: the links whose traffic has right of way over it, from the network's own rules."""
        from_lanes = [{link[0] for link in ways} for ways in links]
        yields = []
        for ways in links:
            foes = {foe for link in ways for foe in self._sumo.lane.getFoes(link[0], link[1])}
            yields.append(frozenset(other for other, lanes in enumerate(from_lanes) if lanes & foes))
        return tuple(yields)


def signal_links(sumo: Any, tls_id: str) -> list[list[tuple[str, str, str]]]:
    """By link index: the ways (from lane, to lane, lane inside) that it signals.

    None for an index behind the network's own links: a lamp for pedestrians, who are not simulated.
    """
    signal = sumo.trafficlight
    links = [list(ways) for ways in signal.getControlledLinks(tls_id)]
    lamps = len(signal.getRedYellowGreenState(tls_id))
    return links + [[] for _ in range(lamps - len(links))]
