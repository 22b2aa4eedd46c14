"""A rehearsal's report, for a person and for a machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from junction.files import write_whole


def print_report(report: dict[str, Any]) -> None:
    """One table, the faults and the notes, on standard output."""
    console = Console()
    table = Table(title=f"{report['scenario']}, {report['minutes']:g} min, seed {report['seed']}")
    for heading in ("", "mean delay s", "trips", "arrived", "unsafe events", "modes"):
        table.add_column(heading)
    for name, figures in report["controllers"].items():
        delay_s = figures["delay_s"]
        table.add_row(
            name,
            "-" if delay_s is None else f"{delay_s:.1f}",
            str(figures["trips"]),
            str(figures["arrived"]),
            str(figures["unsafe_events"]),
            ", ".join(f"{mode} {share:.1%}" for mode, share in figures["mode_share"].items()),
        )
    console.print(table)
    if report["through_pictures"] is not None:
        console.print(_sights(report["through_pictures"]))
    for fault in report["faults"]:
        console.print(
            f"{fault['fault']}: all on fixed by {fault['all_on_fixed_by_s']} s, all back by {fault['all_back_by_s']} s"
        )
    console.print(f"sequence numbers that fell: {report['seq_regressions']}")
    for note in report["notes"]:
        console.print(f"note: {note}")


def _sights(pictured: dict[str, Any]) -> Table:
    """What the pictures told of each lane group, beside the truth."""
    title = f"{pictured['junction_id']} through {pictured['pictures']} pictures: reported of true"
    table = Table("lane group", "seen", "queue, vehicles", "off by", "crossed", title=title)
    for name, sight in pictured["lane_groups"].items():
        table.add_row(
            name,
            _figure(sight["seen"], ".0%"),
            f"{_figure(sight['queue_veh_reported'], '.1f')} of {_figure(sight['queue_veh'], '.1f')}",
            _figure(sight["queue_veh_off"], ".1f"),
            f"{sight['crossed_reported']} of {sight['crossed']}",
        )
    return table


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def write_report(report: dict[str, Any], file: Path) -> None:
    """The whole report as JSON; the file appears whole or not at all."""
    write_whole(file, json.dumps(report, indent=1) + "\n")
