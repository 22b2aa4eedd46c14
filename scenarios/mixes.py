"""Which vehicle classes enter by which road at which hour, as distributions that SUMO draws a vehicle's type from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from junction.vehicle import PCU, VehicleClass
from scenarios.source import Road, Source

MIX = "mix"
"""The distribution of vtypes.csv, which the vehicle file defines."""


@dataclass(frozen=True, kw_only=True)
class RoadMix:
    """`id` is SUMO's distribution; `share` by class adds up to 1."""

    id: str
    share: Mapping[str, float]

    @property
    def mean_pcu(self) -> float:
        """PCU of its average vehicle."""
        return sum(share * PCU[VehicleClass(name)] for name, share in self.share.items())


def mix_at(source: Source, road: Road, hour: int) -> RoadMix:
    """The mix that enters by the road at that hour: by its name, else its class, else that of vtypes.csv.

    Classes that may not enter then are left out, and the others take their place.
    """
    named = [m for m in source.demand.mix if road.road_en in m.roads]
    classed = [m for m in source.demand.mix if road.road_class in m.road_classes]
    found = next(iter([*named, *classed]), None)
    if found is None:
        name, share = MIX, {row.id: row.mix_share for row in source.vehicles}
    else:
        name, share = f"{MIX}.{found.name}", {c.value: found.share.get(c, 0.0) for c in VehicleClass}
    ban = source.demand.no_entry
    banned = ban is not None and ban.from_h <= hour < ban.to_h and (found is None or found.name not in ban.except_mixes)
    if ban is not None and banned:
        name = f"{name}.no_entry"
        share = {c: part for c, part in share.items() if c not in {b.value for b in ban.classes}}
    total = sum(share.values())
    return RoadMix(id=name, share={c: part / total for c, part in share.items() if part > 0})


def mix_lines(mixes: Iterable[RoadMix]) -> list[str]:
    """Distributions of types that the vehicle file defines, each once, by id."""
    by_id = {mix.id: mix for mix in mixes if mix.id != MIX}
    return [
        f"<vTypeDistribution id={quoteattr(mix.id)} vTypes={quoteattr(' '.join(mix.share))} "
        f"probabilities={quoteattr(' '.join(f'{part:.5f}' for part in mix.share.values()))}/>"
        for _, mix in sorted(by_id.items())
    ]
