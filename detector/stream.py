"""A live camera: RTSP, or HTTP that carries MJPEG or anything else that FFmpeg reads.

A thread of its own connects, decodes and keeps one frame: the newest. What is not fetched in time is dropped there, so
a slow machine sees fewer frames, never older ones, and memory stays flat. A stream that ends, fails or falls silent is
connected again, with a back-off, for as long as the source is used; meanwhile it says that nothing came.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_when_event_set, wait_exponential_jitter
from tenacity.nap import sleep_using_event

from detector.frame import Frame, Picture, Silence
from detector.source import import_av, picture_taker
from junction.errors import InputError

SCHEMES = ("rtsp", "rtsps", "http", "https")
SILENT_S = 2.0
"""So long without a frame, a stream is down: a camera delivers several a second."""
TICK_S = 0.5
"""How often a silent stream is reported."""
CONNECT_S = 5.0
READ_S = 3.0
"""A connection that delivers nothing for so long is given up and made anew."""
PROBE_US = "500000"
"""How long FFmpeg may look at a new stream before the first frame (microseconds; its own default is five seconds)."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 2.0
"""Back-off between tries. The longest is short, so that a camera that is back is seen within five seconds."""


class _DownError(Exception):
    """The stream cannot be read now; its words say why."""


class StreamSource:
    """Frames of a live camera, at most `max_fps` a second, with seconds since the first call of `frames`.

    The constructor connects to nothing. `frames` ends after `for_s` seconds or `stop` (from any thread or a signal
    handler), and not before. A camera that is away, even from the start, gives `Silence`. Raises InputError for
    another kind of address.
    """

    broken: str | None = None
    announced_s = 0.0

    def __init__(self, url: str, *, max_fps: float = 10.0, for_s: float | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise InputError("source", expected=f"an address that begins with one of {SCHEMES}", got=_shown(url))
        if not 0 < max_fps <= 120:
            raise InputError("max_fps", expected="frames a second, more than 0, at most 120", got=max_fps)
        self._url = url
        self._max_fps = max_fps
        self._for_s = math.inf if for_s is None else for_s
        self._stopping = threading.Event()
        self._news = threading.Condition()
        self._newest: tuple[float, Any] | None = None
        self._picture_of = picture_taker()
        self._trouble = "not connected yet"
        self.dropped = 0
        """Frames that came and were replaced by a newer one before they were looked at."""

    @property
    def name(self) -> str:
        """The address without what may be secret in it: user, password, query."""
        return _shown(self._url)

    @property
    def fps(self) -> float:
        """The rate that is looked at; a slower camera or machine gives fewer."""
        return self._max_fps

    def stop(self) -> None:
        """End `frames` soon."""
        self._stopping.set()

    def frames(self) -> Iterator[Frame | Silence]:
        began_s = time.monotonic()
        reader = threading.Thread(target=self._keep_reading, name=f"stream {self.name}", daemon=True)
        reader.start()
        index, last_s = 0, began_s
        try:
            while not self._stopping.is_set() and time.monotonic() - began_s < self._for_s:
                taken = self._take()
                if taken is not None:
                    last_s = taken[0]
                    yield Frame(index=index, time_s=last_s - began_s, picture=taken[1])
                    index += 1
                    self._stopping.wait(max(0.0, last_s + 1 / self._max_fps - time.monotonic()))
                elif time.monotonic() - last_s >= SILENT_S:
                    yield Silence(time_s=time.monotonic() - began_s, reason=self._trouble)
        finally:
            self._stopping.set()
            reader.join(CONNECT_S + READ_S)

    def _take(self) -> tuple[float, Picture] | None:
        """The newest frame with its moment of arrival, waited for a tick; None when none came."""
        with self._news:
            if self._newest is None:
                self._news.wait(TICK_S)
            taken, self._newest = self._newest, None
        return None if taken is None else (taken[0], self._picture_of(taken[1]))

    def _keep_reading(self) -> None:
        tries = Retrying(
            retry=retry_if_exception_type(_DownError),
            wait=wait_exponential_jitter(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S, jitter=FIRST_WAIT_S),
            stop=stop_when_event_set(self._stopping),
            sleep=sleep_using_event(self._stopping),
        )
        while not self._stopping.is_set():
            with suppress(RetryError):
                self._read_on(*tries(self._connect))

    def _connect(self) -> tuple[Any, Iterator[Any]]:
        """The open container and its decoder, the first frame already delivered: a camera without one is still down."""
        av = import_av()
        options = {"analyzeduration": PROBE_US}
        if self._url.startswith("rtsp"):
            options |= {"rtsp_transport": "tcp", "fflags": "nobuffer"}
        try:
            container = av.open(self._url, timeout=(CONNECT_S, READ_S), options=options)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._down(error) from None
        try:
            if not container.streams.video:
                raise _DownError("no video in the stream")
            stream = container.streams.video[0]
            stream.thread_count = 1
            decoded = container.decode(stream)
            self._deliver(next(decoded))
        except (av.FFmpegError, OSError, StopIteration) as error:
            container.close()
            raise self._down(error) from None
        except _DownError as down:
            self._trouble = str(down)
            container.close()
            raise
        return container, decoded

    def _read_on(self, container: Any, decoded: Iterator[Any]) -> None:
        """Deliver frames until the stream ends or fails."""
        av = import_av()
        try:
            for picture in decoded:
                self._deliver(picture)
                if self._stopping.is_set():
                    break
            else:
                self._trouble = "the stream ended"
        except (av.FFmpegError, OSError) as error:
            self._trouble = _words(error)
        finally:
            container.close()

    def _deliver(self, picture: Any) -> None:
        with self._news:
            self.dropped += self._newest is not None
            self._newest = time.monotonic(), picture
            self._news.notify()

    def _down(self, error: BaseException) -> _DownError:
        self._trouble = _words(error)
        return _DownError(self._trouble)


def _words(error: BaseException) -> str:
    """FFmpeg's reason without the address, which may hold a password."""
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _shown(url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname is None:
        return url
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
