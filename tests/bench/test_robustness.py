"""`bench.robustness`: the strained sensor model is the shipped one but for the strain, and every point is run once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents.episode import EpisodeResult, EpisodeTask
from bench import robustness
from bench.robustness import STRAINS, Bench, draw, point, sensors_document, strains_of
from envs.sensors import SensorModel
from junction.errors import InputError


def model(tmp_path: Path, strain: str, value: float) -> SensorModel:
    file = tmp_path / "sensors.json"
    file.write_text(json.dumps(sensors_document(strain, value)))
    return SensorModel.from_file(file)


def test_the_usual_value_is_the_shipped_model(tmp_path: Path) -> None:
    for strain, varied in STRAINS.items():
        assert model(tmp_path, strain, varied.values[0]) == SensorModel()
        assert point(strain, varied.values[0]) == "usual"


def test_a_strain_changes_one_thing(tmp_path: Path) -> None:
    lost = model(tmp_path, "camera_loss", 0.25)
    # Every 3600 / 10 = 360 s of working an outage of 120 s begins: a quarter of the time is lost.
    assert replace(lost, outages_per_h=0.0, outage_s=120.0) == SensorModel()
    assert lost.outages_per_h == pytest.approx(10.0)
    assert model(tmp_path, "latency", 5.0) == replace(SensorModel(), latency_s=5.0)
    assert set(model(tmp_path, "count_error", 0.3).missed.values()) == {0.3}


def test_only_some_points_are_asked_for() -> None:
    assert strains_of("").keys() == STRAINS.keys()
    asked = strains_of("camera_loss=0.25,demand=1.3,camera_loss=0.1")
    assert {name: strain.values for name, strain in asked.items()} == {
        "camera_loss": (0.0, 0.25, 0.1),
        "demand": (1.0, 1.3),
    }
    for wrong in ("camera_loss=0.2", "camera_loss", "weather=1"):
        with pytest.raises(InputError, match=r"camera_loss=0\.1"):
            strains_of(wrong)


def test_a_point_is_run_once_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[EpisodeTask] = []

    def run_all(tasks: list[EpisodeTask], _workers: int, on_done: object) -> None:
        ran.extend(tasks)
        for task in tasks:
            on_done(replace(RESULT, controller=task.controller, seed=task.seed, delay_s=10.0 * task.scale))  # type: ignore[operator]

    monkeypatch.setattr(robustness, "run_all", run_all)
    bench = Bench(
        scenario="tiny", controllers=("fixed", "sotl"), seeds=(1, 2), begin_s=0.0, end_s=60.0, workers=1, out=tmp_path
    )
    bench.run("latency", 1.0)
    bench.run("demand", 1.0)
    assert len(ran) == 4
    bench.run("demand", 1.3)
    assert bench.delay_s("demand", 1.3, "sotl") == pytest.approx(13.0)
    draw({"demand": {"sotl": {1.0: 10.0, 1.3: 13.0}}}, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


RESULT = EpisodeResult(
    controller="", seed=0, begin_s=0.0, end_s=600.0, sensors="default", sumo_version="1.28.0", delay_s=0.0, wait_s=0.0,
    stops=0.0, trip_s=None, queue_veh=0.0, throughput_veh=0, max_wait_s=0.0, due_veh=1, unfinished_veh=0,
    gridlocked=False, unsafe_events=0, wall_s=0.0,
)  # fmt: skip
