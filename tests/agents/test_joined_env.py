"""Streets and the queue model side by side: one vector environment, each part with what it has."""

from dataclasses import replace

import numpy as np
import pytest
from agents_parts import cross_layout
from gymnasium import spaces

pytest.importorskip("stable_baselines3", reason="training needs SB3: pip install 'chauraha[train]'")

from agents.joined_env import JoinedVecEnv
from agents.queue_env import QueueVecEnv
from agents.street_env import make_env
from agents.training_config import TrainingConfig
from envs.city_vec_env import CityVecEnv
from envs.reward import RewardWeights
from junction.errors import InputError
from scenarios.model import Scenario


def queues(copies: int, *, seed: int, episode_s: float = 100.0, interval_s: float = 5.0) -> QueueVecEnv:
    return QueueVecEnv(
        [cross_layout()],
        copies=copies,
        seed=seed,
        interval_s=interval_s,
        episode_s=episode_s,
        weights=RewardWeights(queue=1.0),
    )


def test_both_parts_go_on_as_they_would_alone() -> None:
    joined = JoinedVecEnv(queues(3, seed=1), queues(2, seed=2, episode_s=50.0))
    alone = (queues(3, seed=1), queues(2, seed=2, episode_s=50.0))
    rows = joined.reset()
    np.testing.assert_array_equal(rows, np.concatenate([part.reset() for part in alone]))
    for step in range(1, 21):
        masks = joined.env_method("action_masks")
        np.testing.assert_array_equal(masks, alone[0].env_method("action_masks") + alone[1].env_method("action_masks"))
        np.testing.assert_array_equal(joined.env_method("action_masks", indices=[4, 0]), [masks[4], masks[0]])
        actions = np.stack(masks).argmax(axis=1)
        rows, rewards, dones, infos = joined.step(actions)
        first, second = alone[0].step(actions[:3]), alone[1].step(actions[3:])
        np.testing.assert_array_equal(rows, np.concatenate([first[0], second[0]]))
        np.testing.assert_array_equal(rewards, np.concatenate([first[1], second[1]]))
        assert dones.tolist() == [step == 20] * 3 + [step in (10, 20)] * 2
        assert ["terminal_observation" in info for info in infos] == dones.tolist()


def test_parts_must_be_alike() -> None:
    other = queues(1, seed=1)
    other.action_space = spaces.Discrete(3)
    with pytest.raises(ValueError, match="same spaces"):
        JoinedVecEnv(queues(1, seed=1), other)


def test_time_lost_and_half_a_stop_count_on_the_street_and_queues_and_stops_in_the_model(
    tiny_scenario: Scenario,
) -> None:
    config = TrainingConfig(
        scenario=str(tiny_scenario.folder),
        seed=3,
        street="both",
        practice_junctions=2,
        copies=1,
        processes=1,
        episode_s=60.0,
        reward_queue=0.0,
        reward_fairness=0.0,
        reward_delay=1.0,
        reward_whole_queue=1.0,
        reward_stops=0.5,
    )
    env = make_env(config, 3)
    assert isinstance(env, JoinedVecEnv)
    try:
        streets, model = env._parts
        assert (streets.num_envs, model.num_envs) == (2, 2)
        assert isinstance(streets, CityVecEnv)
        weights = streets.spec.weights
        assert (weights.delay, weights.whole_queue, weights.stops) == (0.1, 0, 0.025)
        assert isinstance(model, QueueVecEnv)
        assert (model._weights.whole_queue, model._weights.stops) == (0.1, 0.05)
        rows = env.reset()
        for _ in range(12):
            rows, rewards, dones, _ = env.step(np.stack(env.env_method("action_masks")).argmax(axis=1))
        assert np.isfinite(rows).all()
        assert (rewards <= 0).all()
        assert (rewards < 0).any()
        assert dones.all()
    finally:
        env.close()


def test_side_by_side_needs_junctions_for_the_model() -> None:
    with pytest.raises(InputError, match="junctions for the queue model"):
        TrainingConfig(scenario="tiny", seed=1, street="both")
    with pytest.raises(InputError, match=r"reward_delay: expected more than 0"):
        TrainingConfig(scenario="tiny", seed=1, street="both", practice_junctions=2, reward_whole_queue=1.0)


def test_another_street_may_have_its_own_demand(tiny_scenario: Scenario) -> None:
    name = str(tiny_scenario.folder)
    config = TrainingConfig(scenario=name, seed=3, more_scenarios=(f"{name}@scale=2", name), processes=1)
    env = make_env(config, 3)
    assert isinstance(env, CityVecEnv)
    assert env.num_envs == 6
    assert [worker.spec.episodes.scale for worker in env._workers] == [(0.7, 1.2), (1.4, 2.4), (0.7, 1.2)]
    with pytest.raises(InputError, match=r"settings among \['scale'\]"):
        make_env(replace(config, more_scenarios=(f"{name}@speed=2",)), 3)
