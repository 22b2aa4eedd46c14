"""`chauraha serve`: the timing service for one city."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer


def serve(
    *,
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder for the database and the signing key.")] = Path("var/serve"),
    database: Annotated[
        str | None,
        typer.Option(
            envvar="CHAURAHA_DATABASE",
            help="postgresql://USER:PASSWORD@HOST/NAME instead of a file in the data folder.",
        ),
    ] = None,
    clock: Annotated[str, typer.Option(help="system, or driven: time stands still until it is moved.")] = "system",
    policy: Annotated[
        str | None, typer.Option(help="An exported policy's file, or none; default: the scenario's own.")
    ] = None,
    rehearsals: Annotated[
        Path | None,
        typer.Option(help="Folder of recorded rehearsals; default: rehearsals in the data folder."),
    ] = None,
    open_: Annotated[
        bool,
        typer.Option("--open", help="For trying out: whoever calls from this machine may do everything, unasked."),
    ] = False,
    mqtt: Annotated[
        str | None,
        typer.Option(
            envvar="CHAURAHA_MQTT",
            show_envvar=True,
            help="A broker to take counts from: mqtt[s]://[user:password@]host.",
        ),
    ] = None,
    log_format: Annotated[str, typer.Option(help="text, or json: one object a line.")] = "text",
    mode: Annotated[str, typer.Option(help="ai, or fixed: every junction stays on its fixed plan.")] = "ai",
) -> None:
    """Run the timing service: counts in, guarded signal timing out. Needs no SUMO, torch or ultralytics."""
    # Of the many objects that are made by loading none goes: to look for those would make every start longer.
    gc.disable()
    try:
        from pydantic import ValidationError

        from controller.serving import run_service
        from controller.settings import Settings
        from junction.errors import InputError
        from scenarios.load import load_scenario
    finally:
        gc.enable()

    try:
        settings = Settings.model_validate(
            {
                "scenario": scenario,
                "host": host,
                "port": port,
                "data": data,
                "database": database,
                "clock": clock,
                "policy": policy,
                "mode": mode,
                "rehearsals": rehearsals,
                "mqtt": mqtt,
                "log_format": log_format,
                "access": "open" if open_ else "closed",
            }
        )
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise InputError(f"--{first['loc'][0]}", expected=first["msg"], got=first["input"]) from None
    if settings.policy not in (None, "none") and not Path(settings.policy or "").is_file():
        raise InputError("--policy", expected="an exported policy's file, or none", got=settings.policy)
    run_service(settings, load_scenario(scenario))
