"""A camera's lines, zones and masks drawn on one of its frames, for the eye to check."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.camera import Camera
from detector.frame import Image
from detector.privacy import masked

LINE_COLOUR = (0, 0, 230)
ZONE_COLOUR = (200, 120, 0)
ARROW_SHARE = 0.06
"""Length of the arrow that shows direction a, as a share of the frame's height."""
ZONE_TINT = 0.25


def draw_camera(camera: Camera, image: Image) -> Image:
    """A copy of the image with the camera's masks painted over, its zones tinted, and its lines with an arrow that
    points in direction a."""
    height_px, width_px = image.shape[:2]
    clear = masked(image, camera.privacy_masks)
    tinted = clear.copy()
    for zone in camera.zones:
        cv2.fillPoly(tinted, [zone.polygon.in_pixels(width_px, height_px)], ZONE_COLOUR)
    picture = np.asarray(cv2.addWeighted(tinted, ZONE_TINT, clear, 1 - ZONE_TINT, 0), dtype=np.uint8)
    for zone in camera.zones:
        corners = zone.polygon.in_pixels(width_px, height_px)
        cv2.polylines(picture, [corners], True, ZONE_COLOUR, 2)
        _label(picture, zone.lane_group_id, corners.mean(axis=0), ZONE_COLOUR)
    for line in camera.lines:
        placed = line.in_pixels(width_px, height_px)
        start, end = np.array(placed.start), np.array(placed.end)
        along = (end - start) / placed.length
        middle = (start + end) / 2
        tip = middle + np.array([-along[1], along[0]]) * ARROW_SHARE * height_px
        cv2.line(picture, _pixel(start), _pixel(end), LINE_COLOUR, 2)
        cv2.arrowedLine(picture, _pixel(middle), _pixel(tip), LINE_COLOUR, 2, tipLength=0.35)
        _label(picture, f"{line.name} a", tip, LINE_COLOUR)
        _label(picture, "1", start, LINE_COLOUR)
        _label(picture, "2", end, LINE_COLOUR)
    return picture


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _label(picture: Image, text: str, at: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    """Text on a white ground, kept inside the frame."""
    (width_px, height_px), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    x = int(np.clip(at[0] + 4, 2, max(2, picture.shape[1] - width_px - 4)))
    y = int(np.clip(at[1] - 4, height_px + 4, max(height_px + 4, picture.shape[0] - 4)))
    cv2.rectangle(picture, (x - 2, y - height_px - 3), (x + width_px + 2, y + 4), (255, 255, 255), cv2.FILLED)
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
