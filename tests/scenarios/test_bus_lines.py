"""Bus stops and lines, on the tiny scenario: two stops on the link, one line each way."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from envs.sumo import SumoStreet
from envs.sumo_command import TRIPINFO_FILE
from junction.errors import ScenarioError
from scenarios.bus_lines import STOPS_FILE, bus_services, stop_places
from scenarios.bus_rows import BUS_LINES_TABLE, BUS_STOPS_TABLE, bus_table_lines
from scenarios.day_demand import DayDemand
from scenarios.demand import flow_lines
from scenarios.model import FIDELITIES, TRAINING, Scenario
from scenarios.source import read_source
from scenarios.town import lay_out

TINY_SOURCE = Path(__file__).parents[1] / "fixtures" / "tiny"
STOPS = """id,name_en,name_hi,from_junction,to_junction,at_m,length_m,bay,basis
out,Out,जाते,west,east,90,36,false,assumed
in,In,आते,east,west,200,36,true,assumed
"""
LINES = """id,name_en,name_hi,corridor,direction,from_arm,to_arm,vehicle,per_h,dwell_s,basis
bus_out,Out,जाते,main,along,main_w,main_e,bus,60,30,assumed
auto_in,In,आते,main,back,main_e,main_w,auto_rickshaw,40,15,assumed
"""


def with_lines(folder: Path, stops: str = STOPS, lines: str = LINES) -> Path:
    shutil.copytree(TINY_SOURCE, folder)
    (folder / BUS_STOPS_TABLE).write_text(stops, encoding="utf-8")
    (folder / BUS_LINES_TABLE).write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    from scenarios.build import build_scenario

    return build_scenario(with_lines(tmp_path_factory.mktemp("buses") / "tiny"))


def test_a_stop_lies_where_the_table_says(tmp_path: Path) -> None:
    source = read_source(with_lines(tmp_path / "tiny"))
    places = stop_places(source, lay_out(source))
    # No side street cuts the link of 400 m: one edge from the junction to the mouth 120 m before the other.
    assert [(p.row.id, p.edge, p.start_m, p.end_m) for p in places] == [
        ("out", "west--east", 54.0, 90.0),
        ("in", "east--west", 164.0, 200.0),
    ]


def test_a_line_takes_its_vehicles_from_what_enters_by_its_road(tmp_path: Path) -> None:
    source = read_source(with_lines(tmp_path / "tiny"))
    out, back = bus_services(source, lay_out(source))
    # A bus is 2.2 PCU by Indo-HCM 2017; at 0 h the arterial's level is 0.2.
    assert out.pcu_h(9) == pytest.approx(60 * out.pcu_h(0) / 12)
    assert (out.origin, out.route) == (
        "west.main_w",
        ("west.main_w--west", "west.main_w--west.mouth", "west--east", "west--east.mouth", "east--east.main_e"),
    )
    assert back.route_line().count('parking="true"') == 1
    assert out.route_line().count('parking="true"') == 0


def entering_pcu_h(folder: Path, day: DayDemand | None = None) -> dict[str, float]:
    """PCU an hour at 9 h by id of the flow, without the hour."""
    from junction.vehicle import PCU, VehicleClass
    from scenarios.demand import trip_flows
    from scenarios.mixes import mix_at
    from scenarios.signals import read_net

    source = read_source(folder)
    town = lay_out(source)
    trips = trip_flows(source, town, read_net(folder / "build" / "evaluation" / "net.net.xml"))
    lines = flow_lines(source, town, trips, TRAINING, *([day] if day else []))
    roads = {gate.end_node: gate.road for gate in town.gates}
    found = {}
    for flow in ElementTree.fromstring("".join(lines)).iter("flow"):
        name, _, hour = flow.get("id", "").rpartition(".")
        if hour == "09":
            veh_h = 3600 * float(flow.get("period", "")[4:-1])
            is_line = name.startswith("line.")
            pcu = PCU[VehicleClass(flow.get("type", ""))] if is_line else mix_at(source, roads[name], 9).mean_pcu
            found[name] = veh_h * pcu
    return found


def test_lines_do_not_change_what_enters_and_stay_away_from_a_closed_road(city: Scenario, tmp_path: Path) -> None:
    flows = entering_pcu_h(city.folder)
    assert flows["west.main_w"] + flows["line.bus_out"] == pytest.approx(600, rel=1e-3)
    shut = DayDemand(closed_h=frozenset({9}), closed_edges=frozenset({"west--east"}))
    closed = entering_pcu_h(city.folder, shut)
    assert "line.bus_out" not in closed
    assert closed["west.main_w"] == pytest.approx(600, rel=1e-3)
    assert closed["line.auto_in"] == pytest.approx(flows["line.auto_in"])


def test_every_check_passes_and_names_a_stop_that_is_gone(city: Scenario, tmp_path: Path) -> None:
    from scenarios.check import check_scenario

    assert [c for c in check_scenario(city.folder) if not c.ok] == []
    folder = tmp_path / "tiny"
    shutil.copytree(city.folder, folder)
    stops = folder / "build" / TRAINING / STOPS_FILE
    text = stops.read_text(encoding="utf-8")
    stops.write_text(text.replace('id="in"', 'id="gone"').replace('endPos="90.00"', 'endPos="900"'), encoding="utf-8")
    failed = [(c.name, c.detail) for c in check_scenario(folder) if not c.ok]
    assert failed == [
        ("training: bus stops", "out lies outside west--east; route line.auto_in does not come past in"),
    ]


@pytest.mark.parametrize("fidelity", FIDELITIES)
def test_a_bus_dwells_at_its_stop(city: Scenario, tmp_path: Path, fidelity: str) -> None:
    with SumoStreet(
        city.street(fidelity), {}, seed=1, scale=0.5, begin_s=32400, end_s=32820, programs="native",
        output_dir=tmp_path, count_crossings=False,
    ) as street:  # fmt: skip
        street.run_until(street.end_s)
    trips = [
        trip for trip in ElementTree.parse(tmp_path / TRIPINFO_FILE).iter("tripinfo") if trip.get("arrival") != "-1.00"
    ]
    stood_s = {float(t.get("stopTime", -1)) for t in trips if t.get("id", "").startswith("line.bus_out")}
    assert stood_s
    assert stood_s <= {30.0, 31.0}
    assert {float(t.get("stopTime", -1)) for t in trips if not t.get("id", "").startswith("line.")} == {0.0}


def test_show_tells_stops_and_lines_with_their_basis(tmp_path: Path) -> None:
    source = read_source(with_lines(tmp_path / "tiny"))
    told = list(bus_table_lines(source.bus_stops, source.bus_lines))
    assert told[0] == "line bus_out (assumed): 60 bus an hour at level 1, 30 s at every stop"
    assert told[-1] == "stop in (assumed): east - west at 200 m, 36 m long, in a bay"


@pytest.mark.parametrize(
    ("stops", "lines", "named"),
    [
        (STOPS.replace("west,east,90", "west,east,30"), LINES, r"out\.at_m"),
        (STOPS.replace("west,east,90", "west,east,279"), LINES, r"out\.at_m"),
        (STOPS.replace("west,east,90", "west,north_w,90"), LINES, "a road between two junctions"),
        (STOPS.replace("\nin,", "\nout,"), LINES, "ids that differ"),
        (STOPS, LINES.replace("main,back", "ring,back"), r"auto_in\.corridor"),
        (STOPS, LINES.replace("along,main_w", "along,main_e"), r"bus_out\.from_arm"),
        ("\n".join(STOPS.splitlines()[:2]) + "\n", LINES, "auto_in: expected a stop"),
        (STOPS, LINES.replace("bus,60", "bus,-1"), "per_h"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, stops: str, lines: str, named: str) -> None:
    with pytest.raises(ScenarioError, match=named):
        source = read_source(with_lines(tmp_path / "tiny", stops, lines))
        town = lay_out(source)
        bus_services(source, town)
