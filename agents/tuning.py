"""Every rival tuned on a network by the same small budget: `BUDGET` settings each, on seeds that no table uses.

The grids hold what matters most to each: how often it decides, when it leaves a green, how far it looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from agents.episode import EpisodeResult, EpisodeTask
from agents.evaluator import run_all
from agents.roster import is_learned
from agents.settings import split_settings, with_settings
from junction.errors import InputError

BUDGET = 8
TUNING_SEED = 8001
"""First of the seeds that tuning sees; tables count from 1."""

_PRESSURE: Mapping[str, Sequence[float]] = {"interval_s": (5, 10), "hysteresis": (0, 0.3, 0.6, 1.0)}
GRIDS: Mapping[str, Mapping[str, Sequence[float]]] = {
    "max-pressure": _PRESSURE,
    "max-pressure-queue": _PRESSURE,
    "max-pressure-vehicles": _PRESSURE,
    "max-wave": _PRESSURE,
    "sotl": {"threshold_veh_s": (75, 150, 300, 600), "platoon_veh": (3, 8)},
    "lookahead": {"interval_s": (3, 5), "stop_s": (3, 8), "left_s": (5, 15)},
    "actuated": {"max_gap_s": (1, 1.5, 2, 2.5, 3, 4, 5, 6)},
    "delay-based": {"range_m": (50, 100), "min_time_loss_s": (0.5, 1, 2, 4)},
}
"""Controller to the values of each setting; a controller that is not here (a plan) has nothing to tune."""
LEARNED: Mapping[str, Sequence[float]] = {"interval_s": (3, 5), "stay": (0, 0.5, 1, 2)}
"""The same for any learned policy."""


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What was tried: delay in s by controller name with settings; those that gridlocked come last."""

    begin_s: float
    end_s: float
    seeds: tuple[int, ...]
    trials: Mapping[str, Mapping[str, float]]
    gridlocked: tuple[str, ...]

    def best(self, controller: str) -> str:
        """The name with the settings of least delay; the bare name when it was not tuned."""
        trials = self.trials.get(controller)
        if not trials:
            return controller
        return min(trials, key=lambda name: (name in self.gridlocked, trials[name]))

    def with_trials_of(self, other: Tuning) -> Tuning:
        """This tuning with the trials of another one of the same window and seeds beside its own."""
        return replace(self, trials={**self.trials, **other.trials}, gridlocked=(*self.gridlocked, *other.gridlocked))

    def to_document(self) -> dict[str, Any]:
        return {
            "begin_s": self.begin_s,
            "end_s": self.end_s,
            "seeds": list(self.seeds),
            "budget": BUDGET,
            "trials": {name: dict(trials) for name, trials in self.trials.items()},
            "gridlocked": list(self.gridlocked),
            "best": {name: self.best(name) for name in self.trials},
        }


def tuning_from_document(document: Mapping[str, Any]) -> Tuning:
    """The inverse of `to_document`. Raises InputError when a field is missing."""
    try:
        return Tuning(
            begin_s=document["begin_s"],
            end_s=document["end_s"],
            seeds=tuple(document["seeds"]),
            trials=document["trials"],
            gridlocked=tuple(document["gridlocked"]),
        )
    except KeyError as wrong:
        raise InputError("tuning", expected=f"a field {wrong}", got=sorted(document)) from None


def candidates(controller: str) -> list[str]:
    """Names with settings, `BUDGET` at most; none for a controller that has nothing to tune."""
    grid = LEARNED if is_learned(controller) else GRIDS.get(controller)
    if grid is None:
        return []
    return [with_settings(controller, dict(zip(grid, values, strict=True))) for values in product(*grid.values())]


def tune(
    scenario: str,
    controllers: Sequence[str],
    *,
    fidelity: str,
    begin_s: float,
    end_s: float,
    seeds: int = 1,
    workers: int | None = None,
    on_done: Callable[[EpisodeResult], None] | None = None,
) -> Tuning:
    """Runs every candidate of every controller on `seeds` seeds of the window."""
    used = tuple(range(TUNING_SEED, TUNING_SEED + seeds))
    names = [name for controller in controllers for name in candidates(controller)]
    tasks = [
        EpisodeTask(scenario=scenario, controller=name, seed=seed, fidelity=fidelity, begin_s=begin_s, end_s=end_s)
        for name in names
        for seed in used
    ]
    results = run_all(tasks, workers, on_done)
    trials: dict[str, dict[str, float]] = {}
    for name in names:
        delays_s = [r.delay_s for r in results if r.controller == name]
        trials.setdefault(split_settings(name)[0], {})[name] = sum(delays_s) / len(delays_s)
    gridlocked = sorted({r.controller for r in results if r.gridlocked})
    return Tuning(begin_s=begin_s, end_s=end_s, seeds=used, trials=trials, gridlocked=tuple(gridlocked))
