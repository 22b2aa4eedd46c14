"""SUMO's own log of every second's lamps, by signal group: what an independent check of a run reads."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from envs.street_junction import group_lamps
from junction.errors import InputError
from junction.layout import JunctionLayout
from scenarios.model import StreetFiles


def read_lamps(
    lamps_file: Path, files: StreetFiles, layouts: Mapping[str, JunctionLayout]
) -> dict[str, tuple[list[float], list[tuple[str, ...]]]]:
    """By junction id: the times (SUMO seconds) and, for each, the lamps by group in layout order.

    A sample's lamps are shown from its time on. A group without a link in the network (a pedestrian crossing) is not
    in SUMO's log and reads as red throughout. Raises InputError for a file that is no lamp log.
    """
    junction_of = {files.tls[junction_id].tls_id: junction_id for junction_id in layouts}
    group_links = {
        junction_id: tuple(files.tls[junction_id].group_links.get(group.id, ()) for group in layout.groups)
        for junction_id, layout in layouts.items()
    }
    found: dict[str, tuple[list[float], list[tuple[str, ...]]]] = {i: ([], []) for i in layouts}
    try:
        for _, element in ET.iterparse(lamps_file):
            junction_id = junction_of.get(element.attrib.get("id", ""))
            if element.tag == "tlsState" and junction_id is not None:
                times, lamps = found[junction_id]
                times.append(float(element.attrib["time"]))
                lamps.append(group_lamps(element.attrib["state"], group_links[junction_id]))
            element.clear()
    except (ET.ParseError, KeyError, ValueError, IndexError, OSError) as wrong:
        raise InputError(str(lamps_file), expected="a whole SUMO lamp log", got=str(wrong)) from None
    return found
