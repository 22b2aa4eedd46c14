"""Tuning: the same budget for every rival, the best setting taken, gridlock never."""

from dataclasses import replace

import pytest

from agents import tuning
from agents.episode import EpisodeResult, EpisodeTask
from agents.roster import make_controller
from agents.tuning import BUDGET, GRIDS, TUNING_SEED, Tuning, candidates, tune, tuning_from_document
from junction.errors import InputError
from scenarios.load import load_scenario

TRIED = Tuning(
    begin_s=0.0,
    end_s=600.0,
    seeds=(TUNING_SEED,),
    trials={"sotl": {"sotl@platoon_veh=2": 40.0, "sotl@platoon_veh=4": 30.0, "sotl@platoon_veh=6": 9.0}},
    gridlocked=("sotl@platoon_veh=6",),
)


def test_every_rival_has_the_same_budget_and_every_candidate_can_be_made() -> None:
    kanpur = load_scenario("kanpur")
    for name in (*GRIDS, "general"):
        tried = candidates(name)
        assert len(set(tried)) == BUDGET
        assert [make_controller(one, kanpur).name for one in tried] == tried
    assert candidates("fixed") == []


def test_the_best_flows_and_has_least_delay() -> None:
    assert TRIED.best("sotl") == "sotl@platoon_veh=4"
    assert TRIED.best("fixed") == "fixed"
    assert tuning_from_document(TRIED.to_document()) == TRIED


def test_trials_of_two_tunings_stand_side_by_side() -> None:
    other = replace(
        TRIED, trials={"max-wave": {"max-wave@interval_s=5": 9.0, "max-wave": 10.0}}, gridlocked=("max-wave",)
    )
    both = TRIED.with_trials_of(other)
    assert (both.best("sotl"), both.best("max-wave")) == ("sotl@platoon_veh=4", "max-wave@interval_s=5")
    assert set(both.gridlocked) == {"sotl@platoon_veh=6", "max-wave"}


def test_a_document_that_lacks_a_field_is_refused() -> None:
    with pytest.raises(InputError, match="seeds"):
        tuning_from_document({"begin_s": 0, "end_s": 1})


def test_tuning_runs_its_own_seeds_and_takes_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_all(tasks: list[EpisodeTask], _workers: object, _on_done: object) -> list[EpisodeResult]:
        return [
            replace(RESULT, controller=t.controller, seed=t.seed, delay_s=10.0 + t.seed - TUNING_SEED) for t in tasks
        ]

    monkeypatch.setattr(tuning, "run_all", run_all)
    found = tune("tiny", ["fixed", "max-wave"], fidelity="training", begin_s=0.0, end_s=600.0, seeds=2)
    assert found.seeds == (TUNING_SEED, TUNING_SEED + 1)
    assert list(found.trials) == ["max-wave"]
    assert set(found.trials["max-wave"].values()) == {10.5}


RESULT = EpisodeResult(
    controller="", seed=0, begin_s=0.0, end_s=600.0, sensors="default", sumo_version="1.28.0", delay_s=0.0, wait_s=0.0,
    stops=0.0, trip_s=None, queue_veh=0.0, throughput_veh=0, max_wait_s=0.0, due_veh=1, unfinished_veh=0,
    gridlocked=False, unsafe_events=0, wall_s=0.0,
)  # fmt: skip
