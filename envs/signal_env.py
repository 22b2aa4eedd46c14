"""One junction as a Gymnasium environment; the scenario's other junctions follow their fixed plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from envs.action_mode import Action, ActionMode, action_mode
from envs.city import CitySimulation
from envs.decision import Decisions, Sight
from envs.episodes import EpisodePlan
from envs.picture import draw_junction
from envs.reward import RewardWeights
from envs.sensors import SensorModel
from junction.encoding import MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError, StreetError
from scenarios.load import load_scenario
from scenarios.model import TRAINING, Scenario

RENDER_MODES = ("rgb_array", "human")


class SignalEnv(gymnasium.Env[NDArray[np.float32], Any]):
    """Times one junction. A step goes on, interval by interval, to the next moment at which the mode has to choose.

    Observation: `junction.encoding.encode`, float32 of shape (MAX_STAGES, features); rows past the junction's stages
    are 0. Action: what `mode` (an `ActionMode` or its name) says. `action_masks` says which actions would be taken
    now; it is there in masked modes only. An action that would not be is not replaced: it is refused, and `info` says
    so (`envs.decision.Decisions.decide`, which also names the rest). Over the intervals of a step rewards and their
    terms are summed; `reasons` are the first one's, `interventions` those of all of them, the rest the last one's.
    `reading_age_s` in `info` is the age of what the camera last saw, by lane group.

    Rendering: "rgb_array" draws the junction, "human" opens sumo-gui. Episodes are truncated, never terminated. Raises
    InputError for a junction that the scenario does not have. The constructor starts nothing; one simulation runs in a
    process, so close one before resetting another.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 5}  # noqa: RUF012 - Gymnasium's

    def __init__(
        self,
        scenario: Scenario | str | Path,
        junction_id: str,
        *,
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
            controlled=[junction_id],
            interval_s=interval_s,
            sensors=sensors,
            weights=weights,
            output_dir=output_dir,
            gui=render_mode == "human",
        )
        self._decisions = Decisions(self.city, action_mode(mode))
        self._episodes = EpisodePlan() if episodes is None else episodes
        self._junction_id = junction_id
        self._sight: Sight | None = None
        self.observation_space = spaces.Box(-np.inf, np.inf, (MAX_STAGES, len(STAGE_FEATURES)), np.float32)
        self.action_space = self._decisions.mode.space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode drawn from the plan, and run it to the first choice.

        `options` may hold `begin_s`, `warmup_s`, `length_s` or `scale`.
        """
        super().reset(seed=seed)
        plan = self._episodes.fixed(options) if options else self._episodes
        street_seed = int(self.np_random.integers(2**31))
        self.city.reset(street_seed, plan.draw(self.city.files, self.np_random))
        sight = self._decisions.begin()
        while not (self.city.finished or sight.due[0]):
            sight = self._decisions.decide([self._standing(sight)]).sight
        if self.city.finished:
            self.close()
            raise InputError("episodes.length_s", expected="time for a choice (a cycle)", got=plan.length_s)
        self._sight = sight
        info = {
            "time_s": self.city.time_s,
            "street_seed": street_seed,
            "reading_age_s": self.city.reading_ages_s(self._junction_id),
        }
        return self._sight.rows[0], info

    def step(self, action: Action) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """One decision. Raises StreetError when SUMO dies, and before a reset."""
        self._seen()
        outcomes = [self._decisions.decide([action])]
        while not (outcomes[-1].finished or outcomes[-1].sight.due[0]):
            outcomes.append(self._decisions.decide([self._standing(outcomes[-1].sight)]))
        last = outcomes[-1]
        self._sight = last.sight
        info = summed([outcome.infos()[0] for outcome in outcomes])
        info["reading_age_s"] = self.city.reading_ages_s(self._junction_id)
        return last.sight.rows[0], float(info["reward"]), False, last.finished, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions would be taken now, one an action. Raises StreetError before a reset, InputError in a mode
        without masks."""
        if not self._decisions.mode.masked:
            raise InputError("mode", expected="a mode with masks", got=self._decisions.mode.name)
        mask: NDArray[np.bool_] = self._seen().masks[0]
        return mask

    def render(self) -> NDArray[np.uint8] | None:
        """ "rgb_array": the junction now, uint8 (height, width, 3). Raises StreetError before a reset."""
        self._seen()
        return draw_junction(self.city, self._junction_id) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        self._sight = None
        self.city.close()

    def _seen(self) -> Sight:
        if self._sight is None:
            raise StreetError("signal env: expected a reset environment, got a new or closed one; call reset()")
        return self._sight

    def _standing(self, sight: Sight) -> Action:
        """The action that changes nothing while nothing is to be chosen."""
        if self._decisions.mode.masked:
            return int(sight.masks[0].argmax())
        return np.zeros(self.action_space.shape or (), np.float32)


def summed(infos: list[dict[str, Any]]) -> dict[str, Any]:
    """One info for several intervals in a row; see `SignalEnv`."""
    if len(infos) == 1:
        return infos[0]
    terms = {name: sum(info["reward_terms"][name] for info in infos) for name in infos[0]["reward_terms"]}
    return {
        **infos[-1],
        "accepted": infos[0]["accepted"],
        "reasons": infos[0]["reasons"],
        "interventions": tuple(dict.fromkeys(reason for info in infos for reason in info["interventions"])),
        "reward": sum(info["reward"] for info in infos),
        "reward_terms": terms,
    }


def check_render_mode(render_mode: str | None) -> None:
    """Raises InputError for a mode that is not drawn."""
    if render_mode not in (None, *RENDER_MODES):
        raise InputError("render_mode", expected=f"None or one of {list(RENDER_MODES)}", got=render_mode)
