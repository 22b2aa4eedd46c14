"""Towns that exist only to be practised on: SUMO's netgenerate, then our importer, every choice drawn from a seed.

    python -m agents.practice_towns --count 18 --out runs/towns
    python -m agents.practice_towns --first 24 --count 9 --approach-stages --out runs/towns
    python -m agents.practice_towns --first 40 --count 10 --kind pair --out runs/towns
    python -m agents.practice_towns --first 60 --count 15 --no-all-red --out runs/towns
    python -m agents.practice_towns --first 80 --count 12 --no-all-red --turn-stages --out runs/towns

Grids, arterials and irregular towns with one to three lanes, with or without turning lanes, left- or right-hand, under
signal rules from a benchmark's (3 s of amber, no all-red, minimum green 5 s) to IRC:93-1985's.
https://sumo.dlr.de/docs/netgenerate.html
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import numpy as np
import typer

from junction.errors import InputError, ScenarioError
from scenarios.importer import ImportRules, import_scenario
from scenarios.importer.files import without_comments
from scenarios.model import Scenario
from scenarios.network import sumo_binary

KINDS = ("grid", "arterial", "irregular")
PAIR = "pair"
"""Two signals so near each other that a few vehicles fill the road between: who waits there to turn can lock both."""

BENCHMARK_RULES = ImportRules(amber_s=3.0, all_red_s=0.0, min_green_s=5.0, min_green_turn_s=5.0, max_red_s=180.0)


def make_town(
    seed: int,
    out: Path,
    *,
    kind: str | None = None,
    approach_stages: bool = False,
    turn_stages: bool = False,
    no_all_red: bool = False,
) -> Scenario:
    """The town of that seed in the folder `out`; without a `kind` they take turns. Raises InputError for a kind that
    there is not, ScenarioError when SUMO cannot make the town.

    `approach_stages`: every road has turning lanes, and every approach a stage of its own beside the usual ones, as
    RESCO's grids have. `turn_stages`: turns across oncoming traffic have a signal group of their own, out of shared
    lanes too, and a stage that opens them alone, as Cologne's have. `no_all_red`: a benchmark's limits, 3 s of amber
    and greens of 5 s, with which who turns late stands in the way of the next.
    """
    rng = np.random.default_rng(seed)
    kind = kind or KINDS[seed % len(KINDS)]
    if kind not in (*KINDS, PAIR):
        raise InputError("kind", expected=f"one of {[*KINDS, PAIR]}", got=kind)
    lefthand = bool(rng.random() < 0.5)
    with tempfile.TemporaryDirectory() as scratch:
        net_file = Path(scratch) / "town.net.xml"
        command = [
            str(sumo_binary("netgenerate")), *_shape(kind, rng), *_roads(rng, turning_lanes=approach_stages),
            "--seed", str(seed),
            "--lefthand", str(lefthand).lower(), "--output-file", str(net_file), "--no-warnings", "true",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not net_file.is_file():
            raise ScenarioError(f"town {seed}", expected="a network from netgenerate", got=done.stderr[-300:])
        if approach_stages:
            _add_approach_stages(net_file)
        if turn_stages:
            _add_turn_stages(net_file)
        # SUMO's heading has the time in it, and the same seed is to give the same bytes.
        net_file.write_bytes(without_comments(net_file.read_bytes()))
        return import_scenario(
            net_file, f"town-{seed}", out, rules=BENCHMARK_RULES if no_all_red else _rules(rng, seed)
        )


def _shape(kind: str, rng: np.random.Generator) -> list[str]:
    length_m = f"{rng.uniform(60, 400):.0f}"
    if kind == "irregular":
        return ["--rand", "--rand.iterations", "40", "--rand.min-distance", "80", "--rand.max-distance", "300"]
    if kind == PAIR:
        between_m, outside_m = rng.uniform(28, 60), rng.uniform(200, 400)
        return [
            "--grid", "--grid.x-number", "2", "--grid.y-number", "1", "--grid.x-length", f"{between_m:.0f}",
            "--grid.attach-length", f"{outside_m:.0f}",
        ]  # fmt: skip
    columns, rows = (3, 2) if kind == "grid" else (5, 1)
    return [
        "--grid", "--grid.x-number", str(columns), "--grid.y-number", str(rows), "--grid.length", length_m,
        "--grid.attach-length", length_m,
    ]  # fmt: skip


def _roads(rng: np.random.Generator, *, turning_lanes: bool) -> list[str]:
    lanes, speed_mps, turning = rng.integers(1, 4), rng.uniform(8, 17), rng.integers(0, 2)
    return [
        "--default.lanenumber", str(lanes),
        "--default.speed", f"{speed_mps:.1f}",
        "--turn-lanes", "1" if turning_lanes else str(turning),
        "--turn-lanes.length", f"{rng.uniform(30, 90):.0f}",
        "--default-junction-type", "traffic_light",
        "--tls.layout", str(rng.choice(["opposites", "incoming"])),
        "--no-turnarounds", "true",
    ]  # fmt: skip


def _add_approach_stages(net_file: Path) -> None:
    """Puts a green and an amber of every approach by itself behind each signal program of the network."""
    net = ElementTree.parse(net_file)
    for program in net.iterfind("tlLogic"):
        approaches: dict[str, set[int]] = {}
        for link in net.iterfind(f"connection[@tl='{program.attrib['id']}']"):
            approaches.setdefault(link.attrib["from"], set()).add(int(link.attrib["linkIndex"]))
        for links in approaches.values():
            _add_stage(program, links)
    net.write(net_file, encoding="UTF-8", xml_declaration=True)


def _add_turn_stages(net_file: Path) -> None:
    """Puts a green and an amber of the turns that wait for oncoming traffic behind each signal program of the network,
    for every green in which they wait."""
    net = ElementTree.parse(net_file)
    for program in net.iterfind("tlLogic"):
        others = {
            int(link.attrib["linkIndex"])
            for link in net.iterfind(f"connection[@tl='{program.attrib['id']}']")
            if link.attrib["dir"] in "srR"
        }
        for state in [phase.attrib["state"] for phase in program.iterfind("phase")]:
            waiting = {index for index, lamp in enumerate(state) if lamp == "g"} - others
            if waiting and "y" not in state:
                _add_stage(program, waiting)
    net.write(net_file, encoding="UTF-8", xml_declaration=True)


def _add_stage(program: ElementTree.Element, links: set[int]) -> None:
    for lamp, seconds in (("G", 20), ("y", 3)):
        state = "".join(lamp if index in links else "r" for index in range(len(program[0].attrib["state"])))
        ElementTree.SubElement(program, "phase", duration=str(seconds), state=state)


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
    count: Annotated[int, typer.Option(min=1, help="Towns of so many seeds in a row.")] = 18,
    first: Annotated[int, typer.Option(min=0, help="The first of the seeds.")] = 0,
    kind: Annotated[str | None, typer.Option(help="Only grid, arterial, irregular or pair; default: in turns.")] = None,
    no_all_red: Annotated[bool, typer.Option("--no-all-red", help="A benchmark's signal limits.")] = False,
    turn_stages: Annotated[
        bool, typer.Option("--turn-stages", help="Turns across oncoming traffic have a stage of their own.")
    ] = False,
    approach_stages: Annotated[
        bool, typer.Option("--approach-stages", help="Turning lanes, and a stage of every approach by itself.")
    ] = False,
) -> None:
    """Make towns that `chauraha train --more` takes."""
    for seed in range(first, first + count):
        town = make_town(
            seed, out, kind=kind, approach_stages=approach_stages, turn_stages=turn_stages, no_all_red=no_all_red
        )
        print(f"{town.folder}: {len(town.sites)} junctions", flush=True)


if __name__ == "__main__":
    typer.run(main)
