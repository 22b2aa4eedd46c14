"""What a training run was asked to do; `config.json` of its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from junction.errors import InputError

CONFIG_SCHEMA = "chauraha.training/1"
WARM_STARTS = ("none", "max-pressure")
STREETS = ("sumo", "queues", "both")
EVALUATION_SEED = 9001
"""First of the seeds that only evaluation sees; training seeds are drawn from far above them."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """PPO's settings are named as in sb3_contrib.MaskablePPO.

    `steps` counts decisions of single junctions. `n_steps` is decisions of each junction an update. `scale_lo` and
    `scale_hi` bound the demand drawn for every episode, as a share of the scenario's. `warm_start` names the
    controller that the network first learns to imitate on `warm_episodes` episodes; the critic of a network that is
    not new then learns alone for `critic_updates` updates. What is evaluated and exported is the mean of the actor's
    weights over about the last `mean_updates` updates (`agents.running_mean`); with 1, the last weights. `street` is
    SUMO (`processes` streets of `scenario` and one of each of `more_scenarios`, a process each; `NAME@scale=2` doubles
    that one's demand) or the queue model (with `copies` of every junction, those of `more_scenarios` and as many of
    `agents.practice_junctions` as `practice_junctions` says too), or both side by side: the queue model then has the
    junctions of `queued_scenarios` and those to practise on; evaluation is on SUMO and on `scenario` either way.
    `start_from` is a checkpoint (`best.zip` of another run) whose network the run begins with, or an exported policy,
    whose actor it begins with and whose critic is new. Its logits are multiplied by `start_logits`: below 1 its best
    stays its best, and others are tried more often. `reward_*` weigh the terms of `envs.reward`, all times
    `reward_scale`: a value far from 1 would drown the actor's gradient in the critic's.
    Evaluations run the scenario's first `evaluate_s` seconds.
    """

    scenario: str
    seed: int
    street: str = "sumo"
    more_scenarios: tuple[str, ...] = ()
    queued_scenarios: tuple[str, ...] = ()
    practice_junctions: int = 0
    copies: int = 10
    start_from: str | None = None
    start_logits: float = 1.0
    fidelity: str = "training"
    sensors_file: str | None = None
    interval_s: float = 5.0
    episode_s: float = 1800.0
    warmup_s: float = 0.0
    processes: int = 2
    scale_lo: float = 0.7
    scale_hi: float = 1.2
    reward_queue: float = 1.0
    reward_whole_queue: float = 0.0
    reward_delay: float = 0.0
    reward_stops: float = 0.0
    reward_waiting: float = 0.0
    reward_pressure: float = 0.0
    reward_throughput: float = 0.0
    reward_fairness: float = 0.1
    reward_scale: float = 0.1
    width: int = 64
    n_steps: int = 180
    batch_size: int = 1024
    n_epochs: int = 5
    learning_rate: float = 5e-4
    final_learning_rate: float = 5e-5
    gamma: float = 0.97
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    ent_coef: float = 0.005
    vf_coef: float = 0.5
    target_kl: float = 0.03
    warm_start: str = "none"
    warm_episodes: int = 2
    critic_updates: int = 4
    mean_updates: int = 1
    checkpoint_updates: int = 2
    evaluate_steps: int = 100_000
    evaluate_seeds: int = 2
    evaluate_s: float = 1800.0

    def __post_init__(self) -> None:
        for name in (
            "episode_s",
            "interval_s",
            "processes",
            "copies",
            "width",
            "n_steps",
            "batch_size",
            "n_epochs",
            "start_logits",
            "mean_updates",
            "checkpoint_updates",
            "evaluate_steps",
            "evaluate_seeds",
            "evaluate_s",
            "scale_lo",
        ):
            if getattr(self, name) <= 0:
                raise InputError(f"training.{name}", expected="more than 0", got=getattr(self, name))
        if self.scale_hi < self.scale_lo:
            raise InputError("training.scale_hi", expected=f"at least scale_lo ({self.scale_lo})", got=self.scale_hi)
        if self.street not in STREETS:
            raise InputError("training.street", expected=f"one of {list(STREETS)}", got=self.street)
        if self.street == "both" and not (self.queued_scenarios or self.practice_junctions):
            raise InputError("training.queued_scenarios", expected="junctions for the queue model", got="none")
        if self.street == "both" and not self.reward_delay > 0:
            raise InputError(
                "training.reward_delay",
                expected="more than 0: beside the queue model SUMO's streets are judged by the time lost",
                got=self.reward_delay,
            )
        if self.start_logits != 1 and self.start_from is None:
            raise InputError("training.start_logits", expected="a network to begin with", got="no start_from")
        if self.warm_start not in WARM_STARTS:
            raise InputError("training.warm_start", expected=f"one of {list(WARM_STARTS)}", got=self.warm_start)

    @property
    def warm(self) -> bool:
        """Whether the actor knows something at the start that an untrained critic would spoil."""
        return self.warm_start != "none" or self.start_from is not None

    def to_document(self) -> dict[str, Any]:
        return {"schema": CONFIG_SCHEMA, **asdict(self)}


def config_from_document(document: Mapping[str, Any]) -> TrainingConfig:
    """Raises InputError for another schema, a missing or an unknown field."""
    raw = dict(document)
    if raw.pop("schema", None) != CONFIG_SCHEMA:
        raise InputError("config.schema", expected=CONFIG_SCHEMA, got=document.get("schema"))
    unknown = sorted(set(raw) - {f.name for f in fields(TrainingConfig)})
    if unknown:
        raise InputError("config", expected="the fields of a training config", got=unknown)
    try:
        lists = {name: tuple(raw.get(name, ())) for name in ("more_scenarios", "queued_scenarios")}
        return TrainingConfig(**{**raw, **lists})
    except TypeError as wrong:
        raise InputError("config", expected="the fields of a training config", got=str(wrong)) from None
