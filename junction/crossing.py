"""A level crossing that is shut: which stages lead over it, and what a junction shows instead.

    held off    a stage with a group that mostly leads over the rails: all its ways do, or its way straight on does
    the rest    a group that leads over them with a turn only goes on: its other ways would wait for nothing

What is held off still comes when its maximum red asks for it: the guard rules, and the gate stops what must not pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from junction.guard import Guard
from junction.layout import JunctionLayout, Turn
from junction.signals import SignalState
from junction.surroundings import LevelCrossing


def stages_over(layout: JunctionLayout, crossing: LevelCrossing) -> frozenset[int]:
    """Indices of the stages that are held off while the crossing is shut; none where that would be all of them."""
    held = {
        group
        for group in {movement.group_id for movement in layout.movements}
        if _leads_over(layout, group, crossing.approach_id)
    }
    stages = frozenset(s for s, stage in enumerate(layout.stages) if held & set(stage.group_ids))
    return stages if len(stages) < len(layout.stages) else frozenset()


def allowed_beside(allowed: NDArray[np.bool_], held_off: frozenset[int]) -> NDArray[np.bool_]:
    """The guard's mask without what is held off; as it is where nothing else is left of it."""
    mask = allowed.copy()
    mask[list(held_off)] = False
    return mask if mask.any() else allowed


def wish_beside(guard: Guard, signals: SignalState, wanted: str | None, held_off: frozenset[int]) -> str | None:
    """What is wanted (None: hold), where that is not held off; else the stage that runs, or when that is, the one that
    the guard allows and whose groups have been red longest."""
    layout = guard.layout
    stage = signals.stage if wanted is None else layout.stage_index.get(wanted, signals.stage)
    if stage not in held_off:
        return wanted
    if signals.stage not in held_off or signals.in_transition:
        return None
    allowed = allowed_beside(guard.allowed(signals), held_off)
    return layout.stages[max(np.flatnonzero(allowed), key=lambda s: _waited_ds(layout, signals, int(s)))].id


def _waited_ds(layout: JunctionLayout, signals: SignalState, stage: int) -> int:
    return max(signals.now_ds - signals.green_end_ds[g] for g in layout.stage_groups[stage])


def _leads_over(layout: JunctionLayout, group_id: str, approach_id: str) -> bool:
    ways = [movement for movement in layout.movements if movement.group_id == group_id]
    over = [movement for movement in ways if movement.to_approach == approach_id]
    return len(over) == len(ways) or any(movement.turn is Turn.STRAIGHT for movement in over)
