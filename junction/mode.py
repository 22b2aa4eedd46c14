"""Who is timing a junction, and why: the words that the ladder, the page and the KPIs share."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Mode(StrEnum):
    """What times a junction now."""

    AI = "ai"
    ACTUATED = "actuated"
    FIXED = "fixed"
    MANUAL = "manual"
    HOLD = "hold"
    ISOLATED = "isolated"
    FLASH = "flash"
    DARK = "dark"


class Rung(IntEnum):
    """A field controller's rung on the fallback ladder; higher is further from the server's wishes."""

    ADAPTIVE = 0
    HOLD = 1
    FIXED = 2
    ISOLATED = 3
    FLASH = 4


RUNG_MODE = {
    Rung.HOLD: Mode.HOLD,
    Rung.FIXED: Mode.FIXED,
    Rung.ISOLATED: Mode.ISOLATED,
    Rung.FLASH: Mode.FLASH,
}
"""The mode a rung shows; on rung 0 the mode is the one the control document names."""


class Cause(StrEnum):
    """Why a junction is in its mode."""

    AS_PLANNED = "as_planned"
    STARTING = "starting"
    NO_COUNTS = "no_counts"
    STALE_COUNTS = "stale_counts"
    IMPLAUSIBLE_COUNTS = "implausible_counts"
    NO_POLICY = "no_policy"
    POLICY_ERROR = "policy_error"
    GUARD_VETO = "guard_veto"
    NO_POLL = "no_poll"
    LEASE_OVER = "lease_over"
    CLOCK_UNTRUSTED = "clock_untrusted"
    TABLE_INVALID = "table_invalid"
    CONFLICT_MONITOR = "conflict_monitor"
    POLICE = "police"
    OPERATOR = "operator"
    NO_STATUS = "no_status"
    POWER_LOST = "power_lost"
    LAMPS_OUT = "lamps_out"
    CORRIDOR = "corridor"
    LEVEL_CROSSING = "level_crossing"
    NIGHT_FLASH = "night_flash"
