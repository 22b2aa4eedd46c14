"""The detector's camera for a rendered view of one arm: its zones, stop lines and homography, drawn as the pinhole
camera sees the road."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.camera import Anchor, Camera, Gate, LaneGroupZone
from detector.homography import homography
from detector.line import CountingLine, Direction, Point
from detector.polygon import Polygon
from envs.rendering.approach import stop_and_back
from envs.rendering.pinhole import PinholeCamera
from envs.scene import ZoneLine, last_metres

REACH_M = 70.0
"""How far before the stop line the zones go: farther off a two-wheeler is a few pixels."""
BEYOND_M = 1.0
"""Vehicles that stop with their bumper on the line, or a little over it, still wait."""
LINE_BEYOND_M = 1.0
"""A counting line lies so far beyond the stop line: who stands at it has not left."""
WIDER_M = 1.0
"""A counting line is longer at each end than its lanes are wide: two-wheelers squeeze by."""


def arm_camera(name: str, junction_id: str, lanes: Mapping[str, Sequence[ZoneLine]], pinhole: PinholeCamera) -> Camera:
    """The camera of an arm with these lane groups; a lane group that is nowhere in the picture gets no zone."""
    size = np.array([pinhole.width_px, pinhole.height_px])
    stop, back = stop_and_back([line for group in lanes.values() for line in group])
    ground_m = [(-4.0, 5.0), (4.0, 5.0), (4.0, 45.0), (-4.0, 45.0)]
    places = np.array([_place(stop, back, aside_m, behind_m) for aside_m, behind_m in ground_m])
    lines: list[CountingLine] = []
    zones: list[LaneGroupZone] = []
    for lane_group_id, group in lanes.items():
        outline = _outline(group, back, pinhole)
        if len(outline) < 3:
            continue
        line, leaving = _gate(lane_group_id, group, back, pinhole)
        lines.append(line)
        zones.append(
            LaneGroupZone(
                lane_group_id=lane_group_id,
                polygon=Polygon(corners=tuple((float(x), float(y)) for x, y in outline / size)),
                stop=Gate(line=line.name, direction=leaving),
                lanes=sum(one.offset_m == 0 for one in group),
            )
        )
    return Camera(
        id=name,
        junction_id=junction_id,
        lines=tuple(lines),
        zones=tuple(zones),
        homography=homography([(float(x), float(y)) for x, y in _seen(pinhole, places)], ground_m),
        anchor=Anchor.GROUND,
    )


def _place(stop: Point, back: Point, aside_m: float, behind_m: float) -> Point:
    """A point of the road, by how far it lies behind the stop line and to the side."""
    return (
        stop[0] + back[0] * behind_m - back[1] * aside_m,
        stop[1] + back[1] * behind_m + back[0] * aside_m,
    )


def _seen(pinhole: PinholeCamera, ground: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of the road, (n, 2) in metres, as fractions of the picture."""
    pixels, _ = pinhole.project(np.column_stack([ground, np.zeros(len(ground))]))
    return pixels / [pinhole.width_px, pinhole.height_px]


def _outline(group: Sequence[ZoneLine], back: Point, pinhole: PinholeCamera) -> NDArray[np.float32]:
    """Around the lanes' road from just over the stop line to `REACH_M` behind it, in pixels, cut at the frame; empty
    where none of it is in the picture."""
    edges = []
    for line in group:
        if line.offset_m >= REACH_M:
            continue
        shape = np.array(last_metres(line.shape, REACH_M - line.offset_m))
        if line.offset_m == 0:
            shape = np.vstack([shape, shape[-1] - BEYOND_M * np.array(back)])
        along = np.gradient(shape, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        aside = line.width_m / 2 * np.column_stack([-along[:, 1], along[:, 0]])
        edges += [shape + aside, shape - aside]
    ground = np.vstack(edges)
    pixels, ahead_m = pinhole.project(np.column_stack([ground, np.zeros(len(ground))]))
    hull = cv2.convexHull(pixels[ahead_m > 1.0].astype(np.float32))
    right, bottom = pinhole.width_px - 1, pinhole.height_px - 1
    frame = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
    _, common = cv2.intersectConvexConvex(hull, frame)
    return np.zeros((0, 2), np.float32) if common is None else np.asarray(common, np.float32).reshape(-1, 2)


def _gate(name: str, group: Sequence[ZoneLine], back: Point, pinhole: PinholeCamera) -> tuple[CountingLine, Direction]:
    """A line across the lanes, a little beyond their stop line, and the direction of leaving."""
    across, behind = np.array([-back[1], back[0]]), np.array(back)
    ends = np.array([line.shape[-1] for line in group if line.offset_m == 0])
    middle = ends.mean(axis=0) - LINE_BEYOND_M * behind
    along = (ends - middle) @ across
    spare_m = max(line.width_m for line in group) / 2 + WIDER_M
    places = [middle + across * (along.min() - spare_m), middle + across * (along.max() + spare_m)]
    start, end, upstream = _seen(pinhole, np.array([*places, middle + 10.0 * behind]))
    line = CountingLine(name=name, start=(float(start[0]), float(start[1])), end=(float(end[0]), float(end[1])))
    return line, Direction.A if line.offset((float(upstream[0]), float(upstream[1]))) < 0 else Direction.B
