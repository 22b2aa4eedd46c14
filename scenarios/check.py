"""Named checks of a built scenario. They read what was built, so that any city's scenario is judged the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from junction.errors import ChaurahaError, ScenarioError
from junction.guard import Guard
from junction.lamp_audit import LampAudit
from junction.layout import GroupKind, JunctionLayout
from scenarios.build import DIGEST_FILE
from scenarios.calibration.demand_file import stale_demand
from scenarios.closings import DAY_S
from scenarios.importer import judge
from scenarios.importer.importer import SAME_STREET, report_of
from scenarios.load import SITES_FILE, load_scenario, scenario_folder, site_source_digest
from scenarios.model import FIDELITIES, Scenario, StreetFiles, TlsBinding
from scenarios.signals import read_net
from scenarios.source import has_source, read_source

AUDIT_CYCLES = 3
SHOWN_FAULTS = 3


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, kw_only=True)
class _Street:
    """One fidelity, with its net as sumolib reads it."""

    scenario: Scenario
    files: StreetFiles
    net: Any

    def layout(self, junction_id: str) -> JunctionLayout:
        return self.scenario.sites[junction_id].layout


def check_scenario(name_or_folder: str | Path) -> list[Check]:
    """Every check, in a fixed order; those that need what failed to load are left out after the failure that says so.

    Raises ScenarioError only when there is no such scenario, MissingPackageError without SUMO.
    """
    folder = scenario_folder(name_or_folder)
    try:
        scenario = load_scenario(folder)
    except ScenarioError as wrong:
        return [Check(name="sites load", ok=False, detail=str(wrong))]
    imported = report_of(folder)
    stale, limits = (judge.stale, judge.limit_faults) if imported else (_stale, _limit_faults)
    checks = [
        Check(name="sites load", ok=bool(scenario.sites), detail=f"{len(scenario.sites)} junctions"),
        _judge("up to date", stale(scenario), "built files were made from these sources"),
        _judge(
            "plans",
            _plan_faults(scenario),
            f"{sum(len(s.plans) for s in scenario.sites.values())} plans pass the guard",
        ),
        _judge("limits", limits(scenario), "minima, ambers and intergreens keep the standard"),
    ]
    if scenario.calibrated_file.is_file():
        why = stale_demand(scenario)
        checks.append(_judge("calibrated demand", iter([why] if why else []), "it was fitted on these sources"))
    for fidelity in SAME_STREET if imported else FIDELITIES:
        try:
            files = scenario.street(fidelity)
        except ScenarioError as wrong:
            checks.append(Check(name=f"{fidelity}: street", ok=False, detail=str(wrong)))
            continue
        checks += _imported_checks(scenario, files) if imported else _built_checks(scenario, files)
    return checks


def _built_checks(scenario: Scenario, files: StreetFiles) -> list[Check]:
    street = _Street(scenario=scenario, files=files, net=read_net(files.net_file))
    return [_judge(f"{files.fidelity}: {name}", find(street), good) for name, find, good in _STREET_CHECKS]


def _imported_checks(scenario: Scenario, files: StreetFiles) -> list[Check]:
    street = judge.imported_street(scenario, files)
    found = [_judge(f"{files.fidelity}: {name}", find(street), good) for name, find, good in judge.STREET_CHECKS]
    programs = _program_faults(scenario, files, files.actuated_file, "actuated")
    return [*found, _judge(f"{files.fidelity}: programs", programs, "the actuated programs keep the safety envelope")]


def checks_document(checks: list[Check]) -> dict[str, Any]:
    """The object of `--json`: `ok` and every check's `name`, `ok` and `detail`."""
    return {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}


def _judge(name: str, faults: Iterator[str], good: str) -> Check:
    found = list(faults)
    more = f" (and {len(found) - SHOWN_FAULTS} more)" if len(found) > SHOWN_FAULTS else ""
    return Check(name=name, ok=not found, detail="; ".join(found[:SHOWN_FAULTS]) + more if found else good)


