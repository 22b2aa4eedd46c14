"""The vector environment that a training config asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stable_baselines3.common.vec_env import VecEnv

from agents.practice_junctions import practice_junctions
from agents.queue_env import QueueVecEnv
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
    """All junctions of `config.processes` SUMO streets and one of each of `more_scenarios`, or of the queue model;
    `seed` decides the episodes."""
    scale = config.reward_scale
    weights = RewardWeights(
        queue=scale * config.reward_queue,
        whole_queue=scale * config.reward_whole_queue,
        delay=scale * config.reward_delay,
        stops=scale * config.reward_stops,
        waiting=scale * config.reward_waiting,
        pressure=scale * config.reward_pressure,
        throughput=scale * config.reward_throughput,
        fairness=scale * config.reward_fairness,
    )
    if config.street == "queues":
        names = (config.scenario, *config.more_scenarios)
        layouts = [site.layout for name in names for site in load_scenario(name).sites.values()]
        return QueueVecEnv(
            layouts + practice_junctions(config.practice_junctions, config.seed),
            copies=config.copies,
            seed=seed,
            interval_s=config.interval_s,
            episode_s=config.episode_s,
            weights=weights,
        )
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
    more = [replace(spec, scenario=name) for name in config.more_scenarios]
    return CityVecEnv(spec, processes=config.processes, more=more, seed=seed)
