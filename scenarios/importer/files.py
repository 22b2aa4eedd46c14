"""Reading what is to be imported: a .sumocfg with the files it names, or a network, plain or gzipped.

Every damaged or missing file is a ScenarioError that names it.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from junction.errors import ScenarioError
from scenarios.load import CONFIG_ENDING

OSM_ENDINGS = (".osm", ".osm.xml", ".osm.xml.gz", ".osm.gz", ".osm.pbf")
NET_ENDINGS = (".net.xml", ".net.xml.gz")
DEFAULT_END_S = 3600.0

_USED = {
    "net-file", "route-files", "additional-files", "begin", "end", "step-length", "lateral-resolution",
}  # fmt: skip
_WRITERS = {
    "e1Detector", "e2Detector", "e3Detector", "inductionLoop", "laneAreaDetector", "entryExitDetector",
    "instantInductionLoop", "routeProbe", "timedEvent", "edgeData", "laneData", "calibrator",
}  # fmt: skip
"""What an additional file may hold that writes files of its own or changes the demand by measuring."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What an import starts from. `ignored` are options of the configuration that the street does not take over."""

    given: Path
    net_file: Path
    route_files: tuple[Path, ...] = ()
    additional_files: tuple[Path, ...] = ()
    begin_s: float = 0.0
    end_s: float = DEFAULT_END_S
    step_length_s: float = 1.0
    lateral_resolution_m: float | None = None
    ignored: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything whose content the import depends on."""
        return tuple(dict.fromkeys((self.given, self.net_file, *self.route_files, *self.additional_files)))


def is_kind(path: Path, endings: Iterable[str]) -> bool:
    return path.name.lower().endswith(tuple(endings))


def read_sources(given: Path) -> Sources:
    """The files that `given` (a .sumocfg or a network) stands for. Raises ScenarioError."""
    require_file(given, "file")
    if is_kind(given, NET_ENDINGS):
        return Sources(given=given, net_file=given)
    if is_kind(given, (CONFIG_ENDING,)):
        return _read_config(given)
    raise ScenarioError(
        "file",
        expected=f"a file ending in {', '.join((*OSM_ENDINGS, *NET_ENDINGS, CONFIG_ENDING))}",
        got=str(given),
    )


def require_file(path: Path, where: str) -> None:
    if not path.is_file():
        raise ScenarioError(where, expected="a file", got=str(path), hint="no such file")


def read_bytes(path: Path) -> bytes:
    """The content, unpacked where the name ends in .gz. Raises ScenarioError for a truncated or wrong gzip."""
    require_file(path, str(path))
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as wrong:
        raise ScenarioError(str(path), expected="a whole gzip file", got=str(wrong)) from None


def read_xml(path: Path, root_tag: str | tuple[str, ...] = ()) -> ElementTree.Element:
    """The document's root. Raises ScenarioError when it is cut short, no XML, or of another kind."""
    try:
        root = ElementTree.fromstring(read_bytes(path))
    except ElementTree.ParseError as wrong:
        raise ScenarioError(str(path), expected="a whole XML document", got=str(wrong)) from None
    tags = (root_tag,) if isinstance(root_tag, str) else root_tag
    if tags and root.tag not in tags:
        raise ScenarioError(str(path), expected=f"a <{tags[0]}> document", got=f"<{root.tag}>")
    return root


def without_comments(document: bytes) -> bytes:
    """SUMO's tools note the time and their options in comments: without them the same source gives the same bytes."""
    return re.sub(rb"<!--.*?-->\s*", b"", document, flags=re.DOTALL)


def without_writers(path: Path) -> tuple[ElementTree.Element, list[str]]:
    """An additional file without what would write files beside it, and the names of what was left out."""
    root = read_xml(path)
    found = [element for element in root if element.tag in _WRITERS]
    for element in found:
        root.remove(element)
    return root, sorted({element.tag for element in found})


def _read_config(given: Path) -> Sources:
    root = read_xml(given, ("configuration", "sumoConfiguration"))
    values = {option.tag: option.get("value", "") for section in root for option in (section, *section)}
    values = {name: value for name, value in values.items() if value}
    if "net-file" not in values:
        raise ScenarioError(f"{given}.net-file", expected="a network", got=None)

    def paths(name: str) -> tuple[Path, ...]:
        names = [part.strip() for part in values.get(name, "").split(",") if part.strip()]
        found = tuple((given.parent / part).resolve() for part in names)
        for path in found:
            require_file(path, f"{given}.{name}")
        return found

    begin_s = _number(given, values, "begin", 0.0)
    end_s = _number(given, values, "end", begin_s + DEFAULT_END_S)
    if end_s <= begin_s:
        raise ScenarioError(f"{given}.end", expected=f"later than begin ({begin_s:g})", got=end_s)
    lateral_m = _number(given, values, "lateral-resolution", 0.0)
    return Sources(
        given=given,
        net_file=paths("net-file")[0],
        route_files=paths("route-files"),
        additional_files=paths("additional-files"),
        begin_s=begin_s,
        end_s=end_s,
        step_length_s=_number(given, values, "step-length", 1.0),
        lateral_resolution_m=lateral_m or None,
        ignored=tuple(sorted(set(values) - _USED)),
    )


def _number(given: Path, values: dict[str, str], name: str, default: float) -> float:
    text = values.get(name, "")
    try:
        return float(text) if text else default
    except ValueError:
        raise ScenarioError(f"{given}.{name}", expected="seconds as a number", got=text) from None
