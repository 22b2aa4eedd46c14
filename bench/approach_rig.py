"""A small left-hand street to measure queues on: a T-junction for each width, built by the project's own builder.

Each junction has an approach from the west (`WIDTHS_M` wide, straight on to the east), and a side road that gets the
green between. Vehicle types, mix, lanes and fidelities are the scenario's own; only the street and its demand are made
here, so that what is measured is what the scenario drives.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scenarios.build import build_scenario
from scenarios.load import load_scenario, scenario_folder
from scenarios.mixes import MIX
from scenarios.model import EVALUATION, Scenario, StreetFiles
from scenarios.source import SOURCE_FILES

WIDTHS_M = (3.5, 7.0, 10.5)
LANE_M = 3.5
LENGTH_M = 260.0
SPEED_KMH = 40.0
SUPPLY_VEH_H_M = 750.0
"""More than crosses, so that the queue never clears: green for half the time passes about 600 of them."""
SUPPLY_S = 7200.0
ROUTES_FILE = "saturated.rou.xml"
_DEMAND = f"""
basis = "assumed"
entry = [{{ road_class = "arterial", pcu_h_per_lane = 100 }}]
gravity = {{ scale_m = 5000, min_trip_m = 0 }}
level = {{ arterial = {[1.0] * 24} }}
period = [{{ name = "day", hours = [[0, 24]], tide = 0.0 }}]
window = [{{ name = "all", begin_s = 0, end_s = {SUPPLY_S:g} }}]
"""
_AWAY_DEG = 0.02
"""Junctions lie this far apart (2 km): none feeds another."""


def junction_of(width_m: float) -> str:
    return f"w{width_m * 10:.0f}"


def build_test_approach(vehicles_of: str | Path, folder: Path, fidelities: Sequence[str]) -> Scenario:
    """The street in `folder`, with the vehicle types and standards of the scenario `vehicles_of`."""
    folder.mkdir(parents=True)
    given = scenario_folder(vehicles_of)
    for name in SOURCE_FILES:
        text = (given / name).read_text(encoding="utf-8")
        if name.endswith(".csv") and name != "vtypes.csv":
            text = text.splitlines()[0] + "\n"
        (folder / name).write_text(text, encoding="utf-8")
    ids = [junction_of(width_m) for width_m in WIDTHS_M]
    (folder / "demand.toml").write_text(_DEMAND, encoding="utf-8")
    # The standards name corridors to coordinate; here each is at most one junction long, so there is nothing to do.
    corridors = "".join(f"{name} = [{id_!r}]\n" for name, id_ in zip(load_scenario(given).corridors, ids, strict=False))
    (folder / "scenario.toml").write_text(
        'name_en = "Test approach"\nname_hi = "परीक्षण"\ndate = 2026-01-05\ntimezone = "Asia/Kolkata"\n'
        f"in_scope = {ids!r}\n[corridors]\n{corridors}",
        encoding="utf-8",
    )
    _write_csv(folder / "junctions.csv", [_junction(i, id_) for i, id_ in enumerate(ids)])
    _write_csv(folder / "stubs.csv", [stub for width_m in WIDTHS_M for stub in _stubs(width_m)])
    return build_scenario(folder, fidelities)


def saturated(files: StreetFiles, folder: Path) -> StreetFiles:
    """The street with a supply that keeps every approach's queue standing beyond the green."""
    beside = ' departPosLat="random"' if files.fidelity == EVALUATION else ""
    flows = []
    for width_m in WIDTHS_M:
        junction = junction_of(width_m)
        start, end = (
            f"{junction}.{_arm(width_m, 'west')}--{junction}",
            f"{junction}--{junction}.{_arm(width_m, 'east')}",
        )
        flows.append(
            f'<flow id="{junction}" type="{MIX}" begin="0" end="{SUPPLY_S:g}" from="{start}" to="{end}" '
            f'vehsPerHour="{SUPPLY_VEH_H_M * width_m:g}" departLane="random" departSpeed="max"{beside}/>'
        )
    routes = folder / f"{files.fidelity}.{ROUTES_FILE}"
    routes.write_text("\n".join(["<routes>", *flows, "</routes>", ""]), encoding="utf-8")
    return replace(files, route_files=(routes,))


def approach_group(width_m: float) -> str:
    """The approach's lane group and signal group."""
    return f"{_arm(width_m, 'west')}_a"


def _arm(width_m: float, side: str) -> str:
    return f"{side}_{junction_of(width_m)}"


def _junction(index: int, junction_id: str) -> dict[str, object]:
    return {
        "id": junction_id, "name_en": junction_id, "name_hi": junction_id, "lat": 26.45 + index * _AWAY_DEG,
        "lon": 80.34, "coord_error_m": 0, "coord_basis": "assumed", "coord_from": "test approach", "arms": 3,
        "thana": "none", "thana_basis": "assumed", "signal": "assumed", "signal_from": "test approach",
        "pedestrian_stage": False, "pedestrian_basis": "assumed",
    }  # fmt: skip


def _stubs(width_m: float) -> list[dict[str, object]]:
    lanes = round(width_m / LANE_M)
    return [
        {
            "id": _arm(width_m, side), "junction": junction_of(width_m), "road_en": side, "road_hi": side,
            "road_class": "arterial", "lanes_per_dir": lanes if side != "north" else 1, "lanes_basis": "assumed",
            "speed_kmh": SPEED_KMH, "speed_basis": "assumed", "length_m": LENGTH_M, "bearing_deg": bearing_deg,
            "bearing_basis": "assumed",
        }
        for side, bearing_deg in (("west", 270), ("north", 0), ("east", 90))
    ]  # fmt: skip


def _write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
