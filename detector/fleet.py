"""Many cameras counted in one process: a reader thread and a tracker each, one detector for all.

    source ─► Inbox (thread: decode, judge, mask) ─┐
    source ─► Inbox                                ├─► batch ─► Detector ─► a tracker and counter each ─► intervals
    source ─► Inbox                                ┘

The detector works in threads of its own while what it found last is tracked and counted. A batch is one picture for a
detector that looks at several at once, whichever camera's turn it is, and one of every camera for one that does not.
Of a live camera it takes the newest frame, of a file the next. Memory is bounded: an inbox holds a few pictures, and a
live camera's older frame gives way to its newer one. What goes wrong with one camera ends that camera only.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import cv2

from detector.class_map import ClassMap
from detector.counting import CameraCounting, Interval, Look
from detector.detection import Detections, Detector
from detector.frame import Frame, Picture, Silence
from detector.inbox import Inbox
from detector.memory import keep_freed_memory
from detector.tracking import TrackedBox
from junction.counts import CameraState

WAIT_S = 0.5
PATIENCE_S = 0.0003
"""So long a thread that has its picture waits for another's Python code. Python's own five milliseconds are half of a
network's look, in which its core may have nothing to do."""
IN_A_ROW = 8
"""So many pictures of a file are looked at and counted one after the other: between two turns of the network everything
else has left the processor's caches, and the first picture of a turn costs three times as much as the next."""
AHEAD, LEAST_AHEAD = 16, 2
"""So many pictures wait at most, shared by the cameras: more no longer fit into the processor's caches."""
LIVE_AHEAD = 4
"""Of a live camera only the newest picture waits, and what has to be said of the times in which none came."""

_log = logging.getLogger(__name__)

Watching = Callable[[Look, Sequence[TrackedBox]], None]
"""Sees every look with its tracks: the debug video, or who is asked for a still."""


@dataclass(kw_only=True, eq=False)
class Member:
    """One camera of a fleet. `broken` and `announced_s` are asked of the source when its moments have ended."""

    counting: CameraCounting
    moments: Iterable[Frame | Silence]
    live: bool
    broken: Callable[[], str | None]
    announced_s: Callable[[], float]
    classes: ClassMap
    watching: Sequence[Watching] = ()
    failure: str | None = None
    """Why this camera ended early, in words; its counts up to there stand."""
    error: Exception | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Batch:
    looks: list[tuple[Member, Look]]
    found: Future[list[Detections]]


