"""`chauraha scenario calibrate`: the scenario's demand from counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def calibrate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A built-in or user scenario's name, or its folder.")],
    counts: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A CSV of counts; may be repeated.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option(metavar="CAMERA=JUNCTION", help="Whose junction a detector's camera watches.")
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(metavar="CAMERA/LINE/DIRECTION=LINK", help="The link that a counted line crosses."),
    ] = None,
    start_at: Annotated[
        str, typer.Option(metavar="HH:MM", help="Local time of the detector files' second 0.")
    ] = "00:00",
    interval_s: Annotated[float, typer.Option(help="Length of the fitted intervals in seconds.")] = 900.0,
    withhold: Annotated[float, typer.Option(help="Share of the counted links that is predicted, not fitted.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Same seed and counts, same demand.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only; change nothing.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Go back to the scenario's own demand.")] = False,
    simulate: Annotated[
        str | None,
        typer.Option(metavar="FIDELITY", help="Also run it (training, evaluation, meso): GEH of what passes."),
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report here (Markdown).")] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every place's flows here (CSV).")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result here.")] = None,
) -> None:
    """Fit a scenario's demand to turning and link counts; exit status 1 where the counts were not met."""
    import json

    from junction.errors import InputError
    from junction.files import write_whole
    from scenarios.calibration.calibrate import Settings
    from scenarios.calibration.calibrate import calibrate as fit
    from scenarios.calibration.count_file import CameraPlaces, clock_s
    from scenarios.calibration.demand_file import remove_demand, write_demand
    from scenarios.calibration.report import csv_text, document, markdown
    from scenarios.calibration.simulated import simulated_document
    from scenarios.load import load_scenario

    scenario = load_scenario(name)
    if remove:
        there = remove_demand(scenario)
        typer.echo("the scenario's own demand is back" if there else "there was no calibrated demand")
        return
    if not counts:
        raise InputError("--counts", expected="at least one file of counts (or --remove)", got=None)
    links = {}
    for key, link in (_pair("--line", text) for text in line or ()):
        parts = key.split("/")
        if len(parts) != 3:
            raise InputError("--line", expected="CAMERA/LINE/DIRECTION=LINK", got=f"{key}={link}")
        links[parts[0], parts[1], parts[2]] = link
    cameras = CameraPlaces(
        junctions=dict(_pair("--camera", text) for text in camera or ()),
        links=links,
        start_s=clock_s(start_at, "--start-at"),
    )
    settings = Settings(seed=seed, interval_s=interval_s, withheld_share=withhold, cameras=cameras)
    if simulate is not None:
        scenario.built_street(simulate)  # a wrong fidelity is said before the fit, not after it
    found = fit(scenario, counts, settings, progress=typer.echo)
    told = document(found)
    if simulate is not None:
        from envs.calibrated_run import run_calibrated

        typer.echo(f"simulating at {simulate}")
        told["simulated"] = simulated_document(
            run_calibrated(scenario, found, simulate, seed), found.withheld, simulate
        )
    if report is not None:
        write_whole(report, markdown(found))
    if csv_file is not None:
        write_whole(csv_file, csv_text(found))
    if json_file is not None:
        write_whole(json_file, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    _tell(told)
    if not dry_run:
        write_demand(scenario, found)
        typer.echo(f"wrote {scenario.calibrated_file}: {told['vehicles']} vehicles")
    if not told["ok"]:
        raise typer.Exit(1)


def _tell(told: dict[str, Any]) -> None:
    for check in told["checks"]:
        typer.echo(f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}: {check['detail']}")
    withheld = told["withheld_geh_lt5_share"]
    if withheld is not None:
        typer.echo(f"withheld links below GEH 5: {withheld:.1%} of {len(told['withheld_geh'])}")
    if "simulated" in told:
        run = told["simulated"]
        typer.echo(
            f"simulated at {run['fidelity']}: {_share(run['geh_lt5_share'])} of the fitted links below GEH 5, "
            f"{_share(run['withheld_geh_lt5_share'])} of the withheld"
        )
    for text in (*told["notes"], *told["contradictions"], *told["unmatched"], *told["misfits"], *told["gaps"]):
        typer.echo(text)


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"


def _pair(option: str, text: str) -> tuple[str, str]:
    from junction.errors import InputError

    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise InputError(option, expected="NAME=VALUE", got=text)
    return key, value
