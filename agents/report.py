"""An evaluation as a table for people (terminal, Markdown) and as rows for spreadsheets (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("wait_s", "waiting s", ".1f"),
    ("stops", "stops", ".2f"),
    ("trip_s", "trip s", ".1f"),
    ("queue_veh", "queue veh", ".0f"),
    ("throughput_veh", "through veh", ".0f"),
    ("max_wait_s", "max wait s", ".0f"),
    ("gridlock_rate", "gridlock", ".2f"),
    ("unsafe_events", "unsafe", "d"),
)
"""Measure, its heading and its format; delay comes before them with its interval."""

_HEADINGS = ("controller", "delay s (95 %)", "vs best rival", *(heading for _, heading, _ in COLUMNS))


def rows(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """One row a controller, lowest delay first, as the table shows it."""
    controllers = document["controllers"]
    rival = document["best_rival"]
    rival_delay_s = controllers[rival]["delay_s"]["mean"] if rival else None
    shown = []
    for name in sorted(controllers, key=lambda n: controllers[n]["delay_s"]["mean"]):
        measures = controllers[name]
        cells = (_number(measures[key], form) for key, _, form in COLUMNS)
        shown.append((name, _interval(measures["delay_s"]), _share(measures["delay_s"]["mean"], rival_delay_s), *cells))
    return shown


def table(document: Mapping[str, Any]) -> Table:
    """The evaluation for a terminal."""
    shown = Table(title=title(document), caption=summary(document))
    for index, heading in enumerate(_HEADINGS):
        shown.add_column(heading, justify="left" if index == 0 else "right", no_wrap=index < 2)
    for row in rows(document):
        shown.add_row(*row)
    return shown


def title(document: Mapping[str, Any]) -> str:
    """What was run: scenario, day, window, fidelity, sensors, seeds, SUMO."""
    day = f", {document['day']} day" if document.get("day") else ""
    return (
        f"{document['scenario']}{day}, {document['begin_s']:.0f}-{document['end_s']:.0f} s, "
        f"{document['fidelity']} fidelity, sensors {document['sensors']}, "
        f"seeds {', '.join(str(s) for s in document['seeds'])}, SUMO {document['sumo_version']}"
    )


def summary(document: Mapping[str, Any]) -> str:
    """How each learned policy stands to its best rival, in one sentence."""
    parts = []
    for name, versus in document["learned_vs_best_rival"].items():
        if versus is None:
            continue
        interval = "" if versus["lo"] is None else f" (95 %: {versus['lo']:.3f} to {versus['hi']:.3f})"
        parts.append(f"{name}: {versus['ratio']:.3f} x the delay of {document['best_rival']}{interval}")
    return "; ".join(parts) or f"best rival: {document['best_rival']}"


def markdown(document: Mapping[str, Any]) -> str:
    """The table with its title and summary as Markdown."""
    lines = [title(document), "", _pipes(_HEADINGS), _pipes(["---"] * len(_HEADINGS))]
    lines += [_pipes(row) for row in rows(document)]
    return "\n".join([*lines, "", summary(document), ""])


def csv_text(document: Mapping[str, Any]) -> str:
    """One line a controller and seed with its delay, then the controller's other measures (over all seeds)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["scenario", "controller", "seed", "delay_s", *(f"mean_{key}" for key, _, _ in COLUMNS)])
    for name, measures in document["controllers"].items():
        for seed, delay_s in zip(document["seeds"], measures["per_seed_delay_s"], strict=True):
            writer.writerow([document["scenario"], name, seed, delay_s, *(measures[key] for key, _, _ in COLUMNS)])
    return out.getvalue()


def _interval(delay: Mapping[str, Any]) -> str:
    if delay["lo"] is None:
        return f"{delay['mean']:.1f}"
    return f"{delay['mean']:.1f} ({delay['lo']:.1f}-{delay['hi']:.1f})"


def _share(delay_s: float, rival_delay_s: float | None) -> str:
    return f"{delay_s / rival_delay_s:.3f}" if rival_delay_s else "-"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
