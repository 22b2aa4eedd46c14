"""How fast the environment is: bare libsumo, ours, and sumo-rl over libsumo and over traci, on the same networks.

    python -m bench.env_speed [--networks cologne1,kanpur] [--seconds 3600] [--repeats 2] [--no-pair] [--json FILE]

Every figure is simulated seconds per wall second of stepping, starting not counted, in a process of its own; the
repeats go round the contenders, and the median counts. Decisions fall every 5 s: the stage (phase) with the most queued
traffic. `ours` sees without error, as sumo-rl does; `ours_cameras` with the errors and the latency that a camera is
taken to have, and so decides otherwise. Bare libsumo steps the very traffic that `ours` had: it replays the lamps that
ours showed, and as many vehicles must have arrived. sumo-rl decides on its own signals by the same rule, so its traffic
is its own. An hour is RESCO's whole window: in its first minutes the streets are empty and a step of SUMO costs
next to nothing.

The pair compares a `CityVecEnv` of two processes with one of one, and two bare libsumo processes at a time, that share
nothing but the machine, with one: no environment can do better than these.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agents.lamp_record import read_states
from bench.import_cities import resco_config, resco_rules
from envs.city import CitySimulation, Episode
from envs.city_vec_env import CityVecEnv
from envs.city_worker import CitySpec
from envs.decision import Decisions, Sight
from envs.episodes import EpisodePlan
from envs.sensors import SensorModel
from envs.sumo_command import LAMPS_FILE, Run, sumo_options
from junction.encoding import STAGE_FEATURES
from junction.errors import StreetError
from junction.files import write_whole
from scenarios.importer import import_scenario
from scenarios.load import load_scenario
from scenarios.model import TRAINING, Scenario
from scenarios.ready import ready_scenario

NETWORKS = ("cologne1", "cologne8", "grid4x4", "ingolstadt21", "kanpur")
CONTENDERS = ("bare_libsumo", "ours", "ours_cameras", "sumo_rl_libsumo", "sumo_rl_traci")
INTERVAL_S = 5
SEED = 1
QUEUE = STAGE_FEATURES.index("queue_pcu")
VEC_NETWORK = "cologne8"
VEC_BEGIN_S = 25200.0
VEC_DECISIONS = 240


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What is stepped: a scenario's folder from `begin_s` to `end_s`, with the lamps to replay (a lamp record)."""

    folder: str
    begin_s: float
    end_s: float
    lamps_file: str


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Simulated seconds, the wall seconds that they took, and the vehicles that arrived (None: not counted)."""

    simulated_s: float
    wall_s: float
    arrived_veh: int | None

    @property
    def speed(self) -> float:
        return self.simulated_s / self.wall_s


def longest_queue(sight: Sight) -> NDArray[np.int64]:
    """By junction the allowed stage with the most queued PCU."""
    chosen: NDArray[np.int64] = np.where(sight.masks, sight.rows[:, :, QUEUE], -1.0).argmax(axis=1)
    return chosen


def ours(stretch: Stretch, record: bool = False, cameras: bool = False) -> Pace:
    """Step with full observation, encoding and the guard; `record` leaves the lamp record, `cameras` err."""
    output_dir = Path(stretch.lamps_file).parent if record else None
    sensors = SensorModel() if cameras else SensorModel.perfect()
    scenario = load_scenario(stretch.folder)
    with CitySimulation(scenario, interval_s=INTERVAL_S, sensors=sensors, output_dir=output_dir) as city:
        city.reset(SEED, Episode(begin_s=stretch.begin_s, end_s=stretch.end_s))
        decisions = Decisions(city)
        sight = decisions.begin()
        began_s = time.perf_counter()
        while not city.finished:
            sight = decisions.decide(longest_queue(sight)).sight
        wall_s = time.perf_counter() - began_s
        return Pace(simulated_s=city.time_s - stretch.begin_s, wall_s=wall_s, arrived_veh=city.street.vehicles_arrived)


def bare(stretch: Stretch) -> Pace:
    """Nothing but SUMO's steps and the lamps that ours showed."""
    import libsumo

    files = load_scenario(stretch.folder).street()
    run = Run(seed=SEED, begin_s=stretch.begin_s, end_s=stretch.end_s, scale=1.0, actuated=False)
    changes = _changes(Path(stretch.lamps_file))
    libsumo.start(["sumo", *sumo_options(files, run, [], None)])
    show, step = libsumo.trafficlight.setRedYellowGreenState, libsumo.simulationStep
    began_s = time.perf_counter()
    for number in range(round((stretch.end_s - stretch.begin_s) / files.step_length_s)):
        for tls_id, state in changes.get(number, ()):
            show(tls_id, state)
        step()
    wall_s = time.perf_counter() - began_s
    inserted = int(float(libsumo.simulation.getParameter("", "stats.vehicles.inserted")))
    arrived_veh = inserted - libsumo.vehicle.getIDCount()
    libsumo.close()
    return Pace(simulated_s=stretch.end_s - stretch.begin_s, wall_s=wall_s, arrived_veh=arrived_veh)


