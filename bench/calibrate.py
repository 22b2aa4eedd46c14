"""`python -m bench.calibrate`: a known demand's counts, made noisy and thinned out, given to the calibration.

The true demand is the scenario's own with every gate's traffic changed by a random factor and part of it on other ways;
its stop-line counts by movement, a share of the links left out and the rest with noise, go through count files as an
engineer would write them. Compared, on the links that were given and on those withheld from the fit: the scenario's
own demand as it is, routeSampler alone (the bare counts, the own demand's routes), the calibration, and with
`--simulate FIDELITY` what a run of it passes on the links that were counted. Links that were left out are judged
against the truth without noise.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from envs.calibrated_run import run_calibrated
from junction.files import write_whole
from scenarios.calibration.calibrate import Calibration, Settings, calibrate
from scenarios.calibration.candidates import Candidates
from scenarios.calibration.count_row import PlaceKind, PlaceName
from scenarios.calibration.geh import geh, good_share
from scenarios.calibration.own_demand import Route, read_own_demand
from scenarios.calibration.places import Place, StreetPlaces
from scenarios.calibration.sampler import Wanted, sample_routes
from scenarios.calibration.simulated import simulated_document
from scenarios.load import load_scenario
from scenarios.model import Scenario
from scenarios.signals import read_net

GATE_SPREAD = 0.35
"""Standard deviation of the logarithm of the factor on the traffic from, and to, each gate."""
WAYS_SPREAD = 0.5
"""The same for each route."""


class Truth:
    """One known demand: vehicles by route and interval, drawn by `seed`."""

    def __init__(self, scenario: Scenario, begin_s: float, end_s: float, interval_s: float, seed: int) -> None:
        self.net = read_net(scenario.built_street().net_file)
        self.street = StreetPlaces(scenario, scenario.built_street(), self.net)
        with tempfile.TemporaryDirectory() as beside:
            own = read_own_demand(scenario.built_street(), Path(beside))
        # Another seed than the calibration's, so that the true ways are not just its candidates.
        self.candidates = Candidates(self.net, own, 1000 + seed)
        self.own = Candidates(self.net, own, seed)
        rng = np.random.default_rng(seed)
        self.places = [
            place
            for junction, site in scenario.sites.items()
            for movement in site.layout.movements
            if (name := PlaceName(kind=PlaceKind.MOVEMENT, junction=junction, name=movement.id))
            and (place := self.street.find(name, "bench")) is not None
        ]
        gates = sorted({edge for route in self.candidates.routes for edge in (route[0], route[-1])})
        factor = dict(zip(gates, np.exp(GATE_SPREAD * rng.standard_normal(len(gates))), strict=True))
        way = np.exp(WAYS_SPREAD * rng.standard_normal(len(self.candidates.routes)))
        scale = np.array([factor[r[0]] * factor[r[-1]] for r in self.candidates.routes]) * way
        self.begins_s = list(np.arange(begin_s, end_s, interval_s))
        self.interval_s = interval_s
        self.veh = [
            rng.poisson(self.candidates.prior_veh(begin, begin + interval_s) * scale) for begin in self.begins_s
        ]
        passes = self.candidates.passes(self.places, self.street)
        self.counts = [passes @ veh for veh in self.veh]
        """Vehicles by place, an array an interval."""

    def veh_h(self) -> dict[Place, float]:
        hours = len(self.begins_s) * self.interval_s / 3600
        return {place: float(sum(c[number] for c in self.counts)) / hours for number, place in enumerate(self.places)}


def write_counts(truth: Truth, path: Path, noise: float, missing: float, seed: int) -> frozenset[str]:
    """A plain count file of the truth with noise; the links that are left out."""
    rng = np.random.default_rng(5000 + seed)
    links = sorted({place.link for place in truth.places})
    left_out = frozenset(rng.choice(links, size=round(missing * len(links)), replace=False).tolist())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["junction", "movement", "begin", "end", "count"])
        for begin_s, counts in zip(truth.begins_s, truth.counts, strict=True):
            for place, veh in zip(truth.places, counts, strict=True):
                noisy = max(0, round(float(veh) * (1 + noise * rng.standard_normal())))
                if place.link not in left_out:
                    interval = f"{begin_s:g}", f"{begin_s + truth.interval_s:g}"
                    writer.writerow([place.name.junction, place.name.name, *interval, noisy])
    return left_out


def by_link(veh_h: dict[Place, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for place, flow in veh_h.items():
        found[place.link] += flow
    return dict(found)


def modelled_veh_h(truth: Truth, bins: list[dict[Route, float]]) -> dict[str, float]:
    """Hourly vehicles by link of any demand."""
    by_turn = {turn: place for place in truth.places for turn in place.turns}
    flows = dict.fromkeys(truth.places, 0.0)
    hours = len(truth.begins_s) * truth.interval_s / 3600
    for routes in bins:
        for route, veh in routes.items():
            for pair in pairwise(route):
                if pair in by_turn:
                    flows[by_turn[pair]] += veh / hours
    return by_link(flows)


def sampler_alone(truth: Truth, found: Calibration, seed: int) -> list[dict[Route, float]]:
    """routeSampler on the same counts that the calibration was given, with the same candidate routes."""
    bins = []
    for slot, begin_s in enumerate(truth.begins_s):
        end_s = begin_s + truth.interval_s
        turns = {
            turn: values[slot] or 0.0
            for place, values in found.binned.veh.items()
            if place.link not in found.withheld and values[slot] is not None
            for turn in place.turns
        }
        weights = dict(zip(truth.own.routes, truth.own.prior_veh(begin_s, end_s).tolist(), strict=True))
        with tempfile.TemporaryDirectory() as folder:
            wanted = Wanted(begin_s=begin_s, end_s=end_s, turns=turns)
            bins.append({r: float(n) for r, n in sample_routes(weights, wanted, seed + slot, Path(folder)).items()})
    return bins


def one_seed(scenario: Scenario, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    truth = Truth(scenario, options.begin, options.end, options.interval, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.csv"
        left_out = write_counts(truth, path, options.noise, options.missing, seed)
        started = time.perf_counter()
        found = calibrate(scenario, [path], Settings(seed=seed, interval_s=options.interval))
        took_s = time.perf_counter() - started
    counted: dict[str, float] = defaultdict(float)
    for flow in found.flows:
        counted[flow.place.link] += flow.counted_veh_h
    judged = dict(counted) | {link: flow for link, flow in by_link(truth.veh_h()).items() if link in left_out}
    own = [
        dict(zip(truth.own.routes, truth.own.prior_veh(b, b + truth.interval_s), strict=True)) for b in truth.begins_s
    ]
    demands = {
        "own demand": own,
        "routeSampler alone": sampler_alone(truth, found, seed),
        "calibration": [{r: float(n) for r, n in piece.veh.items()} for piece in found.bins],
    }
    document: dict[str, Any] = {"seed": seed, "links": len(counted), "took_s": round(took_s, 1), "methods": {}}
    for name, bins in demands.items():
        flows = modelled_veh_h(truth, bins)
        values = {link: geh(flows[link], veh_h) for link, veh_h in judged.items()}
        document["methods"][name] = {
            "fitted": good_share(v for link, v in values.items() if link not in left_out | found.withheld),
            "withheld": good_share(v for link, v in values.items() if link in found.withheld),
            "left_out": good_share(v for link, v in values.items() if link in left_out),
        }
    if options.simulate is not None:
        told = simulated_document(run_calibrated(scenario, found, options.simulate, seed), found.withheld, "")
        document["methods"][f"calibration, run at {options.simulate}"] = {
            "fitted": told["geh_lt5_share"],
            "withheld": told["withheld_geh_lt5_share"],
            "left_out": None,
        }
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="kanpur")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--begin", type=float, default=32400.0, help="seconds after midnight")
    parser.add_argument("--end", type=float, default=36000.0)
    parser.add_argument("--interval", type=float, default=3600.0, help="seconds")
    parser.add_argument("--noise", type=float, default=0.10, help="standard deviation of the noise, as a share")
    parser.add_argument("--missing", type=float, default=0.20, help="share of links without counts")
    parser.add_argument("--simulate", metavar="FIDELITY", help="also run the calibrated demand")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    scenario = load_scenario(options.scenario)
    runs = [one_seed(scenario, options, seed) for seed in range(1, options.seeds + 1)]
    table = Table(title="Share of links with GEH < 5")
    for column in ("seed", "links", "demand", "given to the fit", "withheld", "without counts"):
        table.add_column(column)
    for run in runs:
        for name, shares in run["methods"].items():
            cells = ("-" if share is None else f"{share:.1%}" for share in shares.values())
            table.add_row(str(run["seed"]), str(run["links"]), name, *cells)
    Console().print(table)
    if options.json:
        document = {"scenario": scenario.name, "noise": options.noise, "missing": options.missing, "runs": runs}
        write_whole(options.json, json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
