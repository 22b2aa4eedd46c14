"""What a detector says of one picture, and the protocol that every detector serves.

Detector
├── YoloDetector          ultralytics (detector/yolo.py)
└── RecordedDetections    replays what was written down: tests and demonstrations
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detector.frame import Picture


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Detections:
    """N boxes of one picture.

    `boxes_px`: float32 (N, 4), left, top, right, bottom in pixels. `confidence`: float32 (N,), 0 to 1. `class_ids`:
    int64 (N,), the weights' own class numbers.
    """

    boxes_px: NDArray[np.float32]
    confidence: NDArray[np.float32]
    class_ids: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.boxes_px)
        if self.boxes_px.shape != (n, 4) or self.confidence.shape != (n,) or self.class_ids.shape != (n,):
            raise ValueError(
                f"expected shapes (N, 4), (N,), (N,), got {self.boxes_px.shape}, {self.confidence.shape}, "
                f"{self.class_ids.shape}"
            )

    def __len__(self) -> int:
        return len(self.boxes_px)

    @staticmethod
    def none() -> Detections:
        """No boxes at all."""
        return detections_from_rows([])

    def only(self, class_ids: Collection[int]) -> Detections:
        """The detections of these classes."""
        kept = among(self.class_ids, class_ids)
        return Detections(
            boxes_px=self.boxes_px[kept], confidence=self.confidence[kept], class_ids=self.class_ids[kept]
        )


def among(numbers: NDArray[np.int64], wanted: Collection[int]) -> NDArray[np.bool_]:
    """Which of the numbers are wanted. For the few of one picture this is ten times faster than `numpy.isin`."""
    return np.fromiter((number in wanted for number in numbers.tolist()), dtype=np.bool_, count=len(numbers))


def detections_from_rows(rows: Sequence[Sequence[float]]) -> Detections:
    """Detections from rows of (left, top, right, bottom, confidence, class id)."""
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 6)
    return Detections(
        boxes_px=table[:, :4].astype(np.float32),
        confidence=table[:, 4].astype(np.float32),
        class_ids=table[:, 5].astype(np.int64),
    )


class Detector(Protocol):
    """Finds vehicles in pictures; knows nothing of cameras, so that one serves many."""

    @property
    def class_names(self) -> Mapping[int, str]:
        """The weights' classes: number to name."""
        ...

    def detect(self, images: Sequence[Picture], class_ids: Collection[int]) -> list[Detections]:
        """One `Detections` a picture, in order, of the named classes only."""
        ...


class RecordedDetections:
    """A detector that answers with what was recorded, one entry a picture, in order; after the last, with nothing.

    The fake on the real seam: it sees the same calls as a network and ignores the pixels.
    """

    def __init__(self, recorded: Sequence[Detections], class_names: Mapping[int, str]) -> None:
        self._recorded = tuple(recorded)
        self._class_names = dict(class_names)
        self._next = 0

    @property
    def class_names(self) -> Mapping[int, str]:
        return self._class_names

    def detect(self, images: Sequence[Picture], class_ids: Collection[int]) -> list[Detections]:
        answers = []
        for _ in images:
            known = self._next < len(self._recorded)
            answers.append(self._recorded[self._next].only(class_ids) if known else Detections.none())
            self._next += 1
        return answers
