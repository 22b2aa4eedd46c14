"""Camera files: TOML, checked at the edge. `docs/detector.md` shows one whole."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detector.camera import Anchor, Camera, FollowedBy, FoundBy, Gate, LaneGroupZone, MovementRule
from detector.homography import homography
from detector.line import CountingLine, Direction
from detector.polygon import Polygon
from junction.errors import InputError

MIN_LINE_LENGTH = 0.01
"""A shorter line, in fractions of the frame, is a slip of the pen."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
FractionPoint = tuple[Fraction, Fraction]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:#-]{0,79}$")]
GateText = Annotated[str, Field(pattern=r"^.+:[ab]$", description="LINE:DIRECTION, such as north:a")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Line(_Model):
    name: Name
    points: tuple[FractionPoint, FractionPoint]


class _Zone(_Model):
    lane_group_id: Name
    polygon: Annotated[list[FractionPoint], Field(min_length=3)]
    stop: GateText | None = None
    lanes: Annotated[float, Field(gt=0, le=12)] = 1.0


class _Movement(_Model):
    id: Name
    entry: GateText
    exit: GateText


class _Mask(_Model):
    polygon: Annotated[list[FractionPoint], Field(min_length=3)]


class _Homography(_Model):
    image_points: Annotated[list[FractionPoint], Field(min_length=4, max_length=4)]
    ground_points_m: Annotated[list[tuple[float, float]], Field(min_length=4, max_length=4)]


class CameraFile(_Model):
    """A camera file as it stands; `schema` is `chauraha.camera/1`."""

    schema_: Annotated[Literal["chauraha.camera/1"], Field(alias="schema")]
    id: Name
    junction_id: Name | None = None
    source: str | None = None
    key_file: str | None = None
    weights: str | None = None
    anchor: Anchor = Anchor.CENTRE
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.1
    image_size_px: Annotated[int, Field(ge=64, le=4096, multiple_of=32)] = 640
    fps: Annotated[float, Field(gt=0, le=240)] | None = None
    fixed: bool = True
    detector: FoundBy = FoundBy.WEIGHTS
    tracker: FollowedBy = FollowedBy.BYTETRACK
    car_length: Annotated[float, Field(gt=0, le=0.5)] | None = None
    classes: dict[str, str] = Field(default_factory=dict)
    lines: list[_Line] = Field(default_factory=list)
    zones: list[_Zone] = Field(default_factory=list)
    movements: list[_Movement] = Field(default_factory=list)
    privacy_masks: list[_Mask] = Field(default_factory=list)
    homography: _Homography | None = None


def load_camera(path: Path) -> Camera:
    """The camera of a file. Raises InputError naming the file and the field.

    A relative `weights`, `source` or `key_file` is looked for beside the camera file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError("camera", expected="a camera file (TOML)", got=str(path), hint=error.strerror or "") from None
    except UnicodeDecodeError as error:
        raise InputError(f"camera {path}", expected="TOML", got=str(error)) from None
    return camera_from_text(text, path)


def camera_from_text(text: str, path: Path) -> Camera:
    """The camera of a file's text; `path` is where it lies, or would."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"camera {path}", expected="TOML", got=str(error)) from None
    return camera_from_document(document, path)


def camera_paths(given: list[Path]) -> list[Path]:
    """The camera files among files and folders; a folder gives its `*.toml` by name."""
    paths: list[Path] = []
    for path in given:
        inside = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise InputError("--camera", expected="a folder with camera files (*.toml)", got=str(path))
        paths += inside
    return paths


def camera_from_document(document: dict[str, Any], path: Path) -> Camera:
    """The camera of a document that was read from `path`."""
    try:
        raw = CameraFile.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "camera"
        raise InputError(f"camera {path}: {field}", expected=first["msg"], got=first["input"]) from None
    where = f"camera {path}"
    lines = tuple(_line(line, where) for line in raw.lines)
    _unique([line.name for line in lines], f"{where}: lines")
    _unique([zone.lane_group_id for zone in raw.zones], f"{where}: zones")
    _unique([movement.id for movement in raw.movements], f"{where}: movements")
    names = {line.name for line in lines}
    if (raw.detector is FoundBy.MOTION) != (raw.car_length is not None):
        raise InputError(
            f"{where}: car_length",
            expected='with detector = "motion", and only then, the length of an ordinary car over the picture\'s width',
            got=raw.car_length,
        )
    return Camera(
        id=raw.id,
        junction_id=raw.junction_id,
        lines=lines,
        zones=tuple(
            LaneGroupZone(
                lane_group_id=zone.lane_group_id,
                polygon=_polygon(zone.polygon, f"{where}: zone {zone.lane_group_id}"),
                stop=_gate(zone.stop, names, f"{where}: zone {zone.lane_group_id}.stop") if zone.stop else None,
                lanes=zone.lanes,
            )
            for zone in raw.zones
        ),
        movements=tuple(
            MovementRule(
                id=movement.id,
                entry=_gate(movement.entry, names, f"{where}: movement {movement.id}.entry"),
                exit=_gate(movement.exit, names, f"{where}: movement {movement.id}.exit"),
            )
            for movement in raw.movements
        ),
        privacy_masks=tuple(
            _polygon(mask.polygon, f"{where}: privacy_masks.{i}") for i, mask in enumerate(raw.privacy_masks)
        ),
        homography=(
            homography(raw.homography.image_points, raw.homography.ground_points_m) if raw.homography else None
        ),
        anchor=raw.anchor,
        weights=(path.parent / raw.weights) if raw.weights else None,
        classes=raw.classes,
        confidence=raw.confidence,
        image_size_px=raw.image_size_px,
        fps=raw.fps,
        fixed=raw.fixed,
        key_file=(path.parent / raw.key_file) if raw.key_file else None,
        source=None if raw.source is None else _source(raw.source, path),
        detector=raw.detector,
        tracker=raw.tracker,
        car_length=raw.car_length,
    )


def line_from_text(text: str) -> CountingLine:
    """A line as the command line gives it: `NAME=x1,y1,x2,y2` in fractions of width and height."""
    name, _, numbers = text.partition("=")
    try:
        x1, y1, x2, y2 = (float(number) for number in numbers.split(","))
    except ValueError:
        raise InputError("--line", expected="NAME=x1,y1,x2,y2 with fractions of width and height", got=text) from None
    try:
        raw = _Line.model_validate({"name": name, "points": ((x1, y1), (x2, y2))})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"--line {'.'.join(str(part) for part in first['loc'])}",
            expected=first["msg"],
            got=first["input"],
            hint="fractions lie from 0 to 1",
        ) from None
    return _line(raw, "--line")


