"""ByteTrack (Zhang et al., ECCV 2022): boxes of one picture after the other that are the same vehicle, by boxes alone.

The same tracks as ultralytics' own makes, in a fraction of the time: the tracks are rows of a few arrays, moved and
compared all at once, instead of objects with arrays of four numbers each.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.detection import Detections
from detector.frame import Picture
from detector.tracking import TrackedBox
from junction.errors import MissingPackageError

HIGH_CONFIDENCE = 0.25
"""Weaker boxes keep a track alive and start none."""
TRACK_BUFFER_S = 1.5
"""A track that is not seen for so long is over."""
LEAST_LIKELY = 0.8
"""A sure box goes on with a track when one less their overlap, weighed by the box's confidence, is no more than this;
with one that was seen only once, `FRESH`; for a weak box it is one less the overlap alone, `WEAK`."""
FRESH, WEAK = 0.7, 0.5
SAME_PLACE = 0.15
"""A track and a lost one that overlap by more than all but this are one: the younger is dropped."""
OF_HEIGHT = np.array((1.0, 1.0, 0.0, 1.0))
"""Middle, aspect and height of a box: what of them is as uncertain as the box is high."""
ASPECT = np.array((0.0, 0.0, 1.0, 0.0))
PLACE, SPEED = 1 / 20, 1 / 160
"""Standard deviations of a place and, a picture, of a speed, in heights of the box."""
ASPECT_MEASURED, ASPECT_DRIFT, ASPECT_SPEED_DRIFT = 1e-1, 1e-2, 1e-5
"""Standard deviations of the aspect, which do not depend on the height."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Tracks:
    """N tracks, a row each.

    `means`: (N, 8), middle, aspect and height of the box in pixels, and their speeds a picture. `spreads`: (N, 3, 4),
    the places' variances, places with speeds, the speeds' variances: every coordinate has a place and a speed of its
    own, so that a covariance needs no matrix of eight by eight. `begun` and `seen` are numbers of pictures; `known`
    tracks were seen twice, or in the first picture. A track that is `over` was lost for too long: it may be found again
    in the next picture, but is not lost once more.
    """

    ids: NDArray[np.int64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    begun: NDArray[np.int64]
    seen: NDArray[np.int64]
    known: NDArray[np.bool_]
    over: NDArray[np.bool_]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]

    @staticmethod
    def none() -> _Tracks:
        numbers = np.zeros(0, dtype=np.int64)
        return _Tracks(
            ids=numbers,
            means=np.zeros((0, 8)),
            spreads=np.zeros((0, 3, 4)),
            begun=numbers,
            seen=numbers,
            known=np.zeros(0, dtype=np.bool_),
            over=np.zeros(0, dtype=np.bool_),
            scores=np.zeros(0, dtype=np.float32),
            classes=numbers,
        )

    def rows(self, chosen: NDArray[np.int64]) -> _Tracks:
        return _Tracks(**{name: getattr(self, name)[chosen] for name in _COLUMNS})

    def and_also(self, others: _Tracks) -> _Tracks:
        return _Tracks(**{name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in _COLUMNS})

    def predict(self, rows: NDArray[np.int64]) -> None:
        """Move these a picture on."""
        means, spreads = self.means[rows], self.spreads[rows]
        height = means[:, 3:4].copy()
        means[:, :4] += means[:, 4:]
        places, both, speeds = spreads[:, 0], spreads[:, 1], spreads[:, 2]
        later = np.empty_like(spreads)
        later[:, 1] = both + speeds
        later[:, 0] = (places + both) + later[:, 1]
        later[:, 0] += np.square(_spread(PLACE * height, ASPECT_DRIFT))
        later[:, 2] = speeds + np.square(_spread(SPEED * height, ASPECT_SPEED_DRIFT))
        self.means[rows], self.spreads[rows] = means, later

    def correct(self, rows: NDArray[np.int64], measured: NDArray[np.float32]) -> None:
        """Move these to what was measured (N, 4) of their boxes' middle, aspect and height: a Kalman filter's step."""
        means, spreads = self.means[rows], self.spreads[rows]
        variance = spreads[:, 0] + np.square(_spread(PLACE * means[:, 3:4], ASPECT_MEASURED))
        gain = spreads[:, :2] / variance[:, None]
        error = measured - means[:, :4]
        means[:, :4] += gain[:, 0] * error
        means[:, 4:] += gain[:, 1] * error
        weighed = gain * variance[:, None]
        spreads[:, :2] -= weighed * gain[:, :1]
        spreads[:, 2] -= weighed[:, 1] * gain[:, 1]
        self.means[rows], self.spreads[rows] = means, spreads

    def corners(self) -> NDArray[np.float64]:
        """Left, top, right, bottom (N, 4)."""
        sizes = self.means[:, 2:4].copy()
        sizes[:, 0] *= sizes[:, 1]
        left_top = self.means[:, :2] - sizes / 2
        return np.concatenate([left_top, left_top + sizes], axis=1)


