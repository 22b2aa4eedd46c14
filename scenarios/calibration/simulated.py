"""How a simulated run of the calibrated demand meets the counts, by link: what assigned flows do not show, that a
street which is full passes fewer vehicles than want to drive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from scenarios.calibration.calibrate import Calibration
from scenarios.calibration.count_row import PlaceKind
from scenarios.calibration.geh import geh, good_share
from scenarios.calibration.links import WHOLE_FIRST
from scenarios.calibration.places import Place


@dataclass(frozen=True, kw_only=True)
class CountedLink:
    """A link that was counted as a whole. It is told by what enters `entry`, or by what leaves `approaches`.

    `counted_veh` is by slot of the calibration's intervals, of those only in which all of it was counted.
    """

    link: str
    entry: str | None
    approaches: frozenset[str]
    counted_veh: Mapping[int, float]


@dataclass(frozen=True, kw_only=True)
class SimulatedLink:
    """Hourly vehicles over the intervals in which the link was counted."""

    link: str
    counted_veh_h: float
    simulated_veh_h: float

    @property
    def geh(self) -> float:
        return geh(self.simulated_veh_h, self.counted_veh_h)


def counted_links(found: Calibration, net: Any) -> tuple[CountedLink, ...]:
    """Links whose own count, or whose every turn over the stop line, was counted in some interval."""
    by_link: dict[str, list[Place]] = defaultdict(list)
    for place in found.binned.veh:
        by_link[place.link].append(place)
    links = []
    for link, places in sorted(by_link.items()):
        kind = next(kind for kind in WHOLE_FIRST if any(place.name.kind is kind for place in places))
        chosen = [place for place in places if place.name.kind is kind]
        turns = frozenset().union(*(place.turns for place in chosen))
        approaches = frozenset(start for start, _ in turns)
        if kind is not PlaceKind.LINK and turns != _turns_off(net, approaches):
            continue
        values = [found.binned.veh[place] for place in chosen]
        counted = {
            slot: sum(value for value in at if value is not None)
            for slot, at in enumerate(zip(*values, strict=True))
            if None not in at
        }
        if counted:
            entry = link if kind is PlaceKind.LINK else None
            links.append(CountedLink(link=link, entry=entry, approaches=approaches, counted_veh=counted))
    return tuple(links)


def simulated_links(
    links: Sequence[CountedLink],
    length_s: float,
    entered_veh: Sequence[Mapping[str, int]],
    left_veh: Sequence[Mapping[str, int]],
) -> tuple[SimulatedLink, ...]:
    """The counted links with what a run passed. `entered_veh` and `left_veh` are by slot and edge."""
    found = []
    for link in links:
        hours = len(link.counted_veh) * length_s / 3600
        passed = sum(
            entered_veh[slot].get(link.entry, 0)
            if link.entry is not None
            else sum(left_veh[slot].get(edge, 0) for edge in link.approaches)
            for slot in link.counted_veh
        )
        counted = sum(link.counted_veh.values())
        found.append(SimulatedLink(link=link.link, counted_veh_h=counted / hours, simulated_veh_h=passed / hours))
    return tuple(found)


def simulated_document(links: Sequence[SimulatedLink], withheld: Set[str], fidelity: str) -> dict[str, Any]:
    """The object `simulated` of `chauraha scenario calibrate --json`: shares, and every link with its flows."""
    return {
        "fidelity": fidelity,
        "geh_lt5_share": good_share(link.geh for link in links if link.link not in withheld),
        "withheld_geh_lt5_share": good_share(link.geh for link in links if link.link in withheld),
        "links": [
            {
                "link": link.link,
                "counted_veh_h": round(link.counted_veh_h, 1),
                "simulated_veh_h": round(link.simulated_veh_h, 1),
                "geh": round(link.geh, 2),
                "withheld": link.link in withheld,
            }
            for link in links
        ],
    }


def _turns_off(net: Any, edges: frozenset[str]) -> frozenset[tuple[str, str]]:
    """Every turn off the edges but U-turns, which are no movements."""
    return frozenset(
        (name, ahead.getID())
        for name in edges
        for ahead in net.getEdge(name).getOutgoing()
        if ahead.getFunction() != "internal" and ahead.getToNode() is not net.getEdge(name).getFromNode()
    )
