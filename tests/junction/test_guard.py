"""The guard's rulings on one proposal, its mask, and its verdict on plans."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout
from situations import machine_at

from junction.errors import InputError
from junction.guard import Guard
from junction.layout import JunctionLayout
from junction.outlook import Outlook, Outlooks
from junction.plan import Plan, PlanOrigin, PlanStage
from junction.rescue import NEVER_DS
from junction.signals import Lamp, SignalState, all_red_state
from junction.stage_machine import StageMachine

LAYOUT = make_layout(
    {"A": ("A",), "B": ("B",), "C": ("C",), "AB": ("A", "B")},
    amber_s=3.0,
    all_red_s=2.0,
    min_green_s=8.0,
    max_green_s=40.0,
    max_red_s=120.0,
)
GUARD = Guard(LAYOUT)


def plan(*greens: tuple[str, float], cycle_s: float = 60.0, **changes: object) -> Plan:
    base = Plan(
        id="p",
        cycle_s=cycle_s,
        offset_s=0.0,
        origin=PlanOrigin.POLICY,
        stages=tuple(PlanStage(stage_id=stage_id, green_s=green_s) for stage_id, green_s in greens),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


GOOD = plan(("A", 20.0), ("B", 20.0), ("C", 10.0))
"""A and B do not conflict, so B follows A at once; 5 s around C: 20 + 20 + 10 + 2 * 5 = 60 s."""


def test_from_all_red_any_stage_may_begin_and_is_allowed() -> None:
    state = all_red_state(LAYOUT, 500)
    assert GUARD.allowed(state).tolist() == [True] * 4
    for index, stage in enumerate(LAYOUT.stages):
        ruling = GUARD.review_stage(state, stage.id)
        assert (ruling.stage, ruling.accepted) == (index, True)


def test_all_red_is_no_stage_to_hold() -> None:
    state = all_red_state(LAYOUT, 500)
    assert GUARD.review_stage(state, None).accepted
    assert GUARD.hold_until_ds(state) == 500


def test_a_change_waits_for_the_minimum_green() -> None:
    state = machine_at(LAYOUT, "A", 5).state
    ruling = GUARD.review_stage(state, "C")
    assert (ruling.stage, ruling.accepted) == (LAYOUT.stage_index["A"], False)
    assert ruling.reasons == ("minimum green of A: 3 s left",)
    # AB ends nothing, so it may begin.
    assert GUARD.allowed(state).tolist() == [True, False, False, True]
    assert GUARD.ready_ds(state) == state.now_ds + 30


def test_a_change_is_accepted_after_it() -> None:
    state = machine_at(LAYOUT, "A", 8).state
    ruling = GUARD.review_stage(state, "C")
    assert (ruling.stage, ruling.accepted, ruling.reasons) == (LAYOUT.stage_index["C"], True, ())


def test_a_stage_that_is_not_here_is_a_hold_with_a_reason() -> None:
    state = machine_at(LAYOUT, "A", 10).state
    ruling = GUARD.review_stage(state, "Z" * 100)
    assert (ruling.stage, ruling.accepted) == (LAYOUT.stage_index["A"], False)
    assert ruling.reasons == (f"no stage {'Z' * 40!r} here",)
    assert GUARD.review_stage(state, None).accepted


def test_nothing_is_ruled_anew_while_a_change_is_under_way() -> None:
    machine = machine_at(LAYOUT, "A", 10)
    machine.tick(machine.state.now_ds + 10, "C")
    state = machine.state
    assert state.in_transition
    assert GUARD.allowed(state).tolist() == [False, False, True, False]
    assert GUARD.review_stage(state, "C").accepted
    assert GUARD.review_stage(state, None).accepted
    refused = GUARD.review_stage(state, "B")
    assert (refused.stage, refused.accepted, refused.reasons) == (2, False, ("a change is under way",))
    assert GUARD.hold_until_ds(state) == state.now_ds


def test_a_green_ends_at_its_maximum_whatever_is_proposed() -> None:
    machine = machine_at(LAYOUT, "A", 30)
    began_ds = machine.state.stage_since_ds
    reasons: tuple[str, ...] = ()
    for at_ds in range(began_ds + 310, began_ds + 500, 10):
        ruling = machine.tick(at_ds, "A")
        if not ruling.accepted:
            reasons, ended_ds = ruling.reasons, at_ds
            break
    assert reasons == ("maximum green",)
    assert ended_ds - began_ds == 400
    assert machine.guard.hold_until_ds(machine_at(LAYOUT, "A", 30).state) == began_ds + 400


def test_a_group_that_would_outstay_its_maximum_blocks_the_change_that_keeps_it() -> None:
    state = machine_at(LAYOUT, "A", 34).state
    refused = GUARD.review_stage(state, "AB")
    assert not refused.accepted
    assert refused.reasons == ("maximum green of A, which stays green",)


def test_a_group_just_turned_red_does_not_turn_green_at_once() -> None:
    machine = machine_at(LAYOUT, "AB", 10)
    at_ds = machine.state.now_ds + 10
    machine.tick(at_ds, "A")
    machine.tick(at_ds + 30, "A")
    assert not machine.state.in_transition
    refused = machine.tick(at_ds + 30, "AB")
    assert refused.reasons == ("B has only just turned red",)
    assert machine.tick(at_ds + 40, "AB").accepted


def test_the_longest_wait_is_served_in_time_and_the_reason_told() -> None:
    machine, now_ds, told = StageMachine(LAYOUT, 0), 0, set()
    for now_ds in range(0, 4000, 10):
        ruling = machine.tick(now_ds, "A" if (now_ds // 200) % 2 else "B")
        told.update(ruling.reasons)
        assert machine.state.red_wait_s(LAYOUT.group_index["C"]) <= 120
    assert "maximum red of another group" in told


def test_one_stage_for_all_may_rest_in_green() -> None:
    layout = make_layout({"A": ("A", "B")})
    machine = StageMachine(layout, 0)
    for at_ds in range(0, 5000, 10):
        assert machine.tick(at_ds, None).accepted
    assert [str(lamp) for lamp in machine.state.lamps] == ["G", "G"]
    assert machine.allowed().tolist() == [True]


def test_a_layout_whose_round_of_minima_outlasts_a_maximum_red_is_refused() -> None:
    with pytest.raises(InputError, match="max_red_s"):
        Guard(make_layout({arm: (arm,) for arm in "NESWX"}, min_green_s=25.0, max_red_s=120.0))


def test_the_rescue_round_serves_every_group() -> None:
    assert GUARD.cover_ids == ("C", "AB")


def test_a_good_plan_has_no_faults() -> None:
    assert GUARD.plan_faults(GOOD) == ()


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (plan(), "0 stages"),
        (plan(*[("A", 1.0)] * 25), "25 stages"),
        (plan(("A", 20.0), ("Z", 15.0), ("C", 10.0)), "no stage 'Z'"),
        (replace(GOOD, cycle_s=math.nan), "not finite"),
        (replace(GOOD, offset_s=math.inf), "not finite"),
        (plan(("A", math.nan), ("B", 15.0), ("C", 10.0)), "not finite"),
        (plan(("A", 8.0), ("C", 8.0), ("B", 8.0), cycle_s=39.0), "cycle of 39 s"),
        (plan(("A", 60.0), ("B", 60.0), ("C", 60.0), cycle_s=195.0), "cycle of 195 s"),
        (replace(GOOD, offset_s=60.0), "offset of 60 s"),
        (replace(GOOD, offset_s=-1.0), "offset of -1 s"),
        (plan(("A", 45.0), ("B", 0.0), ("C", 0.0)), "a green of 0 s or less"),
        (plan(("A", 21.0), ("B", 20.0), ("C", 10.0)), "stages add up to 61 s"),
        (plan(("A", 30.0), ("B", 30.0)), "groups never served: ['C']"),
        (plan(("A", 7.0), ("B", 33.0), ("C", 10.0)), "minimum green of A: 1 s left"),
        (plan(("A", 41.0), ("B", 20.0), ("C", 10.0), cycle_s=81.0), "maximum green before stage B"),
        (plan(("A", 35.0), ("AB", 10.0), ("C", 10.0), cycle_s=65.0), "maximum green of A, which stays green"),
        (plan(("A", 40.0), ("B", 40.0), ("A", 40.0), ("B", 20.0), ("C", 10.0), cycle_s=160.0), "maximum red of C"),
    ],
)
def test_each_broken_plan_is_told_why(broken: Plan, fault: str) -> None:
    assert any(fault in told for told in GUARD.plan_faults(broken)), GUARD.plan_faults(broken)


def test_a_plan_may_name_the_same_stage_twice_running() -> None:
    assert GUARD.plan_faults(plan(("A", 10.0), ("A", 10.0), ("B", 20.0), ("C", 10.0))) == ()


def test_a_plan_that_leaves_no_way_back_in_time_is_refused() -> None:
    # C and D are red for 119.5 s of their 120 s: true to the letter, but a second lost on the way is one too many.
    layout = make_layout({arm: (arm,) for arm in "ABCD"}, min_green_s=8.0)
    tight = plan(("A", 50.5), ("B", 41.0), ("C", 8.0), ("D", 8.0), cycle_s=127.5)
    faults = Guard(layout).plan_faults(tight)
    assert faults
    assert all("too late for the maximum red that can be kept" in fault for fault in faults)


def test_plans_of_a_policy_move_by_small_steps() -> None:
    assert GUARD.review_plan(None, GOOD).accepted
    near = plan(("A", 22.0), ("B", 18.0), ("C", 10.0), offset_s=10.0)
    assert GUARD.review_plan(GOOD, near).plan == near
    # 17 % of 60 s is 10.2 s, counted the shorter way round; 20 % of 20 s is 4 s.
    assert GUARD.review_plan(GOOD, replace(GOOD, offset_s=50.0)).accepted
    for far, reason in [
        (replace(GOOD, offset_s=11.0), "offset moves 11 s"),
        (plan(("A", 15.0), ("B", 23.0), ("C", 12.0)), "green of A changes by more than 20%"),
    ]:
        ruling = GUARD.review_plan(GOOD, far)
        assert (ruling.plan, ruling.accepted) == (GOOD, False)
        assert reason in ruling.reasons[0]


def test_an_engineers_plan_may_differ_by_any_step() -> None:
    today = replace(GOOD, origin=PlanOrigin.TODAY)
    far = plan(("A", 10.0), ("B", 25.0), ("C", 15.0), offset_s=30.0)
    assert GUARD.review_plan(today, far).accepted


def test_a_refused_plan_leaves_the_running_one_if_that_may_run() -> None:
    bad = replace(GOOD, cycle_s=61.0)
    assert GUARD.review_plan(GOOD, bad).plan == GOOD
    assert GUARD.review_plan(bad, bad).plan is None
    assert GUARD.review_plan(None, bad).plan is None


def test_a_new_stage_in_a_plan_has_no_green_to_compare() -> None:
    before = plan(("A", 20.0), ("B", 30.0), ("C", 10.0), cycle_s=70.0)
    after = plan(("AB", 40.0), ("C", 20.0), cycle_s=70.0)
    assert "green of C changes" in GUARD.review_plan(before, after).reasons[0]
    assert GUARD.review_plan(before, plan(("AB", 38.0), ("C", 12.0), cycle_s=60.0)).accepted


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), seed=st.integers(0, 2**32))
def test_the_mask_is_what_a_proposal_would_be_answered(layout: JunctionLayout, seed: int) -> None:
    rng, machine = random.Random(seed), StageMachine(layout, 0)
    for at_ds in range(0, 2500, 10):
        guard, state, allowed = machine.guard, machine.state, machine.allowed()
        assert allowed.any()
        for index, stage in enumerate(layout.stages):
            ruling = guard.review_stage(state, stage.id)
            assert bool(allowed[index]) == (ruling.stage == index), (stage.id, ruling)
            assert ruling.accepted == (ruling.stage == index)
            assert bool(ruling.reasons) != ruling.accepted
        machine.tick(at_ds, rng.choice([None, *layout.stage_index]))


class _NoOutlook(Outlooks):
    """Works out every outlook anew, and says nothing that would save looking ahead."""

    def of(self, state: SignalState) -> Outlook:
        self._seen = None
        return replace(super().of(state), urgent=None, sure_from_ds=NEVER_DS)


def long_way_of(layout: JunctionLayout) -> Guard:
    """A guard that takes no shortcut."""
    guard = Guard(layout)
    guard._outlooks = _NoOutlook(layout, guard._rescue)
    return guard


def disturbed(state: SignalState, rng: random.Random) -> SignalState:
    """The same lamps later, some with other ages: up to a limit, past it, or from the future."""
    later = state.at(state.now_ds + rng.choice([0, 0, 10, rng.randrange(1800)]))
    if rng.random() < 0.5:
        return later
    return replace(
        later,
        since_ds=tuple(since_ds + rng.randrange(-300, 300) for since_ds in later.since_ds),
        green_end_ds=tuple(ended_ds - rng.choice([0, rng.randrange(1500)]) for ended_ds in later.green_end_ds),
        stage=rng.choice([later.stage, later.stage, 0]),
    )


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), seed=st.integers(0, 2**32), busy=st.sampled_from([0.03, 0.1, 0.3]))
def test_the_mask_is_the_same_whatever_was_asked_before_and_however_it_is_worked_out(
    layout: JunctionLayout, seed: int, busy: float
) -> None:
    """A mask that is kept, or found by a shortcut, is that of a guard that takes the long way."""
    rng, machine, wish = random.Random(seed), StageMachine(layout, 0), None
    guard, long_way, found = Guard(layout), long_way_of(layout), 0
    for at_ds in range(0, 4000, 10):
        if rng.random() < busy:
            wish = rng.choice([None, *layout.stage_index])
        machine.tick(at_ds, wish)
        if rng.random() < 0.25:
            for state in (machine.state, machine.state.at(at_ds + rng.randrange(300)), disturbed(machine.state, rng)):
                assert guard.allowed(state).tolist() == long_way.allowed(state).tolist()
                outlook = guard._outlooks.of(state)
                found += outlook.sure_from_ds <= state.now_ds <= outlook.fits_until_ds
    assert found > 0 or not guard._outlooks.roomy


def test_two_stages_with_the_same_groups_are_one_green() -> None:
    layout = make_layout({"A": ("A",), "A2": ("A",), "B": ("B",)}, min_green_s=8.0, max_green_s=40.0)
    machine = machine_at(layout, "A", 10)
    assert machine.tick(machine.state.now_ds + 10, "A2").accepted
    assert machine.state.lamps == machine_at(layout, "A", 10).state.lamps
    full = machine_at(layout, "A", 39).state
    assert "maximum green" in Guard(layout).review_stage(replace(full, now_ds=full.now_ds + 10), "A2").reasons


def test_what_is_overdue_is_served_though_late() -> None:
    state = machine_at(LAYOUT, "A", 20).state
    c = LAYOUT.group_index["C"]
    ended_ds = [*state.green_end_ds]
    ended_ds[c] = state.now_ds - 1300
    late = replace(state, green_end_ds=tuple(ended_ds))
    assert GUARD.allowed(late).tolist() == [False, False, True, False]
    ruling = GUARD.review_stage(late, "C")
    assert (ruling.stage, ruling.accepted) == (LAYOUT.stage_index["C"], True)
    assert GUARD.review_stage(late, "B").reasons[-1] == "maximum red of another group"


def test_greens_of_no_stage_still_get_an_answer() -> None:
    layout = make_layout({"AB": ("A", "B"), "BC": ("B", "C"), "CD": ("C", "D"), "DA": ("D", "A")})
    lamps = (Lamp.GREEN, Lamp.GREEN, Lamp.GREEN, Lamp.RED)
    state = SignalState(
        now_ds=10_000,
        lamps=lamps,
        since_ds=(9_000,) * 4,
        green_end_ds=(9_000,) * 4,
        stage=0,
        stage_since_ds=9_000,
        in_transition=False,
    )
    assert Guard(layout).allowed(state).any()
    assert Guard(layout).review_stage(state, "DA").reasons != ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), data=st.data())
def test_no_reported_state_makes_the_guard_raise(layout: JunctionLayout, data: st.DataObject) -> None:
    groups, ages = len(layout.groups), st.integers(-100, 10**7)
    state = SignalState(
        now_ds=0,
        lamps=tuple(data.draw(st.sampled_from(Lamp)) for _ in range(groups)),
        since_ds=tuple(-data.draw(ages) for _ in range(groups)),
        green_end_ds=tuple(-data.draw(ages) for _ in range(groups)),
        stage=data.draw(st.integers(0, len(layout.stages) - 1)),
        stage_since_ds=-data.draw(ages),
        in_transition=data.draw(st.booleans()),
    )
    guard = Guard(layout)
    assert guard.allowed(state).any()
    guard.hold_until_ds(state)
    for proposed in [None, "", *layout.stage_index]:
        assert 0 <= guard.review_stage(state, proposed).stage < len(layout.stages)
