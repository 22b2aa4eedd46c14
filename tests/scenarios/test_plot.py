"""The pictures of a scenario: which are made, and what the demand's bars count."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from scenarios.model import Scenario
from scenarios.plot import _flow_vehicles, plot_scenario


def test_network_plans_corridor_and_demand_are_drawn(tiny_scenario: Scenario, tmp_path: Path) -> None:
    made = plot_scenario(tiny_scenario, tmp_path)
    names = [path.name for path in made]
    assert names[:2] == ["network.png", "plans-1.png"]
    assert names[-1] == "demand.png"
    assert "corridor-main-today.png" in names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in made)


@pytest.mark.parametrize(
    ("rate", "vehicles"),
    [
        ({"number": "7"}, 7),
        ({"vehsPerHour": "600"}, 300),
        ({"probability": "0.1"}, 180),
        ({"period": "4"}, 450),
        ({"period": "exp(0.05)"}, 90),
        ({}, 0),
    ],
)
def test_a_flow_counts_by_whichever_rate_it_has(rate: dict[str, str], vehicles: float) -> None:
    assert _flow_vehicles(ElementTree.Element("flow", rate), 1800.0) == pytest.approx(vehicles)
