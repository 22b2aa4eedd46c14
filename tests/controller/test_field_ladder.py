"""The field controller's ladder, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from controller.field.ladder import Conditions, FieldLadder
from controller.field.lease import Lease, LeaseState
from junction.mode import Cause, Rung

FRESH, QUIET, OVER = LeaseState.FRESH, LeaseState.QUIET, LeaseState.OVER
GOOD: dict[str, Any] = {
    "conflict": False,
    "police_flash": False,
    "night_flash": False,
    "lease": FRESH,
    "ever_polled": True,
    "good_polls": 3,
    "safe_end": True,
    "wants_plan": False,
    "follows": True,
    "clock_trusted": True,
    "table_valid": True,
    "isolated_valid": True,
}


def conditions(**changes: Any) -> Conditions:
    return Conditions(**{**GOOD, **changes})


def ladder_on(rung: Rung) -> FieldLadder:
    ladder = FieldLadder()
    ladder.step(conditions())
    way = {
        Rung.ADAPTIVE: {},
        Rung.HOLD: {"lease": QUIET},
        Rung.FIXED: {"lease": OVER},
        Rung.ISOLATED: {"lease": OVER, "clock_trusted": False},
        Rung.FLASH: {"conflict": True},
    }
    assert ladder.step(conditions(**way[rung])) is rung
    return ladder


@pytest.mark.parametrize("rung", list(Rung))
@pytest.mark.parametrize(
    ("changes", "to", "cause"),
    [
        ({"conflict": True}, Rung.FLASH, Cause.CONFLICT_MONITOR),
        ({"conflict": True, "lease": OVER}, Rung.FLASH, Cause.CONFLICT_MONITOR),
        ({"police_flash": True}, Rung.FLASH, Cause.POLICE),
        ({"lease": OVER}, Rung.FIXED, Cause.LEASE_OVER),
        ({"lease": OVER, "clock_trusted": False}, Rung.ISOLATED, Cause.CLOCK_UNTRUSTED),
        ({"lease": OVER, "table_valid": False}, Rung.ISOLATED, Cause.TABLE_INVALID),
        ({"lease": OVER, "table_valid": False, "isolated_valid": False}, Rung.FLASH, Cause.TABLE_INVALID),
        ({"lease": OVER, "clock_trusted": False, "isolated_valid": False}, Rung.FLASH, Cause.TABLE_INVALID),
    ],
)
def test_from_every_rung(rung: Rung, changes: dict[str, Any], to: Rung, cause: Cause) -> None:
    ladder = ladder_on(rung)
    assert ladder.step(conditions(**changes)) is to
    assert ladder.cause is cause


@pytest.mark.parametrize("rung", [Rung.HOLD, Rung.FIXED, Rung.ISOLATED, Rung.FLASH])
@pytest.mark.parametrize("missing", [{"good_polls": 2}, {"safe_end": False}, {"lease": QUIET}])
def test_back_only_after_three_polls_at_a_safe_end(rung: Rung, missing: dict[str, Any]) -> None:
    ladder = ladder_on(rung)
    assert ladder.step(conditions(**missing)) is not Rung.ADAPTIVE
    assert ladder.step(conditions()) is Rung.ADAPTIVE


def test_hold_only_from_adaptive() -> None:
    assert ladder_on(Rung.ADAPTIVE).step(conditions(lease=QUIET)) is Rung.HOLD
    assert ladder_on(Rung.FIXED).step(conditions(lease=QUIET)) is Rung.FIXED


def test_a_plan_needs_the_time_of_day() -> None:
    ladder = ladder_on(Rung.ADAPTIVE)
    assert ladder.step(conditions(wants_plan=True, clock_trusted=False)) is Rung.ISOLATED
    assert ladder.cause is Cause.CLOCK_UNTRUSTED
    assert ladder_on(Rung.ADAPTIVE).step(conditions(clock_trusted=False)) is Rung.ADAPTIVE


def test_starts_on_its_own_plan() -> None:
    ladder = FieldLadder()
    assert (ladder.rung, ladder.cause) == (Rung.FIXED, Cause.STARTING)
    ladder.step(conditions(lease=OVER, ever_polled=False, good_polls=0))
    assert (ladder.rung, ladder.cause) == (Rung.FIXED, Cause.NO_POLL)
    ladder.step(conditions(good_polls=1))
    assert (ladder.rung, ladder.cause) == (Rung.FIXED, Cause.STARTING)


def test_lease_is_counted_from_receipt() -> None:
    lease = Lease(30.0)
    assert lease.state(5.0) is OVER
    lease.renew(100.0, 30.0)
    assert [lease.state(t) for t in (100.0, 104.0, 104.1, 129.9, 130.0)] == [FRESH, FRESH, QUIET, QUIET, OVER]


def test_lease_is_never_longer_than_the_sites() -> None:
    lease = Lease(10.0)
    lease.renew(0.0, 120.0)
    assert lease.state(10.0) is OVER
    lease.renew(20.0, 5.0)
    assert lease.state(25.0) is OVER


def test_good_polls_in_a_row() -> None:
    lease = Lease(30.0)
    for second in range(3):
        lease.renew(float(second), 30.0)
    assert lease.good_polls == 3
    lease.miss()
    assert lease.good_polls == 0
    lease.renew(3.0, 30.0)
    lease.renew(10.0, 30.0)
    assert lease.good_polls == 1


@pytest.mark.parametrize("rung", [Rung.ADAPTIVE, Rung.HOLD, Rung.FIXED])
def test_a_box_that_does_not_follow_is_left_to_its_plans(rung: Rung) -> None:
    ladder = ladder_on(rung)
    assert ladder.step(conditions(follows=False)) is Rung.FIXED
    assert ladder.cause is Cause.NO_STATUS
    assert ladder.step(conditions(follows=False, conflict=True)) is Rung.FLASH
    ladder.step(conditions())
    assert ladder.step(conditions()) is Rung.ADAPTIVE
