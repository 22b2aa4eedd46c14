"""The mode for countdown displays: stages in a fixed order, each one's green announced once and then kept.

The order is that of the junction's fixed plan. A length is chosen at the first decision after the change to a stage
has begun; with an `interval_s` no longer than the shortest intergreen it is known when the green begins. From then on
only the announced length may be "chosen", so the mask says it too, until the stage ends. The guard may still cut a
green short or keep it longer: then `interventions` in `info` says why.

A length is offered when the guard, asked now, would hold the stage for as long and then change to the next one. Where
none passes, the shortest that keeps the minimum green is offered, and the guard decides what becomes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from envs.action_mode import FOREVER_DS, TAKEN, Action, JunctionActions, Verdict, masks_of, whole_number
from envs.junction_heads import GuardedJunction
from junction.change import after_change, expand_change
from junction.errors import InputError
from junction.layout import deciseconds
from junction.plan import Plan
from junction.rescue import TICK_DS
from junction.signals import Lamp, SignalState
from junction.site import Site

GREENS_S = (7, 10, 13, 16, 20, 25, 30, 35, 40, 50, 60, 75, 90)
"""Greens on offer, in seconds: fine where a second matters, up to the longest maximum green in use."""


@dataclass(frozen=True)
class StageDuration:
    """Discrete(len(greens_s)): how long the stage that has just begun is to be green."""

    name: str = "stage_duration"
    masked: bool = True
    greens_s: tuple[int, ...] = GREENS_S

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.greens_s))
        if not (self.greens_s and rising and self.greens_s[0] >= 1):
            raise InputError("greens_s", expected="whole seconds, rising", got=self.greens_s)

    def space(self) -> spaces.Space[Any]:
        return spaces.Discrete(len(self.greens_s))

    def at_junction(
        self,
        site: Site,
        head: GuardedJunction,
        *,
        day_start_at: float,
        interval_s: float,  # noqa: ARG002 - ActionMode's protocol
    ) -> JunctionActions:
        plan = site.plan_at(day_start_at + head.signals().now_ds / 10)
        return _AnnouncedStages(stage_order(plan), head, self.greens_s)

    def masks(self, junctions: Sequence[JunctionActions], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return masks_of(junctions, allowed)


def stage_order(plan: Plan) -> tuple[str, ...]:
    """The plan's stages in order, without those that only go on with the one before."""
    ids = [stage.stage_id for stage in plan.stages]
    return tuple(b for a, b in pairwise([ids[-1], *ids]) if a != b) or (ids[0],)


