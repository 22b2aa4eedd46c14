"""A minute of a recorded run as bytes: where every vehicle was, second by second, lamps, queues and the city's figures.

The page reads the same bytes (`dashboard/src/rehearsal/chunk.ts`); `docs/recording.md` has the layout. All numbers are
little-endian, the wide columns first, so that each column is aligned in memory. A vehicle's positions in a row (a
track) are kept as differences, which are small or nothing and pack well; the bytes are then compressed with gzip.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from junction.errors import InputError

MAGIC = b"CHRP"
VERSION = 1
MAX_MOMENTS = 61
"""A minute and the second after it, with which the next chunk begins: nothing jumps between two chunks."""
HEADER = struct.Struct("<4sHHIIIHH")
LAMPS = (None, "r", "y", "G")
"""A lamp's number is its place here; None is a signal that is dark or flashes."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """`first_s` is the run's second of the first of n moments, a second apart.

    By moment: `lost_s` float32, vehicle-seconds lost since the run began by every vehicle that was due (the wait to get
    in counts); `due`, `running`, `waiting` uint32, vehicles due so far, on the street, and due but not let in.
    By moment and junction, shape (n, J): `queue_veh` uint16, `lost_here` uint16 (tenths of vehicles held up), `mode`
    uint8 (place in the index's `modes`). By moment and signal group, shape (n, G): `lamp` uint8 (place in `LAMPS`).
    By track, shape (T,): `kind` uint8 (place in the index's `classes`), `begins` uint8 (its first moment), `lasts`
    uint8 (moments, at least 1). By track and moment, one track after another, shape (sum of `lasts`,): `x`, `y` int16
    in the index's units from the middle of its box, `heading` uint8 (256 a turn, 0 north, clockwise).
    """

    first_s: int
    lost_s: NDArray[np.float32]
    due: NDArray[np.uint32]
    running: NDArray[np.uint32]
    waiting: NDArray[np.uint32]
    queue_veh: NDArray[np.uint16]
    lost_here: NDArray[np.uint16]
    x: NDArray[np.int16]
    y: NDArray[np.int16]
    mode: NDArray[np.uint8]
    lamp: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    begins: NDArray[np.uint8]
    lasts: NDArray[np.uint8]
    heading: NDArray[np.uint8]

    @property
    def moments(self) -> int:
        return len(self.lost_s)

    def to_bytes(self) -> bytes:
        """Compressed; the same chunk gives the same bytes."""
        head = HEADER.pack(
            MAGIC,
            VERSION,
            self.moments,
            self.first_s,
            len(self.kind),
            len(self.x),
            self.queue_veh.shape[1],
            self.lamp.shape[1],
        )
        starts = _starts(self.lasts)
        columns = {name: getattr(self, name) for name, _, _ in _COLUMNS}
        columns["x"], columns["y"] = _differences(self.x, starts), _differences(self.y, starts)
        body = b"".join(np.ascontiguousarray(columns[name], kind).tobytes() for name, kind, _ in _COLUMNS)
        return gzip.compress(head + body, compresslevel=6, mtime=0)


@dataclass(frozen=True, slots=True)
class _Sizes:
    moments: int
    tracks: int
    positions: int
    junctions: int
    groups: int


_COLUMNS: tuple[tuple[str, str, Callable[[_Sizes], tuple[int, ...]]], ...] = (
    ("lost_s", "<f4", lambda n: (n.moments,)),
    ("due", "<u4", lambda n: (n.moments,)),
    ("running", "<u4", lambda n: (n.moments,)),
    ("waiting", "<u4", lambda n: (n.moments,)),
    ("queue_veh", "<u2", lambda n: (n.moments, n.junctions)),
    ("lost_here", "<u2", lambda n: (n.moments, n.junctions)),
    ("x", "<i2", lambda n: (n.positions,)),
    ("y", "<i2", lambda n: (n.positions,)),
    ("mode", "<u1", lambda n: (n.moments, n.junctions)),
    ("lamp", "<u1", lambda n: (n.moments, n.groups)),
    ("kind", "<u1", lambda n: (n.tracks,)),
    ("begins", "<u1", lambda n: (n.tracks,)),
    ("lasts", "<u1", lambda n: (n.tracks,)),
    ("heading", "<u1", lambda n: (n.positions,)),
)
"""In the order in which they lie in the bytes."""
assert {name for name, _, _ in _COLUMNS} == {field.name for field in fields(Chunk)} - {"first_s"}


def chunk_from_bytes(content: bytes, name: str = "chunk") -> Chunk:
    """The chunk in those bytes. Raises InputError, naming `name`, for bytes that are cut or no chunk."""
    try:
        raw = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as wrong:
        raise _wrong(name, "whole gzip data", str(wrong)) from None
    if len(raw) < HEADER.size or raw[:4] != MAGIC:
        raise _wrong(name, f"bytes that begin with {MAGIC!r}", raw[:4])
    _, version, moments, first_s, tracks, positions, junctions, groups = HEADER.unpack_from(raw)
    if version != VERSION or not 1 <= moments <= MAX_MOMENTS:
        raise _wrong(name, f"version {VERSION} and 1 to {MAX_MOMENTS} moments", (version, moments))
    sizes = _Sizes(moments, tracks, positions, junctions, groups)
    columns: dict[str, NDArray[Any]] = {}
    at = HEADER.size
    expected = at + sum(np.dtype(kind).itemsize * int(np.prod(shape(sizes))) for _, kind, shape in _COLUMNS)
    if len(raw) != expected:
        raise _wrong(name, f"{expected} bytes by its header", len(raw))
    for column, kind, shape in _COLUMNS:
        count = int(np.prod(shape(sizes)))
        columns[column] = np.frombuffer(raw, kind, count, at).reshape(shape(sizes))
        at += columns[column].nbytes
    begins, lasts = columns["begins"].astype(int), columns["lasts"].astype(int)
    if lasts.sum() != positions or (lasts < 1).any() or (begins + lasts > moments).any():
        raise _wrong(name, "tracks within the moments that add up to its positions", int(lasts.sum()))
    starts = _starts(columns["lasts"])
    columns["x"], columns["y"] = _sums(columns["x"], starts), _sums(columns["y"], starts)
    return Chunk(first_s=first_s, **columns)


def _starts(lasts: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where each track's positions begin, shape (T,)."""
    ends: NDArray[np.int64] = np.cumsum(lasts.astype(np.int64))
    return ends - lasts


def _differences(values: NDArray[np.int16], starts: NDArray[np.int64]) -> NDArray[np.int16]:
    """Each position less the one before it in its track (modulo 2^16); a track's first as it is."""
    out = values.copy()
    out[1:] -= values[:-1]
    out[starts] = values[starts]
    return out


def _sums(differences: NDArray[np.int16], starts: NDArray[np.int64]) -> NDArray[np.int16]:
    """`_differences` taken back. int16 wraps, as it did there."""
    if len(differences) == 0:
        return differences.copy()
    total = np.cumsum(differences.astype(np.int64))
    before = np.zeros(len(differences), np.int64)
    lengths = np.diff(np.append(starts, len(differences)))
    before[:] = np.repeat(total[starts] - differences[starts], lengths)
    summed: NDArray[np.int16] = (total - before).astype(np.int16)
    return summed


def _wrong(name: str, expected: str, got: object) -> InputError:
    return InputError(name, expected=expected, got=got, hint="record it again: chauraha rehearse --record FOLDER")
