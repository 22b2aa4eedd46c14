"""A process that runs one city for `CityVecEnv`: it plays episodes and restarts by itself when one is over."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs.action_mode import ActionMode, action_mode
from envs.city import CitySimulation
from envs.decision import Decisions, Outcome, Sight
from envs.episodes import EpisodePlan
from envs.reward import RewardWeights
from envs.sensors import SensorModel
from junction.errors import ChaurahaError, StreetError
from scenarios.load import load_scenario
from scenarios.model import TRAINING, Scenario


@dataclass(frozen=True, kw_only=True)
class CitySpec:
    """What a worker process makes its city of; all of it can be pickled. `mode`: an action mode or its name.

    In `output_dir` SUMO's records of the last episode are left (of several processes: in a folder a number each).
    """

    scenario: Scenario | str | Path
    controlled: tuple[str, ...] | None = None
    fidelity: str = TRAINING
    interval_s: float = 5.0
    episodes: EpisodePlan = field(default_factory=EpisodePlan)
    sensors: SensorModel = field(default_factory=SensorModel)
    weights: RewardWeights = field(default_factory=RewardWeights)
    mode: ActionMode | str = "next_stage"
    output_dir: Path | None = None

    def city(self) -> CitySimulation:
        """A new city, not started. Raises ScenarioError when the scenario is not built. Needs no SUMO."""
        return CitySimulation(
            self.scenario if isinstance(self.scenario, Scenario) else load_scenario(self.scenario),
            fidelity=self.fidelity,
            controlled=self.controlled,
            interval_s=self.interval_s,
            sensors=self.sensors,
            weights=self.weights,
            output_dir=self.output_dir,
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A worker's answer: `sight` is where it stands now. After a step `outcome` says what came of it; when that ended
    the episode, `sight` is already the next one's first."""

    sight: Sight
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A worker's answer when it could not do what was asked. `lasting`: it would fail again (bad input, no SUMO)."""

    message: str
    lasting: bool


def run_worker(spec: CitySpec, pipe: Connection) -> None:
    """Answer requests until None comes or the parent is gone.

    A request is a seed (a tuple of ints: begin a first episode, and let it decide all that follow) or an array of
    actions, one a controlled junction.
    """
    # Ctrl-C reaches the whole process group; the parent decides what becomes of its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.closing(pipe), contextlib.ExitStack() as stack:
        decisions: Decisions | None = None
        rng = np.random.default_rng(0)
        while (request := _next_request(pipe)) is not None:
            try:
                if decisions is None:
                    decisions = Decisions(stack.enter_context(spec.city()), action_mode(spec.mode))
                if isinstance(request, tuple):
                    rng = np.random.default_rng(np.random.SeedSequence(request))
                    pipe.send(Reply(sight=_begin(decisions, spec.episodes, rng)))
                else:
                    outcome = decisions.decide(request)
                    sight = _begin(decisions, spec.episodes, rng) if outcome.finished else outcome.sight
                    pipe.send(Reply(sight=sight, outcome=outcome))
            except ChaurahaError as error:
                pipe.send(Failure(message=str(error), lasting=not isinstance(error, StreetError)))


def _next_request(pipe: Connection) -> tuple[int, ...] | NDArray[Any] | None:
    try:
        request: tuple[int, ...] | NDArray[Any] | None = pipe.recv()
    except (EOFError, ConnectionResetError):
        return None
    return request


def _begin(decisions: Decisions, episodes: EpisodePlan, rng: np.random.Generator) -> Sight:
    city = decisions.city
    city.reset(int(rng.integers(2**31)), episodes.draw(city.files, rng))
    return decisions.begin()
