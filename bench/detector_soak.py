"""Two RTSP cameras counted for ten minutes while the server of one is killed, comes back larger, and freezes.

    python -m bench.detector_soak --clip video.mp4 --weights FOLDER [--minutes 10] [--max-fps 4] [--json FILE]

The cameras' servers are the tests' own (aio-rtsp-toolkit, in processes of their own); `chauraha count` is a process of
its own too, and only its JSON lines and its memory are looked at. Every state must be said within five seconds of its
cause, the other camera must never notice, and memory must not grow after the first minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import psutil
import typer

from detector.source import FileSource, import_av
from junction.files import write_whole
from rehearsal.server import free_port

STATE_S = 5.0
SETTLED_S = 120.0
"""Memory is measured from here on: libraries allocate their pools before."""
GROWTH_MIB = 30.0
"""More in the rest of the run is a leak; frames of 848 by 480 take 1.2 MiB each."""
HOLD_S = 25.0
MOVING_S, STILL_S = 20.0, 40.0
CAMERA_FILE = """
schema = "chauraha.camera/1"
id = "{name}"
source = "rtsp://127.0.0.1:{port}/camera.mp4"
[[lines]]
name = "middle"
points = [[0.0, 0.5], [1.0, 0.5]]
[[zones]]
lane_group_id = "all"
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
"""


class RtspCamera:
    """An RTSP server in a process of its own that plays `camera.mp4` of the folder it was started with."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> None:
        """Returns when it listens."""
        serve = f"asyncio.run(server.serve({str(folder)!r}, '127.0.0.1', {self.port}))"
        code = f"import asyncio; import aio_rtsp_toolkit.server as server; {serve}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"the RTSP server does not listen on {self.port}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def write_clip(clip: Path, out: Path, width_px: int, height_px: int, moving_s: float, still_s: float) -> None:
    """The clip, scaled, for so long (played again when it ends), then its last picture for so long; 10 a second."""
    av: Any = import_av()
    source = FileSource(clip)
    step = max(1, round(source.fps / 10))
    images = [frame.image for frame in source.frames() if frame.index % step == 0][:200]
    out.parent.mkdir(exist_ok=True)
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "10"}
        moving, still = round(10 * moving_s), round(10 * still_s)
        for i in range(moving + still):
            image = images[min(i, moving - 1) % len(images)]
            image = np.asarray(cv2.resize(image, (width_px, height_px)), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


class Counting:
    """The `chauraha count` process, by its JSON lines and its memory."""

    def __init__(self, folder: Path, weights: Path, max_fps: float, minutes: float) -> None:
        self._lines = folder / "out.jsonl"
        command = ["count", "--camera", str(folder / "cameras"), "--weights", str(weights), "--interval", "1"]
        command += ["--max-fps", str(max_fps), "--minutes", str(minutes), "--jsonl", str(self._lines)]
        with (folder / "count.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chauraha", *command], stdout=log, stderr=log, env=os.environ
            )
        self.memory: list[tuple[float, float]] = []
        self._began_s = time.monotonic()

    def rows(self) -> list[dict[str, Any]]:
        if not self._lines.exists():
            return []
        return [json.loads(line) for line in self._lines.read_text().splitlines() if line.endswith("}")]

    def state(self, camera: str) -> str:
        return next((row["state"] for row in reversed(self.rows()) if row["camera_id"] == camera), "")

    def look(self) -> None:
        """Note the memory of now."""
        rss = psutil.Process(self.process.pid).memory_info().rss / 2**20
        self.memory.append((time.monotonic() - self._began_s, rss))

    def wait_for(self, camera: str, state: str, limit_s: float) -> float:
        """Seconds until the camera is said to be in that state; infinite when it is not within `limit_s`."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < limit_s:
            if self.state(camera) == state:
                return time.monotonic() - began_s
            self.look()
            time.sleep(0.2)
        return float("inf")

    def hold(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.look()
            time.sleep(1.0)


def soak(folder: Path, clip: Path, weights: Path, *, minutes: float, max_fps: float) -> dict[str, Any]:
    """What was said how soon, and how the memory went."""
    write_clip(clip, folder / "small" / "camera.mp4", 480, 270, 600, 0)
    write_clip(clip, folder / "large" / "camera.mp4", 848, 480, 600, 0)
    write_clip(clip, folder / "freezing" / "camera.mp4", 848, 480, MOVING_S, STILL_S)
    steady, faulty = RtspCamera(), RtspCamera()
    (folder / "cameras").mkdir()
    for name, camera in (("steady", steady), ("faulty", faulty)):
        text = CAMERA_FILE.format(name=name, port=camera.port)
        (folder / "cameras" / f"{name}.toml").write_text(text, encoding="utf-8")
    steady.start(folder / "small")
    faulty.start(folder / "small")
    counting = Counting(folder, weights, max_fps, minutes)
    said: list[dict[str, Any]] = []

    def cause(what: str, act: Callable[[], None], state: str, extra_s: float = 0.0) -> None:
        act()
        after_s = max(0.0, counting.wait_for("faulty", state, extra_s + 4 * STATE_S) - extra_s)
        said.append({"cause": what, "state": state, "after_s": round(after_s, 1)})
        counting.hold(HOLD_S)

    try:
        cause("start", lambda: None, "ok", extra_s=30.0)
        end_s = time.monotonic() + 60 * minutes - 3 * HOLD_S - 90
        while time.monotonic() < end_s:
            cause("killed", faulty.kill, "lost")
            cause("back, larger", lambda: faulty.start(folder / "large"), "ok")
            faulty.kill()
            counting.wait_for("faulty", "lost", 20.0)
            cause("back", lambda: faulty.start(folder / "freezing"), "ok")
            counting.wait_for("faulty", "frozen", MOVING_S + STATE_S)
            said.append({"cause": "froze", "state": counting.state("faulty"), "after_s": None})
            faulty.kill()
            counting.wait_for("faulty", "lost", 20.0)
            cause("back, smaller", lambda: faulty.start(folder / "small"), "ok")
        counting.process.wait(60 * minutes)
    finally:
        counting.process.kill()
        steady.kill()
        faulty.kill()
    settled = [rss for at_s, rss in counting.memory if at_s > SETTLED_S]
    third = max(1, len(settled) // 3)
    blind = [row for row in counting.rows() if row["state"] != "ok" and row["frames_seen"] == 0]
    return {
        "minutes": minutes,
        "said": said,
        "steady_states": sorted({row["state"] for row in counting.rows() if row["camera_id"] == "steady"}),
        "counts_told_while_blind": sum("car" in row or "queue_veh" in row for row in blind),
        "rss_mib": {
            "after_two_minutes": round(float(np.median(settled[:third])), 1) if settled else None,
            "at_the_end": round(float(np.median(settled[-third:])), 1) if settled else None,
            "highest": round(max(rss for _, rss in counting.memory), 1),
        },
        "exit_status": counting.process.returncode,
    }


def run(
    clip: Annotated[Path, typer.Option(help="A video to serve.")],
    weights: Annotated[Path, typer.Option(help="Weights to count with.")],
    minutes: Annotated[float, typer.Option(min=3)] = 10.0,
    max_fps: Annotated[float, typer.Option(help="Frames a second to look at, of each camera.")] = 4.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print what was said when, and the memory; exit status 1 when a bar is missed."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    result = soak(folder, clip, weights, minutes=minutes, max_fps=max_fps)
    text = json.dumps(result, indent=1)
    print(text)
    if json_file is not None:
        write_whole(json_file, text + "\n")
    late = [one for one in result["said"] if one["after_s"] is not None and one["after_s"] > STATE_S]
    memory = result["rss_mib"]
    grown = memory["at_the_end"] is None or memory["at_the_end"] - memory["after_two_minutes"] > GROWTH_MIB
    if late or grown or result["counts_told_while_blind"] or result["steady_states"] != ["ok"]:
        print(f"what the run left is in {folder}", file=sys.stderr)
        raise typer.Exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    typer.run(run)
