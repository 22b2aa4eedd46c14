"""ultralytics' ByteTrack with the same results in less than half the time.

The tracker is theirs: which boxes belong together, when a track begins, is lost and ends. What it does track by track
with arrays of four numbers is done here for all tracks of a picture at once: their boxes, and the Kalman filter in
closed form. Call after `load_ultralytics` (detector/yolo.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

OF_HEIGHT = np.array((1.0, 1.0, 0.0, 1.0))
"""Middle, aspect and height of a box: what of them is as uncertain as the box is high."""
ASPECT = np.array((0.0, 0.0, 1.0, 0.0))
ASPECT_MEASURED, ASPECT_DRIFT, ASPECT_SPEED_DRIFT = 1e-1, 1e-2, 1e-5
"""ByteTrack's standard deviations of the aspect, which do not depend on the height."""


@cache
def quick_byte_tracker() -> Any:
    """The class, to be made with ultralytics' settings like its own."""
    byte_tracker: Any = import_module("ultralytics.trackers.byte_tracker")
    base: Any = import_module("ultralytics.trackers.basetrack")
    filters: Any = import_module("ultralytics.trackers.utils.kalman_filter")
    tracked = base.TrackState.Tracked

    class QuickFilter(filters.KalmanFilterXYAH):  # type: ignore[misc]
        """Every coordinate has a place and a speed of its own, so that a covariance is three rows of four numbers: the
        places' variances, places with speeds, the speeds' variances; no matrix of eight by eight."""

        def initiate(self, measurement: Any) -> Any:
            height = float(measurement[3])
            mean = np.zeros(8)
            mean[:4] = measurement
            covariance = np.zeros((3, 4))
            covariance[0] = np.square(self._spread(2 * self._std_weight_position * height, ASPECT_DRIFT))
            covariance[2] = np.square(self._spread(10 * self._std_weight_velocity * height, ASPECT_SPEED_DRIFT))
            return mean, covariance

        def multi_predict(self, mean: Any, covariance: Any) -> Any:
            """A picture later: `mean` (N, 8), `covariance` (N, 3, 4)."""
            height = mean[:, 3:4]
            moved = mean.copy()
            moved[:, :4] += mean[:, 4:]
            places, both, speeds = covariance[:, 0], covariance[:, 1], covariance[:, 2]
            later = np.empty_like(covariance)
            later[:, 1] = both + speeds
            later[:, 0] = (places + both) + later[:, 1]
            later[:, 0] += np.square(self._spread(self._std_weight_position * height, ASPECT_DRIFT))
            later[:, 2] = speeds + np.square(self._spread(self._std_weight_velocity * height, ASPECT_SPEED_DRIFT))
            return moved, later

        def multi_update(self, mean: Any, covariance: Any, measurement: Any) -> Any:
            """With boxes measured: `mean` (N, 8), `covariance` (N, 3, 4), `measurement` (N, 4)."""
            noise = np.square(self._spread(self._std_weight_position * mean[:, 3:4], ASPECT_MEASURED))
            measured = covariance[:, 0] + noise
            gain = covariance[:, :2] / measured[:, None]
            error = measurement - mean[:, :4]
            better = mean.copy()
            better[:, :4] += gain[:, 0] * error
            better[:, 4:] += gain[:, 1] * error
            weighed = gain * measured[:, None]
            known = covariance.copy()
            known[:, :2] -= weighed * gain[:, :1]
            known[:, 2] -= weighed[:, 1] * gain[:, 1]
            return better, known

        def update(self, mean: Any, covariance: Any, measurement: Any, confidence: float | None = None) -> Any:
            assert confidence is None, "ByteTrack does not weigh a box by its confidence"
            means, covariances = self.multi_update(mean[None], covariance[None], measurement[None])
            return means[0], covariances[0]

        @staticmethod
        def _spread(of_height: Any, of_aspect: float) -> Any:
            return of_height * OF_HEIGHT + of_aspect * ASPECT

    class QuickTrack(byte_tracker.STrack):  # type: ignore[misc]
        """A track, or a box that may become one; it keeps its corners until it moves."""

        def __init__(self, ltwh: Any, xyah: Any, corners: Any, score: Any, cls: Any) -> None:
            base.BaseTrack.__init__(self)
            self._tlwh, self.xyah, self._corners = ltwh, xyah, corners
            self._mean: Any = None
            self.covariance = self.kalman_filter = self.angle = self.idx = None
            self.tracklet_len = 0
            self.score, self.cls = score, cls

        @property
        def mean(self) -> Any:
            return self._mean

        @mean.setter
        def mean(self, mean: Any) -> None:
            self._mean, self._corners = mean, None

        def move(self, mean: Any, covariance: Any, corners: Any) -> None:
            self._mean, self.covariance, self._corners = mean, covariance, corners

        @property
        def xyxy(self) -> Any:
            if self._corners is None:
                self._corners = corners_of(self._mean[None])[0]
            return self._corners

    class QuickByteTracker(byte_tracker.BYTETracker):  # type: ignore[misc]
        """The same associations, all tracks of a picture moved at once."""

        def __init__(self, args: Any) -> None:
            super().__init__(args)
            self._matched: list[tuple[Any, Any]] = []
            """Tracks of this picture with their boxes, still to be moved: no later association asks where they are."""

        def get_kalmanfilter(self) -> Any:
            return QuickFilter()

        def init_track(self, results: Any, _picture: Any = None) -> list[Any]:
            if not len(results):
                return []
            middles, sizes = results.xywh[:, :2], results.xywh[:, 2:]
            left_top = middles - sizes / 2
            ltwh = np.concatenate([left_top, sizes], axis=1)
            xyah = np.concatenate([left_top + sizes / 2, sizes[:, :1] / sizes[:, 1:], sizes[:, 1:]], axis=1)
            corners = np.concatenate([left_top, left_top + sizes], axis=1)
            return [QuickTrack(*one) for one in zip(ltwh, xyah, corners, results.conf, results.cls, strict=True)]

        def multi_predict(self, tracks: list[Any]) -> None:
            if not tracks:
                return
            means = np.array([track.mean for track in tracks])
            means[[track.state != tracked for track in tracks], 7] = 0
            self._move(tracks, *self.kalman_filter.multi_predict(means, _covariances(tracks)))

        def _apply_matches(
            self, matches: Any, pool: list[Any], detections: list[Any], activated: list[Any], refind: list[Any]
        ) -> None:
            for i, k in matches:
                track, box = pool[i], detections[k]
                self._matched.append((track, box))
                goes_on = track.state == tracked
                (activated if goes_on else refind).append(track)
                track.tracklet_len = track.tracklet_len + 1 if goes_on else 0
                track.frame_id, track.state, track.is_activated = self.frame_id, tracked, True
                track.score, track.cls, track.idx = box.score, box.cls, box.idx

        def _remove_stale_lost(self, removed: list[Any]) -> None:
            """The last step before tracks are compared with each other: those that were found move to their boxes."""
            if self._matched:
                tracks, boxes = zip(*self._matched, strict=True)
                self._matched = []
                means = np.array([track.mean for track in tracks])
                measured = np.array([box.xyah for box in boxes])
                self._move(tracks, *self.kalman_filter.multi_update(means, _covariances(tracks), measured))
            super()._remove_stale_lost(removed)

        @staticmethod
        def _move(tracks: Sequence[Any], means: Any, covariances: Any) -> None:
            for track, *where in zip(tracks, means, covariances, corners_of(means), strict=True):
                track.move(*where)

    return QuickByteTracker


def corners_of(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Left, top, right, bottom (N, 4) of means (N, 8): middle, aspect, height and their speeds."""
    sizes = means[:, 2:4].copy()
    sizes[:, 0] *= sizes[:, 1]
    left_top = means[:, :2] - sizes / 2
    return np.concatenate([left_top, left_top + sizes], axis=1)


def _covariances(tracks: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([track.covariance for track in tracks])
