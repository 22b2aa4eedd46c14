"""Building a scenario: source files to sites, map and one SUMO street a fidelity.

Everything is made in a folder beside and moved into place whole. The same sources give the same bytes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.errors import ScenarioError
from junction.files import write_whole
from junction.layout import GroupKind, JunctionLayout
from junction.plan import Plan
from junction.site import Site
from scenarios.bus_lines import STOPS_FILE, stop_places, stops_file_lines
from scenarios.citymap import map_text
from scenarios.closings import CLOSINGS_FILE, open_program, write_closings
from scenarios.cuts import crossing_rows
from scenarios.day_builder import DayBuilder
from scenarios.day_demand import DayDemand
from scenarios.days import Day, read_days
from scenarios.demand import (
    TripFlow,
    asked_pcu_h,
    busiest_hour,
    day_demand,
    flow_lines,
    hour_pcu_h,
    lane_group_flows,
    trip_flows,
)
from scenarios.load import MAP_FILE, SITES_FILE, load_scenario
from scenarios.model import (
    EVALUATION,
    FIDELITIES,
    FLOWS_FILE,
    STREET_FILE,
    Scenario,
    StreetFiles,
    street_to_document,
)
from scenarios.network import build_network
from scenarios.plan_calendar import CALENDAR_FILE, read_calendar
from scenarios.plans import today_plan, webster_plans, webster_table
from scenarios.programs import actuated_program, additional_file, set_default_programs, static_program
from scenarios.signals import JunctionLinks, junction_links, read_net
from scenarios.sites import layout_of, site_of, sites_text, surroundings_of
from scenarios.source import Source, read_source
from scenarios.town import Town, lay_out
from scenarios.vehicles import vtype_lines

STEP_LENGTH_S = 1.0
LATERAL_RESOLUTION_M = {EVALUATION: 0.4}
VTYPES_FILE = "vtypes.add.xml"
ROUTES_FILE = "demand.rou.xml"
ACTUATED_FILE = "actuated.add.xml"
DIGEST_FILE = "source.sha256"

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build works out before it writes: the town, its nets by fidelity, its sites, its traffic and its days."""

    source: Source
    town: Town
    net_files: dict[str, Path]
    nets: dict[str, Any]
    links: dict[str, dict[str, JunctionLinks]]
    crossing_links: dict[str, dict[str, int]]
    sites: dict[str, Site]
    trips: tuple[TripFlow, ...]
    days: tuple[Day, ...]
    day_demands: dict[str, DayDemand]


def build_scenario(
    folder: Path, fidelities: Sequence[str] = FIDELITIES, progress: Progress = lambda _line: None
) -> Scenario:
    """Build the scenario whose sources lie in `folder`, and load it.

    Writes `sites.json`, `map.geojson` and `build/<fidelity>/`. `progress` gets a line a step. Raises ScenarioError
    for wrong sources, MissingPackageError without SUMO.
    """
    strangers = sorted(set(fidelities) - set(FIDELITIES))
    if strangers:
        raise ScenarioError("fidelity", expected=f"some of {list(FIDELITIES)}", got=strangers)
    folder = folder.resolve()
    source = read_source(folder)
    (folder / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".beside-", dir=folder / "build") as beside:
        built = _work_out(source, Path(beside), progress)
        for fidelity in fidelities:
            progress(f"writing the {fidelity} street")
            _write_street(built, fidelity, Path(beside) / fidelity)
        write_whole(folder / SITES_FILE, sites_text(source, built.sites))
        write_whole(folder / MAP_FILE, map_text(built.town))
        for fidelity in fidelities:
            _move_into_place(Path(beside) / fidelity, folder / "build" / fidelity)
    progress(f"built {folder.name}: {len(built.sites)} junctions, {len(built.trips)} flows, {', '.join(fidelities)}")
    return load_scenario(folder)


def _work_out(source: Source, beside: Path, progress: Progress) -> Built:
    town = lay_out(source)
    progress(f"{len(town.rows)} junctions, {sum(len(a) for a in town.arms.values())} arms")
    net_files, nets, links, crossing_links = {}, {}, {}, {}
    for fidelity in FIDELITIES:
        progress(f"{fidelity} network")
        (beside / fidelity).mkdir()
        net_files[fidelity] = build_network(town, source.standards.road, fidelity, beside / fidelity)
        nets[fidelity] = read_net(net_files[fidelity])
        links[fidelity] = {row.id: junction_links(nets[fidelity], town, row.id) for row in town.rows}
        crossing_links[fidelity] = {
            crossing: len(nets[fidelity].getTLS(crossing).getConnections()) for crossing in town.level_crossings
        }
    _check_same_conflicts(town, links)
    progress("traffic")
    trips = trip_flows(source, town, nets[EVALUATION])
    days = read_days(source.folder)
    day_demands = {
        day.name: day_demand(day, source, town, trips, net_files[EVALUATION]) for day in days if day.has_own_demand
    }
    progress("layouts and plans")
    layouts = {
        row.id: layout_of(row, town.arms[row.id], links[EVALUATION][row.id], source.standards) for row in town.rows
    }
    return Built(
        source=source,
        town=town,
        net_files=net_files,
        nets=nets,
        links=links,
        crossing_links=crossing_links,
        sites=_sites(source, town, layouts, trips),
        trips=trips,
        days=days,
        day_demands=day_demands,
    )


