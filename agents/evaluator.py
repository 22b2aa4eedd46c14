"""One evaluator for every controller: paired seeds, worker processes, means with intervals.

    evaluate        runs controllers x seeds and gives an Evaluation
    Evaluation      `to_document()` is `chauraha evaluate`'s JSON object

Every controller gets the same seeds, so the same vehicles at the same times, and is measured the same way from SUMO's
own trip records; `agents.episode` says how.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.episode import EpisodeResult, EpisodeTask, run_episode
from agents.roster import is_learned, make_controller
from agents.statistics import Interval, mean_interval, paired_ratio
from junction.errors import ChaurahaError, InputError, StreetError
from scenarios.load import load_scenario

MEASURES = ("wait_s", "stops", "trip_s", "queue_veh", "throughput_veh")
"""Measures that are given as their mean over seeds; delay has an interval, the rest are a maximum, share or sum."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Episodes by controller (in the order asked for), one a seed (in the order of `seeds`)."""

    scenario: str
    sumo_version: str
    fidelity: str
    sensors: str
    begin_s: float
    end_s: float
    seeds: tuple[int, ...]
    episodes: Mapping[str, tuple[EpisodeResult, ...]]
    day: str | None = None

    def delay_s(self, controller: str) -> list[float]:
        """Mean delay of each seed, in the order of `seeds`."""
        return [e.delay_s for e in self.episodes[controller]]

    @property
    def best_rival(self) -> str | None:
        """The controller of lowest mean delay among those that were not learned; None when there is none."""
        rivals = [name for name in self.episodes if not is_learned(name)]
        return min(rivals, key=lambda name: sum(self.delay_s(name)), default=None)

    def versus_best_rival(self, controller: str) -> Interval | None:
        """Ratio of mean delays on paired seeds; None without a rival, or when the rival delayed nobody."""
        rival = self.best_rival
        if rival is None or sum(self.delay_s(rival)) <= 0:
            return None
        return paired_ratio(self.delay_s(controller), self.delay_s(rival))

    def to_document(self) -> dict[str, Any]:
        """JSON-ready, keys as in the project's outputs; a null has its reason in `notes`."""
        learned = [name for name in self.episodes if is_learned(name)]
        versus = {name: self.versus_best_rival(name) for name in learned}
        first = versus[learned[0]] if learned else None
        notes = []
        if len(self.seeds) < 2:
            notes.append("lo and hi are null: one seed gives no confidence interval")
        if any(e.trip_s is None for episodes in self.episodes.values() for e in episodes):
            notes.append("trip_s counts only the seeds in which a vehicle arrived; null when there is none")
        if first is None:
            notes.append("policy_vs_best_rival is null: the controllers need a policy and a rival that delays someone")
        return {
            "scenario": self.scenario,
            "day": self.day,
            "sumo_version": self.sumo_version,
            "fidelity": self.fidelity,
            "sensors": self.sensors,
            "begin_s": self.begin_s,
            "end_s": self.end_s,
            "seeds": list(self.seeds),
            "controllers": {name: self._measures(name) for name in self.episodes},
            "best_rival": self.best_rival,
            "policy_vs_best_rival": _ratio(first),
            "learned_vs_best_rival": {name: _ratio(interval) for name, interval in versus.items()},
            "notes": notes,
        }

    def _measures(self, controller: str) -> dict[str, Any]:
        episodes = self.episodes[controller]
        delay = mean_interval(self.delay_s(controller))
        count = len(episodes)
        measures: dict[str, Any] = {"delay_s": {"mean": delay.mean, "lo": delay.lo, "hi": delay.hi}}
        for name in MEASURES:
            values = [getattr(e, name) for e in episodes]
            known = [float(v) for v in values if v is not None]
            measures[name] = sum(known) / len(known) if known else None
        return {
            **measures,
            "max_wait_s": max(e.max_wait_s for e in episodes),
            "gridlock_rate": sum(e.gridlocked for e in episodes) / count,
            "unsafe_events": sum(e.unsafe_events for e in episodes),
            "due_veh": sum(e.due_veh for e in episodes) / count,
            "unfinished_veh": sum(e.unfinished_veh for e in episodes) / count,
            "per_seed_delay_s": self.delay_s(controller),
            "per_seed_unsafe_events": [e.unsafe_events for e in episodes],
        }


