"""A plan by the clock: which stage is due, since when, and until when. Everything that runs plans asks here."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from junction.layout import JunctionLayout
from junction.plan import Plan

EARLY_S = 1e-6
"""A change is due this much before its second: clocks are sums of floats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPosition:
    """Where a plan is: the place of the stage that is due, when the change to it began and when the next one begins,
    all in seconds into the cycle; `into_s` is now."""

    index: int
    stage_id: str
    into_s: float
    since_s: float
    until_s: float


class PlanClock:
    """A plan with the seconds of its changes worked out once. `time_s` is of the day, or of any clock for an isolated
    plan."""

    def __init__(self, plan: Plan, layout: JunctionLayout) -> None:
        self.plan = plan
        self._starts_s = plan.stage_starts_s(layout)

    def into_s(self, time_s: float) -> float:
        """Seconds into the cycle."""
        return (time_s - self.plan.offset_s) % self.plan.cycle_s

    def at(self, time_s: float) -> PlanPosition:
        """The stage that should be running, or be changed to."""
        into_s = self.into_s(time_s)
        index = max(bisect_right(self._starts_s, into_s + EARLY_S) - 1, 0)
        following = index + 1
        return PlanPosition(
            index=index,
            stage_id=self.plan.stages[index].stage_id,
            into_s=into_s,
            since_s=self._starts_s[index],
            until_s=self._starts_s[following] if following < len(self._starts_s) else self.plan.cycle_s,
        )
