"""The town as a SUMO network of one fidelity: plain node, edge and connection files, and netconvert's net of them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

from junction.errors import MissingPackageError, ScenarioError
from scenarios.bends import along, piece
from scenarios.cuts import Cut
from scenarios.geometry import Point, length_m
from scenarios.lanes import connections, lane_uses
from scenarios.model import TRAINING
from scenarios.source import Road, RoadStandard
from scenarios.town import Arm, Town, pieces_away, pieces_towards

NET_FILE = "net.net.xml"
_STOP_LINE_M = 15.0
"""About how far a stop line lies from its junction's middle: only for where a mouth is drawn."""
_LEAST_UPSTREAM_M = 40.0
_MAIN_PRIORITY = 5
_SIDE_PRIORITY = 1


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Names of an arm's SUMO edges, all seen from its junction.

    `approach` ends at the stop line; `upstream` feeds it where the approach has a mouth (else it is the same
    edge); `leaving` is the first edge on the way out. Side streets and level crossings cut a road into further edges.
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
    towards = pieces_towards(arm)
    mouth = has_mouth(arm, town.arms[arm.junction_id])
    return Edges(
        approach=f"{towards[0]}.mouth" if mouth else towards[-1],
        upstream=towards[-1],
        leaving=pieces_away(arm)[0],
    )


def way_towards(town: Town, arm: Arm) -> list[str]:
    """SUMO edges of the arm to its stop line, in driving order, with a right-turn lane's own edge."""
    names = edges_of(town, arm)
    return [*pieces_towards(arm), *([names.approach] if names.approach != names.upstream else [])]


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
    _netconvert(folder, net, u_turns=road.u_turns)
    for kind in plain:
        (folder / f"plain.{kind}.xml").unlink()
    return net


def sumo_binary(name: str) -> Path:
    """A program of the installed SUMO. Raises MissingPackageError."""
    try:
        import sumo
    except ImportError:
        raise MissingPackageError("eclipse-sumo", extra="sim") from None
    return Path(sumo.SUMO_HOME) / "bin" / (f"{name}.exe" if os.name == "nt" else name)


def _attributes(values: Mapping[str, object]) -> str:
    return " ".join(f"{key}={quoteattr(str(value))}" for key, value in values.items())


def _nodes(town: Town, road: RoadStandard) -> list[str]:
    made: list[dict[str, object]] = []
    cut_points: dict[str, tuple[Point, str]] = {}
    for row in town.rows:
        made.append(_node(row.id, town.points[row.id], "traffic_light"))
        for arm in town.arms[row.id]:
            if not arm.inner:
                made.append(_node(arm.end_node, arm.end, "priority"))
            if has_mouth(arm, town.arms[row.id]):
                made.append(_node(_mouth_node(arm), along(arm.path, road.mouth_m + _STOP_LINE_M), "priority"))
            for cut in arm.cuts:
                cut_points.setdefault(cut.id, (cut.point, "traffic_light" if cut.is_crossing else "priority"))
    made += [_node(cut_id, point, kind) for cut_id, (point, kind) in cut_points.items()]
    made += [_node(street.end_node, street.end, "priority") for street in town.side_streets]
    return [f"<node {_attributes(values)}/>" for values in made]


def _node(node_id: str, point: Point, kind: str) -> dict[str, object]:
    signal = {"tl": node_id} if kind == "traffic_light" else {}
    return {"id": node_id, "x": f"{point[0]:.2f}", "y": f"{point[1]:.2f}", "type": kind, **signal}


def _mouth_node(arm: Arm) -> str:
    return f"{arm.end_node}--{arm.junction_id}.split"


