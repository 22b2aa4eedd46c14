"""From the options of `chauraha count` to cameras and their sources."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from junction.errors import InputError

if TYPE_CHECKING:
    from detector.camera import Camera
    from detector.run import Window
    from detector.session import Post


def check_places(files: list[Path | None], spool: Path | None, publishing: bool) -> None:
    """Before hours of counting: is there a place for the result?"""
    if spool is not None and not publishing:
        raise InputError("--spool", expected="--post URL or --mqtt URL beside it", got=str(spool))
    for path in files:
        if path is not None and not path.parent.is_dir():
            raise InputError(str(path), expected="a file in a folder that exists", got=str(path.parent))


def post_of(
    camera: Camera,
    minutes: float | None,
    max_fps: float,
    frames: str | None,
    start_at: float | None,
    publishing: bool,
    *,
    many: bool,
) -> Post:
    """The camera with its source; a live one ends after `minutes`, at Ctrl-C or when the process is told to."""
    from detector.folder import open_source
    from detector.session import Pace, Post
    from detector.source import UnreadableSource, VideoSource
    from detector.stream import StreamSource

    assert camera.source is not None
    pace = Pace(start_at)
    if "://" not in camera.source:
        if minutes is not None:
            raise InputError("--minutes", expected="a live camera", got=camera.source, hint="--frames A-B cuts a file")
        video: VideoSource
        try:
            video = open_source(Path(camera.source), fps=camera.fps)
        except InputError as error:
            if not many:
                raise
            video = UnreadableSource(camera.source, error)
        played = publishing and start_at is None
        return Post(
            camera=camera, source=video, live=False, stamp=pace.stamp, wait_until=pace.wait_until if played else None
        )
    for option, value in (("--frames", frames), ("--start-at", start_at)):
        if value is not None:
            raise InputError(option, expected="a video file: a live camera has no beginning", got=value)
    if minutes is not None and not minutes > 0:
        raise InputError("--minutes", expected="more than 0", got=minutes)
    stream = StreamSource(camera.source, max_fps=max_fps, for_s=None if minutes is None else 60 * minutes)
    return Post(camera=camera, source=stream, live=True, stamp=pace.stamp, stop=stream.stop)


def cameras_of(
    source: str | None,
    files: list[Path],
    lines: list[str],
    junction: str | None,
    confidence: float | None,
    fps: float | None,
    tracker: str | None,
) -> list[Camera]:
    """The cameras to count: the files', with what the command line adds to a single one."""
    from detector.camera import Camera
    from detector.camera_file import camera_paths, load_camera

    cameras = [load_camera(path) for path in camera_paths(files)]
    if len(cameras) > 1:
        for option, value in (("--source", source), ("--line", lines), ("--junction", junction)):
            if value:
                raise InputError(option, expected="one --camera beside it", got=value)
    if not cameras:
        if source is None:
            raise InputError("--source", expected="a video, a folder of pictures or a live camera's address", got=None)
        # Footage that nobody wrote a camera file for may be from a hand: there is no view that it must keep.
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(urlsplit(source).path).stem) or "camera"
        cameras = [Camera(id=name, fixed="://" in source)]
    cameras = [_completed(camera, source, lines, junction, confidence, fps) for camera in cameras]
    return [followed(camera, tracker) for camera in cameras]


def followed(camera: Camera, tracker: str | None) -> Camera:
    """The camera, followed by the tracker of that name where one is given."""
    from detector.camera import FollowedBy

    if tracker is None:
        return camera
    if tracker not in set(FollowedBy):
        raise InputError("--tracker", expected=f"one of {sorted(FollowedBy)}", got=tracker)
    return replace(camera, tracker=FollowedBy(tracker))


def _completed(
    camera: Camera,
    source: str | None,
    lines: list[str],
    junction: str | None,
    confidence: float | None,
    fps: float | None,
) -> Camera:
    from detector.camera_file import line_from_text

    added = tuple(line_from_text(text) for text in lines)
    names = [known.name for known in (*camera.lines, *added)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("--line", expected="every name once", got=twice)
    camera = replace(
        camera,
        lines=(*camera.lines, *added),
        junction_id=junction or camera.junction_id,
        source=source or camera.source,
        confidence=camera.confidence if confidence is None else confidence,
        fps=fps or camera.fps,
    )
    if not 0 < camera.confidence < 1:
        raise InputError("--confidence", expected="between 0 and 1", got=confidence)
    if not camera.lines and not camera.zones:
        raise InputError(
            f"camera {camera.id}",
            expected="a line or a zone to count",
            got=None,
            hint="give --camera FILE with [[lines]] or [[zones]], or --line NAME=x1,y1,x2,y2",
        )
    if camera.source is None:
        raise InputError(f"camera {camera.id}: source", expected="source in its file, or --source", got=None)
    return camera


def window_of(frames: str | None) -> Window:
    from detector.run import Window

    if frames is None:
        return Window()
    match = re.fullmatch(r"(\d+)-(\d+)", frames)
    if match is None:
        raise InputError("--frames", expected="A-B, such as 0-700", got=frames)
    return Window(first=int(match[1]), last=int(match[2]))
