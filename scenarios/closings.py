"""Railway level crossings: when each is closed, and its signal in SUMO.

A level crossing is a signal of its own in the network, open by default. Its closings are a program for a whole day in
an additional file of their own, so that a street may be run with or without them. No controller times it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from scenarios.programs import additional_file
from scenarios.source import LevelCrossingRow, TrainRow

CLOSINGS_FILE = "closings.add.xml"
OPEN_PROGRAM = "open"
CLOSINGS_PROGRAM = "closings"
DAY_S = 86400.0
WARNING_S = 3.0
"""Amber before the gate shuts."""
LEAST_OPEN_S = 60.0
"""The gate stays shut between two trains that leave it less time than this."""


def closings_s(
    crossing: LevelCrossingRow, trains: Sequence[TrainRow], factor: float = 1.0
) -> tuple[tuple[float, float], ...]:
    """Begin and end of every closing of the day at one crossing, in order, seconds after midnight.

    A train passes it as much later than `line_m` 0 (or, running towards there, earlier) as the way takes at its speed.
    `factor` makes every closing so many times as long.
    """
    shut: list[tuple[float, float]] = []
    for begin_s, closed_s in sorted((_begin_s(crossing, train), train.closed_s * factor) for train in trains):
        begin, end = max(begin_s, WARNING_S), min(begin_s + closed_s, DAY_S)
        if end <= begin:
            continue
        if shut and begin - shut[-1][1] < LEAST_OPEN_S:
            shut[-1] = shut[-1][0], max(shut[-1][1], end)
        else:
            shut.append((begin, end))
    return tuple(shut)


def _begin_s(crossing: LevelCrossingRow, train: TrainRow) -> float:
    way_s = crossing.line_m / (train.speed_kmh / 3.6)
    return float(round(train.at_s + (way_s if train.direction == "away" else -way_s)))


def open_program(crossing_id: str, links: int) -> ElementTree.Element:
    """The network's own program: always open."""
    logic = ElementTree.Element("tlLogic", id=crossing_id, type="static", programID=OPEN_PROGRAM, offset="0")
    ElementTree.SubElement(logic, "phase", duration=f"{DAY_S:g}", state="G" * links)
    return logic


def write_closings(
    crossings: Sequence[LevelCrossingRow],
    trains: Sequence[TrainRow],
    links: Mapping[str, int],
    path: Path,
    factors: Mapping[str, float] | None = None,
) -> None:
    """The day's programs of `crossings`, each with its number of `links`, as an additional file.

    `factors` on how long a crossing stays shut: 1 where it has none.
    """
    programs = []
    for crossing in crossings:
        shown = links[crossing.id]
        logic = ElementTree.Element("tlLogic", id=crossing.id, type="static", programID=CLOSINGS_PROGRAM, offset="0")
        reached_s = 0.0
        for begin_s, end_s in closings_s(crossing, trains, (factors or {}).get(crossing.id, 1.0)):
            _phase(logic, begin_s - WARNING_S - reached_s, "G" * shown)
            _phase(logic, WARNING_S, "y" * shown)
            _phase(logic, end_s - begin_s, "r" * shown)
            reached_s = end_s
        _phase(logic, DAY_S - reached_s, "G" * shown)
        programs.append(logic)
    additional_file(programs, path)


def _phase(logic: ElementTree.Element, duration_s: float, state: str) -> None:
    if duration_s > 0:
        ElementTree.SubElement(logic, "phase", duration=f"{duration_s:g}", state=state)
