"""Counted and modelled flows by link, how well they meet, and counts of one link that contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from scenarios.calibration.bins import Binned
from scenarios.calibration.count_row import PlaceKind
from scenarios.calibration.geh import GOOD_GEH, geh
from scenarios.calibration.places import Place, StreetPlaces, Turn

WHOLE_FIRST = (PlaceKind.LINK, PlaceKind.LANE_GROUP, PlaceKind.MOVEMENT)
"""Which counts of a link are compared where it has several kinds: those that say most of it."""


@dataclass(frozen=True, kw_only=True)
class PlaceFlow:
    """Hourly vehicles at one place over the intervals in which it was counted."""

    place: Place
    counted_veh_h: float
    modelled_veh_h: float

    @property
    def geh(self) -> float:
        return geh(self.modelled_veh_h, self.counted_veh_h)


def place_flows(binned: Binned, modelled_veh: Mapping[Place, Sequence[float]]) -> tuple[PlaceFlow, ...]:
    """One flow a place that was counted in some interval. `modelled_veh` has a value an interval."""
    flows = []
    for place, values in binned.veh.items():
        slots = [slot for slot, value in enumerate(values) if value is not None]
        if slots:
            hours = len(slots) * binned.length_s / 3600
            counted = sum(value for value in values if value is not None)
            modelled = sum(modelled_veh[place][slot] for slot in slots)
            flows.append(PlaceFlow(place=place, counted_veh_h=counted / hours, modelled_veh_h=modelled / hours))
    return tuple(flows)


def link_geh(flows: Sequence[PlaceFlow]) -> dict[str, float]:
    """GEH by link: its counted places of the kind that says most, taken together."""
    by_link: dict[str, list[PlaceFlow]] = defaultdict(list)
    for flow in flows:
        by_link[flow.place.link].append(flow)
    found = {}
    for link, its in sorted(by_link.items()):
        kind = next(kind for kind in WHOLE_FIRST if any(flow.place.name.kind is kind for flow in its))
        chosen = [flow for flow in its if flow.place.name.kind is kind]
        found[link] = geh(sum(f.modelled_veh_h for f in chosen), sum(f.counted_veh_h for f in chosen))
    return found


def contradictions(binned: Binned, places: StreetPlaces, net: Any) -> tuple[str, ...]:
    """Links whose flow is known in two ways, from the counts alone, that differ by a GEH of 5 or more.

    Ways: the link's own count, all that leaves it over the stop line (by lane group or by movement), and all that
    turns into it at the junction before.
    """
    into: dict[str, set[Turn]] = defaultdict(set)
    out_of: dict[str, set[Turn]] = defaultdict(set)
    starts: dict[str, set[str]] = defaultdict(set)
    # A turn back to a node from which the link starts is a U-turn, which is no movement.
    for edge in net.getEdges(withInternal=False):
        starts[places.link_of(edge.getID())].add(edge.getFromNode().getID())
    for edge in net.getEdges(withInternal=False):
        for ahead in edge.getOutgoing():
            pair = edge.getID(), ahead.getID()
            before, after = (places.link_of(name) for name in pair)
            if before != after and ahead.getToNode().getID() not in starts[before]:
                out_of[before].add(pair)
                into[after].add(pair)
    lines: list[str] = []
    for link in sorted(out_of.keys() | into.keys()):
        ways: dict[str, list[Place]] = {}
        for kind, label in ((PlaceKind.LANE_GROUP, "its lane groups"), (PlaceKind.MOVEMENT, "its movements")):
            ways[label] = [p for p in binned.veh if p.name.kind is kind and p.link == link]
        ways["what turns into it"] = [
            p for p in binned.veh if p.name.kind is PlaceKind.MOVEMENT and p.turns and p.turns <= into[link]
        ]
        wanted = {"its lane groups": out_of[link], "its movements": out_of[link], "what turns into it": into[link]}
        whole = {
            label: found
            for label, found in ways.items()
            if found and frozenset().union(*(p.turns for p in found)) == wanted[label]
        }
        own = [p for p in binned.veh if p.name.kind is PlaceKind.LINK and p.link == link]
        if own:
            whole["its line count"] = own
        lines += _differing(link, whole, binned)
    return tuple(lines)


def _differing(link: str, ways: Mapping[str, Sequence[Place]], binned: Binned) -> list[str]:
    lines = []
    for (a, a_places), (b, b_places) in combinations(ways.items(), 2):
        slots = [
            slot
            for slot in range(len(binned.begins_s))
            if all(binned.veh[place][slot] is not None for place in (*a_places, *b_places))
        ]
        if not slots:
            continue
        hours = len(slots) * binned.length_s / 3600
        flow_a, flow_b = (
            sum(binned.veh[place][slot] or 0.0 for place in found for slot in slots) / hours
            for found in (a_places, b_places)
        )
        apart = geh(flow_a, flow_b)
        if apart >= GOOD_GEH:
            lines.append(f"link {link}: {a} say {flow_a:.0f} veh/h, {b} {flow_b:.0f} veh/h (GEH {apart:.1f})")
    return lines


def withheld_links(links: Mapping[str, float], share: float, seed: int) -> frozenset[str]:
    """About a `share` of the counted links, chosen by `seed`, one in each stratum of links of like flow.

    `links` gives each link's counted veh/h. None where there are fewer links than one stratum holds.
    """
    import numpy as np

    if share <= 0:
        return frozenset()
    stratum = max(2, round(1 / share))
    ordered = sorted(links, key=lambda link: (links[link], link))
    rng = np.random.default_rng(seed)
    return frozenset(
        ordered[start + int(rng.integers(stratum))] for start in range(0, len(ordered) - stratum + 1, stratum)
    )
