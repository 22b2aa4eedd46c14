"""The guard at its limits, one tenth of a second to either side, with every number worked out by hand.

LAYOUT's numbers in tenths: amber 30, intergreen 50, minimum 80, maximum 400, maximum red 1200. Its rescue is C and AB:
2 x (50 + 80 + 20) = 300 for the round, 50 + 80 + 10 = 140 for one step; a change needs at most 50 + 80 = 130.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from junction_layouts import make_layout
from test_guard import GOOD, LAYOUT, plan

from junction.guard import Guard, Ruling
from junction.layout import JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage
from junction.signals import Lamp, SignalState, all_red_state

NOW = 100_000


def state(
    layout: JunctionLayout, green: dict[str, int], ended: dict[str, int], *, stage: str, in_transition: bool = False
) -> SignalState:
    """At NOW: these groups green for so long, the others red since their green ended so long ago (tenths)."""
    lamps, since, ends = [], [], []
    for group in layout.groups:
        is_green = group.id in green
        lamps.append(Lamp.GREEN if is_green else Lamp.RED)
        since.append(NOW - (green[group.id] if is_green else ended[group.id] - 30))
        ends.append(NOW - 500 if is_green else NOW - ended[group.id])
    return SignalState(
        now_ds=NOW,
        lamps=tuple(lamps),
        since_ds=tuple(since),
        green_end_ds=tuple(ends),
        stage=layout.stage_index[stage],
        stage_since_ds=max(since),
        in_transition=in_transition,
    )


def at_a(*, a: int = 100, b: int = 400, c: int = 400, **changes: bool) -> SignalState:
    return state(LAYOUT, {"A": a}, {"B": b, "C": c}, stage="A", **changes)


def stage_of(name: str) -> int:
    return LAYOUT.stage_index[name]


GUARD = Guard(LAYOUT)


# What is green now


def test_a_minimum_green_is_over_at_its_last_tenth() -> None:
    for age, left in ((79, True), (80, False)):
        young = at_a(a=age)
        assert bool(GUARD.review_stage(young, "C").reasons) is left
        assert bool(GUARD.allowed(young)[stage_of("C")]) is not left
    assert GUARD.review_stage(at_a(a=79), "C").reasons == ("minimum green of A: 0.1 s left",)


def test_a_stage_with_the_same_groups_may_be_called_at_any_time() -> None:
    layout = make_layout({"A": ("A",), "A2": ("A",), "B": ("B",)}, min_green_s=8.0, max_green_s=40.0)
    young = state(layout, {"A": 30}, {"B": 400}, stage="A")
    assert Guard(layout).allowed(young).tolist() == [True, True, False]
    old = state(layout, {"A": 391}, {"B": 400}, stage="A")
    assert Guard(layout).allowed(old).tolist() == [False, False, True]
    assert Guard(layout).review_stage(old, "A2").reasons == ("maximum green", "maximum green")


def test_a_green_is_held_when_it_may_last_a_tick_more() -> None:
    for age, held in ((390, True), (391, False)):
        assert bool(GUARD.allowed(at_a(a=age))[stage_of("A")]) is held
        assert Guard(LAYOUT).review_stage(at_a(a=age), None).accepted is held
    ruling = Guard(LAYOUT).review_stage(at_a(a=391), None)
    assert (ruling.accepted, ruling.reasons) == (False, ("maximum green",))
    # As far as is certain: the 300 that are left less one step of a rescue.
    assert GUARD.hold_until_ds(at_a(a=100)) == NOW + 300 - 140
    assert GUARD.hold_until_ds(at_a(a=260)) == NOW + 140 - 140


def test_the_reason_for_an_end_is_the_maximum_that_comes_first() -> None:
    """A might go on for exactly a tick; it is C, overdue, that ends it."""
    late = at_a(a=390, c=1300)
    assert GUARD.review_stage(late, None).reasons == ("maximum red of another group",)


def test_the_mask_is_of_truth_values_and_holds_what_runs() -> None:
    mask = GUARD.allowed(at_a())
    assert mask.dtype == np.bool_
    assert mask.tolist() == [True, True, True, True]


def test_a_hold_ends_at_the_end_of_the_minimum_when_another_is_overdue() -> None:
    assert GUARD.allowed(at_a(a=79, c=1300)).tolist() == [True, False, False, False]
    assert GUARD.allowed(at_a(a=80, c=1300)).tolist() == [False, False, True, False]


def test_a_change_that_keeps_a_green_needs_room_for_its_new_greens() -> None:
    """AB gains B at once and B needs 80. At A's age 320 that just fits, but not with the lateness of a rescue."""
    assert GUARD.review_stage(at_a(a=320), "AB").reasons == ("maximum red of another group",)
    assert GUARD.review_stage(at_a(a=321), "AB").reasons == ("maximum green of A, which stays green",)
    assert GUARD.review_stage(at_a(a=300), "AB").accepted
    assert not GUARD.review_stage(at_a(a=301), "AB").accepted


