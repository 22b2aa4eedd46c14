"""`chauraha twin`: the Kanpur twin with its page; what `make run` starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def twin(
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    speed: Annotated[float, typer.Option(help="Simulated seconds a second, 1 to 30.")] = 5.0,
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1.")] = 8000,
    mode: Annotated[str, typer.Option(help="ai, or fixed for today's plans.")] = "ai",
    seed: Annotated[int, typer.Option(help="Seed of the first day's demand.")] = 1,
    fidelity: Annotated[
        str, typer.Option(help="training (virtual lanes) or evaluation (sublanes, slower).")
    ] = "training",
    day: Annotated[
        str | None, typer.Option(help="One of the scenario's days (chauraha scenario show); default: the normal one.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="camera-lost:J@FROM-TO or signal-dark:J@FROM-TO, seconds of the day's run; may be repeated."),
    ] = None,
    rehearsals: Annotated[
        Path, typer.Option(help="Folder of recorded rehearsals (chauraha rehearse --record) to replay on the page.")
    ] = Path("runs/rehearsals"),
    data: Annotated[
        Path | None, typer.Option(help="The service's folder; default: a new one, gone at the end.")
    ] = None,
) -> None:
    """Run the timing service, the simulated street, a camera and a field controller per junction, and the page."""
    import tempfile

    from rich.console import Console

    from rehearsal.faults import parse_fault
    from rehearsal.twin import Twin, run_twin
    from scenarios.ready import ready_scenario

    console = Console()
    city = ready_scenario(scenario, fidelity, console.print).on_day(day)
    with tempfile.TemporaryDirectory(prefix="chauraha-twin-") as scratch:
        run_twin(
            Twin(
                scenario=city,
                speed=speed,
                port=port,
                data=data or Path(scratch),
                seed=seed,
                mode=mode,
                fidelity=fidelity,
                rehearsals=rehearsals,
                faults=tuple(parse_fault(text, city.sites) for text in fault or ()),
            ),
            console,
        )
