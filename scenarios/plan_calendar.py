"""`calendar.toml`: which fixed plans a scenario's junctions run when. Without one, today's plan runs all day.

Plans are named without their junction: `today`, `webster.night`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from datetime import date, time
from pathlib import Path

from pydantic import Field, ValidationError

from junction.calendar import DayKind, SpecialDay
from junction.errors import ScenarioError
from junction.flash_hours import FlashHours
from junction.plan import DAY_S, WEEKDAYS, TableEntry, TimeOfDayTable
from scenarios.rows import Basis, SourceRow

CALENDAR_FILE = "calendar.toml"


class Run(SourceRow):
    """From a local time on, on the given weekdays (0 is Monday), a plan."""

    begins: time
    plan: str
    weekdays: tuple[int, ...] = WEEKDAYS

    def entry(self, junction_id: str) -> TableEntry:
        return TableEntry(from_s=_of_day_s(self.begins), plan_id=f"{junction_id}.{self.plan}", weekdays=self.weekdays)


class Flash(SourceRow):
    """Signals that flash from a local time until another, on nights that begin on the given weekdays (0 is Monday).

    `until` that is not later than `begins` is the next morning's. Without `junctions` it holds for all.
    """

    begins: time
    until: time
    basis: Basis
    weekdays: tuple[int, ...] = WEEKDAYS
    junctions: tuple[str, ...] = ()

    def hours(self, junction_id: str) -> tuple[FlashHours, ...]:
        """At one junction: the evening's and the morning's part. Raises InputError for less than ten minutes of one."""
        if self.junctions and junction_id not in self.junctions:
            return ()
        from_s, until_s = _of_day_s(self.begins), _of_day_s(self.until)
        if from_s < until_s:
            return (FlashHours(from_s=from_s, until_s=until_s, weekdays=self.weekdays),)
        mornings = tuple(sorted((day + 1) % len(WEEKDAYS) for day in self.weekdays))
        evening = FlashHours(from_s=from_s, until_s=DAY_S, weekdays=self.weekdays)
        return (evening, FlashHours(from_s=0, until_s=until_s, weekdays=mornings)) if until_s > 0 else (evening,)


class CalendarDay(SourceRow):
    """Dates with a table of their own, and with nights of their own: both ends of one lie on the date itself."""

    name: str
    kind: DayKind
    basis: Basis
    dates: tuple[date, ...] = Field(min_length=1)
    run: tuple[Run, ...] = Field(min_length=1)
    flash: tuple[Flash, ...] = ()


class PlanCalendar(SourceRow):
    """The file. Without `week` today's plan runs all day; without `day` no date differs from its weekday; without
    `flash` no signal flashes by night."""

    week: tuple[Run, ...] = (Run(begins=time(0), plan="today"),)
    day: tuple[CalendarDay, ...] = ()
    flash: tuple[Flash, ...] = ()

    def table(self, junction_id: str) -> TimeOfDayTable:
        """The week's table of one junction. Raises InputError for a gap or an overlap."""
        return _table(self.week, junction_id)

    def special_days(self, junction_id: str) -> tuple[SpecialDay, ...]:
        """The days that differ, at one junction. Raises InputError for a gap or an overlap."""
        return tuple(
            SpecialDay(
                name=day.name,
                kind=day.kind,
                dates=day.dates,
                table=_table(day.run, junction_id),
                flash_hours=_flash_hours(day.flash, junction_id),
            )
            for day in self.day
        )

    def flash_hours(self, junction_id: str) -> tuple[FlashHours, ...]:
        """When one junction's signals flash on days that do not differ. Raises InputError for hours that are none."""
        return _flash_hours(self.flash, junction_id)

    def strangers(self, junction_ids: Collection[str]) -> list[str]:
        """Junctions that the file names and the scenario does not have."""
        nights = [*self.flash, *(night for day in self.day for night in day.flash)]
        return sorted({name for night in nights for name in night.junctions} - set(junction_ids))


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


def _flash_hours(nights: Sequence[Flash], junction_id: str) -> tuple[FlashHours, ...]:
    return tuple(hours for night in nights for hours in night.hours(junction_id))


def _of_day_s(at: time) -> float:
    """Seconds after midnight."""
    return at.hour * 3600.0 + at.minute * 60.0 + at.second


def _table(runs: Sequence[Run], junction_id: str) -> TimeOfDayTable:
    return TimeOfDayTable(entries=tuple(run.entry(junction_id) for run in runs))
