"""Days that differ from the normal one, on the tiny scenario and on a diamond of four roads."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from envs.sumo import SumoStreet
from junction.errors import ScenarioError
from scenarios.closings import closings_s
from scenarios.day_demand import ways_round
from scenarios.day_files import StandingVehicle
from scenarios.days import DAYS_FILE, day_lines, read_days
from scenarios.load import scenario_folder
from scenarios.model import EVALUATION, TRAINING, Scenario, StreetFiles
from scenarios.network import sumo_binary
from scenarios.source import LevelCrossingRow, TrainRow, read_source

TINY_SOURCE = Path(__file__).parents[1] / "fixtures" / "tiny"
DAYS = """
[[day]]
name = "market"
name_en = "Main Road closed"
name_hi = "मुख्य मार्ग बंद"
basis = "assumed"
centre_factor = 2.0
[[day.closed_road]]
from_junction = "west"
to_junction = "east"
from_h = 9
to_h = 10

[[day]]
name = "breakdown"
name_en = "A lorry on the kerb lane"
name_hi = "ट्रक खराब"
basis = "assumed"
[[day.breakdown]]
from_junction = "west"
to_junction = "east"
before_m = 150
lane = 0
vehicle = "truck"
at = 09:00:00
lasts_s = 600

[[day]]
name = "rain"
name_en = "Rain"
name_hi = "बारिश"
basis = "memory"
[day.rain]
speed_factor = 0.8
headway_factor = 1.5
acceleration_factor = 0.5
"""
CENTRE = '\n[centre]\njunction = "west"\nradius_m = 450\nbasis = "assumed"\n'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The tiny scenario with a centre around its western junction, and three days."""
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    from scenarios.build import build_scenario

    folder = tmp_path_factory.mktemp("days") / "tiny"
    shutil.copytree(TINY_SOURCE, folder)
    demand = (folder / "demand.toml").read_text(encoding="utf-8")
    (folder / "demand.toml").write_text(demand.replace("[[period]]", f"{CENTRE}[[period]]", 1), encoding="utf-8")
    (folder / DAYS_FILE).write_text(DAYS, encoding="utf-8")
    return build_scenario(folder)


def flows_veh_h(files: StreetFiles, hour: int) -> dict[str, float]:
    """Vehicles an hour by route (its edges) that depart in that hour."""
    root = ElementTree.parse(files.route_files[0]).getroot()
    routes = {route.get("id"): route.get("edges", "") for route in root.iter("route")}
    choices = {choice.get("id"): choice for choice in root.iter("routeDistribution")}
    found: dict[str, float] = {}
    for flow in root.iter("flow"):
        if flow.get("begin") == str(hour * 3600):
            choice = choices[flow.get("route")]
            shares = map(float, choice.get("probabilities", "").split())
            veh_h = float(flow.get("period", "")[4:-1]) * 3600
            for name, share in zip(choice.get("routes", "").split(), shares, strict=True):
                found[routes[name]] = found.get(routes[name], 0.0) + veh_h * share
    return found


def test_in_a_closed_hour_nobody_drives_up_to_the_closed_road_and_afterwards_all_do_again(city: Scenario) -> None:
    normal, market = city.street(), city.on_day("market").street()
    for hour, closed in ((8, False), (9, True), (10, False)):
        used = {edge for edges in flows_veh_h(market, hour) for edge in edges.split()}
        assert ({"west--east", "east--west"} & used == set()) is closed
    before, after = flows_veh_h(normal, 9), flows_veh_h(market, 9)
    # The rest is there, twice as much of it where a trip touches the centre (the three edge roads of "west").
    apart = [edges for edges in before if not {"west--east", "east--west"} & set(edges.split())]
    assert set(after) == set(apart)
    for edges in apart:
        factor = 2.0 if "west" in edges else 1.0
        assert after[edges] == pytest.approx(factor * before[edges], rel=1e-3)


