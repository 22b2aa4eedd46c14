"""How much of a lane group a stage opens: a shared lane is not served by the green of one of its movements, and which
stages another one outdoes by that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout


def opened_share(layout: JunctionLayout) -> NDArray[np.float64]:
    """Share of every lane group's movements that each stage opens; shape (stages, lane groups).

    A lane group whose movements run under several signal groups gives each stage only its share: half of a shared
    lane's queue is not helped by a stage that opens only its left turn.
    """
    opened = np.zeros((len(layout.stages), len(layout.lane_groups)))
    total = np.zeros(len(layout.lane_groups))
    for movement in layout.movements:
        lane_group = layout.lane_group_index[movement.lane_group_id]
        total[lane_group] += 1
        for stage, groups in enumerate(layout.stage_groups):
            opened[stage, lane_group] += layout.group_index[movement.group_id] in groups
    share: NDArray[np.float64] = opened / np.maximum(total, 1)
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
