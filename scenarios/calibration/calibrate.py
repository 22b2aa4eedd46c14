"""Calibrating a scenario's demand: counts in, vehicles by route and interval out, with what did not fit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from junction.errors import InputError
from junction.vehicle import pcu_of
from scenarios.calibration.bins import Binned, bin_counts
from scenarios.calibration.candidates import Candidates
from scenarios.calibration.class_mix import ClassMix, counted_mix, own_mean_pcu
from scenarios.calibration.count_file import CameraPlaces, read_counts
from scenarios.calibration.count_row import CountRow
from scenarios.calibration.fit import fit_flows
from scenarios.calibration.geh import good_share
from scenarios.calibration.links import PlaceFlow, contradictions, link_geh, place_flows, withheld_links
from scenarios.calibration.own_demand import OwnDemand, Route, read_own_demand
from scenarios.calibration.places import Place, StreetPlaces
from scenarios.calibration.sampler import Wanted, sample_routes
from scenarios.model import TRAINING, Scenario
from scenarios.signals import read_net

WITHHELD_SHARE = 0.1
INTERVAL_S = 900.0

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`interval_s` is the length of the intervals in which demand is fitted; `withheld_share` of the counted links is
    predicted and not fitted."""

    seed: int = 1
    interval_s: float = INTERVAL_S
    withheld_share: float = WITHHELD_SHARE
    cameras: CameraPlaces = field(default_factory=CameraPlaces)

    def __post_init__(self) -> None:
        if not 60 <= self.interval_s <= 86400:
            raise InputError("interval_s", expected="60 to 86400 s", got=self.interval_s)
        if not 0 <= self.withheld_share <= 0.5:
            raise InputError("withheld_share", expected="0 to 0.5", got=self.withheld_share)


