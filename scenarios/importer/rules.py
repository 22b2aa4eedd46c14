"""What the import is told: the timing that an imported junction must keep. Nothing here is read off a network."""

from __future__ import annotations

import math
from dataclasses import dataclass

from junction.errors import InputError
from junction.layout import Turn

LEAST_ALL_RED_S = 1.0
"""Where the clearing distance asks for less: the red that the guard keeps between amber and green anyway."""
AMBER_BY_SPEED_S = ((50.0, 3.0), (60.0, 4.0), (math.inf, 5.0))
"""Amber up to a speed in km/h (RiLSA 2010, 2.5: 3 s at 50, 4 s at 60, 5 s at 70 km/h)."""
CLEARING_SPEED_MPS = {Turn.STRAIGHT: 10.0}
TURNING_SPEED_MPS = 7.0
CLEARING_LENGTH_M = 6.0
ENTERING_SPEED_MPS = 40 / 3.6
"""Clearing at 10 m/s straight on and 7 m/s turning, with 6 m of vehicle; entering at 40 km/h (RiLSA 2010, 2.7)."""


@dataclass(frozen=True, kw_only=True)
class ImportRules:
    """Limits in seconds. `amber_s` None: by approach speed. `all_red_s` None: intergreens by clearing distance.

    A given `all_red_s` is taken as it is: every intergreen is then amber + all-red, as benchmarks fix it.
    `min_green_turn_s` is for groups that only turn across oncoming traffic. Minima default to IRC:93-1985's.
    Raises InputError for limits that no junction could keep.
    """

    amber_s: float | None = None
    all_red_s: float | None = None
    min_green_s: float = 16.0
    min_green_turn_s: float = 10.0
    max_green_s: float = 90.0
    max_red_s: float = 160.0
    lefthand: bool | None = None
    timezone: str = "UTC"
    seed: int = 1

    def __post_init__(self) -> None:
        for name, low, high in (
            ("amber_s", 2.0, 10.0),
            ("all_red_s", 0.0, 20.0),
            ("min_green_s", 1.0, 60.0),
            ("min_green_turn_s", 1.0, 60.0),
            ("max_green_s", max(self.min_green_s, self.min_green_turn_s), 3600.0),
            ("max_red_s", 120.0, 180.0),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"import rules.{name}", expected=f"{low:g} to {high:g} s", got=value)

    def amber_at(self, speed_kmh: float) -> float:
        """Amber in seconds on an approach of that speed."""
        if self.amber_s is not None:
            return self.amber_s
        return next(amber for up_to, amber in AMBER_BY_SPEED_S if speed_kmh <= up_to + 0.5)

    @property
    def least_all_red_s(self) -> float:
        return LEAST_ALL_RED_S if self.all_red_s is None else self.all_red_s
