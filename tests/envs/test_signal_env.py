from __future__ import annotations

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest

import envs
from envs.episodes import EpisodePlan
from envs.signal_env import SignalEnv
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError
from scenarios.model import Scenario

BRIEF = EpisodePlan(length_s=60, warmup_s=20)
LONG = EpisodePlan(length_s=420, warmup_s=20)
"""Time for a cycle."""


def make(scenario: Scenario, env_id: str = envs.SIGNAL_ENV_ID, **settings: Any) -> SignalEnv:
    settings = {"scenario": scenario, "junction_id": "west", "episodes": BRIEF, **settings}
    made = gymnasium.make(env_id, **settings)
    assert isinstance(made.unwrapped, SignalEnv)
    return made.unwrapped


@pytest.fixture
def env(tiny_scenario: Scenario) -> SignalEnv:
    return make(tiny_scenario)


@pytest.mark.parametrize("env_id", list(envs.SIGNAL_ENV_IDS))
def test_gymnasiums_checker_passes(tiny_scenario: Scenario, env_id: str) -> None:
    from gymnasium.utils.env_checker import check_env

    made = make(tiny_scenario, env_id, episodes=LONG)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Features have no bounds of their own, and the checker says so.
        warnings.filterwarnings("ignore", message=".*Box observation space.*")
        # The render check would make a second environment while this one runs: one simulation a process.
        check_env(made, skip_render_check=True)
    made.close()


@pytest.mark.parametrize("env_id", list(envs.SIGNAL_ENV_IDS))
def test_stable_baselines_checker_passes(tiny_scenario: Scenario, env_id: str) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker", reason="needs: pip install 'chauraha[train]'")
    made = make(tiny_scenario, env_id, episodes=LONG)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*unconventional shape.*")
        checker.check_env(made)
    made.close()


def test_a_step_says_what_was_applied(env: SignalEnv) -> None:
    first, info = env.reset(seed=3)
    assert first.shape == (MAX_STAGES, len(STAGE_FEATURES))
    assert info["time_s"] == env.city.time_s
    layout = env.city.scenario.sites["west"].layout
    stages = [stage.id for stage in layout.stages]
    _, reward, terminated, truncated, info = env.step(np.int64(MAX_STAGES - 1))
    assert not info["accepted"]
    assert any(f"#{MAX_STAGES - 1}" in reason for reason in info["reasons"])
    assert not (terminated or truncated)
    assert reward == pytest.approx(sum(info["reward_terms"].values()), rel=1e-5)
    truncated = False
    while not truncated:
        action = np.flatnonzero(env.action_masks())[-1]
        _, _, terminated, truncated, info = env.step(action)
        assert info["accepted"]
        assert info["reasons"] == ()
        assert info["applied_stage"] == stages[action]
        assert not terminated
    assert info["time_s"] == env.city.files.begin_s + 80 or info["time_s"] <= env.city.files.end_s
    env.close()


def test_seeds_and_options_decide_the_episode(env: SignalEnv) -> None:
    def run(seed: int) -> list[float]:
        rows, info = env.reset(seed=seed, options={"begin_s": 33000, "warmup_s": 40})
        assert info["time_s"] == 33040
        return [float(rows.sum()), *(float(env.step(np.int64(0))[0].sum()) for _ in range(3))]

    assert run(5) == run(5)
    assert run(5) != run(6)
    with pytest.raises(InputError, match=r"options\.beginn"):
        env.reset(options={"beginn": 1})
    env.close()


def test_nothing_runs_before_reset_and_after_close(env: SignalEnv) -> None:
    with pytest.raises(StreetError, match="call reset"):
        env.action_masks()
    with pytest.raises(StreetError, match="call reset"):
        env.step(np.int64(0))
    env.reset(seed=1)
    env.close()
    with pytest.raises(StreetError, match="call reset"):
        env.action_masks()


def test_unknown_junctions_and_render_modes_are_named(tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match="nowhere"):
        SignalEnv(tiny_scenario, "nowhere")
    with pytest.raises(InputError, match="render_mode"):
        SignalEnv(tiny_scenario, "west", render_mode="ansi")


def test_episodes_are_drawn_inside_the_streets_time(tiny_scenario: Scenario) -> None:
    files = tiny_scenario.street()
    plan = EpisodePlan(length_s=600, warmup_s=60, scale=(0.5, 1.5))
    rng = np.random.default_rng(0)
    drawn = [plan.draw(files, rng) for _ in range(200)]
    assert all(files.begin_s <= e.begin_s and e.end_s <= files.end_s and e.end_s - e.begin_s == 660 for e in drawn)
    assert all(0.5 <= e.scale <= 1.5 for e in drawn)
    assert len({e.begin_s for e in drawn}) > 50
    whole = EpisodePlan(length_s=1e6).draw(files, rng)
    assert (whole.begin_s, whole.end_s) == (files.begin_s, files.end_s)
    with pytest.raises(InputError, match="scale"):
        EpisodePlan(scale=(2.0, 1.0))
