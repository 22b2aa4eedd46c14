"""The error model by hand: who is matched with whom, what few vehicles may say, and that simulated cameras read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("lap", reason="install the detect extra: pip install 'chauraha[detect]'")

from detector.error_model import Crossing, ErrorTally, Matched, match
from envs.sensors import SensorModel
from junction.vehicle import VEHICLE_CLASSES


def car(at_s: float, name: str = "car") -> Crossing:
    return Crossing(at_s=at_s, names=(name,))


def test_the_nearest_in_time_and_class_are_matched() -> None:
    by_hand = [car(10.0), car(10.4, "truck"), car(20.0), car(30.0)]
    counted = [car(10.3, "truck"), car(10.5), car(20.9), car(33.0)]
    pairs = match(by_hand, counted)
    assert pairs == [
        Matched(by_hand=by_hand[0], counted=counted[1]),
        Matched(by_hand=by_hand[1], counted=counted[0]),
        Matched(by_hand=by_hand[2], counted=counted[2]),
        Matched(by_hand=by_hand[3], counted=None),
        Matched(by_hand=None, counted=counted[3]),
    ]


def test_what_the_eye_too_may_take_it_for_is_no_confusion() -> None:
    pickup = Crossing(at_s=1.0, names=("lcv", "truck"))
    tally = ErrorTally()
    tally.add_crossings("p", [pickup] * 3, [car(1.0, "truck"), car(1.0, "truck"), car(1.0)])
    assert tally.taken_for["lcv"] == {"lcv": 2, "car": 1}


def test_a_class_that_the_weights_lack_is_always_taken_for_another() -> None:
    tally = ErrorTally(lacking=frozenset({"lcv"}))
    tally.add_crossings("p", [Crossing(at_s=1.0, names=("lcv", "car"))], [car(1.0)])
    document = tally.document("weights")
    assert document["confused"] == {"lcv": {"car": 1.0}}
    assert document["basis"].endswith("classes that these weights lack: lcv")


def test_shares_are_pulled_to_that_of_all_classes_by_how_few_there_were() -> None:
    tally = ErrorTally()
    tally.add_crossings("a", [car(10.0 * i) for i in range(20)], [car(10.0 * i) for i in range(18)] + [car(900.0)])
    tally.add_totals("b", {"auto_rickshaw": 10}, {"car": 7})
    document = tally.document("weights")
    pooled = (2 + 3 + 0.5) / (20 + 10 + 1)
    assert document["missed"]["car"] == pytest.approx((2 + 10 * pooled) / 30, abs=1e-4)
    assert document["missed"]["bus"] == pytest.approx(pooled, abs=1e-4)
    assert document["doubled"] == pytest.approx(1.5 / 21, abs=1e-4)
    everything = document["evidence"][-1]
    assert everything == {
        "vehicle_class": "all",
        "by_eye": 30,
        "missed": 5,
        "doubled": 1,
        # Wilson's interval by hand: (5 + z²/2 ± z √(5·25/30 + z²/4)) / (30 + z²), z = 1.96.
        "missed_95": [0.0734, 0.3356],
    }
    assert document["places"] == [
        {"place": "a", "by_eye": 20, "counted": 19},
        {"place": "b", "by_eye": 10, "counted": 7},
    ]
    assert "30 vehicles counted by eye at 2 places (20 of them one by one)" in document["basis"]


def test_nothing_is_said_of_what_two_vehicles_are_taken_for() -> None:
    tally = ErrorTally()
    tally.add_crossings("a", [car(0.0, "bus"), car(9.0, "bus")], [car(0.0, "truck"), car(9.0, "truck")])
    assert "bus" not in tally.document("weights")["confused"]
    tally.add_crossings("a", [car(18.0, "bus")], [car(18.0, "bus")])
    assert tally.document("weights")["confused"]["bus"] == {"truck": pytest.approx(2 / 3, abs=1e-4)}


def test_the_simulated_cameras_read_it(tmp_path: Path) -> None:
    tally = ErrorTally(lacking=frozenset({"auto_rickshaw"}))
    tally.add_crossings(
        "a", [car(10.0 * i, "auto_rickshaw") for i in range(30)], [car(10.0 * i) for i in range(0, 30, 2)]
    )
    file = tmp_path / "sensors.json"
    file.write_text(json.dumps(tally.document("weights")))
    assert json.loads(file.read_text())["places"] == [{"place": "a", "by_eye": 30, "counted": 15}]
    model = SensorModel.from_file(file)
    assert set(model.missed) == {str(name) for name in VEHICLE_CLASSES}
    assert model.missed["auto_rickshaw"] == pytest.approx((15 + 10 * 0.5) / 40, abs=1e-4)
    assert model.confused["auto_rickshaw"] == {"car": 1.0}
    # What it does not name stays as it was assumed.
    assert model.confused["bus"] == SensorModel().confused["bus"]
    assert model.latency_s == SensorModel().latency_s


def test_a_view_that_the_weights_do_not_know_is_named_and_left_out() -> None:
    tally = ErrorTally()
    tally.add_crossings("drone", [car(10.0 * i) for i in range(93)], [])
    tally.add_crossings("pole", [car(10.0 * i) for i in range(10)], [car(10.0 * i) for i in range(10)])
    document = tally.document("weights")
    assert document["missed"]["car"] == pytest.approx((0 + 10 * 0.5 / 11) / 20, abs=1e-4)
    assert document["basis"].endswith("left out, because nothing is seen there: drone")
    assert {"place": "drone", "by_eye": 93, "counted": 0} in document["places"]
