"""An observation as numbers: one row a stage, the same in training and in service.

A policy scores rows, so it fits junctions of any shape. Readings that are not known count as nothing seen and
raise the row's `unknown_share`, so that "cannot see" and "empty" differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from junction.ensemble import Ensemble, EnsembleLamps, Segments
from junction.layout import JunctionLayout
from junction.observation import MAX_AGE_S
from junction.opening import OpenShare, opened_share
from junction.policy import Situation
from junction.signals import SignalState
from junction.vehicle import JAM_M_PER_PCU, VEHICLE_CLASSES, lanes_in, pcu_by_row

ENCODING_VERSION = "stage-rows/3"
MAX_STAGES = 12
MAX_LISTS = 64
"""Lists of junctions that `SituationRows` keeps at most."""
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
    "blocked_queue_pcu",
    "sight",
    "short_sight_full",
    "queue_veh",
    "moving_veh",
    "new_queue_veh",
    "lost_veh",
    "others_queue_veh",
    "longest_lane",
    "usable_flow",
)
"""Columns of `encode`, in order.

A lane group counts for a stage by the share of its movements that the stage opens (`junction.opening`): a shared lane
is not served by the green of its left turn alone.

exists, allowed, is_current, changing: 0 or 1. green_elapsed: s / 60. queue_pcu, moving_pcu (in view, not queued),
new_queue_pcu (what the stage opens and the lamps do not), lost_* (what the lamps open and the stage would not),
others_queue_pcu (not opened by the stage), blocked_queue_pcu (the part of that in lane groups that it opens in part):
PCU / 30. queue_veh, moving_veh, new_queue_veh, others_queue_veh: the same in vehicles / 30, and lost_veh all that is
lost of them: PCU are what a green has to serve, vehicles are who waits. clearance_time: s / 30 to discharge the longest
queue at saturation flow. longest_lane: s / 30 for one lane of the length of the longest queue: where it is more, some
lanes have a queue and others none. longest_red, mean_red: s of red over the groups' maximum red. unknown_share: 0 to 1.
reading_age: mean s / MAX_AGE_S, at most 1. queue_reach: longest queue over the camera's reach. change_time: s / 10 to
the stage's green. saturation_flow: PCU/h / 10,000. usable_flow: the same of as many lanes as the queue, packed to its
length, would fill. stages: number / MAX_STAGES. sight: mean of the camera's reach / FULL_SIGHT_M, at most 1.
short_sight_full: lane groups whose queue fills the reach, each by what its reach lacks of FULL_SIGHT_M: more may stand
there than is seen.
"""
FULL_SIGHT_M = 120.0
"""What a camera reaches where nothing cuts its sight (`LaneGroup.storage_m`)."""

# What `StageRows.rows` knows of lane groups: queue and moving in PCU, then in vehicles, both in vehicles, unknown, age,
# full, usable flow, clearance, reached, longest lane. By these numbers those that it sums up for a stage, each with a
# weight of its own, and those whose largest it takes.
_SUMMED = (0, 1, 0, 0, 1, 0, 0, 2, 3, 2, 4, 2, 5, 6, 7, 8)
_LARGEST = (9, 10, 11)
_WEIGHED = np.array(_SUMMED + _LARGEST)
_NEW, _LOST, _OTHERS, _BLOCKED = np.array([2, 9]), np.array([3, 4, 10]), np.array([5, 11]), 6
_COUNT_COLUMNS = np.array([5, 6, 8, 9, 10, 18, 20, 23, 24, 25, 26, 27])
"""Where the first of the sums, those of PCU and vehicles, belong among `STAGE_FEATURES`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What is known of lane groups, each float64 of shape (lane groups,): PCU in view and queued, vehicles in view and
    queued, the queue's length in metres, and the reading's age in seconds (NaN: never seen)."""

    present_pcu: NDArray[np.float64]
    queue_pcu: NDArray[np.float64]
    present_veh: NDArray[np.float64]
    queue_veh: NDArray[np.float64]
    queue_m: NDArray[np.float64]
    age_s: NDArray[np.float64]


class StageRows:
    """Encodes these junctions together, however many: a junction's rows are the same to the bit with others or alone.

    Raises ValueError for a layout of more than MAX_STAGES stages.
    """

    def __init__(self, layouts: Sequence[JunctionLayout]) -> None:
        for layout in layouts:
            if len(layout.stages) > MAX_STAGES:
                raise ValueError(
                    f"junction {layout.id}: expected at most {MAX_STAGES} stages, got {len(layout.stages)}"
                )
        self.ensemble = ensemble = Ensemble(layouts)
        self.lamps = EnsembleLamps(ensemble)
        members: list[list[int]] = []
        lanes_of: list[list[int]] = []
        shares: list[NDArray[np.float64]] = []
        changes_s: list[NDArray[np.float64]] = []
        for junction, layout in enumerate(layouts):
            first_lane, first_group = ensemble.lane_parts[junction].start, ensemble.group_parts[junction].start
            for groups, share in zip(layout.stage_groups, opened_share(layout), strict=True):
                lanes_of.append(list(range(first_lane, first_lane + len(layout.lane_groups))))
                shares.append(share)
                members.append([first_group + group for group in sorted(groups)])
            changes_s.append(
                np.array([[layout.transition_s(a.id, b.id) for b in layout.stages] for a in layout.stages])
            )
        lane_groups = [lane_group for layout in layouts for lane_group in layout.lane_groups]
        flow_pcu_s = np.array([lane_group.saturation_flow_pcu_h / 3600 for lane_group in lane_groups])
        reach_m = np.array([lane_group.storage_m for lane_group in lane_groups])
        sight = np.minimum(1.0, reach_m / FULL_SIGHT_M)
        self._lanes = Segments(lanes_of, ensemble.lane_groups)
        self._share = share = self._lanes.beside(np.concatenate([np.zeros(0), *shares]))
        # By what every fact of `_SUMMED` and `_LARGEST` counts; what the lamps open is written anew each time.
        self._weight = np.repeat(share[:, np.newaxis], len(_SUMMED) + len(_LARGEST), axis=1)
        self._weight[:, _OTHERS] = (1 - share)[:, np.newaxis]
        self._weight[:, _BLOCKED] = np.where((share > 0) & (share < 1), 1 - share, 0.0)
        self._open = OpenShare(layouts, ensemble)
        self._members = Segments(members, ensemble.groups)
        self._flow_pcu_s, self._reach_m, self._lacks_sight = flow_pcu_s, reach_m, 1 - sight
        self._lanes_wide = np.array([lanes_in(lane_group.width_m) for lane_group in lane_groups])
        self._lane_s_per_m = self._lanes_wide / flow_pcu_s / JAM_M_PER_PCU
        self._max_red_s = np.array([group.max_red_s for layout in layouts for group in layout.groups])
        opened = self._lanes.sums_of(share[:, np.newaxis])
        self._per_opened = 1 / np.where(opened > 0, opened, 1.0)
        self._per_member = 1 / np.array([len(groups) for groups in members])
        self._change = [change_s / 10 for change_s in changes_s]
        self._first_stage = np.array([part.start for part in ensemble.stage_parts])
        self._place = np.array(
            [
                junction * MAX_STAGES + stage
                for junction, part in enumerate(ensemble.stage_parts)
                for stage in range(part.stop - part.start)
            ],
            np.int64,
        )
        # What never changes; the other columns are written anew each time.
        self._block = np.zeros((ensemble.stages, len(STAGE_FEATURES)))
        self._block[:, 0] = 1.0
        fixed = np.stack([flow_pcu_s, sight], axis=1)
        fixed = self._lanes.sums_of(share[:, np.newaxis] * self._lanes.chosen(fixed))
        self._block[:, 17] = fixed[:, 0] * 3600 / 10_000
        self._block[:, 19] = np.array([len(layouts[j].stages) for j in ensemble.junction_of_stage]) / MAX_STAGES
        self._block[:, 21] = fixed[:, 1] * self._per_opened[:, 0]

    def rows(
        self, readings: Readings, signals: Sequence[SignalState], allowed: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Rows, float32 (junctions, MAX_STAGES, len(STAGE_FEATURES)), 0 past a layout's stages; and the masks `allowed`
        (bool, by stage, junction after junction) padded to (junctions, MAX_STAGES)."""
        ensemble, lamps = self.ensemble, self.lamps
        lamps.show(signals)
        known = readings.age_s <= MAX_AGE_S  # not for a NaN
        facts = np.zeros((ensemble.lane_groups, 12))
        queue, moving, queue_veh, moving_veh, both_veh, unknown, age, full, usable, clearance, reached, longest = (
            facts.T
        )
        np.copyto(queue, readings.queue_pcu, where=known)
        np.copyto(moving, np.maximum(0.0, readings.present_pcu - readings.queue_pcu), where=known)
        np.copyto(queue_veh, readings.queue_veh, where=known)
        np.copyto(moving_veh, np.maximum(0.0, readings.present_veh - readings.queue_veh), where=known)
        np.add(queue_veh, moving_veh, out=both_veh)
        np.logical_not(known, out=unknown)
        age[:] = 1.0
        np.divide(readings.age_s, MAX_AGE_S, out=age, where=known)
        np.divide(readings.queue_m, self._reach_m, out=reached, where=known)
        np.multiply(readings.queue_m, self._lane_s_per_m / 30, out=longest, where=known)
        usable[:] = usable_flow_pcu_s(queue, np.where(known, readings.queue_m, 0.0), self._flow_pcu_s, self._lanes_wide)
        np.multiply(self._lacks_sight, np.minimum(1.0, reached), out=full)
        np.divide(queue / self._flow_pcu_s, 30, out=clearance)

        # By stage and lane group of its junction; a row of zeros opens every stage's.
        share, weight = self._share, self._weight
        now = self._lanes.chosen(self._open.of(lamps.green)[:, np.newaxis])[:, 0]
        weight[:, _NEW] = np.maximum(0.0, share - now)[:, np.newaxis]
        weight[:, _LOST] = np.maximum(0.0, now - share)[:, np.newaxis]
        weighed = weight * self._lanes.chosen(facts[:, _WEIGHED])
        sums = self._lanes.sums_of(weighed[:, : len(_SUMMED)])
        largest = self._lanes.largest_of(weighed[:, len(_SUMMED) :])
        red = self._members.chosen(np.minimum(2.0, lamps.red_ds / 10 / self._max_red_s)[:, np.newaxis])

        block = self._block
        current = self._first_stage + [state.stage for state in signals]
        padded = np.zeros((ensemble.junctions, MAX_STAGES), np.bool_)
        block[:, 1] = padded.reshape(-1)[self._place] = allowed
        block[:, 2:4] = 0.0
        block[current, 2] = 1.0
        block[current, 3] = [state.stage_elapsed_s / 60 for state in signals]
        block[:, 4] = np.array([state.in_transition for state in signals])[ensemble.junction_of_stage]
        block[:, _COUNT_COLUMNS] = sums[:, : len(_COUNT_COLUMNS)] / 30
        block[:, 7] = largest[:, 0]
        block[:, 11] = self._members.largest_of(red)[:, 0]
        block[:, 12] = self._members.sums_of(red)[:, 0] * self._per_member
        block[:, 13:15] = sums[:, 12:14] * self._per_opened
        block[:, 15] = np.minimum(2.0, largest[:, 1])
        block[:, 16] = np.concatenate([self._change[j][state.stage] for j, state in enumerate(signals)])
        block[:, 22] = sums[:, 14]
        block[:, 28] = largest[:, 2]
        block[:, 29] = sums[:, 15] * 3600 / 10_000
        rows = np.zeros((ensemble.junctions, MAX_STAGES, len(STAGE_FEATURES)), np.float32)
        rows.reshape(-1, len(STAGE_FEATURES))[self._place] = block
        return rows, padded


