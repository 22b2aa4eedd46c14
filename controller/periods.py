"""Periods of the city's own calendar: quarters of an hour, hours, days, weeks from Monday, months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from junction.errors import InputError

MAX_PERIODS = 400
QUARTER_S = 900


class Every(StrEnum):
    """How long a period is. `whole`: all of it is one."""

    WHOLE = "whole"
    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin_at` up to, and without, `end_at`: Unix seconds, whole quarters of an hour."""

    begin_at: int
    end_at: int


def split_into_periods(from_at: float, to_at: float, every: Every, timezone: str) -> list[Period]:
    """The periods that touch that time, each whole, in order. Raises InputError for none or too many."""
    if not from_at < to_at:
        raise InputError("to", expected=f"a time after from ({from_at:g})", got=to_at)
    zone = ZoneInfo(timezone)
    if every is Every.WHOLE:
        return [Period(int(from_at // QUARTER_S) * QUARTER_S, -int(-to_at // QUARTER_S) * QUARTER_S)]
    begin = _begin_of(datetime.fromtimestamp(from_at, zone), every)
    periods = []
    while begin.timestamp() < to_at:
        end = _next(begin, every)
        periods.append(Period(round(begin.timestamp()), round(end.timestamp())))
        begin = end
        if len(periods) > MAX_PERIODS:
            raise InputError(
                "every", expected=f"at most {MAX_PERIODS} periods from {from_at:g} to {to_at:g}", got=every
            )
    return periods


def _begin_of(time: datetime, every: Every) -> datetime:
    hour = time.replace(minute=0, second=0, microsecond=0)
    if every is Every.QUARTER:
        return hour.replace(minute=time.minute // 15 * 15)
    if every is Every.HOUR:
        return hour
    day = hour.replace(hour=0, fold=0)
    if every is Every.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every is Every.MONTH else day


def _next(begin: datetime, every: Every) -> datetime:
    """Days, weeks and months follow the calendar, also where a day has 23 or 25 hours; shorter ones the clock."""
    if every in (Every.QUARTER, Every.HOUR):
        length_s = QUARTER_S if every is Every.QUARTER else 3600
        return datetime.fromtimestamp(begin.timestamp() + length_s, begin.tzinfo)
    if every is Every.MONTH:
        return (begin + timedelta(days=32)).replace(day=1)
    return begin + timedelta(days=7 if every is Every.WEEK else 1)
