"""What `scenarios.check` asks of an imported street: the same rules as for a built one, against its own network.

Each function yields the faults that it finds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.layout import GroupKind
from scenarios.importer.demand import routed
from scenarios.importer.files import OSM_ENDINGS, is_kind, read_xml
from scenarios.importer.importer import read_foreign_net, report_of
from scenarios.importer.rules import ImportRules
from scenarios.importer.signal import Program, Signal, read_programs, read_signals
from scenarios.load import site_source_digest
from scenarios.model import Scenario, StreetFiles


@dataclass(frozen=True, kw_only=True)
class ImportedStreet:
    """One fidelity of an imported scenario, with its network read again from its files."""

    scenario: Scenario
    files: StreetFiles
    net: Any
    programs: Mapping[str, Program]
    signals: Mapping[str, Signal]
    report: Mapping[str, Any]


def imported_street(scenario: Scenario, files: StreetFiles) -> ImportedStreet:
    """Raises ScenarioError for a network that is damaged."""
    report = report_of(scenario.folder)
    net = read_foreign_net(files.net_file)
    generated = is_kind(Path(report["file"]), OSM_ENDINGS)
    roots = [] if generated else [read_xml(path) for path in (files.net_file, *files.additional_files)]
    programs = read_programs(roots)
    signals, _ = read_signals(net, programs)
    return ImportedStreet(scenario=scenario, files=files, net=net, programs=programs, signals=signals, report=report)


def stale(scenario: Scenario) -> Iterator[str]:
    digest = report_of(scenario.folder)["digest"]
    if site_source_digest(scenario.folder) != digest:
        yield "sites.json is not of this import: import the file again"


def limit_faults(scenario: Scenario) -> Iterator[str]:
    """Minima, ambers and intergreens against the rules that the scenario was imported with."""
    rules = ImportRules(**report_of(scenario.folder)["rules"])
    least_s = min(rules.min_green_s, rules.min_green_turn_s)
    for site in scenario.sites.values():
        layout = site.layout
        speed = {a.id: a.speed_kmh for a in layout.approaches}
        for group in layout.groups:
            speeds = [speed[m.from_approach] for m in layout.movements if m.group_id == group.id]
            amber_s = rules.amber_at(max(speeds)) if speeds else 2.0
            vehicle = group.kind is GroupKind.VEHICLE
            if vehicle and (group.min_green_s < least_s or group.amber_s < amber_s):
                yield f"{layout.id}.{group.id}: minimum green {group.min_green_s:g} s, amber {group.amber_s:g} s"
            if group.max_red_s > rules.max_red_s:
                yield f"{layout.id}.{group.id}: maximum red {group.max_red_s:g} s"
        ambers = {group.id: group.amber_s for group in layout.groups}
        for (losing, gaining), seconds in layout.intergreen_s.items():
            if seconds < ambers[losing] + rules.least_all_red_s - 1e-9:
                yield f"{layout.id}: intergreen {losing} to {gaining} of {seconds:g} s"


def unsignalled(street: ImportedStreet) -> Iterator[str]:
    """Links that neither a signal group nor a free link covers, and signals that the import does not account for."""
    bound = {}
    for junction_id, binding in street.files.tls.items():
        bound[binding.tls_id] = junction_id
        signal = street.signals.get(binding.tls_id)
        if signal is None or signal.link_count != binding.link_count:
            got = None if signal is None else signal.link_count
            yield f"{junction_id}: the net has {got} links, the binding {binding.link_count}"
            continue
        strangers = set(binding.group_links) ^ set(street.scenario.sites[junction_id].layout.group_index)
        if strangers:
            yield f"{junction_id}: signal groups without links or unknown: {sorted(strangers)}"
    left = street.report["left_to_own_program"]
    yield from (
        f"signal {tls_id} has no site" for tls_id in street.signals if tls_id not in bound and tls_id not in left
    )


def lane_faults(street: ImportedStreet) -> Iterator[str]:
    """Lane groups whose lanes the network lacks, share, or connects to no link of a signal group."""
    for junction_id, groups in street.files.lane_group_lanes.items():
        layout, binding = street.scenario.sites[junction_id].layout, street.files.tls[junction_id]
        strangers = set(groups) ^ set(layout.lane_group_index)
        if strangers:
            yield f"{junction_id}: lane groups without lanes or unknown: {sorted(strangers)}"
        grouped = {index for links in binding.group_links.values() for index in links}
        signal = street.signals.get(binding.tls_id)
        wanted = {w.from_lane for w in signal.ways if w.index in grouped and not w.pedestrian} if signal else set()
        lanes = [lane for found in groups.values() for lane in found]
        if sorted(wanted) != sorted(lanes):
            yield f"{junction_id}: stop-line lanes {sorted(wanted ^ set(lanes))[:3]} in none or two lane groups"


def dead_ends(street: ImportedStreet) -> Iterator[str]:
    """Roads that enter a controlled junction and lead nowhere from there.

    Elsewhere a road may end: an extract is cut through roads, and a lane's traffic changes lanes.
    """
    bound = {binding.tls_id for binding in street.files.tls.values()}
    nodes = {way.node_id for tls_id in bound & set(street.signals) for way in street.signals[tls_id].ways}
    for node_id in sorted(nodes):
        for edge in street.net.getNode(node_id).getIncoming():
            if not edge.getFunction() and edge.allows("passenger") and not edge.getOutgoing():
                yield f"road {edge.getID()} ends at the signal of junction {node_id}"


def unsafe_stages(street: ImportedStreet) -> Iterator[str]:
    """Stages that hold groups whose links meet, unless the network's own program shows those links green together."""
    for junction_id, binding in street.files.tls.items():
        signal = street.signals.get(binding.tls_id)
        if signal is None:
            continue
        layout = street.scenario.sites[junction_id].layout
        group_of = {index: group for group, links in binding.group_links.items() for index in links}
        phases = [state for _, state in signal.program.phases] if signal.program else []
        for a, b in sorted(signal.foes):
            pair = tuple(sorted((group_of.get(a, ""), group_of.get(b, ""))))
            if "" in pair or pair[0] == pair[1] or pair in layout.conflicts:
                continue
            if not any(state[a] in "Gg" and state[b] in "Gg" for state in phases):
                yield f"{junction_id}: links {a} and {b} meet, groups {pair[0]} and {pair[1]} do not conflict"


def route_faults(street: ImportedStreet) -> Iterator[str]:
    """Vehicles for which SUMO's router finds no way."""
    files = street.files
    with tempfile.TemporaryDirectory(prefix="chauraha-routes-") as folder:
        yield from routed(files.net_file, files.route_files, files.additional_files, Path(folder) / "routed.rou.xml")


STREET_CHECKS = (
    ("links signalled", unsignalled, "every link shows a signal group's lamp, is free, or was left to its own program"),
    ("lane groups", lane_faults, "every lane group has its lanes at the stop line"),
    ("no dead ends", dead_ends, "every road that enters a controlled junction leads on"),
    ("stages", unsafe_stages, "no stage holds groups that meet, but what the network's own program permits"),
    ("routes", route_faults, "all demand has a way"),
)
