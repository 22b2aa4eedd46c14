"""All junctions of a street as a PettingZoo parallel environment: an agent a junction, named by its id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from envs.action_mode import Action, ActionMode, action_mode
from envs.city import CitySimulation
from envs.decision import Decisions, Sight
from envs.episodes import EpisodePlan
from envs.picture import draw_junction
from envs.reward import RewardWeights
from envs.sensors import SensorModel
from envs.signal_env import RENDER_MODES, check_render_mode
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError
from scenarios.load import load_scenario
from scenarios.model import TRAINING, Scenario

Rows = dict[str, NDArray[np.float32]]


class CityEnv(ParallelEnv[str, NDArray[np.float32], Any]):  # type: ignore[misc] # PettingZoo has no types
    """Times all junctions (or those in `controlled`) at once, one `interval_s` a step.

    Observations, actions and infos are by junction as in `SignalEnv`, except that a step is one interval whatever the
    mode: where nothing is to be chosen (`due` in `info` is False) the mask leaves the one action that stands, and a
    Box action is refused. Masks are in `info["action_mask"]`, int8, in masked modes.

    Every agent is truncated when the episode's time is over. "rgb_array" draws the first junction. One simulation runs
    in a process; the constructor starts nothing.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "name": "chauraha_city_v0"}  # noqa: RUF012

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        controlled: list[str] | None = None,
        mode: ActionMode | str = "next_stage",
        fidelity: str = TRAINING,
        interval_s: float = 5.0,
        episodes: EpisodePlan | None = None,
        sensors: SensorModel | None = None,
        weights: RewardWeights | None = None,
        output_dir: Path | None = None,
        render_mode: str | None = None,
    ) -> None:
        check_render_mode(render_mode)
        self.render_mode = render_mode
        self.city = CitySimulation(
            scenario if isinstance(scenario, Scenario) else load_scenario(scenario),
            fidelity=fidelity,
            controlled=controlled,
            interval_s=interval_s,
            sensors=sensors,
            weights=weights,
            output_dir=output_dir,
            gui=render_mode == "human",
        )
        self._decisions = Decisions(self.city, action_mode(mode))
        self._episodes = EpisodePlan() if episodes is None else episodes
        self._rng = np.random.default_rng()
        self.possible_agents = list(self.city.junction_ids)
        self.agents: list[str] = []
        self.observation_spaces = {agent: _row_space() for agent in self.possible_agents}
        self.action_spaces = {agent: self._decisions.mode.space() for agent in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Rows, dict[str, dict[str, Any]]]:
        """Start an episode drawn from the plan. `options["episode"]` is what `SignalEnv.reset` takes as its options;
        other keys are a wrapper's."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        plan = self._episodes.fixed((options or {}).get("episode", {}))
        self.city.reset(int(self._rng.integers(2**31)), plan.draw(self.city.files, self._rng))
        sight = self._decisions.begin()
        self.agents = list(self.possible_agents)
        return self._rows(sight), self._infos(sight, [{"time_s": self.city.time_s} for _ in self.agents])

    def step(
        self, actions: dict[str, Action]
    ) -> tuple[Rows, dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """One interval. Raises StreetError before a reset and after the end, InputError unless every agent acts."""
        if not self.agents:
            raise StreetError("city env: expected a running episode, got none; call reset()")
        if set(actions) != set(self.agents):
            raise InputError("actions", expected=f"one for each of {self.agents}", got=sorted(actions))
        outcome = self._decisions.decide([actions[agent] for agent in self.agents])
        agents = self.agents
        if outcome.finished:
            self.agents = []
        return (
            self._rows(outcome.sight),
            {agent: float(reward) for agent, reward in zip(agents, outcome.rewards, strict=True)},
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, outcome.finished),
            self._infos(outcome.sight, outcome.infos()),
        )

    def render(self) -> NDArray[np.uint8] | None:
        """ "rgb_array": the first junction now, uint8 (height, width, 3). Raises StreetError before a reset."""
        return draw_junction(self.city, self.possible_agents[0]) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        self.agents = []
        self.city.close()

    def _rows(self, sight: Sight) -> Rows:
        return dict(zip(self.possible_agents, sight.rows, strict=True))

    def _infos(self, sight: Sight, infos: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for index, (agent, info) in enumerate(zip(self.possible_agents, infos, strict=True)):
            info["due"] = bool(sight.due[index])
            info["reading_age_s"] = self.city.reading_ages_s(agent)
            if self._decisions.mode.masked:
                info["action_mask"] = sight.masks[index].astype(np.int8)
        return dict(zip(self.possible_agents, infos, strict=True))


def _row_space() -> spaces.Box:
    return spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)), np.float32)
