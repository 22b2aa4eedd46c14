"""How controllers fare when cameras fail, counts are wrong, news is late or there is more traffic than usual.

    python -m bench.robustness --scenario kanpur --controllers policy,lookahead,actuated --seeds 2 --out runs/robustness

One thing is varied at a time, all else as in the shipped sensor model; every point is the mean delay over paired seeds.
`--only camera_loss=0.1` runs the usual point and that one; give it several with commas between. `robustness.json`,
`robustness.md` (a table a point) and `robustness.png` are written into `--out`. Episodes that were run before are taken
from there, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from matplotlib.figure import Figure

from agents import report
from agents.episode import EpisodeResult, EpisodeTask
from agents.evaluator import Evaluation, evaluation_of, run_all
from agents.roster import make_controller, split_controllers
from envs.sensors import SensorModel
from junction.errors import InputError
from junction.files import write_whole
from junction.vehicle import VEHICLE_CLASSES
from scenarios.model import TRAINING
from scenarios.ready import ready_scenario

OUTAGE_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Strain:
    """One thing that is varied: its axis and the values, the first being the usual one."""

    axis: str
    values: tuple[float, ...]


STRAINS: Mapping[str, Strain] = {
    "camera_loss": Strain(axis="share of the time that a camera is lost", values=(0.0, 0.1, 0.25, 0.5)),
    "count_error": Strain(axis="share of the vehicles not seen", values=(0.0, 0.15, 0.3, 0.5)),
    "latency": Strain(axis="seconds until a look is known", values=(1.0, 3.0, 5.0, 10.0)),
    "demand": Strain(axis="demand (1: the scenario's)", values=(1.0, 0.7, 1.15, 1.3)),
}


def sensors_document(strain: str, value: float) -> dict[str, Any]:
    """The shipped sensor model with that strain, as a sensor file holds it.

    Outages last `OUTAGE_S` on average and begin so often that a camera is lost for that share of the time.
    """
    usual = SensorModel()
    document: dict[str, Any] = {
        "schema": "chauraha.sensors/1",
        "missed": dict(usual.missed),
        "doubled": usual.doubled,
        "confused": {name: dict(row) for name, row in usual.confused.items()},
        "misjudged": usual.misjudged,
        "queue_m_noise": usual.queue_m_noise,
        "latency_s": usual.latency_s,
        "looks_lost": usual.looks_lost,
    }
    if strain == "camera_loss" and value:
        document |= {"outages_per_h": 3600 * value / (OUTAGE_S * (1 - value)), "outage_s": OUTAGE_S}
    elif strain == "count_error" and value:
        document["missed"] = {name.value: value for name in VEHICLE_CLASSES}
    elif strain == "latency":
        document["latency_s"] = value
    return document


def strains_of(only: str) -> dict[str, Strain]:
    """The strains and values to run, from a list like `camera_loss=0.1,latency=5`; all of them for an empty one.

    Raises InputError for a strain or a value that there is not.
    """
    if not only:
        return dict(STRAINS)
    asked: dict[str, list[float]] = {}
    for item in only.split(","):
        name, _, text = item.partition("=")
        known = {f"{value:g}": value for value in STRAINS[name].values} if name in STRAINS else {}
        if text not in known:
            expected = [f"{strain}={value:g}" for strain, varied in STRAINS.items() for value in varied.values]
            raise InputError("only", expected=f"points among {expected}", got=item)
        asked.setdefault(name, [STRAINS[name].values[0]]).append(known[text])
    return {name: Strain(axis=STRAINS[name].axis, values=tuple(dict.fromkeys(v))) for name, v in asked.items()}


def point(strain: str, value: float) -> str:
    """A name for a strain at a value; its usual value is the same point for all."""
    return "usual" if value == STRAINS[strain].values[0] else f"{strain} {value:g}"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What is run at every point, and the file that keeps it."""

    scenario: str
    controllers: tuple[str, ...]
    seeds: tuple[int, ...]
    begin_s: float
    end_s: float
    workers: int
    out: Path

    @property
    def _kept_file(self) -> Path:
        return self.out / "episodes.json"

    def kept(self) -> dict[str, Any]:
        """Episodes run so far, by point, controller and seed."""
        return dict(json.loads(self._kept_file.read_text(encoding="utf-8"))) if self._kept_file.exists() else {}

    def run(self, strain: str, value: float) -> None:
        """Run what this point still lacks."""
        kept, at = self.kept(), point(strain, value)
        sensors_file = self.out / f"sensors {at}.json"
        write_whole(sensors_file, json.dumps(sensors_document(strain, value), indent=1) + "\n")
        tasks = [
            EpisodeTask(
                scenario=self.scenario,
                controller=name,
                seed=seed,
                fidelity=TRAINING,
                begin_s=self.begin_s,
                end_s=self.end_s,
                sensors_file=sensors_file,
                scale=value if strain == "demand" else 1.0,
            )
            for seed in self.seeds
            for name in self.controllers
            if self.key(at, name, seed) not in kept
        ]

        def keep(result: EpisodeResult) -> None:
            kept[self.key(at, result.controller, result.seed)] = asdict(result)
            write_whole(self._kept_file, json.dumps(kept) + "\n")
            print(f"{at}, {result.controller}, seed {result.seed}: {result.delay_s:.1f} s", flush=True)

        run_all(tasks, self.workers, keep)

    def evaluation(self, strain: str, value: float) -> Evaluation:
        """A point that was run."""
        kept, at = self.kept(), point(strain, value)
        episodes = [EpisodeResult(**kept[self.key(at, name, seed)]) for name in self.controllers for seed in self.seeds]
        return evaluation_of(episodes, self.scenario, self.controllers, self.seeds, fidelity=TRAINING)

    def delay_s(self, strain: str, value: float, controller: str) -> float:
        """Mean over the seeds of a point that was run."""
        delays_s = self.evaluation(strain, value).delay_s(controller)
        return sum(delays_s) / len(delays_s)

    @staticmethod
    def key(at: str, controller: str, seed: int) -> str:
        return f"{at} | {controller} | {seed}"


