"""A run of `chauraha count`: cameras with their sources, one detector, and everything the counts are written to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from detector.backends import streams_of
from detector.camera import Camera
from detector.class_map import ClassMap, classes_of
from detector.counting import Interval
from detector.detection import Detector
from detector.fleet import Fleet, Member, Watching
from detector.publish import Publisher
from detector.record import RecordMaker
from detector.report import CountReport, Totals
from detector.rows import rows_of
from detector.run import Window, member_of, nothing_in
from detector.source import VideoSource
from detector.tables import TableFile
from detector.tracking import Tracker
from junction.errors import InputError, ServiceError


@dataclass(frozen=True, kw_only=True)
class Post:
    """A camera and where its frames come from. `stamp` gives the Unix time of a moment of the source."""

    camera: Camera
    source: VideoSource
    live: bool
    stamp: Callable[[float], float]
    wait_until: Callable[[float], None] | None = None
    stop: Callable[[], None] = lambda: None
    """Tells a live source to end."""


@dataclass(kw_only=True, eq=False)
class Watched:
    """One camera of a session, with what it has counted so far."""

    post: Post
    classes: ClassMap
    member: Member
    maker: RecordMaker | None
    totals: Totals = field(default_factory=Totals)

    def report(self, wall_s: float) -> CountReport:
        counting = self.member.counting
        return CountReport(
            source=self.post.source.name,
            camera=self.post.camera,
            totals=self.totals,
            frames=counting.frames,
            fps=self.post.source.fps,
            processed_fps=counting.frames / wall_s if wall_s > 0 else None,
            states=counting.states,
            queue_max_veh=counting.queue_max_veh,
            not_separable=self.classes.not_separable,
            broken=self.member.failure,
        )


class CountingSession:
    """Counts every camera to its end. `tables` take rows, `publishers` records.

    With one camera, what ends it is raised; with more, the others go on and `failures` names it. `watching` names a
    camera's onlookers (the debug video, the still). `on_interval` is called after every interval that was written.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        detector: Detector | None,
        tracker: Callable[[Post], Tracker],
        *,
        window: Window | None = None,
        interval_s: float = 5.0,
        frame_step: int = 1,
        tables: Iterable[TableFile] = (),
        publishers: Iterable[Publisher] = (),
        watching: Mapping[str, Sequence[Watching]] | None = None,
        on_interval: Callable[[Watched, Interval], None] | None = None,
    ) -> None:
        self._window = window or Window()
        self._tables = list(tables)
        self._publishers = list(publishers)
        self._on_interval = on_interval
        self.refused: ServiceError | None = None
        """The first refusal of a record; nothing is published after it."""
        self.watched: list[Watched] = []
        for post in posts:
            classes = classes_of(post.camera, None if detector is None else detector.class_names)
            member = member_of(
                post.source,
                post.camera,
                classes,
                tracker(post),
                window=self._window,
                interval_s=interval_s,
                frame_step=frame_step,
                live=post.live,
                wait_until=post.wait_until,
                watching=(watching or {}).get(post.camera.id, ()),
            )
            maker = RecordMaker(post.camera, post.stamp) if self._publishers else None
            self.watched.append(Watched(post=post, classes=classes, member=member, maker=maker))
        self._fleet = Fleet([one.member for one in self.watched], detector, streams=streams_of(detector))

    @property
    def dropped(self) -> int:
        return self._fleet.dropped

    def stop(self) -> None:
        """End `run` soon; from any thread or a signal handler."""
        for one in self.watched:
            one.post.stop()
        self._fleet.stop()

    def run(self) -> None:
        by_member = {id(one.member): one for one in self.watched}
        for member, interval in self._fleet.intervals():
            watched = by_member[id(member)]
            watched.totals.add(interval.tally)
            rows = rows_of(watched.post.camera, interval, watched.classes.not_separable)
            for table in self._tables:
                table.write(rows)
            if watched.maker is not None and self.refused is None:
                self._publish(watched.maker, interval)
            if self._on_interval is not None:
                self._on_interval(watched, interval)
        for table in self._tables:
            table.close()
        if len(self.watched) == 1:
            self._raise_for(self.watched[0])

    def reports(self) -> list[CountReport]:
        return [one.report(self._fleet.wall_s) for one in self.watched]

    def failures(self) -> dict[str, str]:
        """Camera id to why it ended before its time."""
        return {one.post.camera.id: one.member.failure for one in self.watched if one.member.failure is not None}

    def _publish(self, maker: RecordMaker, interval: Interval) -> None:
        record = maker.make(interval)
        for publisher in self._publishers:
            try:
                publisher.publish(record)
            except ServiceError as error:
                self.refused = error

    def _raise_for(self, only: Watched) -> None:
        if only.member.error is not None:
            raise only.member.error
        if not only.member.counting.begun:
            raise nothing_in(only.post.source, self._window)


class Pace:
    """The clock of a file's records.

    With `start_at` (Unix seconds) the video has its own time. Without, it is played as a live camera: no faster than
    it was filmed, and stamped by the wall clock.
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


def check_one_detector(cameras: Sequence[Camera]) -> None:
    """One detector serves all cameras that find by weights. Raises InputError for what they cannot agree on."""
    ids = [camera.id for camera in cameras]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise InputError("--camera", expected="cameras with different ids", got=twice)
    for what in ("image_size_px", "confidence", "weights"):
        values = {getattr(camera, what) for camera in cameras if not camera.by_motion}
        if len(values) > 1:
            raise InputError(
                f"--camera: {what}",
                expected="the same in every camera file of one run",
                got=sorted(map(str, values)),
                hint="run a process for each of them",
            )
