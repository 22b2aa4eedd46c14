"""An observation as numbers: one row a stage, the same in training and in service.

A policy scores rows, so it fits junctions of any shape. Readings that are not known count as nothing seen and
raise the row's `unknown_share`, so that "cannot see" and "empty" differ.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from junction.layout import JunctionLayout
from junction.observation import MAX_AGE_S
from junction.policy import Situation
from junction.signals import Lamp
from junction.vehicle import PCU_VECTOR

ENCODING_VERSION = "stage-rows/1"
MAX_STAGES = 12
STAGE_FEATURES: tuple[str, ...] = (
    "exists",
    "allowed",
    "is_current",
    "green_elapsed",
    "changing",
    "queue_pcu",
    "moving_pcu",
    "clearance_time",
    "new_queue_pcu",
    "lost_queue_pcu",
    "lost_moving_pcu",
    "longest_red",
    "mean_red",
    "unknown_share",
    "reading_age",
    "queue_reach",
    "change_time",
    "saturation_flow",
    "others_queue_pcu",
    "stages",
)
"""Columns of `encode`, in order.

exists, allowed, is_current, changing: 0 or 1. green_elapsed: s / 60. queue_pcu, moving_pcu (in view, not queued),
new_queue_pcu (of lane groups that are red now), lost_* (of lane groups that are green now and would not be),
others_queue_pcu (not served by the stage): PCU / 30. clearance_time: s / 30 to discharge the longest queue at
saturation flow. longest_red, mean_red: s of red over the groups' maximum red. unknown_share: 0 to 1. reading_age: mean
s / MAX_AGE_S, at most 1. queue_reach: longest queue over the camera's reach. change_time: s / 10 to the stage's green.
saturation_flow: PCU/h / 10,000. stages: number / MAX_STAGES.
"""


class _Tables:
    """What encoding needs of a layout, computed once."""

    def __init__(self, layout: JunctionLayout) -> None:
        stages, lane_groups, groups = len(layout.stages), len(layout.lane_groups), len(layout.groups)
        if stages > MAX_STAGES:
            raise ValueError(f"junction {layout.id}: expected at most {MAX_STAGES} stages, got {stages}")
        self.group_serves = np.zeros((groups, lane_groups))
        for group, served in enumerate(layout.lane_groups_of_group):
            self.group_serves[group, list(served)] = 1.0
        self.stage_has = np.zeros((stages, groups))
        for stage, members in enumerate(layout.stage_groups):
            self.stage_has[stage, list(members)] = 1.0
        self.stage_serves = np.minimum(1.0, self.stage_has @ self.group_serves)
        self.flow_pcu_s = np.array([g.saturation_flow_pcu_h / 3600 for g in layout.lane_groups])
        self.reach_m = np.array([g.storage_m for g in layout.lane_groups])
        self.max_red_s = np.array([g.max_red_s for g in layout.groups])
        self.change_s = np.array([[layout.transition_s(a.id, b.id) for b in layout.stages] for a in layout.stages])


def encode(situation: Situation) -> NDArray[np.float32]:
    """Rows for `situation`, float32 (MAX_STAGES, len(STAGE_FEATURES)); rows past the layout's stages are 0."""
    layout, observation = situation.layout, situation.observation
    tables, signals = _tables(layout), observation.signals
    stages = len(layout.stages)

    known = np.array([r.known for r in observation.readings], dtype=float)
    present_pcu = np.array([r.present_veh for r in observation.readings]).reshape(len(known), -1) @ PCU_VECTOR * known
    queue_pcu = np.array([r.queue_pcu for r in observation.readings]) * known
    queue_m = np.array([r.queue_m for r in observation.readings]) * known
    moving_pcu = np.maximum(0.0, present_pcu - queue_pcu)
    age_s = np.array([MAX_AGE_S if r.age_s is None else min(MAX_AGE_S, r.age_s) for r in observation.readings])

    green = np.array([lamp is Lamp.GREEN for lamp in signals.lamps], dtype=float)
    red_s = np.array([signals.red_wait_s(g) for g in range(len(green))])
    red_share = np.minimum(2.0, red_s / tables.max_red_s)
    lane_group_green = np.minimum(1.0, green @ tables.group_serves)
    serves = tables.stage_serves
    served = np.maximum(1.0, serves.sum(axis=1))
    members = np.maximum(1.0, tables.stage_has.sum(axis=1))

    rows = np.zeros((MAX_STAGES, len(STAGE_FEATURES)), dtype=np.float32)
    now = rows[:stages]
    now[:, 0] = 1.0
    now[:, 1] = situation.allowed
    now[signals.stage, 2] = 1.0
    now[signals.stage, 3] = signals.stage_elapsed_s / 60
    now[:, 4] = float(signals.in_transition)
    now[:, 5] = serves @ queue_pcu / 30
    now[:, 6] = serves @ moving_pcu / 30
    now[:, 7] = (serves * (queue_pcu / tables.flow_pcu_s)).max(axis=1) / 30
    now[:, 8] = serves @ (queue_pcu * (1 - lane_group_green)) / 30
    now[:, 9] = (1 - serves) @ (queue_pcu * lane_group_green) / 30
    now[:, 10] = (1 - serves) @ (moving_pcu * lane_group_green) / 30
    now[:, 11] = (tables.stage_has * red_share).max(axis=1)
    now[:, 12] = tables.stage_has @ red_share / members
    now[:, 13] = serves @ (1 - known) / served
    now[:, 14] = serves @ (age_s / MAX_AGE_S) / served
    now[:, 15] = np.minimum(2.0, (serves * (queue_m / tables.reach_m)).max(axis=1))
    now[:, 16] = tables.change_s[signals.stage] / 10
    now[:, 17] = serves @ tables.flow_pcu_s * 3600 / 10_000
    now[:, 18] = (1 - serves) @ queue_pcu / 30
    now[:, 19] = stages / MAX_STAGES
    return rows


def stage_mask(situation: Situation) -> NDArray[np.bool_]:
    """The guard's mask padded to (MAX_STAGES,)."""
    mask = np.zeros(MAX_STAGES, dtype=np.bool_)
    mask[: len(situation.allowed)] = situation.allowed
    return mask


_tables_by_layout: WeakKeyDictionary[JunctionLayout, _Tables] = WeakKeyDictionary()


def _tables(layout: JunctionLayout) -> _Tables:
    if layout not in _tables_by_layout:
        _tables_by_layout[layout] = _Tables(layout)
    return _tables_by_layout[layout]
