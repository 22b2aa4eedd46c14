"""How much of a network's bare speed is left when cameras are counted with it, and what eight cameras cost.

    python -m bench.detector_speed --clip video.mp4 --weights FOLDER [--weights w.pt …] [--repeats 5] [--json FILE]

"Bare" is the network alone on pictures that lie ready, with as many at once as the pipeline has. The pipeline decodes
the clip, judges the camera, detects, tracks, counts, writes CSV and posts each interval's record (to an in-process
service), for one camera and for eight that show as many frames each. Every repeat measures all of them in turn, and a
ratio is of one repeat: the median over repeats is printed. Read the ratios, not the milliseconds, off a busy machine;
"core ms" is processor time, which other work disturbs less.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from detector.backends import load_detector, streams_of
from detector.camera import Camera
from detector.detection import Detector
from detector.frame import Frame
from detector.http_sender import HttpSender
from detector.line import CountingLine
from detector.publish import Publisher
from detector.run import Window
from detector.session import CountingSession, Post
from detector.source import FileSource
from detector.tables import CsvFile
from detector.yolo import ByteTracker
from junction.files import write_whole

CAMERAS = 8
LEAST_KEPT = 0.9
LINE = CountingLine(name="middle", start=(0.0, 0.5), end=(1.0, 0.5))


def service(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"accepted": bool(json.loads(request.content)["n"] >= 0), "duplicate": False})


def count_clip(clip: Path, detector: Detector, cameras: int, frames: int, folder: Path) -> float:
    """Seconds to count the clip's first frames as that many cameras."""
    posts = [
        Post(
            camera=Camera(id=f"camera-{i}", junction_id="j", lines=(LINE,), fixed=True),
            source=FileSource(clip),
            live=False,
            stamp=float,
        )
        for i in range(cameras)
    ]
    table = CsvFile(folder / "counts.csv")
    publisher = Publisher(HttpSender("http://service", transport=httpx.MockTransport(service)))
    session = CountingSession(
        posts,
        detector,
        lambda post: ByteTracker(fps=post.source.fps),
        window=Window(first=0, last=frames - 1),
        interval_s=1.0,
        tables=[table],
        publishers=[publisher],
    )
    began_s = time.perf_counter()
    session.run()
    publisher.close()
    took_s = time.perf_counter() - began_s
    counted = sum(report.frames for report in session.reports())
    if counted != cameras * frames:
        raise RuntimeError(f"expected {cameras * frames} frames counted, got {counted}")
    return took_s


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Seconds that it took, and seconds of processor time."""
    began_s, began_core_s = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - began_s, time.process_time() - began_core_s


def measure(clip: Path, weights: Path, frames: int, repeats: int, folder: Path) -> dict[str, Any]:
    """Milliseconds a picture by way, and ratios, medians over the repeats."""
    detector: Any = load_detector(weights)
    first = next(iter(_frames(clip))).image
    detector.detect([first] * streams_of(detector), [2])
    ways: tuple[tuple[str, int, Callable[[], Any]], ...] = (
        ("bare", frames, lambda: detector.run_bare(first, frames)),
        ("pipeline", frames, lambda: count_clip(clip, detector, 1, frames, folder)),
        (f"{CAMERAS} cameras", CAMERAS * frames, lambda: count_clip(clip, detector, CAMERAS, frames, folder)),
    )
    count_clip(clip, detector, 1, min(frames, 20), folder)
    runs: dict[str, list[float]] = {}
    for _ in range(repeats):
        for way, pictures, act in ways:
            wall_s, core_s = timed(act)
            runs.setdefault(way, []).append(1e3 * wall_s / pictures)
            runs.setdefault(f"{way}, core", []).append(1e3 * core_s / pictures)

    def ratio(of: str, to: str) -> float:
        return statistics.median(a / b for a, b in zip(runs[of], runs[to], strict=True))

    return {
        "weights": weights.name,
        "streams": streams_of(detector),
        "ms_per_picture": {way: round(statistics.median(values), 2) for way, values in runs.items()},
        "kept_of_bare": round(ratio("bare", "pipeline"), 3),
        "kept_of_bare_core": round(ratio("bare, core", "pipeline, core"), 3),
        "eight_cameras_over_one": round(CAMERAS * ratio(f"{CAMERAS} cameras", "pipeline"), 2),
        "eight_cameras_over_one_core": round(CAMERAS * ratio(f"{CAMERAS} cameras, core", "pipeline, core"), 2),
    }


def _frames(clip: Path) -> Iterator[Frame]:
    return FileSource(clip).frames()


def run(
    clip: Annotated[Path, typer.Option(help="A video to count.")],
    weights: Annotated[list[Path], typer.Option(help="Weights; may repeat.")],
    frames: Annotated[int, typer.Option(min=8, help="Frames of the clip in one measurement.")] = 160,
    repeats: Annotated[int, typer.Option(min=1)] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results as JSON.")] = None,
) -> None:
    """Print the table; exit status 1 when less than 0.9 of a network's bare speed is kept, or eight cost eight."""
    table = Table("weights", "at once", "bare ms", "one camera", "kept", "8 cameras", "8 = N single ones", "core ms")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for path in weights:
            result = measure(clip, path, frames, repeats, Path(folder))
            results.append(result)
            ms = result["ms_per_picture"]
            eight = f"{CAMERAS} cameras"
            core = " / ".join(f"{ms[f'{way}, core']:.1f}" for way in ("bare", "pipeline", eight))
            table.add_row(
                result["weights"],
                str(result["streams"]),
                f"{ms['bare']:.1f}",
                f"{ms['pipeline']:.1f}",
                f"{result['kept_of_bare']:.2f}",
                f"{ms[eight]:.1f}",
                f"{result['eight_cameras_over_one']:.2f}",
                f"{core}: {result['kept_of_bare_core']:.2f}, {result['eight_cameras_over_one_core']:.2f}",
            )
    Console(width=None if sys.stdout.isatty() else 130).print(table)
    if json_file is not None:
        write_whole(json_file, json.dumps({"clip": clip.name, "frames": frames, "results": results}, indent=1) + "\n")
    missed = [
        result["weights"]
        for result in results
        if result["kept_of_bare"] < LEAST_KEPT or result["eight_cameras_over_one"] >= CAMERAS
    ]
    if missed:
        print(f"short of the bar: {', '.join(missed)}", file=sys.stderr)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
