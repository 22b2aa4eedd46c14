"""Where a foreign network lies: latitude and longitude of its junctions, and its roads for the page's map.

netconvert itself turns the network's projection back; a network without one is laid around 0 N 0 E in metres.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.errors import ScenarioError
from scenarios.citymap import DIGITS
from scenarios.geometry import Projection
from scenarios.importer.files import read_xml
from scenarios.network import sumo_binary

_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service", "cycleway", "footway")


@dataclass(frozen=True, kw_only=True)
class Places:
    """(latitude, longitude) of nodes by id, and the shapes of edges that are roads."""

    nodes: Mapping[str, tuple[float, float]]
    shapes: Mapping[str, tuple[tuple[float, float], ...]]

    def middle(self, node_ids: tuple[str, ...]) -> tuple[float, float]:
        """The mean of the nodes' places; of all nodes where none of those has one."""
        found = [self.nodes[node] for node in node_ids if node in self.nodes] or list(self.nodes.values())
        return (
            round(sum(lat for lat, _ in found) / len(found), DIGITS),
            round(sum(lon for _, lon in found) / len(found), DIGITS),
        )


def places_of(net: Any, net_file: Path, beside: Path) -> Places:
    """Places of the network's nodes and roads. `beside` is a folder for netconvert's plain files."""
    if not net.hasGeoProj():
        flat = Projection(lat=0.0, lon=0.0)
        return Places(
            nodes={node.getID(): flat.to_lat_lon(node.getCoord()[:2]) for node in net.getNodes()},
            shapes={
                edge.getID(): tuple(flat.to_lat_lon((x, y)) for x, y, *_ in edge.getShape())
                for edge in net.getEdges(withInternal=False)
            },
        )
    prefix = beside / "geo"
    command = [str(sumo_binary("netconvert")), "--sumo-net-file", str(net_file), "--plain-output-prefix", str(prefix)]
    done = subprocess.run([*command, "--proj.plain-geo", "true"], capture_output=True, text=True, check=False)
    nodes_file, edges_file = (beside / f"geo.{kind}.xml" for kind in ("nod", "edg"))
    if done.returncode != 0 or not nodes_file.is_file():
        raise ScenarioError(str(net_file), expected="a projection that netconvert can undo", got=done.stderr[-300:])
    nodes = {
        node.get("id", ""): (float(node.get("y", 0)), float(node.get("x", 0)))
        for node in read_xml(nodes_file).iter("node")
    }
    shapes = {}
    for edge in read_xml(edges_file).iter("edge"):
        ends = (nodes[edge.get("from", "")], nodes[edge.get("to", "")])
        points = [point.split(",") for point in edge.get("shape", "").split()]
        shapes[edge.get("id", "")] = tuple((float(p[1]), float(p[0])) for p in points) or ends
    for path in beside.glob("geo.*.xml"):
        path.unlink()
    return Places(nodes=nodes, shapes=shapes)


def road_class(edge: Any) -> str:
    """OpenStreetMap's class of a road where the network carries it, else by its lanes and speed."""
    kind = str(edge.getType() or "").split("|")[0].removeprefix("highway.").removesuffix("_link")
    if kind in _CLASSES:
        return kind
    if edge.getLaneNumber() > 1 or edge.getSpeed() > 60 / 3.6:
        return "primary"
    return "tertiary" if edge.getSpeed() > 35 / 3.6 else "residential"


def map_document(net: Any, places: Places) -> dict[str, Any]:
    """A FeatureCollection, a LineString a road that vehicles use, as `scenarios.citymap` makes it."""
    features = []
    for edge in sorted(net.getEdges(withInternal=False), key=lambda edge: str(edge.getID())):
        shape = places.shapes.get(edge.getID(), ())
        if len(shape) < 2 or not edge.allows("passenger"):
            continue
        rim = not edge.getIncoming() or not edge.getOutgoing()
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "name": edge.getName() or edge.getID(),
                    "name_hi": edge.getName() or edge.getID(),
                    "class": road_class(edge),
                    "lanes_per_dir": edge.getLaneNumber(),
                    "edge": rim,
                },
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[round(lon, DIGITS), round(lat, DIGITS)] for lat, lon in shape],
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}
