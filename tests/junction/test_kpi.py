"""Each figure against a value worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from junction.errors import InputError
from junction.kpi import (
    QueueInterval,
    cycle_failed,
    degree_of_saturation,
    geh,
    hcm_level_of_service,
    level_of_service,
    mean_queue_pcu,
    mode_share,
    queue_delay_s_pcu,
    throughput_pcu_h,
    trip_delay_s,
    webster_delay_s_pcu,
)
from junction.mode import Mode


@pytest.mark.parametrize(
    ("delay_s", "level"),
    [
        (0, "A"),
        (20, "A"),
        (20.01, "B"),
        (40, "B"),
        (40.1, "C"),
        (65, "C"),
        (65.1, "D"),
        (95, "D"),
        (95.1, "E"),
        (130, "E"),
        (130.1, "F"),
        (1e9, "F"),
        (None, None),
        (math.nan, None),
        (math.inf, None),
    ],
)
def test_indian_level_of_service(delay_s: float | None, level: str | None) -> None:
    assert level_of_service(delay_s) == level


@pytest.mark.parametrize(
    ("delay_s", "level"), [(10, "A"), (10.1, "B"), (20.1, "C"), (35.1, "D"), (55.1, "E"), (80.1, "F"), (None, None)]
)
def test_american_level_of_service(delay_s: float | None, level: str | None) -> None:
    assert hcm_level_of_service(delay_s) == level


def test_degree_of_saturation() -> None:
    # 600 PCU/h on 1800 PCU/h with 30 s of 60 s: 600 / 900.
    assert degree_of_saturation(600, 1800, 30, 60) == pytest.approx(2 / 3)


def test_webster_delay_worked_by_hand() -> None:
    # C = 60, g = 30, s = 1800, q = 600, T = 0.25: X = 2/3, c = 900.
    # d1 = 0.5*60*0.5^2 / (1 - 2/3*0.5) = 7.5 / 0.66667 = 11.25
    # d2 = 225*[(-1/3) + sqrt(1/9 + 4*(2/3)/225)] = 225*(-0.333333 + sqrt(0.1229630)) = 225*0.0173267 = 3.8985
    # d = 0.9*11.25 + 3.8985 = 14.0235
    assert webster_delay_s_pcu(600, 1800, 30, 60) == pytest.approx(14.0235, abs=1e-3)
    assert webster_delay_s_pcu(600, 1800, 30, 60, initial_queue_delay_s=5) == pytest.approx(19.0235, abs=1e-3)


def test_webster_delay_when_oversaturated() -> None:
    # q = 1080: X = 1.2, d1 = 7.5/(1 - 0.5) = 15, d2 = 225*[0.2 + sqrt(0.04 + 4.8/225)] = 225*0.4476557 = 100.7225
    assert webster_delay_s_pcu(1080, 1800, 30, 60) == pytest.approx(13.5 + 100.7225, abs=1e-3)


def test_webster_delay_without_demand_or_without_red() -> None:
    # No flow: X = 0, d2 = 0, d = 0.9 * 0.5*60*0.25 = 6.75. Always green: no uniform delay.
    assert webster_delay_s_pcu(0, 1800, 30, 60) == pytest.approx(6.75)
    assert webster_delay_s_pcu(0, 1800, 60, 60) == 0.0


@pytest.mark.parametrize(("green_s", "saturation", "field"), [(0, 1800, "green"), (61, 1800, "green"), (30, 0, "sat")])
def test_impossible_timings_are_refused(green_s: float, saturation: float, field: str) -> None:
    with pytest.raises(InputError, match=field):
        webster_delay_s_pcu(600, saturation, green_s, 60)


@given(st.floats(1, 3000), st.floats(1, 3000))
def test_more_flow_never_means_less_delay(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert webster_delay_s_pcu(less, 1800, 30, 60) <= webster_delay_s_pcu(more, 1800, 30, 60) + 1e-9


def test_geh() -> None:
    # sqrt(2 * 100^2 / 2100) = 3.0861
    assert geh(1000, 1100) == pytest.approx(3.0861, abs=1e-4)
    assert geh(1100, 1000) == geh(1000, 1100)
    assert geh(0, 0) == 0.0


def interval(duration_s: float, queue_pcu: float | None, departed_pcu: float | None) -> QueueInterval:
    return QueueInterval(duration_s=duration_s, queue_pcu=queue_pcu, departed_pcu=departed_pcu)


def test_queue_delay() -> None:
    # 10 PCU * 30 s + 4 PCU * 30 s = 420 PCU s over 14 departed PCU.
    assert queue_delay_s_pcu([interval(30, 10, 2), interval(30, 4, 12)]) == pytest.approx(30.0)


def test_cameras_that_see_a_part_each_add_up_to_the_junction() -> None:
    # Two cameras, half of the lane groups each: over the same 30 s the junction had 10 PCU queued and 5 departed.
    both = [replace(interval(30, 4, 2), share=0.5), replace(interval(30, 6, 3), share=0.5)]
    assert mean_queue_pcu(both) == pytest.approx(10.0)
    assert throughput_pcu_h(both) == pytest.approx(5 / 30 * 3600)
    assert queue_delay_s_pcu(both) == pytest.approx(10 * 30 / 5)


def test_unseen_time_is_left_out_and_unknown_is_never_zero() -> None:
    assert queue_delay_s_pcu([interval(30, 10, 10), interval(300, None, None)]) == pytest.approx(30.0)
    assert queue_delay_s_pcu([interval(30, None, 5), interval(30, 5, None)]) is None
    assert queue_delay_s_pcu([interval(30, 10, 0)]) is None
    assert queue_delay_s_pcu([]) is None
    assert mean_queue_pcu([interval(30, None, None)]) is None
    assert throughput_pcu_h([interval(30, None, None)]) is None
    assert cycle_failed(None, 3) is None
    assert cycle_failed(3, None) is None
    assert mode_share([]) == {}


def test_queue_and_throughput() -> None:
    seen = [interval(10, 2, 1), interval(30, 6, 5), interval(60, None, None)]
    assert mean_queue_pcu(seen) == pytest.approx((2 * 10 + 6 * 30) / 40)
    assert throughput_pcu_h(seen) == pytest.approx(6 / 40 * 3600)


def test_a_cycle_fails_when_part_of_the_queue_stays() -> None:
    assert cycle_failed(10.0, 9.0) is True
    assert cycle_failed(10.0, 10.0) is False
    assert cycle_failed(0.0, 0.0) is False


def test_trip_delay_counts_the_wait_to_enter() -> None:
    assert trip_delay_s(40.0, 25.0) == 65.0


def test_mode_share() -> None:
    spans = [(Mode.AI, 30.0), (Mode.FIXED, 10.0), (Mode.AI, 60.0)]
    assert mode_share(spans) == {Mode.AI: 0.9, Mode.FIXED: 0.1}
