"""Reading count files: the detector's CSV as it is, and the plain form that engineers keep.

Plain form: `link`, or `junction` with `movement` or `lane_group`; then `begin`, `end` (HH:MM[:SS] or seconds after
local midnight), `count`, and where wanted `class` (empty or `all`: of all classes) and `unit` (`veh` or `pcu`).
A file is one form or the other, told by its columns. Counts are vehicles inside; PCU are divided by the class's PCU.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from junction.counts import CameraState
from junction.errors import InputError
from junction.vehicle import PCU, VEHICLE_CLASSES
from scenarios.calibration.count_row import CountRow, PlaceKind, PlaceName

PLAIN_NEEDED = frozenset({"begin", "end", "count"})
PLAIN_COLUMNS = PLAIN_NEEDED | {"link", "junction", "movement", "lane_group", "class", "unit"}
DETECTOR_NEEDED = frozenset({"camera_id", "begin_s", "end_s", "state", "kind", "name", "direction"})
DAY_S = 86400.0
_CLASSES = tuple(str(name) for name in VEHICLE_CLASSES)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")


@dataclass(frozen=True, kw_only=True)
class CameraPlaces:
    """What the detector's CSV does not say: `junctions` by camera id, `links` by (camera id, line, direction), and the
    local time in seconds after midnight at which the video's second 0 was (`start_s`).

    A camera that `junctions` does not name belongs to the junction whose id begins its own: `rawatpur-east`.
    """

    junctions: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    start_s: float = 0.0

    def junction_of(self, camera_id: str, known: frozenset[str], where: str) -> str:
        if camera_id in self.junctions:
            return self.junctions[camera_id]
        fitting = [j for j in known if camera_id == j or camera_id.startswith((f"{j}-", f"{j}.", f"{j}/"))]
        if not fitting:
            raise InputError(
                f"{where} camera_id",
                expected="a camera whose junction is known (its id begins with the junction's)",
                got=camera_id,
                hint="give --camera CAMERA=JUNCTION",
            )
        return max(fitting, key=len)


@dataclass(frozen=True, kw_only=True)
class CountsRead:
    """`rows` in file order; `notes` and `unmatched` say what was read and not used, one line each."""

    rows: tuple[CountRow, ...]
    notes: tuple[str, ...]
    unmatched: tuple[str, ...]


def read_counts(path: Path, cameras: CameraPlaces, junctions: frozenset[str], mean_pcu: float) -> CountsRead:
    """All counts of one file. `mean_pcu` turns PCU of no class into vehicles. Raises InputError with file and line."""
    reader = csv.DictReader(io.StringIO(_text(path)), strict=True)
    try:
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        lines = [(f"{path.name}:{reader.line_num}", raw) for raw in reader]
    except csv.Error as wrong:
        raise InputError(f"{path.name}:{reader.line_num}", expected="CSV", got=str(wrong)) from None
    if len(set(columns)) != len(columns):
        raise InputError(f"{path.name} header", expected="each column once", got=columns)
    if not lines:
        raise InputError(str(path), expected="a header and at least one count", got=columns or "an empty file")
    for where, raw in lines:
        if None in raw or None in raw.values():
            raise InputError(where, expected=f"{len(columns)} cells", got=raw)
    if set(columns) >= DETECTOR_NEEDED:
        return _read_detector(lines, cameras, junctions)
    if set(columns) >= PLAIN_NEEDED and set(columns) <= PLAIN_COLUMNS:
        rows = tuple(_plain_row(where, raw, mean_pcu) for where, raw in lines)
        return CountsRead(rows=rows, notes=(), unmatched=())
    raise InputError(
        f"{path.name} header",
        expected=f"the detector's columns, or {sorted(PLAIN_NEEDED)} with {sorted(PLAIN_COLUMNS - PLAIN_NEEDED)}",
        got=columns,
        hint="separate cells by commas",
    )


def clock_s(text: str, where: str) -> float:
    """Seconds after midnight of `HH:MM[:SS]` or of a number of seconds. Raises InputError."""
    match = _CLOCK.fullmatch(text.strip())
    if match:
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        value = float(hours * 3600 + minutes * 60 + seconds)
    else:
        value = _number(text, where, "a time as HH:MM, HH:MM:SS or seconds after midnight")
    if value > DAY_S:
        raise InputError(where, expected="a time of one day, at most 24:00", got=text)
    return value


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise InputError(str(path), expected="a file of counts", got=wrong.strerror or str(wrong)) from None
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise InputError(
            str(path), expected="text in UTF-8 or UTF-16", got=str(wrong), hint="save it as 'CSV UTF-8'"
        ) from None
    if "\0" in text:
        raise InputError(str(path), expected="text", got="bytes of value 0", hint="save it as 'CSV UTF-8'")
    return text


def _plain_row(where: str, raw: Mapping[str, str], mean_pcu: float) -> CountRow:
    cell = {key: value.strip() for key, value in raw.items()}
    named = [kind for kind in PlaceKind if cell.get(kind)]
    if len(named) != 1 or (named[0] is PlaceKind.LINK) == bool(cell.get("junction")):
        raise InputError(where, expected="a link, or a junction with one movement or lane_group", got=cell)
    begin_s, end_s = _interval(where, clock_s(cell["begin"], f"{where} begin"), clock_s(cell["end"], f"{where} end"))
    name = cell.get("class", "")
    name = "" if name == "all" else name
    if name and name not in _CLASSES:
        raise InputError(f"{where} class", expected=f"all or one of {list(_CLASSES)}", got=name)
    unit = cell.get("unit") or "veh"
    if unit not in {"veh", "pcu"}:
        raise InputError(f"{where} unit", expected="veh or pcu", got=unit)
    pcu = 1.0 if unit == "veh" else mean_pcu if not name else next(PCU[c] for c in VEHICLE_CLASSES if str(c) == name)
    count = _number(cell["count"], f"{where} count", "a count of 0 or more (leave the line out where none was made)")
    return CountRow(
        where=where,
        place=PlaceName(kind=named[0], junction=cell.get("junction", ""), name=cell[named[0]]),
        begin_s=begin_s,
        end_s=end_s,
        vehicles={name: count / pcu},
        separable=bool(name),
    )


def _read_detector(
    lines: list[tuple[str, dict[str, str]]], cameras: CameraPlaces, junctions: frozenset[str]
) -> CountsRead:
    rows: list[CountRow] = []
    unmatched: dict[str, float] = {}
    blind: dict[str, int] = {}
    for where, raw in lines:
        state = raw["state"]
        if state not in {str(known) for known in CameraState}:
            raise InputError(f"{where} state", expected=f"one of {[str(s) for s in CameraState]}", got=state)
        begin_s, end_s = _interval(
            where, *(cameras.start_s + _number(raw[key], f"{where} {key}", "seconds") for key in ("begin_s", "end_s"))
        )
        cells = {name: raw.get(name, "").strip() for name in _CLASSES}
        counted = {n: _number(c, f"{where} {n}", "a whole count of 0 or more") for n, c in cells.items() if c}
        place = _detector_place(where, raw, cameras, junctions)
        if place is None:
            label = f"line {raw['camera_id']}/{raw['name']}/{raw['direction']}"
            unmatched[label] = unmatched.get(label, 0.0) + sum(counted.values())
            continue
        seen = state == CameraState.OK and bool(counted)
        if not seen:
            blind[f"{place}: camera {raw['camera_id']} {state if state != CameraState.OK else 'counts none here'}"] = (
                blind.get(f"{place}: camera {raw['camera_id']} {state}", 0) + 1
            )
        rows.append(
            CountRow(
                where=where,
                place=place,
                begin_s=begin_s,
                end_s=end_s,
                vehicles=counted if seen else None,
                separable=len(counted) == len(_CLASSES),
            )
        )
    return CountsRead(
        rows=tuple(rows),
        notes=tuple(f"not seen: {text}, {number} intervals" for text, number in sorted(blind.items())),
        unmatched=tuple(f"{name}: {veh:g} vehicles, no link given" for name, veh in sorted(unmatched.items())),
    )


def _detector_place(
    where: str, raw: Mapping[str, str], cameras: CameraPlaces, junctions: frozenset[str]
) -> PlaceName | None:
    camera_id, kind, name = raw["camera_id"], raw["kind"], raw["name"]
    if kind == "line":
        link = cameras.links.get((camera_id, name, raw["direction"]))
        return None if link is None else PlaceName(kind=PlaceKind.LINK, junction="", name=link)
    if kind not in {PlaceKind.LANE_GROUP, PlaceKind.MOVEMENT}:
        raise InputError(f"{where} kind", expected="line, lane_group or movement", got=kind)
    return PlaceName(kind=PlaceKind(kind), junction=cameras.junction_of(camera_id, junctions, where), name=name)


def _interval(where: str, begin_s: float, end_s: float) -> tuple[float, float]:
    if not begin_s < end_s:
        raise InputError(where, expected="an interval whose end is after its begin", got=(begin_s, end_s))
    return begin_s, end_s


def _number(text: str, where: str, expected: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InputError(where, expected=expected, got=text)
    return value
