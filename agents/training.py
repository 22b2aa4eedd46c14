"""MaskablePPO on every junction of a city at once: one policy, checkpoints, evaluation on seeds it never trains on.

    train           runs or goes on with a run
    RunCallback     what happens between two updates: curve, checkpoint, evaluation, the best one kept

PPO: Schulman et al. 2017, https://arxiv.org/abs/1707.06347; masking: Huang and Ontanon 2020,
https://arxiv.org/abs/2006.14171.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.save_util import load_from_zip_file
from stable_baselines3.common.vec_env import VecEnv

from agents.card import PolicyCard, card_file, read_card, write_card
from agents.evaluator import Evaluation, evaluate
from agents.export import export_policy
from agents.exported_actor import actor_state
from agents.imitation import fit, record_queues, record_street
from agents.network import StagePolicy
from agents.queue_env import QueueVecEnv
from agents.rollouts import ChoiceRolloutBuffer
from agents.run_folder import Progress, RunFolder, versions
from agents.running_mean import RunningMean
from agents.training_config import EVALUATION_SEED, TrainingConfig
from junction.errors import InputError
from scenarios.load import load_scenario

RIVAL = "webster"
Report = Callable[[str], None]


class RateSchedule:
    """Learning rate falling in a straight line with what is left of the run, in steps (SB3's `progress_remaining`, 1
    to 0) or in time (`time_remaining`, set by the callback), whichever is less."""

    def __init__(self, first: float, last: float) -> None:
        self.first = first
        self.last = last
        self.time_remaining = 1.0

    def __call__(self, progress_remaining: float) -> float:
        remaining = max(0.0, min(1.0, progress_remaining, self.time_remaining))
        return self.last + (self.first - self.last) * remaining


class RunCallback(BaseCallback):
    """Between two updates: a row of the curve, a checkpoint, an evaluation when one is due; stops when time is up."""

    def __init__(
        self,
        config: TrainingConfig,
        folder: RunFolder,
        progress: Progress,
        *,
        rate: RateSchedule,
        created: str,
        until_s: float | None,
        report: Report,
    ) -> None:
        super().__init__()
        self.rate = rate
        self.config = config
        self.folder = folder
        self.progress = progress
        self.created = created
        self.until_s = until_s
        self.report = report
        self._began_s = time.monotonic() - progress.elapsed_s
        self._updated = False
        self._reward = self._choices = math.nan

    @property
    def ppo(self) -> MaskablePPO:
        """The model that SB3 calls back for."""
        return cast(MaskablePPO, self.model)

    def _init_callback(self) -> None:
        self.mean = RunningMean(network_of(self.ppo).mlp_extractor.actor, self.config.mean_updates)
        if self.progress.updates and self.config.mean_updates > 1:
            self.mean.load(self.folder.mean_file)

    def _on_training_start(self) -> None:
        # A fine-tuning on SUMO must beat what it started from; a pretraining in the queue model need not.
        if self.config.warm and self.config.street != "queues" and self.progress.best_delay_s is None:
            self._evaluate_policy()

    def _on_rollout_start(self) -> None:
        self._train_actor(not self.config.warm or self.progress.updates >= self.config.critic_updates)
        if self._updated:
            self._after_update()
        self._updated = False

    def _on_step(self) -> bool:
        return self.until_s is None or self._elapsed_s() < self.until_s

    def _on_rollout_end(self) -> None:
        buffer = self.ppo.rollout_buffer
        self._reward = float(buffer.rewards.mean())
        self._choices = float((buffer.action_masks.sum(axis=-1) > 1).mean())
        if self.until_s is not None:
            self.rate.time_remaining = 1.0 - self._elapsed_s() / self.until_s
        self._updated = True

    def _on_training_end(self) -> None:
        if self._updated:
            self._after_update()
        self.save()
        if self.progress.evaluated_steps < self.num_timesteps:
            self._evaluate_policy()
        self.folder.write_progress(self.progress)

    def make_up(self, model: MaskablePPO) -> None:
        """For a run that has all its steps: its last evaluation, where it was killed before that came off."""
        model.set_logger(configure(str(self.folder.tensorboard), []))
        self.init_callback(model)
        self.num_timesteps = model.num_timesteps
        self._on_training_end()

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    def _train_actor(self, on: bool) -> None:
        for parameter in network_of(self.ppo).mlp_extractor.actor.parameters():
            parameter.requires_grad_(on)

    def _after_update(self) -> None:
        self.progress.updates += 1
        self.progress.steps = self.num_timesteps
        self.mean.see(network_of(self.ppo).mlp_extractor.actor)
        self.progress.elapsed_s = self._elapsed_s()
        values = self.logger.name_to_value
        row = {
            "steps": self.num_timesteps,
            "update": self.progress.updates,
            "elapsed_s": round(self.progress.elapsed_s, 1),
            "reward": round(self._reward, 5),
            "choices": round(self._choices, 4),
            "entropy": round(-float(values.get("train/entropy_loss", np.nan)), 5),
            "value_loss": round(float(values.get("train/value_loss", np.nan)), 5),
            "explained_variance": round(float(values.get("train/explained_variance", np.nan)), 4),
            "approx_kl": round(float(values.get("train/approx_kl", np.nan)), 5),
            "learning_rate": float(values.get("train/learning_rate", np.nan)),
        }
        self.folder.append(self.folder.curve_file, row)
        pace = self.num_timesteps / max(self.progress.elapsed_s, 1e-9)
        self.report(
            f"update {self.progress.updates}: {self.num_timesteps:,} steps in {self.progress.elapsed_s / 60:.1f} min "
            f"({pace:.0f}/s), reward {row['reward']:.4f}, entropy {row['entropy']:.3f}, kl {row['approx_kl']:.4f}, "
            f"explained {row['explained_variance']:.2f}"
        )
        if self.progress.updates % self.config.checkpoint_updates == 0:
            self.save()
        if self.num_timesteps - self.progress.evaluated_steps >= self.config.evaluate_steps:
            self._evaluate_policy()

    def save(self) -> None:
        """Checkpoint (network, optimiser, steps), then progress; each whole or not at all."""
        self.progress.elapsed_s = self._elapsed_s()
        _save(self.ppo, self.folder.checkpoint_file)
        if self.config.mean_updates > 1:
            self.mean.save(self.folder.mean_file)
        self.folder.write_progress(self.progress)

    def _evaluate(self, controllers: list[str]) -> Evaluation:
        sensors = self.config.sensors_file
        street = load_scenario(self.config.scenario).street(self.config.fidelity)
        return evaluate(
            self.config.scenario,
            controllers,
            range(EVALUATION_SEED, EVALUATION_SEED + self.config.evaluate_seeds),
            fidelity=self.config.fidelity,
            end_s=min(street.end_s, street.begin_s + self.config.evaluate_s),
            sensors_file=Path(sensors) if sensors else None,
            workers=self.config.processes,
        )

    def _evaluate_policy(self) -> None:
        candidate = self.folder.candidate_file
        export_with_card(network_of(self.ppo).with_actor(self.mean.actor), candidate, self._card({}))
        name = f"policy:{candidate}"
        evaluation = self._evaluate([name] if self.progress.rival_delay_s else [RIVAL, name])
        results = evaluation.to_document()
        measures = results["controllers"][name]
        delay_s = float(measures["delay_s"]["mean"])
        if self.progress.rival_delay_s is None:
            self.progress.rival_delay_s = float(results["controllers"][RIVAL]["delay_s"]["mean"])
        self.progress.evaluated_steps = self.num_timesteps
        best = self.progress.best_delay_s is None or delay_s < self.progress.best_delay_s
        rival_delay_s = self.progress.rival_delay_s
        self.folder.append(
            self.folder.evaluations_file,
            {
                "steps": self.num_timesteps,
                "elapsed_s": round(self._elapsed_s(), 1),
                "delay_s": round(delay_s, 3),
                "rival": RIVAL,
                "rival_delay_s": round(rival_delay_s, 3),
                "unsafe_events": measures["unsafe_events"],
                "best": int(best),
            },
        )
        self.logger.record("evaluation/delay_s", delay_s)
        self.logger.record("evaluation/ratio_to_rival", delay_s / rival_delay_s)
        self.report(
            f"evaluation at {self.num_timesteps:,} steps: delay {delay_s:.1f} s = "
            f"{delay_s / rival_delay_s:.3f} x {RIVAL}, unsafe {measures['unsafe_events']}{' (best)' if best else ''}"
        )
        card = replace(
            read_card(card_file(candidate)),
            results=results,
            curve=self.folder.rows(self.folder.curve_file),
            evaluations=self.folder.rows(self.folder.evaluations_file),
        )
        write_card(card_file(candidate), card)
        if best:
            self.progress.best_delay_s, self.progress.best_steps = delay_s, self.num_timesteps
            _save(self.ppo, self.folder.best_file)
            for made, kept in (
                (candidate, self.folder.policy_file),
                (card_file(candidate), card_file(self.folder.policy_file)),
            ):
                shutil.copyfile(made, part := kept.with_suffix(".part"))
                part.replace(kept)
        self.folder.write_progress(self.progress)

    def _card(self, results: dict[str, Any]) -> PolicyCard:
        return PolicyCard(
            name=f"{self.config.scenario}, {self.num_timesteps:,} steps",
            created=self.created,
            interval_s=self.config.interval_s,
            seed=self.config.seed,
            steps=self.num_timesteps,
            training=self.config.to_document(),
            versions=versions(),
            results=results,
        )


def export_with_card(policy: StagePolicy, policy_file: Path, card: PolicyCard) -> None:
    """Exports the policy and writes its card, which names the file's hash, beside it."""
    write_card(card_file(policy_file), replace(card, onnx_sha256=export_policy(policy, policy_file)))


