"""The actuated policy: when it holds, when it lets go, whom it serves next, and that nobody unseen is forgotten."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junction_layouts import layouts, make_layout
from situations import machine_at, situation

from junction.actuated import ActuatedPolicy
from junction.lamp_audit import LampAudit
from junction.layout import JunctionLayout
from junction.policy import Policy, Situation
from junction.stage_machine import StageMachine

LAYOUT = make_layout({"A": ("A",), "B": ("B",), "C": ("C",)}, min_green_s=8.0, max_green_s=60.0, max_red_s=180.0)
POLICY = ActuatedPolicy()


def choice(asked: Situation) -> str:
    return POLICY.propose([asked])[0].stage_id


def test_it_is_a_policy() -> None:
    assert isinstance(POLICY, Policy)
    POLICY.reset([LAYOUT], seed=1)
    assert POLICY.interval_s == 1.0
    assert POLICY.name == "actuated"
    assert POLICY.propose([]) == []


def test_green_is_held_while_its_queue_lasts() -> None:
    machine = machine_at(LAYOUT, "A", 20)
    assert choice(situation(machine, {"A.lg": 1, "B.lg": 30, "C.lg": 0})) == "A"


def test_green_is_held_while_vehicles_come_near_saturation() -> None:
    # 10 cars in 120 m at 30 km/h: 10 * 8.33 / 120 = 0.69 PCU/s; 40 % of 1800 PCU/h is 0.2 PCU/s.
    machine = machine_at(LAYOUT, "A", 20)
    assert choice(situation(machine, {"A.lg": 0, "B.lg": 5, "C.lg": 0}, moving_veh={"A.lg": 10})) == "A"
    # 2 cars: 0.14 PCU/s. It has gapped out.
    assert choice(situation(machine, {"A.lg": 0, "B.lg": 5, "C.lg": 0}, moving_veh={"A.lg": 2})) == "B"


def test_green_ends_at_its_longest_when_others_wait_and_rests_when_none_do() -> None:
    machine = machine_at(LAYOUT, "A", 46)
    assert choice(situation(machine, {"A.lg": 9, "B.lg": 1, "C.lg": 0})) == "B"
    assert choice(situation(machine, {"A.lg": 9, "B.lg": 0, "C.lg": 0})) == "A"


def test_minimum_green_is_waited_for() -> None:
    assert choice(situation(machine_at(LAYOUT, "A", 4), {"A.lg": 0, "B.lg": 30, "C.lg": 0})) == "A"


def test_the_larger_queue_is_next_and_the_known_empty_stage_is_passed_over() -> None:
    machine = machine_at(LAYOUT, "A", 20)
    assert choice(situation(machine, {"A.lg": 0, "B.lg": 4, "C.lg": 9})) == "C"
    assert choice(situation(machine, {"A.lg": 0, "B.lg": 0, "C.lg": 1})) == "C"


def test_an_old_reading_is_not_an_empty_road() -> None:
    machine = machine_at(LAYOUT, "A", 20)
    # All of it is too old to be known: every other stage has assumed demand, and A has had its share.
    assert choice(situation(machine, {"A.lg": 0, "B.lg": 0, "C.lg": 0}, age_s=60.0)) in {"B", "C"}
    # C is not seen; B is known to be empty.
    assert choice(situation(machine, {"A.lg": 0, "B.lg": 0, "C.lg": None})) == "C"


def test_an_unseen_green_has_its_share_and_no_more() -> None:
    seen = {"A.lg": None, "B.lg": 5, "C.lg": 5}
    assert choice(situation(machine_at(LAYOUT, "A", 15), seen)) == "A"
    assert choice(situation(machine_at(LAYOUT, "A", 21), seen)) != "A"


def test_a_blind_junction_is_served_by_rota() -> None:
    machine, starts = StageMachine(LAYOUT, 0), []
    for second in range(400):
        before = machine.state.stage
        machine.tick(10 * second, choice(situation(machine, {})))
        if machine.state.stage != before:
            starts.append(LAYOUT.stages[machine.state.stage].id)
    laps = list(zip(starts[::3], starts[1::3], starts[2::3], strict=False))
    assert len(laps) >= 4
    assert all(set(lap) == {"A", "B", "C"} for lap in laps)


def test_walkers_are_served_though_no_camera_counts_them() -> None:
    layout = make_layout({"A": ("A",), "B": ("B",), "walk": ("P",)}, pedestrian={"P": 12.0}, max_red_s=180.0)
    machine, served = StageMachine(layout, 0), set()
    for second in range(170):
        queues = {"A.lg": 5 if second % 40 < 20 else 0, "B.lg": 0 if second % 40 < 20 else 5}
        machine.tick(10 * second, choice(situation(machine, queues)))
        served.add(layout.stages[machine.state.stage].id)
    assert served == {"A", "B", "walk"}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(layout=layouts(), seed=st.integers(0, 2**32))
def test_on_any_junction_it_proposes_what_is_allowed_and_stays_safe(layout: JunctionLayout, seed: int) -> None:
    rng, machine, audit = random.Random(seed), StageMachine(layout, 0), LampAudit(layout)
    for second in range(400):
        queues = {g.id: rng.choice([None, 0, 0, 3, 30]) for g in layout.lane_groups}
        asked = situation(machine, queues, age_s=rng.choice([0.0, 19.0, 21.0]))
        proposal = POLICY.propose([asked])[0]
        assert proposal == POLICY.propose([asked])[0]
        assert asked.allowed[layout.stage_index[proposal.stage_id]]
        assert proposal.scores is not None
        assert len(proposal.scores) == len(layout.stages)
        machine.tick(10 * second, proposal.stage_id)
        audit.feed(second, machine.state.lamps)
    assert audit.finish() == ()