def test_the_normal_days_street_is_the_scenarios_own(city: Scenario) -> None:
    assert city.on_day(None).street() == city.street()
    assert set(city.street().days) == {"market", "breakdown", "rain"}
    with pytest.raises(ScenarioError, match=r"one of .*breakdown.*market.*rain"):
        city.on_day("snow").street()


def test_a_broken_down_vehicle_stands_on_every_lane_that_makes_up_the_real_one(city: Scenario) -> None:
    lanes = {f: [v.lane for v in city.on_day("breakdown").street(f).standing] for f in (TRAINING, EVALUATION)}
    # 150 m before the stop line is 30 m up the road from the right-turn lane's mouth (120 m).
    assert lanes == {EVALUATION: ["west--east_0"], TRAINING: ["west--east_0", "west--east_1"]}
    first = city.on_day("breakdown").street(EVALUATION).standing[0]
    assert first.at_m == pytest.approx(400 - 150, abs=1.0)


@pytest.mark.parametrize("late_s", [-60.0, 300.0])
def test_it_stands_there_until_its_time_is_over_whenever_the_run_begins(city: Scenario, late_s: float) -> None:
    files = city.on_day("breakdown").street()
    layouts = {junction_id: site.layout for junction_id, site in city.sites.items()}
    begin_s = 32400.0 + late_s
    standing = {vehicle.id for vehicle in files.standing}
    with SumoStreet(files, layouts, seed=1, begin_s=begin_s, end_s=33200.0, programs="native") as street:
        street.run_until(max(begin_s, 32400.0) + 120)
        assert {v for v in standing if street._sumo.vehicle.isStopped(v)} == standing
        street.run_until(33200.0)
        assert standing.isdisjoint(street._sumo.vehicle.getIDList())


def test_a_breakdown_that_is_over_is_left_out() -> None:
    broken = StandingVehicle(
        id="truck.x", type_id="truck", edges=("a", "b"), lane="b_0", at_m=10.0, from_s=100.0, until_s=200.0
    )
    assert broken.line(200.0) is None
    assert 'depart="150"' in str(broken.line(150.0))
    assert 'depart="100"' in str(broken.line(0.0))


def test_rain_lengthens_headways_on_top_of_the_step_and_slows_everybody(city: Scenario) -> None:
    dry, wet = (
        {t.get("id"): t for t in ElementTree.parse(s.street().additional_files[0]).getroot().iter("vType")}
        for s in (city, city.on_day("rain"))
    )
    # A two-wheeler's headway of 0.8 s is raised to the step of 1 s, and then made half as long again.
    assert (dry["two_wheeler"].get("tau"), wet["two_wheeler"].get("tau")) == ("1.0", "1.5")
    assert float(wet["car"].get("decel", 0)) == 0.5 * float(dry["car"].get("decel", 0))
    assert wet["e_rickshaw"].get("maxSpeed") == "5.52"
    assert wet["car"].get("speedFactor", "").startswith("normc(0.8,")


def test_longer_closings_grow_together() -> None:
    gate = LevelCrossingRow(id="lc", name_en="", name_hi="", junction="a", arm="b", at_m=70, line_m=0, basis="assumed")
    trains = [
        TrainRow.model_validate({"at": at, "direction": "away", "speed_kmh": 40, "closed_s": 240, "basis": "assumed"})
        for at in ("09:00", "09:12")
    ]
    assert closings_s(gate, trains, 2.0) == ((32400.0, 32880.0), (33120.0, 33600.0))
    # Shut for 696 s, the gate would open for 24 s only, less than a minute: one closing.
    assert closings_s(gate, trains, 2.9) == ((32400.0, 33816.0),)


