from __future__ import annotations

import warnings

import numpy as np
import pytest

from envs.action_mode import action_modes
from envs.city_env import CityEnv
from envs.episodes import EpisodePlan
from junction.errors import InputError, StreetError
from scenarios.model import Scenario

BRIEF = EpisodePlan(length_s=100, warmup_s=20)


@pytest.mark.parametrize("mode", list(action_modes()))
def test_pettingzoos_parallel_api_test_passes(tiny_scenario: Scenario, mode: str) -> None:
    from pettingzoo.test import parallel_api_test

    env = CityEnv(tiny_scenario, mode=mode, episodes=BRIEF)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(env, num_cycles=30)
    env.close()


def test_every_junction_acts_and_all_end_together(tiny_scenario: Scenario) -> None:
    env = CityEnv(tiny_scenario, episodes=BRIEF)
    with pytest.raises(StreetError, match="reset"):
        env.step({})
    _, infos = env.reset(seed=1, options={"episode": {"begin_s": 33000}})
    assert env.agents == ["west", "east"]
    with pytest.raises(InputError, match="actions"):
        env.step({"west": 0})
    steps = 0
    while env.agents:
        actions = {agent: np.flatnonzero(infos[agent]["action_mask"])[0] for agent in env.agents}
        _, rewards, terminations, truncations, infos = env.step(actions)
        assert all(rewards[a] == pytest.approx(infos[a]["reward"]) for a in rewards)
        steps += 1
    assert steps == 20
    assert truncations == {"west": True, "east": True}
    assert not any(terminations.values())
    env.close()


def test_a_mode_that_has_nothing_to_choose_leaves_one_action(tiny_scenario: Scenario) -> None:
    env = CityEnv(tiny_scenario, mode="stage_duration", episodes=BRIEF)
    _, infos = env.reset(seed=1)
    first = {agent: int(np.flatnonzero(infos[agent]["action_mask"])[-1]) for agent in env.agents}
    _, _, _, _, infos = env.step(first)
    for agent in env.agents:
        assert not infos[agent]["due"]
        assert np.flatnonzero(infos[agent]["action_mask"]).tolist() == [first[agent]]
    _, _, _, _, infos = env.step({agent: index - 1 for agent, index in first.items()})
    for agent in env.agents:
        assert not infos[agent]["accepted"]
        assert infos[agent]["reasons"] == ("an announced green stands",)
    env.close()
