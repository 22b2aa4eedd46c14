"""Where frames come from: the protocol, and the reader for files.

    VideoSource
    ├── FileSource      every frame of a video file, exactly once, in order
    ├── FolderSource    the pictures of a folder, by name (detector/folder.py)
    ├── StreamSource    a live camera, newest frame first (detector/stream.py)
    ├── UnreadableSource  stands for one that could not be opened, while other cameras are counted
    └── FramesSource    frames that are already in memory: tests and demonstrations

A source that breaks says so (`broken`): what was not seen is lost, never an empty road.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from detector.decoded import Decoded, bgr_of, has_planes, reformatter
from detector.frame import Frame, Image, Picture, Silence
from junction.errors import InputError, MissingPackageError

SHORT_SHARE = 0.98
"""A file that ends before this share of the frames it announced was cut off."""

CUT_OFF = "a file that was cut off while it was written or copied cannot be opened"


class VideoSource(Protocol):
    """A stream of frames. `frames` may be walked once."""

    @property
    def name(self) -> str:
        """What the user called it."""
        ...

    @property
    def fps(self) -> float:
        """Frames a second, as the source announces it."""
        ...

    @property
    def broken(self) -> str | None:
        """Why the source ended before its end; None while it has not, and after a good end."""
        ...

    @property
    def announced_s(self) -> float:
        """How long the source says it is, seconds; 0 when it does not say."""
        ...

    def frames(self) -> Iterator[Frame | Silence]:
        """Frames as they come; from a live source also, about once a second, that none came."""
        ...


class FileSource:
    """A video file, read by PyAV (FFmpeg): every frame once, in the order of showing.

    `fps` overrides a wrong time base: frame i is then at i / fps seconds. Raises InputError when the file is missing,
    is no video, or uses a codec that this FFmpeg cannot decode.
    """

    def __init__(self, path: Path, *, fps: float | None = None) -> None:
        if not path.is_file():
            raise InputError("source", expected="a video file", got=str(path))
        self._path = path
        self._fps_given = fps
        with self._open() as container:
            stream = container.streams.video[0]
            announced = stream.average_rate or stream.guessed_rate
            if fps is None and not announced:
                raise InputError(
                    "source",
                    expected="a video that tells its frame rate",
                    got=str(path),
                    hint="give fps in the camera file",
                )
            self._fps = float(fps or announced)
            self._lasts_s = _lasts_s(stream)
            self._announced_frames = int(stream.frames) or round(self._lasts_s * float(announced or self._fps))
            self.width_px, self.height_px = int(stream.codec_context.width), int(stream.codec_context.height)
        self._broken: str | None = None

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def fps(self) -> float:
        return self._fps

    @property
    def broken(self) -> str | None:
        return self._broken

    @property
    def announced_s(self) -> float:
        return self._announced_frames / self._fps

    def frames(self) -> Iterator[Frame]:
        """Decode from the first frame on. A break in the file ends the stream and sets `broken`."""
        av = import_av()
        index, first_s, end_s = 0, None, 0.0
        with self._open() as container:
            stream = container.streams.video[0]
            stream.thread_count = 1  # the reader runs ahead anyway; more threads only take turns with the network
            take = picture_taker()
            decoded = container.decode(stream)
            while True:
                try:
                    picture = next(decoded)
                except StopIteration:
                    break
                except av.FFmpegError as error:
                    self._broken = f"{self._path.name} cannot be read past frame {index}: {error.strerror}"
                    return
                stamp_s = picture.time if picture.time is not None else index / self._fps
                first_s = stamp_s if first_s is None else first_s
                time_s = index / self._fps if self._fps_given else stamp_s - first_s
                yield Frame(index=index, time_s=time_s, picture=take(picture))
                index += 1
                end_s = stamp_s - first_s + float((picture.duration or 0) * picture.time_base)
        if self._lasts_s:
            if end_s < SHORT_SHARE * self._lasts_s:
                self._broken = f"{self._path.name} ends after {end_s:.1f} of {self._lasts_s:.1f} s"
        elif index < SHORT_SHARE * self._announced_frames:
            self._broken = f"{self._path.name} ends after {index} of {self._announced_frames} frames"

    def _open(self) -> Any:
        av = import_av()
        try:
            container = av.open(str(self._path))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise InputError(
                "source", expected="a video file that FFmpeg can read", got=str(self._path), hint=f"{error}; {CUT_OFF}"
            ) from None
        if not container.streams.video or container.streams.video[0].codec_context is None:
            has = [stream.type for stream in container.streams]
            container.close()
            raise InputError(
                "source",
                expected="a file with a video stream in a known codec",
                got=str(self._path),
                hint=f"it holds {has or 'nothing'}; {CUT_OFF}",
            )
        return container


def _lasts_s(stream: Any) -> float:
    """How long a stream says it is whose file counts no frames (Matroska, WebM); 0 where it does not say."""
    if stream.frames:
        return 0.0
    try:
        hours, minutes, seconds = stream.metadata.get("DURATION", "0:0:0").split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    except ValueError:
        return 0.0


class UnreadableSource:
    """Raises why it could not be opened when its frames are asked for."""

    fps = 1.0
    announced_s = 0.0

    def __init__(self, name: str, why: Exception) -> None:
        self.name = name
        self.broken = str(why)
        self._why = why

    def frames(self) -> Iterator[Frame]:
        raise self._why


class FramesSource:
    """Frames in memory, at a steady rate."""

    def __init__(
        self,
        images: Sequence[Image],
        *,
        fps: float,
        name: str = "frames",
        broken: str | None = None,
        announced_s: float = 0.0,
    ) -> None:
        self._images = images
        self.announced_s = announced_s
        self.fps = fps
        self.name = name
        self.broken = broken

    def frames(self) -> Iterator[Frame]:
        for index, image in enumerate(self._images):
            yield Frame(index=index, time_s=index / self.fps, picture=image)


def picture_taker() -> Callable[[Any], Picture]:
    """Makes pictures of one stream's decoded frames, in the caller's thread; those in a layout of their own are turned
    into blue, green and red at once."""
    import_av()
    turner = reformatter()
    return lambda frame: Decoded(frame) if has_planes(frame) else np.ascontiguousarray(bgr_of(turner, frame))


def import_av() -> Any:
    """PyAV. Raises MissingPackageError."""
    try:
        import av
    except ModuleNotFoundError:
        raise MissingPackageError("av", extra="detect") from None
    return av
