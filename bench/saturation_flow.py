"""Saturation flow of the scenario's own vehicle types on 3.5, 7 and 10.5 m, at each fidelity, against Indo-HCM 2017.

    python -m bench.saturation_flow [--seeds 3] [--first-seed 1] [--fidelity F]… [--json FILE]

Measured as Indo-HCM does: vehicles that cross the stop line in saturated green, in PCU, without the first seconds of
the green (start-up loss), an hour of such green and a metre of width. The lamps are driven by the stage machine behind
its guard, as everywhere. A green that was not saturated is refused and fails the bench: one whose queue ran out, one
in which nothing crossed though vehicles stood before the line (a jam), and one whose way out was blocked.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.approach_rig import WIDTHS_M, approach_group, build_test_approach, junction_of, saturated
from envs.junction_heads import GuardedJunction
from envs.sumo import SumoStreet
from junction.errors import InputError
from junction.files import write_whole
from junction.signals import Lamp
from junction.vehicle import PCU_VECTOR
from scenarios.load import load_scenario, scenario_folder
from scenarios.model import EVALUATION, TRAINING
from scenarios.source import read_source

START_UP_S = 5.0
"""Left out at the start of every green."""
WARM_UP_GREENS = 2
"""Left out at the start of a run: the queue is still filling."""
GREENS = 8
MAIN_S = 70.0
"""The approach's part of a cycle, its change included; the side road has the rest."""
CYCLE_S = 130.0
EXIT_QUEUE_VEH = 5
"""So many vehicles standing on the roads out of the junction are a queue; one that hesitates is not."""
JAM_S = 10.0
"""Nothing crossed for so long in green, while most vehicles in view stood: they are stuck, however long their queue."""
TOLERANCE = 0.10
JUDGED_WIDTHS_M = (3.5, 7.0)


@dataclass(frozen=True, kw_only=True)
class Second:
    """The approach in one second that ended at `time_s`: its lamp in it, PCU that crossed, vehicles left in view.

    `standing_veh` of these stand (below 5 km/h); `exit_queue_veh` stand on the roads out of the junction. In view is
    120 m: ahead of a cycle-rickshaw the road is empty for most of that, and its followers are saturated all the same.
    """

    time_s: float
    green: bool
    crossed_pcu: float
    in_view_veh: int
    standing_veh: int
    exit_queue_veh: int


def greens_of(seconds: Sequence[Second]) -> list[list[Second]]:
    """The seconds of each whole green: one that began and ended within `seconds`."""
    starts = [i for i, (a, b) in enumerate(pairwise(seconds), start=1) if b.green and not a.green]
    greens = []
    for start in starts:
        end = next((i for i in range(start, len(seconds)) if not seconds[i].green), None)
        if end is not None:
            greens.append(list(seconds[start:end]))
    return greens


def saturation_flow_pcu_h_m(greens: Sequence[Sequence[Second]], width_m: float) -> float:
    """PCU an hour of saturated green and a metre. Raises InputError when a green was not saturated (`fault_of`)."""
    crossed_pcu = saturated_s = 0.0
    for green in greens:
        counted = [second for second in green if second.time_s - green[0].time_s >= START_UP_S]
        fault = fault_of(counted)
        if fault is not None:
            raise InputError("saturation_flow.green", expected="saturated green that flows", got=fault)
        crossed_pcu += sum(second.crossed_pcu for second in counted)
        saturated_s += len(counted)
    if not saturated_s:
        raise InputError("saturation_flow.greens", expected=f"greens longer than {START_UP_S:g} s", got=len(greens))
    return crossed_pcu / saturated_s * 3600 / width_m


def fault_of(counted: Sequence[Second]) -> str | None:
    """Why the seconds of one green say nothing about saturation flow; None when they do."""
    last_s = counted[0].time_s if counted else 0.0
    for second in counted:
        if second.in_view_veh == 0:
            return f"the queue ran out at {second.time_s:g} s"
        if second.exit_queue_veh >= EXIT_QUEUE_VEH:
            return f"{second.exit_queue_veh} vehicles stand on the way out at {second.time_s:g} s"
        if second.crossed_pcu > 0 or second.standing_veh <= second.in_view_veh / 2:
            last_s = second.time_s
        elif second.time_s - last_s >= JAM_S:
            return f"a jam: nothing crossed and most stood from {last_s:g} to {second.time_s:g} s"
    return None


