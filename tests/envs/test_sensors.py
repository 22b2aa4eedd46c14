from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from envs.sensors import LostWindow, SensorModel
from envs.view import JunctionView
from junction.counts import CameraState
from junction.errors import InputError
from junction.vehicle import CLASS_INDEX, VEHICLE_CLASSES

CLASSES = len(CLASS_INDEX)


def view(moving: int, queued: int, lane_groups: int = 400) -> JunctionView:
    standing = np.full((lane_groups, CLASSES), queued, np.int64)
    return JunctionView(
        present=standing + moving, queued=standing, queue_m=np.full(lane_groups, 30.0 if queued else 0.0)
    )


def test_a_perfect_camera_reports_the_truth_itself() -> None:
    truth = view(3, 4)
    assert SensorModel.perfect().distort(truth, np.random.default_rng(0)) is truth


def test_misses_doubles_and_confusion_show_at_their_rates() -> None:
    perfect = SensorModel.perfect()
    truth = view(10, 0)
    rng = np.random.default_rng(1)
    missing = replace(perfect, missed={"car": 0.3}).distort(truth, rng)
    column = CLASS_INDEX["car"]
    assert missing.present[:, column].mean() == pytest.approx(7.0, abs=0.3)
    assert (np.delete(missing.present, column, axis=1) == 10).all()
    doubling = replace(perfect, doubled=0.2).distort(truth, rng)
    assert doubling.present.mean() == pytest.approx(12.0, abs=0.2)
    confusing = replace(perfect, confused={"bus": {"truck": 0.5}}).distort(truth, rng)
    assert confusing.present[:, CLASS_INDEX["bus"]].mean() == pytest.approx(5.0, abs=0.3)
    assert confusing.present[:, CLASS_INDEX["truck"]].mean() == pytest.approx(15.0, abs=0.3)
    assert confusing.present.sum() == truth.present.sum()


def test_crossings_are_recounted_with_the_same_errors() -> None:
    crossed = np.full((400, CLASSES), 5, np.int64)
    assert SensorModel.perfect().recount(crossed, np.random.default_rng(0)) is crossed
    blind = replace(SensorModel.perfect(), missed={"bicycle": 1.0})
    assert (blind.recount(crossed, np.random.default_rng(0)).sum(axis=0) == 2000).tolist() == [
        name != "bicycle" for name in CLASS_INDEX
    ]


def test_an_empty_road_stays_empty_and_the_queue_is_part_of_what_is_present() -> None:
    empty = SensorModel().distort(view(0, 0), np.random.default_rng(2))
    assert empty.present.sum() == 0
    assert empty.queue_m.sum() == 0
    busy = SensorModel().distort(view(2, 3), np.random.default_rng(3))
    assert (busy.queued <= busy.present).all()
    assert (busy.queued >= 0).all()


def test_the_same_seed_gives_the_same_errors() -> None:
    first, second = (SensorModel().distort(view(2, 3), np.random.default_rng(4)) for _ in range(2))
    assert (first.present == second.present).all()
    assert (first.queue_m == second.queue_m).all()


def test_a_sensor_file_overrides_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text('latency_s = 2\n[[lost]]\njunction_id = "*"\nfrom_s = 1.0\nto_s = 2.0\n', encoding="utf-8")
    model = SensorModel.from_file(file)
    assert model.latency_s == 2
    assert model.lost == (LostWindow(junction_id="*", from_s=1.0, to_s=2.0),)
    assert model.doubled == SensorModel().doubled


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{"latencys": 1}', "latencys"),
        ("a.json", '{"doubled": "much"}', "doubled"),
        ("a.json", '{"doubled": 1.5}', "doubled: expected a share"),
        ("a.json", '{"missed": {"tram": 0.1}}', "tram"),
        ("a.json", "{", "expected JSON"),
        ("a.toml", "=", "expected JSON, or TOML"),
    ],
)
def test_a_wrong_sensor_file_names_the_field(tmp_path: Path, name: str, text: str, message: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        SensorModel.from_file(file)


def test_a_missing_sensor_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json"):
        SensorModel.from_file(tmp_path / "none.json")


def test_large_vehicles_hide_the_smaller_ones_of_their_lane_group_only() -> None:
    model = replace(SensorModel.perfect(), hidden={"bus": 0.2, "truck": 0.5})
    present = np.zeros((600, CLASSES), np.int64)
    present[:, CLASS_INDEX["two_wheeler"]] = 10
    present[:300, CLASS_INDEX["bus"]] = 2
    present[:300, CLASS_INDEX["truck"]] = 1
    truth = JunctionView(present=present, queued=np.zeros_like(present), queue_m=np.zeros(600))
    seen = model.distort(truth, np.random.default_rng(5)).present
    # Two buses and a truck leave 0.8 * 0.8 * 0.5 of the smaller vehicles in sight.
    assert seen[:300, CLASS_INDEX["two_wheeler"]].mean() == pytest.approx(3.2, abs=0.3)
    assert (seen[300:] == present[300:]).all()
    assert (seen[:, CLASS_INDEX["bus"]] == present[:, CLASS_INDEX["bus"]]).all()


def test_a_file_as_the_detectors_evaluation_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "sensors.json"
    file.write_text(
        '{"schema": "chauraha.sensors/1", "basis": "12 clips, 3 h", "missed": {"car": 0.1}, "hidden": {"bus": 0.1},'
        ' "lost": [{"junction_id": "west", "from_s": 1.0, "to_s": 9.0, "state": "frozen"}]}',
        encoding="utf-8",
    )
    model = SensorModel.from_file(file)
    assert model.missed == {**SensorModel().missed, "car": 0.1}
    assert model.lost[0].state is CameraState.FROZEN
    file.write_text('{"schema": "chauraha.sensors/2"}', encoding="utf-8")
    with pytest.raises(InputError, match="schema"):
        SensorModel.from_file(file)


def test_a_file_of_a_fifth_missed_has_the_camera_miss_a_fifth(tmp_path: Path) -> None:
    file = tmp_path / "sensors.json"
    file.write_text(
        '{"schema": "chauraha.sensors/1", "missed": {"car": 0.2}, "confused": {"car": {}}, "doubled": 0.0,'
        ' "hidden": {}, "evidence": [{"vehicle_class": "car", "by_eye": 40, "missed": 8, "missed_95": [0.1, 0.35]}],'
        ' "places": [{"place": "west", "by_eye": 40, "counted": 32}]}',
        encoding="utf-8",
    )
    present = np.zeros((600, len(VEHICLE_CLASSES)), dtype=np.int64)
    present[:, CLASS_INDEX["car"]] = 10
    truth = JunctionView(present=present, queued=np.zeros_like(present), queue_m=np.zeros(600))
    seen = SensorModel.from_file(file).distort(truth, np.random.default_rng(5)).present
    # 6,000 cars: a standard deviation of the mean of √(10 · 0.2 · 0.8 / 600) = 0.05.
    assert seen[:, CLASS_INDEX["car"]].mean() == pytest.approx(8.0, abs=0.2)
