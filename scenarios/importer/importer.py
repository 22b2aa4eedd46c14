"""`import_scenario`: a foreign network to a scenario folder, made beside and moved into place whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from junction.errors import InputError, ScenarioError
from junction.layout import JunctionLayout
from junction.plan import Plan, TableEntry, TimeOfDayTable
from junction.site import Site, site_to_document
from scenarios.importer.demand import Flows, made_trips, routed, turning_flows
from scenarios.importer.files import OSM_ENDINGS, Sources, is_kind, read_bytes, read_sources, read_xml, without_writers
from scenarios.importer.grouping import group_signal
from scenarios.importer.layout import layout_of
from scenarios.importer.names import safe_id
from scenarios.importer.places import Places, map_document, places_of
from scenarios.importer.plans import plans_of, with_right_of_way
from scenarios.importer.rules import ImportRules
from scenarios.importer.signal import Signal, read_programs, read_signals
from scenarios.load import MAP_FILE, SCENARIO_FILE, SITES_FILE, SITES_SCHEMA, load_scenario, user_folder
from scenarios.model import (
    EVALUATION,
    STREET_FILE,
    STREET_SCHEMA,
    TRAINING,
    Scenario,
    StreetFiles,
    TlsBinding,
    street_to_document,
)
from scenarios.network import NET_FILE
from scenarios.programs import actuated_program, additional_file

REPORT_FILE = "import.json"
REPORT_SCHEMA = "chauraha.import/1"
ACTUATED_FILE = "actuated.add.xml"
TRIPS_FILE = "demand.rou.xml"
DAY = "2026-01-05"
SAME_STREET = (TRAINING, EVALUATION)
"""Fidelities that an imported street is built for: the same files, as they came."""

Progress = Callable[[str], None]


@dataclass(kw_only=True)
class _City:
    """What the import works out, signal by signal."""

    sites: dict[str, Site] = field(default_factory=dict)
    bindings: dict[str, TlsBinding] = field(default_factory=dict)
    lanes: dict[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    actuated: list[ElementTree.Element] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    changed_plans: dict[str, str] = field(default_factory=dict)


def import_scenario(
    file: Path,
    name: str,
    out: Path | None = None,
    *,
    rules: ImportRules | None = None,
    progress: Progress = lambda _line: None,
) -> Scenario:
    """Import `file` as the scenario `name` in the folder `out` (the user's scenarios), and load it.

    The folder `out/name` is replaced whole, or untouched where anything goes wrong. Raises ScenarioError for a file
    that is missing, damaged, of another kind or without a signal that can be controlled; MissingPackageError without
    SUMO (or, for .osm.pbf, osmium).
    """
    if safe_id(name) != name:
        raise ScenarioError("name", expected="letters, digits and _.:#- (40 at most)", got=name)
    rules = rules or ImportRules()
    folder = (out or user_folder()) / name
    if folder.exists() and not (folder / REPORT_FILE).is_file():
        raise ScenarioError(
            "name", expected="a new one, or that of an imported scenario", got=str(folder), hint="choose another --name"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=folder.parent) as beside:
        made = Path(beside) / name
        work = Path(beside) / "work"
        made.mkdir()
        work.mkdir()
        _make(file, name, made, work, rules, progress)
        load_scenario(made).street()
        old = Path(beside) / "old"
        if folder.exists():
            folder.replace(old)
        made.replace(folder)
    return load_scenario(folder)


def read_foreign_net(net_file: Path) -> Any:
    """The net as sumolib reads it, with internal lanes and pedestrian connections. Raises ScenarioError."""
    import sumolib

    root = read_xml(net_file, "net")
    if not any(connection.get("from", ":")[0] != ":" for connection in root.iter("connection")):
        raise ScenarioError(str(net_file), expected="a network with connections", got="none")
    return sumolib.net.readNet(str(net_file), withInternal=True, withPedestrianConnections=True)


def report_of(folder: Path) -> dict[str, Any]:
    """What the import of this scenario noted (`import.json`); empty for a scenario that was built from sources."""
    path = folder / REPORT_FILE
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _make(file: Path, name: str, made: Path, work: Path, rules: ImportRules, progress: Progress) -> None:
    osm = is_kind(file, OSM_ENDINGS)
    if osm:
        from scenarios.importer.osm import osm_network

        progress("OpenStreetMap to a SUMO network")
        sources = Sources(given=file, net_file=osm_network(file, work, lefthand=rules.lefthand))
    else:
        sources = read_sources(file)
    street = made / "build" / TRAINING
    street.mkdir(parents=True)
    net_file = street / NET_FILE
    net_file.write_bytes(read_bytes(sources.net_file))
    net = read_foreign_net(net_file)
    lefthand = read_xml(net_file).get("lefthand") == "true"
    if rules.lefthand is not None and rules.lefthand != lefthand:
        raise ScenarioError("lefthand", expected=f"{lefthand}, as the network drives", got=rules.lefthand)
    additional, dropped = _additional(sources, street)
    programs = {} if osm else read_programs([read_xml(path) for path in (net_file, *additional)])
    signals, skipped = read_signals(net, programs)
    if not signals:
        raise ScenarioError(
            str(file),
            expected="a road junction's signal",
            got=skipped or "no signal at all",
            hint="an OpenStreetMap extract needs nodes tagged highway=traffic_signals on its roads" if osm else "",
        )
    progress("traffic")
    route_files, demand_basis = _routes(sources, net, net_file, street, rules)
    flows, complaints = _flows(net_file, route_files, additional, sources, work)
    progress("layouts and plans")
    places = places_of(net, net_file, work)
    city = _City(left=dict(skipped))
    for tls_id, why in _sharing_a_node(net, signals).items():
        city.left[tls_id] = why
    for tls_id, signal in signals.items():
        if tls_id not in city.left:
            _control(city, net, signal, rules, flows, places, lefthand)
    if not city.sites:
        raise ScenarioError(str(file), expected="a signal that can be controlled", got=city.left)
    progress(f"{len(city.sites)} junctions, {len(city.left)} left to their own programs")
    _write_street(city, street, sources, route_files, additional)
    _copy_street(street, made)
    digest = import_digest(sources, rules)
    (made / SITES_FILE).write_text(
        _json(
            {
                "schema": SITES_SCHEMA,
                "source_digest": digest,
                "sites": [site_to_document(s) for s in city.sites.values()],
            }
        ),
        encoding="utf-8",
    )
    (made / MAP_FILE).write_text(_json(map_document(net, places)), encoding="utf-8")
    (made / SCENARIO_FILE).write_text(_settings(name, file, rules), encoding="utf-8")
    report = {
        "schema": REPORT_SCHEMA,
        "file": file.name,
        "digest": digest,
        "rules": asdict(rules),
        "junctions": {j: city.bindings[j].tls_id for j in city.sites},
        "left_to_own_program": city.left,
        "changed_plans": city.changed_plans,
        "demand": demand_basis,
        "trips_without_a_way": list(complaints[:20]),
        "ignored_options": list(sources.ignored),
        "left_out_of_additional": dropped,
    }
    (made / REPORT_FILE).write_text(_json(report), encoding="utf-8")


def _control(
    city: _City, net: Any, signal: Signal, rules: ImportRules, flows: Flows, places: Places, lefthand: bool
) -> None:
    """Add the signal's site, or note why it stays on its own program."""
    try:
        grouping = group_signal(signal)
        junction = layout_of(net, signal, grouping, rules, places.middle(signal.node_ids), lefthand)
        layout = junction.layout
        plans, changed = plans_of(layout, grouping, lane_group_flows(net, layout, junction.lanes, flows))
        binding = TlsBinding(
            tls_id=signal.tls_id,
            link_count=signal.link_count,
            group_links=grouping.group_links,
            free_links=grouping.free,
            turn_on_red_links=grouping.turn_on_red,
        )
        actuated = actuated_program(layout, binding, plans[f"{layout.id}.webster"])
    except InputError as wrong:
        city.left[signal.tls_id] = str(wrong)
        return
    if changed:
        city.changed_plans[layout.id] = changed
    city.sites[layout.id] = _site(layout, plans, rules.timezone)
    city.bindings[layout.id] = binding
    city.lanes[layout.id] = junction.lanes
    city.actuated.append(with_right_of_way(actuated, signal, grouping))


def lane_group_flows(
    net: Any, layout: JunctionLayout, lanes: Mapping[str, tuple[str, ...]], flows: Flows
) -> dict[str, float]:
    """PCU an hour by lane group (a vehicle counted as one): each turning flow over the lanes that lead its way."""
    leads: dict[tuple[str, str], list[str]] = {}
    for lane_group, found in lanes.items():
        for lane_id in found:
            lane = net.getLane(lane_id)
            for to_edge in {c.getTo().getID() for c in lane.getOutgoing()}:
                leads.setdefault((lane.getEdge().getID(), to_edge), []).append(lane_group)
    totals = dict.fromkeys(layout.lane_group_index, 0.0)
    for pair, groups in leads.items():
        for lane_group in groups:
            totals[lane_group] += flows.get(pair, 0.0) / len(groups)
    return {lane_group: round(flow, 2) for lane_group, flow in totals.items()}


def _site(layout: JunctionLayout, plans: Mapping[str, Plan], timezone: str) -> Site:
    today = f"{layout.id}.today"
    return Site(
        layout=layout,
        plans=plans,
        table=TimeOfDayTable(entries=(TableEntry(from_s=0.0, plan_id=today),)),
        isolated_plan_id=today,
        timezone=timezone,
    )


def _sharing_a_node(net: Any, signals: Mapping[str, Signal]) -> dict[str, str]:
    """Signals whose traffic meets another signal's inside one junction: two guards could not keep them apart."""
    at: dict[str, list[tuple[str, int]]] = {}
    for tls_id, signal in signals.items():
        for way in signal.ways:
            at.setdefault(way.node_id, []).append((tls_id, way.request_index))
    left = {}
    for node_id, links in at.items():
        if len({tls_id for tls_id, _ in links}) == 1:
            continue
        node = net.getNode(node_id)
        for tls_id, index in links:
            for other, theirs in links:
                if other != tls_id and min(index, theirs) >= 0 and node.areFoes(index, theirs):
                    left[tls_id] = f"its traffic meets that of signal {other} inside junction {node_id}"
    return left


def _additional(sources: Sources, street: Path) -> tuple[list[Path], list[str]]:
    """Copies of the configuration's additional files, and what was left out of them."""
    made, dropped = [], []
    for number, path in enumerate(sources.additional_files):
        root, writers = without_writers(path)
        copy = street / f"{number}.{path.name.removesuffix('.gz')}"
        ElementTree.ElementTree(root).write(copy, encoding="utf-8", xml_declaration=True)
        made.append(copy)
        dropped += [f"{path.name}: {tag}" for tag in writers]
    return made, dropped


def _routes(sources: Sources, net: Any, net_file: Path, street: Path, rules: ImportRules) -> tuple[list[Path], str]:
    if not sources.route_files:
        out = street / TRIPS_FILE
        per_hour = made_trips(net, net_file, out, seconds=sources.end_s, seed=rules.seed)
        return [out], f"assumed: {per_hour} random trips an hour, more where lanes are more and faster"
    made = []
    for number, path in enumerate(sources.route_files):
        read_xml(path)
        copy = street / f"{number}.{path.name.removesuffix('.gz')}"
        copy.write_bytes(read_bytes(path))
        made.append(copy)
    return made, f"as it came, in {', '.join(path.name for path in sources.route_files)}"


def _flows(
    net_file: Path, route_files: list[Path], additional: list[Path], sources: Sources, work: Path
) -> tuple[Flows, tuple[str, ...]]:
    out = work / "routed.rou.xml"
    complaints = routed(net_file, route_files, additional, out)
    return turning_flows(out, sources.begin_s, sources.end_s), complaints


def _write_street(city: _City, street: Path, sources: Sources, route_files: list[Path], additional: list[Path]) -> None:
    additional_file(city.actuated, street / ACTUATED_FILE)
    files = StreetFiles(
        fidelity=TRAINING,
        net_file=street / NET_FILE,
        route_files=tuple(route_files),
        additional_files=tuple(additional),
        actuated_file=street / ACTUATED_FILE,
        begin_s=sources.begin_s,
        end_s=sources.end_s,
        step_length_s=sources.step_length_s,
        lateral_resolution_m=sources.lateral_resolution_m,
        tls=city.bindings,
        lane_group_lanes=city.lanes,
    )
    (street / STREET_FILE).write_text(_json(street_to_document(files)), encoding="utf-8")


def _copy_street(street: Path, made: Path) -> None:
    """The same street under every other fidelity's name."""
    for fidelity in SAME_STREET:
        place = made / "build" / fidelity
        if place != street:
            shutil.copytree(street, place)
            document = json.loads((place / STREET_FILE).read_text(encoding="utf-8"))
            (place / STREET_FILE).write_text(_json({**document, "fidelity": fidelity}), encoding="utf-8")


def import_digest(sources: Sources, rules: ImportRules) -> str:
    """Hex SHA-256 of everything that the import depends on: the files' bytes, the rules and the importer's version."""
    digest = hashlib.sha256(json.dumps([REPORT_SCHEMA, STREET_SCHEMA, asdict(rules)], sort_keys=True).encode())
    for path in sources.files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _settings(name: str, file: Path, rules: ImportRules) -> str:
    limits = {key: value for key, value in asdict(rules).items() if value is not None and key != "timezone"}
    lines = [
        f"# Imported from {file.name}; import.json says what was left out or changed.",
        f"name_en = {json.dumps(name)}",
        f"name_hi = {json.dumps(name)}",
        "# SUMO second 0 is this day's local midnight.",
        f"date = {DAY}",
        f"timezone = {json.dumps(rules.timezone)}",
        "",
        "[corridors]",
        "",
        "[import]",
        *(f"{key} = {json.dumps(value)}" for key, value in limits.items()),
        "",
    ]
    return "\n".join(lines)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
