"""Rewards as named terms: pure functions of what is true at a junction when a decision's interval ends.

Every term is 0 or less, except throughput; each is scaled so that a busy junction's is of the order of 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from envs.view import JunctionView
from junction.layout import JunctionLayout
from junction.signals import SignalState

PCU_SCALE = 30.0
"""Queued PCU at a busy junction."""
WAITING_SCALE_S = 1000.0
"""Waiting summed over the vehicles of a busy junction."""
CROSSED_SCALE_PCU = 10.0
"""PCU that a busy junction discharges in 5 s."""
LONG_RED_S = 120.0
"""A red that drivers find long (IRC:93-1985 asks for cycles no longer than this)."""


@dataclass(frozen=True, kw_only=True)
class RewardWeights:
    """How much each term counts. A term of weight 0 is not computed."""

    queue: float = 1.0
    waiting: float = 0.0
    pressure: float = 0.0
    throughput: float = 0.0
    fairness: float = 0.1


@dataclass(frozen=True, kw_only=True)
class RewardFacts:
    """What terms are made of. `waiting_s`: summed over the vehicles on the approaches; `exit_queue_veh`: vehicles
    standing on the roads that leave; `crossed_pcu`: over the stop lines in the interval. Each is 0 when its term's
    weight is.
    """

    layout: JunctionLayout
    view: JunctionView
    signals: SignalState
    waiting_s: float = 0.0
    exit_queue_veh: int = 0
    crossed_pcu: float = 0.0


def queue(facts: RewardFacts) -> float:
    """Minus the queued PCU."""
    return -float(facts.view.queue_pcu.sum()) / PCU_SCALE


def waiting(facts: RewardFacts) -> float:
    """Minus the time that the vehicles now on the approaches have been standing."""
    return -facts.waiting_s / WAITING_SCALE_S


def pressure(facts: RewardFacts) -> float:
    """Minus the surplus of queued vehicles before the junction over those after it (Varaiya 2013), at least 0."""
    return -max(0.0, float(facts.view.queue_veh.sum()) - facts.exit_queue_veh) / PCU_SCALE


def throughput(facts: RewardFacts) -> float:
    """PCU over the stop lines."""
    return facts.crossed_pcu / CROSSED_SCALE_PCU


def fairness(facts: RewardFacts) -> float:
    """Minus the square of the longest red (in `LONG_RED_S`) that a queue is waiting at."""
    queue_veh = facts.view.queue_veh
    longest_s = max(
        (
            facts.signals.red_wait_s(group)
            for group, lane_groups in enumerate(facts.layout.lane_groups_of_group)
            if any(queue_veh[row] for row in lane_groups)
        ),
        default=0.0,
    )
    return -((longest_s / LONG_RED_S) ** 2)


TERMS: Mapping[str, Callable[[RewardFacts], float]] = {
    "queue": queue,
    "waiting": waiting,
    "pressure": pressure,
    "throughput": throughput,
    "fairness": fairness,
}


def reward_of(facts: RewardFacts, weights: RewardWeights) -> tuple[float, dict[str, float]]:
    """The weighted sum, and the weighted terms by name (those of weight 0 left out)."""
    terms = {name: weight * TERMS[name](facts) for name, weight in asdict(weights).items() if weight}
    return sum(terms.values()), terms
