"""`calendar.toml`: a night plan, a festival, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from junction.calendar import DayKind
from junction.errors import InputError, ScenarioError
from junction.flash_hours import FlashHours
from scenarios.plan_calendar import read_calendar

CALENDAR = """
[[week]]
begins = 06:00:00
plan = "today"
[[week]]
begins = 22:00:00
plan = "webster.night"
[[day]]
name = "Diwali"
kind = "festival"
basis = "assumed"
dates = [2026-11-08]
[[day.run]]
begins = 00:00:00
plan = "webster.evening"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "calendar.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_todays_plan_runs_all_day(tmp_path: Path) -> None:
    calendar = read_calendar(tmp_path)
    assert {calendar.table("west").plan_id_at(s, 2) for s in (0.0, 43_200.0, 86_399.0)} == {"west.today"}
    assert calendar.special_days("west") == ()


def test_the_file_names_plans_by_hour_and_day_for_every_junction(tmp_path: Path) -> None:
    calendar = read_calendar(write(tmp_path, CALENDAR))
    table = calendar.table("west")
    assert [table.plan_id_at(3600.0 * hour, 0) for hour in (5, 6, 21, 22)] == [
        "west.webster.night",
        "west.today",
        "west.today",
        "west.webster.night",
    ]
    (diwali,) = calendar.special_days("east")
    assert (diwali.kind, diwali.dates) == (DayKind.FESTIVAL, (date(2026, 11, 8),))
    assert diwali.table.plan_id_at(0.0, 6) == "east.webster.evening"


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        (('kind = "festival"', 'kind = "feast"'), ScenarioError, r"calendar\.toml\.day\.0\.kind"),
        (("begins = 06:00:00", "begins = 22:00:00"), InputError, "one plan for weekday 0"),
        (("begins = 00:00:00", "begins = 04:00:00"), InputError, "an entry from 0"),
        (("[[week]]", "[[week"), ScenarioError, "expected TOML"),
    ],
)
def test_a_bad_calendar_is_refused_by_name(
    tmp_path: Path, changed: tuple[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        calendar = read_calendar(write(tmp_path, CALENDAR.replace(*changed)))
        calendar.table("west")
        calendar.special_days("west")


NIGHT = """
[[flash]]
begins = 23:00:00
until = 05:00:00
basis = "assumed"
weekdays = [5, 6]
junctions = ["west"]
[[flash]]
begins = 01:00:00
until = 04:00:00
basis = "assumed"
weekdays = [2]
"""


def test_a_night_goes_over_midnight_into_the_next_weekday(tmp_path: Path) -> None:
    calendar = read_calendar(write(tmp_path, NIGHT + CALENDAR))
    wednesday = FlashHours(from_s=3600, until_s=14_400, weekdays=(2,))
    assert calendar.flash_hours("west") == (
        FlashHours(from_s=82_800, until_s=86_400, weekdays=(5, 6)),
        FlashHours(from_s=0, until_s=18_000, weekdays=(0, 6)),
        wednesday,
    )
    assert calendar.flash_hours("east") == (wednesday,)
    assert calendar.special_days("west")[0].flash_hours == ()
    assert calendar.strangers(["east"]) == ["west"]


def test_a_festivals_own_night(tmp_path: Path) -> None:
    night = '[[day.flash]]\nbegins = 02:00:00\nuntil = 05:00:00\nbasis = "assumed"\n'
    (diwali,) = read_calendar(write(tmp_path, CALENDAR + night)).special_days("west")
    assert diwali.flash_hours == (FlashHours(from_s=7_200, until_s=18_000),)
