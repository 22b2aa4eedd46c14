"""What a run leaves behind: the totals of each camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.camera import Camera
from detector.camera_state import StateSpan
from detector.counter import ClassCounts, Tally
from junction.counts import CameraState

UNFAMILIAR_NOTE = (
    "the weights do not know this view: vehicles were seen to go by and next to none was found. Its counts are wrong: "
    'take weights for such views, or, for a view from above, detector = "motion" in the camera file'
)


class Totals:
    """Sums of a run's intervals by place and class."""

    def __init__(self) -> None:
        self.lines: dict[str, dict[str, ClassCounts]] = {}
        self.movements: dict[str, ClassCounts] = {}

    def add(self, tally: Tally) -> None:
        for line, directions in tally.lines.items():
            for direction, counts in directions.items():
                _sum_into(self.lines.setdefault(line, {}).setdefault(direction, {}), counts)
        for movement, counts in tally.movements.items():
            _sum_into(self.movements.setdefault(movement, {}), counts)


@dataclass(frozen=True, kw_only=True)
class CountReport:
    """The totals of one run.

    `fps` is the source's frame rate, `processed_fps` the frames counted in a second of our time. `queue_max_veh` is
    None for a lane group that was never in view. `broken` says why the source ended early.
    """

    source: str
    camera: Camera
    totals: Totals
    frames: int
    fps: float
    processed_fps: float | None
    states: Sequence[StateSpan]
    queue_max_veh: Mapping[str, int | None]
    not_separable: Sequence[str]
    broken: str | None = None

    def to_document(self) -> dict[str, Any]:
        """The object of `chauraha count --json`."""
        notes = [f"lane group {name}: never in view" for name, veh in self.queue_max_veh.items() if veh is None]
        if self.broken:
            notes.append(f"{self.broken}: counted up to there")
        if any(span.state is CameraState.UNFAMILIAR for span in self.states):
            notes.append(UNFAMILIAR_NOTE)
        if self.camera.by_motion:
            notes.append("found by motion: what stands is not seen, and queues are unknown; classes are by size alone")
        if self.not_separable:
            teller = "size" if self.camera.by_motion else "these weights"
            notes.append(
                f"{teller} cannot tell the classes in not_separable: such vehicles are counted as the class they look "
                "most like, or not at all"
            )
        return {
            "source": self.source,
            "camera": self.camera.id,
            "frames": self.frames,
            "fps": round(self.fps, 3),
            "processed_fps": None if self.processed_fps is None else round(self.processed_fps, 1),
            "states": [
                {"state": str(span.state), "from_s": round(span.from_s, 3), "to_s": round(span.to_s, 3)}
                for span in self.states
            ],
            "lines": self.totals.lines,
            "movements": self.totals.movements,
            "queue_max_veh": dict(self.queue_max_veh),
            "not_separable": list(self.not_separable),
            "notes": notes,
        }


def _sum_into(total: ClassCounts, counts: ClassCounts) -> None:
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number
