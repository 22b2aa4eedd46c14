"""Days on which a junction's plans follow another table than the week's: single dates, and festivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from junction.errors import InputError
from junction.flash_hours import FlashHours, flash_from_rows, flash_rows
from junction.plan import TableEntry, TimeOfDayTable

MAX_DAYS = 400


class DayKind(StrEnum):
    """A date goes before a festival, and both before the weekday."""

    DATE = "date"
    FESTIVAL = "festival"


PRECEDENCE = (DayKind.DATE, DayKind.FESTIVAL)


@dataclass(frozen=True, kw_only=True)
class SpecialDay:
    """On each of `dates`, from local midnight to local midnight, `table` rules. Its first entry begins at midnight:
    what another day ran last says nothing of this one. The signals flash in its own `flash_hours` and in no others: a
    festival's night is not a quiet one."""

    name: str
    kind: DayKind
    dates: tuple[date, ...]
    table: TimeOfDayTable
    flash_hours: tuple[FlashHours, ...] = ()

    def __post_init__(self) -> None:
        where = f"special day {self.name!r}"
        if not self.name or not 0 < len(self.dates) <= MAX_DAYS:
            raise InputError(where, expected=f"a name and 1 to {MAX_DAYS} dates", got=(self.name, len(self.dates)))
        for day in self.dates:
            if self.table.first_from_s(day.weekday()) != 0:
                raise InputError(
                    f"{where}.table",
                    expected=f"an entry from 0, so that {day} has a plan from midnight on",
                    got=f"nothing before {self.table.first_from_s(day.weekday()):g} s",
                )


class Calendar:
    """The week's table and the days that differ from it.

    Raises InputError for two days of one kind on the same date: nobody could say which is meant.
    """

    def __init__(
        self, week: TimeOfDayTable, days: Sequence[SpecialDay] = (), flash_hours: Sequence[FlashHours] = ()
    ) -> None:
        self._week = week
        self._flash_hours = tuple(flash_hours)
        self._by_kind: dict[DayKind, dict[date, SpecialDay]] = {kind: {} for kind in PRECEDENCE}
        for day in days:
            known = self._by_kind[day.kind]
            for on in day.dates:
                if on in known:
                    raise InputError(
                        f"special day {day.name!r}.dates",
                        expected=f"at most one {day.kind} on a date",
                        got=f"{on}, which is {known[on].name!r} already",
                    )
                known[on] = day

    def special(self, on: date) -> SpecialDay | None:
        """What that date is beside a day of the week."""
        return next((self._by_kind[kind][on] for kind in PRECEDENCE if on in self._by_kind[kind]), None)

    def plan_id_at(self, on: date, time_of_day_s: float) -> str:
        """The plan's id for that local date and second of the day."""
        special = self.special(on)
        table = self._week if special is None else special.table
        return table.plan_id_at(time_of_day_s, on.weekday())

    def flashes_at(self, on: date, time_of_day_s: float) -> bool:
        """Whether the signals flash by plan at that local date and second of the day."""
        special = self.special(on)
        hours = self._flash_hours if special is None else special.flash_hours
        return any(each.hold(on.weekday(), time_of_day_s) for each in hours)


def plan_ids(table: TimeOfDayTable, days: Sequence[SpecialDay] = ()) -> Iterator[str]:
    """Every plan that a week's table or a special day can call for."""
    for each in (table, *(day.table for day in days)):
        yield from (entry.plan_id for entry in each.entries)


def table_rows(table: TimeOfDayTable) -> list[dict[str, Any]]:
    """A table as JSON types."""
    return [{"from_s": e.from_s, "plan_id": e.plan_id, "weekdays": list(e.weekdays)} for e in table.entries]


def table_from_rows(rows: Sequence[Mapping[str, Any]]) -> TimeOfDayTable:
    """Raises InputError, KeyError, TypeError or ValueError for rows that are no table."""
    return TimeOfDayTable(
        entries=tuple(
            TableEntry(from_s=row["from_s"], plan_id=row["plan_id"], weekdays=tuple(row["weekdays"])) for row in rows
        )
    )


def day_document(day: SpecialDay) -> dict[str, Any]:
    """A special day as JSON types."""
    return {
        "name": day.name,
        "kind": str(day.kind),
        "dates": [on.isoformat() for on in day.dates],
        "table": table_rows(day.table),
        **({"flash_hours": flash_rows(day.flash_hours)} if day.flash_hours else {}),
    }


def day_from_document(document: Mapping[str, Any]) -> SpecialDay:
    """Raises as `table_from_rows` does."""
    return SpecialDay(
        name=document["name"],
        kind=DayKind(document["kind"]),
        dates=tuple(date.fromisoformat(on) for on in document["dates"]),
        table=table_from_rows(document["table"]),
        flash_hours=flash_from_rows(document.get("flash_hours", ())),
    )
