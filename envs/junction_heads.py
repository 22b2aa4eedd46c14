"""A junction's signal heads on the simulated street: a stage machine moves them, and nothing else can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from envs.sumo import SumoStreet
from junction.guard import Ruling
from junction.layout import JunctionLayout, deciseconds
from junction.plan import DAY_S, Plan
from junction.signals import SignalState
from junction.site import Site
from junction.stage_machine import StageMachine


class GuardedJunction:
    """A stage machine with its lamps on the street. Its clock is the street's: SUMO seconds.

    A wish stands until it is replaced, as on the street, where a controller moves to the stage that the server wants
    as soon as its guard allows.
    """

    def __init__(self, layout: JunctionLayout, street: SumoStreet) -> None:
        self.layout = layout
        self._street = street
        self._machine = StageMachine(layout, deciseconds(street.time_s))
        street.show(layout.id, self._machine.state.lamps)

    @property
    def stage_id(self) -> str:
        """The stage that is green or being changed to."""
        return self.layout.stages[self._machine.state.stage].id

    def tick(self, proposed: str | None) -> Ruling:
        """Put the wish before the guard at the street's present second and show what it rules."""
        ruling = self._machine.tick(deciseconds(self._street.time_s), proposed)
        self._street.show(self.layout.id, self._machine.state.lamps)
        return ruling

    def signals(self) -> SignalState:
        """The lamps at the street's present second, before this second's wish.

        A change that is under way is carried on first: no wish could alter it.
        """
        if self._machine.state.in_transition:
            self.tick(None)
        return replace(self._machine.state, now_ds=deciseconds(self._street.time_s))

    def allowed(self) -> NDArray[np.bool_]:
        """The guard's mask at the street's present second, shape (stages,)."""
        return self._machine.guard.allowed(self.signals())


class FixedPlanWish:
    """The stage due by the site's time-of-day table, as `junction.plan_policy` proposes it, on the street's clock.

    SUMO seconds count from local midnight of the scenario's day, so no time zone is asked every second.
    """

    def __init__(self, site: Site, day_start_at: float) -> None:
        self._site = site
        self._day_start_at = day_start_at
        self._minute = -1
        self._plan: Plan | None = None
        self._starts: list[tuple[float, str]] = []

    def __call__(self, time_s: float) -> str:
        minute = int(time_s // 60)
        if minute != self._minute:
            self._minute = minute
            plan = self._site.plan_at(self._day_start_at + time_s)
            if plan is not self._plan:
                starts_s = plan.stage_starts_s(self._site.layout)
                self._plan = plan
                self._starts = [(s, stage.stage_id) for s, stage in zip(starts_s, plan.stages, strict=True)]
        assert self._plan is not None
        into_s = (time_s % DAY_S - self._plan.offset_s) % self._plan.cycle_s
        due = self._starts[0][1]
        for start_s, stage_id in self._starts:
            if into_s >= start_s - 1e-6:
                due = stage_id
        return due
