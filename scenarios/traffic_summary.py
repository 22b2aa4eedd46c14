"""What a scenario's traffic and its green waves are, for a person and for `--json`: every assumption with its basis."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from junction.coordination import Bands, CorridorSignal, bands, sections
from junction.layout import JunctionLayout
from junction.plan import Plan
from junction.site import Site
from scenarios.corridors import corridor_signals
from scenarios.model import FIDELITIES, FLOWS_FILE, Scenario
from scenarios.source import Source
from scenarios.town import lay_out

SHOWN_JUNCTIONS = 10


def demand_document(source: Source) -> dict[str, Any]:
    """Levels, direction, windows and mixes, each with its basis."""
    demand = source.demand
    return {
        "basis": demand.basis,
        "entry_pcu_h_per_lane": {entry.road_class: entry.pcu_h_per_lane for entry in demand.entry},
        "gravity_scale_m": demand.gravity.scale_m,
        "level_by_hour": {road_class: list(levels) for road_class, levels in demand.level.items()},
        "centre": None if demand.centre is None else demand.centre.model_dump(mode="json"),
        "periods": [period.model_dump(mode="json") for period in demand.period],
        "windows": {window.name: [window.begin_s, window.end_s] for window in demand.window},
        "mixes": [
            {
                "name": "city",
                "roads": [],
                "road_classes": [],
                "share": {row.id: row.mix_share for row in source.vehicles},
                "basis": source.vehicles[0].mix_basis,
            },
            *(mix.model_dump(mode="json") for mix in demand.mix),
        ],
        "no_entry": None if demand.no_entry is None else demand.no_entry.model_dump(mode="json"),
    }


def corridors_document(scenario: Scenario, source: Source) -> dict[str, Any]:
    """Green waves by corridor and plan: today's, and each period's Webster plan; end to end and by section."""
    town, standard = lay_out(source), source.standards.plans
    layouts = {j: site.layout for j, site in scenario.sites.items()}
    found: dict[str, Any] = {}
    for name in standard.coordinated:
        row = scenario.corridors[name]
        by_plan = {}
        for plan in ("today", *(f"webster.{period.name}" for period in source.demand.period)):
            plans = {j: scenario.sites[j].plans[f"{j}.{plan}"] for j in row}
            signals = corridor_signals(town, layouts, plans, row, standard)
            by_plan[plan] = _waves(signals, plans, standard.least_band_s)
        found[name] = {
            "progression_share": standard.progression_share,
            "progression_basis": standard.progression_basis,
            "plans": by_plan,
        }
    return found


def junctions_document(scenario: Scenario, source: Source) -> dict[str, Any]:
    """By junction and window: PCU an hour that the demand asks, and the fullest lane group under today's plan.

    `degree` is flow / capacity (saturation flow x green / cycle). Empty where no street is built.
    """
    files = [scenario.build_folder(fidelity) / FLOWS_FILE for fidelity in FIDELITIES]
    built = next((path for path in files if path.is_file()), None)
    if built is None:
        return {}
    asked: dict[str, dict[str, list[float]]] = json.loads(built.read_text(encoding="utf-8"))
    hours = {window.name: int(window.begin_s // 3600) for window in source.demand.window}
    return {
        junction_id: {name: _asked(site, asked[junction_id], hour) for name, hour in hours.items()}
        for junction_id, site in scenario.sites.items()
        if junction_id in asked
    }


def traffic_lines(demand: Mapping[str, Any], junctions: Mapping[str, Any]) -> Iterator[str]:
    entries = ", ".join(f"{name} {flow:g}" for name, flow in demand["entry_pcu_h_per_lane"].items())
    yield (
        f"demand ({demand['basis']}), PCU/h a lane at level 1: {entries}; "
        f"trips fall off over {demand['gravity_scale_m']:g} m"
    )
    for road_class, levels in demand["level_by_hour"].items():
        yield f"  level 0-23 h, {road_class}: {' '.join(f'{level:.2f}' for level in levels)}"
    for period in demand["periods"]:
        hours = ", ".join(f"{a}-{b} h" for a, b in period["hours"])
        lean = f"rim brings in {period['tide']:+.0%}" if period["tide"] else "no direction"
        yield f"  period {period['name']} ({hours}): {lean}"
    centre = demand["centre"]
    if centre is not None:
        yield f"  centre ({centre['basis']}): within {centre['radius_m']:g} m of {centre['junction']}"
    for name, (begin_s, end_s) in demand["windows"].items():
        yield f"  window {name}: {clock(begin_s)} to {clock(end_s)}"
    for mix in demand["mixes"]:
        shares = ", ".join(f"{c} {part:.1%}" for c, part in mix["share"].items() if part)
        where = ", ".join([*mix["roads"], *(f"every {c}" for c in mix["road_classes"])]) or "all other roads"
        yield f"  mix {mix['name']} ({mix['basis']}): {shares}; on {where}"
    ban = demand["no_entry"]
    if ban is not None:
        free = f", but not for mix {', '.join(ban['except_mixes'])}" if ban["except_mixes"] else ""
        yield f"  no entry ({ban['basis']}): {', '.join(ban['classes'])} from {ban['from_h']} to {ban['to_h']} h{free}"
    if not junctions:
        return
    first = next(iter(demand["windows"]))
    yield "busiest junctions, PCU/h asked in a window's first hour (flow / capacity, fullest lane group, today's plan):"
    busiest = sorted(junctions, key=lambda j: (-junctions[j][first]["pcu_h"], j))
    for junction_id in busiest[:SHOWN_JUNCTIONS]:
        told = (f"{name} {w['pcu_h']:.0f} ({w['degree']:.2f})" for name, w in junctions[junction_id].items())
        yield f"  {junction_id}: {', '.join(told)}"


def corridor_lines(corridors: Mapping[str, Any]) -> Iterator[str]:
    for name, corridor in corridors.items():
        yield (
            f"green waves on {name}, platoons at {corridor['progression_share']:.0%} of the speed limit "
            f"({corridor['progression_basis']}):"
        )
        for plan, waves in corridor["plans"].items():
            whole = waves["end_to_end"]
            yield f"  {plan} (cycle {waves['cycle_s']:g} s): end to end {_told(whole)}"
            for section in waves["sections"]:
                yield f"    {section['from']} - {section['to']} ({section['signals']}): {_told(section)}"


def clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"


def _waves(signals: Sequence[CorridorSignal], plans: Mapping[str, Plan], least_band_s: float) -> dict[str, Any]:
    def at(part: Sequence[CorridorSignal]) -> dict[str, Any]:
        return _band_document(bands(part, [plans[s.id].offset_s for s in part]))

    cycle_s = max(signal.cycle_s for signal in signals)
    fits = all(cycle_s % signal.cycle_s == 0 for signal in signals)
    parts = sections(signals, least_band_s) if fits else ()
    return {
        "cycle_s": cycle_s,
        "end_to_end": at(signals),
        "sections": [
            {"from": part[0].id, "to": part[-1].id, "signals": len(part), **at(part)} for part in parts if len(part) > 1
        ],
    }


def _band_document(found: Bands) -> dict[str, Any]:
    return {
        direction: {"band_s": band.width_s, "share_of_cycle": round(band.share, 4)}
        for direction, band in (("outbound", found.outbound), ("inbound", found.inbound))
    }


def _told(waves: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{direction} {waves[direction]['band_s']:.1f} s ({waves[direction]['share_of_cycle']:.0%})"
        for direction in ("outbound", "inbound")
    )


def _asked(site: Site, asked: Mapping[str, Sequence[float]], hour: int) -> dict[str, Any]:
    plan = site.plans[site.table.entries[0].plan_id]
    degrees = {
        group.id: asked.get(group.id, [0.0] * 24)[hour]
        / (group.saturation_flow_pcu_h * _green_s(site.layout, plan, group.id) / plan.cycle_s)
        for group in site.layout.lane_groups
    }
    fullest = max(degrees, key=lambda g: (degrees[g], g))
    return {
        "pcu_h": round(sum(levels[hour] for levels in asked.values()), 1),
        "lane_group": fullest,
        "degree": round(degrees[fullest], 3),
    }


def _green_s(layout: JunctionLayout, plan: Plan, lane_group_id: str) -> float:
    groups = {m.group_id for m in layout.movements if m.lane_group_id == lane_group_id}
    return sum(s.green_s for s in plan.stages if groups & set(layout.stage(s.stage_id).group_ids))