def usable_flow_pcu_s(
    queue_pcu: NDArray[np.floating],
    queue_m: NDArray[np.floating],
    flow_pcu_s: NDArray[np.floating],
    lanes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """What lane groups can discharge, PCU/s: the flow of as many lanes as their queues, packed to their lengths, fill.

    At least one lane's, at most that of all of them; that of all where no queue is. Arrays of one shape.
    """
    filled = queue_pcu * JAM_M_PER_PCU / np.where(queue_m > 0, queue_m, np.inf)
    usable: NDArray[np.float64] = np.where(queue_m > 0, np.clip(filled, 1, lanes) / lanes, 1.0) * flow_pcu_s
    return usable


class SituationRows:
    """Encodes lists of situations, as `encode` and `stage_mask` would one by one. What it works out for a list of
    junctions is kept for the next time that they are asked for together."""

    def __init__(self) -> None:
        self._encoders: dict[tuple[JunctionLayout, ...], StageRows] = {}

    def __call__(self, situations: Sequence[Situation]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Rows (situations, MAX_STAGES, features) and masks (situations, MAX_STAGES)."""
        layouts = tuple(situation.layout for situation in situations)
        encoder = self._encoders.get(layouts)
        if encoder is None:
            if len(self._encoders) >= MAX_LISTS:
                self._encoders.clear()
            encoder = self._encoders[layouts] = StageRows(layouts)
        return _encoded(encoder, situations)


def encode(situation: Situation) -> NDArray[np.float32]:
    """Rows for `situation`, float32 (MAX_STAGES, len(STAGE_FEATURES)); rows past the layout's stages are 0."""
    if situation.layout not in _encoders:
        _encoders[situation.layout] = StageRows([situation.layout])
    rows: NDArray[np.float32] = _encoded(_encoders[situation.layout], [situation])[0][0]
    return rows


def stage_mask(situation: Situation) -> NDArray[np.bool_]:
    """The guard's mask padded to (MAX_STAGES,)."""
    mask = np.zeros(MAX_STAGES, dtype=np.bool_)
    mask[: len(situation.allowed)] = situation.allowed
    return mask


_encoders: WeakKeyDictionary[JunctionLayout, StageRows] = WeakKeyDictionary()


def _encoded(encoder: StageRows, situations: Sequence[Situation]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    found = [reading for situation in situations for reading in situation.observation.readings]
    present = np.array([r.present_veh for r in found]).reshape(-1, len(VEHICLE_CLASSES))
    readings = Readings(
        present_pcu=pcu_by_row(present),
        queue_pcu=np.array([r.queue_pcu for r in found]),
        present_veh=present.sum(axis=1),
        queue_veh=np.array([r.queue_veh for r in found]),
        queue_m=np.array([r.queue_m for r in found]),
        age_s=np.array([np.nan if r.age_s is None else r.age_s for r in found]),
    )
    signals = [situation.observation.signals for situation in situations]
    return encoder.rows(readings, signals, np.concatenate([situation.allowed for situation in situations]))
