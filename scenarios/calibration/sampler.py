"""Whole vehicles from counts and weighted routes, by SUMO's `routeSampler.py`.

A calibration gives it the turns and entries that the fitted flows make, at every signal and not only at the counted
ones, and routes weighed by their fitted flow: so its vehicles meet the counts as the fit does, and where nothing was
counted they keep to the prior. Given the bare counts and the prior's routes it is the plain method to compare with.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from scenarios.calibration.own_demand import Route, run_tool, sumo_home
from scenarios.calibration.places import Turn


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Vehicles in one interval: by turn, and by edge (anywhere on a route) or by edge of departure."""

    begin_s: float
    end_s: float
    turns: Mapping[Turn, float]
    edges: Mapping[str, float] = field(default_factory=dict)
    departures: Mapping[str, float] = field(default_factory=dict)


def sample_routes(weights: Mapping[Route, float], wanted: Wanted, seed: int, folder: Path) -> dict[Route, int]:
    """Vehicles by route. Works in `folder`. Raises ScenarioError with the sampler's words when it fails."""
    routes = ElementTree.Element("routes")
    for number, way in enumerate(sorted(weights)):
        if weights[way] > 0:
            attributes = {"id": f"r{number}", "edges": " ".join(way), "probability": f"{weights[way]:.9f}"}
            ElementTree.SubElement(routes, "route", attributes)
    files = {name: folder / f"{name}.xml" for name in ("routes", "turns", "edges", "sampled")}
    ElementTree.ElementTree(routes).write(files["routes"])
    turns, turn_interval = _interval(wanted)
    for (start, end), veh in sorted(wanted.turns.items()):
        ElementTree.SubElement(turn_interval, "edgeRelation", {"from": start, "to": end, "count": str(round(veh))})
    ElementTree.ElementTree(turns).write(files["turns"])
    edges, edge_interval = _interval(wanted)
    for edge in sorted({*wanted.edges, *wanted.departures}):
        attributes = {"id": edge}
        if edge in wanted.edges:
            attributes["entered"] = str(round(wanted.edges[edge]))
        if edge in wanted.departures:
            attributes["departed"] = str(round(wanted.departures[edge]))
        ElementTree.SubElement(edge_interval, "edge", attributes)
    ElementTree.ElementTree(edges).write(files["edges"])
    run_tool(
        [sys.executable, sumo_home() / "tools" / "routeSampler.py", "--route-files", files["routes"], "--weighted"]
        + (["--turn-files", files["turns"]] if wanted.turns else [])
        + (["--edgedata-files", files["edges"]] if len(edge_interval) else [])
        + (["--edgedata-attribute", "entered"] if wanted.edges else ["--edgedata-attribute", "none"])
        + (["--depart-attribute", "departed"] if wanted.departures else [])
        + ["--write-flows", "number", "--seed", seed, "--output-file", files["sampled"]],
        "counts that routeSampler takes",
    )
    found: dict[Route, int] = {}
    for flow in ElementTree.parse(files["sampled"]).getroot().iter("flow"):
        route = flow.find("route")
        if route is not None:
            sampled = tuple((route.get("edges") or "").split())
            found[sampled] = found.get(sampled, 0) + int(flow.get("number", 0))
    return found


def _interval(wanted: Wanted) -> tuple[ElementTree.Element, ElementTree.Element]:
    root = ElementTree.Element("data")
    attributes = {"id": "counts", "begin": f"{wanted.begin_s:g}", "end": f"{wanted.end_s:g}"}
    return root, ElementTree.SubElement(root, "interval", attributes)
