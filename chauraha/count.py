"""`chauraha count`: count the vehicles of a video or a live camera by class, line, direction and lane group."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from chauraha.count_evaluate import evaluate
from junction.errors import InputError, ServiceError

if TYPE_CHECKING:
    from detector.camera import Camera
    from detector.report import CountReport
    from detector.run import Window
    from detector.source import VideoSource

app = typer.Typer(help="Count the vehicles of a video or a live camera by class.")
app.command()(evaluate)


@app.callback(invoke_without_command=True)
def count(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option(help="Video file, or a live camera: rtsp://… or http://… until Ctrl-C.")
    ] = None,
    camera: Annotated[Path | None, typer.Option(help="Camera file (TOML): lines, zones, weights.")] = None,
    line: Annotated[
        list[str] | None, typer.Option(help="Counting line NAME=x1,y1,x2,y2 in fractions of the frame; may repeat.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="Weights: .pt, ONNX or an OpenVINO folder.")] = None,
    frames: Annotated[str | None, typer.Option(metavar="A-B", help="Count frames A to B only, both included.")] = None,
    frame_step: Annotated[int, typer.Option(help="Look at one frame in so many.")] = 1,
    interval: Annotated[float, typer.Option(help="Seconds of video a record.")] = 5.0,
    confidence: Annotated[float | None, typer.Option(help="Least confidence of a detection, 0 to 1.")] = None,
    junction: Annotated[str | None, typer.Option(help="Junction id for --post, over the camera file's.")] = None,
    post: Annotated[str | None, typer.Option(metavar="URL", help="Send the counts to this timing service.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with this camera's key for --post; else CHAURAHA_KEY holds it.")
    ] = None,
    spool: Annotated[
        Path | None, typer.Option(help="Keep records that the service has not taken in this folder, over restarts.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Count a live camera for so long.")] = None,
    max_fps: Annotated[float, typer.Option(help="Frames a second to look at, of a live camera.")] = 10.0,
    start_at: Annotated[
        float | None, typer.Option(help="Unix time of the video's first frame; without it, --post plays it as live.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the intervals as CSV.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the totals as JSON.")] = None,
) -> None:
    """Count a video's or a live camera's vehicles by class over lines, movements and lane groups."""
    if context.invoked_subcommand is not None:
        return
    if source is None:
        raise InputError("--source", expected="a video file or the address of a live camera", got=None)
    from controller.access.key_file import read_key
    from detector.publish import Publisher
    from detector.record import RecordMaker
    from detector.report import CountReport
    from detector.run import CountingRun
    from detector.spool import Spool
    from detector.weights import find_weights
    from detector.yolo import ByteTracker, YoloDetector
    from junction.files import write_whole

    watched = _camera(source, camera, line or [], junction, confidence)
    window = _window(frames)
    _check_places(csv, json, spool, post)
    video, live = _open(source, watched, minutes, max_fps, frames, start_at)
    chosen = find_weights(weights, watched)
    pace = _Pace(start_at)
    maker = RecordMaker(watched, pace.stamp) if post is not None else None
    detector = YoloDetector(
        chosen.path, image_size_px=watched.image_size_px, confidence=watched.confidence, download=chosen.download
    )
    run = CountingRun(
        video,
        watched,
        detector,
        ByteTracker(fps=video.fps / max(1, frame_step), low_confidence=watched.confidence),
        window=window,
        interval_s=interval,
        frame_step=frame_step,
        wait_until=pace.wait_until if post is not None and start_at is None and not live else None,
    )
    unsent = Spool(spool)
    publisher = Publisher(post, spool=unsent, background=live, key=read_key(key_file)) if post is not None else None
    refused: ServiceError | None = None
    intervals = []
    for counted in run.intervals():
        intervals.append(counted)
        if publisher is not None and maker is not None and refused is None:
            try:
                publisher.publish(maker.make(counted))
            except ServiceError as error:
                refused = error
    report = CountReport(
        source=video.name,
        camera=watched,
        intervals=intervals,
        frames=run.frames,
        fps=video.fps,
        processed_fps=run.frames / run.wall_s if run.wall_s > 0 else None,
        states=run.states,
        queue_max_veh=run.queue_max_veh,
        not_separable=run.class_map.not_separable,
        broken=video.broken,
    )
    if csv is not None:
        write_whole(csv, report.to_csv().encode())
    if json is not None:
        write_whole(json, report.to_json().encode())
    _show(report)
    if refused is not None:
        raise refused
    if publisher is not None:
        left = publisher.close()
        typer.echo(f"{publisher.accepted} records taken by {post}, {publisher.duplicates} of them known already")
        if left:
            typer.echo(f"{left} records wait in {spool} for the next start")
    unsent.close()


class _Pace:
    """The clock of a file's records.

    With `start_at` the video has its own time. Without, it is played as a live camera: no faster than it was
    filmed, and stamped by the wall clock.
    """

    def __init__(self, start_at: float | None) -> None:
        self._start_at = start_at
        self._began: tuple[float, float] | None = None

    def stamp(self, source_s: float) -> float:
        """The Unix time of a moment of the source."""
        return time.time() if self._start_at is None else self._start_at + source_s

    def wait_until(self, source_s: float) -> None:
        """Sleep until the frame of this moment would have come from a camera."""
        now_s = time.monotonic()
        if self._began is None:
            self._began = (now_s, source_s)
        time.sleep(max(0.0, self._began[0] + source_s - self._began[1] - now_s))


def _check_places(csv: Path | None, json: Path | None, spool: Path | None, post: str | None) -> None:
    """Before hours of counting: is there a place for the result?"""
    if spool is not None and post is None:
        raise InputError("--spool", expected="--post URL beside it", got=str(spool))
    for path in (csv, json):
        if path is not None and not path.parent.is_dir():
            raise InputError(str(path), expected="a file in a folder that exists", got=str(path.parent))


def _open(
    source: str,
    camera: Camera,
    minutes: float | None,
    max_fps: float,
    frames: str | None,
    start_at: float | None,
) -> tuple[VideoSource, bool]:
    """The source, and whether it is live: a live one ends after `minutes`, at Ctrl-C or when the process is told to."""
    from detector.source import FileSource
    from detector.stream import StreamSource

    if "://" not in source:
        if minutes is not None:
            raise InputError("--minutes", expected="a live camera", got=source, hint="--frames A-B cuts a file")
        return FileSource(Path(source), fps=camera.fps), False
    for option, value in (("--frames", frames), ("--start-at", start_at)):
        if value is not None:
            raise InputError(option, expected="a video file: a live camera has no beginning", got=value)
    if minutes is not None and not minutes > 0:
        raise InputError("--minutes", expected="more than 0", got=minutes)
    stream = StreamSource(source, max_fps=max_fps, for_s=None if minutes is None else 60 * minutes)
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stream.stop())
    return stream, True


def _camera(source: str, file: Path | None, lines: list[str], junction: str | None, confidence: float | None) -> Camera:
    """The camera to count with: the file's, with what the command line adds."""
    from detector.camera import Camera
    from detector.camera_file import line_from_text, load_camera

    camera = (
        load_camera(file)
        if file is not None
        else Camera(id=re.sub(r"[^A-Za-z0-9_.-]", "_", Path(urlsplit(source).path).stem))
    )
    added = tuple(line_from_text(text) for text in lines)
    names = [known.name for known in (*camera.lines, *added)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("--line", expected="every name once", got=twice)
    camera = replace(camera, lines=(*camera.lines, *added), junction_id=junction or camera.junction_id)
    if confidence is not None:
        if not 0 < confidence < 1:
            raise InputError("--confidence", expected="between 0 and 1", got=confidence)
        camera = replace(camera, confidence=confidence)
    if not camera.lines and not camera.zones:
        raise InputError(
            "camera",
            expected="a line or a zone to count",
            got=None,
            hint="give --camera FILE with [[lines]] or [[zones]], or --line NAME=x1,y1,x2,y2",
        )
    return camera


def _window(frames: str | None) -> Window:
    from detector.run import Window

    if frames is None:
        return Window()
    match = re.fullmatch(r"(\d+)-(\d+)", frames)
    if match is None:
        raise InputError("--frames", expected="A-B, such as 0-700", got=frames)
    return Window(first=int(match[1]), last=int(match[2]))


def _show(report: CountReport) -> None:
    """The totals as tables on the terminal."""
    from rich.console import Console
    from rich.table import Table

    from junction.vehicle import VEHICLE_CLASSES

    console = Console()
    names = [str(name) for name in VEHICLE_CLASSES if str(name) not in report.not_separable]
    rows = [
        (f"{line} {direction}", counts)
        for line, directions in report.lines().items()
        for direction, counts in directions.items()
    ]
    rows += [(f"movement {movement}", counts) for movement, counts in report.movements().items()]
    pace = "" if report.processed_fps is None else f", counted at {report.processed_fps:.1f} a second"
    table = Table(title=f"{report.camera.id}: {report.frames} frames{pace}")
    table.add_column("line, direction")
    for name in [*names, "all"]:
        table.add_column(name, justify="right")
    for title, counts in rows:
        table.add_row(title, *(str(counts.get(name, 0)) for name in names), str(sum(counts.values())))
    console.print(table)
    for name, veh in report.queue_max_veh.items():
        console.print(f"lane group {name}: longest queue {'not in view' if veh is None else f'{veh} vehicles'}")
    for span in report.states:
        if span.state != "ok":
            console.print(f"camera {span.state} from {span.from_s:.1f} s to {span.to_s:.1f} s: not counted")
    if report.broken:
        Console(stderr=True).print(f"{report.broken}: counted up to there")
    if report.not_separable:
        console.print(f"these weights cannot tell: {', '.join(report.not_separable)}")
