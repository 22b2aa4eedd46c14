"""A training run's folder: everything needed to go on after a kill, and to say later how a policy came about.

config.json       what was asked for (TrainingConfig)
versions.json     Python, SUMO, torch, SB3 … of the machine it ran on
checkpoint.zip    network, optimiser and step count of the last update saved; `progress.json` its time and best
mean.pt           with --mean-updates, the running mean of the actor's weights at that update
curve.csv         one row an update
evaluations.csv   one row an evaluation on unseen seeds
best.zip          the checkpoint of the lowest delay so far; with --mean-updates its last weights, not their mean
policy.onnx/.json the best one, exported, with its card
tensorboard/      the same curves for TensorBoard
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

from junction.errors import InputError
from junction.files import write_whole

PACKAGES = ("chauraha", "libsumo", "torch", "stable-baselines3", "sb3-contrib", "onnx", "onnxruntime", "numpy")
CARD_ROWS = 100


@dataclass(kw_only=True)
class Progress:
    """Where a run stands. `best_delay_s`, `rival_delay_s` None: not evaluated yet."""

    steps: int = 0
    updates: int = 0
    elapsed_s: float = 0.0
    best_delay_s: float | None = None
    best_steps: int = 0
    evaluated_steps: int = 0
    rival_delay_s: float | None = None


class RunFolder:
    """Names and small files of a run; makes nothing until asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config_file = path / "config.json"
        self.versions_file = path / "versions.json"
        self.checkpoint_file = path / "checkpoint.zip"
        self.mean_file = path / "mean.pt"
        self.progress_file = path / "progress.json"
        self.curve_file = path / "curve.csv"
        self.evaluations_file = path / "evaluations.csv"
        self.best_file = path / "best.zip"
        self.policy_file = path / "policy.onnx"
        self.candidate_file = path / "candidate.onnx"
        self.tensorboard = path / "tensorboard"

    def create(self, config: Mapping[str, Any]) -> None:
        """A new run's folder. Raises InputError when there already is a run in it."""
        if self.config_file.exists():
            raise InputError(
                "run",
                expected="a folder without a run in it",
                got=str(self.path),
                hint=f"go on with: chauraha train --resume {self.path}",
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise InputError("run", expected=f"a folder at {self.path}", got=wrong.strerror or str(wrong)) from None
        write_whole(self.versions_file, json.dumps(versions(), indent=2) + "\n")
        write_whole(self.config_file, json.dumps(config, indent=2) + "\n")

    def read_config(self) -> dict[str, Any]:
        """The run's config. Raises InputError when the folder holds no run."""
        try:
            config = json.loads(self.config_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(
                "run",
                expected=f"a run's folder with {self.config_file.name}",
                got=str(self.path),
                hint="start one with: chauraha train --scenario NAME --run DIR",
            ) from None
        except ValueError as wrong:
            raise InputError(str(self.config_file), expected="a JSON object", got=str(wrong)) from None
        if not isinstance(config, dict):
            raise InputError(str(self.config_file), expected="a JSON object", got=config)
        return config

    def read_progress(self) -> Progress:
        """Progress of the last checkpoint; a fresh one when there is none yet."""
        if not self.progress_file.exists():
            return Progress()
        return Progress(**json.loads(self.progress_file.read_text(encoding="utf-8")))

    def write_progress(self, progress: Progress) -> None:
        write_whole(self.progress_file, json.dumps(asdict(progress), indent=2) + "\n")

    def append(self, path: Path, row: Mapping[str, object]) -> None:
        """One row at the end of a CSV file, with a heading when it is the first."""
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if new:
                writer.writeheader()
            writer.writerow(row)

    def rows(self, path: Path) -> list[dict[str, Any]]:
        """A CSV file's rows as a card carries them: numbers as numbers, None for what is not finite. Empty without one.

        Of more than `CARD_ROWS` every n-th, and the last.
        """
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{name: _value(text) for name, text in row.items()} for row in csv.DictReader(file)]
        return [*rows[: -1 : max(1, math.ceil(len(rows) / CARD_ROWS))], *rows[-1:]]

    def forget_after(self, steps: int) -> None:
        """Drops curve rows later than the checkpoint that a run goes on from, so that its curve has one line."""
        for path in (self.curve_file, self.evaluations_file):
            if not path.exists():
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            columns = len(lines[0].split(","))
            rows = [line for line in lines[1:] if line.count(",") + 1 == columns and int(line.split(",")[0]) <= steps]
            write_whole(path, "\n".join([lines[0], *rows]) + "\n")


def _value(text: str) -> float | str | None:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else None


def versions() -> dict[str, str]:
    """Version of Python and of every package that a result depends on; "absent" for one that is not installed."""
    found = {"python": python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found
