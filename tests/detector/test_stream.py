"""Live streams against an HTTP camera of the tests' own that is killed, restarted, resized, frozen and hung."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av", reason="install the detect extra: pip install 'chauraha[detect]'")
pytest.importorskip("cv2", reason="install the detect extra: pip install 'chauraha[detect]'")

from mjpeg import MjpegCamera
from pictures import CAMERA, CAR, OrderTracker, noisy, row, street, write_video

from detector.counting import Interval
from detector.detection import Detections, detections_from_rows
from detector.frame import Frame, Image, Silence
from detector.run import CountingRun
from detector.stream import SILENT_S, StreamSource
from junction.counts import CameraState
from junction.errors import InputError

STATE_S = 5.0
"""So soon after it changed a camera's state is known."""


@pytest.fixture
def mjpeg() -> Iterator[MjpegCamera]:
    camera = MjpegCamera()
    camera.start()
    yield camera
    if camera._server is not None:
        camera.kill()


class StandingCar:
    """A detector that sees one car in every picture: above the stop line in a small one, below it in a large one.

    Whoever let its track live through the camera's absence would count a crossing that nobody saw.
    """

    class_names = {CAR: "car"}  # noqa: RUF012 - the protocol's attribute

    def __init__(self) -> None:
        self.sizes: set[tuple[int, int]] = set()

    def detect(self, images: list[Image], class_ids: object) -> list[Detections]:
        self.sizes |= {image.shape[1::-1] for image in images}
        return [detections_from_rows([row(50, 40 if image.shape[0] < 200 else 190)]) for image in images]


class Watched:
    """A counting run in a thread, with what it has counted so far."""

    def __init__(self, url: str) -> None:
        self.source = StreamSource(url)
        self.detector = StandingCar()
        self.run = CountingRun(self.source, CAMERA, self.detector, OrderTracker(), interval_s=0.5, live=True)
        self.intervals: list[Interval] = []
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        for interval in self.run.intervals():
            self.intervals.append(interval)

    def wait_for(self, state: CameraState) -> None:
        until(lambda: bool(self.intervals) and self.intervals[-1].state is state, STATE_S, f"state {state}")

    def stop(self) -> None:
        self.source.stop()
        self._thread.join(15)
        assert not self._thread.is_alive()


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    end_s = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end_s, f"{what} not within {seconds} s"
        time.sleep(0.05)


def assert_only_what_was_seen(watched: Watched) -> None:
    """Both sizes were looked at, nothing is told of the time between, and no crossing came of it."""
    assert watched.detector.sizes == {(160, 120), (320, 240)}
    for interval in watched.intervals:
        assert interval.tally.lines["stop"] == {"a": {}, "b": {}}
        if interval.state is not CameraState.OK:
            assert not interval.lane_groups, "what was not seen is unknown, not empty"
            assert interval.frames_lost > 0


@pytest.mark.slow
def test_a_camera_that_dies_comes_back_larger_and_freezes_is_named_each_time(mjpeg: MjpegCamera) -> None:
    watched = Watched(mjpeg.url)
    try:
        watched.wait_for(CameraState.OK)
        mjpeg.kill()
        watched.wait_for(CameraState.LOST)
        mjpeg.size_px = (320, 240)
        mjpeg.start()
        watched.wait_for(CameraState.OK)
        mjpeg.frozen = True
        watched.wait_for(CameraState.FROZEN)
        mjpeg.frozen = False
        watched.wait_for(CameraState.OK)
        mjpeg.hanging = True
        watched.wait_for(CameraState.LOST)
        mjpeg.hanging = False
        watched.wait_for(CameraState.OK)
    finally:
        watched.stop()
    assert_only_what_was_seen(watched)
    states = [span.state for span in watched.run.states]
    assert [s for s, before in zip(states, [None, *states], strict=False) if s is not before][:4] == [
        CameraState.OK,
        CameraState.LOST,
        CameraState.OK,
        CameraState.FROZEN,
    ]
    spans = watched.run.states
    assert all(a.to_s == b.from_s for a, b in pairwise(spans)), "the history has no gaps"


@pytest.fixture
def rtsp_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def rtsp_server(folder: Path, port: int) -> subprocess.Popen[bytes]:
    serve = f"asyncio.run(server.serve({str(folder)!r}, '127.0.0.1', {port}))"
    code = f"import asyncio; import aio_rtsp_toolkit.server as server; {serve}"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: _listens(port), 20, "the RTSP server")
    return server


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_an_rtsp_server_that_is_killed_comes_back_larger_and_then_frozen(tmp_path: Path, rtsp_port: int) -> None:
    pytest.importorskip("aio_rtsp_toolkit", reason="install the dev extra: pip install 'chauraha[dev]'")
    for name, (width_px, height_px), frames in (("small", (160, 120), 300), ("large", (320, 240), 60)):
        moving = noisy(frames, 1, width_px, height_px)
        still = [street(width_px, height_px)] * (200 if name == "large" else 0)
        (tmp_path / name).mkdir()
        write_video(tmp_path / name / "camera.mp4", [*moving, *still])
    watched = Watched(f"rtsp://127.0.0.1:{rtsp_port}/camera.mp4")
    server = rtsp_server(tmp_path / "small", rtsp_port)
    try:
        watched.wait_for(CameraState.OK)
        server.kill()
        server.wait()
        watched.wait_for(CameraState.LOST)
        server = rtsp_server(tmp_path / "large", rtsp_port)
        watched.wait_for(CameraState.OK)
        until(lambda: watched.intervals[-1].state is CameraState.FROZEN, 12 + STATE_S, "frozen after 6 s of pictures")
    finally:
        watched.stop()
        server.kill()
        server.wait()
    assert_only_what_was_seen(watched)


@pytest.mark.slow
def test_a_slow_reader_gets_the_newest_frame_and_the_rest_is_dropped(mjpeg: MjpegCamera) -> None:
    source = StreamSource(mjpeg.url, max_fps=100)
    frames = source.frames()
    first = next(frames)
    assert isinstance(first, Frame)
    time.sleep(1.5)
    began_s = time.monotonic()
    following = [moment for _, moment in zip(range(3), frames, strict=False)]
    assert time.monotonic() - began_s < 1.0
    assert all(isinstance(moment, Frame) for moment in following)
    assert source.dropped >= 8, "about 15 frames came in the meantime"
    assert following[0].time_s - first.time_s > 1.0, "not the frame that came next, but the newest"
    frames.close()  # type: ignore[attr-defined]


def test_a_camera_that_is_away_from_the_start_says_so() -> None:
    source = StreamSource("http://127.0.0.1:9/video")
    moment = next(source.frames())
    assert isinstance(moment, Silence)
    assert SILENT_S <= moment.time_s < SILENT_S + 2
    assert "refused" in moment.reason.lower()


def test_no_secret_is_shown(mjpeg: MjpegCamera) -> None:
    assert StreamSource(mjpeg.url).name == f"http://127.0.0.1:{mjpeg.port}/video"


@pytest.mark.parametrize("url", ["ftp://camera/x", "rtsp://", "camera.mp4"])
def test_another_kind_of_address(url: str) -> None:
    with pytest.raises(InputError, match="source"):
        StreamSource(url)


def test_an_impossible_rate() -> None:
    with pytest.raises(InputError, match="max_fps"):
        StreamSource("rtsp://camera/1", max_fps=float(np.nan))
