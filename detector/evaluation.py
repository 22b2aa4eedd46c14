"""The detector's counts against counts made by eye: error by class and direction, and GEH."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from detector.camera import Camera
from detector.class_map import class_map, classes_of
from detector.counting import CameraCounting
from detector.detection import Detector
from detector.error_model import Crossing, ErrorTally
from detector.hand_counts import LineCount, ViewCount
from detector.line import Direction
from detector.run import CountingRun, Window
from detector.source import FileSource
from detector.tracking import Track, Tracker
from junction.counts import CameraState
from junction.errors import InputError
from junction.vehicle import VEHICLE_CLASSES, VehicleClass

MOMENT_S = 0.2
"""Length of the intervals that tell when something crossed."""
FOLLOWED_S = 1.0
"""So long a still's vehicles are followed before its frame."""
UNKNOWN = Camera(id="evaluated", fixed=False)
"""A clip's camera that nobody described: it may have been in a hand."""
CYCLES = frozenset({VehicleClass.TWO_WHEELER.value, VehicleClass.BICYCLE.value})
"""Looks unlike everything else. Among the other classes, one that the weights lack is counted as one that they know."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One class, or all vehicles ("all"), at one place and direction. `separable`: whether the two may be compared."""

    place: str
    direction: str
    name: str
    by_hand: int
    counted: int
    separable: bool
    frames_s: float

    @property
    def error(self) -> float | None:
        """(counted - by hand) / by hand; None where they cannot be compared or nothing came by."""
        return (self.counted - self.by_hand) / self.by_hand if self.separable and self.by_hand else None

    @property
    def geh(self) -> float | None:
        """GEH statistic of the two as hourly flows; None where they cannot be compared or over no time (a still)."""
        if not self.separable or self.frames_s <= 0:
            return None
        m, c = (3600 * n / self.frames_s for n in (self.counted, self.by_hand))
        return math.sqrt(2 * (m - c) ** 2 / (m + c)) if m + c else 0.0


def compare(
    place: str,
    direction: str,
    by_hand: Mapping[str, int],
    counted: Mapping[str, int],
    not_separable: Collection[str],
    frames_s: float,
) -> list[Row]:
    """A row a class that either side saw, and one for all.

    A class that the weights lack is not separable; nor is one that such vehicles, seen by hand here, may have been
    counted as.
    """
    lacking = {name for name in not_separable if by_hand.get(name, 0)}
    rows = []
    for name in map(str, VEHICLE_CLASSES):
        if not by_hand.get(name, 0) and not counted.get(name, 0):
            continue
        separable = name not in not_separable and (name in CYCLES or not lacking - CYCLES)
        rows.append(
            Row(
                place=place,
                direction=direction,
                name=name,
                by_hand=by_hand.get(name, 0),
                counted=counted.get(name, 0),
                separable=separable,
                frames_s=frames_s,
            )
        )
    total = Row(
        place=place,
        direction=direction,
        name="all",
        by_hand=sum(by_hand.values()),
        counted=sum(counted.values()),
        separable=True,
        frames_s=frames_s,
    )
    return [*rows, total] if total.by_hand or total.counted else rows


