"""A camera counts on while the timing service is away: is every count there afterwards, and none twice?

    python -m bench.camera_outage [--down 120] [--up 10] [--signal KILL] [--signal TERM] [--json FILE]

A real `chauraha serve` (closed: the camera has a device key) is stopped by each signal in turn, stays away `--down`
seconds, and is started again on its data, while a session counts rendered cars and posts every half second from a
spool on disk. In the end what the camera counted is compared with what the service adds up.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer

from detector.camera import Camera
from detector.detection import Detections, detections_from_rows
from detector.frame import Frame, Picture, image_of
from detector.http_sender import HttpSender
from detector.line import CountingLine
from detector.publish import Publisher
from detector.session import CountingSession, Post
from detector.spool import Spool
from detector.yolo import ByteTracker
from junction.errors import ServiceError
from junction.files import write_whole
from rehearsal.server import free_port

JUNCTION, CAMERA, LINE = "rawatpur", "outage", "stop"
FPS, PASS_FRAMES, INTERVAL_S = 10.0, 20, 0.5
SIZE_PX = 400
START_S = 90.0


class Street:
    """A live camera of the bench's own: a textured picture, ten a second; its first pixels say which it is."""

    name, fps, broken, announced_s = "rendered street", FPS, None, 0.0

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._noise = np.random.default_rng(1)
        self._view = self._noise.integers(40, 200, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8)

    def stop(self) -> None:
        self._stopping.set()

    def frames(self) -> Iterator[Frame]:
        began_s = time.monotonic()
        index = 0
        while not self._stopping.is_set():
            image = self._view + self._noise.integers(0, 12, self._view.shape, dtype=np.uint8)
            image[0, 0] = (*divmod(index, 256), 0)
            yield Frame(index=index, time_s=index / FPS, picture=image)
            index += 1
            self._stopping.wait(max(0.0, began_s + index / FPS - time.monotonic()))


class OneCarAfterAnother:
    """A detector that reads the picture's number: a car drives down the middle every two seconds."""

    class_names: Mapping[int, str] = {0: "car"}

    def detect(self, images: Sequence[Picture], class_ids: Collection[int]) -> list[Detections]:
        if 0 not in class_ids:
            return [Detections.none() for _ in images]
        return [self._at(int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])) for image in map(image_of, images)]

    @staticmethod
    def _at(index: int) -> Detections:
        y = 20.0 * (index % PASS_FRAMES)
        return detections_from_rows([(150, y - 40, 250, y + 40, 0.9, 0)])


class Service:
    """`chauraha serve` in a process of its own, on one data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def add_key(self) -> str:
        """The camera's key, made on the data folder as an operator would."""
        out = self._folder / "camera.key"
        command = [
            "admin",
            "key",
            "add",
            "--kind",
            "camera",
            "--junction",
            JUNCTION,
            "--name",
            CAMERA,
            "--out",
            str(out),
            "--data",
            str(self._folder),
        ]
        subprocess.run([sys.executable, "-m", "chauraha", *command], check=True, stdout=subprocess.DEVNULL)
        return out.read_text(encoding="ascii").strip()

    def start(self, *, open_: bool = False) -> None:
        """Start and wait until it answers. `open_`: whoever calls from this machine may read."""
        command = [
            "serve",
            *(["--open"] if open_ else []),
            "--port",
            str(self.port),
            "--data",
            str(self._folder),
            "--policy",
            "none",
        ]
        with (self._folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "chauraha", *command], stdout=log, stderr=log, env=os.environ
            )
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2.0).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise ServiceError(f"the service did not start: {(self._folder / 'service.log').read_text()[-600:]}")

    def end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(20)

    def totals(self) -> dict[str, dict[str, int]]:
        """What an open service adds up of the line, by direction and class. A camera's key reads nothing."""
        answer = httpx.get(f"{self.url}/v1/junctions/{JUNCTION}/counts", timeout=10.0)
        return dict(answer.raise_for_status().json()["totals"].get(LINE, {}))


def outage(folder: Path, signals: Sequence[signal.Signals], *, down_s: float, up_s: float) -> dict[str, Any]:
    """Counted by the camera and added up by the service, after one outage a signal."""
    service = Service(folder)
    service.start()
    key = service.add_key()
    street = Street()
    publisher = Publisher(HttpSender(service.url, key=key), spool=Spool(folder / "spool"), background=True)
    camera = Camera(
        id=CAMERA,
        junction_id=JUNCTION,
        lines=(CountingLine(name=LINE, start=(0.0, 0.5), end=(1.0, 0.5)),),
        fixed=False,
    )
    session = CountingSession(
        [Post(camera=camera, source=street, live=True, stamp=lambda _: time.time(), stop=street.stop)],
        OneCarAfterAnother(),
        lambda post: ByteTracker(fps=post.source.fps),
        interval_s=INTERVAL_S,
        publishers=[publisher],
    )
    counting = threading.Thread(target=session.run, name="counting")
    counting.start()
    waited = []
    try:
        time.sleep(up_s)
        for number in signals:
            service.end(number)
            time.sleep(down_s)
            waited.append(publisher.unsent)
            service.start()
            time.sleep(up_s)
    finally:
        session.stop()
        counting.join()
    left = publisher.close()
    service.end(signal.SIGTERM)
    service.start(open_=True)
    try:
        added_up = service.totals()
    finally:
        service.end(signal.SIGTERM)
    counted = session.watched[0].totals.lines[LINE]
    return {
        "signals": [number.name for number in signals],
        "down_s": down_s,
        "records_waiting_at_return": waited,
        "records_left": left,
        "taken": publisher.accepted,
        "known_already": publisher.duplicates,
        "counted_by_camera": {direction: counts for direction, counts in counted.items() if counts},
        "added_up_by_service": {direction: counts for direction, counts in added_up.items() if counts},
    }


def run(
    down: Annotated[float, typer.Option(min=0.5, help="Seconds that the service is away.")] = 120.0,
    up: Annotated[float, typer.Option(min=1, help="Seconds before and after.")] = 10.0,
    signals: Annotated[list[str] | None, typer.Option("--signal", help="TERM or KILL; may repeat.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print what was counted and what arrived; exit status 1 when they differ."""
    numbers = [signal.Signals[f"SIG{name}"] for name in signals or ["TERM", "KILL"]]
    with tempfile.TemporaryDirectory() as folder:
        result = outage(Path(folder), numbers, down_s=down, up_s=up)
    text = json.dumps(result, indent=1)
    print(text)
    if json_file is not None:
        write_whole(json_file, text + "\n")
    if result["records_left"] or result["counted_by_camera"] != result["added_up_by_service"]:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
