"""One controller on one seed: the street is run, and SUMO's own trip list and lamp record are measured.

Delay is timeLoss + departDelay of every vehicle due in the window, those that did not finish and those that found no
room to enter counted with what they lost so far.

A run is *gridlocked* when no vehicle arrived for 5 minutes while some were on the street, or when at the window's end
more than a quarter of the vehicles on the street had each stood for more than 15 minutes (`is_gridlocked`): flow has
stopped for good, not for a red. Nothing teleports, so a gridlock stays in every other measure too.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from agents.lamp_record import audit_record
from agents.roster import Controller, make_controller
from agents.sumo_programs import program_file
from envs.city import CitySimulation
from envs.city import Episode as Window
from envs.junction_heads import GuardedJunction
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from envs.sumo_command import LAMPS_FILE, TRIPINFO_FILE
from envs.trips import Trip, due_between, read_trips
from junction.errors import InputError, StreetError
from junction.layout import JunctionLayout
from junction.observation import LaneGroupReading, Observation
from junction.policy import Policy, Situation
from scenarios.load import load_scenario
from scenarios.model import Scenario

STANDSTILL_S = 300.0
"""No arrival for so long, with vehicles on the street: gridlock."""
STUCK_S = 900.0
"""A vehicle that stood for so long and is still on the street is stuck: five of the longest reds allowed."""
STUCK_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class EpisodeTask:
    """What one worker is to run. `controller` is a roster name; without `begin_s`, `end_s` the scenario's window.

    `day` is one of the scenario's days; None: the normal one. `scale` multiplies the demand.
    """

    scenario: str
    controller: str
    seed: int
    fidelity: str
    begin_s: float | None = None
    end_s: float | None = None
    sensors_file: Path | None = None
    day: str | None = None
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class EpisodeResult:
    """Measured over all vehicles due in the window (`due_veh`).

    `wait_s` and `max_wait_s` count standing on the street and waiting to enter it; `trip_s` is over those that
    arrived, since they were due; `queue_veh` is the mean number of vehicles standing or waiting to enter.
    """

    controller: str
    seed: int
    begin_s: float
    end_s: float
    sensors: str
    sumo_version: str
    delay_s: float
    wait_s: float
    stops: float
    trip_s: float | None
    queue_veh: float
    throughput_veh: int
    max_wait_s: float
    due_veh: int
    unfinished_veh: int
    gridlocked: bool
    unsafe_events: int
    wall_s: float


def run_episode(task: EpisodeTask) -> EpisodeResult:
    """Runs the task's street in this process (which may hold no other) and measures it.

    Raises InputError for a bad task, ScenarioError for a street that is not built, StreetError when SUMO dies or no
    vehicle was due.
    """
    started_s = time.monotonic()
    scenario = load_scenario(task.scenario).on_day(task.day)
    files = scenario.street(task.fidelity)
    begin_s = files.begin_s if task.begin_s is None else task.begin_s
    end_s = files.end_s if task.end_s is None else task.end_s
    controller = make_controller(task.controller, scenario)
    sensors = SensorModel() if task.sensors_file is None else SensorModel.from_file(task.sensors_file)
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    with tempfile.TemporaryDirectory(prefix="chauraha-episode-") as folder:
        out = Path(folder)
        if controller.policy is None or controller.blind:
            _run_street(scenario, task, controller, out, begin_s, end_s)
        else:
            run_policy(
                scenario,
                controller.policy,
                seed=task.seed,
                fidelity=task.fidelity,
                sensors=sensors,
                output_dir=out,
                window=Window(begin_s=begin_s, end_s=end_s, scale=task.scale),
            )
        trips = due_between(read_trips(out / TRIPINFO_FILE, end_s), begin_s, end_s)
        unsafe = audit_record(out / LAMPS_FILE, layouts, files)
    if not trips:
        raise StreetError(f"episode: expected vehicles due from {begin_s:g} to {end_s:g} s, got none")
    return measure(
        trips,
        task=task,
        begin_s=begin_s,
        end_s=end_s,
        unsafe_events=len(unsafe),
        wall_s=time.monotonic() - started_s,
    )


def run_policy(
    scenario: Scenario,
    policy: Policy,
    *,
    seed: int,
    fidelity: str,
    sensors: SensorModel,
    output_dir: Path | None,
    window: Window,
) -> None:
    """One run of a street by a policy, from decision to decision, to the window's end."""
    with CitySimulation(
        scenario, fidelity=fidelity, interval_s=policy.interval_s, sensors=sensors, output_dir=output_dir
    ) as city:
        policy.reset([scenario.sites[i].layout for i in city.junction_ids], seed)
        city.reset(seed, window)
        while not city.finished:
            city.apply(policy.propose(city.observe()))


