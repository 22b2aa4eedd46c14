"""A street's recorder against the street itself: who is where, what the lamps show, what time was lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from envs.recorder import StreetRecorder
from envs.sumo import SumoStreet
from junction.mode import Mode
from junction.recording import RecordingFolder, read_recording
from junction.recording_chunk import chunk_from_bytes
from scenarios.model import Scenario

SECONDS = 75


def test_a_street_on_red_is_recorded_as_it_is(tiny_scenario: Scenario, tmp_path: Path) -> None:
    layouts = {key: site.layout for key, site in tiny_scenario.sites.items()}
    dark = next(iter(layouts))
    modes = dict.fromkeys(layouts, Mode.FIXED)
    with SumoStreet(tiny_scenario.street("training"), layouts, seed=1) as street:
        recorder = StreetRecorder(RecordingFolder(tmp_path / "rec", {"scenario": "tiny"}), "ai", street, layouts)
        recorder.moment(modes)
        for second in range(1, SECONDS + 1):
            street.run_until(street.begin_s + second)
            if second == SECONDS:
                street.flash(dark)
            recorder.moment(modes, [dark] if second == SECONDS else [])
        traffic, queued = street.traffic(), [int(street.look(key).queue_veh.sum()) for key in layouts]
        due = street.vehicles_departed + street.vehicles_waiting
        recorder.close()
    index = read_recording(tmp_path / "rec")
    entries = index["runs"]["ai"]
    assert [(entry["first_s"], entry["moments"]) for entry in entries] == [(0, 61), (60, 16)]
    chunk = chunk_from_bytes((tmp_path / "rec" / entries[-1]["file"]).read_bytes())
    last = chunk.moments - 1
    here = np.flatnonzero((chunk.begins <= last) & (last < chunk.begins + chunk.lasts))
    assert len(here) == len(traffic.ids) == chunk.running[last] > 10
    at = np.cumsum(chunk.lasts.astype(int))[here] - chunk.lasts[here] + last - chunk.begins[here]
    box = index["box"]
    low, high = (np.array(corner) for corner in ((-599.11, -300.0), (599.11, 300.0)))
    recorded = np.stack([chunk.x[at], chunk.y[at]], axis=1) * box["unit_m"] + (low + high) / 2
    assert np.abs(np.sort(recorded, axis=0) - np.sort(traffic.place_m, axis=0)).max() <= box["unit_m"]
    assert sorted(chunk.kind[here]) == sorted(traffic.kind)
    assert chunk.queue_veh[last].tolist() == queued
    assert sum(queued) > 5
    assert chunk.due[last] == due
    # Nobody has a green, so nobody who queues has left: all time lost is that of who is there.
    assert chunk.lost_s[last] == pytest.approx(traffic.lost_s.sum(), rel=0.05)
    split = len(index["junctions"][0]["groups"])
    assert (chunk.lamp[:-1] == 1).all()
    assert (chunk.lamp[-1, :split] == 0).all()
    assert (chunk.lamp[-1, split:] == 1).all()
    assert index["bodies_m"]["two_wheeler"][0] < index["bodies_m"]["car"][0]
