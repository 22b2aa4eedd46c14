"""Webster's plan against cycles and greens worked by hand, and its limits on any junction."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout

from junction.errors import InputError
from junction.guard import Guard
from junction.layout import JunctionLayout
from junction.plan import Plan, PlanOrigin
from junction.webster import webster_plan

TWO = make_layout({"NS": ("N", "S"), "EW": ("E", "W")}, amber_s=2.0, all_red_s=2.0)


def greens(plan: Plan) -> dict[str, float]:
    return {stage.stage_id: stage.green_s for stage in plan.stages}


def test_two_stages_worked_by_hand() -> None:
    # y_NS = 720/1800 = 0.40 (N is critical), y_EW = 630/1800 = 0.35, Y = 0.75.
    # IRC:93-1985 L = 2n + R = 2*2 + 2*2 = 8 s. C0 = (1.5*8 + 5) / (1 - 0.75) = 68 s.
    # Greens share 68 - 8 = 60 s: 60*0.40/0.75 = 32 s and 60*0.35/0.75 = 28 s.
    plan = webster_plan(TWO, {"N.lg": 720, "S.lg": 500, "E.lg": 300, "W.lg": 630}, "J1.webster")
    assert plan.cycle_s == 68
    assert greens(plan) == {"NS": 32, "EW": 28}
    assert plan.origin is PlanOrigin.WEBSTER
    assert plan.id == "J1.webster"


def test_seconds_that_do_not_divide_go_to_the_largest_remainder() -> None:
    # y = 0.25 and 0.30, L = 8: C0 = 17/0.45 = 37.8 s, raised to 40 s. 32*0.25/0.55 = 14.55, 32*0.30/0.55 = 17.45.
    plan = webster_plan(TWO, {"N.lg": 450, "E.lg": 540}, "w")
    assert (plan.cycle_s, greens(plan)) == (40, {"NS": 15, "EW": 17})


@pytest.mark.parametrize("flow", [900, 1800, 5000])
def test_oversaturated_demand_takes_the_longest_cycle(flow: float) -> None:
    # y = 0.5 + 0.5 and more: Webster's cycle has no meaning.
    plan = webster_plan(TWO, {"N.lg": flow, "E.lg": flow}, "w")
    assert (plan.cycle_s, greens(plan)) == (120, {"NS": 56, "EW": 56})


def test_minimum_greens_come_first() -> None:
    # Without demand on E and W their stage still gets its 7 s; N and S take the rest of the shortest cycle.
    plan = webster_plan(TWO, {"N.lg": 400}, "w")
    assert (plan.cycle_s, greens(plan)) == (40, {"NS": 25, "EW": 7})


def test_minima_may_raise_the_cycle_above_the_common_maximum() -> None:
    arms = {arm: (arm,) for arm in "NESWX"}
    layout = make_layout(arms, min_green_s=22.0, max_red_s=180.0)
    # 5 stages of 22 s + 5 s of amber and all-red = 135 s.
    plan = webster_plan(layout, {}, "w")
    assert plan.cycle_s == 135
    assert set(greens(plan).values()) == {22.0}


def test_maximum_green_shortens_the_cycle() -> None:
    # Y = 0.85 + 0.05: C0 = 17/0.10 = 170 -> 120 s, of which NS would take 105 s; the largest cycle that gives it
    # no more than 40 s, a tick of 1 s to spare, is 40 + 7 (E and W's minimum) + 8 = 55 s.
    layout = make_layout({"NS": ("N", "S"), "EW": ("E", "W")}, amber_s=2.0, all_red_s=2.0, max_green_s=41.0)
    plan = webster_plan(layout, {"N.lg": 1530, "E.lg": 90}, "w")
    assert (plan.cycle_s, greens(plan)) == (55, {"NS": 40, "EW": 7})


def test_order_of_least_lost_time_is_taken() -> None:
    # A-B-C loses 9 + 9 + 9 s, A-C-B 5 + 5 + 5 s.
    slow = {("A", "B"): 9.0, ("B", "C"): 9.0, ("C", "A"): 9.0}
    layout = make_layout({"A": ("A",), "B": ("B",), "C": ("C",)}, intergreen_s=slow)
    plan = webster_plan(layout, {"A.lg": 300, "B.lg": 300, "C.lg": 300}, "w")
    assert [stage.stage_id for stage in plan.stages] == ["A", "C", "B"]
    assert plan.cycle_s - sum(greens(plan).values()) == 15


def test_stages_that_serve_two_approaches_beat_one_each() -> None:
    layout = make_layout({"N": ("N",), "E": ("E",), "S": ("S",), "W": ("W",), "NS": ("N", "S"), "EW": ("E", "W")})
    flows = {"N.lg": 400.0, "S.lg": 380.0, "E.lg": 300.0, "W.lg": 320.0}
    assert set(greens(webster_plan(layout, flows, "w"))) == {"NS", "EW"}


def test_lopsided_flows_can_be_given_an_order_with_overlap() -> None:
    # N needs 0.5, S 0.2: NS gives S its 0.2 and N runs on alone; Y = 0.5 + 0.2 (E), not 0.5 + 0.2 + 0.2.
    layout = make_layout({"N": ("N",), "NS": ("N", "S"), "E": ("E",)}, amber_s=2.0, all_red_s=2.0, min_green_s=5.0)
    flows = {"N.lg": 900.0, "S.lg": 360.0, "E.lg": 360.0}
    plan = webster_plan(layout, flows, "w", stage_order=["NS", "N", "E"])
    # NS -> N gives no group a green, so nothing waits: L = 4 + 0 + 4. C0 = 17 / (1 - 0.7) = 56.7 s.
    # 49 s of green: 14 (NS), 21 (N), 14 (E): N has 35/57 = 0.61 of the cycle for its 0.5.
    assert plan.cycle_s == 57
    assert greens(plan) == {"NS": 14, "N": 21, "E": 14}


def test_fractional_intergreens_still_change_on_whole_seconds() -> None:
    gaps = {("N", "E"): 5.5, ("E", "N"): 6.2}
    layout = make_layout({"N": ("N",), "E": ("E",)}, intergreen_s=gaps)
    plan = webster_plan(layout, {"N.lg": 600, "E.lg": 500}, "w")
    assert plan.cycle_s == round(plan.cycle_s)
    assert [start_s % 1 for start_s in plan.stage_starts_s(layout)] == [0.0, 0.0]
    assert plan.length_s(layout) == pytest.approx(plan.cycle_s)


def test_offset_is_kept_modulo_the_cycle() -> None:
    assert webster_plan(TWO, {}, "w", offset_s=95.0).offset_s == 15.0


@pytest.mark.parametrize(
    ("flows", "options", "field"),
    [
        ({"Q.lg": 100.0}, {}, "flow_pcu_h"),
        ({"N.lg": -1.0}, {}, "N.lg"),
        ({"N.lg": math.nan}, {}, "N.lg"),
        ({}, {"stage_order": ["NS"]}, "stage_order"),
        ({}, {"stage_order": ["NS", "EW", "NS"]}, "stage_order"),
        ({}, {"stage_order": ["NS", "XX"]}, "stage"),
        ({}, {"max_cycle_s": 200.0}, "max_cycle_s"),
        ({}, {"min_cycle_s": 100.0, "max_cycle_s": 90.0}, "min_cycle_s"),
    ],
)
def test_bad_arguments_are_named(flows: dict[str, float], options: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as raised:
        webster_plan(TWO, flows, "w", **options)  # type: ignore[arg-type]
    assert field in raised.value.field


def test_an_order_that_no_cycle_fits_is_refused() -> None:
    # N is green in every stage of this order: its green would never end.
    layout = make_layout({"NS": ("N", "S"), "NE": ("N", "E"), "E": ("E",), "S": ("S",)})
    with pytest.raises(InputError, match="within a cycle of 180 s"):
        webster_plan(layout, {}, "w", stage_order=["NS", "NE"])


def test_a_set_of_stages_that_cannot_keep_the_limits_is_passed_over() -> None:
    # AP and ABQ follow each other in any order of AP, ABQ, C: A would be green for 12 + 5 + 12 s at least.
    stages = {"AP": ("A", "P"), "ABQ": ("A", "B", "Q"), "C": ("C",), "PQ": ("P", "Q"), "AB": ("A", "B")}
    layout = make_layout(stages, min_green_s=12.0, max_green_s=28.0, pedestrian={"P": 12.0, "Q": 12.0})
    with pytest.raises(InputError, match="within a cycle of 180 s"):
        webster_plan(layout, {}, "w", stage_order=["AP", "ABQ", "C"])
    assert "PQ" in greens(webster_plan(layout, {"A.lg": 300.0, "B.lg": 200.0, "C.lg": 250.0}, "w"))


def test_a_lane_group_that_no_signal_serves_counts_for_nothing() -> None:
    layout = replace(TWO, movements=tuple(m for m in TWO.movements if m.group_id != "S"))
    flows = {"N.lg": 720.0, "W.lg": 630.0}
    assert webster_plan(layout, {**flows, "S.lg": 1700.0}, "w") == webster_plan(TWO, flows, "w")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), data=st.data())
def test_every_plan_may_run_at_its_junction(layout: JunctionLayout, data: st.DataObject) -> None:
    flows = {g.id: data.draw(st.floats(0, 2500)) for g in layout.lane_groups}
    try:
        plan = webster_plan(layout, flows, "w")
    except InputError:
        reject()  # a group must be served twice a cycle here: no order of each stage once keeps the limits
    assert Guard(layout).plan_faults(plan) == ()
    assert plan.cycle_s == int(plan.cycle_s)
    assert 40 <= plan.cycle_s <= 180
    assert plan.length_s(layout) == pytest.approx(plan.cycle_s, abs=1e-6)
    for stage in plan.stages:
        assert (
            stage.green_s
            >= max(layout.groups[g].min_green_s for g in layout.stage_groups[layout.stage_index[stage.stage_id]]) - 1e-9
        )
    assert plan == webster_plan(layout, flows, "w")
