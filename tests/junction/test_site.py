"""The site's document: there and back, one hash for one site, and every bad document named by its field."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, reject, settings
from junction_layouts import layouts, make_layout

from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.plan_clock import PlanClock
from junction.site import Site, site_from_document, site_to_document
from junction.webster import webster_plan

LAYOUT = make_layout({"NS": ("N", "S"), "EW": ("E", "W"), "walk": ("P",)}, pedestrian={"P": 12.0})


def make_site(layout: JunctionLayout = LAYOUT) -> Site:
    night = webster_plan(layout, {}, "night")
    day = webster_plan(layout, {g.id: 200.0 for g in layout.lane_groups}, "day", offset_s=11.0)
    return Site(
        layout=layout,
        plans={"night": night, "day": day},
        table=TimeOfDayTable(
            entries=(
                TableEntry(from_s=6 * 3600, plan_id="day"),
                TableEntry(from_s=22 * 3600, plan_id="night"),
                TableEntry(from_s=9 * 3600, plan_id="night", weekdays=(6,)),
            )
        ),
        isolated_plan_id="night",
        rival_tables={"webster": TimeOfDayTable(entries=(TableEntry(from_s=0.0, plan_id="day"),))},
    )


def document() -> dict[str, Any]:
    return copy.deepcopy(json.loads(json.dumps(site_to_document(make_site()))))


def test_document_round_trip_keeps_everything() -> None:
    site = make_site()
    back = site_from_document(document())
    assert site_to_document(back) == site_to_document(site)
    assert back.hash == site.hash
    assert len(site.hash) == 16


def test_what_lies_around_goes_with_the_site_and_changes_its_hash() -> None:
    link = {"approach_id": "N", "junction_id": "J2", "length_m": 640.0}
    gate = {"id": "lc", "name_en": "Gate", "name_hi": "फाटक", "approach_id": "E", "at_m": 70.0}
    site = site_from_document(document() | {"links": [link], "crossings": [gate]})
    assert site.surroundings.links[0].length_m == 640.0
    assert site.surroundings.crossings[0].approach_id == "E"
    assert json.loads(json.dumps(site_to_document(site)))["crossings"] == [gate]
    assert site.hash != make_site().hash
    with pytest.raises(InputError, match="arm X"):
        site_from_document(document() | {"links": [link | {"approach_id": "X"}]})
    with pytest.raises(InputError, match="site"):
        site_from_document(document() | {"links": [{"approach_id": "N"}]})


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts())
def test_any_layout_survives_the_wire(layout: JunctionLayout) -> None:
    try:
        site = make_site(layout)
    except InputError:
        reject()  # no order of each stage once keeps the limits here
    back = site_from_document(json.loads(json.dumps(site_to_document(site))))
    assert site_to_document(back) == site_to_document(site)
    assert back.hash == site.hash
    assert dict(back.layout.intergreen_ds) == dict(layout.intergreen_ds)


def test_the_hash_does_not_depend_on_the_order_of_keys_or_on_whole_numbers_written_as_integers() -> None:
    wire = document()
    shuffled = dict(reversed(list(wire.items())))
    shuffled["plans"] = list(reversed(wire["plans"]))
    shuffled["layout"]["groups"][0]["max_red_s"] = int(wire["layout"]["groups"][0]["max_red_s"])
    shuffled["layout"]["intergreen_s"] = list(reversed(wire["layout"]["intergreen_s"]))
    assert site_from_document(shuffled).hash == make_site().hash


def test_the_hash_changes_with_a_tenth_of_a_second() -> None:
    wire = document()
    wire["layout"]["intergreen_s"][0][2] += 0.1
    assert site_from_document(wire).hash != make_site().hash


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(wire: dict[str, Any]) -> None:
        for key in path[:-1]:
            wire = wire[key]  # type: ignore[index]
        del wire[path[-1]]  # type: ignore[arg-type]

    return change


def put(value: object, *path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(wire: dict[str, Any]) -> None:
        for key in path[:-1]:
            wire = wire[key]  # type: ignore[index]
        wire[path[-1]] = value  # type: ignore[index]

    return change


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (put("chauraha.site/9", "schema"), "schema"),
        (drop("plans"), "plans"),
        (drop("layout"), "layout"),
        (drop("timezone"), "timezone"),
        (drop("table"), "table"),
        (drop("layout", "thana"), "thana"),
        (drop("plans", 0, "cycle_s"), "cycle_s"),
        (put("ninety", "plans", 0, "cycle_s"), "cycle_s"),
        (put(True, "plans", 0, "offset_s"), "offset_s"),
        (put({}, "plans", 0, "stages"), "stages"),
        (put([], "plans", 0, "stages"), "stages"),
        (put("??", "plans", 0, "origin"), "origin"),
        (put("XX", "plans", 0, "stages", 0, "stage_id"), "stages"),
        (put("Mars/Olympus", "timezone"), "timezone"),
        (put(121, "backup_time_s"), "backup_time_s"),
        (put(0, "backup_time_s"), "backup_time_s"),
        (put("gone", "isolated_plan_id"), "table"),
        (put("gone", "table", 0, "plan_id"), "table"),
        (put(-5, "table", 0, "from_s"), "from_s"),
        (put([], "table"), "table"),
        (put("gone", "rival_tables", "webster", 0, "plan_id"), "table"),
        (put(3, "rival_tables"), "site"),
        (put(3, "layout", "groups"), "site"),
        (put("bus", "layout", "groups", 0, "kind"), "site"),
        (put(1, "layout", "groups", 0, "colour"), "site"),
        (put(1.0, "layout", "groups", 0, "amber_s"), "amber_s"),
        (put(300.0, "layout", "groups", 0, "max_red_s"), "max_red_s"),
        (put(0.0, "layout", "groups", 0, "min_green_s"), "min_green_s"),
        (put("a b", "layout", "stages", 0, "id"), "stage.id"),
        (put([["N", "E", 5.0]], "layout", "intergreen_s"), "intergreen_s"),
    ],
)
def test_bad_documents_name_the_field(spoil: Callable[[dict[str, Any]], None], field: str) -> None:
    wire = document()
    spoil(wire)
    with pytest.raises(InputError) as raised:
        site_from_document(wire)
    assert field in raised.value.field


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        *[
            (path, bad)
            for path in [
                ("layout", "groups", 0, "min_green_s"),
                ("layout", "groups", 0, "amber_s"),
                ("backup_time_s",),
            ]
            for bad in [math.nan, math.inf, "7", None]
        ],
        (("layout", "groups", 0, "max_green_s"), math.nan),
        (("layout", "intergreen_s", 0, 2), math.nan),
        (("layout", "all_red_s"), math.nan),
        (("layout", "lane_groups", 0, "saturation_flow_pcu_h"), math.nan),
        (("plans", 0, "cycle_s"), "7"),
        (("plans", 0, "stages", 0, "green_s"), None),
        (("layout", "groups", 0, "max_green_s"), math.inf),
        (("layout", "intergreen_s", 0, 2), math.inf),
        (("layout", "lane_groups", 0, "saturation_flow_pcu_h"), math.inf),
        (("plans", 0, "cycle_s"), math.nan),
        (("plans", 0, "stages", 0, "green_s"), math.inf),
    ],
)
def test_a_figure_that_is_no_finite_number_never_becomes_a_site(path: tuple[str | int, ...], bad: object) -> None:
    wire = document()
    put(bad, *path)(wire)
    with pytest.raises(InputError):
        site_from_document(wire)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Kolkata")).timestamp()


@pytest.mark.parametrize(
    ("when", "plan_id"),
    [
        ("2026-11-23T05:59:59", "night"),  # before the first entry yesterday's last one rules
        ("2026-11-23T06:00:00", "day"),
        ("2026-11-23T21:59:59", "day"),
        ("2026-11-23T22:00:00", "night"),
        ("2026-11-22T08:59:59", "day"),  # a Sunday
        ("2026-11-22T09:00:00", "night"),
    ],
)
def test_the_table_is_read_in_local_time(when: str, plan_id: str) -> None:
    assert make_site().plan_at(at(when)).id == plan_id


def test_time_of_day_is_local() -> None:
    # 00:00 UTC is 05:30 in India.
    assert make_site().time_of_day_s(1_763_769_600.0) == 5.5 * 3600


def test_a_plan_is_only_numbers_but_its_stage_due_follows_the_clock() -> None:
    # NS green from 5 s, E/W's change begins at 25 s, their green at 30 s, cycle 60 s; offset 10 s.
    layout = make_layout({"NS": ("N", "S"), "EW": ("E", "W")})
    plan = Plan(
        id="p",
        cycle_s=60.0,
        offset_s=10.0,
        origin=PlanOrigin.TODAY,
        stages=(PlanStage(stage_id="NS", green_s=20.0), PlanStage(stage_id="EW", green_s=30.0)),
    )
    assert plan.stage_starts_s(layout) == (0.0, 25.0)
    assert plan.length_s(layout) == 60.0
    clock = PlanClock(plan, layout)
    due = [clock.at(time_s).stage_id for time_s in (9.9, 10.0, 34.9, 35.0, 69.9, 70.0)]
    assert due == ["EW", "NS", "NS", "EW", "EW", "NS"]
