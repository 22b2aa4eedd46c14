from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("stable_baselines3", reason="needs: pip install 'chauraha[train]'")

from envs.action_mode import action_mode
from envs.city_vec_env import CityVecEnv
from envs.city_worker import CitySpec
from envs.episodes import EpisodePlan
from envs.sensors import SensorModel
from envs.stage_duration import GREENS_S
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError
from scenarios.model import Scenario


def spec(scenario: Scenario) -> CitySpec:
    return CitySpec(scenario=scenario.folder, episodes=EpisodePlan(length_s=30, warmup_s=30, scale=(0.8, 1.2)))


@pytest.fixture
def pair(tiny_scenario: Scenario) -> Iterator[CityVecEnv]:
    env = CityVecEnv(spec(tiny_scenario), processes=2, seed=3)
    yield env
    env.close()


def masked(env: CityVecEnv) -> NDArray[np.int64]:
    return np.array([np.flatnonzero(mask)[0] for mask in env.env_method("action_masks")])


def test_slots_step_reset_by_themselves_and_leave_no_process(pair: CityVecEnv) -> None:
    assert pair.worker_pids == []
    assert pair.num_envs == 4
    assert pair.get_attr("junction_id") == ["west", "east", "west", "east"]
    rows = pair.reset()
    assert rows.shape == (4, MAX_STAGES, len(STAGE_FEATURES))
    assert rows.dtype == np.float32
    for step in range(1, 13):
        rows, rewards, dones, infos = pair.step(masked(pair))
        assert rewards.shape == (4,)
        ended = step % 6 == 0  # 30 s of 5 s decisions
        assert dones.tolist() == [ended] * 4
        assert all(info["accepted"] for info in infos)
        assert all(("terminal_observation" in info) == ended for info in infos)
        assert all(info.get("TimeLimit.truncated", False) == ended for info in infos)
        if ended:
            assert not np.array_equal(infos[0]["terminal_observation"], rows[0])
    pids = pair.worker_pids
    assert len(pids) == 2
    pair.close()
    assert multiprocessing.active_children() == []
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(StreetError, match="call reset"):
        pair.step(np.zeros(4, np.int64))


def test_streets_of_several_scenarios_stand_one_after_another(tiny_scenario: Scenario) -> None:
    only_east = replace(spec(tiny_scenario), controlled=("east",))
    env = CityVecEnv(spec(tiny_scenario), more=[only_east], seed=3)
    try:
        assert env.get_attr("junction_id") == ["west", "east", "east"]
        rows = env.reset()
        assert rows.shape == (3, MAX_STAGES, len(STAGE_FEATURES))
        stages = [len(tiny_scenario.sites[i].layout.stages) for i in ("west", "east", "east")]
        assert rows[:, :, 0].sum(axis=1).tolist() == stages
        for _ in range(6):
            rows, rewards, dones, infos = env.step(masked(env))
        assert rewards.shape == (3,)
        assert dones.all()
        assert [info["junction_id"] for info in infos] == ["west", "east", "east"]
        assert len(env.worker_pids) == 2
    finally:
        env.close()
    with pytest.raises(InputError, match="expected the mode of the first"):
        CityVecEnv(spec(tiny_scenario), more=[replace(only_east, mode="cycle_splits")], seed=3)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_episodes_whatever_the_number_of_processes(
    tiny_scenario: Scenario, pair: CityVecEnv
) -> None:
    def play(env: CityVecEnv) -> list[NDArray[np.float32]]:
        seen = [env.reset()[:2]]
        for _ in range(8):
            rows, rewards, _, _ = env.step(masked(env))
            seen += [rows[:2], rewards[:2]]
        return seen

    alone = CityVecEnv(spec(tiny_scenario), processes=1, seed=3)
    try:
        for one, other in zip(play(pair), play(alone), strict=True):
            np.testing.assert_array_equal(one, other)
    finally:
        alone.close()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_trip_list_whatever_the_number_of_processes(
    tiny_scenario: Scenario, tmp_path: Path
) -> None:
    trips = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        env = CityVecEnv(replace(spec(tiny_scenario), output_dir=folder), processes=processes, seed=3)
        try:
            env.reset()
            for _ in range(8):  # into the second episode: the first one's trips are written
                env.step(masked(env))
        finally:
            env.close()
        whole = (folder / "0" / "tripinfo.xml").read_bytes()
        trips.append(re.sub(rb"<!--.*?-->", b"", whole, flags=re.DOTALL))  # the time of writing, and the path
    assert trips[0].count(b"<tripinfo ") > 5
    assert trips[0] == trips[1]
    assert (tmp_path / "2" / "1" / "tripinfo.xml").is_file()


