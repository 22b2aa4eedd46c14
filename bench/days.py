"""Kanpur's days against its normal day, each with the direction that a traffic engineer would expect of it.

    python -m bench.days [--seeds 3] [--minutes 60] [--json FILE]

Every day runs under today's plans from an empty street, on the same seeds as the normal day, at the cheapest fidelity
that can show it: mesoscopic, but training (for a third of the time) where a lane is blocked, since mesoscopic queues
have no lanes. A row passes when on every seed the measure moved the way that was written down for it (`EXPECTED`)
before anything was run.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal
from xml.etree import ElementTree

import typer
from rich.console import Console
from rich.table import Table

from envs.sumo import SumoStreet
from envs.sumo_command import TRIPINFO_FILE
from envs.trips import Trip, due_between, read_trips
from junction.files import write_whole
from scenarios.model import MESO, TRAINING
from scenarios.ready import ready_scenario
from scenarios.source import read_source

NORMAL = "normal"
LOOK_EVERY_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a day does to one measure, and why."""

    day: str
    fidelity: str
    measure: str
    direction: Literal["up", "down"]
    why: str


BLOCKED_ROAD = "rawatpur", "geeta_nagar"
"""Where the incident's bus stands."""
BLOCKED = "vehicles seen at geeta_nagar from rawatpur"
ROAD_DELAY = "delay from rawatpur to geeta_nagar, s"
DELAY, TIME, ROUTE = "delay, s", "time since due, s", "way of a trip that arrived, m"
GATES, ARRIVED = "delay from beyond the gates, s", "vehicles arrived"
EXPECTED = (
    Expected(day="festival", fidelity=MESO, measure=ROUTE, direction="up", why="the ways round are longer"),
    Expected(day="festival", fidelity=MESO, measure=DELAY, direction="up", why="more traffic, on fuller ways"),
    Expected(day="incident", fidelity=TRAINING, measure=BLOCKED, direction="up", why="half of the approach discharges"),
    Expected(day="incident", fidelity=TRAINING, measure=ROAD_DELAY, direction="up", why="its drivers queue behind it"),
    Expected(day="incident", fidelity=TRAINING, measure=DELAY, direction="up", why="the queue behind it pays"),
    Expected(day="level-crossing", fidelity=MESO, measure=GATES, direction="up", why="the gates are shut for longer"),
    Expected(day="level-crossing", fidelity=MESO, measure=DELAY, direction="up", why="nobody gains by a shut gate"),
    Expected(day="rain", fidelity=MESO, measure=TIME, direction="up", why="lower speeds, longer headways"),
    Expected(day="rain", fidelity=MESO, measure=ARRIVED, direction="down", why="the same greens pass fewer"),
)
LANES_SHARE = 1 / 3
"""The part of the simulated time that the fidelity with lanes runs for: it takes some forty times as long."""


def measure(folder: Path, fidelity: str, day: str, seed: int, begin_s: float, end_s: float) -> dict[str, float]:
    """Every measure of one run. Means are over the vehicles due in the window, the unfinished with what they lost."""
    scenario = ready_scenario(folder, fidelity).on_day(None if day == NORMAL else day)
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    seen: list[int] = []
    from_junction, to_junction = BLOCKED_ROAD
    with tempfile.TemporaryDirectory(prefix="chauraha-days-") as out:
        files, edges_file = scenario.street(fidelity), Path(out) / "edges.xml"
        asked = Path(out) / "edges.add.xml"
        asked.write_text(f'<additional><edgeData id="all" file="{edges_file}"/></additional>', encoding="utf-8")
        street = SumoStreet(
            replace(files, additional_files=(*files.additional_files, asked)),
            layouts,
            seed=seed,
            begin_s=begin_s,
            end_s=end_s,
            programs="native",
            output_dir=Path(out),
            count_crossings=False,
        )
        with street:
            while not street.finished:
                street.run_until(min(street.time_s + LOOK_EVERY_S, end_s))
                if fidelity != MESO:
                    groups = layouts[to_junction].lane_groups
                    rows = [row for row, group in enumerate(groups) if group.approach_id == from_junction]
                    seen.append(int(street.look(to_junction).present[rows].sum()))
        trips = due_between(read_trips(Path(out) / TRIPINFO_FILE, end_s), begin_s, end_s)
        on_road_s = road_delay_s(edges_file, f"{from_junction}--{to_junction}")
    gates = [f"{row.junction}.{row.arm}." for row in read_source(folder).level_crossings]
    return {
        DELAY: _mean_delay_s(trips),
        TIME: math.fsum(trip.depart_delay_s + trip.duration_s for trip in trips) / len(trips),
        GATES: _mean_delay_s([trip for trip in trips if trip.vehicle_id.startswith(tuple(gates))]),
        ARRIVED: float(sum(trip.arrived for trip in trips)),
        ROAD_DELAY: on_road_s,
        ROUTE: statistics.fmean(trip.route_m for trip in trips if trip.arrived),
        **({BLOCKED: statistics.fmean(seen)} if seen else {}),
    }


