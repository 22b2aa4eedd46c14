"""All junctions of several simulated streets as the slots of one stable-baselines3 `VecEnv`, sharing one policy."""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from envs.action_mode import action_mode
from envs.city_worker import CitySpec, Failure, Reply, run_worker
from envs.decision import Sight
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError

MAX_DEATHS_IN_A_ROW = 3
"""A worker that dies so often without one good answer between is not restarted again."""
ANSWER_WITHIN_S = 600.0
"""A worker that says nothing for so long counts as dead."""
CLOSE_WITHIN_S = 5.0


class CityVecEnv(VecEnv):
    """`processes` streets of one scenario, then a street of each of `more`; a slot is a junction, street after street.

    Observations are float32 (slots, MAX_STAGES, features), actions what `spec.mode` says; `env_method("action_masks")`
    gives the masks (where the mode has any), so `sb3_contrib.MaskablePPO` works on it as it is. Each street draws its
    own episodes from `spec.episodes`; when one ends, all of its slots are done at once, with `terminal_observation` and
    `TimeLimit.truncated` in their infos (see `envs.decision.Decisions` for the rest of an info).

    The constructor starts no process; `reset` does. A worker that dies, or whose SUMO does, is replaced with a
    RuntimeWarning and its episode is truncated. Raises StreetError when that does not help, InputError for a spec that
    no city can be made of.
    """

    def __init__(self, spec: CitySpec, *, processes: int = 1, more: Sequence[CitySpec] = (), seed: int) -> None:
        if processes < 1:
            raise InputError("processes", expected="1 or more", got=processes)
        if any(other.mode != spec.mode for other in more):
            raise InputError("more", expected=f"the mode of the first ({spec.mode})", got=[o.mode for o in more])
        self.spec = spec
        self._mode = action_mode(spec.mode)
        self.junction_ids = spec.city().junction_ids
        streets = [*[(spec, self.junction_ids)] * processes, *[(other, other.city().junction_ids) for other in more]]
        self._workers = [_Worker(_with_own_folder(street, index), index) for index, (street, _) in enumerate(streets)]
        self._slots = [(index, place) for index, (_, ids) in enumerate(streets) for place in range(len(ids))]
        """Of each slot: its street's worker, and which of that street's junctions it is."""
        self._slot_ids = [junction_id for _, ids in streets for junction_id in ids]
        ends = list(accumulate(len(ids) for _, ids in streets))
        self._parts = [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
        self._seed = seed
        self._sights: list[Sight] = []
        self._stepping = False
        super().__init__(
            len(self._slots),
            spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)), np.float32),
            self._mode.space(),
        )

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the running workers."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Let the next `reset` begin the episodes of this seed (None: the ones of the constructor's)."""
        self._seed = self._seed if seed is None else seed
        return [self._seed] * self.num_envs

    def reset(self) -> NDArray[np.float32]:
        """Begin a first episode on every street, starting what is not running. A step under way is cut off."""
        if self._stepping:
            self.step_wait()
        for worker in self._workers:
            worker.ask((self._seed, worker.index))
        self._sights = [self._settle(worker)[0].sight for worker in self._workers]
        self._reset_options()
        return self._rows()

    def step_async(self, actions: NDArray[Any]) -> None:
        if not self._sights:
            raise StreetError("city vec env: expected a reset environment, got a new or closed one; call reset()")
        wanted = np.asarray(actions, self.action_space.dtype)
        for worker, part in zip(self._workers, self._parts, strict=True):
            worker.ask(wanted[part])
        self._stepping = True

    def step_wait(self) -> VecEnvStepReturn:
        self._stepping = False
        rewards = np.zeros(self.num_envs, np.float32)
        dones = np.zeros(self.num_envs, np.bool_)
        infos: list[dict[str, Any]] = []
        for index, (worker, part) in enumerate(zip(self._workers, self._parts, strict=True)):
            before = self._sights[index]
            reply, death = self._settle(worker)
            self._sights[index] = reply.sight
            if reply.outcome is None:
                ended: Sight | None = before
                infos += [{"junction_id": junction_id, "worker_died": death} for junction_id in self._slot_ids[part]]
            else:
                ended = reply.outcome.sight if reply.outcome.finished else None
                rewards[part] = reply.outcome.rewards
                infos += reply.outcome.infos()
            if ended is not None:
                dones[part] = True
                for info, row in zip(infos[part], ended.rows, strict=True):
                    info["terminal_observation"] = row
                    info["TimeLimit.truncated"] = True
        return self._rows(), rewards, dones, infos

    def close(self) -> None:
        """Stop every worker; none is left when this returns. Closing twice does nothing."""
        for worker in self._workers:
            worker.dismiss()
        for worker in self._workers:
            worker.bury()
        self._sights = []
        self._stepping = False

    def env_method(
        self,
        method_name: str,
        *method_args: Any,  # noqa: ARG002 - VecEnv's signature, here and below
        indices: int | Iterable[int] | None = None,
        **method_kwargs: Any,  # noqa: ARG002
    ) -> list[Any]:
        if method_name != "action_masks" or not self._mode.masked:
            raise AttributeError(f"expected method 'action_masks' of a masked mode, got {method_name!r}")
        return [self._mask(slot) for slot in self._get_indices(indices)]

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """Of every slot: "junction_id", "render_mode" (None) or "action_masks" (callable)."""
        slots = range(self.num_envs) if indices is None else self._get_indices(indices)
        readers: dict[str, Callable[[int], Any]] = {
            "render_mode": lambda slot: None,  # noqa: ARG005 - every reader takes the slot
            "junction_id": lambda slot: self._slot_ids[slot],
        }
        if self._mode.masked:
            readers["action_masks"] = lambda slot: lambda: self._mask(slot)
        if attr_name not in readers:
            raise AttributeError(f"expected one of {sorted(readers)}, got {attr_name!r}")
        return [readers[attr_name](slot) for slot in slots]

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:  # noqa: ARG002
        raise AttributeError(f"slots have no attribute to set, got {attr_name!r}; make a CityVecEnv with another spec")

    def env_is_wrapped(
        self,
        wrapper_class: type[Any],  # noqa: ARG002
        indices: int | Iterable[int] | None = None,
    ) -> list[bool]:
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """No slot draws itself."""
        return [None] * self.num_envs

    def _mask(self, slot: int) -> NDArray[np.bool_]:
        if not self._sights:
            raise StreetError("city vec env: expected a reset environment, got a new or closed one; call reset()")
        worker, place = self._slots[slot]
        mask: NDArray[np.bool_] = self._sights[worker].masks[place]
        return mask

    def _rows(self) -> NDArray[np.float32]:
        return np.concatenate([sight.rows for sight in self._sights])

    def _settle(self, worker: _Worker) -> tuple[Reply, str]:
        """The worker's answer, or a new worker's first sight and what the old one died of."""
        answer = worker.answer()
        deaths = 0
        message = ""
        while isinstance(answer, Failure):
            deaths += 1
            message = answer.message
            if answer.lasting or deaths >= MAX_DEATHS_IN_A_ROW:
                self.close()
                raise StreetError(f"city worker {worker.index}: {message}")
            warnings.warn(
                f"city worker {worker.index} died ({message}); it was restarted and its episode is truncated",
                RuntimeWarning,
                stacklevel=3,
            )
            worker.bury()
            worker.restarts += 1
            worker.ask((self._seed, worker.index, worker.restarts))
            answer = worker.answer()
        return answer, message


