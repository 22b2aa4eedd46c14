"""What is true in front of a junction's stop lines at one moment: what its cameras would count, were they perfect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from junction.counts import LaneGroupCount
from junction.layout import JunctionLayout
from junction.vehicle import CLASS_INDEX, pcu_by_row

QUEUE_SPEED_MPS = 5 / 3.6
"""A vehicle slower than this (5 km/h) is in the queue: walking pace, as a video count calls it."""


@dataclass(frozen=True, kw_only=True)
class JunctionView:
    """One junction, or several one after another, at one moment, by lane group (rows, in layout order).

    `present` and `queued` are vehicles by class, int64 of shape (lane groups, 9) in `VEHICLE_CLASSES` order;
    `queued` is the part of `present` slower than `QUEUE_SPEED_MPS`. `queue_m`, shape (lane groups,), is the distance
    from the stop line to the tail of the last queued vehicle, 0 without a queue.
    """

    present: NDArray[np.int64]
    queued: NDArray[np.int64]
    queue_m: NDArray[np.float64]

    def part(self, rows: slice) -> JunctionView:
        """Only those rows."""
        return JunctionView(present=self.present[rows], queued=self.queued[rows], queue_m=self.queue_m[rows])

    @cached_property
    def queue_veh(self) -> NDArray[np.int64]:
        """Queued vehicles by lane group, shape (lane groups,)."""
        counted: NDArray[np.int64] = self.queued.sum(axis=1)
        return counted

    @cached_property
    def present_veh(self) -> NDArray[np.float64]:
        """Vehicles in view by lane group, shape (lane groups,)."""
        counted: NDArray[np.float64] = self.present.sum(axis=1).astype(np.float64)
        return counted

    @cached_property
    def queue_pcu(self) -> NDArray[np.float64]:
        """Queued PCU by lane group, shape (lane groups,)."""
        return pcu_by_row(self.queued)

    @cached_property
    def present_pcu(self) -> NDArray[np.float64]:
        """PCU in view by lane group, shape (lane groups,)."""
        return pcu_by_row(self.present)


def lane_group_counts(
    layout: JunctionLayout, view: JunctionView, crossed: NDArray[np.int64] | None
) -> tuple[LaneGroupCount, ...]:
    """The view as a camera's report words it. `crossed`: vehicles over the stop line, shape (lane groups, 9); None
    where they are not counted."""
    figures = zip(
        layout.lane_groups,
        view.present.tolist(),
        view.queue_veh.tolist(),
        view.queue_pcu.tolist(),
        view.queue_m.tolist(),
        [None] * len(layout.lane_groups) if crossed is None else crossed.tolist(),
        strict=True,
    )
    return tuple(
        LaneGroupCount(
            lane_group_id=lane_group.id,
            seen=True,
            crossed={} if passed is None else class_counts(passed),
            present=class_counts(present),
            queue_veh=queue_veh,
            queue_pcu=queue_pcu,
            queue_m=queue_m,
        )
        for lane_group, present, queue_veh, queue_pcu, queue_m, passed in figures
    )


def class_counts(row: Sequence[int]) -> dict[str, int]:
    """Counts by class name of one row of nine, without the zeros."""
    return {name: count for name, count in zip(CLASS_INDEX, row, strict=True) if count}
