"""All junctions of one simulated street, from decision to decision.

    reset → observe → apply → observe → … → finished

At a decision every controlled junction gets a wish; it stands while the street is stepped to the next decision, and
at every simulated second each junction's stage machine puts it before its guard. Junctions that are not controlled
follow their fixed plans through stage machines of their own.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from envs.camera import SimulatedCamera
from envs.junction_heads import FixedPlanWish, GuardedJunction
from envs.reward import RewardFacts, RewardWeights, reward_of
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from envs.sumo_command import TRIPINFO_FILE
from envs.trips import Trip, read_trips
from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.errors import InputError, StreetError
from junction.guard import Ruling
from junction.layout import deciseconds
from junction.observation import observe
from junction.policy import Proposal, Situation
from junction.vehicle import PCU_VECTOR
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
        self._cameras: list[SimulatedCamera] = []
        self._seen: dict[str, dict[str, tuple[float, LaneGroupCount]]] = {}
        self._due: deque[tuple[float, list[CountRecord]]] = deque()
        steps = math.ceil(self.sensors.latency_s / self.files.step_length_s - 1e-9)
        self._latency_s = steps * self.files.step_length_s
        self._crossed_before_pcu: dict[str, float] = {}
        self._stood_before: dict[str, frozenset[str]] = {}
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
    def cameras(self) -> Mapping[str, SimulatedCamera]:
        """The controlled junctions' cameras by junction id."""
        return {camera.junction_id: camera for camera in self._cameras}

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
        self._heads = {junction_id: GuardedJunction(site.layout, street) for junction_id, site in sites.items()}
        self._plans = {i: FixedPlanWish(site, self.scenario.day_start_at) for i, site in sites.items()}
        self._cameras = [SimulatedCamera(sites[i], street, self.sensors, seed) for i in self.junction_ids]
        self._seen = {junction_id: {} for junction_id in self.junction_ids}
        self._due.clear()
        self._decide_s = episode.begin_s + episode.warmup_s
        early = max(0, math.ceil((self._latency_s - episode.warmup_s) / self.interval_s))
        self._look_s = self._decide_s - self._latency_s + early * self.interval_s
        self._run({})
        if self.weights.throughput:
            self._crossed_before_pcu = {i: self._crossed_pcu(i) for i in self.junction_ids}
        if self.weights.stops:
            self._stood_before = {i: street.standing_ids(i) for i in self.junction_ids}

    def observe(self) -> list[Situation]:
        """The controlled junctions' situations now, by what their cameras reported in time."""
        self._take_reports()
        situations = []
        for junction_id in self.junction_ids:
            head = self._heads[junction_id]
            observation = observe(head.layout, self._seen[junction_id], head.signals(), self.at)
            situations.append(Situation(layout=head.layout, observation=observation, allowed=head.allowed()))
        return situations

    def apply(self, proposals: Sequence[Proposal | None], for_s: float | None = None) -> list[Ruling]:
        """Give each controlled junction its wish (None: hold) and step to the next decision.

        Answers what the guards ruled at this second, in order. `for_s` steps a part of the interval only.
        """
        if len(proposals) != len(self.junction_ids):
            raise InputError("proposals", expected=f"{len(self.junction_ids)}, one a junction", got=len(proposals))
        wishes = dict(zip(self.junction_ids, proposals, strict=True))
        self._decide_s = self.time_s + (self.interval_s if for_s is None else for_s)
        first = self._run({i: proposal.stage_id if proposal else None for i, proposal in wishes.items()})
        return [first[junction_id] for junction_id in self.junction_ids]

    def rewards(self) -> list[tuple[float, dict[str, float]]]:
        """By controlled junction: the reward for the time since the last decision, and its weighted terms.

        From the simulated truth within the cameras' range, not from what the cameras made of it.
        """
        return [reward_of(self._facts(junction_id), self.weights) for junction_id in self.junction_ids]

    def stages(self) -> list[str]:
        """By controlled junction: the stage that is green or being changed to."""
        return [self._heads[junction_id].stage_id for junction_id in self.junction_ids]

    def reading_ages_s(self, junction_id: str) -> dict[str, float | None]:
        """By lane group of a controlled junction: seconds since its camera saw it, None when it never did."""
        seen = self._seen[junction_id]
        layout = self.scenario.sites[junction_id].layout
        return {g.id: self.at - seen[g.id][0] if g.id in seen else None for g in layout.lane_groups}

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
        """Tick, look and step to the next decision; the first second's rulings. Who is not held follows its plan.

        A head is ticked at the seconds at which a tick can matter: `StageMachine.idle_until_ds` says which.
        """
        street = self.street
        first: dict[str, Ruling] = {}
        idle_until_ds = dict.fromkeys(self._heads, -1)
        soonest_ds = -1
        tick_s = street.time_s
        while street.time_s < self._decide_s - _INSTANT_S and not street.finished:
            now_s = street.time_s
            self._look_if_due()
            if now_s >= tick_s - _INSTANT_S:
                tick_s += 1.0
                now_ds = deciseconds(now_s)
                if now_ds >= soonest_ds:
                    due = [i for i, until_ds in idle_until_ds.items() if now_ds >= until_ds]
                    rulings = {i: self._tick(i, now_s, held, idle_until_ds) for i in due}
                    first = first or rulings
                    soonest_ds = min(idle_until_ds.values())
            street.step()
        self._look_if_due()
        return first

    def _tick(
        self, junction_id: str, now_s: float, held: Mapping[str, str | None], idle_until_ds: dict[str, int]
    ) -> Ruling:
        head = self._heads[junction_id]
        if junction_id in held:
            wish = held[junction_id]
            ruling = head.tick(wish)
            idle_until_ds[junction_id] = head.idle_until_ds(wish)
        else:
            plan = self._plans[junction_id]
            wish = plan(now_s)
            ruling = head.tick(wish)
            idle_until_ds[junction_id] = min(head.idle_until_ds(wish), math.floor(10 * plan.due_until_s))
        return ruling

    def _look_if_due(self) -> None:
        if self.street.time_s >= self._look_s - _INSTANT_S:
            self._look_s += self.interval_s
            self._due.append((self.street.time_s + self._latency_s, [camera.look(self.at) for camera in self._cameras]))

    def _take_reports(self) -> None:
        """Let what the cameras saw at least their latency ago become known.

        A camera that says that its picture is wrong (frozen, black, …) takes back what was known, as the service does.
        """
        now_s = self.time_s
        while self._due and self._due[0][0] <= now_s + _INSTANT_S:
            for record in self._due.popleft()[1]:
                known = self._seen[record.junction_id]
                if record.state not in (CameraState.OK, CameraState.LOST):
                    known.clear()
                for count in record.lane_groups:
                    if count.seen:
                        known[count.lane_group_id] = (record.end_at, count)

    def _facts(self, junction_id: str) -> RewardFacts:
        street, head = self.street, self._heads[junction_id]
        return RewardFacts(
            layout=head.layout,
            view=street.look(junction_id),
            signals=head.signals(),
            waiting_s=street.waiting_s(junction_id) if self.weights.waiting else 0.0,
            exit_queue_veh=street.exit_queue_veh(junction_id) if self.weights.pressure else 0,
            crossed_pcu=self._newly_crossed_pcu(junction_id) if self.weights.throughput else 0.0,
            standing_veh=street.standing_veh(junction_id) if self.weights.whole_queue else 0,
            held_up_veh=street.held_up_veh(junction_id) if self.weights.delay else 0.0,
            stopped_veh=self._newly_stopped_veh(junction_id) if self.weights.stops else 0,
        )

    def _newly_stopped_veh(self, junction_id: str) -> int:
        before = self._stood_before[junction_id]
        self._stood_before[junction_id] = self.street.standing_ids(junction_id)
        return len(self._stood_before[junction_id] - before)

    def _newly_crossed_pcu(self, junction_id: str) -> float:
        before_pcu = self._crossed_before_pcu[junction_id]
        self._crossed_before_pcu[junction_id] = self._crossed_pcu(junction_id)
        return self._crossed_before_pcu[junction_id] - before_pcu

    def _crossed_pcu(self, junction_id: str) -> float:
        return float(self.street.crossed(junction_id).sum(axis=0) @ PCU_VECTOR)
