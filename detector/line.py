"""Counting lines: a vehicle that crosses one is counted once, with its direction.

Directions are those of a walk along the line from point 1 to point 2 in the picture: `a` is from the walker's left
to the right, `b` from right to left. (In a picture y grows downwards: with point 1 at the left and point 2 at the
right of the frame, the walker's left is up.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

Point = tuple[float, float]


class Direction(StrEnum):
    A = "a"
    B = "b"


@dataclass(frozen=True, kw_only=True, slots=True)
class CountingLine:
    """A line between two points, in fractions of the frame's width and height."""

    name: str
    start: Point
    end: Point

    def in_pixels(self, width_px: int, height_px: int) -> CountingLine:
        """The same line on a frame of this size."""
        return CountingLine(
            name=self.name,
            start=(self.start[0] * width_px, self.start[1] * height_px),
            end=(self.end[0] * width_px, self.end[1] * height_px),
        )

    @property
    def length(self) -> float:
        return math.dist(self.start, self.end)

    def offset(self, point: Point) -> float:
        """Signed distance of a point from the (endless) line; positive at the walker's right."""
        (x1, y1), (x2, y2) = self.start, self.end
        return ((x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)) / self.length

    def along(self, point: Point) -> float:
        """Where the point's foot lies on the line: 0 at point 1, 1 at point 2."""
        (x1, y1), (x2, y2) = self.start, self.end
        return ((x2 - x1) * (point[0] - x1) + (y2 - y1) * (point[1] - y1)) / self.length**2


@dataclass(slots=True)
class _Passage:
    """What a line remembers of one vehicle."""

    side: int
    point: Point
    offset: float
    through: bool = False
    counted: set[Direction] = field(default_factory=set)


class LineWatch:
    """Watches one line, in pixels, over every track of a camera.

    A vehicle has crossed when it stands clear of the line, by `margin_px`, on the other side than before, and its way
    led through the line between its two ends. Standing at the line and trembling over it is therefore no crossing,
    and a direction counts once a track, however often it turns.
    """

    def __init__(self, line: CountingLine) -> None:
        self.line = line
        self._passages: dict[int, _Passage] = {}

    def see(self, track_key: int, point: Point, margin_px: float) -> Direction | None:
        """The next place of a track. Returns the direction when this place completes a crossing."""
        offset = self.line.offset(point)
        passage = self._passages.get(track_key)
        if passage is None:
            self._passages[track_key] = _Passage(side=_sign(offset), point=point, offset=offset)
            return None
        if _sign(offset) != _sign(passage.offset):
            share = abs(passage.offset) / (abs(passage.offset) + abs(offset))
            foot = (
                passage.point[0] + share * (point[0] - passage.point[0]),
                passage.point[1] + share * (point[1] - passage.point[1]),
            )
            passage.through = 0.0 <= self.line.along(foot) <= 1.0
        passage.point, passage.offset = point, offset
        if abs(offset) < margin_px or _sign(offset) == passage.side:
            return None
        passage.side = _sign(offset)
        direction = Direction.A if passage.side > 0 else Direction.B
        if not passage.through or direction in passage.counted:
            return None
        passage.counted.add(direction)
        return direction

    def forget(self, track_key: int) -> None:
        """The track has ended."""
        self._passages.pop(track_key, None)


def _sign(offset: float) -> int:
    return 1 if offset >= 0 else -1
