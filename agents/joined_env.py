"""Two vector environments as one: SUMO's streets, and beside them the queue model's junctions, in the same updates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn


class JoinedVecEnv(VecEnv):
    """The slots of `first`, then those of `second`; both see and act alike. `first` works (in processes of its own)
    while `second` is stepped in this one."""

    def __init__(self, first: VecEnv, second: VecEnv) -> None:
        if (first.observation_space, first.action_space) != (second.observation_space, second.action_space):
            raise ValueError("expected two environments of the same spaces")
        self._parts = (first, second)
        super().__init__(first.num_envs + second.num_envs, first.observation_space, first.action_space)

    def reset(self) -> NDArray[np.float32]:
        return np.concatenate([cast("NDArray[np.float32]", part.reset()) for part in self._parts])

    def step_async(self, actions: NDArray[np.int64]) -> None:
        first, second = self._parts
        first.step_async(actions[: first.num_envs])
        second.step_async(actions[first.num_envs :])

    def step_wait(self) -> VecEnvStepReturn:
        first, second = self._parts
        last_rows, last_rewards, last_dones, last_infos = second.step_wait()
        rows, rewards, dones, infos = first.step_wait()
        return (
            np.concatenate([cast("NDArray[np.float32]", rows), cast("NDArray[np.float32]", last_rows)]),
            np.concatenate([rewards, last_rewards]),
            np.concatenate([dones, last_dones]),
            [*infos, *last_infos],
        )

    def close(self) -> None:
        for part in self._parts:
            part.close()

    def env_method(
        self, method_name: str, *method_args: Any, indices: int | Iterable[int] | None = None, **method_kwargs: Any
    ) -> list[Any]:
        return [
            part.env_method(method_name, *method_args, indices=slot, **method_kwargs)[0]
            for part, slot in self._places(indices)
        ]

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """As the parts have it."""
        return [part.get_attr(attr_name, slot)[0] for part, slot in self._places(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:
        for part, slot in self._places(indices):
            part.set_attr(attr_name, value, slot)

    def env_is_wrapped(
        self,
        wrapper_class: type[Any],  # noqa: ARG002 - VecEnv's signature
        indices: int | Iterable[int] | None = None,
    ) -> list[bool]:
        return [False for _ in self._places(indices)]

    def _places(self, indices: int | Iterable[int] | None) -> list[tuple[VecEnv, int]]:
        first, second = self._parts
        slots = range(self.num_envs) if indices is None else self._get_indices(indices)
        return [(first, s) if s < first.num_envs else (second, s - first.num_envs) for s in slots]
