"""What can be said of a junction's lamps whatever the time, so that most of the guard's answers need no look ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from junction.layout import JunctionLayout
from junction.rescue import LATE_DS, NEVER_DS, TICK_DS, Rescue
from junction.signals import Lamp, SignalState

MIN_RED_DS = 10
"""Red shown between a group's amber and its next green: amber never turns green."""


@dataclass(kw_only=True, slots=True)
class Outlook:
    """What can be said of lamps whatever the time, as long as none of them changes.

    `running`: the greens are the stage's. `ready_ds` is when the last minimum green is over, `limit_ds` when the first
    maximum green is. From `sure_from_ds` to `fits_until_ds` a change to any stage surely breaks no maximum red, and up
    to `keeps_until_ds` no maximum green of a group that it keeps; of other times nothing is said. From `sure_from_ds`
    to `held_until_ds`, as far as is known yet, the stage may be held. `urgent` is the red group that must be green
    first (None: all are green), by `urgent_ds`.
    """

    lamps: tuple[Lamp, ...]
    since_ds: tuple[int, ...]
    green_end_ds: tuple[int, ...]
    stage: int
    green: frozenset[int]
    running: bool
    ready_ds: int
    limit_ds: int
    urgent: int | None
    urgent_ds: int
    sure_from_ds: int
    fits_until_ds: int
    keeps_until_ds: int
    held_until_ds: int


class Outlooks:
    """The outlook of one junction's lamps; the last one is kept, for lamps are asked about again and again.

    `roomy`: the junction's limits leave room for times at which any change surely fits.
    """

    def __init__(self, layout: JunctionLayout, rescue: Rescue) -> None:
        self._layout = layout
        self._groups = frozenset(range(len(layout.groups)))
        self._stages_in_round = len(rescue.cover)
        self._place_in_round = tuple(rescue.cover.index(serving[0]) for serving in rescue.serving)
        # The longest that a change, or a step of a rescue, can take: to its greens, and until these had their minimum.
        self._lead_ds = max([*layout.intergreen_ds.values(), *layout.amber_ds])
        self._change_ds = self._lead_ds + max(layout.min_green_ds) + LATE_DS
        self.roomy = (
            self._stages_in_round > 1
            and rescue.is_disjoint
            and min(layout.max_red_ds) == max(layout.max_red_ds)
            and min(layout.max_red_ds) >= self._stages_in_round * self._change_ds + self._lead_ds + TICK_DS
            and min(layout.max_green_ds) >= 2 * self._change_ds
        )
        self._seen: Outlook | None = None

    def of(self, state: SignalState) -> Outlook:
        """Of these lamps, which need not be the last ones."""
        seen = self._seen
        if (
            seen is not None
            and seen.since_ds is state.since_ds
            and seen.lamps is state.lamps
            and seen.green_end_ds is state.green_end_ds
            and seen.stage == state.stage
        ):
            return seen
        green = state.green
        running = self._layout.stage_groups[state.stage] == green
        limit_ds = min([state.since_ds[g] + self._layout.max_green_ds[g] for g in green], default=-NEVER_DS)
        due_ds = [(state.green_end_ds[g] + self._layout.max_red_ds[g], g) for g in self._groups - green]
        urgent_ds, urgent = min(due_ds, default=(NEVER_DS, None))
        fits_until_ds = self._fits_until_ds(due_ds)
        seen = self._seen = Outlook(
            lamps=state.lamps,
            since_ds=state.since_ds,
            green_end_ds=state.green_end_ds,
            stage=state.stage,
            green=green,
            running=running,
            ready_ds=max([state.since_ds[g] + self._layout.min_green_ds[g] for g in green], default=-NEVER_DS),
            limit_ds=limit_ds,
            urgent=urgent,
            urgent_ds=urgent_ds,
            sure_from_ds=self._settled_ds(state, green) if running and self.roomy else NEVER_DS,
            fits_until_ds=fits_until_ds,
            keeps_until_ds=limit_ds - 2 * self._change_ds,
            held_until_ds=min(fits_until_ds, limit_ds - 2 * self._change_ds) + self._change_ds,
        )
        return seen

    def _settled_ds(self, state: SignalState, green: frozenset[int]) -> int:
        """When every lamp has changed, and every red has been shown for the time before a green."""
        shown_ds = [state.since_ds[g] + MIN_RED_DS for g in self._groups - green]
        return max(*state.since_ds, *state.green_end_ds, *shown_ds)

    def _fits_until_ds(self, due_ds: Sequence[tuple[int, int]]) -> int:
        """Until when a change to any stage leaves time for those that wait: when each red group must be green, and
        the group.

        For `roomy` junctions. The rescue after the change takes each stage of the cover at most once, the one with the
        earliest deadline first, for what is served on the way cannot become more urgent than what still waits. Here the
        change and every step take as long as any can, so the order by deadline is the best there is, and whoever is in
        time here is in time whatever stage the change goes to. Groups that are green now and are ended come last in the
        rescue; that they are in time `roomy` says. A rescue that begins now has the time of a change more.
        """
        first_due_ds = [NEVER_DS] * self._stages_in_round
        for group_due_ds, group in due_ds:
            stage = self._place_in_round[group]
            first_due_ds[stage] = min(first_due_ds[stage], group_due_ds)
        first_due_ds.sort()
        return min(by_ds - step * self._change_ds for step, by_ds in enumerate(first_due_ds, 1)) - (
            TICK_DS + self._lead_ds
        )
