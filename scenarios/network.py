"""The town as a SUMO network of one fidelity: plain node, edge and connection files, and netconvert's net of them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from junction.errors import MissingPackageError, ScenarioError
from scenarios.geometry import step
from scenarios.lanes import connections, lane_uses
from scenarios.model import TRAINING
from scenarios.source import RoadStandard
from scenarios.town import Arm, Town

NET_FILE = "net.net.xml"
_STOP_LINE_M = 15.0
"""About how far a stop line lies from its junction's middle: only for where a mouth is drawn."""
_LEAST_UPSTREAM_M = 40.0


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Names of an arm's SUMO edges, all seen from its junction.

    `approach` ends at the stop line; `upstream` feeds it where the approach has a mouth (else it is the same
    edge); `leaving` is the first edge on the way out.
    """

    approach: str
    upstream: str
    leaving: str


@dataclass(frozen=True, kw_only=True)
class LanePattern:
    """Lanes of one fidelity: how many for each real lane, and how wide."""

    per_lane: int
    width_m: float


def lane_pattern(fidelity: str, road: RoadStandard) -> LanePattern:
    per_lane = road.virtual_lanes_per_lane if fidelity == TRAINING else 1
    return LanePattern(per_lane=per_lane, width_m=road.lane_width_m / per_lane)


def has_mouth(arm: Arm, arms: tuple[Arm, ...]) -> bool:
    return len(lane_uses(arm, arms)) > 1


def edges_of(town: Town, arm: Arm) -> Edges:
    upstream = f"{arm.end_node}--{arm.junction_id}"
    mouth = has_mouth(arm, town.arms[arm.junction_id])
    return Edges(
        approach=f"{upstream}.mouth" if mouth else upstream,
        upstream=upstream,
        leaving=f"{arm.junction_id}--{arm.end_node}",
    )


def build_network(town: Town, road: RoadStandard, fidelity: str, folder: Path) -> Path:
    """Write the net of `fidelity` into `folder` and return its path.

    Raises MissingPackageError without SUMO, ScenarioError when netconvert refuses the town.
    """
    pattern = lane_pattern(fidelity, road)
    plain = {"nodes": _nodes(town, road), "edges": _edges(town, road, pattern), "connections": _links(town, pattern)}
    for kind, lines in plain.items():
        path = folder / f"plain.{kind}.xml"
        path.write_text("\n".join([f"<{kind}>", *lines, f"</{kind}>", ""]), encoding="utf-8")
    net = folder / NET_FILE
    _netconvert(folder, net)
    for kind in plain:
        (folder / f"plain.{kind}.xml").unlink()
    return net


def sumo_binary(name: str) -> Path:
    """A program of the installed SUMO. Raises MissingPackageError."""
    try:
        import sumo  # type: ignore[import-untyped]
    except ImportError:
        raise MissingPackageError("eclipse-sumo", extra="sim") from None
    return Path(sumo.SUMO_HOME) / "bin" / (f"{name}.exe" if os.name == "nt" else name)


def _attributes(values: Mapping[str, object]) -> str:
    return " ".join(f"{key}={quoteattr(str(value))}" for key, value in values.items())


def _nodes(town: Town, road: RoadStandard) -> list[str]:
    made = []
    for row in town.rows:
        x, y = town.points[row.id]
        made.append({"id": row.id, "x": f"{x:.2f}", "y": f"{y:.2f}", "type": "traffic_light", "tl": row.id})
        for arm in town.arms[row.id]:
            if not arm.inner:
                x, y = arm.end
                made.append({"id": arm.end_node, "x": f"{x:.2f}", "y": f"{y:.2f}", "type": "priority"})
            if has_mouth(arm, town.arms[row.id]):
                x, y = step(town.points[row.id], arm.bearing_deg, road.mouth_m + _STOP_LINE_M)
                made.append({"id": _mouth_node(arm), "x": f"{x:.2f}", "y": f"{y:.2f}", "type": "priority"})
    return [f"<node {_attributes(values)}/>" for values in made]


def _mouth_node(arm: Arm) -> str:
    return f"{arm.end_node}--{arm.junction_id}.split"


def _edges(town: Town, road: RoadStandard, pattern: LanePattern) -> list[str]:
    made = []
    for row in town.rows:
        for arm in town.arms[row.id]:
            names = edges_of(town, arm)
            common = {
                "speed": f"{arm.road.speed_kmh / 3.6:.2f}",
                "width": f"{pattern.width_m:.3f}",
                "priority": 5,
                "name": arm.road.road_en,
            }
            lanes = arm.road.lanes_per_dir * pattern.per_lane
            mouth = names.approach != names.upstream
            upstream_m = max(arm.length_m - (road.mouth_m if mouth else 0.0), _LEAST_UPSTREAM_M)
            made.append(
                {
                    "id": names.upstream,
                    "from": arm.end_node,
                    "to": _mouth_node(arm) if mouth else row.id,
                    "numLanes": lanes,
                    "length": f"{upstream_m:.2f}",
                    **common,
                }
            )
            if mouth:
                made.append(
                    {
                        "id": names.approach,
                        "from": _mouth_node(arm),
                        "to": row.id,
                        "numLanes": lanes + pattern.per_lane,
                        "length": f"{road.mouth_m:.2f}",
                        **common,
                    }
                )
            if not arm.inner:
                made.append(
                    {
                        "id": names.leaving,
                        "from": row.id,
                        "to": arm.end_node,
                        "numLanes": lanes,
                        "length": f"{arm.length_m:.2f}",
                        **common,
                    }
                )
    return [f"<edge {_attributes(values)}/>" for values in made]


def _links(town: Town, pattern: LanePattern) -> list[str]:
    made: list[dict[str, object]] = []
    for row in town.rows:
        arms = town.arms[row.id]
        leaving = {arm.id: edges_of(town, arm).leaving for arm in arms}
        for arm in arms:
            names = edges_of(town, arm)
            for use in lane_uses(arm, arms):
                for c in connections(use, pattern.per_lane):
                    made.append(
                        {"from": names.approach, "to": leaving[c.to_arm], "fromLane": c.from_lane, "toLane": c.to_lane}
                    )
            if names.approach != names.upstream:
                lanes = arm.road.lanes_per_dir * pattern.per_lane
                pairs = [(i, i) for i in range(lanes)] + [
                    (lanes - pattern.per_lane + i, lanes + i) for i in range(pattern.per_lane)
                ]
                made += [
                    {"from": names.upstream, "to": names.approach, "fromLane": a, "toLane": b} for a, b in sorted(pairs)
                ]
    return [f"<connection {_attributes(values)}/>" for values in made]


def _netconvert(folder: Path, net: Path) -> None:
    command = [
        str(sumo_binary("netconvert")),
        "--node-files",
        str(folder / "plain.nodes.xml"),
        "--edge-files",
        str(folder / "plain.edges.xml"),
        "--connection-files",
        str(folder / "plain.connections.xml"),
        "--lefthand",
        "true",
        "--no-turnarounds",
        "true",
        "--offset.disable-normalization",
        "true",
        "--tls.discard-simple",
        "false",
        "--junctions.join",
        "false",
        "--output.street-names",
        "true",
        "--output-file",
        str(net),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not net.is_file():
        raise ScenarioError("netconvert", expected="a network", got=(done.stderr or done.stdout).strip()[-400:])
    text = net.read_text(encoding="utf-8")
    net.write_text(re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL), encoding="utf-8")
