"""The table's verdict, worked out by hand, and that every row is of a day that Kanpur has."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.days import BLOCKED_ROAD, EXPECTED, Expected, agrees, road_delay_s
from scenarios.days import read_days
from scenarios.load import scenario_folder
from scenarios.model import MESO


@pytest.mark.parametrize(
    ("direction", "changed", "fits"),
    [
        ("up", [11.0, 21.0], True),
        ("up", [11.0, 19.0], False),
        ("up", [11.0, 20.0], False),
        ("down", [9.0, 19.9], True),
        ("down", [9.0, 20.1], False),
    ],
)
def test_every_seed_must_move_the_expected_way(direction: str, changed: list[float], fits: bool) -> None:
    row = Expected(day="x", fidelity=MESO, measure="m", direction=direction, why="")  # type: ignore[arg-type]
    assert agrees(row, [10.0, 20.0], changed) is fits


def test_each_of_kanpurs_days_is_judged_and_a_breakdown_where_there_are_lanes() -> None:
    days = {day.name: day for day in read_days(scenario_folder("kanpur"))}
    assert {row.day for row in EXPECTED} == set(days)
    assert all(row.fidelity != MESO for row in EXPECTED if days[row.day].breakdown)


def test_the_road_that_is_watched_is_where_the_bus_stands() -> None:
    days = {day.name: day for day in read_days(scenario_folder("kanpur"))}
    assert [(b.from_junction, b.to_junction) for b in days["incident"].breakdown] == [BLOCKED_ROAD]


def test_a_roads_delay_is_that_of_all_its_pieces_by_what_came_onto_it(tmp_path: Path) -> None:
    lost_s = {"a--b": 60, "a--b.1": 30, "a--b.mouth": 10, "a--bc": 500, "b--a": 500}
    edges = "".join(f'<edge id="{name}" timeLoss="{s}" entered="20"/>' for name, s in lost_s.items())
    path = tmp_path / "edges.xml"
    path.write_text(f"<meandata><interval>{edges}</interval></meandata>", encoding="utf-8")
    assert road_delay_s(path, "a--b") == 5.0
