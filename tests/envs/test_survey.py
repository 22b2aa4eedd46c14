"""What a street reports of its zones is what is true of every vehicle, asked one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from envs.city import CitySimulation, Episode
from envs.sensors import SensorModel
from envs.view import QUEUE_SPEED_MPS, JunctionView
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES
from scenarios.model import Scenario


def slow_truth(city: CitySimulation, junction_id: str, range_m: float | None) -> JunctionView:
    """The same view from every vehicle on the street, by its own lane, position, speed, type and length."""
    import libsumo

    layout = city.scenario.sites[junction_id].layout
    zones = city.street._junctions[junction_id].zones
    place = {lane.lane_id: (row, lane) for row, zone in enumerate(zones) for lane in zone}
    shape = (len(layout.lane_groups), len(VEHICLE_CLASSES))
    present, queued, queue_m = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape[0])
    for vehicle in libsumo.vehicle.getIDList():
        lane_id = libsumo.vehicle.getLaneID(vehicle)
        if lane_id not in place:
            continue
        row, lane = place[lane_id]
        before_m = lane.offset_m + libsumo.lane.getLength(lane_id) - libsumo.vehicle.getLanePosition(vehicle)
        storage_m = layout.lane_groups[row].storage_m
        if before_m > (storage_m if range_m is None else min(storage_m, range_m)):
            continue
        kind = CLASS_INDEX[libsumo.vehicle.getTypeID(vehicle).split("@")[0]]
        present[row, kind] += 1
        if libsumo.vehicle.getSpeed(vehicle) < QUEUE_SPEED_MPS:
            queued[row, kind] += 1
            queue_m[row] = max(queue_m[row], before_m + libsumo.vehicle.getLength(vehicle))
    return JunctionView(present=present, queued=queued, queue_m=queue_m)


@pytest.mark.parametrize("fidelity", ["training", "evaluation"])
def test_a_look_is_what_every_vehicle_says(tiny_scenario: Scenario, tmp_path: Path, fidelity: str) -> None:
    episode = Episode(begin_s=32400, end_s=32700, warmup_s=120, scale=1.5)
    queued = 0
    with CitySimulation(tiny_scenario, fidelity=fidelity, sensors=SensorModel.perfect()) as city:
        city.reset(4, episode)
        while not city.finished:
            for junction_id in city.junction_ids:
                for range_m in (None, 40.0):
                    truth = slow_truth(city, junction_id, range_m)
                    seen = city.street.look(junction_id, range_m)
                    np.testing.assert_array_equal(seen.present, truth.present)
                    np.testing.assert_array_equal(seen.queued, truth.queued)
                    # In the sublane model a longer vehicle beside the last one may reach further back.
                    slack_m = 12.0 if fidelity == "evaluation" else 1e-6
                    np.testing.assert_allclose(seen.queue_m, truth.queue_m, atol=slack_m)
                    assert (seen.queue_m <= truth.queue_m + 1e-6).all()
                    queued += int(seen.queue_veh.sum())
            city.apply([None] * len(city.junction_ids))
    assert queued > 200