def _line(raw: _Line, where: str) -> CountingLine:
    line = CountingLine(name=raw.name, start=raw.points[0], end=raw.points[1])
    if line.length < MIN_LINE_LENGTH:
        raise InputError(
            f"{where}: line {raw.name}", expected=f"two points at least {MIN_LINE_LENGTH} apart", got=raw.points
        )
    return line


def _polygon(corners: list[tuple[float, float]], where: str) -> Polygon:
    polygon = Polygon(corners=tuple(corners))
    if polygon.crosses_itself():
        raise InputError(
            f"{where}.polygon",
            expected="an outline that does not cross itself",
            got=corners,
            hint="give the corners in order around the area",
        )
    return polygon


def _source(text: str, path: Path) -> str:
    """A video's path or a stream's address. `$NAME` is taken from the environment: passwords need not lie in files."""
    filled = os.path.expandvars(text)
    if "$" in filled and "://" in filled:
        raise InputError(f"camera {path}: source", expected="every $NAME in the environment", got=text)
    return filled if "://" in filled else str(path.parent / filled)


def _gate(text: str, lines: set[str], where: str) -> Gate:
    line, _, direction = text.rpartition(":")
    if line not in lines:
        raise InputError(where, expected=f"LINE:a or LINE:b with a line among {sorted(lines)}", got=text)
    return Gate(line=line, direction=Direction(direction))


def _unique(names: list[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(where, expected="every name once", got=twice)
