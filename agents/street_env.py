"""The vector environment that a training config asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stable_baselines3.common.vec_env import VecEnv

from agents.joined_env import JoinedVecEnv
from agents.practice_junctions import practice_junctions
from agents.queue_env import QueueVecEnv
from agents.settings import check_settings, split_settings
from agents.training_config import TrainingConfig
from envs.city_vec_env import CityVecEnv
from envs.city_worker import CitySpec
from envs.episodes import EpisodePlan
from envs.reward import RewardWeights
from envs.sensors import SensorModel
from scenarios.load import load_scenario


def sensors_of(config: TrainingConfig) -> SensorModel:
    """The config's sensor model. Raises InputError for a bad sensor file."""
    return SensorModel() if config.sensors_file is None else SensorModel.from_file(Path(config.sensors_file))


def make_env(config: TrainingConfig, seed: int) -> VecEnv:
    """The street that the config asks for; `seed` decides the episodes.

    Side by side, SUMO counts the time lost before the stop lines, for which the queue model, that knows no speeds, has
    queues and stops. Half of a stop is gathering speed again, mostly beyond the line, where no approach counts it.
    """
    if config.street == "queues":
        return _queues(config, (config.scenario, *config.more_scenarios), _weights(config), seed)
    if config.street == "both":
        weights = _weights(config)
        lost = replace(weights, whole_queue=0.0, stops=weights.stops / 2)
        return JoinedVecEnv(_streets(config, lost, seed), _queues(config, config.queued_scenarios, weights, seed))
    return _streets(config, _weights(config), seed)


def _weights(config: TrainingConfig) -> RewardWeights:
    scale = config.reward_scale
    return RewardWeights(
        queue=scale * config.reward_queue,
        whole_queue=scale * config.reward_whole_queue,
        delay=scale * config.reward_delay,
        stops=scale * config.reward_stops,
        waiting=scale * config.reward_waiting,
        pressure=scale * config.reward_pressure,
        throughput=scale * config.reward_throughput,
        fairness=scale * config.reward_fairness,
    )


def _queues(config: TrainingConfig, names: Sequence[str], weights: RewardWeights, seed: int) -> QueueVecEnv:
    """The queue model's junctions: those of these scenarios, and those to practise on."""
    layouts = [site.layout for name in names for site in load_scenario(name).sites.values()]
    return QueueVecEnv(
        layouts + practice_junctions(config.practice_junctions, config.seed),
        copies=config.copies,
        seed=seed,
        interval_s=config.interval_s,
        episode_s=config.episode_s,
        weights=weights,
    )


def _streets(config: TrainingConfig, weights: RewardWeights, seed: int) -> CityVecEnv:
    """`config.processes` SUMO streets of its scenario, and one of each of `more_scenarios`."""
    spec = CitySpec(
        scenario=config.scenario,
        fidelity=config.fidelity,
        interval_s=config.interval_s,
        episodes=EpisodePlan(
            length_s=config.episode_s, warmup_s=config.warmup_s, scale=(config.scale_lo, config.scale_hi)
        ),
        sensors=sensors_of(config),
        weights=weights,
    )
    more = [_street_of(name, spec) for name in config.more_scenarios]
    return CityVecEnv(spec, processes=config.processes, more=more, seed=seed)


def _street_of(name: str, spec: CitySpec) -> CitySpec:
    """The street of another scenario, with its own `@scale=` on the demand that is drawn for all."""
    bare, settings = split_settings(name)
    check_settings(bare, settings, ["scale"])
    low, high = spec.episodes.scale
    factor = settings.get("scale", 1.0)
    return replace(spec, scenario=bare, episodes=replace(spec.episodes, scale=(low * factor, high * factor)))
