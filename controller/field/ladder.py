"""The field controller's ladder: adaptive, hold, fixed, isolated, flash. The controller decides, never the server."""

from __future__ import annotations

from dataclasses import dataclass

from controller.field.lease import LeaseState
from junction.mode import Cause, Rung

POLLS_TO_RETURN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What the ladder judges at a tick.

    `night_flash`: the calendar has the signals flash now, by a clock that is trusted, and no lamp shows green or amber.
    `safe_end`: the running stage may end now, its minimum over and no change under way. `wants_plan`: the server's
    word is a plan, which needs the time of day. `follows`: the lamps are known and do what they are asked, which only
    a box of another make may fail to.
    """

    conflict: bool
    police_flash: bool
    night_flash: bool
    lease: LeaseState
    ever_polled: bool
    good_polls: int
    safe_end: bool
    wants_plan: bool
    follows: bool
    clock_trusted: bool
    table_valid: bool
    isolated_valid: bool


class FieldLadder:
    """Starts on rung 2: the controller's own fixed plan."""

    def __init__(self) -> None:
        self.rung = Rung.FIXED
        self.cause = Cause.STARTING
        self._ever_adaptive = False

    def step(self, now: Conditions) -> Rung:
        """Moves to where the controller belongs now."""
        self.rung, self.cause = self._due(now)
        self._ever_adaptive = self._ever_adaptive or self.rung is Rung.ADAPTIVE
        return self.rung

    def _due(self, now: Conditions) -> tuple[Rung, Cause]:
        flash_cause = _flash_cause(now)
        if flash_cause is not None:
            return Rung.FLASH, flash_cause
        if now.lease is LeaseState.OVER:
            return self._own_plan(now)
        if not now.follows:
            return self._own_plan(now)[0], Cause.NO_STATUS
        returns = now.lease is LeaseState.FRESH and now.good_polls >= POLLS_TO_RETURN and now.safe_end
        if self.rung is Rung.ADAPTIVE or returns:
            return self._adaptive(now)
        if self.rung is Rung.HOLD:
            return Rung.HOLD, Cause.NO_POLL
        return self._own_plan(now)

    def _adaptive(self, now: Conditions) -> tuple[Rung, Cause]:
        if now.lease is LeaseState.QUIET:
            return Rung.HOLD, Cause.NO_POLL
        if now.wants_plan and not now.clock_trusted:
            return self._own_plan(now)
        return Rung.ADAPTIVE, Cause.AS_PLANNED

    def _own_plan(self, now: Conditions) -> tuple[Rung, Cause]:
        """What runs without the server: the time-of-day plan, else the isolated one, else flashing."""
        if now.table_valid and now.clock_trusted:
            return Rung.FIXED, self._fixed_cause(now)
        if now.isolated_valid:
            return Rung.ISOLATED, Cause.TABLE_INVALID if not now.table_valid else Cause.CLOCK_UNTRUSTED
        return Rung.FLASH, Cause.TABLE_INVALID

    def _fixed_cause(self, now: Conditions) -> Cause:
        if self._ever_adaptive:
            return Cause.LEASE_OVER
        return Cause.STARTING if now.ever_polled else Cause.NO_POLL


def _flash_cause(now: Conditions) -> Cause | None:
    """Why the lamps must flash; None when they need not."""
    if now.conflict:
        return Cause.CONFLICT_MONITOR
    if now.police_flash:
        return Cause.POLICE
    return Cause.NIGHT_FLASH if now.night_flash else None
