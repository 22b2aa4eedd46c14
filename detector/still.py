"""One still of a camera for an engineer who draws its lanes, when the timing service asks for it.

It is the only picture that ever leaves the counter. Privacy masks are painted over first; it goes from memory to the
service, and no file holds it. The service asks in its answer to a count record (`detector/http_sender.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from detector.camera import Camera
from detector.counting import Look
from detector.frame import Image
from detector.polygon import Polygon
from detector.privacy import masked
from detector.tracking import TrackedBox
from junction.errors import ServiceError

LONG_SIDE_PX = 1280
"""Enough to draw lanes by, and below what the service takes."""
JPEG_QUALITY = 80

_log = logging.getLogger(__name__)


class StillTaker(Protocol):
    """Who asks for stills, and takes them."""

    @property
    def stills_asked(self) -> set[str]:
        """Cameras of which one is wanted; whoever brings it takes the name out."""
        ...

    def bring_still(self, junction_id: str, camera_id: str, jpeg: bytes) -> None:
        """Raises ServiceError where it is not taken."""
        ...


def still_of(image: Image, masks: Sequence[Polygon]) -> bytes:
    """The picture as JPEG, its masks painted over, at most `LONG_SIDE_PX` long."""
    shown: Image = masked(image, masks)
    height_px, width_px = shown.shape[:2]
    scale = LONG_SIDE_PX / max(height_px, width_px)
    if scale < 1:
        size = (max(1, round(scale * width_px)), max(1, round(scale * height_px)))
        shown = cv2.resize(shown, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, encoded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


class StillWatch:
    """Looks on while a camera is counted (`detector.fleet.Watching`), and sends its next picture when one is asked for.

    Sending has a thread of its own: counting waits for nobody.
    """

    def __init__(self, camera: Camera, taker: StillTaker) -> None:
        self._camera = camera
        self._taker = taker

    def see(self, look: Look, _: Sequence[TrackedBox]) -> None:
        asked, camera = self._taker.stills_asked, self._camera
        if camera.id not in asked or look.frame is None or camera.junction_id is None:
            return
        asked.discard(camera.id)
        jpeg = still_of(look.frame.image, camera.privacy_masks)
        threading.Thread(target=self._bring, args=(camera.junction_id, jpeg), name="still", daemon=True).start()

    def _bring(self, junction_id: str, jpeg: bytes) -> None:
        try:
            self._taker.bring_still(junction_id, self._camera.id, jpeg)
        except ServiceError as refusal:
            _log.warning("a still of %s was not taken: %s", self._camera.id, refusal)
        else:
            _log.warning("an engineer asked for a still of %s: one picture was sent", self._camera.id)
