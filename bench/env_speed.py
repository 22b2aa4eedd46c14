"""How fast the environment is: bare libsumo, ours, and sumo-rl over libsumo and over traci, on the same networks.

    python -m bench.env_speed [--networks cologne1,kanpur] [--seconds 3600] [--no-pair] [--json FILE]

Every figure is simulated seconds per processor second of stepping, starting not counted, in a process of its own;
sumo-rl over traci, which waits for another process, goes by wall seconds and is compared with ours by these. The
contenders are stepped in turns of `TURN_S`, so that a machine that is slow for a while, or busy, is so for all of them.
Decisions fall every 5 s: the stage (phase) with the most queued traffic. `ours` sees without error, as sumo-rl does;
`ours_cameras` with the errors and the latency that a camera is taken to have, and so decides otherwise. Bare libsumo
steps the very traffic that `ours` had: it replays the lamps that ours showed, and as many vehicles must have arrived.
sumo-rl decides on its own signals by the same rule, so its traffic is its own. An hour is RESCO's whole window: in its
first minutes the streets are empty and a step of SUMO costs next to nothing.

The pair, in wall seconds, wants a machine with nothing else to do. It compares a `CityVecEnv` of two processes with
one of one, and two bare libsumo processes at a time, that share nothing but the machine, with one: no environment can
do better than these.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
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
_RATIOS = (("ours", "bare_libsumo"), ("ours", "sumo_rl_libsumo"), ("ours_by_wall", "sumo_rl_traci"))
INTERVAL_S = 5
TURN_S = 25
"""Simulated seconds that a contender steps before it is the next one's turn."""
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


Steps = Generator[None, None, int | None]
"""A started simulation: every `next` steps it to the next decision; at the end, the vehicles that arrived."""


def longest_queue(sight: Sight) -> NDArray[np.int64]:
    """By junction the allowed stage with the most queued PCU."""
    chosen: NDArray[np.int64] = np.where(sight.masks, sight.rows[:, :, QUEUE], -1.0).argmax(axis=1)
    return chosen


def ours(stretch: Stretch, record: bool = False, cameras: bool = False) -> Steps:
    """Step with full observation, encoding and the guard; `record` leaves the lamp record, `cameras` err."""
    output_dir = Path(stretch.lamps_file).parent if record else None
    sensors = SensorModel() if cameras else SensorModel.perfect()
    scenario = load_scenario(stretch.folder)
    with CitySimulation(scenario, interval_s=INTERVAL_S, sensors=sensors, output_dir=output_dir) as city:
        city.reset(SEED, Episode(begin_s=stretch.begin_s, end_s=stretch.end_s))
        decisions = Decisions(city)
        sight = decisions.begin()
        while not city.finished:
            yield
            sight = decisions.decide(longest_queue(sight)).sight
        return city.street.vehicles_arrived


def bare(stretch: Stretch) -> Steps:
    """Nothing but SUMO's steps and the lamps that ours showed."""
    import libsumo

    files = load_scenario(stretch.folder).street()
    run = Run(seed=SEED, begin_s=stretch.begin_s, end_s=stretch.end_s, scale=1.0, actuated=False)
    changes = _changes(Path(stretch.lamps_file))
    libsumo.start(["sumo", *sumo_options(files, run, [], None)])
    show, step = libsumo.trafficlight.setRedYellowGreenState, libsumo.simulationStep
    for number in range(round((stretch.end_s - stretch.begin_s) / files.step_length_s)):
        if number * files.step_length_s % INTERVAL_S == 0:
            yield
        for tls_id, state in changes.get(number, ()):
            show(tls_id, state)
        step()
    inserted = int(float(libsumo.simulation.getParameter("", "stats.vehicles.inserted")))
    arrived_veh = inserted - int(libsumo.vehicle.getIDCount())
    libsumo.close()
    return arrived_veh


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


def sumo_rl(stretch: Stretch, libsumo: bool) -> Steps:
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
    done = False
    while not done:
        yield
        chosen = {ts: int((served @ seen[ts][-lanes:]).argmax()) for ts, (lanes, served) in signals.items()}
        seen, _, dones, _ = env.step(chosen)
        done = bool(dones["__all__"])
    env.close()
    return None


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
        one_s: float = pool.apply(_wall_s, (stretch,))
    with context.Pool(2) as pool:
        both_s: list[float] = pool.map(_wall_s, [stretch, stretch], chunksize=1)
    return sum(one_s / wall_s for wall_s in both_s)


def _wall_s(stretch: Stretch) -> float:
    steps = bare(stretch)
    next(steps)
    began_s = time.perf_counter()
    for _ in steps:
        pass
    return time.perf_counter() - began_s


_RUNNERS: dict[str, Callable[[Stretch], Steps]] = {
    "bare_libsumo": bare,
    "ours": ours,
    "ours_cameras": partial(ours, cameras=True),
    "sumo_rl_libsumo": partial(sumo_rl, libsumo=True),
    "sumo_rl_traci": partial(sumo_rl, libsumo=False),
}


def _record(stretch: Stretch) -> None:
    for _ in ours(stretch, record=True):
        pass


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a contender says after a turn: the seconds that it has taken so far, and whether it is at the end."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    arrived_veh: int | None = None
    ended: bool = False
    failure: str | None = None


