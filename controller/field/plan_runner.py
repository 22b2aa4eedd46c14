"""Runs a plan by the clock: which stage is due now."""

from __future__ import annotations

from bisect import bisect_right

from junction.layout import JunctionLayout
from junction.plan import Plan


class PlanRunner:
    """Changes from one plan to another at the reference point, the start of the running plan's cycle."""

    def __init__(self, layout: JunctionLayout) -> None:
        self._layout = layout
        self._plan: Plan | None = None
        self._starts_s: tuple[float, ...] = ()
        self._into_s = 0.0

    @property
    def plan_id(self) -> str | None:
        """The plan that runs; None while none does."""
        return self._plan.id if self._plan is not None else None

    def due(self, wanted: Plan, time_s: float) -> str:
        """The stage due at `time_s` (seconds of the day, or of any clock for an isolated plan)."""
        plan = self._plan
        if plan is None or (plan != wanted and (time_s - plan.offset_s) % plan.cycle_s < self._into_s):
            plan = self._plan = wanted
            self._starts_s = wanted.stage_starts_s(self._layout)
        self._into_s = (time_s - plan.offset_s) % plan.cycle_s
        index = bisect_right(self._starts_s, self._into_s + 1e-6) - 1
        return plan.stages[max(index, 0)].stage_id

    def stop(self) -> None:
        """Something else times the junction now: the next plan begins at once."""
        self._plan = None
