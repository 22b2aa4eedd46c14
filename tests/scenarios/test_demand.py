"""Demand by hour, direction and road on the tiny scenario, and the route file that comes of it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import pytest

from junction.errors import ScenarioError
from scenarios.demand import TripFlow, busiest_hour, hour_pcu_h, trip_flows
from scenarios.mixes import MIX, mix_at
from scenarios.model import Scenario
from scenarios.signals import read_net
from scenarios.source import Source, read_source
from scenarios.town import lay_out

TINY_SOURCE = Path(__file__).parents[1] / "fixtures" / "tiny"
TRUNK = """
[[mix]]
name = "trunk"
roads = ["{road}"]
basis = "assumed"
[mix.share]
car = 0.5
truck = 0.5

[no_entry]
classes = ["truck"]
from_h = 7
to_h = 22
basis = "assumed"
"""


def source_with(folder: Path, *changes: tuple[str, str], more: str = "") -> Source:
    shutil.copytree(TINY_SOURCE, folder)
    demand = folder / "demand.toml"
    text = demand.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    demand.write_text(text + more, encoding="utf-8")
    return read_source(folder)


def trips_of(source: Source, scenario: Scenario) -> tuple[TripFlow, ...]:
    return trip_flows(source, lay_out(source), read_net(scenario.street().net_file))


def by_end(trips: tuple[TripFlow, ...], flows: list[float], end: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for trip, flow in zip(trips, flows, strict=True):
        found[getattr(trip, end)] += flow
    return found


def test_roads_bring_in_and_take_out_their_entry_flow_times_the_hours_level(tiny_scenario: Scenario) -> None:
    source = read_source(TINY_SOURCE)
    trips = trips_of(source, tiny_scenario)
    for hour, level in ((9, 1.0), (13, 0.6), (3, 0.2)):
        flows = hour_pcu_h(source.demand, trips, hour)
        brought, taken = by_end(trips, flows, "origin"), by_end(trips, flows, "destination")
        # Main road: arterial, two lanes at 300 PCU/h; the side roads one lane at 180.
        assert brought["west.main_w"] == pytest.approx(600 * level, rel=1e-3)
        assert taken["west.north_w"] == pytest.approx(180 * level, rel=1e-3)
    assert busiest_hour(source.demand, trips, source.demand.period[1]) == 6


def test_a_tide_leans_inbound_and_keeps_the_total(tiny_scenario: Scenario, tmp_path: Path) -> None:
    centre = '\n[centre]\njunction = "east"\nradius_m = 450\nbasis = "assumed"\n'
    leaning = source_with(tmp_path / "leaning", ("[[6, 21]]\ntide = 0.0", "[[6, 21]]\ntide = 0.2"), more=centre)
    trips = trips_of(leaning, tiny_scenario)
    flows = hour_pcu_h(leaning.demand, trips, 9)
    brought, taken = by_end(trips, flows, "origin"), by_end(trips, flows, "destination")
    level = hour_pcu_h(leaning.demand, trips, 3)
    even_in = by_end(trips, level, "origin")["west.main_w"] / 0.2
    assert brought["west.main_w"] > even_in > taken["west.main_w"]
    assert brought["east.north_e"] < 180 < taken["east.north_e"]
    assert sum(brought.values()) == pytest.approx(sum(level) / 0.2)


def test_mixes_by_road_and_no_trucks_by_day(tmp_path: Path) -> None:
    plain = read_source(TINY_SOURCE)
    road = next(stub for stub in plain.stubs if stub.id == "main_w")
    other = next(stub for stub in plain.stubs if stub.id == "north_w")
    assert mix_at(plain, road, 12).id == MIX
    source = source_with(tmp_path / "mixed", more=TRUNK.format(road=road.road_en))
    night, day = mix_at(source, road, 6), mix_at(source, road, 7)
    assert (night.id, night.share) == ("mix.trunk", {"car": 0.5, "truck": 0.5})
    assert night.mean_pcu == pytest.approx(1.3)
    assert (day.id, day.share, day.mean_pcu) == ("mix.trunk.no_entry", {"car": 1.0}, 1.0)
    city = mix_at(source, other, 12)
    assert city.id == "mix.no_entry"
    assert "truck" not in city.share
    assert sum(city.share.values()) == pytest.approx(1.0)
    assert mix_at(source, other, 22).share["truck"] > 0


def test_route_file_has_one_flow_a_road_and_hour_at_the_hours_rate(tiny_scenario: Scenario) -> None:
    root = ElementTree.parse(tiny_scenario.street().route_files[0]).getroot()
    flows = list(root.iter("flow"))
    begins = [float(flow.get("begin", "")) for flow in flows]
    assert begins == sorted(begins)
    assert len(flows) == 24 * 6
    source = read_source(TINY_SOURCE)
    trips = trips_of(source, tiny_scenario)
    mean_pcu = mix_at(source, source.stubs[0], 9).mean_pcu
    per_h = sum(3600 * float(f.get("period", "")[4:-1]) for f in flows if f.get("begin") == "32400")
    assert per_h == pytest.approx(sum(hour_pcu_h(source.demand, trips, 9)) / mean_pcu, rel=1e-4)
    for way in root.iter("routeDistribution"):
        assert sum(map(float, way.get("probabilities", "").split())) == pytest.approx(1.0, abs=1e-4)


def test_street_has_its_named_windows(tiny_scenario: Scenario) -> None:
    street = tiny_scenario.street()
    assert (street.begin_s, street.end_s) == street.window("morning") == (32400.0, 36000.0)
    assert street.window("off-peak") == (46800.0, 50400.0)
    with pytest.raises(ScenarioError, match="off-peak"):
        street.window("noon")