def _take_turns(contender: str, stretch: Stretch, pipe: Connection) -> None:
    """Start, then step a turn whenever the pipe says so."""
    arrived_veh: int | None = None

    def stepping() -> Generator[None, None, None]:
        nonlocal arrived_veh
        arrived_veh = yield from _RUNNERS[contender](stretch)

    steps = stepping()
    try:
        next(steps)
        cpu_s = wall_s = 0.0
        pipe.send(Turn())
        ended = False
        while not ended:
            pipe.recv()
            began_s, cpu_began_s = time.perf_counter(), time.process_time()
            taken = sum(1 for _ in islice(steps, TURN_S // INTERVAL_S))
            cpu_s += time.process_time() - cpu_began_s
            wall_s += time.perf_counter() - began_s
            ended = taken < TURN_S // INTERVAL_S
            pipe.send(Turn(cpu_s=cpu_s, wall_s=wall_s, arrived_veh=arrived_veh, ended=ended))
    except Exception as error:  # what sumo-rl raises where it cannot run a network
        pipe.send(Turn(ended=True, failure=f"{type(error).__name__}: {error}"))


def in_turns(stretch: Stretch, contenders: Sequence[str], on_round: Callable[[], None]) -> dict[str, Turn]:
    """Each contender's last word on the stretch; `on_round` is called when each has had a turn."""
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    processes = []
    for name in contenders:
        pipes[name], far_end = context.Pipe()
        # Not daemons: sumo-rl over traci has a process of its own to start.
        processes.append(context.Process(target=_take_turns, args=(name, stretch, far_end)))
        processes[-1].start()
        far_end.close()
    last: dict[str, Turn] = {name: pipe.recv() for name, pipe in pipes.items()}
    while going := [name for name in contenders if not last[name].ended]:
        for name in going:
            pipes[name].send(None)
            last[name] = pipes[name].recv()
        on_round()
    for process in processes:
        process.join()
    return last


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
    _in_a_process(_record, stretch)
    return stretch


def _scenario(network: str, out: Path) -> Scenario:
    if network == "kanpur":
        return ready_scenario("kanpur", TRAINING)
    return import_scenario(resco_config(network), network, out, rules=resco_rules(network))


def main(
    networks: Annotated[str, typer.Option(help="Names, with commas between.")] = ",".join(NETWORKS),
    seconds: Annotated[float, typer.Option(help="Simulated seconds from the network's begin.")] = 3600.0,
    pair: Annotated[bool, typer.Option(help="Compare two processes with one, ours and bare.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure and print; exit 1 where bare libsumo did not have the traffic that ours had."""
    found: dict[str, dict[str, float | None]] = {}
    notes: list[str] = []
    stretches: dict[str, Stretch] = {}
    with tempfile.TemporaryDirectory() as scratch, Progress(transient=True) as progress:
        for network in networks.split(","):
            task = progress.add_task(network, total=seconds / TURN_S)
            stretch = stretches[network] = _recorded(network, Path(scratch), seconds)
            last = in_turns(stretch, CONTENDERS, partial(progress.advance, task))
            for name in ("bare_libsumo", "ours"):
                if last[name].failure:
                    raise StreetError(f"{network}: {name} cannot run it: {last[name].failure}")
            notes += [f"{network}: {name} cannot run it: {turn.failure}" for name, turn in last.items() if turn.failure]
            arrived = {name: last[name].arrived_veh for name in ("bare_libsumo", "ours")}
            if len(set(arrived.values())) != 1:
                raise StreetError(f"{network}: expected the same traffic in ours and bare libsumo, arrived: {arrived}")
            found[network] = _speeds(last, seconds)
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
        "notes": notes,
    }
    if json_file is not None:
        write_whole(json_file, (json.dumps(document, indent=1) + "\n").encode())
    _show(document)


def _speeds(last: dict[str, Turn], seconds: float) -> dict[str, float | None]:
    speeds = {name: None if turn.failure else seconds / turn.cpu_s for name, turn in last.items()}
    traci = last["sumo_rl_traci"]
    speeds["sumo_rl_traci"] = None if traci.failure else seconds / traci.wall_s
    speeds["ours_by_wall"] = seconds / last["ours"].wall_s
    return speeds


def _show(document: dict[str, Any]) -> None:
    table = Table(title="simulated seconds per processor second (traci: per wall second)")
    for name in ("network", *CONTENDERS, *(f"{ours} / {other}" for ours, other in _RATIOS)):
        table.add_column(name, justify="left" if name == "network" else "right")
    for network, speeds in document["networks"].items():
        ratios = ["" if speeds[other] is None else f"{speeds[ours] / speeds[other]:.2f}" for ours, other in _RATIOS]
        shown = ["" if speeds[name] is None else f"{speeds[name]:.0f}" for name in CONTENDERS]
        table.add_row(network, *shown, *ratios)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    if pair := document["two_processes"]:
        console.print(f"two processes on {pair['network']}: {pair['ratio']:.2f} x the decisions of one")
        console.print(f"two bare libsumo processes: {pair['bare_ratio']:.2f} x the simulated seconds of one")
    for note in document["notes"]:
        console.print(note)


if __name__ == "__main__":
    typer.run(main)