def _sites(
    source: Source, town: Town, layouts: dict[str, JunctionLayout], trips: tuple[TripFlow, ...]
) -> dict[str, Site]:
    plans: dict[str, list[Plan]] = {j: [today_plan(layout, source.standards.plans)] for j, layout in layouts.items()}
    for period in source.demand.period:
        hour = busiest_hour(source.demand, trips, period)
        flows = lane_group_flows(town, trips, hour_pcu_h(source.demand, trips, hour))
        for junction_id, plan in webster_plans(source, town, layouts, flows, period.name).items():
            plans[junction_id].append(plan)
    calendar = read_calendar(source.folder)
    strangers = calendar.strangers(layouts)
    if strangers:
        raise ScenarioError(f"{CALENDAR_FILE}.flash.junctions", expected=f"among {sorted(layouts)}", got=strangers)
    return {
        j: site_of(
            layout,
            {plan.id: plan for plan in plans[j]},
            webster_table(j, source.demand.period),
            calendar,
            source.settings.timezone,
            surroundings_of(source, j, town.arms[j]),
        )
        for j, layout in layouts.items()
    }


def _check_same_conflicts(town: Town, links: dict[str, dict[str, JunctionLinks]]) -> None:
    """One layout serves every fidelity, so their networks must agree on what conflicts."""
    for row in town.rows:
        found = {fidelity: links[fidelity][row.id].conflicts() for fidelity in FIDELITIES}
        if found[EVALUATION] != found[FIDELITIES[0]]:
            raise ScenarioError(
                f"junction {row.id}.conflicts",
                expected="the same conflicts in every fidelity",
                got=sorted(found[EVALUATION] ^ found[FIDELITIES[0]]),
            )


def _write_street(built: Built, fidelity: str, folder: Path) -> None:
    bindings = {
        row.id: built.links[fidelity][row.id].binding(_unlinked(built.sites[row.id])) for row in built.town.rows
    }
    today, actuated = [], []
    for junction_id, site in built.sites.items():
        today.append(static_program(site.layout, bindings[junction_id], site.plans[f"{junction_id}.today"]))
        actuated.append(actuated_program(site.layout, bindings[junction_id], _default_webster(built, site)))
    crossings = crossing_rows(built.source, built.town.level_crossings)
    crossing_links = built.crossing_links[fidelity]
    set_default_programs(
        built.net_files[fidelity], today + [open_program(row.id, crossing_links[row.id]) for row in crossings]
    )
    write_closings(crossings, built.source.trains, crossing_links, folder / CLOSINGS_FILE)
    additional_file(actuated, folder / ACTUATED_FILE)
    demand, vehicles = built.source.demand, built.source.vehicles
    types = vtype_lines(vehicles, fidelity, STEP_LENGTH_S)
    (folder / VTYPES_FILE).write_text("\n".join(types), encoding="utf-8")
    flows = flow_lines(built.source, built.town, built.trips, fidelity)
    (folder / ROUTES_FILE).write_text("\n".join(flows), encoding="utf-8")
    stops = (folder / STOPS_FILE,) if built.source.bus_stops else ()
    for path in stops:
        path.write_text("\n".join(stops_file_lines(stop_places(built.source, built.town))), encoding="utf-8")
    day_builder = DayBuilder(
        source=built.source,
        town=built.town,
        trips=built.trips,
        demands=built.day_demands,
        fidelity=fidelity,
        step_length_s=STEP_LENGTH_S,
        net=built.nets[fidelity],
        crossing_links=crossing_links,
        folder=folder,
        vtypes_file=folder / VTYPES_FILE,
        closings_file=folder / CLOSINGS_FILE,
        other_files=stops,
    )
    windows = {window.name: (window.begin_s, window.end_s) for window in demand.window}
    street = StreetFiles(
        fidelity=fidelity,
        net_file=built.net_files[fidelity],
        route_files=(folder / ROUTES_FILE,),
        additional_files=(folder / VTYPES_FILE, folder / CLOSINGS_FILE, *stops),
        level_crossings=tuple(row.id for row in crossings),
        actuated_file=folder / ACTUATED_FILE,
        begin_s=demand.window[0].begin_s,
        end_s=demand.window[0].end_s,
        windows=windows,
        step_length_s=STEP_LENGTH_S,
        lateral_resolution_m=LATERAL_RESOLUTION_M.get(fidelity),
        tls=bindings,
        lane_group_lanes={row.id: built.links[fidelity][row.id].stop_lanes() for row in built.town.rows},
        days={day.name: day_builder.write(day) for day in built.days},
    )
    document: dict[str, Any] = street_to_document(street)
    (folder / STREET_FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    asked = asked_pcu_h(demand, built.town, built.trips)
    (folder / FLOWS_FILE).write_text(json.dumps(asked) + "\n", encoding="utf-8")
    (folder / DIGEST_FILE).write_text(built.source.digest + "\n", encoding="utf-8")


def _default_webster(built: Built, site: Site) -> Plan:
    """Webster's plan for the street's first window: the stages that SUMO's actuated program runs through."""
    hour = int(built.source.demand.window[0].begin_s // 3600)
    return site.plans[f"{site.layout.id}.webster.{built.source.demand.period_at(hour).name}"]


def _unlinked(site: Site) -> tuple[str, ...]:
    return tuple(group.id for group in site.layout.groups if group.kind is GroupKind.PEDESTRIAN)


def _move_into_place(made: Path, place: Path) -> None:
    """Swap folders; a reader sees the old street or the new one, or for an instant none, never half of one."""
    old = made.with_name(f"{made.name}.old")
    if place.exists():
        place.replace(old)
    made.replace(place)
    shutil.rmtree(old, ignore_errors=True)
