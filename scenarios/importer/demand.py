"""Demand of an imported street: what its files bring, routed to count flows; or trips made up for a bare network.

SUMO's own tools do the work: duarouter finds every trip's way, randomTrips.py draws trips where there are none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from junction.errors import ScenarioError
from scenarios.importer.files import without_comments
from scenarios.network import sumo_binary

TRIPS_VEH_H_LANE = 120.0
"""Assumed trips an hour for each lane that enters a bare network: one in half a minute."""
FRINGE_FACTOR = 10
"""A trip begins or ends at the network's rim ten times as likely as inside."""

Flows = Mapping[tuple[str, str], float]
"""Vehicles an hour by (road in, road out)."""


def made_trips(net: Any, net_file: Path, out: Path, *, seconds: float, seed: int) -> int:
    """Draw `seconds` of trips over the network into `out`, weighted by lanes and speed; how many an hour.

    Only trips that have a way are kept. The same network and seed give the same trips. Raises ScenarioError when no
    trip has a way.
    """
    rim_lanes: int = sum(
        edge.getLaneNumber() for edge in net.getEdges(withInternal=False)
        if edge.allows("passenger") and not edge.getIncoming()
    )  # fmt: skip
    per_hour = round(TRIPS_VEH_H_LANE * max(4, rim_lanes))
    home = sumo_binary("sumo").parents[1]
    routes = out.with_suffix(".routes.xml")
    command = [
        sys.executable, str(home / "tools" / "randomTrips.py"),
        "--net-file", str(net_file), "--output-trip-file", str(out), "--route-file", str(routes),
        "--end", f"{seconds:g}", "--period", f"{3600 / per_hour:.4f}", "--seed", str(seed),
        "--fringe-factor", str(FRINGE_FACTOR), "--lanes", "--speed-exponent", "1", "--min-distance", "200",
        "--remove-loops", "--validate", "--edge-permission", "passenger", "--vehicle-class", "passenger",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "SUMO_HOME": str(home)}
    )
    if done.returncode != 0 or not routes.is_file():
        raise ScenarioError(str(net_file), expected="roads that a trip can be made on", got=_tail(done))
    out.write_bytes(without_comments(routes.read_bytes()))
    routes.unlink()
    if not any(ElementTree.parse(out).getroot().iter("vehicle")):
        raise ScenarioError(str(net_file), expected="at least one trip that has a way", got="none")
    for left in out.parent.glob(f"{out.stem}*.alt.xml"):
        left.unlink()
    return per_hour


def routed(net_file: Path, route_files: Sequence[Path], additional: Sequence[Path], out: Path) -> tuple[str, ...]:
    """Route every vehicle of the files into `out` with duarouter; its complaints about those without a way."""
    command = [
        str(sumo_binary("duarouter")), "--net-file", str(net_file),
        "--route-files", ",".join(map(str, route_files)), "--output-file", str(out),
        "--ignore-errors", "true", "--no-step-log", "true", "--named-routes", "false", "--seed", "1",
    ]  # fmt: skip
    if additional:
        command += ["--additional-files", ",".join(map(str, additional))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not out.is_file():
        raise ScenarioError(str(route_files[0]), expected="routes that duarouter can read", got=_tail(done))
    return tuple(line for line in done.stderr.splitlines() if line.startswith("Error:"))


def turning_flows(routed_file: Path, begin_s: float, end_s: float) -> Flows:
    """Vehicles an hour from road to road of those due from `begin_s` to `end_s`."""
    counts: Counter[tuple[str, str]] = Counter()
    for vehicle in ElementTree.parse(routed_file).getroot().iter("vehicle"):
        route = vehicle.find("route") if vehicle.find("route") is not None else vehicle.find("routeDistribution/route")
        if route is not None and begin_s <= float(vehicle.get("depart", "0")) < end_s:
            counts.update(pairwise((route.get("edges") or "").split()))
    return {pair: number * 3600 / (end_s - begin_s) for pair, number in counts.items()}


def _tail(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr or done.stdout).strip()[-300:]