class Fleet:
    """Counts all `members` with one detector, those aside that find by motion; `intervals` may be walked once.

    `streams` is how many pictures the detector looks at at once; one with several is called from so many threads.
    """

    def __init__(self, members: Sequence[Member], detector: Detector | None, *, streams: int = 1) -> None:
        self._members = list(members)
        self._detector = detector
        live = any(member.live for member in members)
        self._callers = min(2, streams)
        if streams == 1:
            self._batch, self._of_one, self._in_flight = len(self._members), 1, 1 if live else 2
        elif live:
            self._batch, self._of_one, self._in_flight = 1, 1, streams
        else:
            self._batch, self._of_one, self._in_flight = IN_A_ROW, IN_A_ROW, 2
        self._turn = 0
        self._news = threading.Condition()
        share = max(LEAST_AHEAD, min(IN_A_ROW, AHEAD // max(1, len(self._members))))
        ahead = LIVE_AHEAD if live else share
        self._inboxes = {
            member: Inbox(member.moments, member.counting, live=member.live, news=self._news, ahead=ahead)
            for member in members
        }
        self._running = list(self._members)
        asking = [member.classes.wanted for member in self._members if not member.counting.camera.by_motion]
        self._wanted = frozenset().union(*asking)
        self.wall_s = 0.0

    @property
    def dropped(self) -> int:
        """Frames of live cameras that a newer one replaced before they were looked at."""
        return sum(inbox.dropped for inbox in self._inboxes.values())

    def stop(self) -> None:
        """Read no further: what was read is counted, and `intervals` ends. From any thread or a signal handler."""
        for inbox in self._inboxes.values():
            inbox.stop()

    def intervals(self) -> Iterator[tuple[Member, Interval]]:
        """Every interval of every camera when it closes."""
        began_s = time.perf_counter()
        cv2.setNumThreads(1)  # each camera has a thread of its own; more would take turns with the network's
        keep_freed_memory()
        gc.freeze()  # what was imported stays: a look through all of PyTorch for garbage takes 0.2 s
        patience_s = sys.getswitchinterval()
        sys.setswitchinterval(PATIENCE_S)
        for inbox in self._inboxes.values():
            inbox.start()
        flying: list[_Batch] = []
        try:
            with ThreadPoolExecutor(self._callers, thread_name_prefix="detector") as network:
                while self._running or flying:
                    self._wait(flying)
                    done = flying.pop(0) if flying and flying[0].found.done() else None
                    # The network looks at the newest pictures while these are counted.
                    while len(flying) < self._in_flight and (looks := self._gather()):
                        flying.append(self._send(network, looks))
                    if done is not None:
                        yield from self._count(done)
                        self.wall_s = time.perf_counter() - began_s
                    yield from self._ends({id(member) for batch in flying for member, _ in batch.looks})
        finally:
            sys.setswitchinterval(patience_s)
            gc.unfreeze()
            for inbox in self._inboxes.values():
                inbox.stop()

    def _ends(self, still_flying: Collection[int]) -> Iterator[tuple[Member, Interval]]:
        """The last intervals of the cameras whose moments are all counted."""
        for member in list(self._running):
            inbox = self._inboxes[member]
            if inbox.ended and not len(inbox) and id(member) not in still_flying:
                self._running.remove(member)
                yield from self._end(member, inbox)

    def _send(self, network: ThreadPoolExecutor, looks: list[tuple[Member, Look]]) -> _Batch:
        pictures = [look.picture for _, look in looks if look.picture is not None]
        found = network.submit(self._detect, pictures)
        found.add_done_callback(self._tell)
        return _Batch(looks=looks, found=found)

    def _tell(self, _: Future[list[Detections]]) -> None:
        with self._news:
            self._news.notify_all()

    def _detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        return self._detector.detect(pictures, self._wanted) if pictures and self._detector is not None else []

    def _wait(self, flying: Sequence[_Batch]) -> None:
        """Until the oldest batch is done, or there is a picture to send and room for it."""
        if len(flying) >= self._in_flight:
            wait([flying[0].found])
            return
        with self._news:
            waiting = [self._inboxes[member] for member in self._running]
            self._news.wait_for(
                lambda: (
                    (flying[0].found.done() if flying else any(inbox.ended for inbox in waiting))
                    or any(len(inbox) for inbox in waiting)
                ),
                WAIT_S,
            )

    def _gather(self) -> list[tuple[Member, Look]]:
        """What waits, one of each camera in turn, up to a batch."""
        looks: list[tuple[Member, Look]] = []
        with self._news:
            for _ in self._members:
                member = self._members[self._turn]
                self._turn = (self._turn + 1) % len(self._members)
                inbox = self._inboxes[member]
                for _ in range(min(len(inbox), self._of_one, self._batch - len(looks))):
                    looks.append((member, inbox.take()))
                if len(looks) == self._batch:
                    break
        return looks

    def _count(self, batch: _Batch) -> Iterator[tuple[Member, Interval]]:
        found = iter(batch.found.result())
        for member, look in batch.looks:
            seen = next(found) if look.picture is not None else look.found
            if member.error is not None:
                continue
            try:
                if seen is not None and member.classes.wanted != self._wanted:
                    seen = seen.only(member.classes.wanted)
                closed, boxes = member.counting.see(look, seen)
                for watch in member.watching:
                    watch(look, boxes)
            except Exception as error:  # one camera's failure never stops the others
                self._fail(member, error)
                self._inboxes[member].stop()
                continue
            if closed is not None:
                yield member, closed

    def _end(self, member: Member, inbox: Inbox) -> Iterator[tuple[Member, Interval]]:
        if inbox.error is not None:
            self._fail(member, inbox.error)
        elif member.error is None:
            member.failure = member.broken()
        if member.counting.begun:
            for interval in member.counting.end(broken=member.failure is not None, announced_s=member.announced_s()):
                yield member, interval

    def _fail(self, member: Member, error: Exception) -> None:
        member.error, member.failure = error, f"{type(error).__name__}: {error}"
        _log.warning("camera %s ends: %s", member.counting.camera.id, member.failure)


def state_now(member: Member) -> CameraState:
    """The state of a member for a person to read: one that failed is lost."""
    return CameraState.LOST if member.failure is not None else member.counting.state
