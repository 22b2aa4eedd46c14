"""A thousand resets: memory stays flat and no process is left.

    python -m bench.env_leak [--resets 1000] [--decisions 3] [--json FILE]

Each reset starts SUMO anew in this process and takes a few decisions at every junction of the tiny test scenario; then
a `CityVecEnv` of two processes is reset a twentieth as often. Memory is this process's resident set, read after every
reset and judged from the end of the first tenth on, when everything that is loaded once is loaded. The exit code is 1
when it has grown by more than 5 %, or a child is left.
"""

from __future__ import annotations

import gc
import json
import shutil
import statistics
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.progress import track

from bench.env_fuzz import TINY_SOURCE
from envs.city import CitySimulation, Episode
from envs.city_vec_env import CityVecEnv
from envs.city_worker import CitySpec
from envs.decision import Decisions
from envs.episodes import EpisodePlan
from junction.files import write_whole
from scenarios.build import build_scenario
from scenarios.load import load_scenario
from scenarios.model import Scenario

GROWTH_LIMIT = 0.05
SETTLED = 0.1
"""Share of the resets after which memory is judged."""
EPISODE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Resident memory, MiB, medians of the first and the last tenth of what is judged, and its growth."""

    resets: int
    first_mib: float
    last_mib: float
    growth: float
    children_left: int


def in_this_process(scenario: Scenario, resets: int, decisions: int) -> list[float]:
    """Resident MiB after each reset with a few decisions."""
    files = scenario.street()
    own = psutil.Process()
    used = []
    with CitySimulation(scenario) as city:
        steps = Decisions(city)
        for number in track(range(resets), "resets in this process", transient=True):
            begin_s = files.begin_s + number % 60
            city.reset(number, Episode(begin_s=begin_s, end_s=begin_s + EPISODE_S))
            sight = steps.begin()
            for _ in range(decisions):
                sight = steps.decide(sight.masks.argmax(axis=1)).sight
            used.append(own.memory_info().rss / 2**20)
    return used


def in_workers(scenario: Scenario, resets: int) -> list[float]:
    """Resident MiB of this process and its two workers after each reset."""
    own = psutil.Process()
    used = []
    env = CityVecEnv(CitySpec(scenario=scenario.folder, episodes=EpisodePlan(length_s=EPISODE_S)), processes=2, seed=1)
    try:
        for _ in track(range(resets), "resets of two workers", transient=True):
            env.reset()
            env.step(np.stack(env.env_method("action_masks")).argmax(axis=1))
            used.append(sum(one.memory_info().rss for one in (own, *own.children())) / 2**20)
    finally:
        env.close()
    return used


def judged(used: list[float]) -> Memory:
    """Medians over a tenth: one reading may fall into a moment of collecting."""
    gc.collect()
    settled = used[round(SETTLED * len(used)) :]
    tenth = max(1, len(settled) // 10)
    first, last = statistics.median(settled[:tenth]), statistics.median(settled[-tenth:])
    children = [one for one in psutil.Process().children() if "resource_tracker" not in " ".join(one.cmdline())]
    return Memory(
        resets=len(used), first_mib=first, last_mib=last, growth=last / first - 1, children_left=len(children)
    )


def main(
    resets: Annotated[int, typer.Option(min=20)] = 1000,
    decisions: Annotated[int, typer.Option(min=1, help="Decisions after each reset.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure, print, and exit 1 where memory grew or a process was left."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(TINY_SOURCE, Path(scratch) / "tiny")
        build_scenario(folder)
        scenario = load_scenario(folder)
        found = {
            "one_process": judged(in_this_process(scenario, resets, decisions)),
            "two_workers": judged(in_workers(scenario, max(20, resets // 20))),
        }
    console = Console()
    for name, memory in found.items():
        console.print(
            f"{name}: {memory.resets} resets, {memory.first_mib:.1f} -> {memory.last_mib:.1f} MiB "
            f"({memory.growth:+.1%}), {memory.children_left} processes left"
        )
    if json_file is not None:
        write_whole(json_file, (json.dumps({k: asdict(v) for k, v in found.items()}, indent=1) + "\n").encode())
    if any(memory.growth > GROWTH_LIMIT or memory.children_left for memory in found.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