def train(
    config: TrainingConfig,
    folder: RunFolder,
    *,
    make_env: Callable[[TrainingConfig, int], VecEnv],
    steps: int | None,
    minutes: float | None,
    created: str,
    resume: bool,
    report: Report,
) -> Progress:
    """Trains until `steps` in all or `minutes` in all (both counted over resumed parts), whichever comes first.

    `make_env` gives the vector environment for a config and a seed. `resume` goes on from the folder's checkpoint.
    Raises InputError when neither limit is given or there is no checkpoint to go on from.
    """
    if steps is None and minutes is None:
        raise InputError("train", expected="--steps or --minutes", got="neither")
    torch.set_num_threads(1)
    progress = folder.read_progress() if resume else Progress()
    env = make_env(config, config.seed + 10_007 * progress.updates)
    try:
        rate = RateSchedule(config.learning_rate, config.final_learning_rate)
        model = _load(folder, env, rate) if resume else _new(config, folder, env, rate, report)
        if resume:
            progress.steps = model.num_timesteps
            folder.forget_after(model.num_timesteps)
            report(f"going on at {model.num_timesteps:,} steps, {progress.elapsed_s / 60:.1f} min")
        total = steps if steps is not None else 10**9
        callback = RunCallback(
            config,
            folder,
            progress,
            rate=rate,
            created=created,
            until_s=None if minutes is None else minutes * 60,
            report=report,
        )
        if model.num_timesteps < total:
            model.learn(
                total - model.num_timesteps,
                callback=callback,
                reset_num_timesteps=not resume,
                tb_log_name="ppo",
                log_interval=1,
            )
        else:
            callback.make_up(model)
    finally:
        env.close()
    return progress


