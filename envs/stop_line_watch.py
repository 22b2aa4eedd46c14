"""Who crosses the stop lines: induction loops on them, read after every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from envs.street_junction import StreetJunction
from envs.vehicle_kinds import VehicleKinds


class StopLineWatch:
    """Counts into the junctions' `crossed`, each vehicle once. `sumo` is libsumo, or a traci connection."""

    def __init__(self, sumo: Any, junctions: Sequence[StreetJunction], kinds: VehicleKinds) -> None:
        self._sumo = sumo
        self._junctions = tuple(junctions)
        self._kinds = kinds
        self._on_loop: dict[str, tuple[str, ...]] = {}

    def watch(self) -> None:
        """To be called once after every step."""
        on_loop = self._sumo.inductionloop.getLastStepVehicleIDs
        for junction in self._junctions:
            for loop, row in junction.loops:
                ids = on_loop(loop)
                before = self._on_loop.get(loop)
                if not ids:
                    if before:
                        self._on_loop[loop] = ()
                    continue
                for vehicle in ids:
                    if not before or vehicle not in before:
                        junction.crossed[row, self._kinds.class_index(vehicle)] += 1
                self._on_loop[loop] = ids
