"""The change from the greens of now to a stage, expanded into lamp times on the 0.1 s grid.

The guard judges this expansion and the stage machine executes this expansion: what was judged is what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from junction.layout import JunctionLayout
from junction.signals import Lamp, SignalState


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """`losing` groups turn amber at `at_ds` and red at their `red_ds`; `gaining` ones turn green at `green_ds`."""

    stage: int
    at_ds: int
    green_ds: int
    losing: tuple[int, ...]
    red_ds: tuple[int, ...]
    gaining: tuple[int, ...]
    continuing: tuple[int, ...]

    @property
    def done_ds(self) -> int:
        """When the last lamp of the change has changed."""
        return max(self.green_ds, *self.red_ds) if self.red_ds else self.green_ds


def expand_change(layout: JunctionLayout, state: SignalState, stage: int, at_ds: int) -> Change:
    """The change to `stage` begun at `at_ds`.

    All gaining groups turn green together, once every intergreen is met from the true end of green of every
    conflicting group, whether it ends now or ended before.
    """
    wanted = layout.stage_groups[stage]
    green = state.green
    losing = tuple(sorted(green - wanted))
    gaining = tuple(sorted(wanted - green))
    green_ds = at_ds
    for gain in gaining:
        for other, wait_ds in layout.waits_for[gain]:
            ended_ds = at_ds if other in green else state.green_end_ds[other]
            green_ds = max(green_ds, ended_ds + wait_ds)
    return Change(
        stage=stage,
        at_ds=at_ds,
        green_ds=green_ds,
        losing=losing,
        red_ds=tuple(at_ds + layout.amber_ds[group] for group in losing),
        gaining=gaining,
        continuing=tuple(sorted(wanted & green)),
    )


def after_change(state: SignalState, change: Change) -> SignalState:
    """The lamps once the change is done, at `done_ds`."""
    lamps, since, ended = list(state.lamps), list(state.since_ds), list(state.green_end_ds)
    for group, red_ds in zip(change.losing, change.red_ds, strict=True):
        lamps[group], since[group], ended[group] = Lamp.RED, red_ds, change.at_ds
    for group in change.gaining:
        lamps[group], since[group] = Lamp.GREEN, change.green_ds
    return SignalState(
        now_ds=change.done_ds,
        lamps=tuple(lamps),
        since_ds=tuple(since),
        green_end_ds=tuple(ended),
        stage=change.stage,
        stage_since_ds=change.green_ds,
        in_transition=False,
    )
