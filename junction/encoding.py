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
    """What encoding needs of a layout, computed once. `blank` holds the columns that never change."""

    def __init__(self, layout: JunctionLayout) -> None:
        stages, lane_groups, groups = len(layout.stages), len(layout.lane_groups), len(layout.groups)
        if stages > MAX_STAGES:
            raise ValueError(f"junction {layout.id}: expected at most {MAX_STAGES} stages, got {stages}")
        group_serves = np.zeros((groups, lane_groups))
        for group, served in enumerate(layout.lane_groups_of_group):
            group_serves[group, list(served)] = 1.0
        self.stage_has = np.zeros((stages, groups))
        for stage, members in enumerate(layout.stage_groups):
            self.stage_has[stage, list(members)] = 1.0
        serves = np.minimum(1.0, self.stage_has @ group_serves)
        flow_pcu_s = np.array([g.saturation_flow_pcu_h / 3600 for g in layout.lane_groups])
        reach_m = np.array([g.storage_m for g in layout.lane_groups])
        self.lane_groups_of_group = layout.lane_groups_of_group
        self.max_red_s = tuple(g.max_red_s for g in layout.groups)
        self.change_s = np.array([[layout.transition_s(a.id, b.id) for b in layout.stages] for a in layout.stages]) / 10
        self.stages = stages
        self.served_or_not = np.concatenate([serves, 1 - serves])
        self.serves = serves[:, np.newaxis, :]
        self.longest_of = np.array([1 / flow_pcu_s / 30, 1 / reach_m])
        self.per_served = 1 / np.maximum(1.0, serves.sum(axis=1))[:, np.newaxis]
        self.per_member = 1 / np.maximum(1.0, self.stage_has.sum(axis=1))
        self.blank = np.zeros((MAX_STAGES, len(STAGE_FEATURES)), dtype=np.float32)
        self.blank[:stages, 0] = 1.0
        self.blank[:stages, 17] = serves @ flow_pcu_s * 3600 / 10_000
        self.blank[:stages, 19] = stages / MAX_STAGES


def encode(situation: Situation) -> NDArray[np.float32]:
    """Rows for `situation`, float32 (MAX_STAGES, len(STAGE_FEATURES)); rows past the layout's stages are 0.

    Arrays are small here, so few calls matter more than few operations: what is summed over lane groups goes through
    one product, what is the longest of them through one maximum.
    """
    observation = situation.observation
    tables, signals, readings = _tables(situation.layout), observation.signals, observation.readings
    stages = tables.stages

    green_rows: set[int] = set()
    red_share = []
    now_ds = signals.now_ds
    for group, lamp in enumerate(signals.lamps):
        if lamp is Lamp.GREEN:
            green_rows |= tables.lane_groups_of_group[group]
            red_share.append(0.0)
        else:
            red_share.append(min(2.0, (now_ds - signals.green_end_ds[group]) / 10 / tables.max_red_s[group]))
    # Rows: queue, moving, unknown, age; then queue on red, queue on green, moving on green. Columns: lane groups.
    facts = np.zeros((7, len(readings)))
    queue_m = np.zeros(len(readings))
    present_pcu = np.array([r.present_veh for r in readings]).reshape(-1, len(PCU_VECTOR)) @ PCU_VECTOR
    for row, (reading, in_view_pcu) in enumerate(zip(readings, present_pcu.tolist(), strict=True)):
        age_s = reading.age_s
        unknown = age_s is None or age_s > MAX_AGE_S
        queue = 0.0 if unknown else reading.queue_pcu
        moving = 0.0 if unknown else max(0.0, in_view_pcu - queue)
        age = 1.0 if age_s is None or age_s > MAX_AGE_S else age_s / MAX_AGE_S
        now_green = row in green_rows
        facts[:, row] = (
            queue, moving, unknown, age,
            0.0 if now_green else queue, queue if now_green else 0.0, moving if now_green else 0.0,
        )  # fmt: skip
        queue_m[row] = 0.0 if unknown else reading.queue_m
    sums = tables.served_or_not @ facts.T
    longest = (tables.serves * (tables.longest_of * (facts[0], queue_m))).max(axis=2)
    red = tables.stage_has * red_share

    rows = tables.blank.copy()
    now = rows[:stages]
    now[:, 1] = situation.allowed
    now[signals.stage, 2] = 1.0
    now[signals.stage, 3] = signals.stage_elapsed_s / 60
    now[:, 4] = float(signals.in_transition)
    now[:, 5:7] = sums[:stages, 0:2] / 30
    now[:, 7] = longest[:, 0]
    now[:, 8] = sums[:stages, 4] / 30
    now[:, 9:11] = sums[stages:, 5:7] / 30
    now[:, 11] = red.max(axis=1)
    now[:, 12] = red.sum(axis=1) * tables.per_member
    now[:, 13:15] = sums[:stages, 2:4] * tables.per_served
    now[:, 15] = np.minimum(2.0, longest[:, 1])
    now[:, 16] = tables.change_s[signals.stage]
    now[:, 18] = sums[stages:, 0] / 30
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
