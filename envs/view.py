"""What is true in front of a junction's stop lines at one moment: what its cameras would count, were they perfect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from junction.counts import LaneGroupCount
from junction.layout import JunctionLayout
from junction.vehicle import PCU_VECTOR, VEHICLE_CLASSES

QUEUE_SPEED_MPS = 5 / 3.6
"""A vehicle slower than this (5 km/h) is in the queue: walking pace, as a video count calls it."""


@dataclass(frozen=True, kw_only=True)
class JunctionView:
    """One junction at one moment, by lane group (rows, in layout order).

    `present` and `queued` are vehicles by class, int64 of shape (lane groups, 9) in `VEHICLE_CLASSES` order;
    `queued` is the part of `present` slower than `QUEUE_SPEED_MPS`. `queue_m`, shape (lane groups,), is the distance
    from the stop line to the tail of the last queued vehicle, 0 without a queue.
    """

    present: NDArray[np.int64]
    queued: NDArray[np.int64]
    queue_m: NDArray[np.float64]

    @property
    def queue_veh(self) -> NDArray[np.int64]:
        """Queued vehicles by lane group, shape (lane groups,)."""
        counted: NDArray[np.int64] = self.queued.sum(axis=1)
        return counted

    @property
    def queue_pcu(self) -> NDArray[np.float64]:
        """Queued PCU by lane group, shape (lane groups,)."""
        return self.queued @ PCU_VECTOR

    @property
    def present_pcu(self) -> NDArray[np.float64]:
        """PCU in view by lane group, shape (lane groups,)."""
        return self.present @ PCU_VECTOR


def lane_group_counts(
    layout: JunctionLayout, view: JunctionView, crossed: NDArray[np.int64] | None
) -> tuple[LaneGroupCount, ...]:
    """The view as a camera's report words it. `crossed`: vehicles over the stop line, shape (lane groups, 9); None
    where they are not counted."""
    queue_veh, queue_pcu = view.queue_veh, view.queue_pcu
    return tuple(
        LaneGroupCount(
            lane_group_id=lane_group.id,
            seen=True,
            crossed={} if crossed is None else class_counts(crossed[row]),
            present=class_counts(view.present[row]),
            queue_veh=int(queue_veh[row]),
            queue_pcu=float(queue_pcu[row]),
            queue_m=float(view.queue_m[row]),
        )
        for row, lane_group in enumerate(layout.lane_groups)
    )


def class_counts(row: NDArray[np.int64]) -> dict[str, int]:
    """Counts by class name of one row of shape (9,), without the zeros."""
    return {VEHICLE_CLASSES[index].value: int(row[index]) for index in np.flatnonzero(row)}
