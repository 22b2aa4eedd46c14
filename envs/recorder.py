"""Records one run of a street, second by second, into chunks of a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from envs.sumo import SumoStreet
from envs.traffic import Ground, Traffic
from junction.layout import JunctionLayout
from junction.mode import Mode
from junction.recording import CHUNK_S, MODES, Box, RecordingFolder
from junction.recording_chunk import LAMPS, Chunk
from scenarios.geometry import Projection

_MODE_NUMBER = {mode: number for number, mode in enumerate(MODES)}
_LAMP_NUMBER = {lamp: number for number, lamp in enumerate(LAMPS)}
LOST_PARTS = 10
"""A chunk's `lost_here` is in tenths of a vehicle."""


@dataclass(kw_only=True, slots=True)
class _Track:
    """One vehicle within a chunk."""

    kind: int
    begins: int
    x: list[int] = field(default_factory=list)
    y: list[int] = field(default_factory=list)
    heading: list[int] = field(default_factory=list)


class StreetRecorder:
    """Records the run of a started street that has the given junctions into `folder`, as its run of that name.

    Call `moment` at the begin and after each second, and `close` at the end, also after an error: what was seen is
    kept. Delay is SUMO's timeLoss of every vehicle that was let in (to the last second for those that left) and a
    second for each second that one waits to get in: what `envs.trips` makes of SUMO's trip list.
    """

    def __init__(
        self, folder: RecordingFolder, run: str, street: SumoStreet, layouts: Mapping[str, JunctionLayout]
    ) -> None:
        self._folder, self._run, self._street = folder, run, street
        self._layouts = layouts
        self._box = box_of(street, layouts)
        self._begin_s = street.time_s
        self._measured: set[int] = set()
        self._lost_of: dict[str, float] = {}
        self._lost_by_gone_s = self._waited_s = 0.0
        self._last_s: float | None = None
        self._rows: list[_Row] = []
        self._tracks: dict[str, _Track] = {}
        self._done: list[_Track] = []
        folder.begin(run, self._box, {key: tuple(g.id for g in one.groups) for key, one in layouts.items()})

    def moment(self, modes: Mapping[str, Mode], out: Sequence[str] = ()) -> None:
        """What is on the street now: `modes` by junction, `out` the junctions whose lamps are dark or flash."""
        street = self._street
        traffic = street.traffic()
        self._account(traffic)
        row = _Row(
            second=round(street.time_s - self._begin_s),
            lost_s=self._lost_by_gone_s + float(traffic.lost_s.sum()) + self._waited_s,
            due=street.vehicles_departed + traffic.waiting,
            running=len(traffic.ids),
            waiting=traffic.waiting,
            queue_veh=[int(street.look(key).queue_veh.sum()) for key in self._layouts],
            lost_here=[round(street.held_up_veh(key) * LOST_PARTS) for key in self._layouts],
            mode=[_MODE_NUMBER[modes[key]] for key in self._layouts],
            lamp=[number for key in self._layouts for number in self._lamps(key, out)],
        )
        self._rows.append(row)
        self._follow(traffic)
        if len(self._rows) == CHUNK_S + 1:
            self._close_chunk()
            # The next one begins with this moment: nothing jumps between two chunks.
            self._rows.append(row)
            self._follow(traffic)

    def close(self) -> None:
        """Keep the minute that is not full."""
        if len(self._rows) > 1 or (self._rows and self._rows[0].second == 0):
            self._close_chunk()
        self._rows.clear()

    def _lamps(self, junction_id: str, out: Sequence[str]) -> list[int]:
        if junction_id in out:
            return [_LAMP_NUMBER[None]] * len(self._layouts[junction_id].groups)
        return [_LAMP_NUMBER[lamp] for lamp in self._street.lamps(junction_id)]

    def _account(self, traffic: Traffic) -> None:
        now = dict(zip(traffic.ids, traffic.lost_s.tolist(), strict=True))
        self._lost_by_gone_s += sum(lost_s for vehicle, lost_s in self._lost_of.items() if vehicle not in now)
        self._lost_of = now
        if self._last_s is not None:
            self._waited_s += traffic.waiting * (self._street.time_s - self._last_s)
        self._last_s = self._street.time_s

    def _follow(self, traffic: Traffic) -> None:
        moment = len(self._rows) - 1
        units = np.rint((traffic.place_m - self._box.middle) / self._box.unit_m)
        places = np.clip(units, -32_768, 32_767).astype(np.int64).tolist()
        headings = (np.rint(traffic.bearing_deg / 360 * 256).astype(np.int64) % 256).tolist()
        going = {}
        for vehicle, kind, (x, y), heading in zip(traffic.ids, traffic.kind.tolist(), places, headings, strict=True):
            track = self._tracks.pop(vehicle, None) or _Track(kind=kind, begins=moment)
            if kind not in self._measured:
                self._measured.add(kind)
                self._folder.note_body(kind, *self._street.body_m(vehicle))
            track.x.append(x)
            track.y.append(y)
            track.heading.append(heading)
            going[vehicle] = track
        self._done += self._tracks.values()
        self._tracks = going

    def _close_chunk(self) -> None:
        tracks = [*self._done, *self._tracks.values()]
        self._folder.add(self._run, _chunk(self._rows, tracks))
        self._rows, self._done, self._tracks = [], [], {}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """One moment's figures; see `Chunk`."""

    second: int
    lost_s: float
    due: int
    running: int
    waiting: int
    queue_veh: list[int]
    lost_here: list[int]
    mode: list[int]
    lamp: list[int]


