"""A warm start: the network first learns to choose as a teacher does (behaviour cloning), then PPO improves on it.

It saves the hours in which a fresh policy jams a whole city. What the teacher did wrong PPO has to unlearn, so the
labels are smoothed and the cloned policy still explores.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from agents.episode import run_policy
from agents.network import StagePolicy
from agents.queue_env import QueueVecEnv
from agents.roster import make_controller
from agents.street_env import sensors_of
from agents.training_config import TrainingConfig
from envs.city import Episode
from envs.episodes import EpisodePlan
from junction.encoding import STAGE_FEATURES, encode, stage_mask
from junction.layout import JunctionLayout
from junction.policy import Policy, Proposal, Situation
from scenarios.load import load_scenario

LABEL_SMOOTHING = 0.05
EPOCHS = 12
BATCH = 512
LEARNING_RATE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What a teacher saw and chose where it had a choice: rows (n, S, F), masks (n, S), stages chosen (n,)."""

    rows: NDArray[np.float32]
    masks: NDArray[np.bool_]
    chosen: NDArray[np.int64]


@dataclass
class RecordingPolicy:
    """A policy that acts as `teacher` does and keeps its lessons."""

    teacher: Policy
    rows: list[NDArray[np.float32]] = field(default_factory=list)
    masks: list[NDArray[np.bool_]] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.teacher.name

    @property
    def interval_s(self) -> float:
        return self.teacher.interval_s

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:
        self.teacher.reset(layouts, seed)

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        proposals = self.teacher.propose(situations)
        for situation, proposal in zip(situations, proposals, strict=True):
            if situation.allowed.sum() > 1:
                self.rows.append(encode(situation))
                self.masks.append(stage_mask(situation))
                self.chosen.append(situation.layout.stage_index[proposal.stage_id])
        return proposals

    def lessons(self) -> Lessons:
        """Everything recorded so far."""
        return Lessons(rows=np.stack(self.rows), masks=np.stack(self.masks), chosen=np.array(self.chosen))


def record_street(config: TrainingConfig) -> Lessons:
    """The choices of `config.warm_start` on SUMO, over `config.warm_episodes` episodes in processes of their own."""
    seeds = [config.seed * 1000 + episode for episode in range(config.warm_episodes)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=config.processes, mp_context=context, max_tasks_per_child=1) as pool:
        return _joined(list(pool.map(_record, [config] * len(seeds), seeds)))


def record_queues(env: QueueVecEnv, *, seed: int, decisions: int = 360) -> Lessons:
    """Max-pressure's choices in the queue model, one step in twenty drawn at random so that it shows its way back."""
    rng = np.random.default_rng(seed)
    parts = []
    rows = env.reset()
    for _ in range(decisions):
        masks = np.stack(env.env_method("action_masks"))
        chosen = in_view_pressure(rows, masks)
        choice = masks.sum(axis=1) > 1
        parts.append(Lessons(rows=rows[choice], masks=masks[choice], chosen=chosen[choice]))
        random = np.where(masks, rng.random(masks.shape), -1.0).argmax(axis=1)
        observed, _, _, _ = env.step(np.where(rng.random(len(chosen)) < 0.05, random, chosen))
        rows = np.asarray(observed, np.float32)
    env.reset()
    return _joined(parts)


def in_view_pressure(rows: NDArray[np.float32], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The allowed stage with the most PCU in view (queued or moving), half as much again for the running one.

    Max-pressure with hysteresis: in the queue model it leaves 20 % less queue than queues alone do.
    """
    column = STAGE_FEATURES.index
    in_view = rows[:, :, column("queue_pcu")] + rows[:, :, column("moving_pcu")]
    pressure = in_view * (1.0 + 0.5 * rows[:, :, column("is_current")])
    chosen: NDArray[np.int64] = np.where(masks, pressure, -1.0).argmax(axis=1)
    return chosen


def _joined(parts: Sequence[Lessons]) -> Lessons:
    return Lessons(
        rows=np.concatenate([p.rows for p in parts]),
        masks=np.concatenate([p.masks for p in parts]),
        chosen=np.concatenate([p.chosen for p in parts]),
    )


def fit(policy: StagePolicy, lessons: Lessons, *, seed: int, epochs: int = EPOCHS) -> float:
    """Cross-entropy over the allowed stages, on the actor alone; the share of lessons it then agrees with."""
    rows, masks = torch.from_numpy(lessons.rows), torch.from_numpy(lessons.masks)
    chosen = torch.from_numpy(lessons.chosen)
    actor = policy.mlp_extractor.actor
    optimizer = torch.optim.Adam(actor.parameters(), lr=LEARNING_RATE)
    shuffle = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(len(chosen), generator=shuffle), BATCH):
            mask = masks[batch]
            log_share = torch.log_softmax(actor(rows[batch]).masked_fill(~mask, -1e8), dim=1)
            smooth = mask / mask.sum(dim=1, keepdim=True)
            target = (1 - LABEL_SMOOTHING) * torch.nn.functional.one_hot(chosen[batch], mask.shape[1])
            loss = -((target + LABEL_SMOOTHING * smooth) * log_share.masked_fill(~mask, 0.0)).sum(dim=1).mean()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
    with torch.no_grad():
        best = actor(rows).masked_fill(~masks, -1e8).argmax(dim=1)
    return float((best == chosen).float().mean())


def _record(config: TrainingConfig, seed: int) -> Lessons:
    scenario = load_scenario(config.scenario)
    teacher = make_controller(config.warm_start, scenario).policy
    assert teacher is not None
    recording = RecordingPolicy(teacher)
    plan = EpisodePlan(length_s=config.episode_s, warmup_s=config.warmup_s, scale=(config.scale_lo, config.scale_hi))
    drawn = plan.draw(scenario.street(config.fidelity), np.random.default_rng(seed))
    run_policy(
        scenario,
        recording,
        seed=seed,
        fidelity=config.fidelity,
        sensors=sensors_of(config),
        output_dir=None,
        window=Episode(begin_s=drawn.begin_s, end_s=drawn.end_s, scale=drawn.scale),
    )
    return recording.lessons()
