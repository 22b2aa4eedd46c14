"""All controllers on the eight RESCO networks of the sumo-rl wheel, each rival tuned by the same budget.

    python -m bench.resco --seeds 10 [--first-seed 101] [--networks cologne1,grid4x4] [--policy FILE] [--out runs/resco]

RESCO's windows and signal constraints (`bench.import_cities.resco_rules`): nothing teleports, 3 s of amber
(arterial4x4 2 s), no all-red, minimum green 5 s. Policies and camera rivals see simulated cameras with the shipped
errors; SUMO's own programs see every vehicle. `--policy` may be given several times; each is run as its card says, and,
with `--tune-policies`, beside that with the settings that the same budget found for it.

A policy that was chosen by its delay on some seeds is to be judged on others: `--first-seed`.

Every episode is kept in `--out` as it ends, so that a run that was stopped goes on where it was; delete the folder for
a fresh one. A network's table is written there as it ends, into `resco.md` and `resco.json`, which keep the other
networks' tables of earlier runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from agents import report
from agents.episode import EpisodeResult, EpisodeTask
from agents.evaluator import evaluation_of, run_all
from agents.roster import POLICY_FILE_PREFIX, make_controller
from agents.tuning import TUNING_SEED, Tuning, tune, tuning_from_document
from bench.import_cities import RESCO, resco_config, resco_rules
from junction.errors import InputError
from junction.files import write_whole
from scenarios.importer import import_scenario
from scenarios.model import TRAINING, Scenario

CONTROLLERS = (
    "fixed", "actuated", "delay-based", "max-pressure", "max-pressure-vehicles", "max-pressure-queue", "max-wave",
    "sotl", "lookahead",
)  # fmt: skip
TUNING_S = 1800.0


class Network:
    """One network's scenario, tuning and episodes in the run's folder."""

    def __init__(self, name: str, out: Path, workers: int) -> None:
        self.name = name
        self.scenario: Scenario = import_scenario(resco_config(name), name, out / "scenarios", rules=resco_rules(name))
        self._tuning_file = out / f"{name}.tuning.json"
        self._episodes_file = out / f"{name}.episodes.jsonl"
        self._workers = workers

    def tuned(self, controllers: Sequence[str]) -> Tuning:
        """The tuning kept here, with what it lacks added and kept controller by controller."""
        begin_s = self.scenario.street().begin_s
        kept = None
        if self._tuning_file.exists():
            kept = tuning_from_document(json.loads(self._tuning_file.read_text(encoding="utf-8")))
        for name in controllers:
            if kept is not None and name in kept.trials:
                continue
            new = tune(
                str(self.scenario.folder),
                [name],
                fidelity=TRAINING,
                begin_s=begin_s,
                end_s=begin_s + TUNING_S,
                workers=self._workers,
                on_done=self._say,
            )
            kept = new if kept is None else kept.with_trials_of(new)
            write_whole(self._tuning_file, json.dumps(kept.to_document(), indent=1) + "\n")
        if kept is None:
            raise InputError("controllers", expected="at least one", got=list(controllers))
        return kept

    def episodes(self, controllers: Sequence[str], seeds: Sequence[int]) -> list[EpisodeResult]:
        """Every controller on every seed, those run before taken from the folder."""
        done = {(r.controller, r.seed): r for r in self._kept()}
        tasks = [
            EpisodeTask(scenario=str(self.scenario.folder), controller=name, seed=seed, fidelity=TRAINING)
            for seed in seeds
            for name in controllers
            if (name, seed) not in done
        ]
        for result in run_all(tasks, self._workers, self._keep):
            done[result.controller, result.seed] = result
        return [done[name, seed] for name in controllers for seed in seeds]

    def _kept(self) -> list[EpisodeResult]:
        if not self._episodes_file.exists():
            return []
        text = self._episodes_file.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:  # killed while it wrote a line
            write_whole(self._episodes_file, whole)
        return [EpisodeResult(**json.loads(line)) for line in whole.splitlines()]

    def _keep(self, result: EpisodeResult) -> None:
        self._say(result)
        with self._episodes_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")

    def _say(self, result: EpisodeResult) -> None:
        jam = ", gridlock" if result.gridlocked else ""
        print(f"{self.name}: {result.controller} seed {result.seed}: {result.delay_s:.1f} s{jam}", flush=True)


def policy_names(files: Sequence[Path], out: Path) -> list[str]:
    """Controller names of policy files, each a copy in the run's folder named by what it holds.

    An episode that is kept stays that policy's, whatever a file of the same name holds later.
    """
    names = []
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
        copy = out / f"{file.stem}-{digest}.onnx"
        copy.write_bytes(file.read_bytes())
        copy.with_suffix(".json").write_bytes(file.with_suffix(".json").read_bytes())
        names.append(f"{POLICY_FILE_PREFIX}{copy}")
    return names


def measure(
    network: Network, controllers: Sequence[str], policies: Sequence[str], seeds: Sequence[int], *, tune_policies: bool
) -> Any:
    """One network's document: the evaluation's, with the tuning beside it."""
    tuned = [*controllers, *(policies if tune_policies else ())]
    tuning = network.tuned(tuned)
    names = list(dict.fromkeys([*(tuning.best(name) for name in tuned), *policies]))
    for name in names:
        make_controller(name, network.scenario)
    episodes = network.episodes(names, seeds)
    document = evaluation_of(episodes, network.name, names, seeds, fidelity=TRAINING).to_document()
    return {**document, "tuning": tuning.to_document()}


def keep_table(name: str, document: Any, out: Path) -> None:
    """Put that network's table into the run's files, beside those that are there."""
    file = out / "resco.json"
    kept = json.loads(file.read_text(encoding="utf-8"))["networks"] if file.exists() else {}
    documents = {**kept, name: document}
    write_whole(file, json.dumps({"networks": documents}, indent=1) + "\n")
    write_whole(out / "resco.md", "\n".join(report.markdown(documents[n]) for n in RESCO if n in documents))


def main(
    networks: Annotated[str, typer.Option(help="Names, with commas between.")] = ",".join(RESCO),
    seeds: Annotated[int, typer.Option(min=1, help="Paired seeds, in a row from the first.")] = 10,
    first_seed: Annotated[int, typer.Option(min=1, max=TUNING_SEED - 1, help="The first of them.")] = 1,
    controllers: Annotated[str, typer.Option(help="Rivals, with commas between.")] = ",".join(CONTROLLERS),
    policy: Annotated[list[Path] | None, typer.Option(help="An exported policy to put beside them.")] = None,
    tune_policies: Annotated[bool, typer.Option("--tune-policies", help="Tune policies as rivals are tuned.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Simulations at a time.")] = 2,
    out: Annotated[Path, typer.Option(help="The run's folder.")] = Path("runs/resco"),
) -> None:
    """Tune, run what has not been run, print and write the tables."""
    out.mkdir(parents=True, exist_ok=True)
    policies = policy_names(policy or [], out)
    console = Console(width=170)
    for name in networks.split(","):
        network, used = Network(name, out, workers), range(first_seed, first_seed + seeds)
        document = measure(network, controllers.split(","), policies, used, tune_policies=tune_policies)
        keep_table(name, document, out)
        console.print(report.table(document))


if __name__ == "__main__":
    typer.run(main)
