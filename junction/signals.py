"""The lamps of a junction at one moment: the guard reads it, the stage machine moves it, status reports carry it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from junction.layout import JunctionLayout

LONG_AGO_DS = -(10**9)
"""A time before every other: when a lamp last changed that has not changed since the start."""


class Lamp(StrEnum):
    RED = "r"
    AMBER = "y"
    GREEN = "G"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalState:
    """Lamps by group (in layout order) with the time of each one's last change, in tenths of a second.

    `stage` is the index of the stage that is green, or that is being changed to while `in_transition`;
    `stage_since_ds` is when its last group turned green (or will).
    `green_end_ds` is, by group, when its last green ended: the start of its amber.
    """

    now_ds: int
    lamps: tuple[Lamp, ...]
    since_ds: tuple[int, ...]
    green_end_ds: tuple[int, ...]
    stage: int
    stage_since_ds: int
    in_transition: bool

    def at(self, now_ds: int) -> SignalState:
        """The same lamps at another time. Spelt out: `dataclasses.replace` takes several times as long."""
        return SignalState(
            now_ds=now_ds,
            lamps=self.lamps,
            since_ds=self.since_ds,
            green_end_ds=self.green_end_ds,
            stage=self.stage,
            stage_since_ds=self.stage_since_ds,
            in_transition=self.in_transition,
        )

    def red_wait_s(self, group: int) -> float:
        """Seconds since this group's green ended; 0 while it is green."""
        if self.lamps[group] is Lamp.GREEN:
            return 0.0
        return (self.now_ds - self.green_end_ds[group]) / 10

    def green_s(self, group: int) -> float:
        """Seconds of green so far; 0 when it is not green."""
        return (self.now_ds - self.since_ds[group]) / 10 if self.lamps[group] is Lamp.GREEN else 0.0

    @property
    def green(self) -> frozenset[int]:
        """Indices of the groups that are green."""
        return frozenset([group for group, lamp in enumerate(self.lamps) if lamp is Lamp.GREEN])

    @property
    def stage_elapsed_s(self) -> float:
        """Seconds since the stage's last group turned green; 0 while in transition."""
        return max(0, self.now_ds - self.stage_since_ds) / 10


def all_red_state(layout: JunctionLayout, now_ds: int) -> SignalState:
    """Every group red from now on, and none owed a green from before: how a controller starts."""
    groups = len(layout.groups)
    return SignalState(
        now_ds=now_ds,
        lamps=(Lamp.RED,) * groups,
        since_ds=(now_ds,) * groups,
        green_end_ds=(now_ds,) * groups,
        stage=0,
        stage_since_ds=now_ds,
        in_transition=False,
    )


def state_to_document(layout: JunctionLayout, state: SignalState) -> dict[str, object]:
    """The signal state as a status report carries it: ages in seconds, so that clocks need not agree."""
    return {
        "stage": layout.stages[state.stage].id,
        "stage_elapsed_s": (state.now_ds - state.stage_since_ds) / 10,
        "in_transition": state.in_transition,
        "groups": {
            group.id: {
                "lamp": str(state.lamps[index]),
                "lamp_s": (state.now_ds - state.since_ds[index]) / 10,
                "green_ended_s": (state.now_ds - state.green_end_ds[index]) / 10,
            }
            for index, group in enumerate(layout.groups)
        },
    }
