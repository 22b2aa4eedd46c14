"""Periods follow the city's calendar: no second is in none or in two."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.periods import Every, Period, split_into_periods
from junction.errors import InputError

KOLKATA = "Asia/Kolkata"
BERLIN = "Europe/Berlin"


def at(zone: str, *when: int) -> int:
    return round(datetime(*when, tzinfo=ZoneInfo(zone)).timestamp())  # type: ignore[arg-type, misc]


def test_a_day_in_kanpur_begins_at_its_own_midnight() -> None:
    noon = at(KOLKATA, 2026, 11, 25, 12)
    day = Period(at(KOLKATA, 2026, 11, 25), at(KOLKATA, 2026, 11, 26))
    assert split_into_periods(noon, noon + 60, Every.DAY, KOLKATA) == [day]
    assert split_into_periods(noon, noon + 60, Every.HOUR, KOLKATA) == [Period(noon, noon + 3600)]
    week = split_into_periods(noon, noon + 60, Every.WEEK, KOLKATA)
    assert week == [Period(at(KOLKATA, 2026, 11, 23), at(KOLKATA, 2026, 11, 30))]
    month = split_into_periods(noon, noon + 60, Every.MONTH, KOLKATA)
    assert month == [Period(at(KOLKATA, 2026, 11, 1), at(KOLKATA, 2026, 12, 1))]


def test_a_day_of_25_hours() -> None:
    begin = at(BERLIN, 2026, 10, 25)
    days = split_into_periods(begin, begin + 30 * 3600, Every.DAY, BERLIN)
    assert [day.end_at - day.begin_at for day in days] == [25 * 3600, 24 * 3600]
    assert len(split_into_periods(begin, days[0].end_at, Every.HOUR, BERLIN)) == 25


def test_whole_is_whole_quarters() -> None:
    assert split_into_periods(1000, 2000, Every.WHOLE, KOLKATA) == [Period(900, 2700)]
    assert split_into_periods(900, 1800, Every.WHOLE, KOLKATA) == [Period(900, 1800)]


@given(
    st.integers(1_500_000_000, 1_900_000_000),
    st.integers(1, 20_000_000),
    st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH]),
    st.sampled_from([KOLKATA, BERLIN, "America/New_York", "Australia/Lord_Howe"]),
)
def test_periods_cover_the_time_without_gap_or_overlap(begin: int, length: int, every: Every, zone: str) -> None:
    periods = split_into_periods(begin, begin + length, every, zone)
    assert periods[0].begin_at <= begin < periods[0].end_at
    assert periods[-1].begin_at < begin + length <= periods[-1].end_at
    assert all(one.end_at == after.begin_at for one, after in pairwise(periods))
    assert all(period.begin_at % 900 == 0 for period in periods)


def test_too_many_and_none() -> None:
    with pytest.raises(InputError, match="at most 400"):
        split_into_periods(0, 1e9, Every.QUARTER, KOLKATA)
    with pytest.raises(InputError, match="after from"):
        split_into_periods(100, 100, Every.DAY, KOLKATA)
