"""What a scenario is, in a few lines for a person: size, plans, and what its figures rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from junction.errors import ScenarioError
from scenarios.bus_rows import bus_table_lines
from scenarios.days import day_lines, read_days
from scenarios.model import FIDELITIES, Scenario
from scenarios.source import Source
from scenarios.traffic_summary import (
    clock,
    corridor_lines,
    corridors_document,
    demand_document,
    junctions_document,
    traffic_lines,
)

SUMMARY_SCHEMA = "chauraha.scenario/1"


def summary_document(scenario: Scenario, source: Source | None) -> dict[str, Any]:
    """The object of `show --json`.

    `demand`, `bus_stops`, `bus_lines`, `days`, `corridors` and `junctions` are there only with source tables.
    """
    document: dict[str, Any] = {
        "schema": SUMMARY_SCHEMA,
        "name": scenario.name,
        "name_en": scenario.name_en,
        "name_hi": scenario.name_hi,
        "site_count": len(scenario.sites),
        "plans": {j: sorted(site.plans) for j, site in scenario.sites.items()},
        "rows": {name: list(row) for name, row in scenario.corridors.items()},
    }
    if source is not None:
        document["demand"] = demand_document(source)
        document["bus_stops"] = [stop.model_dump(mode="json") for stop in source.bus_stops]
        document["bus_lines"] = [line.model_dump(mode="json") for line in source.bus_lines]
        document["days"] = [day.model_dump(mode="json") for day in read_days(scenario.folder)]
        document["corridors"] = corridors_document(scenario, source)
        document["junctions"] = junctions_document(scenario, source)
    return document


def summary_lines(scenario: Scenario, source: Source | None) -> Iterator[str]:
    """`source` is None where a scenario was imported and has no source tables."""
    layouts = [site.layout for site in scenario.sites.values()]
    yield f"{scenario.name_en} ({scenario.name_hi}), {scenario.folder}"
    yield (
        f"junctions {len(layouts)}, approaches {sum(len(x.approaches) for x in layouts)}, "
        f"signal groups {sum(len(x.groups) for x in layouts)}, stages {sum(len(x.stages) for x in layouts)}, "
        f"plans {sum(len(s.plans) for s in scenario.sites.values())}"
    )
    for name, row in scenario.corridors.items():
        yield f"corridor {name}: {' - '.join(row)}"
    for fidelity in FIDELITIES:
        try:
            street = scenario.street(fidelity)
        except ScenarioError:
            yield f"{fidelity} street: not built (chauraha scenario build)"
            continue
        yield (
            f"{fidelity} street: {clock(street.begin_s)} to {clock(street.end_s)}, step {street.step_length_s:g} s, "
            f"lateral resolution {street.lateral_resolution_m or 'none'}"
        )
    if source is not None:
        yield from _basis_lines(source)
        yield from traffic_lines(demand_document(source), junctions_document(scenario, source))
        yield from bus_table_lines(source.bus_stops, source.bus_lines)
        yield from day_lines(read_days(scenario.folder))
        yield from corridor_lines(corridors_document(scenario, source))
    yield "lanes, speeds, demand: assumed, until the city sends its own"


def _basis_lines(source: Source) -> Iterator[str]:
    rows = source.in_scope
    yield f"in the tables: {len(source.junctions)} junctions, {len(source.links)} links; built: {len(rows)} junctions"
    for what, bases in (
        ("coordinates", [row.coord_basis for row in rows]),
        ("police station", [row.thana_basis for row in rows]),
        ("a signal there", [row.signal for row in rows]),
    ):
        counts = Counter(bases)
        yield f"{what}: " + ", ".join(f"{basis} {number}" for basis, number in sorted(counts.items()))