def _stale(scenario: Scenario) -> Iterator[str]:
    try:
        digest = read_source(scenario.folder).digest
    except ScenarioError as wrong:
        yield str(wrong)
        return
    made_from = {SITES_FILE: site_source_digest(scenario.folder)}
    for fidelity in FIDELITIES:
        path = scenario.build_folder(fidelity) / DIGEST_FILE
        made_from[fidelity] = path.read_text(encoding="utf-8").strip() if path.is_file() else "nothing"
    for what, made in made_from.items():
        if made != digest:
            yield f"{what} was built from {made[:12]}, the sources are {digest[:12]}: run chauraha scenario build"


def _plan_faults(scenario: Scenario) -> Iterator[str]:
    for site in scenario.sites.values():
        try:
            guard = Guard(site.layout)
        except ChaurahaError as wrong:
            yield str(wrong)
            continue
        for plan in site.plans.values():
            yield from (f"plan {plan.id}: {fault}" for fault in guard.plan_faults(plan))


def _limit_faults(scenario: Scenario) -> Iterator[str]:
    timing = read_source(scenario.folder).standards.timing
    for site in scenario.sites.values():
        layout = site.layout
        rights = {
            g.id for g in layout.groups if {m.turn.value for m in layout.movements if m.group_id == g.id} == {"right"}
        }
        for group in layout.groups:
            if group.kind is GroupKind.PEDESTRIAN:
                continue  # the layout itself holds walk and clearance to the standard
            least_s = timing.min_green_right_s if group.id in rights else timing.min_green_s
            if group.min_green_s < least_s or group.amber_s < timing.amber_s or group.max_red_s > timing.max_red_s:
                yield (
                    f"{layout.id}.{group.id}: minimum green {group.min_green_s:g} s, amber {group.amber_s:g} s, "
                    f"maximum red {group.max_red_s:g} s"
                )
        least_s = timing.amber_s + timing.all_red_s
        short = {pair: s for pair, s in layout.intergreen_s.items() if s < least_s}
        if short:
            yield f"{layout.id}: intergreens below {least_s:g} s: {short}"


def _unsignalled(street: _Street) -> Iterator[str]:
    """Links of the net that no signal group and no free link covers, and bindings that the net does not have."""
    for junction_id, binding in street.files.tls.items():
        indices = {index for _, _, index in street.net.getTLS(binding.tls_id).getConnections()}
        groups = street.layout(junction_id).groups
        unlinked = [group.id for group in groups if group.kind is GroupKind.PEDESTRIAN]
        lamps_only = {link for group in unlinked for link in binding.group_links.get(group, ())} - indices
        if sorted(indices | lamps_only) != list(range(binding.link_count)):
            yield f"{junction_id}: the net has links {sorted(indices)}, the binding {binding.link_count}"
        strangers = set(binding.group_links) ^ set(street.layout(junction_id).group_index)
        if strangers:
            yield f"{junction_id}: signal groups without links or unknown: {sorted(strangers)}"
    bound = {binding.tls_id for binding in street.files.tls.values()} | set(street.files.level_crossings)
    yield from (f"tls {tls.getID()} has no site" for tls in street.net.getTrafficLights() if tls.getID() not in bound)


def _dead_ends(street: _Street) -> Iterator[str]:
    for edge in street.net.getEdges(withInternal=False):
        if not _is_rim(edge.getToNode()):
            yield from (f"lane {lane.getID()} leads nowhere" for lane in edge.getLanes() if not lane.getOutgoing())
        if not _is_rim(edge.getFromNode()) and not edge.getIncoming():
            yield f"edge {edge.getID()} cannot be reached"


def _is_rim(node: Any) -> bool:
    """Whether the model ends here: a node that nothing passes through."""
    return not node.getConnections()


def _unsafe_stages(street: _Street) -> Iterator[str]:
    for junction_id, binding in street.files.tls.items():
        foes = _group_foes(street.net, binding)
        for stage in street.layout(junction_id).stages:
            clash = sorted(pair for pair in foes if set(pair) <= set(stage.group_ids))
            if clash:
                yield f"{junction_id} stage {stage.id}: {clash[0]} conflict in the network"
        missing = sorted(foes - street.layout(junction_id).conflicts)
        if missing:
            yield f"{junction_id}: the layout lacks the network's conflict {missing[0]}"


