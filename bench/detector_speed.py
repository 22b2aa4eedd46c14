"""How much of a network's bare speed is left when cameras are counted with it, and what eight cameras cost.

    python -m bench.detector_speed --clip video.mp4 --weights FOLDER [--weights w.pt …] [--json FILE]

"Bare" is the network alone on a picture that lies ready, with as many at once as the pipeline has. The pipeline decodes
the clip, judges the camera, detects, tracks, counts, writes CSV and posts each interval's record (to an in-process
service). One camera shows the clip; eight show an eighth of it each, so that both look at the same pictures.

A machine that is shared is now twice as fast and now half as fast: the three take turns of a second or two, and a
ratio is of one round of turns. Printed is the median over the rounds with its 95 % interval. A turn begins with nothing
read and ends when its last picture is counted, so that every turn pays for filling and emptying the pipeline, which a
camera that runs on does once. "Core ms" is processor time.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from detector.backends import load_detector, streams_of
from detector.camera import Camera
from detector.counting import Look
from detector.detection import Detector
from detector.frame import Frame, Silence
from detector.http_sender import HttpSender
from detector.line import CountingLine
from detector.publish import Publisher
from detector.session import CountingSession, Post
from detector.source import FileSource
from detector.tables import CsvFile
from detector.tracking import TrackedBox
from detector.yolo import ByteTracker
from junction.errors import ChaurahaError, InputError
from junction.files import write_whole

CAMERAS = 8
LEAST_KEPT = 0.9
LINE = CountingLine(name="middle", start=(0.0, 0.5), end=(1.0, 0.5))
PATIENCE_S = 300.0


def service(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"accepted": bool(json.loads(request.content)["n"] >= 0), "duplicate": False})


class PausedSource:
    """The frames of a clip from number `first` on, each once it has been `allowed`."""

    broken = None
    announced_s = 0.0

    def __init__(self, clip: Path, first: int) -> None:
        self._file = FileSource(clip)
        self._first = first
        self._allowed = threading.Semaphore(0)
        self._over = False
        self.name, self.fps = self._file.name, self._file.fps

    def allow(self, frames: int) -> None:
        self._allowed.release(frames)

    def end(self) -> None:
        self._over = True
        self._allowed.release()

    def frames(self) -> Iterator[Frame | Silence]:
        decoded = self._file.frames()
        for _ in range(self._first):
            next(decoded)
        while True:
            self._allowed.acquire()
            if self._over:
                return
            yield next(decoded)


class Pipeline:
    """A counting session that goes on by so many pictures at a time. Camera k begins k times `apart` frames into the
    clip."""

    def __init__(self, clip: Path, detector: Detector, cameras: int, apart: int, folder: Path) -> None:
        self._cameras = cameras
        self._sources = [PausedSource(clip, k * apart) for k in range(cameras)]
        posts = [
            Post(
                camera=Camera(id=f"camera-{k}", junction_id="j", lines=(LINE,), fixed=True),
                source=source,
                live=False,
                stamp=float,
            )
            for k, source in enumerate(self._sources)
        ]
        self._publisher = Publisher(HttpSender("http://service", transport=httpx.MockTransport(service)))
        self._session = CountingSession(
            posts,
            detector,
            lambda post: ByteTracker(fps=post.source.fps),
            interval_s=1.0,
            tables=[CsvFile(folder / f"{cameras}.csv")],
            publishers=[self._publisher],
            watching={post.camera.id: [self._counted] for post in posts},
        )
        self._open = 0
        self._turn_is_over = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._running: Future[None] = self._thread.submit(self._session.run)
        self._running.add_done_callback(lambda _: self._turn_is_over.set())

    def turn(self, pictures: int) -> None:
        """Count so many pictures more, all cameras together."""
        self._open = pictures
        self._turn_is_over.clear()
        for source in self._sources:
            source.allow(pictures // self._cameras)
        if not self._turn_is_over.wait(PATIENCE_S) or self._running.done():
            self._running.result(0)
            raise RuntimeError(f"{self._open} pictures were not counted")

    def close(self) -> None:
        for source in self._sources:
            source.end()
        self._running.result()
        self._publisher.close()
        self._thread.shutdown()

    def _counted(self, _look: Look, _boxes: Sequence[TrackedBox]) -> None:
        self._open -= 1
        if not self._open:
            self._turn_is_over.set()


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Seconds that it took, and seconds of processor time."""
    began_s, began_core_s = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - began_s, time.process_time() - began_core_s


