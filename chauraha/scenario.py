"""`chauraha scenario`: build a city model, check it, show what it is and what it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chauraha.calibrate import calibrate

app = typer.Typer(no_args_is_help=True, help="Build, check and show city models.")
app.command()(calibrate)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="A built-in or user scenario's name, or its folder.")]


@app.command()
def build(
    name: _Name,
    fidelity: Annotated[
        list[str] | None, typer.Option(help="training, evaluation or meso; may be repeated. Default: all.")
    ] = None,
) -> None:
    """Make the SUMO street, the sites and the map from a scenario's source files."""
    from scenarios.build import build_scenario
    from scenarios.load import scenario_folder
    from scenarios.model import FIDELITIES

    build_scenario(scenario_folder(name), tuple(fidelity or FIDELITIES), progress=typer.echo)


@app.command()
def check(
    name: _Name,
    simulate: Annotated[bool, typer.Option(help="Also simulate the off-peak under today's plans.")] = False,
    seeds: Annotated[int, typer.Option(min=1, help="With --simulate: how many seeds, 1 to N.")] = 1,
    fidelity: Annotated[str, typer.Option(help="With --simulate: training, evaluation or meso.")] = "training",
    minutes: Annotated[float, typer.Option(min=5, help="With --simulate: how long, from an empty street.")] = 30,
    workers: Annotated[int | None, typer.Option(min=1, help="Simulations at a time; default: one a core.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result here.")] = None,
) -> None:
    """Check a built scenario, one line a check; exit status 1 when any fails."""
    import json

    from junction.files import write_whole
    from scenarios.check import check_scenario, checks_document

    checks = check_scenario(name)
    if simulate and all(result.ok for result in checks):
        from agents.off_peak import off_peak_checks

        checks += off_peak_checks(
            name,
            seeds=seeds,
            fidelity=fidelity,
            minutes=minutes,
            workers=workers,
            on_done=lambda r: typer.echo(f"simulated seed {r.seed}: {r.wall_s:.0f} s of wall time", err=True),
        )
    for result in checks:
        typer.echo(f"{'ok  ' if result.ok else 'FAIL'}  {result.name}: {result.detail}")
    if json_file is not None:
        write_whole(json_file, json.dumps(checks_document(checks), ensure_ascii=False, indent=1) + "\n")
    if not all(result.ok for result in checks):
        raise typer.Exit(1)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".osm(.xml)(.gz), .osm.pbf, .net.xml(.gz) or .sumocfg.")],
    name: Annotated[str, typer.Option(help="The new scenario's name.")],
    out: Annotated[Path | None, typer.Option(help="Folder to put it in; default: your scenarios.")] = None,
    amber: Annotated[float | None, typer.Option(help="Amber in s; default: by approach speed.")] = None,
    all_red: Annotated[float | None, typer.Option(help="All-red in s; default: by clearing distance.")] = None,
    min_green: Annotated[float, typer.Option(help="Minimum green in s.")] = 16.0,
    min_green_turn: Annotated[float, typer.Option(help="Minimum green of turns across oncoming traffic.")] = 10.0,
    max_green: Annotated[float, typer.Option(help="Maximum green in s.")] = 90.0,
    max_red: Annotated[float, typer.Option(help="Maximum red in s, 120 to 180.")] = 160.0,
    lefthand: Annotated[
        bool | None, typer.Option("--lefthand/--righthand", help="Side that an OpenStreetMap extract drives on.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="IANA zone of the plans' hours.")] = "UTC",
    seed: Annotated[int, typer.Option(help="Seed of the trips made for a network without any.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the report here.")] = None,
) -> None:
    """Make a complete scenario of a foreign network; says what stays on its own program and which plans changed."""
    import json

    from junction.files import write_whole
    from scenarios.importer import ImportRules, import_scenario
    from scenarios.importer.importer import report_of

    rules = ImportRules(
        amber_s=amber,
        all_red_s=all_red,
        min_green_s=min_green,
        min_green_turn_s=min_green_turn,
        max_green_s=max_green,
        max_red_s=max_red,
        lefthand=lefthand,
        timezone=timezone,
        seed=seed,
    )
    scenario = import_scenario(file, name, out, rules=rules, progress=typer.echo)
    report = report_of(scenario.folder)
    for tls_id, why in report["left_to_own_program"].items():
        typer.echo(f"left to its own program: {tls_id}: {why}")
    for junction_id, why in report["changed_plans"].items():
        typer.echo(f"fixed plan changed: {junction_id}: {why}")
    typer.echo(f"demand {report['demand']}")
    typer.echo(f"{len(scenario.sites)} junctions in {scenario.folder}")
    if json_file is not None:
        write_whole(json_file, json.dumps(report, ensure_ascii=False, indent=1) + "\n")


@app.command()
def plot(
    name: _Name,
    out: Annotated[Path, typer.Option(help="Folder for the PNG files.")] = Path("plots"),
) -> None:
    """Draw the network, the fixed plans and the demand as PNG pictures."""
    from scenarios.load import load_scenario
    from scenarios.plot import plot_scenario

    for path in plot_scenario(load_scenario(name), out):
        typer.echo(path)


@app.command()
def show(
    name: _Name,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures here.")] = None,
) -> None:
    """Print what a scenario holds and what its figures rest on."""
    import json

    from junction.files import write_whole
    from scenarios.load import load_scenario
    from scenarios.source import has_source, read_source
    from scenarios.summary import summary_document, summary_lines

    scenario = load_scenario(name)
    source = read_source(scenario.folder) if has_source(scenario.folder) else None
    for line in summary_lines(scenario, source):
        typer.echo(line)
    if json_file is not None:
        document = summary_document(scenario, source)
        write_whole(json_file, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
