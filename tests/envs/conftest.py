"""Streets for tests: the tiny scenario with its own traffic, or with vehicles put where a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from envs.sumo import SumoStreet
from scenarios.model import Scenario, StreetFiles

PlaceVehicles = Callable[[Sequence[str]], StreetFiles]


@pytest.fixture
def place_vehicles(tiny_scenario: Scenario, tmp_path: Path) -> PlaceVehicles:
    """The tiny training street with only the vehicles of the given XML elements."""

    def place(elements: Sequence[str]) -> StreetFiles:
        routes = tmp_path / "placed.rou.xml"
        routes.write_text("\n".join(["<routes>", *elements, "</routes>"]), encoding="utf-8")
        return replace(tiny_scenario.street(), route_files=(routes,))

    return place


@pytest.fixture(autouse=True)
def _no_street_left() -> Iterator[None]:
    """A test that fails half-way must not leave its street to the next one."""
    yield
    if SumoStreet._running is not None:
        SumoStreet._running.close()
