"""One vehicle that was found under two classes is one vehicle.

A pickup is found as a car and as a truck at the same place; each box would become a track and be counted. A cycle
and its rider are two classes on purpose and are left to `detector/riders.py`.
"""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np

from detector.detection import Detections, among

SAME_VEHICLE_IOU = 0.6


def drop_duplicates(detections: Detections, class_ids: Collection[int]) -> Detections:
    """Of boxes of these classes that overlap by more than `SAME_VEHICLE_IOU`, only the surest; the rest untouched."""
    chosen = np.flatnonzero(among(detections.class_ids, class_ids))
    if len(chosen) < 2:
        return detections
    boxes = detections.boxes_px[chosen].astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), detections.confidence[chosen].tolist(), 0.0, SAME_VEHICLE_IOU)
    keep = np.ones(len(detections), dtype=np.bool_)
    keep[np.delete(chosen, np.asarray(kept, dtype=np.int64))] = False
    return Detections(
        boxes_px=detections.boxes_px[keep],
        confidence=detections.confidence[keep],
        class_ids=detections.class_ids[keep],
    )