class _AnnouncedStages:
    def __init__(self, order: tuple[str, ...], head: GuardedJunction, greens_s: tuple[int, ...]) -> None:
        self._head = head
        self._layout = head.layout
        self._order = order
        self._greens_s = greens_s
        self._place = 0
        self._stage: int | None = None
        self._began_ds: int | None = None
        self._announced: int | None = None

    @property
    def due(self) -> bool:
        self._follow()
        return self._announced is None

    def mask(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002 - JunctionActions' protocol
        self._follow()
        if self._announced is not None:
            stands: NDArray[np.bool_] = np.arange(len(self._greens_s)) == self._announced
            return stands
        return self._offered(self._settled())

    def take(self, action: Action) -> Verdict:
        index = whole_number(action)
        self._follow()
        if not 0 <= index < len(self._greens_s):
            return Verdict(accepted=False, reasons=(f"no green #{index} here",))
        if self._announced is not None:
            stands = index == self._announced
            return TAKEN if stands else Verdict(accepted=False, reasons=("an announced green stands",))
        settled = self._settled()
        if not self._offered(settled)[index]:
            return Verdict(accepted=False, reasons=self._objections(settled, self._greens_s[index]))
        self._announced = index
        return TAKEN

    def wish(self) -> str | None:
        state = self._follow()
        end_ds = self._end_ds(state)
        if end_ds is None or state.now_ds < end_ds:
            assert self._stage is not None
            return self._layout.stages[self._stage].id
        if self._next_stage == self._layout.stages[state.stage].id:
            self._began_ds, self._announced = state.now_ds, None  # the only stage begins anew
        return self._next_stage

    def wish_until_ds(self) -> int:
        state = self._follow()
        end_ds = self._end_ds(state)
        return FOREVER_DS if end_ds is None else max(end_ds, state.now_ds + TICK_DS)

    def applied(self) -> dict[str, Any]:
        """The announced green in seconds and what is left of it; None where none is announced."""
        state = self._follow()
        end_ds = self._end_ds(state)
        return {
            "green_s": None if self._announced is None else self._greens_s[self._announced],
            "countdown_s": None if end_ds is None else max(0, end_ds - state.now_ds) / 10,
            "next_stage": self._next_stage,
        }

    @property
    def _next_stage(self) -> str:
        return self._order[(self._place + 1) % len(self._order)]

    def _follow(self) -> SignalState:
        """The lamps now. A stage that was not running when last asked has begun: its green is not yet announced."""
        state = self._head.signals()
        stage = state.stage
        if not state.in_transition and not state.green:
            stage = self._layout.stage_index[self._order[self._place]]
        if stage != self._stage:
            self._stage, self._began_ds, self._announced = stage, None, None
            self._place = self._place_of(self._layout.stages[stage].id)
        return state

    def _place_of(self, stage_id: str) -> int:
        """The next place of that stage in the order; the present one when it is not in it (a choice of the guard)."""
        places = [(self._place + step) % len(self._order) for step in range(1, len(self._order) + 1)]
        return next((place for place in places if self._order[place] == stage_id), self._place)

    def _start_ds(self, state: SignalState) -> int:
        """When the stage's green began, or is to begin: on a tick."""
        if self._began_ds is not None:
            return self._began_ds
        ticks_left = -(-max(0, state.stage_since_ds - state.now_ds) // TICK_DS)
        return state.now_ds + ticks_left * TICK_DS if ticks_left else state.stage_since_ds

    def _end_ds(self, state: SignalState) -> int | None:
        if self._announced is None or not (state.in_transition or state.green):
            return None
        return self._start_ds(state) + deciseconds(self._greens_s[self._announced])

    def _settled(self) -> SignalState:
        """The lamps once the change under way is done, or the present ones."""
        state, layout = self._head.signals(), self._layout
        if not state.in_transition:
            if state.green:
                return state
            assert self._stage is not None
            return after_change(state, expand_change(layout, state, self._stage, state.now_ds))
        start_ds = self._start_ds(state)
        wanted = layout.stage_groups[state.stage]
        lamps, since = list(state.lamps), list(state.since_ds)
        for group, lamp in enumerate(state.lamps):
            if group in wanted and lamp is not Lamp.GREEN:
                lamps[group], since[group] = Lamp.GREEN, start_ds
            elif lamp is Lamp.AMBER:
                lamps[group], since[group] = Lamp.RED, state.green_end_ds[group] + layout.amber_ds[group]
        return replace(
            state,
            now_ds=max(start_ds, *since),
            lamps=tuple(lamps),
            since_ds=tuple(since),
            stage_since_ds=start_ds,
            in_transition=False,
        )

    def _offered(self, settled: SignalState) -> NDArray[np.bool_]:
        offered = np.array([not self._objections(settled, green_s) for green_s in self._greens_s])
        if not offered.any():
            ready_ds = max(self._head.guard.ready_ds(settled), self._head.signals().now_ds + 1)
            ends_ds = [self._green_start_ds(settled) + deciseconds(green_s) for green_s in self._greens_s]
            offered[next((i for i, end_ds in enumerate(ends_ds) if end_ds >= ready_ds), -1)] = True
        return offered

    def _objections(self, settled: SignalState, green_s: int) -> tuple[str, ...]:
        """Why this green would not run as announced."""
        guard = self._head.guard
        end_ds = self._green_start_ds(settled) + deciseconds(green_s)
        if end_ds <= self._head.signals().now_ds:
            return (f"green for longer than {green_s} s already",)
        running = self._layout.stages[settled.stage].id
        if end_ds - TICK_DS > settled.now_ds:
            held = guard.review_stage(replace(settled, now_ds=end_ds - TICK_DS), running)
            if not held.accepted:
                return held.reasons
        return guard.review_stage(replace(settled, now_ds=max(end_ds, settled.now_ds)), self._next_stage).reasons

    def _green_start_ds(self, settled: SignalState) -> int:
        return settled.stage_since_ds if self._began_ds is None else self._began_ds
