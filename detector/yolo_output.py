"""What a YOLO network puts out, as detections: choice of class, threshold, and suppression of doubles."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.detection import Detections, among
from detector.letterbox import Fit

MAX_DETECTIONS = 300


def detections_of(
    output: NDArray[np.float32],
    fit: Fit,
    *,
    width_px: int,
    height_px: int,
    confidence: float,
    iou: float,
    class_ids: Collection[int],
) -> Detections:
    """Detections in a picture of that size.

    `output`: (4 + classes, places), centre, width and height in pixels of the square and a score a class (YOLO8, 11),
    or (N, 6), corners, score and class (networks without a suppression step: YOLO10, 26).
    """
    if output.shape[1] == 6:
        places = output[output[:, 4] > confidence]
        places = places[among(places[:, 5].astype(np.int64), class_ids)]
        corners, scores, classes = places[:, :4], places[:, 4], places[:, 5].astype(np.int64)
    else:
        # Few of many classes are wanted: to read only theirs of all places first takes a tenth of the time.
        asked = [4 + class_id for class_id in class_ids if 4 + class_id < len(output)]
        best = reduce(np.maximum, (output[row] for row in asked), np.zeros(output.shape[1], dtype=np.float32))
        places = output[:, np.flatnonzero(best > confidence)].T
        classes = places[:, 4:].argmax(axis=1)
        wanted = np.zeros(len(output), dtype=np.bool_)
        wanted[asked] = True
        chosen = np.flatnonzero(wanted[4 + classes])
        classes = classes[chosen]
        scores = places[chosen, 4 + classes]
        corners = places[chosen, :4]
        corners[:, :2] -= corners[:, 2:] * np.float32(0.5)
        kept = _suppressed(corners, scores, classes, confidence, iou)
        classes, scores, corners = classes[kept], scores[kept], corners[kept]
        corners[:, 2:] += corners[:, :2]
    return Detections(
        boxes_px=fit.back(np.asarray(corners, dtype=np.float32), width_px, height_px),
        confidence=np.asarray(scores, dtype=np.float32),
        class_ids=classes,
    )


def _suppressed(
    boxes: NDArray[np.float32],
    scores: NDArray[np.float32],
    classes: NDArray[np.int64],
    confidence: float,
    iou: float,
) -> NDArray[np.int64]:
    """Indices of the boxes (N, 4: left, top, width, height), surest first, without those that a surer one of their
    class overlaps by more than `iou`."""
    if not len(scores):
        return np.zeros(0, dtype=np.int64)
    kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), scores.tolist(), classes.tolist(), confidence, iou)
    surest = np.asarray(kept, dtype=np.int64)
    return np.asarray(surest[np.argsort(-scores[surest], kind="stable")][:MAX_DETECTIONS], dtype=np.int64)
