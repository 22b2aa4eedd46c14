"""A rehearsal's recording on disk: a folder with an index and, for each run, a chunk of bytes a simulated minute.

The index is written anew after each chunk, so that a recording that was cut short is a shorter recording, which says
that it is not complete. A chunk's file is named after its content: caches may keep it for ever. `docs/recording.md`
describes both.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junction.errors import InputError
from junction.files import write_whole
from junction.mode import Mode
from junction.recording_chunk import Chunk
from junction.vehicle import VEHICLE_CLASSES

SCHEMA = "chauraha.recording/1"
INDEX_FILE = "index.json"
CHUNK_S = 60
RUNS = ("ai", "fixed")
MODES = tuple(str(mode) for mode in Mode)
"""What a chunk's `mode` counts through."""
HALF_SIDE = 32_500
"""Units in half of the box's longer side: an int16 holds it, with room for what drives over the edge."""
_CHUNK_NAME = re.compile(r"(ai|fixed)-[0-9]{4}-[0-9a-f]{16}\.bin\.gz")
_AGAIN = "record it again: chauraha rehearse --record FOLDER"


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where positions lie. `low` and `high` are corners in the street's metres; `lon` and `lat`, three rows of three
    from low y to high y, are the places of its corners, sides' middles and middle."""

    low: tuple[float, float]
    high: tuple[float, float]
    lon: tuple[tuple[float, ...], ...]
    lat: tuple[tuple[float, ...], ...]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2

    @property
    def unit_m(self) -> float:
        """Metres a unit of a chunk's `x` and `y`."""
        return max(self.high[0] - self.low[0], self.high[1] - self.low[1]) / (2 * HALF_SIDE)

    def to_document(self) -> dict[str, Any]:
        half = [(high - low) / 2 / self.unit_m for low, high in zip(self.low, self.high, strict=True)]
        return {"unit_m": self.unit_m, "half_x": half[0], "half_y": half[1], "lon": self.lon, "lat": self.lat}


class RecordingFolder:
    """Writes a recording. `about` says what is run (scenario, seed, minutes, faults, versions).

    Raises InputError for a folder that holds something already, or that cannot be made.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            empty = next(folder.iterdir(), None) is None
        except OSError as wrong:
            raise InputError("--record", expected="a folder that can be made", got=f"{folder}: {wrong}") from None
        if not empty:
            raise InputError("--record", expected="a new or empty folder", got=str(folder))
        self._folder = folder
        self._document: dict[str, Any] = {
            "schema": SCHEMA,
            "complete": False,
            "about": dict(about),
            "classes": [str(name) for name in VEHICLE_CLASSES],
            "bodies_m": {},
            "modes": list(MODES),
            "chunk_s": CHUNK_S,
            "runs": {},
            "report": None,
        }

    def begin(self, run: str, box: Box, groups: Mapping[str, tuple[str, ...]]) -> None:
        """A run begins in that box, with those signal groups by junction, in the order of its chunks' columns."""
        self._document["box"] = box.to_document()
        self._document["junctions"] = [{"id": key, "groups": list(ids)} for key, ids in groups.items()]
        self._document["runs"][run] = []
        self._write_index()

    def note_body(self, kind: int, length_m: float, width_m: float) -> None:
        """How large the first vehicle of that class was: what the page draws for all of them."""
        self._document["bodies_m"].setdefault(str(VEHICLE_CLASSES[kind]), [length_m, width_m])

    def add(self, run: str, chunk: Chunk) -> None:
        """The run's next chunk. Raises InputError when it cannot be written."""
        entries = self._document["runs"][run]
        content = chunk.to_bytes()
        digest = hashlib.sha256(content).hexdigest()[:16]
        name = f"{run}-{len(entries):04d}-{digest}.bin.gz"
        write_whole(self._folder / name, content)
        due = int(chunk.due[-1])
        entries.append(
            {
                "file": name,
                "size": len(content),
                "first_s": chunk.first_s,
                "moments": chunk.moments,
                "vehicles": int(chunk.running.max()),
                "delay_s": round(float(chunk.lost_s[-1]) / due, 3) if due else None,
                "queue_veh": int(chunk.queue_veh[-1].sum()),
            }
        )
        self._write_index()

    def finish(self, report: Mapping[str, Any]) -> None:
        """Both runs are there, and this came of them."""
        self._document["report"] = dict(report)
        self._document["complete"] = True
        self._write_index()

    def _write_index(self) -> None:
        write_whole(self._folder / INDEX_FILE, json.dumps(self._document, ensure_ascii=False) + "\n")


def read_recording(folder: Path) -> dict[str, Any]:
    """The index of the recording in that folder, once all chunks that it names are known to be there whole by their
    size. Raises InputError."""
    file = folder / INDEX_FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise InputError(str(file), expected="a recording's index", got=str(wrong), hint=_AGAIN) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        got = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise InputError(f"{file}: schema", expected=SCHEMA, got=got, hint=_AGAIN)
    runs = document.get("runs")
    if not isinstance(runs, dict) or not isinstance(document.get("about"), dict) or not set(runs) <= set(RUNS):
        raise InputError(f"{file}: runs", expected=f"lists of chunks by run ({', '.join(RUNS)})", got=runs, hint=_AGAIN)
    for run, entries in runs.items():
        for entry in entries if isinstance(entries, list) else [None]:
            _check_chunk(folder, run, entry)
    return document


def chunk_file(folder: Path, document: Mapping[str, Any], name: str) -> Path | None:
    """The file of that chunk, if the index names it; None else: no other file of the folder can be had by a name."""
    named = {entry["file"] for entries in document["runs"].values() for entry in entries}
    return folder / name if name in named else None


def _check_chunk(folder: Path, run: str, entry: object) -> None:
    name = entry.get("file") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str) or not _CHUNK_NAME.fullmatch(name):
        raise InputError(f"{folder / INDEX_FILE}: runs.{run}", expected="chunks' files", got=entry, hint=_AGAIN)
    try:
        size = (folder / name).stat().st_size
    except OSError:
        size = None
    if size is None or size != entry.get("size"):
        expected = f"a chunk of {entry.get('size')} bytes"
        raise InputError(str(folder / name), expected=expected, got=size, hint=_AGAIN)
