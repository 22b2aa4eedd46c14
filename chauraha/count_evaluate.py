"""`chauraha count evaluate`: repeat counts that were made by eye, and tell the error by class and direction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chauraha.count_setup import followed

if TYPE_CHECKING:
    from detector.evaluation import Row


def evaluate(
    counts: Annotated[Path, typer.Option(help="Hand counts (JSON).")],
    footage: Annotated[Path | None, typer.Option(help="Folder of the clips; by default that of --counts.")] = None,
    weights: Annotated[str | None, typer.Option(help="Weights: .pt, ONNX or an OpenVINO folder.")] = None,
    camera: Annotated[
        list[Path] | None,
        typer.Option(help="Camera file, or a folder of them: the clip that one names as its source is counted so."),
    ] = None,
    tracker: Annotated[str | None, typer.Option(help="bytetrack or botsort, over the camera files'.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the rows as JSON.")] = None,
    error_model: Annotated[
        Path | None, typer.Option(help="Write what the errors come to, for --sensors of train, evaluate and rehearse.")
    ] = None,
) -> None:
    """Count clips again that were counted by eye, and compare by class and direction."""
    from json import dumps

    from rich.progress import track

    from detector.backends import load_detector
    from detector.camera_file import camera_paths, load_camera
    from detector.evaluation import UNKNOWN, Evaluation, rows_document
    from detector.hand_counts import read_hand_counts
    from detector.report import UNFAMILIAR_NOTE
    from detector.weights import find_weights
    from detector.yolo import tracker_of
    from junction.files import write_whole

    hand_counts = read_hand_counts(counts)
    chosen = find_weights(weights, UNKNOWN)
    detector = load_detector(chosen.path, download=chosen.download)
    cameras = [followed(load_camera(path), tracker) for path in camera_paths(camera or [])]
    evaluation = Evaluation(footage or counts.parent, detector, tracker_of, cameras, followed(UNKNOWN, tracker))
    rows = [row for hand in track(hand_counts, "counting", transient=True) for row in evaluation.rows(hand)]
    if json is not None:
        write_whole(json, (dumps({"weights": chosen.path.name, "rows": rows_document(rows)}, indent=1) + "\n").encode())
    if error_model is not None:
        document = evaluation.error_model(chosen.path.name)
        write_whole(error_model, (dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
    _show(rows)
    for place in evaluation.unfamiliar:
        typer.secho(f"{place}: {UNFAMILIAR_NOTE}", fg="red", err=True)


def _show(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in ("place", "direction", "class", "by hand", "counted", "error", "GEH"):
        table.add_column(name, justify="left" if name in ("place", "direction", "class") else "right")
    for row in rows:
        error = "not separable" if not row.separable else "" if row.error is None else f"{row.error:+.0%}"
        geh = "" if row.geh is None else f"{row.geh:.1f}"
        table.add_row(row.place, row.direction, row.name, str(row.by_hand), str(row.counted), error, geh)
    Console().print(table)