def measure(folder: Path, fidelity: str, seed: int) -> dict[float, float | str]:
    """Saturation flow by width of the test approach in `folder`, in PCU/h/m, or why there is none: one run of one seed.

    The reason is a string because this project's errors do not travel between processes.
    """
    scenario = load_scenario(folder)
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    seconds: dict[float, list[Second]] = {width_m: [] for width_m in WIDTHS_M}
    with tempfile.TemporaryDirectory(prefix="chauraha-saturation-") as scratch:
        files = saturated(scenario.street(fidelity), Path(scratch))
        end_s = (WARM_UP_GREENS + GREENS + 1) * CYCLE_S
        with SumoStreet(files, layouts, seed=seed, begin_s=0.0, end_s=end_s) as street:
            heads = {width_m: GuardedJunction(layouts[junction_of(width_m)], street) for width_m in WIDTHS_M}
            before_pcu = dict.fromkeys(WIDTHS_M, 0.0)
            while not street.finished:
                green = {}
                for width_m, head in heads.items():
                    main = street.time_s % CYCLE_S < MAIN_S
                    head.tick(_stage(head, approach_group(width_m), with_group=main))
                    group = head.layout.group_index[approach_group(width_m)]
                    green[width_m] = street.lamps(head.layout.id)[group] == Lamp.GREEN
                street.run_until(street.time_s + 1.0)
                for width_m, head in heads.items():
                    view = street.look(head.layout.id)
                    row = head.layout.lane_group_index[approach_group(width_m)]
                    total_pcu = float(street.crossed(head.layout.id)[row] @ PCU_VECTOR)
                    seconds[width_m].append(
                        Second(
                            time_s=street.time_s,
                            green=green[width_m],
                            crossed_pcu=total_pcu - before_pcu[width_m],
                            in_view_veh=int(view.present[row].sum()),
                            standing_veh=int(view.queued[row].sum()),
                            exit_queue_veh=street.exit_queue_veh(head.layout.id),
                        )
                    )
                    before_pcu[width_m] = total_pcu
    return {width_m: _flow_or_why(seconds[width_m], width_m) for width_m in WIDTHS_M}


def _flow_or_why(seconds: Sequence[Second], width_m: float) -> float | str:
    try:
        return saturation_flow_pcu_h_m(greens_of(seconds)[WARM_UP_GREENS:], width_m)
    except InputError as wrong:
        return str(wrong)


def _stage(head: GuardedJunction, group_id: str, *, with_group: bool) -> str:
    """The first stage that has, or has not, the group."""
    return next(stage.id for stage in head.layout.stages if (group_id in stage.group_ids) is with_group)


def run(
    scenario: Annotated[str, typer.Option(help="Whose vehicle types and standards.")] = "kanpur",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds.")] = 3,
    first_seed: Annotated[int, typer.Option(min=1, help="The first of them.")] = 1,
    fidelity: Annotated[list[str] | None, typer.Option(help="May be repeated; default: training, evaluation.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Simulations at a time; default: one a core.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print the table; exit status 1 when a judged width is off by more than a tenth, or a green was not saturated."""
    fidelities = tuple(fidelity or (TRAINING, EVALUATION))
    standard = read_source(scenario_folder(scenario)).standards.saturation_flow
    with tempfile.TemporaryDirectory(prefix="chauraha-approach-") as scratch:
        folder = Path(scratch) / "approach"
        build_test_approach(scenario, folder, fidelities)
        numbers = list(range(first_seed, first_seed + seeds))
        tasks = [(folder, name, seed) for name in fidelities for seed in numbers]
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers or os.cpu_count() or 1, mp_context=context, max_tasks_per_child=1) as pool:
            found = list(pool.map(measure, *zip(*tasks, strict=True)))
    by_fidelity: dict[str, dict[str, dict[str, object]]] = {}
    table = Table("fidelity", "width", "PCU/h/m", "spread (min–max)", "Indo-HCM", "off", "within 10 %")
    good, faults = True, list[str]()
    for name in fidelities:
        rows: dict[str, dict[str, object]] = {}
        for width_m in WIDTHS_M:
            measured = [flow[width_m] for task, flow in zip(tasks, found, strict=True) if task[1] == name]
            unsaturated = [f"{name}, {width_m:g} m: {why}" for why in measured if isinstance(why, str)]
            faults += unsaturated
            by_seed = [flow for flow in measured if not isinstance(flow, str)]
            wanted = standard.pcu_h(width_m) / width_m
            if unsaturated:
                table.add_row(name, f"{width_m:g} m", "-", "-", f"{wanted:.0f}", "-", "NOT SATURATED")
                rows[f"{width_m:g}"] = {"by_seed": by_seed, "indo_hcm_pcu_h_m": wanted, "unsaturated": unsaturated}
                continue
            mean = statistics.fmean(by_seed)
            off = mean / wanted - 1
            judged = width_m in JUDGED_WIDTHS_M
            fits = abs(off) <= TOLERANCE
            good &= fits or not judged
            verdict = ("yes" if fits else "NO") if judged else "reported only"
            table.add_row(
                name, f"{width_m:g} m", f"{mean:.0f}", f"{min(by_seed):.0f}–{max(by_seed):.0f}", f"{wanted:.0f}",
                f"{off:+.1%}", verdict,
            )  # fmt: skip
            rows[f"{width_m:g}"] = {
                "pcu_h_m": mean, "by_seed": by_seed, "indo_hcm_pcu_h_m": wanted, "off": off, "judged": judged,
                "within": fits,
            }  # fmt: skip
        by_fidelity[name] = rows
    good &= not faults
    console = Console(width=None if sys.stdout.isatty() else 100)
    console.print(table)
    for fault in faults:
        console.print(fault)
    if json_file is not None:
        document = {
            "ok": good,
            "seeds": numbers,
            "start_up_s": START_UP_S,
            "greens": GREENS,
            "fidelities": by_fidelity,
        }
        write_whole(json_file, json.dumps(document, indent=1) + "\n")
    if not good:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
