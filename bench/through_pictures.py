"""What seeing through pictures costs a junction: the same traffic with ideal cameras, simulated ones, and a detector
that looks at rendered pictures.

    python -m bench.through_pictures --scenario FOLDER --junction west --weights best.pt [--minutes 5] [--seeds 3] \\
        [--json FILE]

Every seed is rehearsed (street, service and controllers over HTTP) with each sensing of the junction in turn: `ideal`,
`simulated` (the assumed errors, at every junction), `pictures` (the others ideal), `blind` (its camera lost from the
start), and on fixed plans. With --json, runs that the file holds already are not run again.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from envs.sensors import SensorModel
from junction.files import write_whole
from rehearsal.faults import parse_fault
from rehearsal.rehearse import Rehearsal, ThroughPictures, rehearse
from scenarios.model import TRAINING, Scenario
from scenarios.ready import ready_scenario

FIRST_SEED = 11
"""The weights were trained on pictures of seed 1."""


def ways(scenario: Scenario, seen: ThroughPictures, policy: str | None) -> dict[str, Callable[[int, float], Rehearsal]]:
    """By sensing, the rehearsal of a seed and length."""

    def run(sensors: SensorModel, **other: Any) -> Callable[[int, float], Rehearsal]:
        chosen = {"runs": ("ai",), "policy": policy, **other}
        return lambda seed, minutes: Rehearsal(scenario=scenario, minutes=minutes, seed=seed, sensors=sensors, **chosen)

    ideal = SensorModel.perfect()
    lost = parse_fault(f"camera-lost:{seen.junction_id}@0", scenario.sites)
    return {
        "ideal": run(ideal),
        "simulated": run(SensorModel()),
        "pictures": run(ideal, through_pictures=seen),
        "blind": run(ideal, faults=(lost,)),
        "fixed": run(ideal, runs=("fixed",)),
    }


def shown(rows: list[dict[str, Any]], junction_id: str) -> Table:
    """By sensing the means over its seeds."""
    table = Table("sensing", "delay s", "by seed", f"standing at {junction_id}, s a vehicle", "by seed", "unsafe")
    for way in dict.fromkeys(row["sensing"] for row in rows):
        mine = [row for row in rows if row["sensing"] == way]
        figures = [[row["delay_s"] for row in mine], [row["standing_s_veh"] for row in mine]]
        cells = [
            text
            for values in figures
            for text in (f"{statistics.mean(values):.1f}", ", ".join(f"{value:.1f}" for value in values))
        ]
        table.add_row(way, *cells, str(sum(row["unsafe_events"] for row in mine)))
    return table


def run(
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")],
    junction: Annotated[str, typer.Option(help="The junction that is seen through pictures.")],
    weights: Annotated[Path, typer.Option(help="Weights that know rendered pictures.")],
    pictures: Annotated[int, typer.Option(min=1, help="Pictures a second of each camera.")] = 4,
    minutes: Annotated[float, typer.Option(min=1)] = 5.0,
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    sensing: Annotated[list[str] | None, typer.Option(help="Only these; may repeat.")] = None,
    policy: Annotated[str | None, typer.Option(help="Policy file, or none; default: the scenario's own.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Keep the runs in this file.")] = None,
) -> None:
    """Print the table; exit status 1 when a lamp was unsafe."""
    city = ready_scenario(scenario, TRAINING, lambda line: print(line, file=sys.stderr))
    made = ways(city, ThroughPictures(junction_id=junction, weights=weights, pictures_per_s=pictures), policy)
    rows: list[dict[str, Any]] = []
    if json_file is not None and json_file.is_file():
        rows = json.loads(json_file.read_text(encoding="utf-8"))
    known = {(row["sensing"], row["seed"], row["minutes"]) for row in rows}
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        for way in sensing or made:
            if (way, seed, minutes) in known:
                continue
            report = rehearse(made[way](seed, minutes))
            (figures,) = report["controllers"].values()
            rows.append(
                {
                    "sensing": way,
                    "seed": seed,
                    "minutes": minutes,
                    "standing_s_veh": figures["standing_s_veh"][junction],
                    "lane_groups": (report["through_pictures"] or {}).get("lane_groups"),
                    **{name: figures[name] for name in ("delay_s", "delay_s_pcu", "unsafe_events", "mode_share")},
                }
            )
            if json_file is not None:
                write_whole(json_file, json.dumps(rows, indent=1) + "\n")
    Console(width=None if sys.stdout.isatty() else 130).print(shown(rows, junction))
    if any(row["unsafe_events"] for row in rows):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
