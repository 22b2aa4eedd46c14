"""A camera: what it watches, and with which weights. Made from a camera file (`detector/camera_file.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from detector.homography import Homography
from detector.line import CountingLine, Direction
from detector.polygon import Polygon


class Anchor(StrEnum):
    """The point of a vehicle's box that has to cross a line: its middle, or the middle of its lower edge."""

    CENTRE = "centre"
    GROUND = "ground"


class FoundBy(StrEnum):
    """How a camera's vehicles are found: by weights that know them, or by what moves (`detector/motion.py`)."""

    WEIGHTS = "weights"
    MOTION = "motion"


class FollowedBy(StrEnum):
    """How boxes in single pictures become vehicles over time (`detector/yolo.py`)."""

    BYTETRACK = "bytetrack"
    BOTSORT = "botsort"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A counting line taken in one direction."""

    line: str
    direction: Direction


@dataclass(frozen=True, kw_only=True)
class MovementRule:
    """A turning movement: in over one gate, later out over another."""

    id: str
    entry: Gate
    exit: Gate


@dataclass(frozen=True, kw_only=True)
class LaneGroupZone:
    """Where one lane group's vehicles stand in the picture.

    `stop`: the gate at its stop line; vehicles that leave the zone over it have been served. `lanes`: how many
    vehicles stand side by side, for the queue's length where there is no homography.
    """

    lane_group_id: str
    polygon: Polygon
    stop: Gate | None = None
    lanes: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Camera:
    """`junction_id` is needed to post counts only; `weights`, `fps` and `source` may come from elsewhere.

    `fixed`: it stands still, so that a view that has moved makes its counts unknown; false for footage from a hand or
    a drone. `key_file` holds its key for the service. `car_length`: an ordinary car's length as a fraction of the
    picture's width, which finding by motion needs.
    """

    id: str
    junction_id: str | None = None
    lines: tuple[CountingLine, ...] = ()
    zones: tuple[LaneGroupZone, ...] = ()
    movements: tuple[MovementRule, ...] = ()
    privacy_masks: tuple[Polygon, ...] = ()
    homography: Homography | None = None
    anchor: Anchor = Anchor.CENTRE
    weights: Path | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.1
    image_size_px: int = 640
    fps: float | None = None
    fixed: bool = True
    source: str | None = None
    key_file: Path | None = None
    detector: FoundBy = FoundBy.WEIGHTS
    tracker: FollowedBy = FollowedBy.BYTETRACK
    car_length: float | None = None

    @property
    def by_motion(self) -> bool:
        return self.detector is FoundBy.MOTION
