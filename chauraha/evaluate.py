"""`chauraha evaluate`: controllers against each other on paired seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONTROLLERS = "fixed,webster,actuated,max-pressure,lookahead,policy"
DEFAULT_WINDOW_S = 1800.0


def evaluate(
    *,
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    controllers: Annotated[
        str,
        typer.Option(
            help="Comma-separated: fixed, webster, actuated, delay-based, native, max-pressure, max-pressure-queue, "
            "max-pressure-vehicles, max-wave, sotl, lookahead, policy, general, policy:FILE; set: sotl@interval_s=10."
        ),
    ] = DEFAULT_CONTROLLERS,
    seeds: Annotated[int, typer.Option(min=1, help="How many paired seeds, in a row from the first.")] = 5,
    first_seed: Annotated[int, typer.Option(min=1, help="The first of them.")] = 1,
    window: Annotated[
        str | None,
        typer.Option(help="The scenario's named time of day: morning, evening, off-peak; its first half hour."),
    ] = None,
    begin: Annotated[
        float | None, typer.Option(help="Window's start, s after midnight; default: the demand's.")
    ] = None,
    end: Annotated[float | None, typer.Option(help="Window's end; default: half an hour after its start.")] = None,
    fidelity: Annotated[
        str, typer.Option(help="training (virtual lanes), evaluation (sublanes) or meso (fixed plans only).")
    ] = "training",
    day: Annotated[
        str | None, typer.Option(help="One of the scenario's days (chauraha scenario show); default: the normal one.")
    ] = None,
    sensors: Annotated[Path | None, typer.Option(help="Sensor model file; default: the shipped model.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Simulations at a time; default: one a core.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write each seed's delay as CSV.")] = None,
    markdown_file: Annotated[Path | None, typer.Option("--markdown", help="Write the table as Markdown.")] = None,
) -> None:
    """Run controllers on the same seeds and print one table: delay with its interval, waiting, stops, safety.

    Delay is SUMO's timeLoss + departDelay over all vehicles due in the window, unfinished and never inserted ones
    counted.
    """
    import json
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from agents import report
    from agents.episode import EpisodeResult
    from agents.evaluator import evaluate as run
    from agents.roster import split_controllers
    from junction.files import write_whole
    from scenarios.ready import ready_scenario

    names = split_controllers(controllers)
    street = ready_scenario(scenario, fidelity, typer.echo).on_day(day).street(fidelity)
    default_s = street.begin_s if window is None else street.window(window)[0]
    begin_s = default_s if begin is None else begin
    end_s = begin_s + DEFAULT_WINDOW_S if end is None else end
    # A file or a pipe has no width of its own, and the table needs more than rich's 80 columns.
    console = Console(width=None if sys.stdout.isatty() else 150)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with progress:
        task = progress.add_task("simulating", total=len(names) * seeds)

        def on_done(result: EpisodeResult) -> None:
            progress.console.print(
                f"{result.controller} seed {result.seed}: delay {result.delay_s:.1f} s, "
                f"unsafe {result.unsafe_events}, {result.wall_s:.0f} s of wall time"
            )
            progress.advance(task)

        evaluation = run(
            scenario,
            names,
            list(range(first_seed, first_seed + seeds)),
            fidelity=fidelity,
            begin_s=begin_s,
            end_s=end_s,
            sensors_file=sensors,
            day=day,
            workers=workers,
            on_done=on_done,
        )
    document = evaluation.to_document()
    console.print(report.table(document))
    for line in document["notes"]:
        console.print(line)
    if json_file is not None:
        write_whole(json_file, json.dumps(document, indent=2) + "\n")
    if csv_file is not None:
        write_whole(csv_file, report.csv_text(document))
    if markdown_file is not None:
        write_whole(markdown_file, report.markdown(document))
