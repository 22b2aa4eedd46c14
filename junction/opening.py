"""How much of a lane group a stage opens: a shared lane is not served by the green of one of its movements, and which
stages another one outdoes by that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from junction.ensemble import Ensemble, Segments
from junction.layout import JunctionLayout


def movement_counts(layout: JunctionLayout) -> NDArray[np.float64]:
    """How many of a lane group's movements run under each signal group; shape (groups, lane groups)."""
    counts = np.zeros((len(layout.groups), len(layout.lane_groups)))
    for movement in layout.movements:
        counts[layout.group_index[movement.group_id], layout.lane_group_index[movement.lane_group_id]] += 1
    return counts


def opened_share(layout: JunctionLayout) -> NDArray[np.float64]:
    """Share of every lane group's movements that each stage opens; shape (stages, lane groups).

    A lane group whose movements run under several signal groups gives each stage only its share: half of a shared
    lane's queue is not helped by a stage that opens only its left turn.
    """
    counts = movement_counts(layout)
    opened = np.stack([counts[sorted(groups)].sum(axis=0) for groups in layout.stage_groups])
    share: NDArray[np.float64] = opened / np.maximum(counts.sum(axis=0), 1)
    return share


class OpenShare:
    """Share of the movements of each lane group of an ensemble that its lamps open."""

    def __init__(self, layouts: Sequence[JunctionLayout], ensemble: Ensemble) -> None:
        groups_of: list[list[int]] = []
        counts: list[float] = []
        for layout, part in zip(layouts, ensemble.group_parts, strict=True):
            for of_lane_group in movement_counts(layout).T:
                groups = np.flatnonzero(of_lane_group)
                groups_of.append((part.start + groups).tolist())
                counts += of_lane_group[groups].tolist()
        self._groups = Segments(groups_of, ensemble.groups)
        self._counts = self._groups.beside(np.array(counts))[:, np.newaxis]
        self._movements = np.maximum(1, self._groups.sums_of(self._counts)[:, 0])

    def of(self, green: NDArray[np.bool_]) -> NDArray[np.float64]:
        """By lane group, 0 to 1, for the lamps of every signal group."""
        lit = self._groups.chosen(green.astype(np.float64)[:, np.newaxis])
        share: NDArray[np.float64] = self._groups.sums_of(lit * self._counts)[:, 0] / self._movements
        return share


def better_stages(layout: JunctionLayout) -> tuple[frozenset[int], ...]:
    """By stage: the stages that give green to all of its groups and more, and open a lane group further that it opens
    in part. Against those it has nothing but that a vehicle which may not go yet stands before those that may.
    """
    share = opened_share(layout)
    groups = layout.stage_groups
    return tuple(
        frozenset(
            other
            for other in range(len(groups))
            if groups[stage] < groups[other] and ((share[stage] > 0) & (share[stage] < share[other])).any()
        )
        for stage in range(len(groups))
    )