@pytest.mark.parametrize("mode", ["stage_duration", "cycle_splits_box"])
def test_every_mode_runs_on_it(tiny_scenario: Scenario, mode: str) -> None:
    env = CityVecEnv(replace(spec(tiny_scenario), mode=mode), seed=3)
    try:
        env.reset()
        assert env.action_space == action_mode(mode).space()
        if mode == "stage_duration":
            assert all(mask.shape == (len(GREENS_S),) and mask.any() for mask in env.env_method("action_masks"))
            actions = masked(env)
        else:
            with pytest.raises(AttributeError, match="masked mode"):
                env.env_method("action_masks")
            actions = np.zeros((2, MAX_STAGES), np.float32)
        _, _, _, infos = env.step(actions)
        assert [info["accepted"] for info in infos] == [mode == "stage_duration"] * 2
        assert all(("plan" in info["applied"]) == (mode == "cycle_splits_box") for info in infos)
    finally:
        env.close()


def test_a_process_that_dies_is_replaced_and_its_episode_truncated(pair: CityVecEnv) -> None:
    pair.reset()
    before, _, _, _ = pair.step(masked(pair))
    os.kill(pair.worker_pids[0], signal.SIGKILL)
    with pytest.warns(RuntimeWarning, match="restarted"):
        rows, rewards, dones, infos = pair.step(masked(pair))
    assert dones.tolist() == [True, True, False, False]
    assert rewards[:2].tolist() == [0, 0]
    assert [info.get("TimeLimit.truncated", False) for info in infos] == [True, True, False, False]
    np.testing.assert_array_equal(infos[0]["terminal_observation"], before[0])
    assert rows.shape == before.shape
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            _, _, dones, _ = pair.step(masked(pair))
    assert not dones.any()


def test_a_spec_that_no_city_can_be_made_of_is_refused_at_once(tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match="imagined"):
        CityVecEnv(replace(spec(tiny_scenario), fidelity="imagined"), processes=1, seed=1)
    with pytest.raises(InputError, match="processes"):
        CityVecEnv(spec(tiny_scenario), processes=0, seed=1)


@pytest.mark.slow
def test_a_street_that_never_starts_is_given_up_and_leaves_no_process(tiny_scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_scenario.folder, folder)
    env = CityVecEnv(replace(spec(tiny_scenario), scenario=folder), processes=1, seed=1)
    (folder / "build" / "training" / "demand.rou.xml").write_text("<routes><nonsense", encoding="utf-8")
    with pytest.warns(RuntimeWarning, match="restarted"), pytest.raises(StreetError, match="did not start"):
        env.reset()
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_maskable_ppo_learns_on_it_as_it_is(tiny_scenario: Scenario) -> None:
    maskable = pytest.importorskip("sb3_contrib", reason="needs: pip install 'chauraha[train]'")
    env = CityVecEnv(replace(spec(tiny_scenario), sensors=SensorModel.perfect()), processes=1, seed=1)
    try:
        model = maskable.MaskablePPO("MlpPolicy", env, n_steps=8, batch_size=8, n_epochs=1, seed=1)
        model.learn(64)
        assert model.num_timesteps == 64
    finally:
        env.close()
