"""Who may time a junction by what is seen, and how slowly it climbs back."""

from __future__ import annotations

import pytest

from junction.handover import FRESH_S, RECOVER_S, REMEMBERED_S, Level, Sight, SlowClimb
from junction.observation import MAX_AGE_S


@pytest.mark.parametrize(
    ("ages_s", "lane_groups", "level"),
    [
        ([FRESH_S] * 7, 10, Level.AI),
        ([FRESH_S] * 6 + [FRESH_S + 1], 10, Level.ACTUATED),
        ([MAX_AGE_S] * 3, 10, Level.ACTUATED),
        ([MAX_AGE_S] * 2 + [MAX_AGE_S + 1], 10, Level.FIXED),
        ([REMEMBERED_S] * 7, 10, Level.ACTUATED),
        ([REMEMBERED_S] * 6 + [REMEMBERED_S + 1], 10, Level.FIXED),
        ([], 4, Level.FIXED),
    ],
)
def test_the_level_follows_from_the_ages(ages_s: list[float], lane_groups: int, level: Level) -> None:
    assert Sight.of(ages_s, lane_groups).level is level


def test_down_at_once_and_up_after_a_while() -> None:
    climb = SlowClimb(Level.AI)
    assert climb.step(0.0, Level.FIXED)
    assert not climb.step(1.0, Level.AI)
    assert not climb.step(1.0 + RECOVER_S - 0.1, Level.ACTUATED)
    assert climb.level is Level.FIXED
    assert climb.step(1.0 + RECOVER_S, Level.AI)
    assert climb.level is Level.AI


def test_a_fall_begins_the_wait_anew() -> None:
    climb = SlowClimb(Level.FIXED)
    climb.step(0.0, Level.AI)
    climb.step(RECOVER_S - 1, Level.FIXED)
    assert not climb.step(RECOVER_S, Level.AI)
    assert climb.step(2 * RECOVER_S, Level.AI)
