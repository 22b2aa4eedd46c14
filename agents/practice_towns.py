"""Towns that exist only to be practised on: SUMO's netgenerate, then our importer, every choice drawn from a seed.

    python -m agents.practice_towns --count 18 --out runs/towns

Grids, arterials and irregular towns with one to three lanes, with or without turning lanes, left- or right-hand, under
signal rules from a benchmark's (3 s of amber, no all-red, minimum green 5 s) to IRC:93-1985's.
https://sumo.dlr.de/docs/netgenerate.html
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from junction.errors import ScenarioError
from scenarios.importer import ImportRules, import_scenario
from scenarios.importer.files import without_comments
from scenarios.model import Scenario
from scenarios.network import sumo_binary

KINDS = ("grid", "arterial", "irregular")


def make_town(seed: int, out: Path) -> Scenario:
    """The town of that seed in the folder `out`; kinds take turns. Raises ScenarioError when SUMO cannot make it."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    lefthand = bool(rng.random() < 0.5)
    with tempfile.TemporaryDirectory() as scratch:
        net_file = Path(scratch) / "town.net.xml"
        command = [
            str(sumo_binary("netgenerate")), *_shape(kind, rng), *_roads(rng), "--seed", str(seed),
            "--lefthand", str(lefthand).lower(), "--output-file", str(net_file), "--no-warnings", "true",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not net_file.is_file():
            raise ScenarioError(f"town {seed}", expected="a network from netgenerate", got=done.stderr[-300:])
        # SUMO's heading has the time in it, and the same seed is to give the same bytes.
        net_file.write_bytes(without_comments(net_file.read_bytes()))
        return import_scenario(net_file, f"town-{seed}", out, rules=_rules(rng, seed))


def _shape(kind: str, rng: np.random.Generator) -> list[str]:
    length_m = f"{rng.uniform(60, 400):.0f}"
    if kind == "irregular":
        return ["--rand", "--rand.iterations", "40", "--rand.min-distance", "80", "--rand.max-distance", "300"]
    columns, rows = (3, 2) if kind == "grid" else (5, 1)
    return [
        "--grid", "--grid.x-number", str(columns), "--grid.y-number", str(rows), "--grid.length", length_m,
        "--grid.attach-length", length_m,
    ]  # fmt: skip


def _roads(rng: np.random.Generator) -> list[str]:
    return [
        "--default.lanenumber", str(rng.integers(1, 4)),
        "--default.speed", f"{rng.uniform(8, 17):.1f}",
        "--turn-lanes", str(rng.integers(0, 2)),
        "--turn-lanes.length", f"{rng.uniform(30, 90):.0f}",
        "--default-junction-type", "traffic_light",
        "--tls.layout", str(rng.choice(["opposites", "incoming"])),
        "--no-turnarounds", "true",
    ]  # fmt: skip


def _rules(rng: np.random.Generator, seed: int) -> ImportRules:
    minimum_s = float(rng.choice([5.0, 7.0, 10.0, 16.0]))
    return ImportRules(
        amber_s=float(rng.choice([3.0, 4.0])),
        all_red_s=float(rng.choice([0.0, 1.0, 2.0])),
        min_green_s=minimum_s,
        min_green_turn_s=min(minimum_s, 10.0),
        max_red_s=float(rng.choice([150.0, 180.0])),
        seed=seed,
    )


def main(
    out: Annotated[Path, typer.Option(help="The folder for the towns.")],
    count: Annotated[int, typer.Option(min=1, help="Towns of the seeds 0 to N - 1.")] = 18,
) -> None:
    """Make towns that `chauraha train --more` takes."""
    for seed in range(count):
        town = make_town(seed, out)
        print(f"{town.folder}: {len(town.sites)} junctions", flush=True)


if __name__ == "__main__":
    typer.run(main)
