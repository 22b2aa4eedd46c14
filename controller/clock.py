"""The service's clock: Unix seconds, from the machine or from whoever drives a simulated street."""

from __future__ import annotations

import time
from typing import Protocol

from junction.errors import InputError


class Clock(Protocol):
    """Unix seconds (UTC)."""

    def now_s(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now_s(self) -> float:
        return time.time()


class DrivenClock:
    """Stands still until it is moved; only moves forward."""

    def __init__(self, start_s: float) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        return self._now_s

    def move_to(self, time_s: float) -> None:
        """Raises InputError for a time before the present one."""
        if time_s < self._now_s:
            raise InputError("time_at", expected=f"no time before {self._now_s}", got=time_s)
        self._now_s = time_s
