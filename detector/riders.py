"""Riders and their cycles are one vehicle.

Weights trained on everyday pictures see a two-wheeler in traffic as a person, as a motorcycle, or as both, from one
picture to the next, and often as two motorcycles, with and without the rider. One box for the whole lets a tracker
follow it. A person without a cycle stays a person: tracked (the cycle may be found in the next picture), counted only
when its track turns out to have one (`Track.vehicle_class`).
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from detector.detection import Detections, among

SAME_CYCLE_SHARE = 0.6
"""Of the smaller of two cycle boxes, so much lies in the other: they are one cycle, with and without its rider."""
RIDER_INSIDE_SHARE = 0.2
"""A rider's box lies in the cycle's by at least so much."""
RIDER_WIDTH_SHARE = 0.5
"""A rider's box stands over the cycle's with at least so much of its width."""


def merge_riders(detections: Detections, cycle_ids: Collection[int], rider_ids: Collection[int]) -> Detections:
    """The detections with every cycle and its riders as one box of the cycle's class.

    A merged box spans its members; its confidence is the chance that not every member is a mistake.
    """
    is_cycle = among(detections.class_ids, cycle_ids)
    is_rider = among(detections.class_ids, rider_ids)
    order = np.argsort(-detections.confidence, kind="stable")
    groups: list[list[int]] = []
    for index in (int(i) for i in order if is_cycle[i]):
        home = next((g for g in groups if _same_cycle(detections.boxes_px[g[0]], detections.boxes_px[index])), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    lone: list[int] = []
    cycles = [_span(detections.boxes_px[group]) for group in groups]
    for index in (int(i) for i in order if is_rider[i]):
        fits = [_rides(detections.boxes_px[index], cycle) for cycle in cycles]
        if any(fits):
            groups[int(np.argmax(fits))].append(index)
        else:
            lone.append(index)
    others = [int(i) for i in np.flatnonzero(~is_cycle & ~is_rider)] + lone
    return Detections(
        boxes_px=np.array(
            [detections.boxes_px[i] for i in others] + [_span(detections.boxes_px[group]) for group in groups],
            dtype=np.float32,
        ).reshape(-1, 4),
        confidence=np.array(
            [detections.confidence[i] for i in others]
            + [1 - np.prod(1 - detections.confidence[group]) for group in groups],
            dtype=np.float32,
        ),
        class_ids=np.array(
            [detections.class_ids[i] for i in others] + [detections.class_ids[group[0]] for group in groups],
            dtype=np.int64,
        ),
    )


def _span(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _area(box: NDArray[np.float32]) -> float:
    return float(max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]))


def _common(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return _area(np.concatenate([np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])]))


def _same_cycle(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return _common(one, other) >= SAME_CYCLE_SHARE * max(1.0, min(_area(one), _area(other)))


def _rides(person: NDArray[np.float32], cycle: NDArray[np.float32]) -> float:
    """How well a person sits on a cycle: the share of its box inside the cycle's; 0 when it does not."""
    over = min(person[2], cycle[2]) - max(person[0], cycle[0])
    inside = _common(person, cycle) / max(1.0, _area(person))
    reaches_down = person[3] >= cycle[1]
    stands_deeper = person[3] > cycle[3] + 0.25 * (cycle[3] - cycle[1])
    if over < RIDER_WIDTH_SHARE * (person[2] - person[0]) or inside < RIDER_INSIDE_SHARE:
        return 0.0
    return float(inside) if reaches_down and not stands_deeper else 0.0
