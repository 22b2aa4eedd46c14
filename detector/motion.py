"""Vehicles by what moves: for cameras from above, whose view no weights know.

OpenCV's MOG2 (Zivkovic 2004) learns what the ground looks like and how much it flickers. What differs, and is not the
shadow of something, is a vehicle or several (`detector/blobs.py`). A camera that sways or a drone that drifts is held
still first (`detector/steady.py`). It knows no vehicle: a class is told by size alone, and what stands fades into the
ground, so that it says nothing of queues.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.blobs import HEAVY_LENGTH, TWO_WHEELER_AREA, Blob, blobs_of, car_area, lone_shadows
from detector.detection import Detections, detections_from_rows
from detector.frame import Image
from detector.steady import Steadier
from junction.vehicle import VehicleClass

MOTION_CLASSES: Mapping[int, str] = {
    0: str(VehicleClass.TWO_WHEELER),
    1: str(VehicleClass.CAR),
    2: str(VehicleClass.TRUCK),
}
"""What size tells apart. An auto-rickshaw is of a car's size, a bus of a truck's: those cannot be told."""
WORK_CAR_PX = 30.0
"""Pictures are made so small that a car is this long: finer detail is only slower."""
MEMORY_S = 600.0
"""What stands still for about a tenth of this is ground."""
FIRST_PICTURES = 8
"""By then the ground is known well enough; before, nothing can be said."""
GROUND_VARIATIONS = 25.0
"""Squared distance from the learned ground, in its own variance, beyond which a pixel is none of it."""
STEADIEST = 16.0
"""No ground has less variance (grey levels squared): a codec's jumps on a smooth road are no traffic."""
SHADOW = 0.5
"""Ground in a shadow keeps this share of its brightness at least, and its colour."""
SHADOW_MARK, MOVING_MARK = 127, 255
EVERYTHING = 0.5
"""When so much of the picture seems to move it is the light or the camera."""
CONFIDENCE = 0.9
"""Of every detection: what moves is there."""


class MotionFinder:
    """Finds what moves in one camera's pictures, which must come in order.

    `car_length`: an ordinary car's length as a fraction of the picture's width.
    """

    def __init__(self, car_length: float) -> None:
        self._car_length = car_length
        self._steadier = Steadier()
        self.forget()

    def forget(self) -> None:
        """The picture was gone, or is another: learn the ground anew."""
        self._ground = cv2.createBackgroundSubtractorMOG2(varThreshold=GROUND_VARIATIONS, detectShadows=True)
        self._ground.setVarMin(STEADIEST)
        self._ground.setShadowValue(SHADOW_MARK)
        self._ground.setShadowThreshold(SHADOW)
        self._steadier.forget()
        self._size_px: tuple[int, int] | None = None
        self._pictures = 0
        self._last_s: float | None = None

    def find(self, time_s: float, image: Image) -> Detections | None:
        """What moves in the picture of this moment, in its pixels; None while nothing can be said."""
        height_px, width_px = image.shape[:2]
        if self._size_px != (width_px, height_px):
            self.forget()
            self._size_px = (width_px, height_px)
        scale = min(1.0, WORK_CAR_PX / (self._car_length * width_px))
        size = (max(1, round(scale * width_px)), max(1, round(scale * height_px)))
        work = cv2.GaussianBlur(cv2.resize(image, size, interpolation=cv2.INTER_AREA), (3, 3), 0)
        moved = self._steadier.transform(np.asarray(cv2.cvtColor(work, cv2.COLOR_BGR2GRAY), np.uint8))
        if moved is None:
            self.forget()
            return None
        held = cv2.warpAffine(
            work, moved, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        marks = self._ground.apply(held, learningRate=self._rate(time_s))
        moving = np.asarray(marks == MOVING_MARK, np.uint8)
        if self._pictures <= FIRST_PICTURES or moving.mean() > EVERYTHING:
            return None
        car_px = self._car_length * width_px * scale
        vehicles = moving | lone_shadows(moving, np.asarray(marks == SHADOW_MARK, np.uint8), car_px)
        return detections_from_rows([_row(blob, car_px, moved, scale) for blob in blobs_of(vehicles, car_px)])

    def _rate(self, time_s: float) -> float:
        """How much of what is learned is this picture: of the first ones much, later by the time that it stands for."""
        self._pictures += 1
        step_s = 0.0 if self._last_s is None else time_s - self._last_s
        self._last_s = time_s
        return min(1.0, max(step_s / MEMORY_S, 1.0 / (2 * self._pictures)))


def _row(blob: Blob, car_px: float, moved: NDArray[np.float64], scale: float) -> list[float]:
    """A detection's row: the spot's box in the picture as it came, and its class by size."""
    corners = np.array([(blob.left, blob.top), (blob.left + blob.width, blob.top + blob.height)], dtype=np.float64)
    (left, top), (right, bottom) = (corners @ moved[:, :2].T + moved[:, 2]) / scale
    heavy = blob.length > HEAVY_LENGTH * car_px
    kind = 0 if blob.area < TWO_WHEELER_AREA * car_area(car_px) else 2 if heavy else 1
    return [float(left), float(top), float(right), float(bottom), CONFIDENCE, kind]
