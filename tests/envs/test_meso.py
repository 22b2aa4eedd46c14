"""The mesoscopic street: lamps and demand as elsewhere, and nothing that a camera could see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from envs.sumo import SumoStreet
from envs.sumo_command import TRIPINFO_FILE
from envs.trips import read_trips, total
from junction.errors import InputError, StreetError
from junction.signals import Lamp
from scenarios.day_files import StandingVehicle
from scenarios.model import EVALUATION, MESO, Scenario

BEGIN_S = 32400.0
END_S = 33600.0


def run(city: Scenario, fidelity: str, folder: Path) -> float:
    """Mean delay under today's plans."""
    layouts = {junction_id: site.layout for junction_id, site in city.sites.items()}
    files = city.street(fidelity)
    with SumoStreet(
        files,
        layouts,
        seed=1,
        begin_s=BEGIN_S,
        end_s=END_S,
        programs="native",
        output_dir=folder,
        count_crossings=False,
    ) as street:
        street.run_until(END_S)
    totals = total(read_trips(folder / TRIPINFO_FILE, END_S))
    assert totals.arrived > 0.7 * totals.vehicles
    assert totals.mean_delay_s is not None
    return totals.mean_delay_s


def test_its_delay_is_of_the_size_of_the_sublane_models(tiny_scenario: Scenario, tmp_path: Path) -> None:
    meso_s, sublane_s = (run(tiny_scenario, f, tmp_path / f) for f in (MESO, EVALUATION))
    assert 0.5 * sublane_s < meso_s < 2.0 * sublane_s


def test_nobody_passes_a_red_lamp(tiny_scenario: Scenario, tmp_path: Path) -> None:
    layouts = {junction_id: site.layout for junction_id, site in tiny_scenario.sites.items()}
    with SumoStreet(
        tiny_scenario.street(MESO), layouts, seed=1, begin_s=BEGIN_S, end_s=END_S, count_crossings=False
    ) as street:
        for junction_id, layout in layouts.items():
            street.show(junction_id, [Lamp.RED] * len(layout.groups))
        street.run_until(BEGIN_S + 300)
        assert street.vehicles_departed > 50
        assert street.vehicles_arrived == 0


def test_a_camera_sees_nothing_there_and_says_so(tiny_scenario: Scenario) -> None:
    layouts = {junction_id: site.layout for junction_id, site in tiny_scenario.sites.items()}
    files = tiny_scenario.street(MESO)
    with SumoStreet(files, layouts, seed=1, count_crossings=False) as street, pytest.raises(StreetError, match="lanes"):
        street.look("west")
    broken = StandingVehicle(
        id="truck.x", type_id="truck", edges=("west--east",), lane="west--east_0", at_m=9.0, from_s=0.0, until_s=9.0
    )
    for wrong, options in (
        (files, {}),
        (files, {"count_crossings": False, "programs": "actuated"}),
        (replace(files, standing=(broken,)), {"count_crossings": False}),
    ):
        with pytest.raises(InputError, match="a street with lanes"):
            SumoStreet(wrong, layouts, seed=1, **options)  # type: ignore[arg-type]