def _chunk(rows: Sequence[_Row], tracks: Sequence[_Track]) -> Chunk:
    def shape(values: list[list[int]]) -> tuple[int, int]:
        return len(rows), len(values[0])

    queue_veh, lost_here = [row.queue_veh for row in rows], [row.lost_here for row in rows]
    mode, lamp = [row.mode for row in rows], [row.lamp for row in rows]
    return Chunk(
        first_s=rows[0].second,
        lost_s=np.array([row.lost_s for row in rows], np.float32),
        due=np.array([row.due for row in rows], np.uint32),
        running=np.array([row.running for row in rows], np.uint32),
        waiting=np.array([row.waiting for row in rows], np.uint32),
        queue_veh=np.array(queue_veh, np.uint16).reshape(shape(queue_veh)),
        lost_here=np.array(lost_here, np.uint16).reshape(shape(lost_here)),
        x=np.array([x for track in tracks for x in track.x], np.int16),
        y=np.array([y for track in tracks for y in track.y], np.int16),
        mode=np.array(mode, np.uint8).reshape(shape(mode)),
        lamp=np.array(lamp, np.uint8).reshape(shape(lamp)),
        kind=np.array([track.kind for track in tracks], np.uint8),
        begins=np.array([track.begins for track in tracks], np.uint8),
        lasts=np.array([len(track.x) for track in tracks], np.uint8),
        heading=np.array([heading for track in tracks for heading in track.heading], np.uint8),
    )


def box_of(street: SumoStreet, layouts: Mapping[str, JunctionLayout]) -> Box:
    """The street's extent with its places on earth.

    A network that does not know them is laid out as `scenarios.geometry.Projection` lays one out; its origin is found
    from the junctions, whose places are known both ways.
    """
    ground = street.ground()
    lon_lat = ground.lon_lat or _laid_out(ground, street, layouts)
    return Box(
        low=ground.low,
        high=ground.high,
        lon=tuple(tuple(point[0] for point in row) for row in lon_lat),
        lat=tuple(tuple(point[1] for point in row) for row in lon_lat),
    )


def _laid_out(
    ground: Ground, street: SumoStreet, layouts: Mapping[str, JunctionLayout]
) -> tuple[tuple[tuple[float, float], ...], ...]:
    places = [(street.place(key), one.lat, one.lon) for key, one in layouts.items()]
    flat = Projection(lat=0.0, lon=0.0)
    lat = float(np.mean([lat - flat.to_lat_lon(place)[0] for place, lat, _ in places]))
    east = Projection(lat=lat, lon=0.0)
    lon = float(np.mean([lon - east.to_lat_lon(place)[1] for place, _, lon in places]))
    projection = Projection(lat=lat, lon=lon)
    across, up = ([a, (a + b) / 2, b] for a, b in zip(ground.low, ground.high, strict=True))
    return tuple(tuple(projection.to_lat_lon((x, y))[::-1] for x in across) for y in up)
