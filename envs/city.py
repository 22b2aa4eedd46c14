"""All junctions of one simulated street, from decision to decision.

    reset → observe → apply → observe → … → finished

At a decision every controlled junction gets a wish; it stands while the street is stepped to the next decision, and
at every simulated second each junction's stage machine puts it before its guard. Junctions that are not controlled
follow their fixed plans through stage machines of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from envs.camera import CityCameras
from envs.city_readings import CityReadings
from envs.junction_heads import FixedPlanWish, GuardedJunction
from envs.reward import RewardFacts, RewardWeights, reward_of
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from envs.sumo_command import TRIPINFO_FILE
from envs.trips import Trip, read_trips
from junction.encoding import StageRows
from junction.errors import InputError, StreetError
from junction.guard import Guard, Ruling
from junction.layout import deciseconds
from junction.observation import Observation
from junction.policy import Proposal, Situation
from junction.signals import SignalState
from junction.vehicle import pcu_by_row
from scenarios.model import TRAINING, Scenario

_INSTANT_S = 1e-6
"""Times closer than this are the same: SUMO's seconds come back as floats."""


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One run of a street, in SUMO seconds. Decisions begin `warmup_s` after `begin_s`; until then plans run."""

    begin_s: float
    end_s: float
    warmup_s: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (self.warmup_s >= 0 and self.begin_s + self.warmup_s < self.end_s):
            raise InputError("episode", expected="begin_s + warmup_s before end_s", got=self)


class CitySimulation:
    """One scenario's street with its signals and cameras. The constructor starts nothing; one runs in a process.

    `controlled` names the junctions that wait for proposals, in the order of every list here (default: all).
    `interval_s`, whole seconds, is the time between decisions. With `output_dir`, SUMO's `tripinfo.xml` and
    `lamps.xml` are written there.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        fidelity: str = TRAINING,
        controlled: Sequence[str] | None = None,
        interval_s: float = 5.0,
        sensors: SensorModel | None = None,
        weights: RewardWeights | None = None,
        output_dir: Path | None = None,
        gui: bool = False,
    ) -> None:
        if interval_s < 1 or interval_s != round(interval_s):
            raise InputError("interval_s", expected="whole seconds, at least 1", got=interval_s)
        self.scenario = scenario
        self.files = scenario.street(fidelity)
        self.junction_ids = tuple(scenario.sites if controlled is None else controlled)
        strangers = sorted(set(self.junction_ids) - set(scenario.sites))
        if strangers:
            raise InputError("controlled", expected=f"junctions among {sorted(scenario.sites)}", got=strangers)
        self.interval_s = float(interval_s)
        self.sensors = SensorModel() if sensors is None else sensors
        self.weights = RewardWeights() if weights is None else weights
        self.output_dir = output_dir
        self._gui = gui
        self._street: SumoStreet | None = None
        self._heads: dict[str, GuardedJunction] = {}
        self._plans: dict[str, FixedPlanWish] = {}
        self._wishes: dict[str, str | None] = {}
        self._rulings: dict[str, Ruling] = {}
        self._idle_until_ds: dict[str, int] = {}
        layouts = [scenario.sites[junction_id].layout for junction_id in self.junction_ids]
        self._encoder = StageRows(layouts)
        self._guards = {junction_id: Guard(site.layout) for junction_id, site in scenario.sites.items()}
        self._lane_group_ids = [tuple(lane_group.id for lane_group in layout.lane_groups) for layout in layouts]
        self._cameras: CityCameras | None = None
        self._readings = CityReadings(self._encoder.ensemble)
        steps = math.ceil(self.sensors.latency_s / self.files.step_length_s - 1e-9)
        self._latency_s = steps * self.files.step_length_s
        self._crossed_before_pcu: NDArray[np.float64] = np.zeros(len(layouts))
        self._stood_before: list[frozenset[str]] = []
        self._decide_s = 0.0
        self._look_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def street(self) -> SumoStreet:
        """The running street. Raises StreetError before the first reset and after close."""
        if self._street is None:
            raise StreetError("city: expected a reset city, got one not started or closed; call reset(seed)")
        return self._street

    @property
    def time_s(self) -> float:
        """Simulated time in SUMO seconds."""
        return self.street.time_s

    @property
    def at(self) -> float:
        """Simulated time in Unix seconds."""
        return self.scenario.day_start_at + self.street.time_s

    @property
    def finished(self) -> bool:
        return self.street.finished

    @property
    def cameras(self) -> CityCameras:
        """The controlled junctions' cameras by junction id. Raises StreetError before the first reset."""
        if self._cameras is None:
            raise StreetError("city: expected a reset city, got one not started; call reset(seed)")
        return self._cameras

    @property
    def heads(self) -> Mapping[str, GuardedJunction]:
        """Every junction's lamps, behind its guard, by junction id."""
        return self._heads

    def reset(self, seed: int, episode: Episode | None = None) -> None:
        """Start anew and run the warm-up. `seed` decides the traffic and every camera's errors.

        Without an episode the scenario's whole time is run. Raises StreetError when SUMO does not start.
        """
        self.close()
        episode = episode or Episode(begin_s=self.files.begin_s, end_s=self.files.end_s)
        street = SumoStreet(
            self.files,
            {junction_id: site.layout for junction_id, site in self.scenario.sites.items()},
            seed=seed,
            begin_s=episode.begin_s,
            end_s=episode.end_s,
            output_dir=self.output_dir,
            scale=episode.scale,
            gui=self._gui,
            count_crossings=bool(self.weights.throughput),
        )
        street.start()
        self._street = street
        sites = self.scenario.sites
        self._heads = {i: GuardedJunction(site.layout, street, self._guards[i]) for i, site in sites.items()}
        self._wishes, self._rulings, self._idle_until_ds = {}, {}, dict.fromkeys(sites, -1)
        self._plans = {i: FixedPlanWish(site, self.scenario.day_start_at) for i, site in sites.items()}
        self._cameras = CityCameras([sites[i] for i in self.junction_ids], street, self.sensors, seed)
        self._readings = CityReadings(self._encoder.ensemble)
        self._decide_s = episode.begin_s + episode.warmup_s
        early = max(0, math.ceil((self._latency_s - episode.warmup_s) / self.interval_s))
        self._look_s = self._decide_s - self._latency_s + early * self.interval_s
        self._run({})
        if self.weights.throughput:
            self._crossed_before_pcu = self._crossed_pcu()
        if self.weights.stops:
            self._stood_before = [street.standing_ids(i) for i in self.junction_ids]

    def observe(self) -> list[Situation]:
        """The controlled junctions' situations now, by what their cameras reported in time."""
        at = self.at
        self._readings.come_to(self.time_s)
        signals = self._signals()
        situations = []
        for junction, junction_id in enumerate(self.junction_ids):
            observation = Observation(
                junction_id=junction_id,
                time_s=at,
                readings=self._readings.of_junction(junction, self._lane_group_ids[junction], at),
                signals=signals[junction],
            )
            guard = self._guards[junction_id]
            allowed = guard.allowed(signals[junction])
            situations.append(Situation(layout=guard.layout, observation=observation, allowed=allowed))
        return situations

    def encoded(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """`observe`, encoded: rows (n, MAX_STAGES, features) and the guard's masks (n, MAX_STAGES), for all controlled
        junctions together."""
        self._readings.come_to(self.time_s)
        signals = self._signals()
        allowed = [self._guards[i].allowed(state) for i, state in zip(self.junction_ids, signals, strict=True)]
        return self._encoder.rows(self._readings.readings(self.at), signals, np.concatenate(allowed))

    def apply(self, proposals: Sequence[Proposal | None], for_s: float | None = None) -> list[Ruling]:
        """Give each controlled junction its wish (None: hold) and step to the next decision.

        Answers what the guards ruled at this second, in order. `for_s` steps a part of the interval only.
        """
        return self.follow([proposal.stage_id if proposal else None for proposal in proposals], for_s)

    def follow(self, wishes: Sequence[str | None], for_s: float | None = None) -> list[Ruling]:
        """`apply`, by the ids of the stages that are wanted."""
        if len(wishes) != len(self.junction_ids):
            raise InputError("proposals", expected=f"{len(self.junction_ids)}, one a junction", got=len(wishes))
        self._decide_s = self.time_s + (self.interval_s if for_s is None else for_s)
        first = self._run(dict(zip(self.junction_ids, wishes, strict=True)))
        return [first[junction_id] for junction_id in self.junction_ids]

    def rewards(self) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
        """By controlled junction: the reward for the time since the last decision, and its weighted terms by name.

        From the simulated truth within the cameras' range, not from what the cameras made of it.
        """
        return reward_of(self._facts(), self.weights)

    def stages(self) -> list[str]:
        """By controlled junction: the stage that is green or being changed to."""
        return [self._heads[junction_id].stage_id for junction_id in self.junction_ids]

    def reading_ages_s(self, junction_id: str) -> dict[str, float | None]:
        """By lane group of a controlled junction: seconds since its camera saw it, None when it never did."""
        junction = self.junction_ids.index(junction_id)
        return dict(zip(self._lane_group_ids[junction], self._readings.ages_s(junction, self.at), strict=True))

    def close(self) -> None:
        """Stop SUMO; its output files are complete afterwards."""
        if self._street is not None:
            self._street.close()
            self._street = None

    def trips(self) -> list[Trip]:
        """The trips of the last run; closes it. Raises InputError without an `output_dir`."""
        if self.output_dir is None:
            raise InputError("output_dir", expected="a folder that the trip list is written to", got=None)
        end_s = self.street.time_s
        self.close()
        return read_trips(self.output_dir / TRIPINFO_FILE, end_s)

    def _run(self, held: Mapping[str, str | None]) -> dict[str, Ruling]:
        """Tick, look and step to the next decision; the first second's rulings on those held. Who is not held follows
        its plan.

        Ticks come on whole seconds from here. A head is ticked when it can matter: when another stage is wanted than
        before, and when `StageMachine.idle_until_ds` says; from one such moment (or look) to the next SUMO runs by
        itself.
        """
        street = self.street
        first: dict[str, Ruling] = {}
        idle_until_ds, rulings = self._idle_until_ds, self._rulings
        for junction_id, wish in held.items():
            last = rulings.get(junction_id)
            if last is None or not last.accepted or wish != self._wishes[junction_id]:
                idle_until_ds[junction_id] = -1
        begin_s = tick_s = street.time_s
        end_s = min(self._decide_s, street.end_s)
        while street.time_s < end_s - _INSTANT_S:
            now_s = street.time_s
            self._look_if_due()
            if now_s >= tick_s - _INSTANT_S:
                now_ds = deciseconds(now_s)
                for junction_id, until_ds in idle_until_ds.items():
                    if now_ds >= until_ds:
                        self._tick(junction_id, now_s, held)
                first = first or {junction_id: rulings[junction_id] for junction_id in held}
                passed_s = max(min(idle_until_ds.values()) / 10, now_s + _INSTANT_S) - begin_s
                tick_s = begin_s + max(
                    1, math.ceil(passed_s - _INSTANT_S), math.floor(now_s - begin_s + _INSTANT_S) + 1
                )
            street.run_until(min(end_s, tick_s, self._look_s if self._look_s > now_s + _INSTANT_S else end_s))
        self._look_if_due()
        return first

    def _tick(self, junction_id: str, now_s: float, held: Mapping[str, str | None]) -> None:
        head = self._heads[junction_id]
        wish: str | None
        if junction_id in held:
            wish = held[junction_id]
            ruling = head.tick(wish)
            self._idle_until_ds[junction_id] = head.idle_until_ds(wish)
        else:
            plan = self._plans[junction_id]
            wish = plan(now_s)
            ruling = head.tick(wish)
            self._idle_until_ds[junction_id] = min(head.idle_until_ds(wish), math.floor(10 * plan.due_until_s))
        self._wishes[junction_id], self._rulings[junction_id] = wish, ruling

    def _look_if_due(self) -> None:
        if self.street.time_s >= self._look_s - _INSTANT_S:
            self._look_s += self.interval_s
            self._readings.note(self.cameras.look(self.at), self.street.time_s + self._latency_s)

    def _signals(self) -> list[SignalState]:
        return [self._heads[junction_id].signals() for junction_id in self.junction_ids]

    def _facts(self) -> RewardFacts:
        street, weights, ids = self.street, self.weights, self.junction_ids
        lamps = self._encoder.lamps
        lamps.show(self._signals())

        def each(of: Callable[[str], float], weight: float) -> NDArray[np.float64] | float:
            return np.array([of(i) for i in ids], np.float64) if weight else 0.0

        return RewardFacts(
            ensemble=self._encoder.ensemble,
            view=street.look_at(ids),
            red_s=lamps.red_ds / 10,
            waiting_s=each(street.waiting_s, weights.waiting),
            exit_queue_veh=each(street.exit_queue_veh, weights.pressure),
            crossed_pcu=self._newly_crossed_pcu() if weights.throughput else 0.0,
            standing_veh=each(street.standing_veh, weights.whole_queue),
            held_up_veh=each(street.held_up_veh, weights.delay),
            stopped_veh=self._newly_stopped_veh() if weights.stops else 0.0,
        )

    def _newly_stopped_veh(self) -> NDArray[np.float64]:
        before, self._stood_before = self._stood_before, [self.street.standing_ids(i) for i in self.junction_ids]
        return np.array([len(now - then) for now, then in zip(self._stood_before, before, strict=True)], np.float64)

    def _newly_crossed_pcu(self) -> NDArray[np.float64]:
        before_pcu, self._crossed_before_pcu = self._crossed_before_pcu, self._crossed_pcu()
        return self._crossed_before_pcu - before_pcu

    def _crossed_pcu(self) -> NDArray[np.float64]:
        return pcu_by_row(np.array([self.street.crossed(i).sum(axis=0) for i in self.junction_ids]))
