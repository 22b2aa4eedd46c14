"""Two-wheelers ride through a standing queue to the stop line, and only where the sublane model drives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from envs.sumo import SumoStreet
from junction.vehicle import CLASS_INDEX, VehicleClass
from scenarios.model import EVALUATION, TRAINING, Scenario

CARS = 12
TWO_WHEELERS = 10
FIRST_TWO_WHEELER_S = 90
FRONT_M = 12.0
"""Three rows of cars. All twelve cars fill it where nobody gets past them."""


def front_of_queue(scenario: Scenario, fidelity: str, seed: int, folder: Path) -> tuple[int, int, int]:
    """Cars standing before the first two-wheeler is due; then two-wheelers and cars in front when all have come."""
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
    return (
        int(before[CLASS_INDEX[VehicleClass.CAR]]),
        int(front[CLASS_INDEX[VehicleClass.TWO_WHEELER]]),
        int(front[CLASS_INDEX[VehicleClass.CAR]]),
    )


def test_late_two_wheelers_reach_the_stop_line_past_cars_that_came_before(
    tiny_scenario: Scenario, tmp_path: Path
) -> None:
    found = [front_of_queue(tiny_scenario, EVALUATION, seed, tmp_path) for seed in (1, 2, 3)]
    assert [cars_before for cars_before, _, _ in found] == [CARS] * 3
    riders = sum(in_front for _, in_front, _ in found)
    # They came after twelve cars. A fifth of them and more stand in front now, before a third of the cars and more.
    assert riders >= 0.2 * 3 * TWO_WHEELERS
    assert all(cars <= 2 / 3 * CARS for _, _, cars in found)


def test_virtual_lanes_let_hardly_anybody_past(tiny_scenario: Scenario, tmp_path: Path) -> None:
    _, riders, cars = front_of_queue(tiny_scenario, TRAINING, 1, tmp_path)
    assert (riders, cars) == (1, 11)
