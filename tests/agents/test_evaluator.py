import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents import report
from agents.episode import EpisodeResult, EpisodeTask, is_gridlocked, measure
from agents.evaluator import Evaluation, evaluate
from envs.trips import Trip
from junction.errors import InputError, StreetError

TASK = EpisodeTask(scenario="tiny", controller="fixed", seed=1, fidelity="training")


def trip(
    due_s: float,
    *,
    delay_s: float = 10.0,
    wait_s: float = 5.0,
    depart_delay_s: float = 0.0,
    duration_s: float | None = 100.0,
    departed: bool = True,
) -> Trip:
    """`duration_s` None: on its way at the end."""
    return Trip(
        vehicle_id=f"car.{due_s}",
        class_name="car",
        due_s=due_s,
        departed=departed,
        arrived=departed and duration_s is not None,
        duration_s=duration_s or 0.0,
        time_loss_s=delay_s,
        depart_delay_s=depart_delay_s,
        waiting_s=wait_s,
        stops=2,
        route_m=500.0,
    )


def result(controller: str, seed: int, delay_s: float, **other: object) -> EpisodeResult:
    base = measure([trip(0.0)], task=TASK, begin_s=0.0, end_s=600.0, unsafe_events=0, wall_s=1.0)
    return replace(base, controller=controller, seed=seed, delay_s=delay_s, **other)  # type: ignore[arg-type]


def evaluation(delays: dict[str, list[float]], **other: object) -> Evaluation:
    seeds = tuple(range(1, 1 + len(next(iter(delays.values())))))
    return Evaluation(
        scenario="tiny",
        sumo_version="1.28.0",
        fidelity="training",
        sensors="default",
        begin_s=0.0,
        end_s=600.0,
        seeds=seeds,
        episodes={
            name: tuple(result(name, seed, d, **other) for seed, d in zip(seeds, row, strict=True))
            for name, row in delays.items()
        },
    )


def test_measures_count_the_unfinished_and_the_never_inserted() -> None:
    trips = [
        trip(0.0, delay_s=20.0, wait_s=10.0),
        trip(10.0, delay_s=50.0, wait_s=40.0, duration_s=None),
        trip(20.0, delay_s=0.0, wait_s=0.0, depart_delay_s=580.0, departed=False, duration_s=None),
    ]
    measured = measure(trips, task=TASK, begin_s=0.0, end_s=600.0, unsafe_events=2, wall_s=1.0)
    assert measured.delay_s == pytest.approx((20 + 50 + 580) / 3)
    assert measured.wait_s == pytest.approx((10 + 40 + 580) / 3)
    assert measured.max_wait_s == 580.0
    assert measured.queue_veh == pytest.approx(630 / 600)
    assert measured.trip_s == 100.0
    assert (measured.throughput_veh, measured.due_veh, measured.unfinished_veh) == (1, 3, 2)
    assert measured.unsafe_events == 2


def test_nobody_arrived_gives_no_trip_time() -> None:
    lone = measure([trip(0.0, duration_s=None)], task=TASK, begin_s=0.0, end_s=60.0, unsafe_events=0, wall_s=1.0)
    assert lone.trip_s is None
    with pytest.raises(InputError, match="at least one"):
        measure([], task=TASK, begin_s=0.0, end_s=60.0, unsafe_events=0, wall_s=1.0)


def test_flowing_traffic_is_no_gridlock() -> None:
    assert not is_gridlocked([trip(float(s)) for s in range(0, 3600, 30)], 0.0, 3600.0)


def test_a_quiet_street_is_no_gridlock() -> None:
    assert not is_gridlocked([trip(0.0), trip(2000.0)], 0.0, 3600.0)


def test_no_arrival_for_five_minutes_with_vehicles_there_is_gridlock() -> None:
    trips = [*(trip(float(s)) for s in range(0, 1000, 50)), trip(990.0, duration_s=None)]
    assert is_gridlocked(trips, 0.0, 3600.0)
    assert not is_gridlocked(trips, 0.0, 1300.0)


def test_stuck_vehicles_are_gridlock_though_others_still_arrive() -> None:
    flowing = [trip(float(s)) for s in range(0, 3600, 30)]
    stuck = [trip(float(s), wait_s=1200.0, duration_s=None) for s in range(10)]
    assert is_gridlocked([*flowing, *stuck], 0.0, 3600.0)
    assert not is_gridlocked([*flowing, *(replace(t, waiting_s=200.0) for t in stuck)], 0.0, 3600.0)


