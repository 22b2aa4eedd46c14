"""What a policy is shown is the same in training and in service: one street, in the simulation and over HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest

from controller.app import create_app
from controller.settings import Settings
from envs.camera import CityLook
from envs.city import CitySimulation, Episode
from envs.sensors import LostWindow, SensorModel
from junction.counts import CameraState, CountRecord
from junction.encoding import STAGE_FEATURES, encode, stage_mask
from junction.policy import Proposal, Situation
from junction.signals import state_to_document
from scenarios.model import Scenario

BEGIN_S = 32_400.0
FAULTS = (
    LostWindow(junction_id="west", from_s=BEGIN_S + 100, to_s=BEGIN_S + 150),
    LostWindow(junction_id="east", from_s=BEGIN_S + 120, to_s=BEGIN_S + 140, state=CameraState.FROZEN),
)
"""West is lost for longer than a reading is known; east repeats one picture and then says that it is frozen."""


@pytest.mark.parametrize("fidelity", ["training", "evaluation"])
async def test_the_simulation_and_the_service_encode_the_same_vector(
    tiny_scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fidelity: str
) -> None:
    sensors = SensorModel(latency_s=0.0, hidden={"bus": 0.2}, lost=FAULTS)
    settings = Settings.model_validate({"data": tmp_path / "data", "clock": "driven", "access": "open"})
    app = create_app(settings, tiny_scenario, None)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    compared = unknown = 0
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        with CitySimulation(tiny_scenario, fidelity=fidelity, sensors=sensors) as city:
            city.reset(3, Episode(begin_s=BEGIN_S, end_s=BEGIN_S + 240))
            reports: list[CountRecord] = []
            cameras = city.cameras
            look = cameras.look

            def keep(time_s: float) -> CityLook:
                seen = look(time_s)
                reports.extend(cameras.records(seen))
                return seen

            monkeypatch.setattr(cameras, "look", keep)
            city.apply([None, None])
            while not city.finished:
                situations = city.observe()
                rows, masks = city.encoded()
                await post(http, "/v1/twin/clock", {"time_at": city.at})
                for record in reports:
                    await post(http, f"/v1/junctions/{record.junction_id}/counts", record.to_document())
                reports.clear()
                for index, situation in enumerate(situations):
                    layout, lamps = situation.layout, situation.observation.signals
                    await post(http, f"/v1/junctions/{layout.id}/control", status(situation, city.at))
                    state = app.state.service.states[layout.id]
                    observation = state.observation(city.at)
                    assert observation.signals.lamps == lamps.lamps
                    served = Situation(
                        layout=state.site.layout,
                        observation=observation,
                        allowed=state.guard.allowed(observation.signals),
                    )
                    np.testing.assert_array_equal(encode(served), encode(situation))
                    np.testing.assert_array_equal(encode(served), rows[index])
                    np.testing.assert_array_equal(stage_mask(served), masks[index])
                    compared += 1
                    unknown += int(encode(situation)[:, STAGE_FEATURES.index("unknown_share")].any())
                city.apply([Proposal(stage_id=s.layout.stages[int(s.allowed.argmax())].id) for s in situations])
    assert compared == 2 * 47
    assert 0 < unknown < compared / 2


async def post(http: httpx.AsyncClient, path: str, body: dict[str, object]) -> None:
    answer = await http.post(path, json=body)
    assert answer.status_code == 200, answer.text


def status(situation: Situation, at: float) -> dict[str, object]:
    return {
        "schema": "chauraha.status/1",
        "boot_id": "field",
        "at": at,
        "seq_seen": 0,
        "rung": 0,
        "mode": "ai",
        "cause": "as_planned",
        "plan_running": None,
        "clock_err_ms": 0.0,
        "faults": [],
        "manual": False,
        "signals": state_to_document(situation.layout, situation.observation.signals),
        "reasons": [],
    }
