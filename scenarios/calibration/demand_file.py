"""The calibrated demand as a SUMO route file: fitted flows where there are counts, the scenario's own elsewhere.

It lies in the scenario's folder and is used instead of the built demand as long as it is there; `build/` stays. Beside
it lies the digest of the sources that it was fitted on, so that `chauraha scenario check` can tell when it is stale.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from junction.files import write_whole
from scenarios.calibration.calibrate import Calibration
from scenarios.calibration.own_demand import DEFAULT_TYPE, SHARED, Route, flow_veh
from scenarios.load import site_source_digest
from scenarios.model import Scenario

COUNTED_MIX = "calibrated.mix"
RATES = ("number", "vehsPerHour", "perHour", "probability", "period")


def write_demand(scenario: Scenario, found: Calibration) -> None:
    """Write the calibrated demand into the scenario's folder, whole or not at all, and what it was fitted on."""
    write_whole(scenario.calibrated_file, demand_text(found))
    write_whole(_digest_file(scenario), site_source_digest(scenario.folder) + "\n")


def remove_demand(scenario: Scenario) -> bool:
    """Go back to the scenario's own demand; whether there was a calibrated one."""
    there = scenario.calibrated_file.is_file()
    scenario.calibrated_file.unlink(missing_ok=True)
    _digest_file(scenario).unlink(missing_ok=True)
    return there


def stale_demand(scenario: Scenario) -> str | None:
    """Why the calibrated demand does not belong to this scenario as built; None when it does, or there is none."""
    if not scenario.calibrated_file.is_file():
        return None
    path = _digest_file(scenario)
    fitted_on = path.read_text(encoding="utf-8").strip() if path.is_file() else "unknown sources"
    built_from = site_source_digest(scenario.folder)
    if fitted_on == built_from:
        return None
    return (
        f"{scenario.calibrated_file.name} was fitted on {fitted_on[:12]}, the scenario is built from "
        f"{built_from[:12]}: run chauraha scenario calibrate again, or with --remove"
    )


def _digest_file(scenario: Scenario) -> Path:
    return scenario.calibrated_file.with_suffix(".sha256")


def demand_text(found: Calibration) -> str:
    """The route file: the same bytes for the same calibration. Each fitted flow is Poisson at its whole number."""
    root = ElementTree.Element("routes")
    root.extend(element for element in found.own.elements if element.tag in SHARED)
    if found.mix is not None:
        mix = {
            "vTypes": " ".join(found.mix.shares),
            "probabilities": " ".join(f"{s:.6f}" for s in found.mix.shares.values()),
        }
        ElementTree.SubElement(root, "vTypeDistribution", {"id": COUNTED_MIX, **mix})
    routes = sorted({route for piece in found.bins for route in piece.veh})
    names = {route: f"calibrated.{number}" for number, route in enumerate(routes)}
    for route, name in names.items():
        ElementTree.SubElement(root, "route", {"id": name, "edges": " ".join(route)})
    moving = [*_kept(found), *_fitted(found, names)]
    root.extend(sorted(moving, key=lambda e: float(e.get("begin") or e.get("depart") or 0)))
    ElementTree.indent(root, "")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _fitted(found: Calibration, names: dict[Route, str]) -> Iterator[ElementTree.Element]:
    types = found.own.type_by_origin()
    for piece in found.bins:
        length_s = piece.end_s - piece.begin_s
        for route, veh in sorted(piece.veh.items()):
            type_id = COUNTED_MIX if found.mix is not None else types.get(route[0], DEFAULT_TYPE)
            yield ElementTree.Element(
                "flow",
                {
                    "id": f"{names[route]}.{piece.begin_s:.0f}",
                    "type": type_id,
                    "route": names[route],
                    "begin": f"{piece.begin_s:g}",
                    "end": f"{piece.end_s:g}",
                    "period": f"exp({veh / length_s:.7f})",
                    "departLane": "best",
                    "departSpeed": "max",
                },
            )


def _kept(found: Calibration) -> Iterator[ElementTree.Element]:
    """The scenario's own traffic outside the fitted intervals."""
    spans = [(piece.begin_s, piece.end_s) for piece in found.bins]
    for element in found.own.elements:
        if element.tag in SHARED:
            continue
        if element.tag != "flow":
            depart_s = float(element.get("depart") or 0)
            if not any(begin <= depart_s < end for begin, end in spans):
                yield element
            continue
        begin_s, end_s = float(element.get("begin", 0)), float(element.get("end", 86400))
        parts = _outside(begin_s, end_s, spans)
        if parts == [(begin_s, end_s)]:
            yield element
            continue
        per_s = flow_veh(element, end_s - begin_s) / (end_s - begin_s)
        for number, (start_s, stop_s) in enumerate(parts):
            part = copy.deepcopy(element)
            for rate in RATES:
                part.attrib.pop(rate, None)
            part.attrib |= {"id": f"{element.get('id')}.part{number}", "begin": f"{start_s:g}", "end": f"{stop_s:g}"}
            part.set("period", f"exp({per_s:.7f})")
            yield part


def _outside(begin_s: float, end_s: float, spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    parts = [(begin_s, end_s)]
    for low, high in spans:
        parts = [
            cut
            for start, stop in parts
            for cut in ((start, min(stop, low)), (max(start, high), stop))
            if cut[0] < cut[1]
        ]
    return sorted(set(parts))