def _changes(lamps_file: Path) -> dict[int, list[tuple[str, str]]]:
    """By step number: the signals that change then, and what they show."""
    changes: dict[int, list[tuple[str, str]]] = {}
    for tls_id, (_, states) in read_states(lamps_file).items():
        before = None
        for number, state in enumerate(states):
            if state != before:
                changes.setdefault(number, []).append((tls_id, state))
                before = state
    return changes


def sumo_rl(stretch: Stretch, libsumo: bool) -> Pace:
    """sumo-rl on the network's own files; raises what sumo-rl raises where it cannot."""
    import sumo

    os.environ["SUMO_HOME"] = str(sumo.SUMO_HOME)
    if libsumo:
        os.environ["LIBSUMO_AS_TRACI"] = "1"
    else:
        os.environ.pop("LIBSUMO_AS_TRACI", None)
    from sumo_rl import SumoEnvironment

    files = load_scenario(stretch.folder).street()
    added = ",".join(str(path) for path in files.additional_files)
    env = SumoEnvironment(
        net_file=str(files.net_file),
        route_file=",".join(str(path) for path in files.route_files),
        begin_time=round(stretch.begin_s),
        num_seconds=round(stretch.end_s - stretch.begin_s),
        delta_time=INTERVAL_S,
        yellow_time=3,
        min_green=5,
        time_to_teleport=-1,
        sumo_seed=SEED,
        sumo_warnings=False,
        add_system_info=False,
        add_per_agent_info=False,
        additional_sumo_cmd=f"--additional-files {added}" if added else None,
    )
    seen: Any = env.reset()
    signals = {ts: (len(env.traffic_signals[ts].lanes), _served(env.traffic_signals[ts])) for ts in env.ts_ids}
    began_s = time.perf_counter()
    done = False
    while not done:
        chosen = {ts: int((served @ seen[ts][-lanes:]).argmax()) for ts, (lanes, served) in signals.items()}
        seen, _, dones, _ = env.step(chosen)
        done = bool(dones["__all__"])
    wall_s = time.perf_counter() - began_s
    env.close()
    return Pace(simulated_s=stretch.end_s - stretch.begin_s, wall_s=wall_s, arrived_veh=None)


def _served(signal: Any) -> NDArray[np.float64]:
    """Which incoming lanes each of sumo-rl's green phases serves, shape (phases, lanes)."""
    links = signal.sumo.trafficlight.getControlledLinks(signal.id)
    served = np.zeros((len(signal.green_phases), len(signal.lanes)))
    for phase, program in enumerate(signal.green_phases):
        for lamp, ways in zip(program.state, links, strict=False):
            if lamp in "Gg" and ways:
                served[phase, signal.lanes.index(ways[0][0])] = 1.0
    return served


def decisions_per_s(folder: str, processes: int) -> float:
    """Decisions (one a junction) that a `CityVecEnv` of so many processes takes in a second."""
    plan = EpisodePlan(length_s=INTERVAL_S * (VEC_DECISIONS + 10.0), begin_window_s=(VEC_BEGIN_S, VEC_BEGIN_S))
    env = CityVecEnv(CitySpec(scenario=folder, episodes=plan), processes=processes, seed=SEED)
    try:
        env.reset()
        began_s = time.perf_counter()
        for _ in range(VEC_DECISIONS):
            masks = np.stack(env.env_method("action_masks"))
            env.step(masks.argmax(axis=1))
        return VEC_DECISIONS * env.num_envs / (time.perf_counter() - began_s)
    finally:
        env.close()