def draw(figures: Mapping[str, Mapping[str, Mapping[float, float]]], path: Path) -> None:
    """A panel a strain, a line a controller: mean delay in seconds."""
    figure = Figure(figsize=(5 * len(figures), 4))
    for panel, (strain, by_controller) in enumerate(figures.items()):
        axes = figure.add_subplot(1, len(figures), panel + 1)
        for name, points in by_controller.items():
            values = sorted(points)
            axes.plot(values, [points[value] for value in values], marker="o", label=name)
        axes.set_xlabel(STRAINS[strain].axis)
        axes.set_ylabel("delay, s a vehicle")
        axes.set_ylim(bottom=0)
        axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main(
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    controllers: Annotated[str, typer.Option(help="Names, with commas between.")] = "policy,lookahead,actuated",
    seeds: Annotated[int, typer.Option(min=1, help="Paired seeds, in a row from the first.")] = 2,
    first_seed: Annotated[int, typer.Option(min=1, help="The first of them.")] = 1,
    only: Annotated[str, typer.Option(help="Points like camera_loss=0.1, with commas between; all without it.")] = "",
    minutes: Annotated[float, typer.Option(min=1, help="Simulated minutes of every run.")] = 20.0,
    workers: Annotated[int, typer.Option(min=1, help="Simulations at a time.")] = 2,
    out: Annotated[Path, typer.Option(help="The run's folder.")] = Path("runs/robustness"),
) -> None:
    """Run what has not been run; write the figures and the plot."""
    names, strains = split_controllers(controllers), strains_of(only)
    loaded = ready_scenario(scenario, TRAINING, typer.echo)
    for name in names:
        make_controller(name, loaded)
    out.mkdir(parents=True, exist_ok=True)
    begin_s = loaded.street().begin_s
    bench = Bench(
        scenario=scenario,
        controllers=tuple(names),
        seeds=tuple(range(first_seed, first_seed + seeds)),
        begin_s=begin_s,
        end_s=begin_s + 60 * minutes,
        workers=workers,
        out=out,
    )
    for strain, varied in strains.items():
        for value in varied.values:
            bench.run(strain, value)
    figures = {
        strain: {name: {value: bench.delay_s(strain, value, name) for value in varied.values} for name in names}
        for strain, varied in strains.items()
    }
    points = {point(strain, value): (strain, value) for strain, varied in strains.items() for value in varied.values}
    tables = [f"## {at}\n\n{report.markdown(bench.evaluation(*of).to_document())}" for at, of in points.items()]
    write_whole(out / "robustness.md", "\n".join(tables))
    write_whole(out / "robustness.json", json.dumps({"scenario": scenario, "delay_s": figures}, indent=1) + "\n")
    draw(figures, out / "robustness.png")


if __name__ == "__main__":
    typer.run(main)
