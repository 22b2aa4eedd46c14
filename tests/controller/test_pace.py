"""When the decide loop's next round is due."""

from __future__ import annotations

import pytest

from controller.pace import next_round_in_s


@pytest.mark.parametrize(
    ("begun_s", "now_s", "wait_s"),
    [
        (10.0, 10.85, 0.15),
        (9.9995, 10.85, 0.15),  # the timer went off early: this was the round of second 10
        (10.0, 11.2, 0.0),
        (10.0, 14.2, 0.0),
        (11.2, 11.9, 0.1),
        (5000.0, 1400.25, 0.75),  # the clock was set back
    ],
)
def test_a_round_that_ran_into_the_next_is_followed_at_once(begun_s: float, now_s: float, wait_s: float) -> None:
    assert next_round_in_s(begun_s, now_s, 1.0) == pytest.approx(wait_s, abs=1e-6)


@pytest.mark.parametrize(("work_s", "rounds"), [(0.85, 100), (1.0, 100), (1.1, 91), (2.5, 40)])
def test_there_is_a_round_a_second_where_it_is_not_longer_and_never_more(work_s: float, rounds: int) -> None:
    now_s, done = 0.0, 0
    while now_s < 100:
        begun_s, done = now_s, done + 1
        now_s += work_s
        now_s += next_round_in_s(begun_s, now_s, 1.0)
    assert done == rounds
