"""The calendar: every instant has exactly one plan, by date, festival or weekday, in the city's own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junction_layouts import make_layout

from junction.calendar import Calendar, DayKind, SpecialDay
from junction.errors import InputError
from junction.flash_hours import FlashHours
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.plan_clock import PlanClock
from junction.site import Site, site_from_document, site_to_document
from junction.timetable import Timetable

LAYOUT = make_layout({"NS": ("N", "S"), "EW": ("E", "W")}, amber_s=3.0, all_red_s=2.0)
KOLKATA, BERLIN = "Asia/Kolkata", "Europe/Berlin"
DIWALI = date(2026, 11, 8)
"""A Sunday."""


def plan(plan_id: str, green_s: float = 25.0) -> Plan:
    stages = (PlanStage(stage_id="NS", green_s=green_s), PlanStage(stage_id="EW", green_s=green_s))
    return Plan(id=plan_id, cycle_s=2 * green_s + 10, offset_s=7.0, stages=stages, origin=PlanOrigin.TODAY)


def all_day(plan_id: str) -> TimeOfDayTable:
    return TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id=plan_id),))


FESTIVAL = SpecialDay(
    name="Diwali",
    kind=DayKind.FESTIVAL,
    dates=(DIWALI, date(2027, 10, 29)),
    table=TimeOfDayTable(
        entries=(TableEntry(from_s=0, plan_id="night"), TableEntry(from_s=16 * 3600, plan_id="festival"))
    ),
)
WEEK = TimeOfDayTable(
    entries=(
        TableEntry(from_s=6 * 3600, plan_id="day"),
        TableEntry(from_s=22 * 3600, plan_id="night"),
        TableEntry(from_s=9 * 3600, plan_id="sunday", weekdays=(6,)),
    )
)


def site(*days: SpecialDay, timezone: str = KOLKATA) -> Site:
    plans = [plan("day"), plan("night", 20), plan("sunday", 30), plan("festival", 35), plan("date", 15)]
    return Site(
        layout=LAYOUT,
        plans={p.id: p for p in plans},
        table=WEEK,
        special_days=days,
        isolated_plan_id="day",
        timezone=timezone,
    )


def unix(text: str, timezone: str = KOLKATA) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp()


@pytest.mark.parametrize(
    ("when", "plan_id"),
    [
        ("2026-11-07T23:59:59", "night"),  # the Saturday before
        ("2026-11-08T00:00:00", "night"),  # the festival's own first entry
        ("2026-11-08T09:00:00", "night"),  # and not the Sunday's plan
        ("2026-11-08T15:59:59", "night"),
        ("2026-11-08T16:00:00", "festival"),
        ("2026-11-08T23:59:59", "festival"),
        ("2026-11-09T00:00:00", "night"),  # Monday again: before its first entry, its last
        ("2026-11-09T06:00:00", "day"),
        ("2026-11-15T09:00:00", "sunday"),
        ("2027-10-29T16:00:00", "festival"),
    ],
)
def test_a_festival_rules_from_local_midnight_to_local_midnight(when: str, plan_id: str) -> None:
    assert site(FESTIVAL).plan_at(unix(when)).id == plan_id


def test_a_date_goes_before_a_festival_and_both_before_the_weekday() -> None:
    single = SpecialDay(name="VIP visit", kind=DayKind.DATE, dates=(DIWALI,), table=all_day("date"))
    noon = unix("2026-11-08T17:00:00")
    assert site().plan_at(noon).id == "sunday"
    assert site(FESTIVAL).plan_at(noon).id == "festival"
    for days in ((FESTIVAL, single), (single, FESTIVAL)):
        assert site(*days).plan_at(noon).id == "date"


def test_what_leaves_an_instant_with_no_plan_or_two_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"at most one festival on a date.*2026-11-08, which is 'Diwali'"):
        site(FESTIVAL, replace(FESTIVAL, name="Fair"))
    with pytest.raises(InputError, match=r"plans among.*puja"):
        site(replace(FESTIVAL, table=all_day("puja")))
    late = TimeOfDayTable(entries=(TableEntry(from_s=3600, plan_id="day"),))
    with pytest.raises(InputError, match="an entry from 0, so that 2026-11-08 has a plan from midnight on"):
        replace(FESTIVAL, table=late)
    with pytest.raises(InputError, match="an entry for weekday 5"):
        TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id="day", weekdays=(0, 1, 2, 3, 4, 6)),))
    with pytest.raises(InputError, match=r"one plan for weekday 3.*day and night"):
        TimeOfDayTable(
            entries=(TableEntry(from_s=0, plan_id="day"), TableEntry(from_s=0, plan_id="night", weekdays=(3,)))
        )
    with pytest.raises(InputError, match="whole minutes"):
        TimeOfDayTable(entries=(TableEntry(from_s=30.5, plan_id="day"),))
    with pytest.raises(InputError, match=r"0 .Monday. to 6"):
        TimeOfDayTable(entries=(TableEntry(from_s=0, plan_id="day", weekdays=(7,)),))
    with pytest.raises(InputError, match="1 to 400 dates"):
        replace(FESTIVAL, dates=())


def test_special_days_come_through_the_document_and_change_the_hash() -> None:
    with_days = site(FESTIVAL)
    again = site_from_document(site_to_document(with_days))
    assert again.special_days == with_days.special_days
    assert again.hash == with_days.hash
    assert with_days.hash != site().hash
    assert "special_days" not in site_to_document(site())
    bad = {
        **site_to_document(with_days),
        "special_days": [{"name": "Diwali", "kind": "feast", "dates": [], "table": []}],
    }
    with pytest.raises(InputError, match="feast"):
        site_from_document(bad)


NAMES = ("day", "night", "sunday", "festival", "date", "day")
minutes = st.integers(0, 1439).map(lambda minute: 60.0 * minute)
tables = st.lists(minutes, min_size=1, max_size=5, unique=True).map(
    lambda starts: TimeOfDayTable(
        entries=tuple(
            TableEntry(from_s=s, plan_id=name) for s, name in zip([0.0, *(s for s in starts if s)], NAMES, strict=False)
        )
    )
)


@given(
    week=tables,
    festival=tables,
    offset_s=st.floats(0, 400 * 86_400.0, allow_nan=False),
    timezone=st.sampled_from([KOLKATA, BERLIN]),
    on=st.lists(st.integers(0, 399), min_size=1, max_size=20, unique=True),
)
def test_every_instant_has_exactly_one_plan(
    week: TimeOfDayTable, festival: TimeOfDayTable, offset_s: float, timezone: str, on: list[int]
) -> None:
    """By another way: of the day's entries, in local wall time, the last that has begun."""
    first = date(2026, 1, 1)
    dates = tuple(first + timedelta(days=n) for n in on)
    time_s = unix("2026-01-01T00:00:00", timezone) + offset_s
    made = replace(
        site(timezone=timezone),
        table=week,
        special_days=(SpecialDay(name="f", kind=DayKind.FESTIVAL, dates=dates, table=festival),),
    )
    local = datetime.fromtimestamp(time_s, ZoneInfo(timezone))
    table = festival if local.date() in dates else week
    minute = local.hour * 60 + local.minute
    ruling = max((e for e in table.entries if e.from_s <= 60 * minute), key=lambda e: e.from_s)
    assert made.plan_at(time_s).id == ruling.plan_id


