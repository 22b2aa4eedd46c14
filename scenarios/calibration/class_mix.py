"""The class mix of counts, where they tell every class; else the scenario's own stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from junction.vehicle import VEHICLE_CLASSES, pcu_of
from scenarios.calibration.count_row import CountRow
from scenarios.calibration.own_demand import OwnDemand
from scenarios.model import StreetFiles

LEAST_VEH = 400
"""Fewer vehicles give no mix: a share of one half then has a standard error above 2.5 %."""
_CLASSES = frozenset(str(name) for name in VEHICLE_CLASSES)


@dataclass(frozen=True, kw_only=True)
class ClassMix:
    """Shares by class name; they add up to 1."""

    shares: Mapping[str, float]


def counted_mix(rows: Sequence[CountRow], own: OwnDemand, street: StreetFiles) -> tuple[ClassMix | None, str]:
    """The mix of all counts, or None, and a line that says which mix is used and why."""
    seen = [row for row in rows if row.vehicles is not None]
    if not all(row.separable for row in seen):
        return None, "class mix: the scenario's own (the counts do not tell every class)"
    veh: dict[str, float] = {}
    for row in seen:
        for name, number in (row.vehicles or {}).items():
            veh[name] = veh.get(name, 0.0) + number
    total = sum(veh.values())
    if total < LEAST_VEH:
        return None, f"class mix: the scenario's own ({total:g} vehicles counted, {LEAST_VEH} needed)"
    used = {name: number / total for name, number in sorted(veh.items()) if number > 0}
    if not set(used) <= _vehicle_types(own, street):
        return None, "class mix: the scenario's own (it has no vehicle type of a counted class)"
    return ClassMix(shares=used), f"class mix: from {total:g} counted vehicles"


def own_mean_pcu(own: OwnDemand, street: StreetFiles) -> float:
    """PCU of the own demand's average vehicle; 1 where its types are not of our classes."""
    shares: dict[str, dict[str, float]] = {}
    for element in _type_elements(own, street):
        if element.tag == "vType" and element.get("id") in _CLASSES:
            shares[element.get("id", "")] = {element.get("id", ""): 1.0}
        elif element.tag == "vTypeDistribution":
            shares[element.get("id", "")] = _distribution(element)
    pcu = veh = 0.0
    for piece in own.pieces:
        mix = {name: share for name, share in shares.get(piece.type_id, {}).items() if name in _CLASSES}
        if mix:
            pcu += piece.veh * pcu_of(mix) / sum(mix.values())
            veh += piece.veh
    return pcu / veh if veh else 1.0


def _distribution(element: ElementTree.Element) -> dict[str, float]:
    names, chances = (element.get("vTypes") or "").split(), (element.get("probabilities") or "").split()
    found = {name: float(chance) for name, chance in zip(names, chances, strict=False)}
    return found | {t.get("id", ""): float(t.get("probability", 1)) for t in element.findall("vType")}


def _type_elements(own: OwnDemand, street: StreetFiles) -> list[ElementTree.Element]:
    additional = [element for path in street.additional_files for element in ElementTree.parse(path).getroot()]
    return [e for e in (*additional, *own.elements) if e.tag in {"vType", "vTypeDistribution"}]


def _vehicle_types(own: OwnDemand, street: StreetFiles) -> set[str]:
    elements = _type_elements(own, street)
    return {t.get("id", "") for e in elements for t in ([e] if e.tag == "vType" else e.findall("vType"))}