def test_the_last_moment_to_serve_another_first() -> None:
    """B turns green at once, may end 100 later, C is green 50 after that and shown 10 late: 160 of C's 1200."""
    assert GUARD.review_stage(at_a(c=1040), "B").accepted
    refused = GUARD.review_stage(at_a(c=1041), "B")
    assert (refused.accepted, refused.reasons) == (False, ("maximum red of another group",))
    assert refused.stage == stage_of("A")


def test_the_last_moment_to_serve_the_one_that_waits() -> None:
    """C is green 50 after the change begins, shown up to 10 late."""
    assert GUARD.review_stage(at_a(c=1140), "C").reasons == ()
    late = GUARD.review_stage(at_a(b=1141), "B")
    assert late.accepted
    assert GUARD._change_faults(at_a(c=1140), stage_of("C")) == []
    assert GUARD._change_faults(at_a(c=1141), stage_of("C")) == ["maximum red of C"]


def test_losing_greens_are_ready_when_their_minimum_is_over() -> None:
    a, c = LAYOUT.group_index["A"], LAYOUT.group_index["C"]
    assert GUARD.losing_ready_ds(at_a(a=50), frozenset({c})) == NOW + 30
    assert GUARD.losing_ready_ds(at_a(a=50), frozenset({a})) == NOW
    assert GUARD.ready_ds(at_a(a=50)) == NOW + 30


# What is asked


@pytest.mark.parametrize(
    ("proposed", "name"),
    [(b"A", "bytes"), (3.0, "float"), (["A"], "list"), (np.array(["A", "B"]), "ndarray"), ("Z" * 41, "Z" * 40)],
)
def test_what_is_no_stage_is_told_by_its_name_or_type(proposed: object, name: str) -> None:
    ruling = GUARD.review_stage(at_a(), proposed)
    assert (ruling.stage, ruling.accepted, ruling.reasons) == (stage_of("A"), False, (f"no stage {name!r} here",))
    moving = GUARD.review_stage(at_a(in_transition=True), proposed)
    assert (moving.accepted, moving.reasons) == (False, ("a change is under way",))


def test_a_change_under_way_says_nothing_of_what_agrees_with_it() -> None:
    moving = at_a(in_transition=True)
    assert GUARD.review_stage(moving, "A") == Ruling(stage=0, accepted=True)
    assert GUARD.review_stage(moving, None) == Ruling(stage=0, accepted=True)
    assert GUARD.hold_until_ds(moving) == NOW


def test_from_all_red_an_unknown_wish_begins_the_rescue() -> None:
    ruling = GUARD.review_stage(all_red_state(LAYOUT, NOW), "Z")
    assert (ruling.stage, ruling.accepted) == (stage_of("C"), False)
    assert ruling.reasons == ("no stage 'Z' here", "maximum green")


def test_greens_of_no_stage_wait_for_their_minimum_and_go_to_the_rescue() -> None:
    ring = make_layout({"AB": ("A", "B"), "BC": ("B", "C"), "CD": ("C", "D"), "DA": ("D", "A")}, min_green_s=8.0)
    odd = state(ring, {"A": 10, "B": 10, "C": 10}, {"D": 400}, stage="BC")
    assert Guard(ring).cover_ids == ("AB", "CD")
    assert Guard(ring).review_stage(odd, None).stage == ring.stage_index["AB"]
    every = state(LAYOUT, {"A": 100, "B": 100, "C": 100}, {}, stage="A")
    assert GUARD.review_stage(every, "Z").stage == stage_of("C")


# Plans


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (replace(GOOD, stages=list(GOOD.stages)), "stages that are no stages of a plan"),
        (replace(GOOD, stages=("A", "B")), "stages that are no stages of a plan"),
        (replace(GOOD, stages=None), "stages that are no stages of a plan"),
        (replace(GOOD, origin="policy"), "an origin or a stage's id of another type"),
        (plan((b"A", 20.0), ("B", 20.0), ("C", 10.0)), "an origin or a stage's id of another type"),
        (plan(("A", "20"), ("B", 20.0), ("C", 10.0)), "a number that is not finite"),
        (plan(("A", 10**400), ("B", 20.0), ("C", 10.0)), "a number that is not finite"),
        (plan(("Z" * 41, 20.0), ("B", 20.0), ("C", 10.0)), f"no stage {'Z' * 40!r} here"),
        (plan(("A", 45.0), ("B", 0.0), ("C", 5.0)), "a green of 0 s or less"),
        (plan(), "plan has 0 stages, not 1 to 24"),
        (plan(*[("A", 1.0)] * 25), "plan has 25 stages, not 1 to 24"),
        (replace(GOOD, cycle_s=sys.float_info.max), f"cycle of {sys.float_info.max:g} s, not 40 to 180 s"),
    ],
)  # fmt: skip
def test_a_malformed_plan_is_one_fault_by_its_name(broken: Plan, told: str) -> None:
    assert GUARD.plan_faults(broken)[0] == told


