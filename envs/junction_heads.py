"""A junction's signal heads on the simulated street: a stage machine moves them, and nothing else can."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from envs.sumo import SumoStreet
from junction.guard import Guard, Ruling
from junction.layout import JunctionLayout, deciseconds
from junction.signals import Lamp, SignalState
from junction.site import Site
from junction.stage_machine import StageMachine
from junction.timetable import Timetable


class GuardedJunction:
    """A stage machine with its lamps on the street. Its clock is the street's: SUMO seconds.

    A wish stands until it is replaced, as on the street, where a controller moves to the stage that the server wants
    as soon as its guard allows. `guard` is the layout's, where one is kept from run to run.
    """

    def __init__(self, layout: JunctionLayout, street: SumoStreet, guard: Guard | None = None) -> None:
        self.layout = layout
        self._street = street
        self._machine = StageMachine(layout, deciseconds(street.time_s), guard)
        self._later = self._machine.state
        self._objections: dict[str, None] = {}
        self._shown: tuple[Lamp, ...] = ()
        self._show()

    @property
    def guard(self) -> Guard:
        """The guard that judges this junction's wishes."""
        return self._machine.guard

    @property
    def stage_id(self) -> str:
        """The stage that is green or being changed to."""
        return self.layout.stages[self._machine.state.stage].id

    def tick(self, proposed: str | None) -> Ruling:
        """Put the wish before the guard at the street's present second and show what it rules."""
        ruling = self._machine.tick(deciseconds(self._street.time_s), proposed)
        self._show()
        if not ruling.accepted:
            self._objections.update(dict.fromkeys(ruling.reasons))
        return ruling

    def _show(self) -> None:
        lamps = self._machine.state.lamps
        if lamps is not self._shown:
            self._street.show(self.layout.id, lamps)
            self._shown = lamps

    def take_objections(self) -> tuple[str, ...]:
        """The guard's reasons for every wish that it did not apply since this was last asked, each once."""
        reasons = tuple(self._objections)
        self._objections.clear()
        return reasons

    def signals(self) -> SignalState:
        """The lamps at the street's present second, before this second's wish.

        What is due of a change that is under way is shown first: no wish could alter it.
        """
        now_ds = deciseconds(self._street.time_s)
        state = self._machine.state
        if state.in_transition and state.now_ds < now_ds and self._machine.idle_until_ds(None) <= now_ds:
            self.tick(None)
            state = self._machine.state
        if state.now_ds == now_ds:
            return state
        if self._later.now_ds != now_ds or self._later.since_ds is not state.since_ds:
            self._later = state.at(now_ds)
        return self._later

    def idle_until_ds(self, proposed: str | None) -> int:
        """Ticks before this time that repeat `proposed` change nothing: see `StageMachine.idle_until_ds`."""
        return self._machine.idle_until_ds(proposed)

    def allowed(self) -> NDArray[np.bool_]:
        """The guard's mask at the street's present second, shape (stages,)."""
        return self._machine.guard.allowed(self.signals())


class FixedPlanWish:
    """The stage due by the site's timetable, on the street's clock.

    SUMO seconds count from local midnight of the scenario's day.
    """

    def __init__(self, site: Site, day_start_at: float) -> None:
        self._timetable = Timetable(site)
        self._day_start_at = day_start_at
        self._due_until_s = -1.0

    def __call__(self, time_s: float) -> str:
        due = self._timetable.due(self._day_start_at + time_s)
        self._due_until_s = due.until_s - self._day_start_at
        return due.position.stage_id

    @property
    def due_until_s(self) -> float:
        """Until when the last answer surely stands."""
        return self._due_until_s
