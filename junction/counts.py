"""What a camera reports: one record an interval, the same from a real camera and from a simulated one.

It is what `POST /v1/junctions/{id}/counts` takes, what the detector writes as CSV, and what becomes an
`Observation`. A lane group that the camera cannot see now is reported as not seen, never as empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

COUNTS_SCHEMA = "chauraha.counts/1"


class CameraState(StrEnum):
    OK = "ok"
    FROZEN = "frozen"
    BLACK = "black"
    BLURRED = "blurred"
    COVERED = "covered"
    MOVED = "moved"
    LOST = "lost"
    UNFAMILIAR = "unfamiliar"
    """Vehicles go by, and the weights find none: they do not know this view."""


@dataclass(frozen=True, kw_only=True)
class LaneGroupCount:
    """One lane group in one interval.

    `crossed`: vehicles that passed the stop line in the interval, by class name. `present` and `queue_*`: the
    vehicles in view and the stopped ones among them at the interval's end. All of them mean nothing when `seen`
    is false.
    """

    lane_group_id: str
    seen: bool
    crossed: Mapping[str, int] = field(default_factory=dict)
    present: Mapping[str, int] = field(default_factory=dict)
    queue_veh: int = 0
    queue_pcu: float = 0.0
    queue_m: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CountRecord:
    """One camera's report for one interval; `(camera_id, boot_id, n)` makes it idempotent.

    Times are Unix seconds (UTC) on the camera's clock; the simulated street uses a simulated clock.
    `lines` holds line crossings by line, direction ("a" or "b") and class.
    """

    camera_id: str
    boot_id: str
    n: int
    junction_id: str
    begin_at: float
    end_at: float
    state: CameraState
    lane_groups: tuple[LaneGroupCount, ...]
    lines: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    frames_seen: int = 0
    frames_lost: int = 0
    mean_confidence: float | None = None
    origin: str = "measured"

    def to_document(self) -> dict[str, Any]:
        """The JSON body of `POST …/counts`. `origin` is "measured" or "simulated"."""
        return {
            "schema": COUNTS_SCHEMA,
            "camera_id": self.camera_id,
            "boot_id": self.boot_id,
            "n": self.n,
            "junction_id": self.junction_id,
            "begin_at": self.begin_at,
            "end_at": self.end_at,
            "state": str(self.state),
            "origin": self.origin,
            "lane_groups": [
                {
                    "lane_group_id": g.lane_group_id,
                    "seen": g.seen,
                    "crossed": dict(g.crossed),
                    "present": dict(g.present),
                    "queue_veh": g.queue_veh,
                    "queue_pcu": g.queue_pcu,
                    "queue_m": g.queue_m,
                }
                for g in self.lane_groups
            ],
            "lines": {k: {d: dict(c) for d, c in v.items()} for k, v in self.lines.items()},
            "quality": {
                "frames_seen": self.frames_seen,
                "frames_lost": self.frames_lost,
                "mean_confidence": self.mean_confidence,
            },
        }
