"""What `chauraha scenario show` tells of traffic and green waves."""

from __future__ import annotations

import json

import pytest

from scenarios.model import Scenario
from scenarios.source import read_source
from scenarios.summary import summary_document, summary_lines


def test_summary_tells_demand_junctions_and_green_waves(tiny_scenario: Scenario) -> None:
    source = read_source(tiny_scenario.folder)
    document = summary_document(tiny_scenario, source)
    assert json.loads(json.dumps(document)) == document
    assert document["demand"]["basis"] == "assumed"
    assert document["demand"]["windows"] == {"morning": [32400, 36000], "off-peak": [46800, 50400]}
    west = document["junctions"]["west"]
    assert west["off-peak"]["pcu_h"] == pytest.approx(0.6 * west["morning"]["pcu_h"], rel=1e-3)
    # Today's plan gives each of four arms 45 s of 180 s, 5 to 9 s of it intergreen: no arm is over capacity here.
    assert 0.1 < west["morning"]["degree"] < 1
    waves = document["corridors"]["main"]["plans"]
    assert set(waves) == {"today", "webster.night", "webster.day"}
    day = waves["webster.day"]
    assert day["sections"][0]["signals"] == 2
    assert min(day["end_to_end"][way]["band_s"] for way in ("outbound", "inbound")) >= 8.0
    assert day["end_to_end"]["outbound"]["share_of_cycle"] == pytest.approx(
        day["end_to_end"]["outbound"]["band_s"] / day["cycle_s"], abs=1e-3
    )
    text = "\n".join(summary_lines(tiny_scenario, source))
    for said in ("demand (assumed)", "window off-peak: 13:00 to 14:00", "mix city (assumed)", "green waves on main"):
        assert said in text


def test_summary_of_a_scenario_without_sources(tiny_scenario: Scenario) -> None:
    assert "demand" not in summary_document(tiny_scenario, None)
    assert not any("green waves" in line for line in summary_lines(tiny_scenario, None))
