"""The scenario's own demand: what drives where and when before any count is known, read from SUMO route files."""

from __future__ import annotations

import gzip
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from junction.errors import MissingPackageError, ScenarioError
from scenarios.model import StreetFiles

Route = tuple[str, ...]
SHARED = frozenset({"vType", "vTypeDistribution", "route", "routeDistribution"})
"""Elements that others refer to: they come first in a route file."""
DEFAULT_TYPE = "DEFAULT_VEHTYPE"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """`veh` vehicles expected on one route, spread evenly over an interval (of no length: one departure)."""

    begin_s: float
    end_s: float
    veh: float
    route: Route
    type_id: str

    def within(self, begin_s: float, end_s: float) -> float:
        """Vehicles expected to depart in an interval."""
        if self.end_s <= self.begin_s:
            return self.veh if begin_s <= self.begin_s < end_s else 0.0
        return self.veh * max(0.0, min(end_s, self.end_s) - max(begin_s, self.begin_s)) / (self.end_s - self.begin_s)


@dataclass(frozen=True, kw_only=True)
class OwnDemand:
    """`elements` are the route files' own, in order."""

    elements: tuple[ElementTree.Element, ...]
    pieces: tuple[Piece, ...]

    def by_route(self, begin_s: float, end_s: float) -> dict[Route, float]:
        """Vehicles expected to depart in an interval, by route."""
        found: dict[Route, float] = defaultdict(float)
        for piece in self.pieces:
            veh = piece.within(begin_s, end_s)
            if veh > 0:
                found[piece.route] += veh
        return dict(found)

    def type_by_origin(self) -> dict[str, str]:
        """The vehicle type, or distribution, that most vehicles take that depart on an edge."""
        veh: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for piece in self.pieces:
            veh[piece.route[0]][piece.type_id] += piece.veh
        return {edge: max(sorted(types), key=lambda name: types[name]) for edge, types in veh.items()}


def read_own_demand(street: StreetFiles, beside: Path) -> OwnDemand:
    """All demand of a street's route files. Trips without a route are routed by SUMO's duarouter, in `beside`.

    Raises ScenarioError for route files that cannot be read or routed.
    """
    files = street.route_files
    elements = _elements(files)
    if any(element.tag in {"trip", "flow", "vehicle"} and _routeless(element) for element in elements):
        elements = _elements([_routed(street, beside)])
    routes: dict[str, Route] = {}
    distributions: dict[str, list[tuple[Route, float]]] = {}
    pieces: list[Piece] = []
    for element in elements:
        if element.tag == "route":
            routes[element.get("id", "")] = _edges(element)
        elif element.tag == "routeDistribution":
            distributions[element.get("id", "")] = _distribution(element, routes)
        elif element.tag in {"vehicle", "flow"}:
            pieces += _pieces(element, routes, distributions)
    return OwnDemand(elements=tuple(elements), pieces=tuple(pieces))


def _elements(files: Sequence[Path]) -> list[ElementTree.Element]:
    found: list[ElementTree.Element] = []
    for path in files:
        try:
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            found += list(ElementTree.fromstring(content))
        except (OSError, EOFError, ElementTree.ParseError) as wrong:
            raise ScenarioError(str(path), expected="a SUMO route file", got=str(wrong)) from None
    return found


def _routeless(element: ElementTree.Element) -> bool:
    return element.get("route") is None and element.find("route") is None and element.find("routeDistribution") is None


def _routed(street: StreetFiles, beside: Path) -> Path:
    out = beside / "routed.rou.xml"
    run_tool(
        (
            *(sumo_home() / "bin" / "duarouter", "--net-file", street.net_file),
            *("--route-files", ",".join(map(str, street.route_files))),
            *("--additional-files", ",".join(map(str, street.additional_files))),
            *("--output-file", out, "--keep-flows", "--ignore-errors", "--no-step-log", "--seed", 1),
        ),
        "demand that duarouter can route",
    )
    return out


def sumo_home() -> Path:
    """Where SUMO's package lies. Raises MissingPackageError."""
    try:
        import sumo
    except ImportError:
        raise MissingPackageError("eclipse-sumo", extra="sim") from None
    return Path(sumo.SUMO_HOME)


def run_tool(command: Sequence[object], expected: str) -> str:
    """Run one of SUMO's programs; its output. Raises ScenarioError with its last words when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise ScenarioError(Path(str(command[0])).name, expected=expected, got=" / ".join(words[-3:]))
    return done.stdout


def _edges(element: ElementTree.Element) -> Route:
    return tuple((element.get("edges") or "").split())


def _distribution(element: ElementTree.Element, routes: dict[str, Route]) -> list[tuple[Route, float]]:
    inner = [(_edges(route), float(route.get("probability", 1))) for route in element.findall("route")]
    names = (element.get("routes") or "").split()
    shares = (element.get("probabilities") or "").split() or ["1"] * len(names)
    inner += [(routes[name], float(share)) for name, share in zip(names, shares, strict=True)]
    total = sum(share for _, share in inner)
    return [(route, share / total) for route, share in inner if share > 0]


def _pieces(
    element: ElementTree.Element, routes: dict[str, Route], distributions: dict[str, list[tuple[Route, float]]]
) -> Iterator[Piece]:
    name = element.get("route")
    child, several = element.find("route"), element.find("routeDistribution")
    if name is not None:
        ways = distributions[name] if name in distributions else [(routes[name], 1.0)]
    else:
        ways = (
            _distribution(several, routes)
            if several is not None
            else [(_edges(child), 1.0)]
            if child is not None
            else []
        )
    if element.tag == "vehicle":
        begin_s = end_s = float(element.get("depart", 0))
        veh = 1.0
    else:
        begin_s, end_s = float(element.get("begin", 0)), float(element.get("end", 86400))
        veh = flow_veh(element, end_s - begin_s)
    for route, share in ways:
        if route:
            yield Piece(
                begin_s=begin_s, end_s=end_s, veh=veh * share, route=route, type_id=element.get("type", DEFAULT_TYPE)
            )


def flow_veh(flow: ElementTree.Element, length_s: float) -> float:
    """Vehicles that a SUMO flow sends in all. Raises ScenarioError for a flow without a rate."""
    period = flow.get("period", "")
    rates: dict[str, Any] = {
        "number": float,
        "vehsPerHour": lambda text: float(text) * length_s / 3600,
        "perHour": lambda text: float(text) * length_s / 3600,
        "probability": lambda text: float(text) * length_s,
        "period": lambda text: length_s * float(text[4:-1]) if text.startswith("exp(") else length_s / float(text),
    }
    for key, veh in rates.items():
        if flow.get(key) is not None:
            return float(veh(flow.get(key)))
    raise ScenarioError(f"flow {flow.get('id')}", expected=f"one of {list(rates)}", got=period or None)
