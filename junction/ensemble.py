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
    `junction_of_stage` the junctions' numbers by part; `served_lanes`, shape (2, n), are pairs of a signal group and a
    lane group that it serves. No layout is kept alive.
    """

    def __init__(self, layouts: Sequence[JunctionLayout]) -> None:
        self.junctions = len(layouts)
        self.lane_parts, self.junction_of_lane = _laid([len(layout.lane_groups) for layout in layouts])
        self.group_parts, self.junction_of_group = _laid([len(layout.groups) for layout in layouts])
        self.stage_parts, self.junction_of_stage = _laid([len(layout.stages) for layout in layouts])
        self.lane_groups, self.groups, self.stages = (
            len(of) for of in (self.junction_of_lane, self.junction_of_group, self.junction_of_stage)
        )
        pairs = [
            (groups.start + group, lanes.start + lane)
            for layout, groups, lanes in zip(layouts, self.group_parts, self.lane_parts, strict=True)
            for group, served in enumerate(layout.lane_groups_of_group)
            for lane in sorted(served)
        ]
        self.served_lanes = np.array(pairs, np.int64).reshape(-1, 2).T


def _laid(sizes: Sequence[int]) -> tuple[tuple[slice, ...], NDArray[np.int64]]:
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    parts = tuple(slice(end - number, end) for number, end in zip(sizes, ends, strict=True))
    return parts, np.repeat(np.arange(len(sizes)), sizes)


class EnsembleLamps:
    """The junctions' lamps as arrays by group: `green` (bool) and `red_ds`, tenths of a second since its green ended, 0
    while it is green."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        self.green = np.zeros(ensemble.groups, np.bool_)
        self.red_ds = np.zeros(ensemble.groups, np.int64)
        self._green_end_ds = np.zeros(ensemble.groups, np.int64)
        self._shown: tuple[SignalState, ...] = ()
        self._written: list[tuple[object, object]] = [(None, None)] * ensemble.junctions

    def show(self, signals: Sequence[SignalState]) -> None:
        """The lamps are these now, one state a junction. Only what has changed is written: lamps seldom do."""
        if len(signals) == len(self._shown) and all(map(is_, signals, self._shown)):
            return
        self._shown = tuple(signals)
        ensemble = self.ensemble
        for junction, state in enumerate(signals):
            lamps, green_end_ds = self._written[junction]
            if not (state.lamps is lamps and state.green_end_ds is green_end_ds):
                self._written[junction] = (state.lamps, state.green_end_ds)
                part = ensemble.group_parts[junction]
                self.green[part] = [lamp is Lamp.GREEN for lamp in state.lamps]
                self._green_end_ds[part] = state.green_end_ds
        now_ds = np.array([state.now_ds for state in signals], np.int64)
        self.red_ds = np.where(self.green, 0, now_ds[ensemble.junction_of_group] - self._green_end_ds)


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

    def chosen(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows of `values` (rows, k), place after place, each place's behind a row of zeros."""
        with_zeros = np.zeros((self._rows + 1, values.shape[1]))
        with_zeros[:-1] = values
        return with_zeros[self._index]

    def beside(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """`values`, one for each row of each place, laid out as `chosen` lays its rows."""
        laid = np.zeros(len(self._index))
        laid[self._index < self._rows] = values
        return laid

    def sums_of(self, chosen: NDArray[np.float64]) -> NDArray[np.float64]:
        """By place the sums of what is laid out as `chosen` does: shape (places, k)."""
        return np.add.reduceat(chosen, self._starts, axis=0)

    def largest_of(self, chosen: NDArray[np.float64]) -> NDArray[np.float64]:
        """By place the largest of what is laid out as `chosen` does, and at least 0."""
        return np.maximum.reduceat(chosen, self._starts, axis=0)
