"""The queue model as an SB3 vector environment: the same rows, masks and actions as `envs.city_vec_env.CityVecEnv`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from agents.queue_encoding import encode_rows
from agents.queue_model import QueueModel, Shape
from envs.reward import CROSSED_SCALE_PCU, LONG_RED_S, PCU_SCALE, STOPS_SCALE, VEH_SCALE, RewardWeights
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.layout import JunctionLayout


class QueueVecEnv(VecEnv):
    """`copies` of every layout, each with a demand of its own; all episodes begin and end together.

    Rewards are the terms of `envs.reward` with their scales: minus what stands or rolls in a queue, in PCU (`queue`) or
    vehicles (`whole_queue`), the PCU that crossed, minus the vehicles that came to a stand, and minus the square of the
    longest red that a queue waits at. Either queue is counted beyond the camera's reach too: a policy that is judged by
    what is in view learns to park a jam out of view. Delay, waiting and pressure have no meaning here.
    """

    def __init__(
        self,
        layouts: Sequence[JunctionLayout],
        *,
        copies: int,
        seed: int,
        interval_s: float,
        episode_s: float,
        weights: RewardWeights,
    ) -> None:
        self.model = QueueModel(Shape.of(list(layouts) * copies, MAX_STAGES), seed)
        self._interval_s = round(interval_s)
        self._decisions = max(1, round(episode_s / interval_s))
        self._weights = weights
        self._done = 0
        self._masks = self.model.allowed(self._interval_s)
        self._actions: NDArray[np.int64] = np.zeros(len(self.model.stage), np.int64)
        super().__init__(
            len(self.model.stage),
            spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)), np.float32),
            spaces.Discrete(MAX_STAGES),
        )

    def reset(self) -> NDArray[np.float32]:
        self.model.reset()
        self._done = 0
        return self._look()

    def step_async(self, actions: NDArray[np.int64]) -> None:
        self._actions = np.asarray(actions, np.int64)

    def step_wait(self) -> VecEnvStepReturn:
        self.model.step(self._actions, self._interval_s)
        self._done += 1
        rewards = self._rewards()
        rows = self._look()
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        over = self._done >= self._decisions
        if over:
            for info, row in zip(infos, rows, strict=True):
                info["terminal_observation"] = row
                info["TimeLimit.truncated"] = True
            rows = self.reset()
        return rows, rewards, np.full(self.num_envs, over), infos

    def close(self) -> None:
        """Nothing to stop."""

    def env_method(
        self,
        method_name: str,
        *method_args: Any,  # noqa: ARG002 - VecEnv's signature, here and below
        indices: int | Iterable[int] | None = None,
        **method_kwargs: Any,  # noqa: ARG002
    ) -> list[Any]:
        if method_name != "action_masks":
            raise AttributeError(f"expected method 'action_masks', got {method_name!r}")
        return [self._masks[slot] for slot in self._get_indices(indices)]

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """Of every slot: "render_mode" (None) or "action_masks" (callable)."""
        slots = range(len(self.model.stage)) if indices is None else self._get_indices(indices)
        if attr_name == "render_mode":
            return [None for _ in slots]
        if attr_name == "action_masks":
            return [lambda slot=slot: self._masks[slot] for slot in slots]
        raise AttributeError(f"expected 'render_mode' or 'action_masks', got {attr_name!r}")

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:  # noqa: ARG002
        raise AttributeError(f"slots have no attribute to set, got {attr_name!r}")

    def env_is_wrapped(
        self,
        wrapper_class: type[Any],  # noqa: ARG002
        indices: int | Iterable[int] | None = None,
    ) -> list[bool]:
        return [False for _ in self._get_indices(indices)]

    def _look(self) -> NDArray[np.float32]:
        self._masks = self.model.allowed(self._interval_s)
        return encode_rows(self.model, self._masks)

    def _rewards(self) -> NDArray[np.float32]:
        model, weights = self.model, self._weights
        crossed_pcu = model.take_crossed()[0].sum(axis=1) / CROSSED_SCALE_PCU
        stopped_veh = model.take_stopped()[1].sum(axis=1) / STOPS_SCALE
        queue_pcu, queue_veh = (model.standing + model.rolling).sum(axis=(2, 3))
        waiting = np.einsum("jgl,jl->jg", model.shape.share > 0, model.standing[0].sum(axis=2)) > 0
        longest_s = np.where(waiting, model.red_s(), 0.0).max(axis=1)
        total: NDArray[np.float32] = (
            weights.throughput * crossed_pcu
            - weights.queue * queue_pcu / PCU_SCALE
            - weights.whole_queue * queue_veh / VEH_SCALE
            - weights.stops * stopped_veh
            - weights.fairness * (longest_s / LONG_RED_S) ** 2
        ).astype(np.float32)
        return total
