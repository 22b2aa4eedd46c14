"""Whether a city flows under today's plans off-peak: the simulated part of `chauraha scenario check`.

Gridlock is what the evaluator calls so (`agents.episode.is_gridlocked`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agents.episode import EpisodeResult
from agents.evaluator import evaluate
from scenarios.check import Check
from scenarios.ready import ready_scenario

OFF_PEAK = "off-peak"
"""The window's name; a scenario without it is simulated from its own begin."""


def off_peak_checks(
    name_or_folder: str | Path,
    *,
    seeds: int,
    fidelity: str,
    minutes: float = 30.0,
    workers: int | None = None,
    on_done: Callable[[EpisodeResult], None] | None = None,
) -> list[Check]:
    """One check a seed (1 to `seeds`): `minutes` under today's plans from an empty street.

    It fails on gridlock and on unsafe events.
    Raises InputError for no seeds, ScenarioError for a street that cannot be built, StreetError when SUMO dies.
    """
    street = ready_scenario(name_or_folder, fidelity).street(fidelity)
    begin_s = street.window(OFF_PEAK)[0] if OFF_PEAK in street.windows else street.begin_s
    evaluation = evaluate(
        str(name_or_folder),
        ["fixed"],
        list(range(1, seeds + 1)),
        fidelity=fidelity,
        begin_s=begin_s,
        end_s=begin_s + minutes * 60,
        workers=workers,
        on_done=on_done,
    )
    return [_check(result, fidelity) for result in evaluation.episodes["fixed"]]


def _check(result: EpisodeResult, fidelity: str) -> Check:
    return Check(
        name=f"{fidelity}: off-peak flows, seed {result.seed}",
        ok=not result.gridlocked and result.unsafe_events == 0,
        detail=f"{'gridlock' if result.gridlocked else 'no gridlock'}, {result.unsafe_events} unsafe events, "
        f"{result.throughput_veh} of {result.due_veh} vehicles arrived, delay {result.delay_s:.0f} s, "
        f"longest wait {result.max_wait_s:.0f} s ({result.begin_s:g} to {result.end_s:g} s)",
    )
