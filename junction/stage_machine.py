"""The stage machine: the only thing that moves lamps, in the simulation and in the field controller alike.

It puts every proposal before the guard and executes exactly the lamp times that the guard judged. When a stage is
green, the guard says until when it may surely be held; until then a tick that only holds needs no new review.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from junction.change import Change, expand_change
from junction.guard import Guard, Ruling
from junction.layout import JunctionLayout
from junction.rescue import TICK_DS
from junction.signals import Lamp, SignalState, all_red_state


class StageMachine:
    """The lamps of one junction over time. Starts all red.

    Times are tenths of a second on any clock that never goes back; ticks should be at most 1 s apart
    (`junction.rescue.TICK_DS`). A lamp changes at the first tick at or after its time, and that tick is its time.
    `guard` is the layout's, where one is kept from run to run.
    """

    def __init__(self, layout: JunctionLayout, now_ds: int, guard: Guard | None = None) -> None:
        self.layout = layout
        self.guard = Guard(layout) if guard is None else guard
        self._now_ds = now_ds
        self._state = all_red_state(layout, now_ds)
        self._change: Change | None = None
        self._due_ds = now_ds
        self._kept = tuple(Ruling(stage=stage, accepted=True) for stage in range(len(layout.stages)))
        self._hold_until_ds = now_ds

    @property
    def state(self) -> SignalState:
        """The lamps now, with their ages."""
        if self._state.now_ds != self._now_ds:
            self._state = self._state.at(self._now_ds)
        return self._state

    def allowed(self) -> NDArray[np.bool_]:
        """The guard's mask for now, shape (stages,)."""
        return self.guard.allowed(self.state)

    def tick(self, now_ds: int, proposed: object) -> Ruling:
        """Move to `now_ds`, put the proposal (a stage's id; None: hold) before the guard, and do what it rules.

        A time before the last tick's counts as the last tick's.
        """
        self._now_ds = max(now_ds, self._now_ds)
        if self._change is not None:
            self._advance(self._change)
        elif self._now_ds + TICK_DS <= self._hold_until_ds and (
            proposed is None or (isinstance(proposed, str) and proposed == self.layout.stages[self._state.stage].id)
        ):
            return self._kept[self._state.stage]
        ruling = self.guard.review_stage(self.state, proposed)
        if self._change is None and self._differs(ruling.stage):
            self._begin(expand_change(self.layout, self.state, ruling.stage, self._now_ds))
        return ruling

    def idle_until_ds(self, proposed: str | None) -> int:
        """Ticks before this time that repeat `proposed` move no lamp and rule the stage that is ruled now.

        A time that is not after the last tick's says that every tick counts. Always right, not always the latest.
        """
        change, state, guard = self._change, self._state, self.guard
        if change is not None:
            return self._due_ds
        groups = self.layout.stage_groups
        wanted = state.stage if proposed is None else self.layout.stage_index.get(proposed, state.stage)
        if wanted == state.stage:
            return self._hold_until_ds - TICK_DS + 1
        return guard.losing_ready_ds(state, groups[wanted]) if groups[state.stage] == state.green else self._now_ds

    def _differs(self, stage: int) -> bool:
        return stage != self._state.stage or self._state.green != self.layout.stage_groups[stage]

    def close(self, now_ds: int) -> bool:
        """Ends every green, once each had its minimum and no change is under way; whether all lamps are red.

        Ticked like `tick`, in its place, by whoever gives up this machine for another: no group is served any more.
        """
        self._now_ds = max(now_ds, self._now_ds)
        if self._change is not None:
            self._advance(self._change)
        elif self.state.green and self.guard.ready_ds(self.state) <= self._now_ds:
            losing = tuple(sorted(self.state.green))
            self._begin(
                Change(
                    stage=self._state.stage,
                    at_ds=self._now_ds,
                    green_ds=self._now_ds,
                    losing=losing,
                    red_ds=tuple(self._now_ds + self.layout.amber_ds[group] for group in losing),
                    gaining=(),
                    continuing=(),
                )
            )
        return all(lamp is Lamp.RED for lamp in self._state.lamps)

    def _begin(self, change: Change) -> None:
        state = self.state
        lamps, since, ended = list(state.lamps), list(state.since_ds), list(state.green_end_ds)
        for group in change.losing:
            lamps[group], since[group], ended[group] = Lamp.AMBER, self._now_ds, self._now_ds
        self._state = SignalState(
            now_ds=self._now_ds,
            lamps=tuple(lamps),
            since_ds=tuple(since),
            green_end_ds=tuple(ended),
            stage=change.stage,
            stage_since_ds=change.green_ds,
            in_transition=True,
        )
        self._change = change
        self._due_ds = self._now_ds
        self._advance(change)

    def _advance(self, change: Change) -> None:
        """Show what of the change is due by now."""
        now_ds, state = self._now_ds, self._state
        if now_ds < self._due_ds:
            return
        lamps, since = list(state.lamps), list(state.since_ds)
        for group, red_ds in zip(change.losing, change.red_ds, strict=True):
            if lamps[group] is Lamp.AMBER and now_ds >= red_ds:
                lamps[group], since[group] = Lamp.RED, now_ds
        started_ds = state.stage_since_ds
        for group in change.gaining:
            if lamps[group] is Lamp.RED and now_ds >= change.green_ds:
                lamps[group], since[group] = Lamp.GREEN, now_ds
                started_ds = now_ds
        done = now_ds >= change.done_ds
        self._state = SignalState(
            now_ds=now_ds,
            lamps=tuple(lamps),
            since_ds=tuple(since),
            green_end_ds=state.green_end_ds,
            stage=state.stage,
            stage_since_ds=started_ds,
            in_transition=not done,
        )
        if done:
            self._change = None
            self._hold_until_ds = self.guard.hold_until_ds(self._state)
        else:
            self._due_ds = min(at_ds for at_ds in (*change.red_ds, change.green_ds, change.done_ds) if at_ds > now_ds)
