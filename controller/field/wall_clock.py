"""Whether the controller's time of day can be trusted, judged against its monotonic clock and the server's stamps."""

from __future__ import annotations

EARLIEST_S = 1_577_836_800.0
"""2020-01-01: a clock before it has lost its battery."""
MAX_STEP_S = 2.0
"""A step against the monotonic clock by more than this makes the time of day doubtful."""
MAX_ERROR_S = 5.0
"""A signed stamp that agrees this well ends the doubt; one that differs more begins it."""


class WallClock:
    """Fed at every tick with both clocks, and at every good poll with the server's stamp."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._doubtful = False
        self._plausible = False
        self.error_ms: float | None = None

    def tick(self, now_s: float, wall_s: float) -> None:
        """Notices a step of the time of day."""
        offset_s = wall_s - now_s
        if self._offset_s is not None and abs(offset_s - self._offset_s) > MAX_STEP_S:
            self._doubtful = True
        self._offset_s = offset_s
        self._plausible = wall_s >= EARLIEST_S

    def compare(self, at_s: float, issued_at_s: float) -> None:
        """A stamp of the server, received at `at_s` monotonic."""
        if self._offset_s is None:
            return
        error_s = at_s + self._offset_s - issued_at_s
        self.error_ms = round(error_s * 1000, 1)
        self._doubtful = abs(error_s) > MAX_ERROR_S

    def wall_s(self, at_s: float) -> float | None:
        """The time of day at a monotonic time; None before the first tick."""
        return None if self._offset_s is None else at_s + self._offset_s

    @property
    def trusted(self) -> bool:
        """Whether plans may be coordinated by this clock."""
        return self._plausible and not self._doubtful