def road_delay_s(edges_file: Path, road: str) -> float:
    """Time lost on the road (SUMO's edge data of `road` and its later pieces) by each vehicle that came onto it."""
    edges = {edge.get("id", ""): edge for edge in ElementTree.parse(edges_file).getroot().iter("edge")}
    lost_s = math.fsum(
        float(edge.get("timeLoss", 0)) for name, edge in edges.items() if name == road or name.startswith(f"{road}.")
    )
    return lost_s / int(edges[road].get("entered", 0))


def _mean_delay_s(trips: Sequence[Trip]) -> float:
    return math.fsum(trip.delay_s for trip in trips) / len(trips)


def agrees(expected: Expected, normal: Sequence[float], changed: Sequence[float]) -> bool:
    """Whether the measure moved as expected on every seed."""
    sign = 1.0 if expected.direction == "up" else -1.0
    return all(sign * (b - a) > 0 for a, b in zip(normal, changed, strict=True))


def run(
    scenario: Annotated[str, typer.Option(help="A scenario with the days of the table.")] = "kanpur",
    seeds: Annotated[int, typer.Option(min=1, help="Seeds 1 to N.")] = 3,
    minutes: Annotated[float, typer.Option(min=45, help="Simulated minutes from the window's begin.")] = 60.0,
    window: Annotated[str, typer.Option(help="The scenario's window that the days are run in.")] = "evening",
    workers: Annotated[int | None, typer.Option(min=1, help="Simulations at a time; default: one a core.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print the table; exit status 1 when a row did not go the expected way."""
    city = ready_scenario(scenario, TRAINING)
    begin_s = city.street().window(window)[0]
    cases = dict.fromkeys((e.fidelity, day) for e in EXPECTED for day in (NORMAL, e.day))
    tasks = [(fidelity, day, seed) for fidelity, day in cases for seed in range(1, seeds + 1)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers or os.cpu_count() or 1, mp_context=context, max_tasks_per_child=1) as pool:
        futures = {}
        for task in tasks:
            length_s = 60 * minutes * (1 if task[0] == MESO else LANES_SHARE)
            futures[task] = pool.submit(measure, city.folder, *task, begin_s, begin_s + length_s)
        found = {task: future.result() for task, future in futures.items()}
    table = Table("day", "fidelity", "measure", "expected", "normal", "that day", "change by seed", "as expected")
    rows = []
    for expected in EXPECTED:
        normal, changed = (
            [found[expected.fidelity, day, seed][expected.measure] for seed in range(1, seeds + 1)]
            for day in (NORMAL, expected.day)
        )
        fits = agrees(expected, normal, changed)
        changes = [b - a for a, b in zip(normal, changed, strict=True)]
        table.add_row(
            expected.day,
            expected.fidelity,
            expected.measure,
            f"{expected.direction}: {expected.why}",
            f"{statistics.fmean(normal):.1f}",
            f"{statistics.fmean(changed):.1f}",
            f"{min(changes):+.1f} to {max(changes):+.1f}",
            "yes" if fits else "NO",
        )
        rows.append({**vars(expected), "normal": normal, "changed": changed, "as_expected": fits})
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    good = all(row["as_expected"] for row in rows)
    if json_file is not None:
        document = {"ok": good, "window": window, "minutes": minutes, "rows": rows}
        write_whole(json_file, json.dumps(document, indent=1) + "\n")
    if not good:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
