"""The policy that runs plans by the clock: today's fixed timing, Webster's, or the time-of-day table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.policy import Proposal, Situation
from junction.site import Site
from junction.timetable import PlanChooser, Timetable, table_plan


class PlanPolicy:
    """Proposes the stage that is due by each junction's plan and local time of day.

    `sites` by junction id; `choose` says which plan runs when. At every stage change it wants the next stage at once,
    so a junction that has lost its place catches up as fast as the guard lets it: by what its greens exceed their
    minima, each cycle.
    """

    interval_s = 1.0

    def __init__(self, name: str, sites: Mapping[str, Site], choose: PlanChooser = table_plan) -> None:
        self._name = name
        self._timetables = {junction_id: Timetable(site, choose) for junction_id, site in sites.items()}

    @property
    def name(self) -> str:
        return self._name

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:  # noqa: ARG002 - Policy's protocol
        """Raises InputError for a junction that has no site here. A plan needs no seed."""
        missing = sorted(layout.id for layout in layouts if layout.id not in self._timetables)
        if missing:
            raise InputError(f"policy {self._name}.sites", expected="a site for every junction", got=missing)

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        """The stage due now at each junction."""
        return [Proposal(stage_id=self._timetables[s.layout.id].stage_due(s.observation.time_s)) for s in situations]
