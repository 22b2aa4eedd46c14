"""The files of a training run, as `chauraha train` writes them."""

from __future__ import annotations

import json
from pathlib import Path


def write_run(folder: Path, *, updates: int = 4, ended: bool = True, last_line: str = "") -> None:
    """A training run's folder as `chauraha train` writes it: an update every 100 steps, evaluated after the last."""
    folder.mkdir(parents=True)
    steps = 100 * updates
    evaluated = steps if ended else 0
    (folder / "config.json").write_text('{"scenario": "kanpur", "street": "sumo", "seed": 7}')
    progress = {"steps": steps, "elapsed_s": 60.0, "best_delay_s": 61.5, "best_steps": steps}
    (folder / "progress.json").write_text(json.dumps({**progress, "evaluated_steps": evaluated}))
    rows = [f"{100 * (n + 1)},{n + 1},{-1 / (n + 1)},nan\n" for n in range(updates)]
    (folder / "curve.csv").write_text("steps,update,reward,entropy\n" + "".join(rows) + last_line)
    (folder / "evaluations.csv").write_text(f"steps,delay_s,rival_delay_s,best\n{steps},61.5,64.0,1\n")
