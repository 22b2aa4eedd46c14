"""`chauraha`: the commands, one file each. A command's file imports nothing heavy until it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from junction.errors import ChaurahaError

COMMANDS = (
    "serve",
    "admin",
    "backup",
    "restore",
    "export",
    "field",
    "twin",
    "rehearse",
    "scenario",
    "train",
    "evaluate",
    "count",
    "camera",
    "detector",
)
"""The module `chauraha.NAME` holds `app` (a Typer group) or a function called NAME."""

EXIT_BAD_INPUT = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="AI traffic-signal timing for a city's junctions, and the simulation it is trained in.",
)


@app.callback()
def _group() -> None:
    """Keeps `chauraha` a group of commands however few are registered."""


def _register() -> None:
    for name in COMMANDS:
        module = import_module(f"chauraha.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))


def run() -> None:
    """Entry point: an expected error is one line on stderr and exit status 2."""
    _register()
    try:
        app()
    except ChaurahaError as error:
        print(f"chauraha: {error}", file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
