"""SUMO's own record of every second's lamps, judged by the independent auditor.

The record is what SUMO showed (`SaveTLSStates`), whoever set it: a stage machine behind the guard, or a program of
SUMO's own. Nothing here asks the guard.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from junction.errors import InputError
from junction.lamp_audit import UnsafeEvent, audit_timeline
from junction.layout import JunctionLayout
from scenarios.model import StreetFiles, TlsBinding

_GREEN, _AMBER = frozenset("Gg"), frozenset("yuYoO")


def read_states(lamps_file: Path) -> dict[str, tuple[float, list[str]]]:
    """By SUMO signal: the first second recorded and every sample's link states. Raises InputError."""
    first: dict[str, float] = {}
    states: dict[str, list[str]] = {}
    try:
        for _, element in ET.iterparse(lamps_file):
            if element.tag != "tlsState":
                continue
            tls_id = element.attrib["id"]
            first.setdefault(tls_id, float(element.attrib["time"]))
            states.setdefault(tls_id, []).append(element.attrib["state"])
            element.clear()
    except (ET.ParseError, KeyError, ValueError, OSError) as wrong:
        raise InputError(str(lamps_file), expected="SUMO's whole record of lamps", got=str(wrong)) from None
    return {tls_id: (first[tls_id], rows) for tls_id, rows in states.items()}


def group_lamps(state: str, layout: JunctionLayout, binding: TlsBinding) -> str:
    """Lamps by group in layout order ("r", "y", "G") of SUMO's link states; a group is green when any link is.

    Raises InputError for a group without links: what SUMO does not show cannot be judged.
    """
    lamps = []
    for group in layout.groups:
        links = binding.group_links.get(group.id)
        if not links:
            raise InputError(f"street.tls[{layout.id}].group_links", expected=f"links of group {group.id}", got=None)
        shown = {state[link] for link in links}
        lamps.append("G" if shown & _GREEN else "y" if shown & _AMBER else "r")
    return "".join(lamps)


def audit_record(lamps_file: Path, layouts: Mapping[str, JunctionLayout], files: StreetFiles) -> list[UnsafeEvent]:
    """Every unsafe event of a run, at all junctions. Raises InputError when a junction is not in the record."""
    record = read_states(lamps_file)
    events: list[UnsafeEvent] = []
    for junction_id, layout in layouts.items():
        binding = files.tls[junction_id]
        if binding.tls_id not in record:
            raise InputError(f"{lamps_file}", expected=f"lamps of signal {binding.tls_id}", got=sorted(record)[:3])
        start_s, states = record[binding.tls_id]
        shown = {state: list(group_lamps(state, layout, binding)) for state in set(states)}
        lamps = np.array([shown[state] for state in states])
        events += audit_timeline(layout, lamps, start_s=start_s, sample_s=files.step_length_s)
    return events
