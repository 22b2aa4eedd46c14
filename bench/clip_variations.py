"""Hand-counted clips as other cameras would have filmed them: is the count still right?

    python -m bench.clip_variations --counts detector/counted_by_eye/clips.json --footage FOLDER --weights FOLDER

Every line of every clip is counted as the clip is, mirrored (the lines with it), at half the size, at half the rate,
and by night: a third of the light with a sensor's noise. Vehicles were counted by eye on the clip as it is. Clips whose
view the weights do not know at all (`junction_topdown`) are left out with --skip.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from detector.backends import load_detector
from detector.camera import Camera, FollowedBy
from detector.detection import Detector
from detector.frame import Frame, Image, Silence
from detector.hand_counts import LineCount, read_hand_counts
from detector.line import CountingLine
from detector.report import Totals
from detector.run import CountingRun, Window
from detector.source import FileSource
from detector.yolo import tracker_of
from junction.files import write_whole

TOLERATED = 0.1
"""Of a line's vehicles, both directions together."""


@dataclass(frozen=True, kw_only=True)
class Variation:
    """`picture` changes each picture; `step` looks at one in so many; `mirrored` says that left is right in them."""

    picture: Callable[[Image], Image] = lambda image: image
    step: int = 1
    mirrored: bool = False


def darker(image: Image) -> Image:
    """A third of the light; the noise is the same in every run."""
    noise = np.random.default_rng(int(image[0, 0].sum())).normal(0.0, 6.0, image.shape)
    return np.asarray(np.clip(0.35 * image + noise, 0, 255), np.uint8)


VARIATIONS = {
    "as it is": Variation(),
    "mirrored": Variation(picture=lambda image: np.ascontiguousarray(image[:, ::-1]), mirrored=True),
    "half the size": Variation(
        picture=lambda image: np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    ),
    "half the rate": Variation(step=2),
    "by night": Variation(picture=darker),
}


class VariedSource:
    """A clip with its pictures changed."""

    def __init__(self, clip: Path, change: Callable[[Image], Image]) -> None:
        self._file = FileSource(clip)
        self._change = change
        self.name, self.fps = self._file.name, self._file.fps

    @property
    def broken(self) -> str | None:
        return self._file.broken

    @property
    def announced_s(self) -> float:
        return self._file.announced_s

    def frames(self) -> Iterator[Frame | Silence]:
        for frame in self._file.frames():
            yield replace(frame, picture=self._change(frame.image))


def mirrored(line: CountingLine) -> CountingLine:
    """The line in a mirrored picture, walked the other way: its directions stay what they were."""
    (x1, y1), (x2, y2) = line.start, line.end
    return CountingLine(name=line.name, start=(1 - x2, y2), end=(1 - x1, y1))


def count(
    clip: Path, hands: Sequence[LineCount], variation: Variation, detector: Detector, tracker: FollowedBy
) -> Totals:
    """All lines of one clip and window in one pass."""
    source = VariedSource(clip, variation.picture)
    lines = tuple(mirrored(hand.line) if variation.mirrored else hand.line for hand in hands)
    camera = Camera(id="clip", lines=lines, fixed=False, tracker=tracker)
    run = CountingRun(
        source,
        camera,
        detector,
        tracker_of(camera, source.fps / variation.step),
        window=Window(first=hands[0].first, last=hands[0].last),
        frame_step=variation.step,
    )
    totals = Totals()
    for interval in run.intervals():
        totals.add(interval.tally)
    return totals


def rows(
    hand_counts: Sequence[LineCount], footage: Path, names: Sequence[str], detector: Detector, tracker: FollowedBy
) -> Iterator[dict[str, Any]]:
    """By line and variation: vehicles by hand and counted, both directions, and the two-wheelers among them."""

    def place(hand: LineCount) -> tuple[str, int, int]:
        return hand.clip, hand.first, hand.last

    for (clip, _, _), group in groupby(sorted(hand_counts, key=place), key=place):
        hands = list(group)
        for name in names:
            totals = count(footage / clip, hands, VARIATIONS[name], detector, tracker)
            for hand in hands:
                counted = totals.lines[hand.line.name]
                yield {
                    "line": f"{Path(clip).stem} {hand.name}",
                    "variation": name,
                    "by_hand": {str(way): dict(classes) for way, classes in hand.counts.items()},
                    "counted": {way: dict(classes) for way, classes in counted.items()},
                    "off": sum(
                        abs(sum(counted[str(way)].values()) - sum(classes.values()))
                        for way, classes in hand.counts.items()
                    ),
                }


def run(
    counts: Annotated[Path, typer.Option(help="Hand counts (JSON).")],
    footage: Annotated[Path, typer.Option(help="Folder of the clips.")],
    weights: Annotated[Path, typer.Option(help="Weights.")],
    variation: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(VARIATIONS)}; may repeat.")] = None,
    skip: Annotated[list[str] | None, typer.Option(help="A clip to leave out, without its ending; may repeat.")] = None,
    tracker: Annotated[FollowedBy, typer.Option(help="Who follows the boxes.")] = FollowedBy.BYTETRACK,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows as JSON.")] = None,
) -> None:
    """Print the table; exit status 1 when a line's count is off by more than a tenth."""
    chosen = [
        hand
        for hand in read_hand_counts(counts)
        if isinstance(hand, LineCount) and Path(hand.clip).stem not in (skip or [])
    ]
    found = list(rows(chosen, footage, variation or list(VARIATIONS), load_detector(weights), tracker))
    table = Table("line", "variation", "by hand a, b", "counted a, b", "by class")
    for row in found:
        shown = [[sum(row[key][way].values()) for way in ("a", "b")] for key in ("by_hand", "counted")]
        classes = ", ".join(f"{n} {name}" for way in ("a", "b") for name, n in sorted(row["counted"][way].items()))
        table.add_row(row["line"], row["variation"], *(f"{a}, {b}" for a, b in shown), classes)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    if json_file is not None:
        write_whole(json_file, json.dumps({"tracker": tracker, "rows": found}, indent=1) + "\n")
    by_hand = [sum(sum(classes.values()) for classes in row["by_hand"].values()) for row in found]
    if any(row["off"] > TOLERATED * number for row, number in zip(found, by_hand, strict=True)):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(run)
