"""One frame of a street: ground, lanes, stop lines and vehicles, and where each vehicle is to be seen in it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from envs.rendering.bodies import BODIES, Colour, Part, paint_of
from envs.rendering.light import Image, opencv
from envs.rendering.pinhole import NEAREST_M, PinholeCamera
from envs.scene import Point, Scene, SceneVehicle, last_metres
from junction.vehicle import VEHICLE_CLASSES

GROUND: Colour = (142, 132, 112)
SKY: Colour = (196, 206, 214)
ASPHALT: Colour = (88, 88, 90)
PAINT: Colour = (214, 214, 206)
PIECE_M = 4.0
"""Lanes are drawn in pieces of this length, so that one that passes behind the camera is lost in part only."""
SUN = np.array([0.35, -0.5, 0.79])
LEAST_SEEN = 0.3
"""Share of a vehicle's own pixels that must be in sight for it to be labelled."""
LEAST_PX = 6
"""Boxes narrower or lower than this are not labelled: nobody could tell what they are."""
_FACES = np.array([(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])
"""A box's faces by its corners, whose bits are front, left, top: rear, front, right, left, bottom, top."""
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A vehicle's place: its class's index and the box (left, top, right, bottom) in pixels around what is seen."""

    class_index: int
    box_px: tuple[int, int, int, int]


def draw_frame(scene: Scene, camera: PinholeCamera, rng: np.random.Generator) -> tuple[Image, list[Label]]:
    """The picture in full light, and its labels. `rng` gives the ground its grain; a vehicle keeps its colours."""
    image = draw_ground(scene, camera, rng)
    whose, drawn_px = draw_vehicles(image, scene.vehicles, camera)
    return image, _labels(scene.vehicles, whose, drawn_px)


def draw_ground(scene: Scene, camera: PinholeCamera, rng: np.random.Generator) -> Image:
    """The picture without its vehicles."""
    image = _empty(camera, rng)
    _fill_middle(image, camera, scene)
    for lane in scene.lanes:
        _strip(image, camera, lane.shape, lane.width_m, ASPHALT)
    for stop in scene.stops:
        _strip(image, camera, last_metres(stop.shape, 0.5), stop.width_m, PAINT)
    return image


def draw_vehicles(
    image: Image, vehicles: Sequence[SceneVehicle], camera: PinholeCamera
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Draw them into the picture: whose each pixel is in the end (a vehicle's place in the sequence, from 1), and how
    many were its own when it was drawn."""
    whose = np.zeros((camera.height_px, camera.width_px), np.int32)
    drawn_px = np.zeros(len(vehicles) + 1, np.int64)
    order = sorted(range(len(vehicles)), key=lambda i: -_distance_m(vehicles[i], camera))
    for index in order:
        if _draw_vehicle(image, whose, index + 1, vehicles[index], camera):
            drawn_px[index + 1] = np.count_nonzero(whose == index + 1)
    return whose, drawn_px


def _empty(camera: PinholeCamera, rng: np.random.Generator) -> Image:
    """Ground below the horizon, sky above it."""
    size = (camera.height_px, camera.width_px)
    # The horizon: where rays leave level. Straight down there is none.
    ahead, down = camera.axes[2], camera.axes[1]
    level_px = math.inf if abs(down[2]) < 1e-6 else camera.height_px / 2 - camera.focal_px * ahead[2] / down[2]
    rows = np.arange(camera.height_px)[:, None]
    ground = np.broadcast_to((rows > level_px) if math.isfinite(level_px) else np.ones_like(rows, bool), size)
    image = np.where(ground[:, :, None], _bgr(GROUND), _bgr(SKY)).astype(np.float32)
    image += rng.normal(0.0, 7.0, (*size, 1)) * ground[:, :, None]
    clipped: Image = np.clip(image, 0, 255).astype(np.uint8)
    return clipped


def _fill_middle(image: Image, camera: PinholeCamera, scene: Scene) -> None:
    """Asphalt between the stop lines, where lanes leave gaps."""
    cv2 = opencv()
    if len(scene.stops) < 3:
        return
    hull = cv2.convexHull(np.array([stop.shape[-1] for stop in scene.stops], np.float32))[:, 0].astype(np.float64)
    pixels, depth_m = camera.project(np.column_stack([hull, np.zeros(len(hull))]))
    if depth_m.min() > NEAREST_M:
        cv2.fillConvexPoly(image, np.round(pixels).astype(np.int32), _bgr(ASPHALT).tolist())


def _strip(image: Image, camera: PinholeCamera, shape: tuple[Point, ...], width_m: float, colour: Colour) -> None:
    """A flat band along a line."""
    cv2 = opencv()
    for (x0, y0), (x1, y1) in pairwise(shape):
        length_m = math.hypot(x1 - x0, y1 - y0)
        if length_m == 0:
            continue
        pieces = max(1, math.ceil(length_m / PIECE_M))
        across = np.array([-(y1 - y0), x1 - x0]) / length_m * width_m / 2
        along = np.linspace((x0, y0), (x1, y1), pieces + 1)
        for begin, end in pairwise(along):
            flat = np.array([begin - across, begin + across, end + across, end - across])
            pixels, depth_m = camera.project(np.column_stack([flat, np.zeros(4)]))
            if depth_m.min() > NEAREST_M:
                cv2.fillConvexPoly(image, np.round(pixels).astype(np.int32), _bgr(colour).tolist())


def _draw_vehicle(
    image: Image, whose: NDArray[np.int32], number: int, vehicle: SceneVehicle, camera: PinholeCamera
) -> bool:
    """Every part, the farthest first; False when some of it is too near, or none of it is in the picture."""
    cv2 = opencv()
    place, away_m = camera.project(np.array([[*vehicle.front, 0.0]]))
    margin_px = 200 + camera.focal_px * vehicle.length_m / max(away_m[0], NEAREST_M)
    if not ((place > -margin_px) & (place < np.array([camera.width_px, camera.height_px]) + margin_px)).all():
        return False
    parts = BODIES[VEHICLE_CLASSES[vehicle.class_index]]
    heading = math.radians(vehicle.bearing_deg)
    ahead = np.array([math.sin(heading), math.cos(heading), 0.0])
    left = np.array([-ahead[1], ahead[0], 0.0])
    boxes = _corners(parts, vehicle, ahead, left)
    middles = boxes.mean(axis=1)
    seen_at, depth_m = camera.project(middles)
    inside = (seen_at > -200) & (seen_at < np.array([camera.width_px, camera.height_px]) + 200)
    if depth_m.min() < 2 * NEAREST_M or not inside.all(axis=1).any():
        return False
    # A vehicle has the same paint in every frame: its size and class stand for its number plate.
    own = np.random.default_rng(zlib.crc32(vehicle.id.encode()))
    colours = [_bgr(paint_of(part, own)) for part in parts]
    eye = np.array(camera.position)
    normals = np.stack([-ahead, ahead, -left, left, -_UP, _UP])
    shades = 0.55 + 0.45 * np.maximum(0.0, normals @ SUN)
    faces = boxes[:, _FACES]
    shown = np.einsum("pfi,fi->pf", eye - faces.mean(axis=2), normals) > 0
    pixels, _ = camera.project(faces.reshape(-1, 3))
    outlines = np.round(pixels).astype(np.int32).reshape(len(parts), 6, 4, 2)
    for part in np.argsort(-np.linalg.norm(middles - eye, axis=1), kind="stable"):
        for face in np.nonzero(shown[part])[0]:
            cv2.fillConvexPoly(image, outlines[part, face], (colours[part] * shades[face]).tolist())
            cv2.fillConvexPoly(whose, outlines[part, face], number)
    return True


def _corners(
    parts: Sequence[Part], vehicle: SceneVehicle, ahead: NDArray[np.float64], left: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The eight corners of every part, (parts, 8, 3); bit 2 of a corner's index is front, bit 1 left, bit 0 top."""
    along = np.array([[part.rear, part.front] for part in parts]) * vehicle.length_m - vehicle.length_m
    beside = np.array([[-part.wide, part.wide] for part in parts]) * vehicle.width_m / 2
    high = np.array([[part.low_m, part.high_m] for part in parts])
    bits = np.arange(8)
    corners: NDArray[np.float64] = (
        np.array([*vehicle.front, 0.0])
        + along[:, bits >> 2, None] * ahead
        + beside[:, bits >> 1 & 1, None] * left
        + high[:, bits & 1, None] * _UP
    )
    return corners


def _labels(vehicles: Sequence[SceneVehicle], whose: NDArray[np.int32], drawn_px: NDArray[np.int64]) -> list[Label]:
    labels = []
    for number, vehicle in enumerate(vehicles, start=1):
        if not drawn_px[number]:
            continue
        rows, columns = np.nonzero(whose == number)
        if len(rows) < LEAST_SEEN * drawn_px[number]:
            continue
        box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        if min(box[2] - box[0], box[3] - box[1]) >= LEAST_PX:
            labels.append(Label(class_index=vehicle.class_index, box_px=box))
    return labels


def _distance_m(vehicle: SceneVehicle, camera: PinholeCamera) -> float:
    return math.dist((*vehicle.front, 0.0), camera.position)


def _bgr(colour: Colour) -> NDArray[np.float64]:
    return np.array(colour[::-1], np.float64)