_COLUMNS = [column.name for column in fields(_Tracks)]


class ByteTracker:
    """The tracker of one camera. Detections weaker than `low_confidence` are not looked at."""

    def __init__(self, *, fps: float, low_confidence: float = 0.1) -> None:
        try:
            self._assign: Any = import_module("lap").lapjv
        except ModuleNotFoundError:
            raise MissingPackageError("lap", extra="detect") from None
        self._low_confidence = low_confidence
        self._buffer = max(2, round(fps * TRACK_BUFFER_S))
        self.reset()

    def reset(self) -> None:
        """Forget every track, and begin with number 1 again."""
        self._tracks = _Tracks.none()
        self._followed = 0
        """So many of the rows are tracks that are seen; those after them are lost."""
        self._picture = 0
        self._last_id = 0

    def update(self, detections: Detections, _picture: Picture | None = None) -> list[TrackedBox]:
        """The tracks seen in the next picture: boxes are smoothed, classes the detector's."""
        self._picture += 1
        corner, opposite = detections.boxes_px[:, :2], detections.boxes_px[:, 2:]
        sizes = opposite - corner
        left_top = np.asarray((corner + opposite) / 2 - sizes / 2, dtype=np.float32)
        boxes = np.concatenate([left_top, left_top + sizes], axis=1)
        scores, there = detections.confidence, (sizes > 0).all(axis=1)
        sure = np.flatnonzero(there & (scores >= HIGH_CONFIDENCE))
        weak = np.flatnonzero(there & (scores > self._low_confidence) & (scores < HIGH_CONFIDENCE))

        tracks, followed = self._tracks, self._followed
        tracks.means[followed:, 7] = 0
        fresh = np.flatnonzero(~tracks.known)
        known = np.flatnonzero(tracks.known)
        tracks.predict(known)
        corners = tracks.corners()
        found = np.full(len(tracks.ids), -1, dtype=np.int64)  # a row's box, by number
        sure = self._match(corners, known, boxes, sure, found, LEAST_LIKELY, scores)
        left = known[(known < followed) & (found[known] < 0)]
        self._match(corners, left, boxes, weak, found, WEAK)
        sure = self._match(corners, fresh, boxes, sure, found, FRESH, scores)

        seen = found >= 0
        rows = np.flatnonzero(seen)
        numbers = found[rows]
        measured = np.empty_like(boxes)
        measured[:, :2] = left_top + sizes / 2
        measured[:, 3] = sizes[:, 1]
        measured[there, 2] = sizes[there, 0] / sizes[there, 1]
        tracks.correct(rows, measured[numbers])
        tracks.seen[rows], tracks.known[rows] = self._picture, True
        tracks.scores[rows], tracks.classes[rows] = scores[numbers], detections.class_ids[numbers]
        return self._boxes(self._settle(seen, measured[sure], scores[sure], detections.class_ids[sure]))

    def _match(
        self,
        corners: NDArray[np.float64],
        rows: NDArray[np.int64],
        boxes: NDArray[np.float32],
        numbers: NDArray[np.int64],
        found: NDArray[np.int64],
        limit: float,
        scores: NDArray[np.float32] | None = None,
    ) -> NDArray[np.int64]:
        """Give these rows of tracks their boxes among these numbers, in `found`; the numbers that are left over."""
        if not len(rows) or not len(numbers):
            return numbers
        likely = overlap(corners[rows].astype(np.float32), boxes[numbers])
        if scores is not None:
            likely *= scores[numbers]
        _, partners, owners = self._assign(1 - likely, extend_cost=True, cost_limit=limit)
        matched = partners >= 0
        found[rows[matched]] = numbers[partners[matched]]
        left: NDArray[np.int64] = numbers[owners < 0]
        return left

    def _settle(
        self,
        seen: NDArray[np.bool_],
        measured: NDArray[np.float32],
        scores: NDArray[np.float32],
        classes: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Begin a track of every box that was `measured` and left over; let the others go on, be lost, or end. Returns
        the corners of all."""
        tracks, followed = self._tracks, self._followed
        numbers = np.arange(len(tracks.ids))
        goes_on = numbers[:followed][seen[:followed]]
        refound = numbers[followed:][seen[followed:]]
        away = ~seen & tracks.known & ~tracks.over
        lost = np.concatenate([numbers[followed:][away[followed:]], numbers[:followed][away[:followed]]])
        tracks.over[followed:] |= self._picture - tracks.seen[followed:] > self._buffer
        begun = np.arange(len(tracks.ids), len(tracks.ids) + len(scores))
        if len(scores):
            tracks = tracks.and_also(self._new(measured, scores, classes))
        order = np.concatenate([goes_on, begun, refound, lost])
        self._tracks, self._followed = tracks.rows(order), len(order) - len(lost)
        corners = self._tracks.corners().astype(np.float32)
        if len(lost):
            corners = self._drop_doubles(corners)
        return corners

    def _new(self, measured: NDArray[np.float32], scores: NDArray[np.float32], classes: NDArray[np.int64]) -> _Tracks:
        n = len(scores)
        means = np.concatenate([measured, np.zeros_like(measured)], axis=1).astype(np.float64)
        spreads = np.zeros((n, 3, 4))
        height = means[:, 3:4]
        spreads[:, 0] = np.square(_spread(2 * PLACE * height, ASPECT_DRIFT))
        spreads[:, 2] = np.square(_spread(10 * SPEED * height, ASPECT_SPEED_DRIFT))
        now = np.full(n, self._picture, dtype=np.int64)
        ids = np.arange(self._last_id + 1, self._last_id + 1 + n, dtype=np.int64)
        self._last_id += n
        return _Tracks(
            ids=ids,
            means=means,
            spreads=spreads,
            begun=now,
            seen=now,
            known=np.full(n, self._picture == 1),
            over=np.zeros(n, dtype=np.bool_),
            scores=scores,
            classes=classes,
        )

    def _drop_doubles(self, corners: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of a track and a lost one at the same place, drop the one that was followed for less long. Returns the
        corners of those that are kept."""
        tracks, followed = self._tracks, self._followed
        ours, theirs = np.nonzero(1 - overlap(corners[:followed], corners[followed:]) < SAME_PLACE)
        if not len(ours):
            return corners
        theirs += followed
        age = tracks.seen - tracks.begun
        dropped = np.where(age[ours] > age[theirs], theirs, ours)
        kept = np.delete(np.arange(len(tracks.ids)), dropped)
        self._tracks, self._followed = tracks.rows(kept), int((kept < followed).sum())
        return corners[kept]

    def _boxes(self, corners: NDArray[np.float32]) -> list[TrackedBox]:
        tracks = self._tracks
        rows = np.flatnonzero(tracks.known[: self._followed])
        columns = (tracks.ids, corners, tracks.scores, tracks.classes)
        return [
            TrackedBox(track_id=track_id, box_px=(left, top, right, bottom), confidence=score, class_id=class_id)
            for track_id, (left, top, right, bottom), score, class_id in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        ]


def overlap(ones: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of every box (N, 4) with every other one (M, 4), as (N, M)."""
    common = np.minimum(ones[:, None, 2:], others[:, 2:]) - np.maximum(ones[:, None, :2], others[:, :2])
    np.maximum(common, 0, out=common)
    both = common[..., 0] * common[..., 1]
    own, other = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (ones, others))
    return np.asarray(both / (other + own[:, None] - both + np.float32(1e-7)), dtype=np.float32)


def _spread(of_height: NDArray[np.float64], of_aspect: float) -> NDArray[np.float64]:
    return np.asarray(of_height * OF_HEIGHT + of_aspect * ASPECT, dtype=np.float64)
