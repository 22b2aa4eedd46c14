"""Several junctions side by side: their lane groups, signal groups and stages one after another in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout
from junction.signals import Lamp, SignalState


class Ensemble:
    """Where each junction's parts lie in arrays that hold those of all of them.

    `lane_parts`, `group_parts` and `stage_parts` are slices by junction; `junction_of_lane`, `junction_of_group` and
    `junction_of_stage` the junctions' numbers by part; `lanes_of_group` are the lane groups that each signal group
    serves, `served_lanes`, shape (2, n), the same as pairs of a signal group and a lane group. No layout is kept alive.
    """

    def __init__(self, layouts: Sequence[JunctionLayout]) -> None:
        self.junctions = len(layouts)
        self.lane_parts, self.junction_of_lane = _laid([len(layout.lane_groups) for layout in layouts])
        self.group_parts, self.junction_of_group = _laid([len(layout.groups) for layout in layouts])
        self.stage_parts, self.junction_of_stage = _laid([len(layout.stages) for layout in layouts])
        self.lane_groups, self.groups, self.stages = (
            len(of) for of in (self.junction_of_lane, self.junction_of_group, self.junction_of_stage)
        )
        self.lanes_of_group = tuple(
            tuple(part.start + lane for lane in sorted(lanes))
            for layout, part in zip(layouts, self.lane_parts, strict=True)
            for lanes in layout.lane_groups_of_group
        )
        pairs = [(group, lane) for group, lanes in enumerate(self.lanes_of_group) for lane in lanes]
        self.served_lanes = np.array(pairs, np.int64).reshape(-1, 2).T


def _laid(sizes: Sequence[int]) -> tuple[tuple[slice, ...], NDArray[np.int64]]:
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    parts = tuple(slice(end - number, end) for number, end in zip(sizes, ends, strict=True))
    return parts, np.repeat(np.arange(len(sizes)), sizes)


class EnsembleLamps:
    """The junctions' lamps as arrays: by group `green` (bool), `green_end_ds` and `red_ds` (tenths of a second since
    its green ended, 0 while it is green), and by lane group `lane_green` (whether a group that serves it is green)."""

    def __init__(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self.green = np.zeros(ensemble.groups, np.bool_)
        self.green_end_ds = np.zeros(ensemble.groups, np.int64)
        self.lane_green = np.zeros(ensemble.lane_groups, np.bool_)
        self.red_ds = np.zeros(ensemble.groups, np.int64)
        self._shown: tuple[SignalState, ...] = ()
        self._lamps: list[tuple[Lamp, ...] | None] = [None] * ensemble.junctions
        self._ends: list[tuple[int, ...] | None] = [None] * ensemble.junctions

    def show(self, signals: Sequence[SignalState]) -> None:
        """The lamps are these now, one state a junction. Only what has changed is written: lamps seldom do."""
        if len(signals) == len(self._shown) and all(map(is_, signals, self._shown)):
            return
        self._shown = tuple(signals)
        ensemble = self._ensemble
        for junction, state in enumerate(signals):
            if state.lamps is not self._lamps[junction]:
                self._lamps[junction] = state.lamps
                self.lane_green[ensemble.lane_parts[junction]] = False
                for group, lamp in enumerate(state.lamps, ensemble.group_parts[junction].start):
                    self.green[group] = lamp is Lamp.GREEN
                    if lamp is Lamp.GREEN:
                        self.lane_green[list(ensemble.lanes_of_group[group])] = True
            if state.green_end_ds is not self._ends[junction]:
                self._ends[junction] = state.green_end_ds
                self.green_end_ds[ensemble.group_parts[junction]] = state.green_end_ds
        now_ds = np.array([state.now_ds for state in signals])
        self.red_ds = np.where(self.green, 0, now_ds[ensemble.junction_of_group] - self.green_end_ds)


class Segments:
    """Rows of an array, chosen anew for every place of a result, and what they sum up to or the largest of them.

    `rows_of` holds, by place, the rows that belong to it (none is fine). Every place is worked out from its own rows
    alone, in their order, so its figure is the same to the bit whatever else is in the array.
    """

    def __init__(self, rows_of: Sequence[Sequence[int]], rows: int) -> None:
        # A row of zeros behind the array's own opens every segment: `reduceat` knows no empty one.
        index = [row for own in rows_of for row in (rows, *own)]
        self._index = np.array(index, np.int64)
        self._starts = np.cumsum([0, *(1 + len(own) for own in rows_of)], dtype=np.int64)[:-1]
        self._rows = rows

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """By place the sums of its rows of `values` (rows, k): shape (places, k)."""
        return np.add.reduceat(self._chosen(values), self._starts, axis=0)

    def largest_and_sums(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both, of the same `values`."""
        chosen = self._chosen(values)
        return np.maximum.reduceat(chosen, self._starts, axis=0), np.add.reduceat(chosen, self._starts, axis=0)

    def largest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """By place the largest of its rows of `values` (rows, k), and at least 0: shape (places, k)."""
        return np.maximum.reduceat(self._chosen(values), self._starts, axis=0)

    def _chosen(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        with_zeros = np.zeros((self._rows + 1, values.shape[1]))
        with_zeros[:-1] = values
        return with_zeros[self._index]