@dataclass(frozen=True, kw_only=True)
class CalibratedBin:
    """Whole vehicles by route that depart in one interval."""

    begin_s: float
    end_s: float
    veh: Mapping[Route, int]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a calibration found. `flows` are assigned, over whole vehicles; `prior_geh` is the scenario's own demand's.

    `mix` is None where the scenario's own class mix is kept.
    """

    settings: Settings
    bins: tuple[CalibratedBin, ...]
    binned: Binned
    flows: tuple[PlaceFlow, ...]
    prior_geh: Mapping[str, float]
    withheld: frozenset[str]
    contradictions: tuple[str, ...]
    unmatched: tuple[str, ...]
    notes: tuple[str, ...]
    mix: ClassMix | None
    mean_pcu: float
    own: OwnDemand

    @property
    def geh(self) -> dict[str, float]:
        """By link that was fitted."""
        return {link: value for link, value in link_geh(self.flows).items() if link not in self.withheld}

    @property
    def withheld_geh(self) -> dict[str, float]:
        return {link: value for link, value in link_geh(self.flows).items() if link in self.withheld}

    @property
    def geh_lt5_share(self) -> float | None:
        return good_share(self.geh.values())


def calibrate(
    scenario: Scenario, files: Sequence[Path], settings: Settings, progress: Progress = lambda _line: None
) -> Calibration:
    """Fit the demand of `scenario` to the counts in `files`. Writes nothing.

    Raises InputError for counts that are mistaken (unknown places, negative, missing, overlapping), ScenarioError for
    a scenario without demand.
    """
    street = scenario.built_street(TRAINING)
    net = read_net(street.net_file)
    places = StreetPlaces(scenario, street, net)
    with tempfile.TemporaryDirectory(prefix="chauraha-calibrate-") as name:
        beside = Path(name)
        own = read_own_demand(street, beside)
        mean_pcu = own_mean_pcu(own, street)
        progress("reading counts")
        reads = [read_counts(path, settings.cameras, frozenset(scenario.sites), mean_pcu) for path in files]
        rows, unmatched = _placed([row for read in reads for row in read.rows], places)
        unmatched += [line for read in reads for line in read.unmatched]
        if not rows:
            raise InputError("counts", expected="a count at a place of the street", got=unmatched)
        binned = bin_counts(rows, settings.interval_s)
        mix, mix_note = counted_mix([row for row, _ in rows], own, street)
        progress(f"{len(binned.veh)} places, {len(binned.begins_s)} intervals; candidate routes")
        candidates = Candidates(net, own, settings.seed)
        withheld = withheld_links(_counted_veh_h(binned), settings.withheld_share, settings.seed)
        signalled = frozenset(start for place in binned.veh for start, _ in place.turns) | _signalled(net)
        fitted = _Fit(candidates, places, binned, withheld, signalled)
        bins: list[CalibratedBin] = []
        modelled = {place: [0.0] * len(binned.begins_s) for place in binned.veh}
        prior = {place: [0.0] * len(binned.begins_s) for place in binned.veh}
        for slot, begin_s in enumerate(binned.begins_s):
            progress(f"interval {slot + 1} of {len(binned.begins_s)}")
            folder = beside / str(slot)
            folder.mkdir()
            veh, prior_veh = fitted.vehicles(slot, settings.seed, folder)
            for place, assigned, before in zip(binned.veh, fitted.all @ veh, fitted.all @ prior_veh, strict=True):
                modelled[place][slot], prior[place][slot] = float(assigned), float(before)
            if fitted.counted(slot):
                by_route = {r: int(n) for r, n in zip(candidates.routes, veh.tolist(), strict=True) if n > 0}
                bins.append(CalibratedBin(begin_s=begin_s, end_s=begin_s + settings.interval_s, veh=by_route))
    if not bins:
        raise InputError("counts", expected="an interval that was counted for half of its length", got=binned.gaps[:3])
    notes = [*(line for read in reads for line in read.notes), *binned.notes, mix_note]
    return Calibration(
        settings=settings,
        bins=tuple(bins),
        binned=binned,
        flows=place_flows(binned, modelled),
        prior_geh=link_geh(place_flows(binned, prior)),
        withheld=withheld,
        contradictions=contradictions(binned, places, net),
        unmatched=tuple(unmatched),
        notes=tuple(notes),
        mix=mix,
        mean_pcu=pcu_of(mix.shares) if mix else mean_pcu,
        own=own,
    )


class _Fit:
    """Fits one interval after another. `all` is how often each route passes each counted place, withheld ones too."""

    def __init__(
        self,
        candidates: Candidates,
        street: StreetPlaces,
        binned: Binned,
        withheld: frozenset[str],
        signalled: frozenset[str],
    ) -> None:
        self._candidates = candidates
        self._binned = binned
        self._signalled = signalled
        self._places = list(binned.veh)
        self._given = [place.link not in withheld for place in self._places]
        self.all = candidates.passes(self._places, street)

    def counted(self, slot: int) -> list[int]:
        """Numbers of the places that were counted in an interval and are given to the fit."""
        return [
            number
            for number, place in enumerate(self._places)
            if self._given[number] and self._binned.veh[place][slot] is not None
        ]

    def vehicles(self, slot: int, seed: int, folder: Path) -> tuple[Any, Any]:
        """Whole vehicles by route, and the prior's; the prior alone where nothing was counted."""
        begin_s = self._binned.begins_s[slot]
        end_s = begin_s + self._binned.length_s
        prior_veh = self._candidates.prior_veh(begin_s, end_s)
        numbers = self.counted(slot)
        if not numbers:
            return prior_veh, prior_veh
        counted = np.array([self._binned.veh[self._places[number]][slot] for number in numbers], dtype=np.float64)
        flows = fit_flows(self.all[numbers], counted, prior_veh)
        turns, departures = self._candidates.turn_flows(flows, self._signalled)
        weights = dict(zip(self._candidates.routes, flows.tolist(), strict=True))
        wanted = Wanted(begin_s=begin_s, end_s=end_s, turns=turns, departures=departures)
        return self._candidates.vector(sample_routes(weights, wanted, seed + slot, folder)), prior_veh


def _placed(rows: Sequence[CountRow], places: StreetPlaces) -> tuple[list[tuple[CountRow, Place]], list[str]]:
    found: dict[Any, Place | None] = {}
    placed: list[tuple[CountRow, Place]] = []
    strangers: dict[Any, float] = {}
    for row in rows:
        if row.place not in found:
            found[row.place] = places.find(row.place, row.where)
        place = found[row.place]
        if place is None:
            strangers[row.place] = strangers.get(row.place, 0.0) + row.total_veh
        else:
            placed.append((row, place))
    return placed, [f"{name}: {veh:g} vehicles, its traffic cannot be told apart" for name, veh in strangers.items()]


def _signalled(net: Any) -> frozenset[str]:
    return frozenset(e.getID() for e in net.getEdges(withInternal=False) if len(e.getOutgoing()) > 1)


def _counted_veh_h(binned: Binned) -> dict[str, float]:
    flows = place_flows(binned, {place: [0.0] * len(binned.begins_s) for place in binned.veh})
    found: dict[str, float] = {}
    for flow in flows:
        found[flow.place.link] = found.get(flow.place.link, 0.0) + flow.counted_veh_h
    return found