def test_the_way_round_is_the_fastest_without_the_closed_road(tmp_path: Path) -> None:
    """a-b-d is fastest, a-c-d next, a-e-d slowest; e's road out is a dead end for what starts on the closed road."""
    corners = {
        "s": (-100, 0),
        "a": (0, 0),
        "b": (100, 0),
        "c": (100, 80),
        "e": (100, -300),
        "d": (200, 0),
        "t": (300, 0),
    }
    ways = [("s", "a"), ("a", "b"), ("b", "d"), ("a", "c"), ("c", "d"), ("a", "e"), ("e", "d"), ("d", "t")]
    nodes = "".join(f'<node id="{n}" x="{x}" y="{y}"/>' for n, (x, y) in corners.items())
    edges = "".join(f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1" speed="10"/>' for a, b in ways)
    (tmp_path / "n.xml").write_text(f"<nodes>{nodes}</nodes>", encoding="utf-8")
    (tmp_path / "e.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
    net = tmp_path / "net.net.xml"
    command = [str(sumo_binary("netconvert")), "-n", str(tmp_path / "n.xml"), "-e", str(tmp_path / "e.xml")]
    subprocess.run([*command, "-o", str(net)], check=True, capture_output=True)
    routes = [("sa", "ab", "bd", "dt"), ("sa", "ac", "cd", "dt"), ("ab", "bd", "dt")]
    assert ways_round(net, routes, frozenset({"ab"})) == {0: ("sa", "ac", "cd", "dt"), 2: None}
    everything = frozenset({"ab", "ac", "ae"})
    assert ways_round(net, routes, everything) == {0: None, 1: None, 2: None}


def test_kanpurs_days_name_roads_and_crossings_that_it_has() -> None:
    folder = scenario_folder("kanpur")
    source, days = read_source(folder), read_days(folder)
    assert {day.name for day in days} >= {"festival", "incident", "level-crossing", "rain"}
    links = {frozenset(link.ends) for link in source.links}
    crossings = {row.id for row in source.level_crossings}
    for day in days:
        assert {road.ends for road in day.closed_road} <= links
        assert {frozenset((b.from_junction, b.to_junction)) for b in day.breakdown} <= links
        assert day.long_closings is None or set(day.long_closings.crossings) <= crossings
    assert len(day_lines(days)) >= 2 * len(days)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('name = "rain"', 'name = "market"', "names that differ"),
        ("to_h = 10", "to_h = 9", "from_h before to_h"),
        ("lasts_s = 600", "lasts_s = -1", "day.1.breakdown.0.lasts_s"),
        ("headway_factor = 1.5", "headway_factor = 1.5\nfog = true", "day.2.rain.fog"),
        ("[day.rain]", "[day.rain", "TOML"),
    ],
)
def test_a_wrong_day_is_named(tmp_path: Path, before: str, after: str, named: str) -> None:
    (tmp_path / DAYS_FILE).write_text(DAYS.replace(before, after), encoding="utf-8")
    with pytest.raises(ScenarioError, match=named):
        read_days(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('to_junction = "east"\nfrom_h', 'to_junction = "nowhere"\nfrom_h', "road between two junctions"),
        ("lane = 0", "lane = 2", "below 2"),
        ("before_m = 150", "before_m = 450", "less than 400 m"),
        ("[day.rain]", '[day.long_closings]\ncrossings = ["lc"]\nfactor = 2\n[day.rain]', "long_closings"),
    ],
)
def test_a_day_that_names_what_the_town_has_not_is_refused_and_nothing_is_built(
    tmp_path: Path, before: str, after: str, named: str
) -> None:
    from scenarios.build import build_scenario

    folder = tmp_path / "tiny"
    shutil.copytree(TINY_SOURCE, folder)
    (folder / DAYS_FILE).write_text(DAYS.replace(before, after).replace("centre_factor = 2.0\n", ""), encoding="utf-8")
    with pytest.raises(ScenarioError, match=named):
        build_scenario(folder)
    assert not (folder / "sites.json").exists()


def test_no_route_of_the_closed_hour_has_a_gap(city: Scenario) -> None:
    import sumolib

    files = city.on_day("market").street()
    net = sumolib.net.readNet(str(files.net_file))
    for edges in flows_veh_h(files, 9):
        for a, b in pairwise(edges.split()):
            assert net.getEdge(b) in net.getEdge(a).getOutgoing()
