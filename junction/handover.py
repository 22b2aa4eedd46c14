"""Who may time a junction by how much its cameras show: the trained policy, actuated control, or a plan.

One rule for the service's ladder and for the evaluator's `agents.served_policy`: down at once, up only after the better
level has been due for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from junction.observation import MAX_AGE_S

FRESH_S = 12.0
"""A reading older than this is too old for the trained policy: a camera that reports every 5 s may lose one report.
`junction.observation.MAX_AGE_S` bounds actuated."""
FRESH_SHARE = 0.7
"""Share of lane groups that must be fresh for the trained policy, or remembered for actuated control."""
SEEN_SHARE = 0.3
"""Share of lane groups that must be known for actuated control on what is seen."""
REMEMBERED_S = 600.0
"""For so long after its camera was last heard, actuated control may go by the traffic that `junction.remembered`
carries on."""
RECOVER_S = 5.0


class Level(IntEnum):
    """Higher is further from the trained policy."""

    AI = 0
    ACTUATED = 1
    FIXED = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What cameras show of a junction now: shares of its lane groups, 0 to 1."""

    fresh_share: float
    known_share: float
    remembered_share: float

    @classmethod
    def of(cls, ages_s: Iterable[float], lane_groups: int) -> Self:
        """From the ages in seconds of the readings that there are, and how many lane groups there are."""
        fresh = known = remembered = 0
        for age_s in ages_s:
            fresh += age_s <= FRESH_S
            known += age_s <= MAX_AGE_S
            remembered += age_s <= REMEMBERED_S
        of = max(1, lane_groups)
        return cls(fresh_share=fresh / of, known_share=known / of, remembered_share=remembered / of)

    @property
    def level(self) -> Level:
        """The best level that may go by what is seen."""
        if self.fresh_share >= FRESH_SHARE:
            return Level.AI
        seen = self.known_share >= SEEN_SHARE or self.remembered_share >= FRESH_SHARE
        return Level.ACTUATED if seen else Level.FIXED


class SlowClimb:
    """A level that falls at once and rises only after a better one has been due for `RECOVER_S` without a break."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self._better_since_s: float | None = None

    def step(self, now_s: float, due: Level) -> bool:
        """Whether the level is now the one that is due; a fall to it, or staying at it, always is."""
        if due < self.level:
            # The machine's clock may be set back: then the wait starts again.
            if self._better_since_s is None or self._better_since_s > now_s:
                self._better_since_s = now_s
            if now_s - self._better_since_s < RECOVER_S:
                return False
        self.put(due)
        return True

    def put(self, level: Level) -> None:
        """That level at once; a climb that had begun begins again."""
        self.level, self._better_since_s = level, None