@pytest.mark.parametrize("change", ["2026-03-29T00:30:00", "2026-10-25T00:30:00"])
def test_the_kept_answer_is_the_fresh_one_through_summer_time_and_midnight(change: str) -> None:
    """Both of Berlin's clock changes, second by second, and back again: what is kept never outlives its reason."""
    timezone = BERLIN
    made = site(replace(FESTIVAL, dates=(date(2026, 3, 29), date(2026, 10, 25))), timezone=timezone)
    kept = Timetable(made)
    start_s = unix(change, timezone) - 3600
    for second in [*range(0, 4 * 3600, 7), *range(4 * 3600, 0, -977)]:
        time_s = start_s + second
        fresh = made.plan_at(time_s)
        due = kept.due(time_s)
        assert due.plan is fresh
        assert due.position.stage_id == PlanClock(fresh, LAYOUT).at(made.time_of_day_s(time_s)).stage_id
        assert due.from_s <= time_s < due.until_s


def test_the_calendar_alone_knows_which_day_is_special() -> None:
    calendar = Calendar(WEEK, (FESTIVAL,))
    assert calendar.special(DIWALI) is FESTIVAL
    assert calendar.special(DIWALI + timedelta(days=1)) is None


NIGHT = (FlashHours(from_s=23 * 3600, until_s=86_400), FlashHours(from_s=0, until_s=5 * 3600))


@pytest.mark.parametrize(
    ("when", "flashes"),
    [
        ("2026-11-06T22:59:59", False),
        ("2026-11-06T23:00:00", True),
        ("2026-11-07T04:59:59", True),
        ("2026-11-07T05:00:00", False),
        ("2026-11-07T23:59:59", True),
        ("2026-11-08T00:00:00", False),  # the festival's night is no quiet one
        ("2026-11-08T02:29:59", False),
        ("2026-11-08T02:30:00", True),  # but for its own hours
        ("2026-11-08T23:30:00", False),
    ],
)
def test_signals_flash_in_the_nights_hours_and_in_a_festivals_own(when: str, flashes: bool) -> None:
    festival = replace(FESTIVAL, flash_hours=(FlashHours(from_s=9_000, until_s=10_800),))
    there = replace(site(festival), flash_hours=NIGHT)
    assert there.flashes_at(unix(when)) is flashes
    document = site_to_document(there)
    assert site_to_document(site_from_document(document)) == document
    assert site_from_document(document).flashes_at(unix(when)) is flashes


def test_without_flash_hours_a_site_is_what_it_was() -> None:
    assert "flash_hours" not in site_to_document(site(FESTIVAL))
    assert not site(FESTIVAL).flashes_at(unix("2026-11-08T02:30:00"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_s": 0, "until_s": 540},
        {"from_s": 82_800, "until_s": 18_000},
        {"from_s": 82_800, "until_s": 90_000},
        {"from_s": 30, "until_s": 3_600},
        {"from_s": 0, "until_s": 3_600, "weekdays": (7,)},
        {"from_s": 0, "until_s": 3_600, "weekdays": ()},
    ],
)
def test_flash_hours_are_whole_minutes_of_one_day(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="flash_hours"):
        FlashHours(**wrong)
