"""Privacy masks: parts of the picture that nothing may see, neither the network nor a debug picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from detector.frame import Image
from detector.polygon import Polygon

MASK_GREY = (114, 114, 114)
"""The grey that YOLO's letterbox pads with: the network has learned to find nothing in it."""


def masked(image: Image, masks: Sequence[Polygon]) -> Image:
    """A copy of the image with the masks painted over; the image itself when there are none."""
    if not masks:
        return image
    painted = image.copy()
    height_px, width_px = image.shape[:2]
    cv2.fillPoly(painted, [mask.in_pixels(width_px, height_px) for mask in masks], MASK_GREY)
    return painted
