"""A recording made without a simulation: vehicles up and down a city's own roads, for measuring and testing the page.

Its figures follow a formula, so that what the page shows of a moment can be worked out by hand: `delay_s` grows by
`DELAY_RATE` a second in each run, and the junction at place k has k % 10 vehicles queued, one more on fixed plans.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from junction.recording import CHUNK_S, RUNS, Box, RecordingFolder
from junction.recording_chunk import Chunk
from junction.vehicle import VEHICLE_CLASSES
from scenarios.geometry import Projection
from scenarios.model import Scenario

DELAY_RATE: Mapping[str, float] = {"ai": 0.1, "fixed": 0.2}
BODY_M = (4.0, 1.7)
_GREEN_S = 30
_DRIVE_S, _STAND_S = 30, 20
"""How long a vehicle drives, and then stands."""


def write_replay(folder: Path, scenario: Scenario, *, vehicles: int, seconds: int, seed: int = 1) -> None:
    """A complete recording of that many vehicles, all of them on the street in every second of both runs."""
    lines = [np.array(one["geometry"]["coordinates"], np.float64) for one in scenario.map_geojson["features"]]
    every = np.concatenate(lines)
    (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
    projection = Projection(lat=(south + north) / 2, lon=(west + east) / 2)
    low, high = projection.to_xy(south, west), projection.to_xy(north, east)
    columns, rows = (west, (west + east) / 2, east), (south, (south + north) / 2, north)
    box = Box(low=low, high=high, lon=(columns,) * 3, lat=tuple((row,) * 3 for row in rows))
    about: dict[str, Any] = {
        "scenario": scenario.name,
        "day": None,
        "begin_at": scenario.day_start_at,
        "seed": seed,
        "minutes": seconds / 60,
        "fidelity": "made for the page",
        "policy": None,
        "faults": [
            {
                "fault": "signal-dark:rawatpur@20-40",
                "kind": "signal-dark",
                "junction_id": "rawatpur",
                "from_s": 20.0,
                "to_s": 40.0,
            }
        ],
        "versions": {},
    }
    recording = RecordingFolder(folder, about)
    groups = {key: tuple(group.id for group in site.layout.groups) for key, site in scenario.sites.items()}
    paths = [np.array([projection.to_xy(lat, lon) for lon, lat in line]) for line in lines]
    for kind in range(len(VEHICLE_CLASSES)):
        recording.note_body(kind, *BODY_M)
    for run in RUNS:
        recording.begin(run, box, groups)
        ways = _Ways(paths, vehicles, np.random.default_rng([seed, RUNS.index(run)]), box)
        for first_s in range(0, seconds, CHUNK_S):
            moments = np.arange(first_s, min(first_s + CHUNK_S, seconds) + 1)
            recording.add(run, _chunk(ways, moments, run, [len(ids) for ids in groups.values()]))
    figures = {
        run: {"delay_s": DELAY_RATE[run] * seconds, "trips": vehicles, "arrived": 0, "unsafe_events": 0} for run in RUNS
    }
    recording.finish({"controllers": figures})


class _Ways:
    """Each vehicle's road, where on it it began, and its own speed."""

    def __init__(self, paths: list[NDArray[np.float64]], vehicles: int, draw: np.random.Generator, box: Box) -> None:
        lengths_m = np.array([np.hypot(*np.diff(path, axis=0).T).sum() for path in paths])
        self.vehicles = vehicles
        self._paths, self._lengths_m, self._box = paths, lengths_m, box
        self._road = draw.choice(len(paths), vehicles, p=lengths_m / lengths_m.sum())
        self._from_m = draw.uniform(0, 1, vehicles) * lengths_m[self._road]
        self._speed_mps = draw.uniform(5, 14, vehicles)
        self._phase_s = draw.uniform(0, _DRIVE_S + _STAND_S, vehicles)
        self.kind = draw.integers(0, len(VEHICLE_CLASSES), vehicles).astype(np.uint8)

    def units(self, moments: NDArray[np.int64]) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.uint8]]:
        """x, y and heading, one vehicle after another, shape (vehicles * moments,)."""
        turns = (moments[None, :] + self._phase_s[:, None]) / (_DRIVE_S + _STAND_S)
        driven_s = (np.floor(turns) + np.minimum(turns % 1 * (_DRIVE_S + _STAND_S) / _DRIVE_S, 1)) * _DRIVE_S
        lengths_m = self._lengths_m[self._road][:, None]
        along_m = (self._from_m[:, None] + driven_s * self._speed_mps[:, None]) % (2 * lengths_m)
        back = along_m > lengths_m
        along_m = np.where(back, 2 * lengths_m - along_m, along_m)
        places = np.empty((*along_m.shape, 2))
        bearings = np.empty(along_m.shape)
        for road in np.unique(self._road):
            on = self._road == road
            path = self._paths[road]
            steps = np.diff(path, axis=0)
            ends = np.concatenate([[0.0], np.hypot(*steps.T).cumsum()])
            piece = np.clip(np.searchsorted(ends, along_m[on], "right") - 1, 0, len(steps) - 1)
            places[on] = np.stack([np.interp(along_m[on], ends, path[:, axis]) for axis in (0, 1)], axis=-1)
            bearings[on] = np.arctan2(steps[piece, 0], steps[piece, 1])
        heading = np.rint((bearings + np.where(back, math.pi, 0)) / (2 * math.pi) * 256).astype(np.int64) % 256
        x, y = np.moveaxis(np.rint((places - self._box.middle) / self._box.unit_m), -1, 0)
        return x.astype(np.int16).ravel(), y.astype(np.int16).ravel(), heading.astype(np.uint8).ravel()


def _chunk(ways: _Ways, moments: NDArray[np.int64], run: str, groups: list[int]) -> Chunk:
    n, junctions = len(moments), len(groups)
    x, y, heading = ways.units(moments)
    queue = np.arange(junctions) % 10 + (run == "fixed")
    turn = moments[:, None] // _GREEN_S % 2 == np.arange(sum(groups))[None, :] % 2
    return Chunk(
        first_s=int(moments[0]),
        lost_s=(DELAY_RATE[run] * moments * ways.vehicles).astype(np.float32),
        due=np.full(n, ways.vehicles, np.uint32),
        running=np.full(n, ways.vehicles, np.uint32),
        waiting=np.zeros(n, np.uint32),
        queue_veh=np.tile(queue, (n, 1)).astype(np.uint16),
        lost_here=np.zeros((n, junctions), np.uint16),
        x=x,
        y=y,
        mode=np.zeros((n, junctions), np.uint8),
        lamp=np.where(turn, 3, 1).astype(np.uint8),
        kind=ways.kind,
        begins=np.zeros(ways.vehicles, np.uint8),
        lasts=np.full(ways.vehicles, n, np.uint8),
        heading=heading,
    )
