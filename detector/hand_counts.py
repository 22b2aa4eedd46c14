"""Counts made by eye, to judge the detector's by: over a line, or of what stands in a rectangle of one frame."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError, model_validator

from detector.line import CountingLine, Direction
from junction.errors import InputError
from junction.vehicle import VEHICLE_CLASSES

ByClass = dict[str, NonNegativeInt]
_Point = Annotated[tuple[float, float, float, float], Field(description="x1, y1, x2, y2 in fractions of the frame")]

_WORDS: tuple[tuple[str, tuple[float, float]], ...] = (
    (r"x decreasing|right\s*->\s*left", (-1.0, 0.0)),
    (r"x increasing|left\s*->\s*right", (1.0, 0.0)),
    (r"y decreasing|bottom\s*->\s*top|from below the line", (0.0, -1.0)),
    (r"y increasing|top\s*->\s*bottom|from above the line", (0.0, 1.0)),
)
"""How the files say which way direction a goes: as a step in the picture, y downwards."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HandCrossing:
    """One vehicle over a line. `alike` is another class that the eye may take it for."""

    frame: int
    name: str
    alike: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineCount:
    """By hand over `line`, frames `first` to `last`: vehicles by direction (ours) and class.

    `crossings` are the same vehicles one by one, where the file has them; None where it has only the counts.
    """

    clip: str
    name: str
    line: CountingLine
    first: int
    last: int
    counts: Mapping[Direction, Mapping[str, int]]
    crossings: Mapping[Direction, tuple[HandCrossing, ...]] | None = None


@dataclass(frozen=True, kw_only=True)
class ViewCount:
    """By hand in frame `frame`: vehicles by class whose middle lies in the rectangle (x1, y1, x2, y2: fractions)."""

    clip: str
    name: str
    rect: tuple[float, float, float, float]
    frame: int
    counts: Mapping[str, int]


class _CrossingEntry(BaseModel):
    model_config = ConfigDict(extra="ignore")
    frame: NonNegativeInt
    name: str = Field(alias="class")
    direction: Literal["a", "b"]
    alike: str | None = Field(None, alias="class_alt")


class _LineEntry(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kind: Literal["line"]
    clip: str
    name: str
    line: _Point
    count_frames: tuple[NonNegativeInt, NonNegativeInt]
    direction_a: str | None = None
    counts: dict[Literal["a", "b"], ByClass]
    crossings: list[_CrossingEntry] | None = None

    @model_validator(mode="after")
    def _crossings_are_the_counts(self) -> Self:
        for direction, counts in self.counts.items():
            one_by_one = Counter(one.name for one in self.crossings or [] if one.direction == direction)
            if self.crossings is not None and one_by_one != {name: n for name, n in counts.items() if n}:
                raise ValueError(f"crossings in direction {direction} that add up to its counts")
        return self


class _ViewEntry(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kind: Literal["visible_in_rect"]
    clip: str
    name: str
    rect: _Point
    frame: NonNegativeInt
    counts: ByClass


_ENTRIES: TypeAdapter[list[_LineEntry | _ViewEntry]] = TypeAdapter(
    list[Annotated[_LineEntry | _ViewEntry, Field(discriminator="kind")]]
)


def read_hand_counts(path: Path) -> list[LineCount | ViewCount]:
    """The hand counts of a JSON file (docs/detector.md). Raises InputError for what is none.

    `direction_a` says in words which way the file's direction a goes; without words that are known here it is ours:
    from the left to the right of a walk from point 1 to point 2.
    """
    try:
        entries = _ENTRIES.validate_json(path.read_bytes())
    except OSError as wrong:
        raise InputError(str(path), expected="a file of hand counts", got=wrong.strerror) from None
    except ValidationError as wrong:
        first: Any = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path} {where}", expected=first["msg"], got=first.get("input")) from None
    if not entries:
        raise InputError(str(path), expected="hand counts", got="an empty list")
    known = set(VEHICLE_CLASSES)
    for entry in entries:
        named = set(entry.counts) if isinstance(entry, _ViewEntry) else {n for c in entry.counts.values() for n in c}
        if named - known:
            raise InputError(
                f"{path} {entry.name}", expected=f"classes among {sorted(known)}", got=sorted(named - known)
            )
    return [_line(entry) if isinstance(entry, _LineEntry) else _view(entry) for entry in entries]


def _line(entry: _LineEntry) -> LineCount:
    x1, y1, x2, y2 = entry.line
    swapped = _goes_against(entry.direction_a, (x2 - x1, y2 - y1))
    named = {Direction.A: "b" if swapped else "a", Direction.B: "a" if swapped else "b"}
    one_by_one = entry.crossings
    return LineCount(
        clip=entry.clip,
        name=entry.name,
        line=CountingLine(name=entry.name, start=(x1, y1), end=(x2, y2)),
        first=entry.count_frames[0],
        last=entry.count_frames[1],
        counts={direction: dict(entry.counts.get(name, {})) for direction, name in named.items()},  # type: ignore[call-overload]
        crossings=None
        if one_by_one is None
        else {
            direction: tuple(
                HandCrossing(frame=one.frame, name=one.name, alike=one.alike)
                for one in one_by_one
                if one.direction == name
            )
            for direction, name in named.items()
        },
    )


def _view(entry: _ViewEntry) -> ViewCount:
    return ViewCount(clip=entry.clip, name=entry.name, rect=entry.rect, frame=entry.frame, counts=entry.counts)


def _goes_against(words: str | None, walk: tuple[float, float]) -> bool:
    """Whether the words describe the way from the right to the left of the walk: our direction b."""
    step = next((step for pattern, step in _WORDS if words and re.search(pattern, words)), None)
    if step is None:
        return False
    to_the_right = (-walk[1], walk[0])
    return step[0] * to_the_right[0] + step[1] * to_the_right[1] < 0
