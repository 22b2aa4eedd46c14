"""Hours in which a junction's signals flash by plan: night, where the city lets its quiet junctions blink.

The hours belong to the site, as its fixed plans do: the field controller keeps them by its own clock, with the service
or without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from junction.errors import InputError
from junction.plan import DAY_S, WEEKDAYS

MIN_FLASH_S = 600.0
"""Shorter is no night: signals that come and go teach drivers to disregard them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlashHours:
    """From `from_s` until `until_s` seconds after midnight, on the given weekdays (0 = Monday).

    A night is two of them, one to midnight and one from it. Raises InputError for anything but whole minutes of one
    day, at least `MIN_FLASH_S` long.
    """

    from_s: float
    until_s: float
    weekdays: tuple[int, ...] = WEEKDAYS

    def __post_init__(self) -> None:
        within = 0 <= self.from_s <= self.until_s - MIN_FLASH_S and self.until_s <= DAY_S
        if not within or self.from_s % 60 or self.until_s % 60:
            raise InputError(
                "flash_hours",
                expected=f"whole minutes of one day, at least {MIN_FLASH_S:g} s long",
                got=(self.from_s, self.until_s),
            )
        if not self.weekdays or not set(self.weekdays) <= set(WEEKDAYS):
            raise InputError("flash_hours.weekdays", expected="weekdays from 0 (Monday) to 6", got=self.weekdays)

    def hold(self, weekday: int, time_of_day_s: float) -> bool:
        """Whether that second of the day is among them."""
        return weekday in self.weekdays and self.from_s <= time_of_day_s < self.until_s


def flash_rows(hours: Iterable[FlashHours]) -> list[dict[str, Any]]:
    """Flash hours as JSON types."""
    return [{"from_s": h.from_s, "until_s": h.until_s, "weekdays": list(h.weekdays)} for h in hours]


def flash_from_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[FlashHours, ...]:
    """Raises InputError, KeyError or TypeError for rows that are no flash hours."""
    return tuple(
        FlashHours(from_s=row["from_s"], until_s=row["until_s"], weekdays=tuple(row["weekdays"])) for row in rows
    )
