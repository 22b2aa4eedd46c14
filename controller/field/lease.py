"""The lease: how long the server's last word counts, by the controller's monotonic clock."""

from __future__ import annotations

from enum import StrEnum

QUIET_S = 4.0
"""Without a good poll for longer than this the controller holds."""


class LeaseState(StrEnum):
    FRESH = "fresh"
    QUIET = "quiet"
    OVER = "over"


class Lease:
    """Counted from the receipt of the last good poll; the server's clock plays no part."""

    def __init__(self, max_s: float) -> None:
        self._max_s = max_s
        self._renewed_s: float | None = None
        self._ends_s = float("-inf")
        self.good_polls = 0

    def renew(self, at_s: float, lease_s: float) -> None:
        """A good poll. `lease_s` counts up to the site's own maximum."""
        if self._renewed_s is None or at_s - self._renewed_s > QUIET_S:
            self.good_polls = 0
        self.good_polls += 1
        self._renewed_s = at_s
        self._ends_s = at_s + min(lease_s, self._max_s)

    def limit(self, max_s: float) -> None:
        """The site's maximum from the next good poll on."""
        self._max_s = max_s

    def miss(self) -> None:
        """A poll that brought nothing good: good polls in a row start again."""
        self.good_polls = 0

    def state(self, now_s: float) -> LeaseState:
        """Fresh, quiet (no good poll for more than 4 s) or over."""
        if self._renewed_s is None or now_s >= self._ends_s:
            return LeaseState.OVER
        return LeaseState.FRESH if now_s - self._renewed_s <= QUIET_S else LeaseState.QUIET

    @property
    def ever(self) -> bool:
        """Whether there was a good poll since the start."""
        return self._renewed_s is not None