def _with_own_folder(spec: CitySpec, index: int) -> CitySpec:
    return spec if spec.output_dir is None else replace(spec, output_dir=spec.output_dir / str(index))


@dataclass(eq=False)
class _Worker:
    """A worker process, started when it is first asked."""

    spec: CitySpec
    index: int
    restarts: int = 0
    _process: BaseProcess | None = None
    _pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def ask(self, request: tuple[int, ...] | NDArray[Any]) -> None:
        """Send a request; that the worker is dead shows in `answer`."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, far_end = context.Pipe()
            self._process = context.Process(
                target=run_worker, args=(self.spec, far_end), daemon=True, name=f"chauraha-city-{self.index}"
            )
            self._process.start()
            far_end.close()
        self._send(request)

    def answer(self) -> Reply | Failure:
        assert self._pipe is not None
        try:
            if not self._pipe.poll(ANSWER_WITHIN_S):
                return Failure(message=f"no answer within {ANSWER_WITHIN_S:g} s", lasting=False)
            answer: Reply | Failure = self._pipe.recv()
        except (EOFError, OSError):
            assert self._process is not None
            self._process.join(CLOSE_WITHIN_S)
            return Failure(message=f"exit code {self._process.exitcode}", lasting=False)
        return answer

    def dismiss(self) -> None:
        """Ask it to end."""
        if self._process is not None:
            self._send(None)

    def bury(self) -> None:
        """See that it has ended, by force if need be."""
        if self._process is None or self._pipe is None:
            return
        self._pipe.close()
        self._process.join(CLOSE_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._process = self._pipe = None

    def _send(self, request: tuple[int, ...] | NDArray[Any] | None) -> None:
        assert self._pipe is not None
        try:
            self._pipe.send(request)
        except OSError:
            return  # it is dead; whoever waits for an answer is told
