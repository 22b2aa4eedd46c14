"""One junction as a Gymnasium environment; the scenario's other junctions follow their fixed plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from envs.city import CitySimulation
from envs.decision import Sight, decide, sight_of
from envs.episodes import EpisodePlan
from envs.reward import RewardWeights
from envs.sensors import SensorModel
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError
from scenarios.load import load_scenario
from scenarios.model import TRAINING, Scenario


class SignalEnv(gymnasium.Env[NDArray[np.float32], np.int64]):
    """Times one junction: choose a stage every `interval_s` seconds.

    Observation: `junction.encoding.encode`, float32 of shape (MAX_STAGES, features); rows past the junction's stages
    are 0. Action: a stage's index. `action_masks` says which the guard would apply now. An action that it would not
    apply is not replaced: the guard's ruling applies, and `info` holds `applied_stage` (the stage that is green, or
    being changed to, at the interval's end), `accepted` and `reasons`, with `reward_terms` and `time_s`.

    Episodes are truncated, never terminated. Raises InputError for a junction that the scenario does not have. The
    constructor starts nothing; one simulation runs in a process, so close one before resetting another.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - Gymnasium's declaration

    def __init__(
        self,
        scenario: Scenario | str | Path,
        junction_id: str,
        *,
        fidelity: str = TRAINING,
        interval_s: float = 5.0,
        episodes: EpisodePlan | None = None,
        sensors: SensorModel | None = None,
        weights: RewardWeights | None = None,
        output_dir: Path | None = None,
        gui: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if render_mode is not None:
            raise InputError("render_mode", expected="None (gui=True opens sumo-gui)", got=render_mode)
        self.observation_space = spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)), np.float32)
        self.action_space = spaces.Discrete(MAX_STAGES)
        self.city = CitySimulation(
            scenario if isinstance(scenario, Scenario) else load_scenario(scenario),
            fidelity=fidelity,
            controlled=[junction_id],
            interval_s=interval_s,
            sensors=sensors,
            weights=weights,
            output_dir=output_dir,
            gui=gui,
        )
        self._episodes = EpisodePlan() if episodes is None else episodes
        self._sight: Sight | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode drawn from the plan. `options` may hold `begin_s`, `warmup_s`, `length_s` or `scale`."""
        super().reset(seed=seed)
        plan = self._episodes.fixed(options) if options else self._episodes
        street_seed = int(self.np_random.integers(2**31))
        self.city.reset(street_seed, plan.draw(self.city.files, self.np_random))
        self._sight = sight_of(self.city)
        return self._sight.rows[0], {"time_s": self.city.time_s, "street_seed": street_seed}

    def step(self, action: np.int64) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """One decision. Raises StreetError when SUMO dies, and before a reset."""
        outcome = decide(self.city, [int(action)])
        self._sight = outcome.sight
        return outcome.sight.rows[0], float(outcome.rewards[0]), False, outcome.finished, outcome.infos[0]

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions the guard would apply now, shape (MAX_STAGES,)."""
        if self._sight is None:
            raise StreetError("signal env: expected a reset environment, got a new or closed one; call reset()")
        mask: NDArray[np.bool_] = self._sight.masks[0]
        return mask

    def close(self) -> None:
        self._sight = None
        self.city.close()
