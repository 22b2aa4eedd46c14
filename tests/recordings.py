"""Recordings made by hand: a junction J1 with two groups, and minutes of three moments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from junction.recording import Box, RecordingFolder
from junction.recording_chunk import Chunk

BOX = Box(low=(0.0, -500.0), high=(6500.0, 500.0), lon=((0.0,) * 3,) * 3, lat=((0.0,) * 3,) * 3)
Track = tuple[int, int, list[tuple[int, int]]]
TWO: list[Track] = [(1, 0, [(100, -5), (103, -5), (103, -7)]), (4, 2, [(-32_768, 32_767)])]


def make_chunk(tracks: list[Track], moments: int = 3, first_s: int = 60) -> Chunk:
    """`tracks` are (kind, first moment, positions). Four vehicles due, 10 s lost in each second, 7 queued."""
    points = [point for _, _, track in tracks for point in track]
    return Chunk(
        first_s=first_s,
        lost_s=np.arange(moments, dtype=np.float32) * 10,
        due=np.full(moments, 4, np.uint32),
        running=np.arange(moments, dtype=np.uint32),
        waiting=np.zeros(moments, np.uint32),
        queue_veh=np.full((moments, 1), 7, np.uint16),
        lost_here=np.full((moments, 1), 25, np.uint16),
        x=np.array([x for x, _ in points], np.int16),
        y=np.array([y for _, y in points], np.int16),
        mode=np.zeros((moments, 1), np.uint8),
        lamp=np.tile(np.array([[3, 1]], np.uint8), (moments, 1)),
        kind=np.array([kind for kind, _, _ in tracks], np.uint8),
        begins=np.array([begins for _, begins, _ in tracks], np.uint8),
        lasts=np.array([len(track) for _, _, track in tracks], np.uint8),
        heading=np.full(len(points), 64, np.uint8),
    )


def record(
    folder: Path,
    *,
    scenario: str = "hand",
    minutes: Mapping[str, int] | None = None,
    report: Mapping[str, Any] | None = None,
) -> None:
    """A recording of so many minutes by run (one of each unless told), complete with a report."""
    writing = RecordingFolder(folder, {"scenario": scenario, "seed": 1})
    for run, count in (minutes or {"ai": 1, "fixed": 1}).items():
        writing.begin(run, BOX, {"J1": ("n", "e")})
        for minute in range(count):
            writing.add(run, make_chunk(TWO, first_s=60 * minute))
    if report is not None:
        writing.finish(report)
