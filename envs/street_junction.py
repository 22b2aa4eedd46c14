"""What a running street keeps of one junction: its SUMO signal, its lanes, the lamps shown, the crossings counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from envs.zones import ZoneLane
from junction.errors import UnsafeError
from junction.signals import Lamp
from junction.vehicle import VEHICLE_CLASSES


@dataclass(kw_only=True, slots=True)
class StreetJunction:
    """One junction's binding to SUMO.

    `group_links` are SUMO link indices by signal group in layout order, `yields_to` by link the links whose traffic
    has right of way over it. `lane_group_ids`, `storage_m` and `zones` are in layout order; `loops` pairs a stop
    line's induction loop with its lane-group row; `approach_lanes` are the lanes of the zones and
    those behind them, as far back as a jam is this junction's; `exit_lanes` are the lanes that traffic leaves on.
    `crossed`, shape (lane groups, 9), are the vehicles counted over the stop lines since the start, `crossed_viewed`
    those reported.
    """

    tls_id: str
    link_count: int
    group_links: tuple[tuple[int, ...], ...]
    free_links: frozenset[int]
    turn_on_red_links: frozenset[int] = frozenset()
    yields_to: tuple[frozenset[int], ...]
    lane_group_ids: tuple[str, ...]
    storage_m: tuple[float, ...]
    zones: tuple[tuple[ZoneLane, ...], ...]
    loops: tuple[tuple[str, int], ...]
    approach_lanes: tuple[str, ...]
    exit_lanes: tuple[str, ...]
    shown: tuple[Lamp, ...]
    crossed: NDArray[np.int64] = field(init=False)
    crossed_viewed: NDArray[np.int64] = field(init=False)
    _states: dict[tuple[Lamp, ...], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.crossed = np.zeros((len(self.lane_group_ids), len(VEHICLE_CLASSES)), np.int64)
        self.crossed_viewed = self.crossed.copy()

    def state_of(self, lamps: tuple[Lamp, ...]) -> str:
        """SUMO's link states for lamps by group: a green that must give way to another green shows "g".

        Free links always show "g": they move when they find a gap; a red link that may turn on red shows "s". Raises
        UnsafeError for a wrong number of lamps.
        """
        state = self._states.get(lamps)
        if state is None:
            state = self._states[lamps] = self._compose(lamps)
        return state

    def lamps_of(self, state: str) -> tuple[str, ...]:
        """Lamps by group that SUMO's link states show; a group without links (a pedestrian crossing) as last shown."""
        seen = group_lamps(state, self.group_links)
        return tuple(
            lamp if links else str(shown) for lamp, links, shown in zip(seen, self.group_links, self.shown, strict=True)
        )

    def _compose(self, lamps: tuple[Lamp, ...]) -> str:
        if len(lamps) != len(self.group_links):
            raise UnsafeError(
                f"signal {self.tls_id}: expected {len(self.group_links)} lamps, one a group, got {len(lamps)}"
            )
        links = ["r"] * self.link_count
        for lamp, group in zip(lamps, self.group_links, strict=True):
            for link in group:
                links[link] = str(lamp)
        green = {link for link, lamp in enumerate(links) if lamp == Lamp.GREEN} | self.free_links
        moving = green | {link for link, lamp in enumerate(links) if lamp == Lamp.AMBER}  # what may still come
        for link in green:
            links[link] = "g" if link in self.free_links or self.yields_to[link] & moving else "G"
        for link in self.turn_on_red_links:
            links[link] = "s" if links[link] == Lamp.RED else links[link]
        return "".join(links)


def group_lamps(state: str, group_links: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Lamps by group ("r", "y", "G") in SUMO's link states: a group is as bright as the brightest of its links.

    "s", where traffic may turn after a stop, is a red lamp.
    """
    return tuple(_brightest({state[link] for link in links}) for links in group_links)


def _brightest(states: set[str]) -> str:
    if states & {"G", "g"}:
        return str(Lamp.GREEN)
    return str(Lamp.AMBER) if states & {"y", "Y", "o"} else str(Lamp.RED)