def test_the_document_has_the_promised_keys_and_figures() -> None:
    document = evaluation(
        {"fixed": [30.0, 40.0], "webster": [20.0, 20.0], "policy": [15.0, 17.0]}, unsafe_events=1, max_wait_s=70.0
    ).to_document()
    json.dumps(document)
    assert {
        "scenario",
        "sumo_version",
        "begin_s",
        "end_s",
        "seeds",
        "controllers",
        "best_rival",
        "policy_vs_best_rival",
    } <= set(document)
    assert document["best_rival"] == "webster"
    assert document["policy_vs_best_rival"]["ratio"] == pytest.approx(0.8)
    # residuals -1 and 1, sd sqrt(2), t 12.7062: half = 12.7062 x sqrt(2) / (sqrt(2) x 20)
    assert document["policy_vs_best_rival"]["hi"] == pytest.approx(0.8 + 12.7062 / 20, rel=1e-5)
    fixed = document["controllers"]["fixed"]
    assert {
        "delay_s",
        "wait_s",
        "stops",
        "trip_s",
        "queue_veh",
        "throughput_veh",
        "max_wait_s",
        "gridlock_rate",
        "unsafe_events",
        "per_seed_delay_s",
    } <= set(fixed)
    assert fixed["delay_s"]["mean"] == 35.0
    assert fixed["per_seed_delay_s"] == [30.0, 40.0]
    assert fixed["unsafe_events"] == 2
    assert fixed["max_wait_s"] == 70.0
    assert fixed["gridlock_rate"] == 0.0


def test_the_policy_is_not_its_own_rival() -> None:
    document = evaluation({"policy:a.onnx": [10.0, 11.0], "fixed": [30.0, 31.0]}).to_document()
    assert document["best_rival"] == "fixed"
    assert document["learned_vs_best_rival"]["policy:a.onnx"]["ratio"] == pytest.approx(21 / 61)


def test_what_cannot_be_known_is_null_with_its_reason() -> None:
    document = evaluation({"fixed": [30.0]}, trip_s=None).to_document()
    assert document["controllers"]["fixed"]["delay_s"] == {"mean": 30.0, "lo": None, "hi": None}
    assert document["controllers"]["fixed"]["trip_s"] is None
    assert document["policy_vs_best_rival"] is None
    assert len(document["notes"]) == 3


def test_gridlock_rate_is_the_share_of_seeds() -> None:
    jammed = evaluation({"fixed": [30.0, 31.0]})
    episodes = jammed.episodes["fixed"]
    half = replace(jammed, episodes={"fixed": (replace(episodes[0], gridlocked=True), episodes[1])})
    assert half.to_document()["controllers"]["fixed"]["gridlock_rate"] == 0.5


def test_the_report_shows_every_controller_best_first() -> None:
    document = evaluation({"fixed": [30.0, 40.0], "policy": [15.0, 17.0]}).to_document()
    rows = report.rows(document)
    assert [row[0] for row in rows] == ["policy", "fixed"]
    assert rows[0][2] == "0.457"
    text = report.markdown(document)
    assert "policy: 0.457 x the delay of fixed" in text
    assert text.count("\n| ") == 4
    lines = report.csv_text(document).splitlines()
    assert lines[0].startswith("scenario,controller,seed,delay_s,")
    assert len(lines) == 5


@pytest.mark.parametrize(("seeds", "workers", "field"), [([], 1, "seeds"), ([1, 1], 1, "seeds"), ([1], 0, "workers")])
def test_bad_seeds_and_workers_are_named(seeds: list[int], workers: int, field: str) -> None:
    with pytest.raises(InputError, match=field):
        evaluate("kanpur", ["fixed"], seeds, fidelity="training", workers=workers)


def test_a_bad_controller_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.onnx"):
        evaluate("kanpur", ["fixed", f"policy:{tmp_path / 'none.onnx'}"], [1], fidelity="training")
    with pytest.raises(InputError, match="max-presure"):
        evaluate("kanpur", ["max-presure"], [1], fidelity="training")


def test_a_workers_error_arrives_with_its_message() -> None:
    with pytest.raises(StreetError, match=r"fixed, seed 1: .*fidelity"):
        evaluate("kanpur", ["fixed"], [1], fidelity="none", workers=1)
