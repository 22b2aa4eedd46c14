"""How long one simulated hour of the whole city takes at each fidelity, under the plans of today.

    python -m bench.fidelity_speed [--minutes 60] [--window evening] [--workers 1] [--json FILE]

Each fidelity runs in a process of its own, on the same seed; read the ratio, not the seconds, off a busy machine. Time
is CPU time of the process.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from envs.sumo import SumoStreet
from junction.files import write_whole
from scenarios.load import load_scenario
from scenarios.model import EVALUATION, FIDELITIES, MESO, TRAINING
from scenarios.ready import ready_scenario

LEAST_RATIO = 5.0
"""Training must be at least this many times faster than evaluation."""


def cpu_s(folder: Path, fidelity: str, window: str, minutes: float) -> tuple[float, int]:
    """CPU seconds of that many simulated minutes from the window's start, and vehicles on the street at their end."""
    scenario = load_scenario(folder)
    files = scenario.street(fidelity)
    begin_s, _ = files.window(window)
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    street = SumoStreet(
        files,
        layouts,
        seed=1,
        begin_s=begin_s,
        end_s=begin_s + 60 * minutes,
        programs="native",
        count_crossings=False,
    )
    with street:
        started_s = time.process_time()
        street.run_until(street.end_s)
        return time.process_time() - started_s, street.vehicles_running


def run(
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    window: Annotated[str, typer.Option(help="A window of its demand.")] = "evening",
    minutes: Annotated[float, typer.Option(min=1, help="Simulated minutes.")] = 60.0,
    workers: Annotated[int, typer.Option(min=1, help="Simulations at a time.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print the table; exit status 1 when training is not five times faster than evaluation."""
    folder = ready_scenario(scenario, TRAINING).folder
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1) as pool:
        # The longest first, so that two workers end together.
        found = {name: pool.submit(cpu_s, folder, name, window, minutes) for name in (EVALUATION, TRAINING, MESO)}
        taken_s = {name: future.result()[0] for name, future in found.items()}
    table = Table("fidelity", "CPU seconds", "simulated s per CPU s", "vehicles at the end")
    for fidelity in FIDELITIES:
        vehicles = found[fidelity].result()[1]
        table.add_row(fidelity, f"{taken_s[fidelity]:.1f}", f"{60 * minutes / taken_s[fidelity]:.0f}", str(vehicles))
    ratio = taken_s[EVALUATION] / taken_s[TRAINING]
    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(table)
    console.print(f"training is {ratio:.1f} times faster than evaluation (at least {LEAST_RATIO:g} wanted)")
    console.print(f"meso is {taken_s[EVALUATION] / taken_s[MESO]:.0f} times faster than evaluation")
    if json_file is not None:
        document = {"window": window, "minutes": minutes, "cpu_s": taken_s, "ratio": ratio}
        write_whole(json_file, json.dumps(document, indent=1) + "\n")
    if ratio < LEAST_RATIO:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
