"""A trained policy as the service runs it: a junction whose camera shows too little is handed over.

Each junction goes by `junction.handover`, as on the service's ladder: the trained policy, actuated control on
remembered traffic (`junction.remembered`), the plan of the hour. What else moves the ladder (a policy's error, counts
that cannot be true, a controller that does not report) does not happen in an evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from junction.actuated import ActuatedPolicy
from junction.handover import Level, Sight, SlowClimb
from junction.layout import JunctionLayout
from junction.plan_policy import PlanPolicy
from junction.policy import Policy, Proposal, Situation
from junction.remembered import RememberedTraffic
from junction.site import Site


class ServedPolicy:
    """`Policy` over a trained one. Every junction begins on its plan, until its camera has been seen to work."""

    def __init__(self, trained: Policy, sites: Mapping[str, Site]) -> None:
        self.trained = trained
        """The trained policy itself, whatever the cameras show."""
        self._actuated = ActuatedPolicy()
        self._plan = PlanPolicy("fixed", sites)
        self._traffic: dict[str, RememberedTraffic] = {}
        self._climbs: dict[str, SlowClimb] = {}

    @property
    def name(self) -> str:
        return self.trained.name

    @property
    def interval_s(self) -> float:
        return self.trained.interval_s

    def reset(self, layouts: Sequence[JunctionLayout], seed: int) -> None:
        """Raises InputError for a junction that has no site here."""
        for policy in (self.trained, self._actuated, self._plan):
            policy.reset(layouts, seed)
        self._traffic = {layout.id: RememberedTraffic(layout) for layout in layouts}
        self._climbs = {layout.id: SlowClimb(Level.FIXED) for layout in layouts}

    def propose(self, situations: Sequence[Situation]) -> list[Proposal]:
        """By each junction's level; those at the trained policy are still asked in one batch."""
        levels = [self._level(situation) for situation in situations]
        remembered = [replace(s, observation=self._traffic[s.layout.id].carried_on(s.observation)) for s in situations]
        proposals: list[Proposal | None] = [None] * len(situations)
        for level, policy, asked in (
            (Level.AI, self.trained, situations),
            (Level.ACTUATED, self._actuated, remembered),
            (Level.FIXED, self._plan, situations),
        ):
            at = [index for index, own in enumerate(levels) if own is level]
            for index, proposal in zip(at, policy.propose([asked[i] for i in at]), strict=True):
                proposals[index] = proposal
        return [proposal for proposal in proposals if proposal is not None]

    def _level(self, situation: Situation) -> Level:
        observation = situation.observation
        ages_s = [reading.age_s for reading in observation.readings if reading.age_s is not None]
        climb = self._climbs[situation.layout.id]
        climb.step(observation.time_s, Sight.of(ages_s, len(observation.readings)).level)
        return climb.level