def median_with_range(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and two of the values (six at least) that hold the true one between them 95 times in a hundred,
    whatever its distribution: as far from the ends as a fair coin's heads in so many throws are in 2.5 % of cases."""
    ordered, n = sorted(values), len(values)
    below, k = 0.5**n, 0
    while k + 1 < n / 2 and below + math.comb(n, k + 1) * 0.5**n <= 0.025:
        k += 1
        below += math.comb(n, k) * 0.5**n
    return statistics.median(ordered), ordered[k], ordered[n - 1 - k]


def measure(clip: Path, weights: Path, turn: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Milliseconds a picture by way, and ratios with their ranges."""
    detector: Any = load_detector(weights)
    first = next(iter(_frames(clip))).image
    detector.detect([first] * streams_of(detector), [2])
    apart = turn * (rounds + 1) // CAMERAS
    one, eight = (Pipeline(clip, detector, cameras, apart, folder) for cameras in (1, CAMERAS))
    ways: list[tuple[str, Callable[[], Any]]] = [
        ("bare", lambda: detector.run_bare(first, turn)),
        ("one", lambda: one.turn(turn)),
        ("eight", lambda: eight.turn(turn)),
    ]
    for _, act in ways:
        act()  # files are opened, and each lane has its picture
    walls: dict[str, list[float]] = {}
    cores: dict[str, list[float]] = {}
    for _ in range(rounds):
        for way, act in ways:
            wall_s, core_s = timed(act)
            walls.setdefault(way, []).append(1e3 * wall_s / turn)
            cores.setdefault(way, []).append(1e3 * core_s / turn)
        ways.reverse()  # a machine that grows slower is unjust to the last one's turn, and then to the first one's
    one.close()
    eight.close()

    def ratio(table: dict[str, list[float]], of: str, to: str, times: int = 1) -> list[float]:
        found = median_with_range([times * a / b for a, b in zip(table[of], table[to], strict=True)])
        return [round(value, 3) for value in found]

    return {
        "weights": weights.name,
        "streams": streams_of(detector),
        "ms_per_picture": {way: round(statistics.median(values), 2) for way, values in walls.items()},
        "core_ms_per_picture": {way: round(statistics.median(values), 2) for way, values in cores.items()},
        "kept_of_bare": ratio(walls, "bare", "one"),
        "kept_of_bare_core": ratio(cores, "bare", "one"),
        "eight_cameras_over_one": ratio(walls, "eight", "one", CAMERAS),
        "eight_cameras_over_one_core": ratio(cores, "eight", "one", CAMERAS),
        "rounds": walls,
    }


def _frames(clip: Path) -> Iterator[Frame]:
    return FileSource(clip).frames()


def _with_range(ratio: Sequence[float]) -> str:
    return f"{ratio[0]:.2f} ({ratio[1]:.2f}-{ratio[2]:.2f})"


def run(
    clip: Annotated[Path, typer.Option(help="A video to count.")],
    weights: Annotated[list[Path], typer.Option(help="Weights; may repeat.")],
    turn: Annotated[int, typer.Option(min=CAMERAS, help="Pictures in a turn, a multiple of eight.")] = 64,
    rounds: Annotated[int, typer.Option(min=6, help="Turns of each; the clip has turn x (rounds + 1) frames.")] = 10,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print the table; exit status 1 when less than 0.9 of a network's bare speed is kept, eight cameras cost eight
    single ones or more, or weights could not be measured."""
    available = FileSource(clip).announced_s * FileSource(clip).fps
    if turn % CAMERAS or turn * (rounds + 1) > available:
        expected = f"a multiple of {CAMERAS}, with turn x (rounds + 1) at most the clip's {available:.0f} frames"
        raise InputError("turn", expected=expected, got=f"{turn}, with {rounds} rounds")
    table = Table("weights", "at once", "bare ms", "one", "eight", "kept (95 %)", "8 = N single (95 %)", "core ms")
    results: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in weights:
            try:
                result = measure(clip, path, turn, rounds, Path(folder))
            except ChaurahaError as error:  # the other backends are still measured
                failed[str(path)] = str(error)
                table.add_row(path.name, "-", "not measured")
                continue
            results.append(result)
            kept, eight = (_with_range(result[what]) for what in ("kept_of_bare", "eight_cameras_over_one"))
            print(f"{path.name}: kept {kept}, eight cameras {eight}", file=sys.stderr, flush=True)
            ms, core = result["ms_per_picture"], result["core_ms_per_picture"]
            table.add_row(
                result["weights"],
                str(result["streams"]),
                *(f"{ms[way]:.1f}" for way in ("bare", "one", "eight")),
                kept,
                eight,
                f"{core['bare']:.1f}, {core['one']:.1f}, {core['eight']:.1f}: "
                f"{result['kept_of_bare_core'][0]:.2f}, {result['eight_cameras_over_one_core'][0]:.2f}",
            )
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    if json_file is not None:
        found = {"clip": clip.name, "turn": turn, "results": results, "failed": failed}
        write_whole(json_file, json.dumps(found, indent=1) + "\n")
    for name, why in failed.items():
        print(f"not measured: {name}: {why}", file=sys.stderr)
    missed = [
        result["weights"]
        for result in results
        if result["kept_of_bare"][0] < LEAST_KEPT or result["eight_cameras_over_one"][0] >= CAMERAS
    ]
    if missed:
        print(f"short of the bar: {', '.join(missed)}", file=sys.stderr)
    if missed or failed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