def network_of(model: MaskablePPO) -> StagePolicy:
    """The model's policy, which training made a StagePolicy."""
    return cast(StagePolicy, model.policy)


def _new(config: TrainingConfig, folder: RunFolder, env: VecEnv, rate: RateSchedule, report: Report) -> MaskablePPO:
    model = MaskablePPO(
        StagePolicy,
        env,
        seed=config.seed,
        device="cpu",
        tensorboard_log=str(folder.tensorboard),
        learning_rate=rate,
        n_steps=config.n_steps,
        batch_size=config.batch_size,
        n_epochs=config.n_epochs,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip_range,
        ent_coef=config.ent_coef,
        vf_coef=config.vf_coef,
        target_kl=config.target_kl,
        policy_kwargs={"width": config.width},
        rollout_buffer_class=ChoiceRolloutBuffer,
    )
    if config.start_from is not None:
        _start_from(model, Path(config.start_from))
        network_of(model).mlp_extractor.actor.multiply_logits(config.start_logits)
        report(f"network from {config.start_from}")
    if config.warm_start != "none":
        report(f"warm start: recording {config.warm_start}")
        lessons = record_queues(env, seed=config.seed) if isinstance(env, QueueVecEnv) else record_street(config)
        agreement = fit(network_of(model), lessons, seed=config.seed)
        report(f"warm start: {len(lessons.chosen):,} choices, {agreement:.1%} now made as {config.warm_start} does")
    return model


def _start_from(model: MaskablePPO, start: Path) -> None:
    if not start.is_file():
        raise InputError("training.start_from", expected="RUN/best.zip or an exported policy.onnx", got=str(start))
    try:
        if start.suffix == ".onnx":
            network_of(model).mlp_extractor.actor.load_state_dict(actor_state(start))
        else:
            _, parameters, _ = load_from_zip_file(start, device="cpu")
            state: Any = parameters["policy"]
            model.policy.load_state_dict(state)
    except (KeyError, RuntimeError) as wrong:
        raise InputError("training.start_from", expected="a network of the same shape", got=str(wrong)) from None


def _load(folder: RunFolder, env: VecEnv, rate: RateSchedule) -> MaskablePPO:
    if not folder.checkpoint_file.exists():
        raise InputError(
            "run",
            expected=f"a checkpoint at {folder.checkpoint_file}",
            got="none yet",
            hint="start the run again in another folder",
        )
    return MaskablePPO.load(folder.checkpoint_file, env=env, device="cpu", custom_objects={"learning_rate": rate})


def _save(model: MaskablePPO, path: Path) -> None:
    part = path.with_name("part-" + path.name)
    model.save(part)
    part.replace(path)