def _edges(town: Town, road: RoadStandard, pattern: LanePattern) -> list[str]:
    made: list[dict[str, object]] = []
    for row in town.rows:
        for arm in town.arms[row.id]:
            lanes = arm.road.lanes_per_dir * pattern.per_lane
            common = _common(arm.road, pattern, _MAIN_PRIORITY)
            mouth = has_mouth(arm, town.arms[row.id])
            stops_m = [arm.length_m, *(cut.at_m for cut in reversed(arm.cuts)), road.mouth_m if mouth else 0.0]
            nodes = [arm.end_node, *(cut.id for cut in reversed(arm.cuts)), _mouth_node(arm) if mouth else row.id]
            for name, (from_m, to_m), (from_node, to_node) in zip(
                pieces_towards(arm), pairwise(stops_m), pairwise(nodes), strict=True
            ):
                made.append(
                    {
                        "id": name,
                        "from": from_node,
                        "to": to_node,
                        "numLanes": lanes,
                        "length": f"{max(from_m - to_m, _LEAST_UPSTREAM_M):.2f}",
                        "shape": _shape(_drawn(arm, to_m, from_m, road, mouth=mouth)[::-1]),
                        **common,
                    }
                )
            if mouth:
                made.append(
                    {
                        "id": edges_of(town, arm).approach,
                        "from": _mouth_node(arm),
                        "to": row.id,
                        "numLanes": lanes + pattern.per_lane,
                        "length": f"{road.mouth_m:.2f}",
                        "shape": _shape(piece(arm.path, 0.0, road.mouth_m + _STOP_LINE_M)[::-1]),
                        **common,
                    }
                )
            if not arm.inner:
                stops_m = [0.0, *(cut.at_m for cut in arm.cuts), arm.length_m]
                nodes = [row.id, *(cut.id for cut in arm.cuts), arm.end_node]
                made += [
                    {
                        "id": name,
                        "from": from_node,
                        "to": to_node,
                        "numLanes": lanes,
                        "length": f"{to_m - from_m:.2f}",
                        **common,
                    }
                    for name, (from_m, to_m), (from_node, to_node) in zip(
                        pieces_away(arm), pairwise(stops_m), pairwise(nodes), strict=True
                    )
                ]
    for street in town.side_streets:
        common = _common(street.row, pattern, _SIDE_PRIORITY)
        common |= {"numLanes": street.row.lanes_per_dir * pattern.per_lane, "length": f"{street.row.length_m:.2f}"}
        made.append({"id": street.enter_edge, "from": street.end_node, "to": street.row.id, **common})
        made.append({"id": street.exit_edge, "from": street.row.id, "to": street.end_node, **common})
    return [f"<edge {_attributes(values)}/>" for values in made]


def _common(road: Road, pattern: LanePattern, priority: int) -> dict[str, object]:
    return {
        "speed": f"{road.speed_kmh / 3.6:.2f}",
        "width": f"{pattern.width_m:.3f}",
        "priority": priority,
        "name": road.road_en,
    }


def _drawn(arm: Arm, near_m: float, far_m: float, road: RoadStandard, *, mouth: bool) -> tuple[Point, ...]:
    """The part of an arm's line between two distances from its junction, from the mouth's node where that is nearer."""
    scale = length_m(arm.path) / arm.length_m
    from_m = near_m * scale
    if mouth and near_m == road.mouth_m:
        from_m = road.mouth_m + _STOP_LINE_M
    return piece(arm.path, from_m, max(far_m * scale, from_m + 1.0))


def _shape(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


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
            lanes = arm.road.lanes_per_dir * pattern.per_lane
            if names.approach != names.upstream:
                pairs = [(i, i) for i in range(lanes)] + [
                    (lanes - pattern.per_lane + i, lanes + i) for i in range(pattern.per_lane)
                ]
                made += [
                    {"from": names.upstream, "to": names.approach, "fromLane": a, "toLane": b} for a, b in sorted(pairs)
                ]
            for cut, pair in zip(reversed(arm.cuts), pairwise(pieces_towards(arm)), strict=True):
                made += _through(cut, pair, arm.road, pattern, to_left=cut.to_left)
            if not arm.inner:
                for cut, pair in zip(arm.cuts, pairwise(pieces_away(arm)), strict=True):
                    made += _through(cut, pair, arm.road, pattern, to_left=not cut.to_left)
    return [f"<connection {_attributes(values)}/>" for values in made]


def _through(
    cut: Cut, pair: tuple[str, str], road: Road, pattern: LanePattern, *, to_left: bool
) -> list[dict[str, object]]:
    """Connections of one direction at a cut: straight on, and to and from a side street.

    A road of two or more lanes has a median: its side streets are left in, left out. Of a one-lane road they are open
    to every turn.
    """
    before, after = pair
    made = [(before, after, lane) for lane in range(road.lanes_per_dir * pattern.per_lane)]
    if cut.street is not None and (to_left or road.lanes_per_dir == 1):
        street_lanes = cut.street.lanes_per_dir * pattern.per_lane
        end_node = f"{cut.id}.end"
        made += [(before, f"{cut.id}--{end_node}", lane) for lane in range(street_lanes)]
        made += [(f"{end_node}--{cut.id}", after, lane) for lane in range(street_lanes)]
    return [{"from": a, "to": b, "fromLane": lane, "toLane": lane} for a, b, lane in made]


def _netconvert(folder: Path, net: Path, *, u_turns: bool) -> None:
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
        str(not u_turns).lower(),
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