def test_limits_of_a_plan_belong_to_it() -> None:
    assert GUARD.plan_faults(plan(("A", 9.0), ("B", 11.0), ("C", 10.0), cycle_s=40.0)) == ()
    arms = make_layout({arm: (arm,) for arm in "ABCD"}, max_red_s=180.0)
    whole = plan(*[(arm, 40.0) for arm in "ABCD"], cycle_s=180.0)
    assert Guard(arms).plan_faults(whole) == ()
    many = plan(*[("A", 1.0)] * 24)
    assert not any("24 stages" in fault for fault in GUARD.plan_faults(many))
    short = GUARD.plan_faults(plan(("A", 1.0), ("B", 39.0), ("C", 10.0)))
    assert short == ("stage B: minimum green of A: 7 s left",)
    off = GUARD.plan_faults(plan(("A", 20.1), ("B", 20.0), ("C", 10.0)))
    assert off == ("stages add up to 60.1 s, cycle is 60 s",)


@pytest.mark.parametrize(("green_s", "told"), [(51.0, False), (51.1, True)])
def test_a_red_of_its_maximum_is_no_breach_though_too_tight(green_s: float, told: bool) -> None:
    """D is red for all but its 8 s of the cycle: for 120 s, and for 120.1 s."""
    layout = make_layout({arm: (arm,) for arm in "ABCD"}, min_green_s=8.0)
    tight = plan(("A", green_s), ("B", 41.0), ("C", 8.0), ("D", 8.0), cycle_s=round(77.0 + green_s, 1))
    faults = Guard(layout).plan_faults(tight)
    assert any(fault == "stage D: maximum red of D" for fault in faults) is told
    assert "stage C comes too late for the maximum red that can be kept" in faults


@pytest.mark.parametrize(("green_s", "fine"), [(49.0, True), (49.1, False)])
def test_a_plan_leaves_room_for_the_rescue_from_a_second_before(green_s: float, fine: bool) -> None:
    """D's red is 118 s. A rescue begun 1 s before C has C 2 s late and D shown 1 s late: 120 s of 120."""
    layout = make_layout({arm: (arm,) for arm in "ABCD"}, min_green_s=8.0)
    cycle_s = round(77.0 + green_s, 1)
    faults = Guard(layout).plan_faults(plan(("A", green_s), ("B", 41.0), ("C", 8.0), ("D", 8.0), cycle_s=cycle_s))
    assert faults == (() if fine else ("stage C comes too late for the maximum red that can be kept",))


def test_a_stage_named_twice_running_hides_no_later_fault() -> None:
    faults = GUARD.plan_faults(plan(("A", 10.0), ("A", 10.0), ("B", 7.0), ("C", 13.0), cycle_s=50.0))
    assert faults == ("stage C: minimum green of B: 1 s left",)


def steps(before: Plan, after: Plan) -> tuple[str, ...]:
    return GUARD.review_plan(before, after).reasons


def test_an_offset_moves_by_its_share_the_shorter_way() -> None:
    """17 % of 60 s are 10.2 s."""
    assert steps(GOOD, replace(GOOD, offset_s=10.2)) == ()
    assert steps(GOOD, replace(GOOD, offset_s=10.3)) == ("offset moves 10.3 s, more than 17% of the cycle",)
    assert steps(replace(GOOD, offset_s=50.0), replace(GOOD, offset_s=50.0)) == ()
    assert steps(replace(GOOD, offset_s=55.0), replace(GOOD, offset_s=5.0)) == ()


def test_a_stages_greens_are_summed_and_change_by_a_fifth() -> None:
    assert steps(GOOD, plan(("A", 24.0), ("B", 20.0), ("C", 10.0), cycle_s=64.0)) == ()
    assert steps(GOOD, plan(("A", 24.1), ("B", 20.0), ("C", 10.0), cycle_s=64.1)) == (
        "green of A changes by more than 20%",
    )
    twice = plan(("A", 10.0), ("A", 10.0), ("B", 20.0), ("C", 10.0))
    assert steps(twice, plan(("A", 10.0), ("A", 13.0), ("B", 20.0), ("C", 10.0), cycle_s=63.0)) == ()


def test_only_two_plans_of_a_policy_are_compared() -> None:
    operator = replace(GOOD, origin=PlanOrigin.OPERATOR)
    far = replace(GOOD, offset_s=30.0)
    for before, after in ((operator, far), (far, operator), (operator, replace(operator, offset_s=30.0))):
        assert steps(before, after) == ()
    assert PlanStage(stage_id="A", green_s=20.0) in GOOD.stages
