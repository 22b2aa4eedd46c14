"""An ambulance down GT Road through three junctions of Kanpur in the morning peak: with a corridor it never stops."""

from __future__ import annotations

import asyncio
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from rehearsal.keys import make_keys
from rehearsal.server import ServerProcess, free_port
from rehearsal.street_loop import StreetLoop
from scenarios.build import build_scenario
from scenarios.model import TRAINING, Scenario

ROUTE = ("geeta_nagar", "rawatpur", "gol_chauraha")
KANPUR = Path(__file__).parents[2] / "scenarios" / "kanpur"
OPENED_S, ARRIVES_IN_S, DEPART_S, END_S = 60.0, 190.0, 210.0, 560.0
"""Seconds of the run: the call comes, how long until the first stop line, when it enters the model 500 m before it."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True, kw_only=True)
class Drive:
    """How it went: stops and seconds stood, as SUMO counted them, and what the independent checker found."""

    stops: int
    stood_s: float
    unsafe_events: int


@pytest.fixture(scope="module")
def gt_road(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """These three junctions of Kanpur's own tables, with all of their arms; without buses, whose lines go on beyond."""
    folder = tmp_path_factory.mktemp("scenarios") / "gt_road"
    folder.mkdir()
    tables = [file for file in KANPUR.glob("*.csv") if not file.name.startswith("bus_")]
    for source in (*tables, *(KANPUR / f"{name}.toml" for name in ("scenario", "demand", "standards"))):
        shutil.copy(source, folder)
    names = ", ".join(f'"{junction_id}"' for junction_id in ROUTE)
    _edit(folder / "scenario.toml", r"in_scope = .*", f"in_scope = [{names}]\n\n[corridors]\ngt_road = [{names}]\n")
    _edit(folder / "standards.toml", r', "mall_road"', "")
    _edit(folder / "demand.toml", r"bada_chauraha", "rawatpur")
    return build_scenario(folder, (TRAINING,))


def _edit(file: Path, pattern: str, text: str) -> None:
    changed, number = re.subn(pattern, text, file.read_text(encoding="utf-8"), count=1, flags=re.DOTALL)
    assert number == 1, file
    file.write_text(changed, encoding="utf-8")


def drive(scenario: Scenario, folder: Path, *, corridor: bool) -> Drive:
    """One run of the whole system: service, controllers, cameras, street."""
    files = scenario.street(TRAINING)
    begin_s = files.begin_s
    ambulance = folder / "ambulance.rou.xml"
    ambulance.write_text(
        '<routes><vType id="ambulance" vClass="passenger" length="5.5" maxSpeed="22" speedFactor="1" sigma="0"/>'
        f'<trip id="ambulance" type="ambulance" depart="{begin_s + DEPART_S}" departSpeed="max" departLane="best" '
        'from="geeta_nagar.sharda_nagar--geeta_nagar" to="gol_chauraha--gol_chauraha.gutaiya" arrivalPos="60"/>'
        "</routes>",
        encoding="utf-8",
    )
    files = replace(files, route_files=(*files.route_files, ambulance))
    layouts = {key: site.layout for key, site in scenario.sites.items()}
    arguments = ["--scenario", str(scenario.folder), "--data", str(folder / "service"), "--policy", "none"]
    server = ServerProcess(port=free_port(), log_file=folder / "service.log", arguments=arguments)
    street = SumoStreet(files, layouts, seed=3, end_s=begin_s + END_S, output_dir=folder)
    with server, street:
        unsafe = asyncio.run(_seconds(scenario, street, server.url, corridor=corridor))
    trips = ET.parse(folder / "tripinfo.xml").iter("tripinfo")
    (trip,) = (trip for trip in trips if trip.get("id") == "ambulance")
    assert float(trip.attrib["arrival"]) > 0, "it never came through"
    return Drive(
        stops=int(trip.attrib["waitingCount"]), stood_s=float(trip.attrib["waitingTime"]), unsafe_events=unsafe
    )


async def _seconds(scenario: Scenario, street: SumoStreet, url: str, *, corridor: bool) -> int:
    keys = await make_keys(url, scenario.sites)
    loop = StreetLoop(scenario, street, url, keys=keys, seed=3, sensors=SensorModel())
    try:
        await loop.start()
        while loop.run_s < END_S:
            if corridor and loop.run_s == OPENED_S:
                async with httpx.AsyncClient(base_url=url) as http:
                    body = {
                        "route": ROUTE,
                        "speed_kmh": 45,
                        "ttl_s": 600,
                        "arrives_in_s": ARRIVES_IN_S,
                        "from_approach": "sharda_nagar",
                        "to_approach": "gutaiya",
                        "reason": "ambulance",
                    }
                    (await http.post("/v1/corridors", json=body)).raise_for_status()
            await loop.second()
        return loop.unsafe_events
    finally:
        await loop.close()


def test_with_a_corridor_it_never_stops_and_without_one_it_does(gt_road: Scenario, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("without", "with")}
    for folder in folders.values():
        folder.mkdir()
    without = drive(gt_road, folders["without"], corridor=False)
    with_one = drive(gt_road, folders["with"], corridor=True)
    assert without.stops > 0
    assert without.stood_s > 10
    assert with_one == Drive(stops=0, stood_s=0.0, unsafe_events=0)
    assert without.unsafe_events == 0
