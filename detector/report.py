"""What a run leaves behind: totals as JSON, intervals as CSV. Files are written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.camera import Camera
from detector.camera_state import StateSpan
from detector.counter import ClassCounts
from detector.run import Interval
from junction.counts import CameraState
from junction.vehicle import VEHICLE_CLASSES

CSV_COLUMNS = (
    "camera_id", "n", "begin_s", "end_s", "state", "kind", "name", "direction",
    *(str(name) for name in VEHICLE_CLASSES),
    "queue_veh", "queue_pcu", "queue_m", "present_veh", "frames_seen", "frames_lost", "mean_confidence",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CountReport:
    """The totals of one run.

    `fps` is the source's frame rate, `processed_fps` the frames counted in a second of our time. `queue_max_veh` is
    None for a lane group that was never in view. `broken` says why the source ended early.
    """

    source: str
    camera: Camera
    intervals: Sequence[Interval]
    frames: int
    fps: float
    processed_fps: float | None
    states: Sequence[StateSpan]
    queue_max_veh: Mapping[str, int | None]
    not_separable: Sequence[str]
    broken: str | None = None

    def lines(self) -> dict[str, dict[str, ClassCounts]]:
        """Totals by line, direction and class."""
        totals: dict[str, dict[str, ClassCounts]] = {}
        for interval in self.intervals:
            for line, directions in interval.tally.lines.items():
                for direction, counts in directions.items():
                    _sum_into(totals.setdefault(line, {}).setdefault(direction, {}), counts)
        return totals

    def movements(self) -> dict[str, ClassCounts]:
        """Totals by movement and class."""
        totals: dict[str, ClassCounts] = {}
        for interval in self.intervals:
            for movement, counts in interval.tally.movements.items():
                _sum_into(totals.setdefault(movement, {}), counts)
        return totals

    def to_document(self) -> dict[str, Any]:
        """The object of `chauraha count --json`."""
        notes = [f"lane group {name}: never in view" for name, veh in self.queue_max_veh.items() if veh is None]
        if self.broken:
            notes.append(f"{self.broken}: counted up to there")
        if self.not_separable:
            notes.append(
                "these weights cannot tell the classes in not_separable: such vehicles are counted as the "
                "class they look most like, or not at all"
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
            "lines": self.lines(),
            "movements": self.movements(),
            "queue_max_veh": dict(self.queue_max_veh),
            "not_separable": list(self.not_separable),
            "notes": notes,
        }

    def to_json(self) -> str:
        return json.dumps(self.to_document(), ensure_ascii=False, indent=2) + "\n"

    def to_csv(self) -> str:
        """One row an interval and line direction, movement and lane group; a column a class.

        A lane group's class columns are the vehicles that left it over its stop line (empty where its zone has no
        `stop`). A class that the weights cannot tell, and everything of an interval in which the camera did not see,
        is empty, not 0.
        """
        text = io.StringIO()
        writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for interval in self.intervals:
            writer.writerows(self._rows(interval))
        return text.getvalue()

    def _rows(self, interval: Interval) -> list[dict[str, Any]]:
        common = {
            "camera_id": self.camera.id,
            "n": interval.n,
            "begin_s": round(interval.begin_s, 3),
            "end_s": round(interval.end_s, 3),
            "state": str(interval.state),
            "frames_seen": interval.frames_seen,
            "frames_lost": interval.frames_lost,
            "mean_confidence": "" if interval.mean_confidence is None else round(interval.mean_confidence, 3),
        }
        blind = interval.state is not CameraState.OK and interval.frames_seen == 0
        rows = []
        for line, directions in interval.tally.lines.items():
            for direction, counts in directions.items():
                place = {"kind": "line", "name": line, "direction": direction}
                rows.append({**common, **place, **self._classes(counts, blind)})
        for movement, counts in interval.tally.movements.items():
            rows.append({**common, "kind": "movement", "name": movement, **self._classes(counts, blind)})
        for zone in self.camera.zones:
            row: dict[str, Any] = {**common, "kind": "lane_group", "name": zone.lane_group_id}
            row |= self._classes(interval.tally.served[zone.lane_group_id], blind or zone.stop is None)
            view = interval.lane_groups.get(zone.lane_group_id)
            if view is not None:
                row |= {
                    "queue_veh": view.queue.veh,
                    "queue_pcu": view.queue.pcu,
                    "queue_m": view.queue.length_m,
                    "present_veh": sum(view.present.values()),
                }
            rows.append(row)
        return rows

    def _classes(self, counts: ClassCounts, unknown: bool) -> dict[str, int]:
        if unknown:
            return {}
        return {str(n): counts.get(str(n), 0) for n in VEHICLE_CLASSES if str(n) not in self.not_separable}


def _sum_into(total: ClassCounts, counts: ClassCounts) -> None:
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number