def evaluate(
    scenario: str,
    controllers: Sequence[str],
    seeds: Sequence[int],
    *,
    fidelity: str,
    begin_s: float | None = None,
    end_s: float | None = None,
    sensors_file: Path | None = None,
    day: str | None = None,
    workers: int | None = None,
    on_done: Callable[[EpisodeResult], None] | None = None,
) -> Evaluation:
    """Runs every controller on every seed, `workers` at a time (default: one a core), each in a process of its own.

    Raises InputError for a bad controller, seed or worker count, ScenarioError for a street that is not built, and
    StreetError when a worker dies.
    """
    if not seeds or len(set(seeds)) != len(seeds):
        raise InputError("seeds", expected="at least one, all different", got=list(seeds))
    if workers is not None and workers < 1:
        raise InputError("workers", expected="at least 1", got=workers)
    loaded = load_scenario(scenario)
    for name in controllers:
        make_controller(name, loaded)
    tasks = [
        EpisodeTask(
            scenario=scenario,
            controller=name,
            seed=seed,
            fidelity=fidelity,
            begin_s=begin_s,
            end_s=end_s,
            sensors_file=sensors_file,
            day=day,
        )
        for seed in seeds
        for name in controllers
    ]
    results = run_all(tasks, workers, on_done)
    return evaluation_of(results, scenario, controllers, seeds, fidelity=fidelity, day=day)


def evaluation_of(
    results: Sequence[EpisodeResult],
    scenario: str,
    controllers: Sequence[str],
    seeds: Sequence[int],
    *,
    fidelity: str,
    day: str | None = None,
) -> Evaluation:
    """Episodes that were run, as one evaluation; every controller needs every seed."""
    by_key = {(r.controller, r.seed): r for r in results}
    first = results[0]
    return Evaluation(
        scenario=scenario,
        sumo_version=first.sumo_version,
        fidelity=fidelity,
        sensors=first.sensors,
        begin_s=first.begin_s,
        end_s=first.end_s,
        seeds=tuple(seeds),
        episodes={name: tuple(by_key[name, seed] for seed in seeds) for name in controllers},
        day=day,
    )


def run_all(
    tasks: Sequence[EpisodeTask], workers: int | None, on_done: Callable[[EpisodeResult], None] | None
) -> list[EpisodeResult]:
    """Runs tasks, `workers` at a time (default: one a core), each in a process of its own; results as they come.

    Raises StreetError when a worker dies.
    """
    if not tasks:
        return []
    workers = min(workers or os.cpu_count() or 1, len(tasks))
    # libsumo holds one simulation a process and keeps state between two; spawned one-task workers share nothing.
    context = multiprocessing.get_context("spawn")
    results: list[EpisodeResult] = []
    with ProcessPoolExecutor(max_workers=workers, mp_context=context, max_tasks_per_child=1) as pool:
        futures: list[Future[EpisodeResult | str]] = [pool.submit(_run_or_say_why, task) for task in tasks]
        try:
            for future in as_completed(futures):
                result = future.result()
                if isinstance(result, str):
                    raise StreetError(result)
                results.append(result)
                if on_done is not None:
                    on_done(result)
        except BrokenProcessPool:
            raise StreetError("a simulation's process died; see its messages above, and run with --workers 1") from None
        finally:
            for future in futures:
                future.cancel()
    return results


def _run_or_say_why(task: EpisodeTask) -> EpisodeResult | str:
    """The result, or the message of an expected error: this project's errors do not travel between processes."""
    try:
        return run_episode(task)
    except ChaurahaError as error:
        return f"{task.controller}, seed {task.seed}: {error}"


def _ratio(interval: Interval | None) -> dict[str, float | None] | None:
    return None if interval is None else {"ratio": interval.mean, "lo": interval.lo, "hi": interval.hi}
