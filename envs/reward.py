"""Rewards as named terms: pure functions of what is true at a junction when a decision's interval ends.

`queue` and `fairness` look as far as the cameras do. A policy judged by what is in view alone learns to park its jam
out of view, so `whole_queue`, `delay`, `stops` and `waiting` look along the whole approach lanes. Every term is 0 or
less, except throughput; each is scaled so that a busy junction's is of the order of 1.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from envs.view import JunctionView
from junction.ensemble import Ensemble
from junction.errors import InputError

PCU_SCALE = 30.0
"""Queued PCU at a busy junction."""
WAITING_SCALE_S = 1000.0
"""Waiting summed over the vehicles of a busy junction."""
CROSSED_SCALE_PCU = 10.0
"""PCU that a busy junction discharges in 5 s."""
VEH_SCALE = 30.0
"""Vehicles that stand, or are held up, before a busy junction."""
STOPS_SCALE = 10.0
"""Vehicles that come to a stand before a busy junction in 5 s."""
LONG_RED_S = 120.0
"""A red that drivers find long (IRC:93-1985 asks for cycles no longer than this)."""


@dataclass(frozen=True, kw_only=True)
class RewardWeights:
    """How much each term counts. A term of weight 0 is not computed. Raises InputError for what is no number."""

    queue: float = 1.0
    whole_queue: float = 0.0
    delay: float = 0.0
    stops: float = 0.0
    waiting: float = 0.0
    pressure: float = 0.0
    throughput: float = 0.0
    fairness: float = 0.1

    def __post_init__(self) -> None:
        for name, weight in asdict(self).items():
            if not math.isfinite(weight):
                raise InputError(f"rewards.{name}", expected="a finite number", got=weight)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The weights in a TOML file, by term; terms it does not name weigh 0. Raises InputError."""
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(str(path), expected="a readable file of reward weights", got=error.strerror) from None
        except ValueError as error:
            raise InputError(str(path), expected="TOML", got=str(error)) from None
        names = [term.name for term in fields(cls)]
        for name, weight in document.items():
            if name not in names or isinstance(weight, bool) or not isinstance(weight, int | float):
                raise InputError(f"{path}: {name}", expected=f"a number for one of {names}", got=weight)
        return cls(**{name: float(document.get(name, 0.0)) for name in names})


Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RewardFacts:
    """What terms are made of, at the junctions of an ensemble. `view` holds all of their lane groups; `red_s`, by
    signal group, is the time since its green ended, 0 while it is green.

    The rest is by junction, shape (junctions,). `waiting_s`: summed over the vehicles on the approaches;
    `exit_queue_veh`: vehicles standing on the roads that leave; `crossed_pcu`: over the stop lines in the interval;
    `standing_veh`: on the approach lanes, however far back; `held_up_veh`: vehicles there, each by the share of the
    allowed speed that it lacks; `stopped_veh`: standing there now and not at the last decision. Each is 0 when its
    term's weight is.
    """

    ensemble: Ensemble
    view: JunctionView
    red_s: Numbers
    waiting_s: Numbers | float = 0.0
    exit_queue_veh: Numbers | float = 0.0
    crossed_pcu: Numbers | float = 0.0
    standing_veh: Numbers | float = 0.0
    held_up_veh: Numbers | float = 0.0
    stopped_veh: Numbers | float = 0.0

    def by_junction(self, of_lane_groups: NDArray[Any]) -> Numbers:
        """What the lane groups of each junction sum up to."""
        ensemble = self.ensemble
        sums = np.bincount(ensemble.junction_of_lane, weights=of_lane_groups, minlength=ensemble.junctions)
        return sums.astype(np.float64, copy=False)


def queue(facts: RewardFacts) -> Numbers:
    """Minus the queued PCU."""
    return -facts.by_junction(facts.view.queue_pcu) / PCU_SCALE


def whole_queue(facts: RewardFacts) -> Numbers | float:
    """Minus the vehicles that stand on the approach lanes, in view or not."""
    return -facts.standing_veh / VEH_SCALE


def delay(facts: RewardFacts) -> Numbers | float:
    """Minus the vehicles' loss of time per second: one that stands loses all of it, one at the allowed speed none."""
    return -facts.held_up_veh / VEH_SCALE


def stops(facts: RewardFacts) -> Numbers | float:
    """Minus the vehicles that came to a stand."""
    return -facts.stopped_veh / STOPS_SCALE


def waiting(facts: RewardFacts) -> Numbers | float:
    """Minus the time that the vehicles now on the approaches have been standing."""
    return -facts.waiting_s / WAITING_SCALE_S


def pressure(facts: RewardFacts) -> Numbers:
    """Minus the surplus of queued vehicles before the junction over those after it (Varaiya 2013), at least 0."""
    return -np.maximum(0.0, facts.by_junction(facts.view.queue_veh) - facts.exit_queue_veh) / PCU_SCALE


def throughput(facts: RewardFacts) -> Numbers | float:
    """PCU over the stop lines."""
    return facts.crossed_pcu / CROSSED_SCALE_PCU


def fairness(facts: RewardFacts) -> Numbers:
    """Minus the square of the longest red (in `LONG_RED_S`) that a queue is waiting at."""
    queued, longest_s = facts.view.queue_veh, np.zeros(facts.ensemble.junctions)
    served = facts.ensemble.served_lanes
    groups = served[0, queued[served[1]] > 0]
    np.maximum.at(longest_s, facts.ensemble.junction_of_group[groups], facts.red_s[groups])
    return np.asarray(-((longest_s / LONG_RED_S) ** 2))


TERMS: Mapping[str, Callable[[RewardFacts], Numbers | float]] = {
    "queue": queue,
    "whole_queue": whole_queue,
    "delay": delay,
    "stops": stops,
    "waiting": waiting,
    "pressure": pressure,
    "throughput": throughput,
    "fairness": fairness,
}


def reward_of(facts: RewardFacts, weights: RewardWeights) -> tuple[Numbers, dict[str, Numbers]]:
    """By junction the weighted sum, and the weighted terms by name (those of weight 0 left out)."""
    total = np.zeros(facts.ensemble.junctions)
    terms = {}
    for name, term in TERMS.items():
        weight = getattr(weights, name)
        if weight:
            value = weight * term(facts)
            terms[name] = value if isinstance(value, np.ndarray) else np.full_like(total, value)
            total = total + terms[name]
    return total, terms
