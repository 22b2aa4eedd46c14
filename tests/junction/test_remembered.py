"""Queues carried on while a camera shows nothing, against sums done by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given as with_any
from hypothesis import strategies as st
from junction_layouts import make_layout
from situations import machine_at, situation

from junction.handover import FRESH_S
from junction.observation import LaneGroupReading, Observation
from junction.remembered import RememberedTraffic

LAYOUT = make_layout({"ns": ("n", "s"), "ew": ("e", "w")})
MACHINE = machine_at(LAYOUT, "ns", 10)
GREEN, RED = (LAYOUT.lane_group_index[name] for name in ("n.lg", "e.lg"))
ONE_ON_THE_WAY_PCU_S = 30 / 3.6 / 120
"""Flow that one car on its way over 120 m at 30 km/h is."""


def seen(queue_veh: int, moving_veh: int, time_s: float) -> Observation:
    """The same in every lane group, seen now."""
    ids = [g.id for g in LAYOUT.lane_groups]
    return situation(
        MACHINE, dict.fromkeys(ids, queue_veh), moving_veh=dict.fromkeys(ids, moving_veh), age_s=0.0, time_s=time_s
    ).observation


def blind(since: Observation, time_s: float) -> Observation:
    aged = tuple(replace(r, age_s=None if r.age_s is None else r.age_s + time_s - since.time_s) for r in since.readings)
    return replace(since, time_s=time_s, readings=aged)


def test_what_is_fresh_stays_as_it_is() -> None:
    traffic, now = RememberedTraffic(LAYOUT), seen(3, 2, 100.0)
    assert traffic.carried_on(now) is now
    later = blind(now, 100.0 + FRESH_S)
    assert traffic.carried_on(later) is later


def test_a_queue_grows_on_red_and_leaves_on_green() -> None:
    traffic, first = RememberedTraffic(LAYOUT), seen(6, 2, 100.0)
    traffic.carried_on(first)
    traffic.carried_on(blind(first, 110.0))
    carried = traffic.carried_on(blind(first, 113.0))
    # Two cars are on their way; a green discharges 1800 PCU/h. The three seconds since the last call are carried on.
    assert carried.readings[RED].queue_pcu == pytest.approx(6 + 3 * 2 * ONE_ON_THE_WAY_PCU_S)
    assert sum(carried.readings[RED].present_veh) == pytest.approx(6 + 3 * 2 * ONE_ON_THE_WAY_PCU_S + 2)
    assert carried.readings[GREEN].queue_pcu == pytest.approx(6 + 3 * (2 * ONE_ON_THE_WAY_PCU_S - 0.5))
    assert carried.known_share == 1.0


def test_a_lane_group_that_was_never_seen_stays_unknown() -> None:
    nothing = replace(
        seen(0, 0, 100.0),
        readings=tuple(LaneGroupReading(lane_group_id=g.id, age_s=None) for g in LAYOUT.lane_groups),
    )
    assert RememberedTraffic(LAYOUT).carried_on(nothing) is nothing


def test_the_flow_is_the_mean_of_what_came() -> None:
    traffic = RememberedTraffic(LAYOUT)
    for step in range(400):
        last = seen(0, 3 if step % 2 else 1, 100.0 + 5 * step)
        traffic.carried_on(last)
    carried = traffic.carried_on(blind(last, last.time_s + FRESH_S + 1))
    assert sum(carried.readings[RED].present_veh) - carried.readings[RED].queue_pcu == pytest.approx(2.0, abs=0.05)


@with_any(
    moves=st.lists(
        st.tuples(st.floats(-4000, 4000), st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=30
    )
)
def test_no_estimate_leaves_the_road_whatever_the_clock_does(moves: list[tuple[float, int, int, bool]]) -> None:
    traffic, time_s, last = RememberedTraffic(LAYOUT), 10_000.0, None
    for step_s, queue, moving, sees in moves:
        time_s += step_s
        last = seen(queue, moving, time_s) if sees or last is None else blind(last, max(time_s, last.time_s))
        estimates = traffic.carried_on(last).readings
        for own, given, lane_group in zip(estimates, last.readings, LAYOUT.lane_groups, strict=True):
            if own is not given:
                assert 0 <= own.queue_pcu <= sum(own.present_veh) + 1e-9
                assert own.queue_m <= lane_group.storage_m + 1e-9
