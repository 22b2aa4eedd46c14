"""`chauraha count`: count the vehicles of videos or live cameras by class, line, direction and lane group."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chauraha.count_evaluate import evaluate
from chauraha.count_setup import cameras_of, check_places, post_of, window_of
from junction.errors import ChaurahaError, InputError

if TYPE_CHECKING:
    from detector.camera import Camera
    from detector.debug_video import DebugVideo
    from detector.detection import Detector
    from detector.fleet import Watching
    from detector.publish import Publisher
    from detector.report import CountReport
    from detector.tables import TableFile

app = typer.Typer(help="Count the vehicles of videos or live cameras by class.")
app.command()(evaluate)


@app.callback(invoke_without_command=True)
def count(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Option(help="Video file, folder of pictures, or a live camera: rtsp://… or http://… until Ctrl-C."),
    ] = None,
    camera: Annotated[
        list[Path] | None,
        typer.Option(help="Camera file (TOML), or a folder of them: several are counted in one process; may repeat."),
    ] = None,
    line: Annotated[
        list[str] | None, typer.Option(help="Counting line NAME=x1,y1,x2,y2 in fractions of the frame; may repeat.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Weights: .pt, ONNX, an OpenVINO folder, LiteRT (.tflite), a TensorRT engine.")
    ] = None,
    frames: Annotated[str | None, typer.Option(metavar="A-B", help="Count frames A to B only, both included.")] = None,
    fps: Annotated[float | None, typer.Option(help="Rate of a folder of pictures; overrides a video's own.")] = None,
    frame_step: Annotated[int, typer.Option(help="Look at one frame in so many.")] = 1,
    interval: Annotated[float, typer.Option(help="Seconds of video a record.")] = 5.0,
    confidence: Annotated[float | None, typer.Option(help="Least confidence of a detection, 0 to 1.")] = None,
    tracker: Annotated[str | None, typer.Option(help="bytetrack or botsort, over the camera files'.")] = None,
    junction: Annotated[str | None, typer.Option(help="Junction id for --post, over the camera file's.")] = None,
    post: Annotated[str | None, typer.Option(metavar="URL", help="Send the counts to this timing service.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the cameras' key for --post; else CHAURAHA_KEY holds it.")
    ] = None,
    mqtt: Annotated[str | None, typer.Option(metavar="URL", help="Publish the counts: mqtt://… or mqtts://….")] = None,
    spool: Annotated[
        Path | None, typer.Option(help="Keep records that have not been taken in this folder, over restarts.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Count live cameras for so long.")] = None,
    max_fps: Annotated[float, typer.Option(help="Frames a second to look at, of a live camera.")] = 10.0,
    start_at: Annotated[
        float | None,
        typer.Option(help="Unix time of the video's first frame; without it, --post and --mqtt play it as live."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the intervals as CSV.")] = None,
    jsonl: Annotated[Path | None, typer.Option(help="Write the intervals as JSON lines.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write the intervals as Parquet files in this folder.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the totals as JSON.")] = None,
    debug_video: Annotated[
        Path | None,
        typer.Option(help="WRITES PICTURES: an MP4 with boxes drawn in (of several cameras: a folder of them)."),
    ] = None,
) -> None:
    """Count the vehicles of videos or live cameras by class over lines, movements and lane groups."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from chauraha.count_status import CountStatus
    from detector.backends import load_detector
    from detector.motion import MOTION_CLASSES
    from detector.session import CountingSession, check_one_detector
    from detector.weights import find_weights
    from detector.yolo import tracker_of
    from junction.files import write_whole

    cameras = cameras_of(source, camera or [], line or [], junction, confidence, fps, tracker)
    check_one_detector(cameras)
    window = window_of(frames)
    publishing = post is not None or mqtt is not None
    check_places([csv, jsonl, json], spool, publishing)
    posts = [post_of(one, minutes, max_fps, frames, start_at, publishing, many=len(cameras) > 1) for one in cameras]
    live = any(one.live for one in posts)
    detector: Detector | None = None
    by_weights = [one for one in cameras if not one.by_motion]
    if by_weights:
        chosen = find_weights(weights, by_weights[0])
        detector = load_detector(
            chosen.path,
            image_size_px=by_weights[0].image_size_px,
            confidence=by_weights[0].confidence,
            download=chosen.download,
        )
    elif weights is not None:
        raise InputError(
            "--weights", expected='a camera that does not find by motion (detector = "motion")', got=weights
        )
    publishers = _publishers(cameras, post, key_file, mqtt, spool, background=live)
    videos = _debug_videos(
        debug_video, cameras, lambda one: MOTION_CLASSES if detector is None or one.by_motion else detector.class_names
    )
    status = CountStatus(Console(stderr=True), lambda: sum(publisher.unsent for publisher in publishers))
    session = CountingSession(
        posts,
        detector,
        lambda one: tracker_of(one.camera, one.source.fps / max(1, frame_step)),
        window=window,
        interval_s=interval,
        frame_step=frame_step,
        tables=_tables(csv, jsonl, parquet),
        publishers=publishers,
        watching=_onlookers(cameras, videos, publishers),
        on_interval=status.seen,
    )
    if live:
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, lambda *_: session.stop())
    status.watch(session)
    with status:
        session.run()
    for video in videos.values():
        video.close()
    reports = session.reports()
    if json is not None:
        write_whole(json, dumps(_document(reports), ensure_ascii=False, indent=2) + "\n")
    for report in reports:
        _show(report)
    if session.refused is not None:
        raise session.refused
    for publisher in publishers:
        left = publisher.close()
        typer.echo(f"{publisher.accepted} records taken by {publisher.name}, {publisher.duplicates} known already")
        if left:
            typer.echo(f"{left} records wait in {spool} for the next start")
    if len(reports) > 1 and session.failures():
        raise ChaurahaError("; ".join(f"camera {name} ended: {why}" for name, why in session.failures().items()))


