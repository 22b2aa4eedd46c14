"""From nothing to a policy for cologne1 in minutes, beside the best rival and SB3 on sumo-rl given the same time.

    python -m bench.train_speed [--minutes 4] [--seeds 5] [--json FILE]

The clock runs over everything that training is: imitation of max-pressure and MaskablePPO in the queue model of
cologne1's junction, evaluations in SUMO on seeds of their own that choose the best network, and the export. Tuning the
rivals and judging all on seeds that nothing was trained on lie outside of it. sumo-rl's agent is SB3's DQN with the
settings of sumo-rl's own single-junction example, on libsumo, for as long; its delay is measured from SUMO's trip list
over the same vehicles.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from agents.evaluator import evaluate
from agents.roster import POLICY_FILE_PREFIX
from agents.run_folder import RunFolder
from agents.street_env import make_env
from agents.training import train
from agents.training_config import TrainingConfig
from bench.import_cities import resco_config, resco_rules
from bench.resco import Network
from envs.trips import due_between, read_trips
from junction.files import write_whole
from scenarios.importer import import_scenario
from scenarios.model import TRAINING

NETWORK = "cologne1"
RIVALS = ("actuated", "delay-based", "max-pressure", "max-wave", "sotl", "lookahead")
BEGIN_S, END_S = 25200.0, 28800.0


def ours(folder: str, out: Path, minutes: float, seed: int) -> tuple[float, float]:
    """Train from nothing into `out`; the wall seconds and the processor's seconds that it took."""
    began_s, began_cpu_s = time.monotonic(), _cpu_s()
    config = TrainingConfig(
        scenario=folder, seed=seed, street="queues", copies=200, interval_s=3.0, warm_start="max-pressure",
        n_steps=96, n_epochs=4, batch_size=2048, learning_rate=1e-3, gamma=0.98, ent_coef=0.001, reward_stops=0.55,
        reward_fairness=0.0, mean_updates=8, evaluate_steps=200_000, evaluate_seeds=2, evaluate_s=END_S - BEGIN_S,
    )  # fmt: skip
    run = RunFolder(out)
    run.create(config.to_document())
    train(
        config,
        run,
        make_env=make_env,
        steps=None,
        minutes=minutes,
        created="bench",
        resume=False,
        report=lambda line: print(line, flush=True),
    )
    return time.monotonic() - began_s, _cpu_s() - began_cpu_s


def _cpu_s() -> float:
    """Processor seconds of this process and of those that it has ended: what a busy machine cannot blur."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def sumo_rl_env(folder: str, seed: int, tripinfo: Path | None) -> Any:
    """sumo-rl's single-junction environment on cologne1's own files and window, over libsumo."""
    import sumo

    os.environ["SUMO_HOME"] = str(sumo.SUMO_HOME)
    os.environ["LIBSUMO_AS_TRACI"] = "1"
    from sumo_rl import SumoEnvironment

    trips = f"--tripinfo-output {tripinfo} --tripinfo-output.write-unfinished --tripinfo-output.write-undeparted"
    street = import_scenario(resco_config(NETWORK), NETWORK, Path(folder), rules=resco_rules(NETWORK)).street()
    return SumoEnvironment(
        net_file=str(street.net_file),
        route_file=",".join(str(path) for path in street.route_files),
        begin_time=round(BEGIN_S),
        num_seconds=round(END_S - BEGIN_S),
        delta_time=5,
        yellow_time=3,
        min_green=5,
        time_to_teleport=-1,
        single_agent=True,
        sumo_seed=seed,
        sumo_warnings=False,
        add_system_info=False,
        add_per_agent_info=False,
        additional_sumo_cmd=trips if tripinfo else None,
    )


def sb3_on_sumo_rl(scratch: str, minutes: float, seeds: int) -> tuple[int, list[float]]:
    """Decisions taken in training, and the delay on each seed from 1 on."""
    from stable_baselines3 import DQN
    from stable_baselines3.common.callbacks import BaseCallback

    class Clock(BaseCallback):
        def _on_training_start(self) -> None:
            self.ends_s = time.monotonic() + minutes * 60

        def _on_step(self) -> bool:
            return time.monotonic() < self.ends_s

    env = sumo_rl_env(scratch, 8001, None)
    model = DQN(
        "MlpPolicy", env, learning_rate=0.001, learning_starts=0, train_freq=1, target_update_interval=500,
        exploration_initial_eps=0.05, exploration_final_eps=0.01, seed=1,
    )  # fmt: skip
    model.learn(10**9, callback=Clock())
    env.close()
    delays_s = []
    for seed in range(1, seeds + 1):
        tripinfo = Path(scratch) / f"trips-{seed}.xml"
        judged = sumo_rl_env(scratch, seed, tripinfo)
        seen, _ = judged.reset()
        over = False
        while not over:
            action, _ = model.predict(seen, deterministic=True)
            seen, _, ended, cut, _ = judged.step(int(action))
            over = ended or cut
        judged.close()
        trips = due_between(read_trips(tripinfo, END_S), BEGIN_S, END_S)
        delays_s.append(sum(trip.delay_s for trip in trips) / len(trips))
    return model.num_timesteps, delays_s


def main(
    minutes: Annotated[float, typer.Option(help="Wall time of each training.")] = 4.0,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds that all are judged on: 1 to N.")] = 5,
    seed: Annotated[int, typer.Option(help="Training's seed.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Keep the runs and the rivals' tuning here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Train, judge and print."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = out or Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)
        network = Network(NETWORK, kept, workers=2)
        tuning = network.tuned(RIVALS)
        folder = str(network.scenario.folder)
        wall_s, cpu_s = ours(folder, kept / f"seed-{seed}", minutes, seed)
        policy = f"{POLICY_FILE_PREFIX}{kept / f'seed-{seed}' / 'policy.onnx'}"
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            steps, theirs_s = pool.apply(sb3_on_sumo_rl, (scratch, minutes, seeds))
        names = [*(tuning.best(name) for name in RIVALS), policy]
        judged = evaluate(folder, names, range(1, seeds + 1), fidelity=TRAINING, workers=2)
    versus = judged.versus_best_rival(policy)
    assert versus is not None
    ours_s = sum(judged.delay_s(policy)) / seeds
    document = {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "delay_s": ours_s,
        "best_rival": judged.best_rival,
        "best_rival_delay_s": sum(judged.delay_s(judged.best_rival or "")) / seeds,
        "ratio": {"mean": versus.mean, "lo": versus.lo, "hi": versus.hi},
        "sb3_on_sumo_rl": {
            "steps": steps,
            "delays_s": theirs_s,
            "ratio_ours_to_theirs": ours_s * seeds / sum(theirs_s),
        },
        "evaluation": judged.to_document(),
    }
    if json_file is not None:
        write_whole(json_file, json.dumps(document, indent=1) + "\n")
    print(
        f"{wall_s:.0f} s of training ({cpu_s:.0f} s of processor): delay {ours_s:.1f} s = {versus.mean:.3f} x "
        f"{judged.best_rival} ({document['best_rival_delay_s']:.1f} s); SB3 on sumo-rl after {steps:,} decisions: "
        f"{sum(theirs_s) / seeds:.1f} s"
    )


if __name__ == "__main__":
    typer.run(main)
