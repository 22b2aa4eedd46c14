"""`calendar.toml`: which fixed plans a scenario's junctions run when. Without one, today's plan runs all day.

Plans are named without their junction: `today`, `webster.night`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

from pydantic import Field, ValidationError

from junction.calendar import DayKind, SpecialDay
from junction.errors import ScenarioError
from junction.plan import WEEKDAYS, TableEntry, TimeOfDayTable
from scenarios.rows import Basis, SourceRow

CALENDAR_FILE = "calendar.toml"


class Run(SourceRow):
    """From a local time on, on the given weekdays (0 is Monday), a plan."""

    begins: time
    plan: str
    weekdays: tuple[int, ...] = WEEKDAYS

    def entry(self, junction_id: str) -> TableEntry:
        from_s = self.begins.hour * 3600.0 + self.begins.minute * 60.0 + self.begins.second
        return TableEntry(from_s=from_s, plan_id=f"{junction_id}.{self.plan}", weekdays=self.weekdays)


class CalendarDay(SourceRow):
    """Dates with a table of their own."""

    name: str
    kind: DayKind
    basis: Basis
    dates: tuple[date, ...] = Field(min_length=1)
    run: tuple[Run, ...] = Field(min_length=1)


class PlanCalendar(SourceRow):
    """The file. Without `week` today's plan runs all day; without `day` no date differs from its weekday."""

    week: tuple[Run, ...] = (Run(begins=time(0), plan="today"),)
    day: tuple[CalendarDay, ...] = ()

    def table(self, junction_id: str) -> TimeOfDayTable:
        """The week's table of one junction. Raises InputError for a gap or an overlap."""
        return _table(self.week, junction_id)

    def special_days(self, junction_id: str) -> tuple[SpecialDay, ...]:
        """The days that differ, at one junction. Raises InputError for a gap or an overlap."""
        return tuple(
            SpecialDay(name=day.name, kind=day.kind, dates=day.dates, table=_table(day.run, junction_id))
            for day in self.day
        )


def read_calendar(folder: Path) -> PlanCalendar:
    """The scenario's calendar. Raises ScenarioError naming the key, what was expected and what came."""
    path = folder / CALENDAR_FILE
    if not path.is_file():
        return PlanCalendar()
    where = f"{folder.name}/{CALENDAR_FILE}"
    try:
        return PlanCalendar.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as wrong:
        raise ScenarioError(where, expected="TOML", got=str(wrong)) from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{where}.{key}", expected=first["msg"], got=first.get("input")) from None


def _table(runs: Sequence[Run], junction_id: str) -> TimeOfDayTable:
    return TimeOfDayTable(entries=tuple(run.entry(junction_id) for run in runs))
