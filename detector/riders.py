"""Riders and their cycles are one vehicle.

Weights trained on everyday pictures see a two-wheeler in traffic as a person, as a motorcycle, or as both, from one
picture to the next, and often as two motorcycles, with and without the rider. One box for the whole lets a tracker
follow it. A person without a cycle stays a person: tracked (the cycle may be found in the next picture), counted only
when its track turns out to have one (`Track.vehicle_class`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

import numpy as np

from detector.detection import Detections

SAME_CYCLE_SHARE = 0.6
"""Of the smaller of two cycle boxes, so much lies in the other: they are one cycle, with and without its rider."""
RIDER_INSIDE_SHARE = 0.2
"""A rider's box lies in the cycle's by at least so much."""
RIDER_WIDTH_SHARE = 0.5
"""A rider's box stands over the cycle's with at least so much of its width."""

_Box: TypeAlias = list[float]
"""Left, top, right, bottom."""


def merge_riders(detections: Detections, cycle_ids: Collection[int], rider_ids: Collection[int]) -> Detections:
    """The detections with every cycle and its riders as one box of the cycle's class.

    A merged box spans its members; its confidence is the chance that not every member is a mistake.
    """
    boxes: list[_Box] = detections.boxes_px.tolist()  # of few numbers each: arrays would take three times as long
    classes: list[int] = detections.class_ids.tolist()
    order: list[int] = np.argsort(-detections.confidence, kind="stable").tolist()
    groups: list[list[int]] = []
    for index in (i for i in order if classes[i] in cycle_ids):
        home = next((group for group in groups if _same_cycle(boxes[group[0]], boxes[index])), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    lone: list[int] = []
    cycles = [_span([boxes[i] for i in group]) for group in groups]
    for index in (i for i in order if classes[i] in rider_ids):
        fits = [_rides(boxes[index], cycle) for cycle in cycles]
        if any(fits):
            groups[fits.index(max(fits))].append(index)
        else:
            lone.append(index)
    single = [i for i, name in enumerate(classes) if name not in cycle_ids and name not in rider_ids] + lone
    merged = [_span([boxes[i] for i in group]) for group in groups]
    sure = [1 - np.prod(1 - detections.confidence[group]) for group in groups]
    return Detections(
        boxes_px=np.array([boxes[i] for i in single] + merged, dtype=np.float32).reshape(-1, 4),
        confidence=np.concatenate([detections.confidence[single], np.array(sure, dtype=np.float32)]),
        class_ids=np.array([classes[i] for i in single] + [classes[group[0]] for group in groups], dtype=np.int64),
    )


def _span(boxes: Sequence[_Box]) -> _Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return [min(lefts), min(tops), max(rights), max(bottoms)]


def _area(box: _Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _common(one: _Box, other: _Box) -> float:
    return _area([max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])])


def _same_cycle(one: _Box, other: _Box) -> bool:
    return _common(one, other) >= SAME_CYCLE_SHARE * max(1.0, min(_area(one), _area(other)))


def _rides(person: _Box, cycle: _Box) -> float:
    """How well a person sits on a cycle: the share of its box inside the cycle's; 0 when it does not."""
    over = min(person[2], cycle[2]) - max(person[0], cycle[0])
    if over < RIDER_WIDTH_SHARE * (person[2] - person[0]):
        return 0.0
    inside = _common(person, cycle) / max(1.0, _area(person))
    reaches_down = person[3] >= cycle[1]
    stands_deeper = person[3] > cycle[3] + 0.25 * (cycle[3] - cycle[1])
    return inside if inside >= RIDER_INSIDE_SHARE and reaches_down and not stands_deeper else 0.0
