"""A view that the weights do not know: vehicles go by, none is found, and nobody may take that for an empty road."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pictures import CAMERA, CAR, FPS, OrderTracker, noisy, recorded

from detector.familiarity import FIRST_LOOKS, MANY
from detector.frame import Image
from detector.record import RecordMaker
from detector.report import UNFAMILIAR_NOTE, CountReport, Totals
from detector.rows import rows_of
from detector.run import CountingRun
from detector.source import FramesSource
from junction.counts import CameraState

LANES = (60, 160, 260, 340)
WAVES = 3
WAVE = 26
"""Pictures from one wave of cars to the next; a car goes 16 px a picture."""


def traffic() -> tuple[list[Image], list[list[tuple[float, ...]]]]:
    """Four cars side by side, wave after wave, and where they are."""
    views = noisy(FIRST_LOOKS + 4 + WAVES * WAVE)
    pictures: list[Image] = []
    places: list[list[tuple[float, ...]]] = []
    for i, view in enumerate(views):
        since = i - FIRST_LOOKS - 4
        y = 16 * (since % WAVE)
        cars = [(x, y) for x in LANES] if since >= 0 else []
        picture = view.copy()
        for x, top in cars:
            picture[max(0, top - 15) : top + 15, x - 8 : x + 8] = 250
        pictures.append(picture)
        places.append([(x - 8.0, top - 15.0, x + 8.0, top + 15.0, 0.9, CAR) for x, top in cars])
    return pictures, places


def run(pictures: list[Image], found: list[list[tuple[float, ...]]]) -> CountingRun:
    camera = replace(CAMERA, fixed=False)
    return CountingRun(FramesSource(pictures, fps=FPS), camera, recorded(found), OrderTracker(), interval_s=1.0)


def test_traffic_that_is_not_found_makes_the_counts_unknown() -> None:
    assert len(LANES) * WAVES > MANY
    counting = run(traffic()[0], [])
    intervals = list(counting.intervals())
    assert [span.state for span in counting.states] == [CameraState.OK, CameraState.UNFAMILIAR]
    last = intervals[-1]
    record = RecordMaker(CAMERA, lambda s: s).make(last)
    assert (record.state, record.lane_groups[0].seen) == (CameraState.UNFAMILIAR, False)
    assert {row["car"] for row in rows_of(CAMERA, last, ())} == {None}, "unknown, not 0"
    report = CountReport(
        source="v", camera=CAMERA, totals=Totals(), frames=1, fps=FPS, processed_fps=None, states=counting.states,
        queue_max_veh={}, not_separable=(),
    )  # fmt: skip
    assert UNFAMILIAR_NOTE in report.to_document()["notes"]


def test_traffic_that_is_found_is_familiar() -> None:
    counting = run(*traffic())
    intervals = list(counting.intervals())
    assert {span.state for span in counting.states} == {CameraState.OK}
    assert sum(one.tally.lines["stop"]["a"].get("car", 0) for one in intervals) == len(LANES), "a number a column"


def test_leaves_in_the_wind_go_nowhere() -> None:
    draw = np.random.default_rng(5)
    pictures = noisy(90)
    for picture in pictures:
        for x, y in ((100, 100), (300, 120), (200, 300), (80, 260)):
            dx, dy = draw.integers(-8, 9, 2)
            picture[y + dy - 10 : y + dy + 10, x + dx - 10 : x + dx + 10] = 250
    counting = run(pictures, [])
    list(counting.intervals())
    assert {span.state for span in counting.states} == {CameraState.OK}
