"""The rig's arithmetic on values worked out by hand."""

from __future__ import annotations

import pytest

from bench.saturation_flow import Second, greens_of, saturation_flow_pcu_h_m
from junction.errors import InputError


def seconds(lamps: str, crossed_pcu: float, in_view_veh: int = 20) -> list[Second]:
    return [
        Second(time_s=float(i + 1), green=lamp == "G", crossed_pcu=crossed_pcu, in_view_veh=in_view_veh)
        for i, lamp in enumerate(lamps)
    ]


def test_only_whole_greens_count() -> None:
    greens = greens_of(seconds("GGrrGGGrrGGrG", 1.0))
    assert [[s.time_s for s in green] for green in greens] == [[5.0, 6.0, 7.0], [10.0, 11.0]]


def test_flow_leaves_the_start_up_out_and_is_by_hour_and_metre() -> None:
    # Two greens of 15 s; 5 s of each are start-up. 0.6 PCU a second in the other 10 is 2160 PCU an hour.
    green = [
        Second(time_s=s.time_s, green=True, crossed_pcu=9.0 if s.time_s <= 5 else 0.6, in_view_veh=3)
        for s in seconds("G" * 15, 0.0)
    ]
    assert saturation_flow_pcu_h_m([green, green], 7.0) == pytest.approx(0.6 * 3600 / 7.0)


def test_a_green_whose_queue_ran_out_is_refused() -> None:
    with pytest.raises(InputError, match="in view at the end of green"):
        saturation_flow_pcu_h_m([seconds("G" * 15, 0.5, in_view_veh=0)], 3.5)


def test_greens_shorter_than_the_start_up_are_refused() -> None:
    with pytest.raises(InputError, match="greens longer than 5 s"):
        saturation_flow_pcu_h_m([seconds("GGGG", 0.5)], 3.5)
