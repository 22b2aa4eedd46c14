"""A thread of its own that reads one camera's source, judges every picture, and hands the looks over."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

from detector.counting import CameraCounting, Look
from detector.frame import Frame, Silence

WAIT_S = 0.5
"""How soon a full inbox notices that it is to stop."""


class Inbox:
    """Looks at one camera's moments as they come, `ahead` of who takes them at most.

    A live camera never waits: a frame that was not taken yet is replaced by the next one (`dropped` counts them). A
    file waits until there is room: none of its frames is dropped. `news` is notified of every change.
    """

    def __init__(
        self,
        moments: Iterable[Frame | Silence],
        counting: CameraCounting,
        *,
        live: bool,
        news: threading.Condition,
        ahead: int,
    ) -> None:
        self._moments = moments
        self._counting = counting
        self._live = live
        self._ahead = ahead
        self._news = news
        self._waiting: deque[Look] = deque()
        self._stopping = False
        self.ended = False
        """No further look comes; those that wait may still be taken."""
        self.error: Exception | None = None
        """What the source or the look at its picture raised; the camera ends there."""
        self.dropped = 0
        self._thread = threading.Thread(target=self._read, name=f"camera {counting.camera.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> Look:
        """The oldest look that waits. Call with `news` held."""
        look = self._waiting.popleft()
        if not self._waiting:
            self._news.notify_all()
        return look

    def stop(self) -> None:
        """Read no further than the next moment. Needs no lock: a signal handler may call it."""
        self._stopping = True

    def _read(self) -> None:
        try:
            for moment in self._moments:
                if not self._put(self._counting.look(moment)):
                    break
        except Exception as error:  # whatever a source or a codec raises ends this camera, and no other
            self.error = error
        finally:
            with self._news:
                self.ended = True
                self._news.notify_all()

    def _put(self, look: Look) -> bool:
        """Whether to go on."""
        with self._news:
            if self._live and self._waiting and (self._waiting[-1].frame is not None or look.frame is None):
                self._waiting.pop()
                self.dropped += 1
            if len(self._waiting) >= self._ahead:
                # It is read into again when it is empty: who reads one picture at a time finds its data gone from the
                # caches.
                while not self._stopping and self._waiting:
                    self._news.wait(WAIT_S)
            self._waiting.append(look)
            self._news.notify_all()
            return not self._stopping


def call_before(moments: Iterable[Frame | Silence], wait_until: Callable[[float], None]) -> Iterable[Frame | Silence]:
    """The moments, `wait_until` called with the time of each before it is handed on."""
    for moment in moments:
        wait_until(moment.time_s)
        yield moment
