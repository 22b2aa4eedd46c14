"""The one picture that leaves the counter: when it is asked for, masked, once, and from memory."""

from __future__ import annotations

import threading
from dataclasses import replace

import cv2
import httpx
import numpy as np

from detector.camera import Camera
from detector.counting import Look
from detector.frame import Frame
from detector.http_sender import HttpSender
from detector.polygon import Polygon
from detector.privacy import MASK_GREY
from detector.spool import Waiting
from detector.still import LONG_SIDE_PX, StillWatch, still_of
from junction.counts import CameraState

LEFT_HALF = Polygon(corners=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
CAMERA = Camera(id="cam", junction_id="rawatpur", privacy_masks=(LEFT_HALF,))
LOOK = Look(
    time_s=0.0, state=CameraState.OK, frame=Frame(index=0, time_s=0.0, picture=np.zeros((90, 160, 3), dtype=np.uint8))
)


def test_a_still_is_masked_and_no_longer_than_it_need_be() -> None:
    picture = cv2.imdecode(np.frombuffer(still_of(np.zeros((1080, 1920, 3), dtype=np.uint8), [LEFT_HALF]), np.uint8), 1)
    assert picture.shape == (720, LONG_SIDE_PX, 3)
    assert np.abs(picture[360, 200].astype(int) - MASK_GREY).max() < 4
    assert picture[360, 1000].max() < 4


class Service:
    """Asks for a still of every camera with every count, and takes what comes."""

    def __init__(self) -> None:
        self.brought: list[tuple[str, str, bytes]] = []
        self.came = threading.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"accepted": True, "duplicate": False, "still_asked": True})
        self.brought.append((request.url.path, request.headers["authorization"], request.content))
        self.came.set()
        return httpx.Response(200, json={"taken": True})


def test_it_is_sent_once_after_it_was_asked_for_and_never_unasked() -> None:
    service = Service()
    sender = HttpSender("http://service", keys={"cam": "secret"}, transport=httpx.MockTransport(service))
    watch = StillWatch(CAMERA, sender)
    watch.see(LOOK, [])
    assert sender.send(Waiting(camera_id="cam", junction_id="rawatpur", place=0, document={})) is False
    watch.see(replace(LOOK, frame=None), [])  # nothing came from the camera: the next picture, then
    watch.see(LOOK, [])
    watch.see(LOOK, [])
    assert service.came.wait(10)
    ((path, key, jpeg),) = service.brought
    assert (path, key) == ("/v1/junctions/rawatpur/cameras/cam/still", "Bearer secret")
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1).shape == (90, 160, 3)