def _document(reports: list[CountReport]) -> dict[str, Any]:
    """One camera's totals, or those of several under `cameras`."""
    documents = [report.to_document() for report in reports]
    return documents[0] if len(documents) == 1 else {"cameras": documents}


def _tables(csv: Path | None, jsonl: Path | None, parquet: Path | None) -> list[TableFile]:
    from detector.tables import CsvFile, JsonLinesFile, ParquetFolder

    tables: list[TableFile] = []
    if csv is not None:
        tables.append(CsvFile(csv))
    if jsonl is not None:
        tables.append(JsonLinesFile(jsonl))
    if parquet is not None:
        tables.append(ParquetFolder(parquet))
    return tables


def _publishers(
    cameras: list[Camera],
    post: str | None,
    key_file: Path | None,
    mqtt: str | None,
    spool: Path | None,
    *,
    background: bool,
) -> list[Publisher]:
    """One for each place; each has a spool of its own, because each takes records at its own pace."""
    from controller.access.key_file import read_key
    from detector.http_sender import HttpSender
    from detector.mqtt import MqttSender
    from detector.publish import Publisher
    from detector.spool import Spool

    keys = {one.id: key for one in cameras if one.key_file is not None and (key := read_key(one.key_file))}
    senders: list[tuple[str, Any]] = []
    if post is not None:
        senders.append(("", HttpSender(post, key=read_key(key_file), keys=keys)))
    if mqtt is not None:
        senders.append(("mqtt", MqttSender(mqtt)))
    return [
        Publisher(sender, spool=Spool(None if spool is None else spool / name), background=background)
        for name, sender in senders
    ]


def _debug_videos(
    place: Path | None, cameras: list[Camera], names_of: Callable[[Camera], Mapping[int, str]]
) -> dict[str, DebugVideo]:
    if place is None:
        return {}
    from detector.debug_video import DebugVideo

    paths = {cameras[0].id: place} if len(cameras) == 1 else {one.id: place / f"{one.id}.mp4" for one in cameras}
    if len(cameras) > 1:
        place.mkdir(parents=True, exist_ok=True)
    typer.secho(
        f"PICTURES ARE BEING WRITTEN to {place}: people and number plates may be seen in them. Only privacy masks are "
        "painted over. Delete them when you have looked.",
        fg="red",
        bold=True,
        err=True,
    )
    return {one.id: DebugVideo(paths[one.id], one, dict(names_of(one))) for one in cameras}


def _onlookers(
    cameras: list[Camera], videos: Mapping[str, DebugVideo], publishers: list[Publisher]
) -> dict[str, list[Watching]]:
    """By camera: its debug video, and who sends the timing service the still that an engineer asks for."""
    from detector.http_sender import HttpSender
    from detector.still import StillWatch

    services = [publisher.sender for publisher in publishers if isinstance(publisher.sender, HttpSender)]
    return {
        one.id: [
            *([videos[one.id].see] if one.id in videos else []),
            *(StillWatch(one, service).see for service in services),
        ]
        for one in cameras
    }


def _show(report: CountReport) -> None:
    """The totals as tables on the terminal."""
    from rich.console import Console
    from rich.table import Table

    from detector.report import UNFAMILIAR_NOTE
    from junction.vehicle import VEHICLE_CLASSES

    console = Console()
    names = [str(name) for name in VEHICLE_CLASSES if str(name) not in report.not_separable]
    rows = [
        (f"{line} {direction}", counts)
        for line, directions in report.totals.lines.items()
        for direction, counts in directions.items()
    ]
    rows += [(f"movement {movement}", counts) for movement, counts in report.totals.movements.items()]
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
    if any(span.state == "unfamiliar" for span in report.states):
        Console(stderr=True).print(f"[bold red]{UNFAMILIAR_NOTE}[/]")
    if report.broken:
        Console(stderr=True).print(f"{report.broken}: counted up to there")
    if report.not_separable:
        teller = "size" if report.camera.by_motion else "these weights"
        console.print(f"{teller} cannot tell: {', '.join(report.not_separable)}")
