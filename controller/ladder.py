"""The service's ladder for one junction: trained policy, actuated on what is still seen, fixed plan.

What is seen decides by `junction.handover`; here it is joined by what else can be wrong, and every level has its cause.
"""

from __future__ import annotations

from dataclasses import dataclass

from junction.handover import SEEN_SHARE, Level, Sight, SlowClimb
from junction.mode import Cause, Mode

BARRED_S = 60.0
"""How long the trained policy is not asked again after an error or a veto."""
STARTING_S = 10.0

LEVEL_MODE = {Level.AI: Mode.AI, Level.ACTUATED: Mode.ACTUATED, Level.FIXED: Mode.FIXED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What the ladder judges at a tick. `night_flash`: by its calendar the junction's signals flash now."""

    sight: Sight
    night_flash: bool
    status_fresh: bool
    ever_counted: bool
    implausible: bool


class ServerLadder:
    """Starts on the fixed plan, cause starting.

    `policy_cause` None: there is a trained policy; else why there is none. `forced_fixed` keeps the junction on its
    fixed plan, as planned.
    """

    def __init__(self, *, started_s: float, policy_cause: Cause | None, forced_fixed: bool) -> None:
        self._climb = SlowClimb(Level.FIXED)
        self.cause = Cause.STARTING
        self._started_s = started_s
        self._policy_cause = policy_cause
        self._forced_fixed = forced_fixed
        self._barred_since_s = float("-inf")
        self._barred_cause = Cause.POLICY_ERROR

    @property
    def level(self) -> Level:
        return self._climb.level

    def step(self, now_s: float, health: Health) -> Level:
        """Moves to where the junction belongs now."""
        level, cause = self._due(now_s, health)
        if self._climb.step(now_s, level):
            starting = self.cause is Cause.STARTING and now_s - self._started_s < STARTING_S
            if not (starting and level is Level.FIXED and not self._forced_fixed):
                self.cause = cause
        return self.level

    def bar_policy(self, now_s: float, cause: Cause) -> None:
        """Takes the junction off the trained policy at once, for `BARRED_S`."""
        self._barred_since_s, self._barred_cause = now_s, cause
        if self.level is Level.AI:
            self._climb.put(Level.ACTUATED)
            self.cause = cause

    def change_policy(self, cause: Cause | None) -> None:
        """Another policy from now on (`cause` None), or none and why: what the last one did is forgotten."""
        self._policy_cause = cause
        self._barred_since_s = float("-inf")

    def drop_to_fixed(self, cause: Cause) -> None:
        """Puts the junction on its fixed plan at once: even actuated control failed."""
        self._climb.put(Level.FIXED)
        self.cause = cause

    def _due(self, now_s: float, health: Health) -> tuple[Level, Cause]:
        if health.night_flash:
            return Level.FIXED, Cause.NIGHT_FLASH
        if self._forced_fixed:
            return Level.FIXED, Cause.AS_PLANNED
        if not health.status_fresh:
            return Level.FIXED, Cause.NO_STATUS
        # Who sent what cannot be true is not to be remembered either.
        deceived = health.implausible and health.sight.known_share < SEEN_SHARE
        if deceived or health.sight.level is Level.FIXED:
            return Level.FIXED, _blind_cause(health)
        cause = self._actuated_cause(now_s, health)
        return (Level.AI, Cause.AS_PLANNED) if cause is None else (Level.ACTUATED, cause)

    def _actuated_cause(self, now_s: float, health: Health) -> Cause | None:
        """Why the trained policy may not run; None when it may."""
        if health.implausible:
            return Cause.IMPLAUSIBLE_COUNTS
        if health.sight.level is Level.ACTUATED:
            return Cause.STALE_COUNTS
        if self._policy_cause is not None:
            return self._policy_cause
        return self._barred_cause if 0 <= now_s - self._barred_since_s < BARRED_S else None


def _blind_cause(health: Health) -> Cause:
    if health.implausible:
        return Cause.IMPLAUSIBLE_COUNTS
    return Cause.STALE_COUNTS if health.ever_counted else Cause.NO_COUNTS