def _group_foes(net: Any, binding: TlsBinding) -> set[tuple[str, str]]:
    """Pairs of groups of different approaches with links that cross, or that leave on the same edge."""
    node = net.getNode(binding.tls_id)
    group_of = {link: group for group, links in binding.group_links.items() for link in links}
    ways = {c.getTLLinkIndex(): c for c in node.getConnections() if c.getTLLinkIndex() in group_of}
    foes = set()
    for a, one in ways.items():
        for b, other in ways.items():
            if a >= b or one.getFrom().getID() == other.getFrom().getID():
                continue
            crossing = node.areFoes(node.getLinkIndex(one), node.getLinkIndex(other))
            if crossing or one.getTo().getID() == other.getTo().getID():
                foes.add((min(group_of[a], group_of[b]), max(group_of[a], group_of[b])))
    return foes


def _unsafe_programs(street: _Street) -> Iterator[str]:
    """The net's own and the actuated programs, played through with shortest and longest greens, by lamp audit."""
    yield from _program_faults(street.scenario, street.files, street.files.net_file, "static")
    yield from _program_faults(street.scenario, street.files, street.files.actuated_file, "actuated")


def _program_faults(scenario: Scenario, files: StreetFiles, file: Path, wanted: str) -> Iterator[str]:
    programs = {logic.get("id"): logic for logic in ElementTree.parse(file).getroot().iter("tlLogic")}
    for junction_id, binding in files.tls.items():
        layout = scenario.sites[junction_id].layout
        logic = programs.get(binding.tls_id)
        if logic is None or logic.get("type") != wanted:
            yield f"{junction_id}: no {wanted} program in {file.name}"
            continue
        for which in ("minDur", "maxDur"):
            audit = LampAudit(layout)
            for time_s, lamps in _lamps(logic, binding, layout, which):
                audit.feed(time_s, lamps)
            yield from (f"{junction_id} {wanted}: {event.rule}, {event.detail}" for event in audit.finish()[:1])


def _lamps(
    logic: ElementTree.Element, binding: TlsBinding, layout: JunctionLayout, which: str
) -> Iterator[tuple[float, str]]:
    second = 0
    for phase in logic.findall("phase") * AUDIT_CYCLES:
        state = phase.get("state", "")
        lit = (state[binding.group_links[group.id][0]] for group in layout.groups)
        shown = "".join("G" if lamp == "g" else "r" if lamp == "s" else lamp for lamp in lit)
        for _ in range(round(float(phase.get(which) or phase.get("duration") or 0))):
            yield float(second), shown
            second += 1


def _route_faults(street: _Street) -> Iterator[str]:
    used: set[str] = set()
    edges = {e.getID(): {to.getID() for to in e.getOutgoing()} for e in street.net.getEdges(withInternal=False)}
    for file in street.files.route_files:
        root = ElementTree.parse(file).getroot()
        routes = {route.get("id"): (route.get("edges") or "").split() for route in root.iter("route")}
        choices = {way.get("id"): (way.get("routes") or "").split() for way in root.iter("routeDistribution")}
        for flow in root.iter("flow"):
            if not set(choices.get(flow.get("route"), [flow.get("route")])) <= set(routes):
                yield f"flow {flow.get('id')} has no route"
        for route_id, route in routes.items():
            used.update((route[0], route[-1]))
            for a, b in pairwise(route):
                if b not in edges.get(a, set()):
                    yield f"route {route_id}: no way from {a} to {b}"
    for edge in street.net.getEdges(withInternal=False):
        at_edge = _is_rim(edge.getFromNode()) or _is_rim(edge.getToNode())
        if at_edge and edge.getID() not in used:
            yield f"no traffic enters or leaves by {edge.getID()}"


