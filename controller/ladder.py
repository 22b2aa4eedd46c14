"""The service's ladder for one junction: trained policy, actuated on what is still seen, fixed plan.

Down at once, up only after the better level has been due for `RECOVER_S`; every level with its cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from junction.mode import Cause, Mode

FRESH_S = 12.0
"""A reading older than this is too old for the trained policy: a camera that reports every 5 s may lose one report.
`junction.observation.MAX_AGE_S` bounds actuated."""
FRESH_SHARE = 0.7
"""Share of lane groups that must be fresh for the trained policy."""
SEEN_SHARE = 0.3
"""Share of lane groups that must be known for actuated control."""
RECOVER_S = 5.0
BARRED_S = 60.0
"""How long the trained policy is not asked again after an error or a veto."""
STARTING_S = 10.0


class Level(IntEnum):
    """Higher is further from the trained policy."""

    AI = 0
    ACTUATED = 1
    FIXED = 2


LEVEL_MODE = {Level.AI: Mode.AI, Level.ACTUATED: Mode.ACTUATED, Level.FIXED: Mode.FIXED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What the ladder judges at a tick. `fresh_share` and `known_share` are shares of lane groups, 0 to 1.

    `night_flash`: by its calendar the junction's signals flash now.
    """

    night_flash: bool
    status_fresh: bool
    ever_counted: bool
    fresh_share: float
    known_share: float
    implausible: bool


class ServerLadder:
    """Starts on the fixed plan, cause starting.

    `policy_cause` None: there is a trained policy; else why there is none. `forced_fixed` keeps the junction on its
    fixed plan, as planned.
    """

    def __init__(self, *, started_s: float, policy_cause: Cause | None, forced_fixed: bool) -> None:
        self.level = Level.FIXED
        self.cause = Cause.STARTING
        self._started_s = started_s
        self._policy_cause = policy_cause
        self._forced_fixed = forced_fixed
        self._better_since_s: float | None = None
        self._barred_since_s = float("-inf")
        self._barred_cause = Cause.POLICY_ERROR

    def step(self, now_s: float, health: Health) -> Level:
        """Moves to where the junction belongs now."""
        level, cause = self._due(now_s, health)
        if level < self.level:
            # The machine's clock may be set back: then the wait starts again.
            if self._better_since_s is None or self._better_since_s > now_s:
                self._better_since_s = now_s
            if now_s - self._better_since_s < RECOVER_S:
                return self.level
        self._better_since_s = None
        starting = self.cause is Cause.STARTING and now_s - self._started_s < STARTING_S
        if not (starting and level is Level.FIXED and not self._forced_fixed):
            self.level, self.cause = level, cause
        return self.level

    def bar_policy(self, now_s: float, cause: Cause) -> None:
        """Takes the junction off the trained policy at once, for `BARRED_S`."""
        self._barred_since_s, self._barred_cause = now_s, cause
        if self.level is Level.AI:
            self.level, self.cause, self._better_since_s = Level.ACTUATED, cause, None

    def change_policy(self, cause: Cause | None) -> None:
        """Another policy from now on (`cause` None), or none and why: what the last one did is forgotten."""
        self._policy_cause = cause
        self._barred_since_s = float("-inf")

    def drop_to_fixed(self, cause: Cause) -> None:
        """Puts the junction on its fixed plan at once: even actuated control failed."""
        self.level, self.cause, self._better_since_s = Level.FIXED, cause, None

    def _due(self, now_s: float, health: Health) -> tuple[Level, Cause]:
        if health.night_flash:
            return Level.FIXED, Cause.NIGHT_FLASH
        if self._forced_fixed:
            return Level.FIXED, Cause.AS_PLANNED
        if not health.status_fresh:
            return Level.FIXED, Cause.NO_STATUS
        if health.known_share < SEEN_SHARE:
            return Level.FIXED, _blind_cause(health)
        cause = self._actuated_cause(now_s, health)
        return (Level.AI, Cause.AS_PLANNED) if cause is None else (Level.ACTUATED, cause)

    def _actuated_cause(self, now_s: float, health: Health) -> Cause | None:
        """Why the trained policy may not run; None when it may."""
        if health.implausible:
            return Cause.IMPLAUSIBLE_COUNTS
        if health.fresh_share < FRESH_SHARE:
            return Cause.STALE_COUNTS
        if self._policy_cause is not None:
            return self._policy_cause
        return self._barred_cause if 0 <= now_s - self._barred_since_s < BARRED_S else None


def _blind_cause(health: Health) -> Cause:
    if health.implausible:
        return Cause.IMPLAUSIBLE_COUNTS
    return Cause.STALE_COUNTS if health.ever_counted else Cause.NO_COUNTS
