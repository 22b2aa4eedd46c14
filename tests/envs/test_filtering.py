"""Two-wheelers ride through a standing queue to the stop line, and only where the sublane model drives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from envs.sumo import SumoStreet
from junction.vehicle import CLASS_INDEX, VehicleClass
from scenarios.model import EVALUATION, TRAINING, Scenario

CARS = 12
TWO_WHEELERS = 10
FIRST_TWO_WHEELER_S = 90
FRONT_M = 12.0
"""Three rows of cars: ten or eleven of the twelve fill it where nobody gets past them."""
STOP_LINE_M = 4.0
"""Beside a first car or before it."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """Cars standing before the first rider is due; then who stands in front when all have come, `first` at the line."""

    cars_before: int
    riders: int
    cars: int
    first: int


def front_of_queue(scenario: Scenario, fidelity: str, seed: int, folder: Path) -> Front:
    """A red light on two lanes: twelve cars come, then ten two-wheelers."""
    way = 'from="west.main_w--west" to="west--east" departLane="random"'
    cars = [f'<trip id="car.{i}" type="car" depart="{3 * i}" {way}/>' for i in range(CARS)]
    riders = [
        f'<trip id="two_wheeler.{i}" type="two_wheeler" depart="{FIRST_TWO_WHEELER_S + 2 * i}" {way}/>'
        for i in range(TWO_WHEELERS)
    ]
    routes = folder / f"{fidelity}.{seed}.rou.xml"
    routes.write_text("\n".join(["<routes>", *cars, *riders, "</routes>"]), encoding="utf-8")
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    row = layouts["west"].lane_group_index["main_w_s"]
    files = replace(scenario.street(fidelity), route_files=(routes,))
    with SumoStreet(files, layouts, seed=seed, begin_s=0.0, end_s=260.0) as street:
        street.run_until(float(FIRST_TWO_WHEELER_S))
        before = street.look("west").queued[row]
        street.run_until(260.0)
        front = street.look("west", FRONT_M).queued[row]
        assert street.look("west").queued[row].sum() == CARS + TWO_WHEELERS
        first = street.look("west", STOP_LINE_M).queued[row]
    rider, car = CLASS_INDEX[VehicleClass.TWO_WHEELER], CLASS_INDEX[VehicleClass.CAR]
    return Front(cars_before=int(before[car]), riders=int(front[rider]), cars=int(front[car]), first=int(first[rider]))


def test_two_wheelers_that_come_late_filter_to_the_stop_line(tiny_scenario: Scenario, tmp_path: Path) -> None:
    fronts = [front_of_queue(tiny_scenario, EVALUATION, seed, tmp_path) for seed in (1, 2, 3)]
    for front in fronts:
        # All twelve cars stood there before the first of ten riders came; half of these pass most of them.
        assert front.cars_before == CARS
        assert front.riders >= TWO_WHEELERS / 2
        assert front.first >= 1


def test_virtual_lanes_let_hardly_anybody_past(tiny_scenario: Scenario, tmp_path: Path) -> None:
    front = front_of_queue(tiny_scenario, TRAINING, 1, tmp_path)
    assert (front.riders, front.first) == (1, 0)
