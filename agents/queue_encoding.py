"""The queue model's junctions as a camera would report them, encoded as `junction.encoding.encode` does, all at once.

A test holds it to `encode` feature by feature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.queue_model import Floats, QueueModel
from junction.encoding import FULL_SIGHT_M, MAX_STAGES, STAGE_FEATURES, usable_flow_pcu_s
from junction.observation import MAX_AGE_S
from junction.vehicle import JAM_M_PER_PCU

READING_AGE_S = 1.0
"""A camera's latency: what it saw is known a second later."""
SEEN_SHARE = 0.9
"""Vehicles that a camera finds (`envs.sensors.SensorModel`'s default over the class mix)."""
COUNT_NOISE = 0.12


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraReadings:
    """What the cameras see. `queue` and `moving` are (2, J, L), PCU first and vehicles second; `queue_m` is (J, L)."""

    queue: Floats
    moving: Floats
    queue_m: Floats


def readings(model: QueueModel) -> CameraReadings:
    """The model's traffic in view, with noise in the counts."""
    room_pcu = model.reach_pcu[..., None] * model.lane_share
    standing = (model.standing * _in_room(room_pcu, model.standing[0])).sum(axis=3)
    moving = model.rolling.sum(axis=3) + model.arriving_in_view()
    moving = moving * _in_room(np.maximum(0.0, model.reach_pcu - standing[0]), moving[0])
    in_queue = (model.standing[0] + model.rolling[0]) / np.where(room_pcu > 0, room_pcu, 1.0)
    back_m = np.minimum(1.0, in_queue.max(axis=2) * model.queue_stretch) * model.reach_m
    noise = model.rng.normal(1.0, COUNT_NOISE, (2, *back_m.shape)).clip(0.0, None) * SEEN_SHARE
    return CameraReadings(
        queue=standing * noise[0], moving=moving * noise[1], queue_m=np.where(standing[0] > 0, back_m, 0.0)
    )


def _in_room(room_pcu: Floats, there_pcu: Floats) -> Floats:
    """The share of what is there that there is room for."""
    share: Floats = np.minimum(1.0, room_pcu / np.where(there_pcu > 0, there_pcu, np.inf))
    return np.where(there_pcu > room_pcu, share, 1.0)


def encode_rows(model: QueueModel, allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Rows of every junction, float32 (J, MAX_STAGES, features), with noise in the counts."""
    return rows_of(model, allowed, readings(model))


def rows_of(model: QueueModel, allowed: NDArray[np.bool_], seen: CameraReadings) -> NDArray[np.float32]:
    """Rows for given readings."""
    (queue_pcu, queue_veh), (moving_pcu, moving_veh), queue_m = seen.queue, seen.moving, seen.queue_m
    shape = model.shape
    count = len(model.stage)
    junctions = np.arange(count)
    green = model.green.astype(float)
    red_share = np.minimum(2.0, model.red_s() / shape.max_red_s)
    serves, has = shape.serves, shape.stage_has
    now = np.einsum("jg,jgl->jl", green, shape.share)[:, None, :]
    gained, lost = np.maximum(0.0, serves - now), np.maximum(0.0, now - serves)
    kept_back = np.where(shape.exists[:, :, None], 1 - serves, 0.0)
    in_part = np.where((serves > 1e-9) & (serves < 1 - 1e-9), 1 - serves, 0.0)
    opened = np.maximum(1e-9, serves.sum(axis=2))
    reached = queue_m / model.reach_m
    sight = np.minimum(1.0, model.reach_m / FULL_SIGHT_M)
    flow = np.where(shape.flow_pcu_s > 0, shape.flow_pcu_s, 1.0)
    lane_flow = flow / shape.lanes
    elapsed_s = np.maximum(0.0, model.time_s - model.stage_since_s)

    def summed(weights: Floats, values: Floats) -> Floats:
        total: Floats = np.einsum("jsl,jl->js", weights, values)
        return total

    rows = np.zeros((count, MAX_STAGES, len(STAGE_FEATURES)), dtype=np.float32)
    columns = {
        "exists": np.ones((count, MAX_STAGES)),
        "allowed": allowed.astype(float),
        "changing": np.repeat(model.changing[:, None].astype(float), MAX_STAGES, axis=1),
        "queue_pcu": summed(serves, queue_pcu) / 30,
        "moving_pcu": summed(serves, moving_pcu) / 30,
        "clearance_time": (serves * (queue_pcu / flow)[:, None, :]).max(axis=2) / 30,
        "new_queue_pcu": summed(gained, queue_pcu) / 30,
        "lost_queue_pcu": summed(lost, queue_pcu) / 30,
        "lost_moving_pcu": summed(lost, moving_pcu) / 30,
        "longest_red": (has * red_share[:, None, :]).max(axis=2),
        "mean_red": np.einsum("jsg,jg->js", has.astype(float), red_share) / np.maximum(1, has.sum(axis=2)),
        "reading_age": np.full((count, MAX_STAGES), READING_AGE_S / MAX_AGE_S) * (serves.sum(axis=2) > 0),
        "queue_reach": np.minimum(2.0, (serves * reached[:, None, :]).max(axis=2)),
        "change_time": shape.change_s[junctions, model.stage] / 10,
        "saturation_flow": summed(serves, shape.flow_pcu_s) * 3600 / 10_000,
        "others_queue_pcu": summed(kept_back, queue_pcu) / 30,
        "stages": np.repeat(shape.stages[:, None] / MAX_STAGES, MAX_STAGES, axis=1),
        "blocked_queue_pcu": summed(in_part, queue_pcu) / 30,
        "sight": summed(serves, sight) / opened,
        "short_sight_full": summed(serves, (1 - sight) * np.minimum(1.0, reached)),
        "queue_veh": summed(serves, queue_veh) / 30,
        "moving_veh": summed(serves, moving_veh) / 30,
        "new_queue_veh": summed(gained, queue_veh) / 30,
        "lost_veh": summed(lost, queue_veh + moving_veh) / 30,
        "others_queue_veh": summed(kept_back, queue_veh) / 30,
        "longest_lane": (serves * (queue_m / JAM_M_PER_PCU / lane_flow)[:, None, :]).max(axis=2) / 30,
        "usable_flow": summed(serves, usable_flow_pcu_s(queue_pcu, queue_m, flow, shape.lanes)) * 3600 / 10_000,
    }
    for name, values in columns.items():
        rows[:, :, STAGE_FEATURES.index(name)] = values
    rows[junctions, model.stage, STAGE_FEATURES.index("is_current")] = 1.0
    rows[junctions, model.stage, STAGE_FEATURES.index("green_elapsed")] = elapsed_s / 60
    rows[~shape.exists] = 0.0
    return rows