def measure(
    trips: Sequence[Trip], *, task: EpisodeTask, begin_s: float, end_s: float, unsafe_events: int, wall_s: float
) -> EpisodeResult:
    """The result of trips that were all due in the window. Raises InputError for no trips."""
    if not trips:
        raise InputError("trips", expected="at least one", got=trips)
    arrived = [trip for trip in trips if trip.arrived]
    waits_s = [trip.waiting_s + trip.depart_delay_s for trip in trips]
    count = len(trips)
    return EpisodeResult(
        controller=task.controller,
        seed=task.seed,
        begin_s=begin_s,
        end_s=end_s,
        sensors="default" if task.sensors_file is None else task.sensors_file.name,
        sumo_version=sumo_version(),
        delay_s=math.fsum(trip.delay_s for trip in trips) / count,
        wait_s=math.fsum(waits_s) / count,
        stops=sum(trip.stops for trip in trips) / count,
        trip_s=math.fsum(t.depart_delay_s + t.duration_s for t in arrived) / len(arrived) if arrived else None,
        # Little's law: vehicle-seconds of waiting over the window are the mean number waiting in it.
        queue_veh=math.fsum(waits_s) / (end_s - begin_s),
        throughput_veh=len(arrived),
        max_wait_s=max(waits_s),
        due_veh=count,
        unfinished_veh=count - len(arrived),
        gridlocked=is_gridlocked(trips, begin_s, end_s),
        unsafe_events=unsafe_events,
        wall_s=wall_s,
    )


def is_gridlocked(trips: Sequence[Trip], begin_s: float, end_s: float) -> bool:
    """Whether flow stopped: see the module's definition."""
    departures = sorted(trip.due_s + trip.depart_delay_s for trip in trips if trip.departed)
    if not departures:
        return end_s - begin_s > STANDSTILL_S
    arrivals = sorted(t.due_s + t.depart_delay_s + t.duration_s for t in trips if t.arrived)
    still_there = [trip for trip in trips if trip.departed and not trip.arrived]
    if sum(trip.waiting_s > STUCK_S for trip in still_there) > STUCK_SHARE * max(1, len(still_there)):
        return True
    return any(
        later - earlier > STANDSTILL_S and _on_street(trips, earlier, later)
        for earlier, later in pairwise([*arrivals, end_s])
    )


def _on_street(trips: Sequence[Trip], from_s: float, to_s: float) -> bool:
    """Whether some vehicle was on the street all of that time."""
    return any(
        trip.departed
        and trip.due_s + trip.depart_delay_s <= from_s
        and (not trip.arrived or trip.due_s + trip.depart_delay_s + trip.duration_s >= to_s)
        for trip in trips
    )


def sumo_version() -> str:
    """The version of SUMO that ran: part of every result."""
    from importlib.metadata import version

    return version("libsumo")


def _run_street(
    scenario: Scenario, task: EpisodeTask, controller: Controller, out: Path, begin_s: float, end_s: float
) -> None:
    """A run that needs no camera: SUMO's own programs, or a plan by the clock behind the guard."""
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    files = scenario.street(task.fidelity)
    if controller.programs == "actuated":
        files = replace(files, actuated_file=program_file(controller.name, files.actuated_file, out))
    street = SumoStreet(
        files,
        layouts,
        seed=task.seed,
        begin_s=begin_s,
        end_s=end_s,
        programs=controller.programs,
        output_dir=out,
        scale=task.scale,
        count_crossings=False,
    )
    with street:
        if controller.policy is None:
            street.run_until(end_s)
        else:
            _run_blind(street, controller.policy, layouts, scenario.day_start_at, task.seed)


def _run_blind(
    street: SumoStreet, policy: Policy, layouts: Mapping[str, JunctionLayout], day_start_at: float, seed: int
) -> None:
    heads = [GuardedJunction(layout, street) for layout in layouts.values()]
    policy.reset(list(layouts.values()), seed)
    second_s = street.time_s
    while not street.finished:
        time_s = day_start_at + street.time_s
        situations = [_unseen(head, time_s) for head in heads]
        for head, proposal in zip(heads, policy.propose(situations), strict=True):
            head.tick(proposal.stage_id)
        second_s += 1.0
        street.run_until(min(second_s, street.end_s))


def _unseen(head: GuardedJunction, time_s: float) -> Situation:
    layout = head.layout
    readings = tuple(LaneGroupReading(lane_group_id=g.id, age_s=None) for g in layout.lane_groups)
    observation = Observation(junction_id=layout.id, time_s=time_s, readings=readings, signals=head.signals())
    return Situation(layout=layout, observation=observation, allowed=np.ones(len(layout.stages), dtype=np.bool_))
