"""`chauraha rehearse`: the whole system on the simulated street, with faults, against fixed plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from junction.errors import InputError


def rehearse(
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    minutes: Annotated[float, typer.Option(help="Simulated minutes from the scenario's begin.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Seed of demand and cameras; the same for both runs.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="server-down@FROM-TO, camera-lost:J@FROM[-TO], signal-dark:J@FROM[-TO], seconds of the run."),
    ] = None,
    fidelity: Annotated[
        str, typer.Option(help="training (virtual lanes) or evaluation (sublanes, slower).")
    ] = "training",
    day: Annotated[
        str | None, typer.Option(help="One of the scenario's days (chauraha scenario show); default: the normal one.")
    ] = None,
    sensors: Annotated[
        Path | None, typer.Option(help="Sensor model file; default: the cameras' assumed errors.")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="Policy file for the AI run; default: the scenario's own.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep trip lists, lamp states and logs in this folder.")] = None,
    record: Annotated[
        Path | None,
        typer.Option(help="Record both runs in this new folder, to be replayed on the page (in runs/rehearsals)."),
    ] = None,
    through_pictures: Annotated[
        str | None,
        typer.Option(metavar="JUNCTION", help="The AI run sees this junction through rendered pictures."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights that know rendered pictures (chauraha detector train).")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
) -> None:
    """Run service, cameras and field controllers over HTTP, as fast as it goes: by the policy, then on fixed plans."""
    from envs.sensors import SensorModel
    from rehearsal.faults import parse_fault
    from rehearsal.rehearse import Rehearsal, ThroughPictures
    from rehearsal.rehearse import rehearse as run
    from rehearsal.report import print_report, write_report
    from scenarios.ready import ready_scenario

    if (through_pictures is None) != (weights is None):
        raise InputError("--weights", expected="with --through-pictures, and only then", got=weights)
    pictured = None
    if through_pictures is not None and weights is not None:
        pictured = ThroughPictures(junction_id=through_pictures, weights=weights)
    city = ready_scenario(scenario, fidelity, typer.echo).on_day(day)
    plan = Rehearsal(
        scenario=city,
        minutes=minutes,
        seed=seed,
        sensors=SensorModel.from_file(sensors) if sensors else SensorModel(),
        faults=tuple(parse_fault(text, city.sites) for text in fault or ()),
        fidelity=fidelity,
        keep=keep,
        policy=policy,
        record=record,
        through_pictures=pictured,
    )
    result = run(plan)
    print_report(result)
    if json is not None:
        write_report(result, json)
