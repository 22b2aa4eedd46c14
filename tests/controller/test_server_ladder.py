"""The service's ladder, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from controller.ladder import BARRED_S, STARTING_S, Health, ServerLadder
from junction.handover import RECOVER_S, Level, Sight
from junction.mode import Cause

GOOD: dict[str, Any] = {"night_flash": False, "status_fresh": True, "ever_counted": True, "implausible": False}
SIGHT = {"fresh_share": 1.0, "known_share": 1.0, "remembered_share": 1.0}
BLIND = dict.fromkeys(SIGHT, 0.0)
LATE_S = 1_000.0


def health(**changes: Any) -> Health:
    sight = Sight(**{name: changes.pop(name, share) for name, share in SIGHT.items()})
    return Health(sight=sight, **{**GOOD, **changes})


def ladder(**options: Any) -> ServerLadder:
    return ServerLadder(**{"started_s": 0.0, "policy_cause": None, "forced_fixed": False, **options})


def on_ai() -> ServerLadder:
    made = ladder()
    made.step(LATE_S - RECOVER_S, health())
    assert made.step(LATE_S, health()) is Level.AI
    return made


@pytest.mark.parametrize(
    ("changes", "level", "cause"),
    [
        ({}, Level.AI, Cause.AS_PLANNED),
        ({"fresh_share": 0.7}, Level.AI, Cause.AS_PLANNED),
        ({"fresh_share": 0.69}, Level.ACTUATED, Cause.STALE_COUNTS),
        ({"fresh_share": 0.0, "known_share": 0.3, "remembered_share": 0.3}, Level.ACTUATED, Cause.STALE_COUNTS),
        ({"fresh_share": 0.0, "known_share": 0.0, "remembered_share": 0.7}, Level.ACTUATED, Cause.STALE_COUNTS),
        ({"fresh_share": 0.0, "known_share": 0.29, "remembered_share": 0.69}, Level.FIXED, Cause.STALE_COUNTS),
        ({**BLIND, "ever_counted": False}, Level.FIXED, Cause.NO_COUNTS),
        ({"implausible": True}, Level.ACTUATED, Cause.IMPLAUSIBLE_COUNTS),
        ({"fresh_share": 0.0, "known_share": 0.29, "implausible": True}, Level.FIXED, Cause.IMPLAUSIBLE_COUNTS),
        ({"status_fresh": False}, Level.FIXED, Cause.NO_STATUS),
    ],
)
def test_down_at_once_with_the_cause(changes: dict[str, Any], level: Level, cause: Cause) -> None:
    made = on_ai()
    assert made.step(LATE_S + 1, health(**changes)) is level
    assert made.cause is cause


def test_up_only_after_a_while_without_a_break() -> None:
    made = on_ai()
    made.step(LATE_S + 1, health(fresh_share=0.0))
    made.step(LATE_S + 2, health())
    assert made.step(LATE_S + 2 + RECOVER_S - 0.1, health()) is Level.ACTUATED
    made.step(LATE_S + 2 + RECOVER_S - 0.05, health(fresh_share=0.0))
    made.step(LATE_S + 10, health())
    assert made.step(LATE_S + 10 + RECOVER_S - 0.1, health()) is Level.ACTUATED
    assert made.cause is Cause.STALE_COUNTS
    assert made.step(LATE_S + 10 + RECOVER_S, health()) is Level.AI
    assert made.cause is Cause.AS_PLANNED


def test_starting_says_so_and_then_says_what_is_missing() -> None:
    made = ladder()
    blind = health(status_fresh=False, ever_counted=False, **BLIND)
    made.step(1.0, blind)
    assert (made.level, made.cause) == (Level.FIXED, Cause.STARTING)
    made.step(STARTING_S, blind)
    assert (made.level, made.cause) == (Level.FIXED, Cause.NO_STATUS)


def test_barred_policy_gives_actuated_and_is_tried_again() -> None:
    made = on_ai()
    made.bar_policy(LATE_S, Cause.POLICY_ERROR)
    assert (made.level, made.cause) == (Level.ACTUATED, Cause.POLICY_ERROR)
    for second in range(int(BARRED_S)):
        assert made.step(LATE_S + second, health()) is Level.ACTUATED
        assert made.cause is Cause.POLICY_ERROR
    made.step(LATE_S + BARRED_S, health())
    assert made.step(LATE_S + BARRED_S + RECOVER_S, health()) is Level.AI


def test_clock_that_is_set_back_keeps_nobody_down() -> None:
    made = on_ai()
    made.step(LATE_S + 1, health(fresh_share=0.0))
    made.step(LATE_S + 2, health())
    made.step(LATE_S - 3600, health())
    assert made.step(LATE_S - 3600 + RECOVER_S, health()) is Level.AI
    made.bar_policy(LATE_S, Cause.POLICY_ERROR)
    made.step(LATE_S - 3600, health())
    assert made.step(LATE_S - 3600 + RECOVER_S, health()) is Level.AI


def test_no_policy_is_actuated_at_best() -> None:
    made = ladder(policy_cause=Cause.NO_POLICY)
    made.step(LATE_S, health())
    assert made.step(LATE_S + RECOVER_S, health()) is Level.ACTUATED
    assert made.cause is Cause.NO_POLICY


def test_forced_fixed_stays_as_planned() -> None:
    made = ladder(forced_fixed=True)
    for second in range(60):
        assert made.step(float(second), health()) is Level.FIXED
        assert made.cause is Cause.AS_PLANNED
