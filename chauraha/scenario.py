"""`chauraha scenario`: build a city model, check it, show what it is and what it rests on."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Build, check and show city models.")

_NAME = Annotated[str, typer.Argument(metavar="NAME", help="A built-in or user scenario's name, or its folder.")]


@app.command()
def build(
    name: _NAME,
    fidelity: Annotated[
        list[str] | None, typer.Option(help="training or evaluation; may be given twice. Default: both.")
    ] = None,
) -> None:
    """Make the SUMO street, the sites and the map from a scenario's source files."""
    from scenarios.build import build_scenario
    from scenarios.load import scenario_folder
    from scenarios.model import FIDELITIES

    build_scenario(scenario_folder(name), tuple(fidelity or FIDELITIES), progress=typer.echo)
