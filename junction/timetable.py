"""A site's fixed plans by the clock, with the answer kept for as long as it stands: the server's rung, a policy, the
simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from junction.plan import Plan
from junction.plan_clock import EARLY_S, PlanClock, PlanPosition
from junction.site import Site

PlanChooser = Callable[[Site, float], Plan]
"""The plan that a site runs at a Unix time. It changes at whole minutes only, as a site's table and its calendar do."""


def table_plan(site: Site, time_s: float) -> Plan:
    """The plan that the site's table names, by its calendar."""
    return site.plan_at(time_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """The plan and its position at `from_s`; stand until `until_s` (Unix seconds)."""

    plan: Plan
    position: PlanPosition
    from_s: float
    until_s: float

    @property
    def change_began_s(self) -> float:
        """When the change to the stage that is due began."""
        return self.from_s - self.position.into_s + self.position.since_s


class Timetable:
    """One site's. `choose` says which plan runs when."""

    def __init__(self, site: Site, choose: PlanChooser = table_plan) -> None:
        self._site = site
        self._choose = choose
        self._clock: PlanClock | None = None
        self._due: Due | None = None

    def due(self, time_s: float) -> Due:
        """What is due at a Unix time."""
        due = self._due
        if due is None or not due.from_s <= time_s < due.until_s:
            due = self._due = self._look_up(time_s)
        return due

    def stage_due(self, time_s: float) -> str:
        """The stage that should be running, or be changed to."""
        return self.due(time_s).position.stage_id

    def _look_up(self, time_s: float) -> Due:
        plan = self._choose(self._site, time_s)
        if self._clock is None or self._clock.plan is not plan:
            self._clock = PlanClock(plan, self._site.layout)
        position = self._clock.at(self._site.time_of_day_s(time_s))
        # A table, midnight or summer time can bring another plan at any whole minute.
        stage_ends_s = time_s + position.until_s - position.into_s - EARLY_S
        return Due(plan=plan, position=position, from_s=time_s, until_s=min(stage_ends_s, 60 * (time_s // 60 + 1)))
