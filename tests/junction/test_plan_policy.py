"""A fixed plan through the stage machine: on the second when it is in step, and back in step within a cycle."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout
from situations import situation

from junction.errors import InputError
from junction.lamp_audit import LampAudit
from junction.layout import JunctionLayout
from junction.plan import Plan, PlanOrigin, PlanStage, TableEntry, TimeOfDayTable
from junction.plan_policy import PlanPolicy
from junction.policy import Policy
from junction.site import Site
from junction.stage_machine import StageMachine
from junction.timetable import table_plan
from junction.webster import webster_plan

LAYOUT = make_layout({"NS": ("N", "S"), "EW": ("E", "W")}, amber_s=3.0, all_red_s=2.0)
DAY_START_S = 1_763_749_800
"""Midnight in India of 22 November 2025, Unix seconds."""


def site_of(layout: JunctionLayout, *plans: Plan) -> Site:
    return Site(
        layout=layout,
        plans={plan.id: plan for plan in plans},
        table=TimeOfDayTable(
            entries=tuple(TableEntry(from_s=3600.0 * hour, plan_id=plan.id) for hour, plan in enumerate(plans))
        ),
        isolated_plan_id=plans[0].id,
    )


def lamps_by_second(machine: StageMachine, policy: PlanPolicy, seconds: range) -> list[str]:
    shown = []
    for second in seconds:
        asked = situation(machine, {}, time_s=float(second))
        machine.tick(10 * second, policy.propose([asked])[0].stage_id)
        shown.append("".join(machine.state.lamps))
    return shown


def hand_plan(offset_s: float = 0.0) -> Plan:
    # Cycle 70 s: N/S change at 0, green 5-30; E/W change at 30, green 35-70.
    return Plan(
        id="J1.today",
        cycle_s=70.0,
        offset_s=offset_s,
        origin=PlanOrigin.TODAY,
        stages=(PlanStage(stage_id="NS", green_s=25.0), PlanStage(stage_id="EW", green_s=35.0)),
    )


def test_a_plan_in_step_changes_lamps_on_the_second() -> None:
    policy = PlanPolicy("fixed", {"J1": site_of(LAYOUT, hand_plan())})
    assert isinstance(policy, Policy)
    policy.reset([LAYOUT], seed=0)
    start = DAY_START_S + 140
    shown = lamps_by_second(StageMachine(LAYOUT, 10 * start), policy, range(start, start + 280))
    # Groups in order E N S W. The second cycle on, all is by the timetable.
    cycle = ["yrry"] * 3 + ["rrrr"] * 2 + ["rGGr"] * 25 + ["ryyr"] * 3 + ["rrrr"] * 2 + ["GrrG"] * 35
    assert shown[70:] == cycle * 3


@pytest.mark.parametrize("offset_s", [0.0, 12.0, 69.0])
@pytest.mark.parametrize("start_s", [0, 7, 31, 36, 68])
def test_a_junction_out_of_step_is_back_within_a_cycle(offset_s: float, start_s: int) -> None:
    policy = PlanPolicy("fixed", {"J1": site_of(LAYOUT, hand_plan(offset_s))})
    start = DAY_START_S + 140 + start_s
    machine = StageMachine(LAYOUT, 10 * start)
    for second in range(start, start + 40):
        machine.tick(10 * second, "EW" if second % 2 else "NS")
    shown = lamps_by_second(machine, policy, range(start + 40, start + 40 + 210))
    cycle = ["yrry"] * 3 + ["rrrr"] * 2 + ["rGGr"] * 25 + ["ryyr"] * 3 + ["rrrr"] * 2 + ["GrrG"] * 35
    place = [(start + 40 + n - DAY_START_S - int(offset_s)) % 70 for n in range(210)]
    assert shown[70:] == [cycle[n] for n in place[70:]]


def changes(layout: JunctionLayout, plan: Plan) -> list[tuple[int, float]]:
    """(stage index, lost time of the change to it) in the plan's order."""
    ids = [stage.stage_id for stage in plan.stages]
    return [(layout.stage_index[ids[i]], layout.transition_s(ids[i - 1], ids[i])) for i in range(len(ids))]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), offset_s=st.integers(0, 100), data=st.data())
def test_any_webster_plan_keeps_its_timetable_and_is_safe(
    layout: JunctionLayout, offset_s: int, data: st.DataObject
) -> None:
    flows = {g.id: data.draw(st.floats(0, 600)) for g in layout.lane_groups}
    try:
        plan = webster_plan(layout, flows, "J1.webster", min_cycle_s=80.0, offset_s=float(offset_s))
    except InputError:
        reject()  # maximum greens do not fill so long a cycle
    least_s = sum(
        math.ceil(lost) + max(math.ceil(layout.groups[g].min_green_s) for g in layout.stage_groups[stage])
        for stage, lost in changes(layout, plan)
    )
    # A plan whose every green is at its minimum has no seconds to catch up with.
    assume(6 * (plan.cycle_s - least_s) >= plan.cycle_s)
    policy = PlanPolicy("webster", {"J1": site_of(layout, plan)}, lambda _site, _time_s: plan)
    start = DAY_START_S + 1000
    machine, audit = StageMachine(layout, 10 * start), LampAudit(layout)
    begun: set[tuple[float, str]] = set()
    for second in range(start, start + int(9 * plan.cycle_s)):
        before = machine.state.stage
        proposal = policy.propose([situation(machine, {}, time_s=float(second))])[0]
        machine.tick(10 * second, proposal.stage_id)
        audit.feed(second, machine.state.lamps)
        if machine.state.stage != before and second >= start + 6 * plan.cycle_s:
            begun.add(((second - DAY_START_S - plan.offset_s) % plan.cycle_s, layout.stages[machine.state.stage].id))
    assert audit.finish() == ()
    assert begun == {
        (round(at_s, 6), stage.stage_id) for at_s, stage in zip(plan.stage_starts_s(layout), plan.stages, strict=True)
    }


def test_the_table_changes_plans() -> None:
    first, second = hand_plan(), webster_plan(LAYOUT, {"N.lg": 600.0}, "J1.webster")
    site = site_of(LAYOUT, first, second)
    assert table_plan(site, DAY_START_S + 3599) is first
    assert table_plan(site, DAY_START_S + 3600) is second


def test_a_junction_without_a_site_is_refused_before_the_run() -> None:
    policy = PlanPolicy("fixed", {"J1": site_of(LAYOUT, hand_plan())})
    stranger = make_layout({"N": ("N",), "E": ("E",)}, junction_id="J2")
    with pytest.raises(InputError, match="J2"):
        policy.reset([LAYOUT, stranger], seed=0)
