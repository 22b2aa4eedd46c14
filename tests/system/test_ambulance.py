"""An ambulance down GT Road through three junctions of Kanpur in the morning peak: with a corridor it never stops.

The corridor is opened and closed in the page, as a control room would: the second half of the operator's drill.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from control_room import ControlRoom
from live_city import PAGE_MARKS

from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from rehearsal.keys import make_keys
from rehearsal.server import ServerProcess, free_port
from rehearsal.street_loop import StreetLoop
from scenarios.build import build_scenario
from scenarios.model import TRAINING, Scenario

ROUTE = ("geeta_nagar", "rawatpur", "gol_chauraha")
KANPUR = Path(__file__).parents[2] / "scenarios" / "kanpur"
OPENED_S, DEPART_S, CLOSED_S = 70.0, 210.0, 405.0
"""Seconds of the run: the call comes, three minutes before the vehicle is at the first stop line; it enters the model
500 m before that; it is through and the corridor is closed by hand, 6 s before its last passage ends by itself."""
END_S = {True: 415.0, False: 490.0}
"""With a corridor, and without one: then it comes later."""

pytestmark = [*PAGE_MARKS, pytest.mark.timeout(600)]


@dataclass(frozen=True, kw_only=True)
class Drive:
    """How it went: stops, seconds stood and when it was there, as SUMO counted; what the independent checker found;
    what the control room was shown of the audit."""

    stops: int
    stood_s: float
    arrived_s: float
    unsafe_events: int
    audit: tuple[str, ...] = ()


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
    street = SumoStreet(files, layouts, seed=3, end_s=begin_s + END_S[corridor], output_dir=folder)
    with server, street:
        told = asyncio.run(
            _with_a_room(scenario, street, server.url) if corridor else _seconds(scenario, street, server.url)
        )
    trips = ET.parse(folder / "tripinfo.xml").iter("tripinfo")
    (trip,) = (trip for trip in trips if trip.get("id") == "ambulance")
    assert float(trip.attrib["arrival"]) > 0, "it never came through"
    return Drive(
        stops=int(trip.attrib["waitingCount"]),
        stood_s=float(trip.attrib["waitingTime"]),
        arrived_s=float(trip.attrib["arrival"]) - begin_s,
        **told,
    )


async def _with_a_room(scenario: Scenario, street: SumoStreet, url: str) -> dict[str, Any]:
    async with ControlRoom(url) as room:
        told = await _seconds(scenario, street, url, room)
        assert room.complaints == []
        return told


async def _seconds(scenario: Scenario, street: SumoStreet, url: str, room: ControlRoom | None = None) -> dict[str, Any]:
    """Every second of the run; with a control room that opens the corridor, looks at it and closes it."""
    keys = await make_keys(url, scenario.sites)
    loop = StreetLoop(scenario, street, url, keys=keys, seed=3, sensors=SensorModel())
    told: dict[str, Any] = {}
    try:
        await loop.start()
        while loop.run_s < END_S[room is not None]:
            if room is not None and loop.run_s == OPENED_S:
                await room.open_corridor(ROUTE[0], "Gol Chauraha (3)", "ambulance to Hallet")
            if room is not None and loop.run_s == OPENED_S + 30:
                await room.sees_countdown("vehicle in 2 min")
            if room is not None and loop.run_s == CLOSED_S:
                await room.close_corridor(ROUTE[-1])
            await loop.second()
        if room is not None:
            told["audit"] = tuple(await room.audit())
        return {**told, "unsafe_events": loop.unsafe_events}
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
    assert (with_one.stops, with_one.stood_s) == (0, 0.0)
    assert with_one.unsafe_events == without.unsafe_events == 0
    assert with_one.arrived_s < CLOSED_S  # it was through before the corridor was closed
    closed, opened = with_one.audit
    assert "corridor" in opened
    assert "ambulance to Hallet" in opened
    assert "closed by hand" in closed