class Evaluation:
    """Repeats hand counts with a detector. `footage` is the folder that the clips' names start from.

    `tracker` makes a camera's tracker for a frame rate. A clip that one of `cameras` names as its source (by its file's
    name) is counted as that camera would, and any other as `otherwise`. Raises InputError where a clip is missing.
    """

    def __init__(
        self,
        footage: Path,
        detector: Detector,
        tracker: Callable[[Camera, float], Tracker],
        cameras: Iterable[Camera] = (),
        otherwise: Camera = UNKNOWN,
    ) -> None:
        self._footage = footage
        self._detector = detector
        self._tracker = tracker
        self._otherwise = otherwise
        self._cameras = {Path(camera.source).name: camera for camera in cameras if camera.source is not None}
        self._class_map = class_map(detector.class_names)
        self.errors = ErrorTally(lacking=frozenset(self._class_map.not_separable))
        """What became of every vehicle that was counted by eye so far, where the weights had to find it."""
        self.unfamiliar: list[str] = []
        """Places whose view the weights turned out not to know."""

    def error_model(self, weights: str) -> dict[str, Any]:
        """The sensor file of the places evaluated so far."""
        return self.errors.document(weights)

    def rows(self, hand: LineCount | ViewCount) -> list[Row]:
        """By hand and counted, a row a direction and class."""
        if isinstance(hand, LineCount):
            return list(self._line_rows(hand))
        counted = self._in_view(hand)
        self.errors.add_totals(_place(hand), hand.counts, counted)
        return compare(_place(hand), "in view", hand.counts, counted, self._class_map.not_separable, 0.0)

    def _line_rows(self, hand: LineCount) -> Iterator[Row]:
        source = FileSource(self._footage / hand.clip)
        camera = replace(self._camera_of(hand), lines=(hand.line,), zones=(), movements=())
        run = CountingRun(
            source,
            camera,
            self._detector,
            self._tracker(camera, source.fps),
            window=Window(first=hand.first, last=hand.last),
            interval_s=MOMENT_S,
        )
        totals: dict[Direction, dict[str, int]] = {direction: {} for direction in Direction}
        crossed: dict[Direction, list[Crossing]] = {direction: [] for direction in Direction}
        for interval in run.intervals():
            at_s = (interval.begin_s + interval.end_s) / 2
            for direction, total in totals.items():
                for name, number in interval.tally.lines[hand.line.name][str(direction)].items():
                    total[name] = total.get(name, 0) + number
                    crossed[direction] += [Crossing(at_s=at_s, names=(name,))] * number
        if any(span.state is CameraState.UNFAMILIAR for span in run.states):
            self.unfamiliar.append(_place(hand))
        if not camera.by_motion:
            self._note_errors(hand, source.fps, totals, crossed)
        frames_s = (hand.last - hand.first + 1) / source.fps
        for direction, counted in totals.items():
            by_hand = hand.counts[direction]
            yield from compare(_place(hand), str(direction), by_hand, counted, run.class_map.not_separable, frames_s)

    def _note_errors(
        self,
        hand: LineCount,
        fps: float,
        totals: Mapping[Direction, Mapping[str, int]],
        crossed: Mapping[Direction, list[Crossing]],
    ) -> None:
        for direction in Direction:
            if hand.crossings is None:
                self.errors.add_totals(_place(hand), hand.counts[direction], totals[direction])
                continue
            by_hand = [
                Crossing(at_s=one.frame / fps, names=(one.name,) if one.alike is None else (one.name, one.alike))
                for one in hand.crossings[direction]
            ]
            self.errors.add_crossings(_place(hand), by_hand, crossed[direction])

    def _in_view(self, hand: ViewCount) -> dict[str, int]:
        """The vehicles that are followed in the rectangle at that frame, as a queue counts them: boxes too weak to be
        followed are none. Whoever is there from the first frame on that is looked at need not be confirmed."""
        source = FileSource(self._footage / hand.clip)
        camera = replace(self._camera_of(hand), lines=(), zones=(), movements=())
        tracker = self._tracker(camera, source.fps)
        classes = classes_of(camera, self._detector.class_names)
        counting = CameraCounting(camera, classes, tracker, step_s=1 / source.fps)
        first = max(0, hand.frame - round(FOLLOWED_S * source.fps))
        frames = [frame for frame in source.frames() if first <= frame.index <= hand.frame]
        if not frames or frames[-1].index != hand.frame:
            raise InputError(f"{hand.clip} frame", expected="a frame of the clip", got=hand.frame)
        tracks: dict[int, Track] = {}
        for look in map(counting.look, frames):
            found = look.found
            if look.picture is not None:
                found = self._detector.detect([look.picture], classes.wanted)[0]
            _, boxes = counting.see(look, found)
            for box in boxes:
                track = tracks.setdefault(
                    box.track_id, Track(key=box.track_id, first_s=look.time_s, last_s=look.time_s)
                )
                track.see(look.time_s, box.box_px, box.confidence, classes.vehicles.get(box.class_id))
        height_px, width_px = frames[-1].image.shape[:2]
        left, top, right, bottom = hand.rect
        counted: dict[str, int] = {}
        for track in tracks.values():
            name, (x, y) = track.vehicle_class, track.path[-1].centre
            here = left <= x / width_px <= right and top <= y / height_px <= bottom
            known = track.confirmed or track.first_s == frames[0].time_s
            if name is not None and here and known and track.last_s == frames[-1].time_s:
                counted[str(name)] = counted.get(str(name), 0) + 1
        return counted

    def _camera_of(self, hand: LineCount | ViewCount) -> Camera:
        return self._cameras.get(Path(hand.clip).name, self._otherwise)


def _place(hand: LineCount | ViewCount) -> str:
    return f"{Path(hand.clip).stem} {hand.name}"


def rows_document(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{**asdict(row), "error": row.error, "geh": row.geh} for row in rows]