def bare_pair(stretch: Stretch) -> float:
    """How many times the simulated seconds of one bare libsumo process two of them make in the same time."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        one = pool.apply(bare, (stretch,))
    with context.Pool(2) as pool:
        two: list[Pace] = pool.map(bare, [stretch, stretch], chunksize=1)
    return sum(pace.speed for pace in two) / one.speed


_RUNNERS: dict[str, Callable[[Stretch], Pace]] = {
    "bare_libsumo": bare,
    "ours": ours,
    "ours_cameras": partial(ours, cameras=True),
}


def _measure(contender: str, stretch: Stretch) -> Pace | str:
    """One contender once; what went wrong, in words, where it cannot run this network."""
    if contender in _RUNNERS:
        return _RUNNERS[contender](stretch)
    try:
        return sumo_rl(stretch, contender == "sumo_rl_libsumo")
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _in_a_process(function: Callable[..., Any], *arguments: Any) -> Any:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def _recorded(network: str, out: Path, seconds: float) -> Stretch:
    """The network's first `seconds`, stepped by ours once for its lamps; what ours records lies in `out`."""
    scenario = _scenario(network, out)
    begin_s = scenario.street().begin_s
    stretch = Stretch(
        folder=str(scenario.folder),
        begin_s=begin_s,
        end_s=begin_s + seconds,
        lamps_file=str(out / f"{network}.run" / LAMPS_FILE),
    )
    _in_a_process(ours, stretch, True)
    return stretch


def _scenario(network: str, out: Path) -> Scenario:
    if network == "kanpur":
        return ready_scenario("kanpur", TRAINING)
    return import_scenario(resco_config(network), network, out, rules=resco_rules(network))


def main(
    networks: Annotated[str, typer.Option(help="Names, with commas between.")] = ",".join(NETWORKS),
    seconds: Annotated[float, typer.Option(help="Simulated seconds from the network's begin.")] = 3600.0,
    repeats: Annotated[int, typer.Option(min=1)] = 2,
    pair: Annotated[bool, typer.Option(help="Compare two processes with one, ours and bare.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure and print; exit 1 where bare libsumo did not have the traffic that ours had."""
    names = networks.split(",")
    found: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    stretches: dict[str, Stretch] = {}
    with tempfile.TemporaryDirectory() as scratch, Progress(transient=True) as progress:
        task = progress.add_task("stepping", total=len(names) * len(CONTENDERS) * repeats + 1)
        for network in names:
            stretch = stretches[network] = _recorded(network, Path(scratch), seconds)
            paces: dict[str, list[Pace]] = {name: [] for name in CONTENDERS}
            for _ in range(repeats):
                for contender in CONTENDERS:
                    pace = _in_a_process(_measure, contender, stretch)
                    if isinstance(pace, str):
                        notes.append(f"{network}: {contender} cannot run it: {pace}")
                    else:
                        paces[contender].append(pace)
                    progress.advance(task)
            arrived = {pace.arrived_veh for name in ("bare_libsumo", "ours") for pace in paces[name]}
            if len(arrived) != 1:
                raise StreetError(f"{network}: expected the same traffic in ours and bare libsumo, arrived: {arrived}")
            found[network] = {
                name: statistics.median(pace.speed for pace in runs) if runs else None for name, runs in paces.items()
            }
            found[network]["runs"] = {name: [asdict(pace) for pace in runs] for name, runs in paces.items()}
        two_processes = None
        if pair:
            stretch = stretches.get(VEC_NETWORK) or _recorded(VEC_NETWORK, Path(scratch), seconds)
            one, two = decisions_per_s(stretch.folder, 1), decisions_per_s(stretch.folder, 2)
            ratio, most = two / one, bare_pair(stretch)
            two_processes = {"network": VEC_NETWORK, "one": one, "two": two, "ratio": ratio, "bare_ratio": most}
    document = {
        "networks": found,
        "two_processes": two_processes,
        "seconds": seconds,
        "repeats": repeats,
        "notes": sorted(set(notes)),
    }
    if json_file is not None:
        write_whole(json_file, (json.dumps(document, indent=1) + "\n").encode())
    _show(document)


def _show(document: dict[str, Any]) -> None:
    table = Table(title=f"simulated seconds per wall second, median of {document['repeats']}")
    for name in ("network", *CONTENDERS, "ours / bare", "ours / sumo-rl libsumo", "ours / sumo-rl traci"):
        table.add_column(name, justify="left" if name == "network" else "right")
    for network, speeds in document["networks"].items():
        ratios = [
            "" if speeds[other] is None else f"{speeds['ours'] / speeds[other]:.2f}"
            for other in ("bare_libsumo", "sumo_rl_libsumo", "sumo_rl_traci")
        ]
        shown = ["" if speeds[name] is None else f"{speeds[name]:.0f}" for name in CONTENDERS]
        table.add_row(network, *shown, *ratios)
    console = Console()
    console.print(table)
    if pair := document["two_processes"]:
        console.print(f"two processes on {pair['network']}: {pair['ratio']:.2f} x the decisions of one")
        console.print(f"two bare libsumo processes: {pair['bare_ratio']:.2f} x the simulated seconds of one")
    for note in document["notes"]:
        console.print(note)


if __name__ == "__main__":
    typer.run(main)
