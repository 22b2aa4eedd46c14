"""Runs a plan by the clock: which stage is due now."""

from __future__ import annotations

from junction.layout import JunctionLayout
from junction.plan import Plan
from junction.plan_clock import PlanClock


class PlanRunner:
    """Changes from one plan to another at the reference point, the start of the running plan's cycle."""

    def __init__(self, layout: JunctionLayout) -> None:
        self._layout = layout
        self._clock: PlanClock | None = None
        self._into_s = 0.0

    @property
    def plan_id(self) -> str | None:
        """The plan that runs; None while none does."""
        return self._clock.plan.id if self._clock is not None else None

    def due(self, wanted: Plan, time_s: float) -> str:
        """The stage due at `time_s` (seconds of the day, or of any clock for an isolated plan)."""
        clock = self._clock
        if clock is None or (clock.plan != wanted and clock.into_s(time_s) < self._into_s):
            clock = self._clock = PlanClock(wanted, self._layout)
        position = clock.at(time_s)
        self._into_s = position.into_s
        return position.stage_id

    def stop(self) -> None:
        """Something else times the junction now: the next plan begins at once."""
        self._clock = None
