"""The rig's arithmetic on values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.saturation_flow import Second, fault_of, greens_of, saturation_flow_pcu_h_m
from junction.errors import InputError


def seconds(
    lamps: str, crossed_pcu: float, in_view_veh: int = 9, standing_veh: int = 9, exit_queue_veh: int = 0
) -> list[Second]:
    return [
        Second(
            time_s=float(i + 1),
            green=lamp == "G",
            crossed_pcu=crossed_pcu,
            in_view_veh=in_view_veh,
            standing_veh=standing_veh,
            exit_queue_veh=exit_queue_veh,
        )
        for i, lamp in enumerate(lamps)
    ]


def test_only_whole_greens_count() -> None:
    greens = greens_of(seconds("GGrrGGGrrGGrG", 1.0))
    assert [[s.time_s for s in green] for green in greens] == [[5.0, 6.0, 7.0], [10.0, 11.0]]


def test_flow_leaves_the_start_up_out_and_is_by_hour_and_metre() -> None:
    # Two greens of 15 s; 5 s of each are start-up. 0.6 PCU a second in the other 10 is 2160 PCU an hour.
    green = [replace(second, crossed_pcu=9.0 if second.time_s <= 5 else 0.6) for second in seconds("G" * 15, 0.0)]
    assert saturation_flow_pcu_h_m([green, green], 7.0) == pytest.approx(0.6 * 3600 / 7.0)


@pytest.mark.parametrize(
    ("green", "why"),
    [
        (seconds("G" * 15, 0.5, in_view_veh=0), "the queue ran out at 6 s"),
        (seconds("G" * 15, 0.5, exit_queue_veh=5), "5 vehicles stand on the way out at 6 s"),
        (seconds("G" * 20, 0.0), "a jam: nothing crossed and most stood from 6 to 16 s"),
    ],
)
def test_a_green_that_was_not_saturated_is_refused(green: list[Second], why: str) -> None:
    with pytest.raises(InputError, match=why):
        saturation_flow_pcu_h_m([seconds("G" * 15, 0.5), green], 3.5)


def test_a_pause_shorter_than_a_jam_is_part_of_saturated_flow() -> None:
    green = [replace(s, crossed_pcu=1.0 if s.time_s in (6, 15) else 0.0) for s in seconds("G" * 16, 0.0)]
    assert fault_of(green[5:]) is None


def test_those_behind_a_slow_cycle_rickshaw_are_no_jam_since_they_move() -> None:
    assert fault_of(seconds("G" * 30, 0.0, standing_veh=4)) is None


def test_greens_shorter_than_the_start_up_are_refused() -> None:
    with pytest.raises(InputError, match="greens longer than 5 s"):
        saturation_flow_pcu_h_m([seconds("GGGG", 0.5)], 3.5)