def _crossing_faults(street: _Street) -> Iterator[str]:
    """Level crossings that no program of a whole day times, or that a junction's controller could."""
    programs = {
        logic.get("id"): logic
        for file in street.files.additional_files
        for logic in ElementTree.parse(file).getroot().iter("tlLogic")
    }
    junctions = {binding.tls_id for binding in street.files.tls.values()}
    for crossing in street.files.level_crossings:
        if crossing in junctions:
            yield f"{crossing} is a junction's signal as well"
        if crossing not in programs:
            yield f"{crossing} has no timetable"
            continue
        phases = programs[crossing].findall("phase")
        day_s = sum(float(phase.get("duration", 0)) for phase in phases)
        if day_s != DAY_S:
            yield f"{crossing}: its timetable lasts {day_s:g} s, not a day"
        if not any(set(phase.get("state", "")) == {"r"} for phase in phases):
            yield f"{crossing} never closes"


def _stop_faults(street: _Street) -> Iterator[str]:
    """Bus stops off their lane, and routes that do not come past theirs in the order given."""
    stops = {
        stop.get("id"): stop
        for file in street.files.additional_files
        for stop in ElementTree.parse(file).getroot().iter("busStop")
    }
    for stop_id, stop in stops.items():
        edge_id, _, lane = stop.get("lane", "").rpartition("_")
        edge = street.net.getEdge(edge_id) if street.net.hasEdge(edge_id) else None
        if edge is None or not 0 <= int(lane) < edge.getLaneNumber():
            yield f"{stop_id}: no lane {stop.get('lane')}"
        elif not 0 <= float(stop.get("startPos", 0)) < float(stop.get("endPos", 0)) <= edge.getLength():
            yield f"{stop_id} lies outside {edge_id}"
    for file in street.files.route_files:
        for route in ElementTree.parse(file).getroot().iter("route"):
            way = (route.get("edges") or "").split()
            reached = 0
            for wanted in (call.get("busStop", "") for call in route.iter("stop")):
                at = stops[wanted].get("lane", "").rpartition("_")[0] if wanted in stops else ""
                if at not in way[reached:]:
                    yield f"route {route.get('id')} does not come past {wanted}"
                else:
                    reached = way.index(at, reached)


def _turnarounds(street: _Street) -> Iterator[str]:
    """U-turns where the scenario's own standards ban them; a scenario without standards bans none."""
    if not has_source(street.scenario.folder) or read_source(street.scenario.folder).standards.road.u_turns:
        return
    for edge in street.net.getEdges(withInternal=False):
        back = [to for to in edge.getOutgoing() if to.getToNode() is edge.getFromNode()]
        yield from (f"from {edge.getID()} traffic may turn round into {to.getID()}" for to in back)


def _lane_faults(street: _Street) -> Iterator[str]:
    for junction_id, groups in street.files.lane_group_lanes.items():
        strangers = set(groups) ^ set(street.layout(junction_id).lane_group_index)
        if strangers:
            yield f"{junction_id}: lane groups without lanes or unknown: {sorted(strangers)}"
        lanes = [lane for found in groups.values() for lane in found]
        unknown = [lane for lane in lanes if not street.net.hasEdge(lane.rsplit("_", 1)[0])]
        if unknown or len(set(lanes)) != len(lanes):
            yield f"{junction_id}: lanes unknown or in two lane groups: {unknown or sorted(lanes)}"


_STREET_CHECKS: tuple[tuple[str, Callable[[_Street], Iterator[str]], str], ...] = (
    ("links signalled", _unsignalled, "every link shows a signal group's lamp or is free"),
    ("lane groups", _lane_faults, "every lane group has its lanes at the stop line"),
    ("no dead ends", _dead_ends, "every lane leads on and every road can be reached"),
    ("stages", _unsafe_stages, "no stage holds groups that conflict in the network"),
    ("programs", _unsafe_programs, "today's and the actuated programs keep the safety envelope"),
    ("level crossings", _crossing_faults, "every level crossing has its closings, and no controller"),
    ("bus stops", _stop_faults, "every bus stop lies on its lane and on its lines' way"),
    ("turnarounds", _turnarounds, "no U-turn where the standards ban them"),
    ("routes", _route_faults, "all demand has a way, and every edge road has traffic"),
)
