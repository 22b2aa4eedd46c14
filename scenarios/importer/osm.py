"""An OpenStreetMap extract to a SUMO network: osmium unpacks .osm.pbf, netconvert does the rest with its road types."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from junction.errors import MissingPackageError, ScenarioError
from scenarios.importer.files import read_bytes, read_xml, require_file, without_comments
from scenarios.network import sumo_binary

_TYPES = ("osmNetconvert.typ.xml", "osmNetconvertUrbanDe.typ.xml", "osmNetconvertPedestrians.typ.xml")
"""SUMO's types, later ones over earlier ones: speeds in town, and footways that crossings lead to."""


def osm_network(file: Path, work: Path, *, lefthand: bool | None) -> Path:
    """The network of the extract, made in `work`. Right-hand traffic unless `lefthand`.

    Raises ScenarioError for a damaged file, one without roads, and what netconvert refuses; MissingPackageError for
    a .osm.pbf without osmium.
    """
    extract = work / "extract.osm.xml"
    if file.name.lower().endswith(".pbf"):
        _unpack(file, extract)
    else:
        extract.write_bytes(read_bytes(file))
    root = read_xml(extract, "osm")
    if not any(tag.get("k") == "highway" for way in root.iter("way") for tag in way.iter("tag")):
        raise ScenarioError(str(file), expected="ways tagged highway=…", got="none")
    net_file = work / "osm.net.xml"
    home = sumo_binary("netconvert").parents[1]
    command = [
        str(sumo_binary("netconvert")),
        "--osm-files", str(extract),
        "--type-files", ",".join(str(home / "data" / "typemap" / name) for name in _TYPES),
        "--output-file", str(net_file),
        "--output.street-names", "true",
        "--lefthand", "true" if lefthand else "false",
        "--geometry.remove", "true",
        "--roundabouts.guess", "true",
        "--ramps.guess", "true",
        "--junctions.join", "true",
        "--tls.guess-signals", "true",
        "--tls.discard-simple", "true",
        "--tls.join", "true",
        "--tls.default-type", "static",
        "--osm.turn-lanes", "true",
        "--osm.lane-access", "true",
        "--osm.sidewalks", "true",
        "--osm.crossings", "true",
        "--no-turnarounds.except-deadend", "true",
        "--keep-edges.by-vclass", "passenger,bus,bicycle",
        "--remove-edges.isolated", "true",
        "--keep-edges.components", "1",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "SUMO_HOME": str(home)}
    )
    if done.returncode != 0 or not net_file.is_file():
        raise ScenarioError(str(file), expected="roads that netconvert can join", got=done.stderr.strip()[-300:])
    net_file.write_bytes(without_comments(net_file.read_bytes()))
    return net_file


def _unpack(file: Path, extract: Path) -> None:
    require_file(file, "file")
    try:
        import osmium
    except ImportError:
        raise MissingPackageError("osmium", extra="sim") from None
    try:
        with osmium.SimpleWriter(str(extract)) as writer:
            for entity in osmium.FileProcessor(str(file)):
                writer.add(entity)
    except RuntimeError as wrong:
        raise ScenarioError(str(file), expected="a whole .osm.pbf", got=str(wrong)) from None
