"""`chauraha detector`: fine-tune detection weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Fine-tune detection weights on a data set.")


@app.callback()
def _group() -> None:
    """Keeps `detector` a group while it has one command."""


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="data.yaml of a data set in YOLO's form, as `camera render` writes it.")],
    weights: Annotated[Path, typer.Option(help="Weights to start from (.pt).")],
    run: Annotated[Path, typer.Option(help="Folder of this run; the same command goes on with an unfinished one.")],
    epochs: Annotated[int, typer.Option(help="Times through the data.")] = 30,
    image_size: Annotated[int, typer.Option(help="Pixels, a multiple of 32.")] = 640,
    batch: Annotated[int, typer.Option(help="Pictures at a time.")] = 8,
    device: Annotated[str | None, typer.Option(help="cpu, 0, mps …; default: what is there.")] = None,
    seed: Annotated[int, typer.Option(help="Of order and augmentation.")] = 1,
) -> None:
    """Fine-tune weights. The run folder keeps weights/best.pt, weights/last.pt, results.csv and run.json."""
    from detector.training import BEST, DetectorTraining, train_detector

    training = DetectorTraining(
        data=data,
        weights=weights,
        run=run,
        epochs=epochs,
        image_size_px=image_size,
        batch=batch,
        device=device,
        seed=seed,
    )
    figures = train_detector(training)["figures"]
    shown = ", ".join(f"{name} {value}" for name, value in figures.items() if "mAP" in name)
    typer.echo(f"{run / BEST}: {shown}")
