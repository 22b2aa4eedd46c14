"""Green waves of a corridor's plans, from the committed sites alone: signals by distance, greens, bands both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from junction.coordination import Bands, CorridorSignal, bands, in_step, sections_at
from junction.corridor_signals import signals_of
from junction.errors import ScenarioError
from junction.site import Site
from junction.surroundings import Link
from scenarios.source import PlanStandard


@dataclass(frozen=True, kw_only=True)
class Section:
    """Signals of a corridor that have a green wave of their own: their places in it, and their bands."""

    signals: slice
    bands: Bands


@dataclass(frozen=True, kw_only=True)
class GreenWaves:
    """A corridor under one program. By signal: its plan at offset 0, the offset, the metres from the first signal.

    `end_to_end` is None where the cycles do not fit each other; `sections` are those of two signals or more.
    """

    signals: tuple[CorridorSignal, ...]
    offsets_s: tuple[float, ...]
    at_m: tuple[float, ...]
    end_to_end: Bands | None
    sections: tuple[Section, ...]


def programs_of(sites: Mapping[str, Site], row: Sequence[str]) -> tuple[str, ...]:
    """What the row's junctions all have a plan for, such as "today" or "webster.morning": a plan's id is the junction's
    with the program after it."""
    by_junction = [{plan_id.removeprefix(f"{j}.") for plan_id in sites[j].plans} for j in row]
    return tuple(sorted(set.intersection(*by_junction)))


def green_waves(sites: Mapping[str, Site], row: Sequence[str], program: str, standard: PlanStandard) -> GreenWaves:
    """The row's green waves under a program of `programs_of`, platoons at the standard's share of the speed limit.

    Raises ScenarioError where two neighbours of the row have no road or no way between them.
    """
    plans = {j: sites[j].plans[f"{j}.{program}"] for j in row}
    links = [_link(sites[here], there) for here, there in pairwise(row)]
    speeds_kmh = [_speed_kmh(sites[here], link) for here, link in zip(row, links, strict=False)]
    gaps_s = [
        link.length_m / (kmh * standard.progression_share / 3.6) for link, kmh in zip(links, speeds_kmh, strict=True)
    ]
    signals = signals_of({j: sites[j].layout for j in row}, plans, row, gaps_s)
    offsets_s = tuple(plans[j].offset_s for j in row)
    found = sections_at(signals, offsets_s, standard.least_band_s)
    return GreenWaves(
        signals=signals,
        offsets_s=offsets_s,
        at_m=tuple(round(at, 1) for at in accumulate((link.length_m for link in links), initial=0.0)),
        end_to_end=bands(signals, offsets_s) if in_step(signals) else None,
        sections=tuple(
            Section(signals=part, bands=bands(signals[part], offsets_s[part]))
            for part in found
            if part.stop - part.start > 1
        ),
    )


def _link(site: Site, neighbour: str) -> Link:
    link = site.surroundings.link_from(neighbour)
    if link is None:
        raise ScenarioError("corridor", expected=f"a road from {neighbour} to {site.layout.id}", got=None)
    return link


def _speed_kmh(site: Site, link: Link) -> float:
    return next(arm.speed_kmh for arm in site.layout.approaches if arm.id == link.approach_id)
