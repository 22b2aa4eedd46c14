"""The loop over HTTP with a real service process that is really killed, on a small town."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs.lamp_log import read_lamps
from envs.sensors import SensorModel
from junction.errors import InputError
from junction.recording import chunk_file, read_recording
from junction.recording_chunk import LAMPS, Chunk, chunk_from_bytes
from rehearsal.faults import parse_fault
from rehearsal.rehearse import Rehearsal, rehearse
from scenarios.model import Scenario

DOWN_S, UP_S, END_S = 90.0, 210.0, 330.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def outage(tiny_scenario: Scenario, kept: Path) -> dict[str, Any]:
    """A rehearsal in which the service is killed with SIGKILL and comes back after longer than a lease."""
    return rehearse(
        Rehearsal(
            scenario=tiny_scenario,
            minutes=END_S / 60,
            seed=3,
            sensors=SensorModel(),
            faults=(parse_fault(f"server-down@{DOWN_S:.0f}-{UP_S:.0f}", tiny_scenario.sites),),
            policy="none",
            keep=kept,
            record=kept / "recording",
        )
    )


def test_every_controller_is_on_its_fixed_plan_within_lease_and_cycle(
    outage: dict[str, Any], tiny_scenario: Scenario
) -> None:
    lease_s = max(site.backup_time_s for site in tiny_scenario.sites.values())
    cycle_s = max(plan.cycle_s for site in tiny_scenario.sites.values() for plan in site.plans.values())
    on_fixed_s = outage["faults"][0]["all_on_fixed_by_s"]
    assert on_fixed_s is not None
    assert DOWN_S + lease_s - 2 <= on_fixed_s <= DOWN_S + lease_s + cycle_s


def test_all_come_back_by_themselves(outage: dict[str, Any]) -> None:
    back_s = outage["faults"][0]["all_back_by_s"]
    assert back_s is not None
    assert UP_S < back_s <= END_S


def test_sequence_numbers_never_fall_across_the_kill(outage: dict[str, Any]) -> None:
    assert outage["seq_regressions"] == 0
    assert outage["controllers"]["ai"]["lost_posts"] > 0, "the service was not really gone"


def test_nothing_unsafe_and_every_second_accounted_for(outage: dict[str, Any]) -> None:
    for figures in outage["controllers"].values():
        assert figures["unsafe_events"] == 0
        assert sum(figures["mode_share"].values()) == pytest.approx(1.0)
    ai = outage["controllers"]["ai"]["mode_share"]
    assert ai["hold"] > 0
    assert ai["fixed"] > 0
    assert ai["actuated"] > 0
    assert set(outage["controllers"]["fixed"]["mode_share"]) == {"fixed", "hold"}


def test_the_trips_of_both_runs_are_the_same_vehicles(outage: dict[str, Any], kept: Path) -> None:
    assert outage["controllers"]["ai"]["trips"] == outage["controllers"]["fixed"]["trips"] > 50

    def due(name: str) -> set[str]:
        return {e.attrib["id"] for e in ET.parse(kept / name / "tripinfo.xml").iter("tripinfo")}

    assert due("ai") == due("fixed")


def test_sumos_own_lamp_states_are_kept(outage: dict[str, Any], kept: Path, tiny_scenario: Scenario) -> None:
    states = [e.attrib for e in ET.parse(kept / "ai" / "lamps.xml").iter("tlsState")]
    assert {s["id"] for s in states} == {b.tls_id for b in tiny_scenario.street("training").tls.values()}
    assert len({s["time"] for s in states}) >= END_S - 1


@pytest.fixture(scope="module")
def recorded(outage: dict[str, Any], kept: Path) -> tuple[dict[str, Any], dict[str, list[Chunk]]]:
    """The index of the recording, and the chunks by run."""
    folder = kept / "recording"
    index = read_recording(folder)

    def chunk(name: str) -> Chunk:
        file = chunk_file(folder, index, name)
        assert file is not None
        return chunk_from_bytes(file.read_bytes(), name)

    return index, {run: [chunk(entry["file"]) for entry in entries] for run, entries in index["runs"].items()}


Recorded = tuple[dict[str, Any], dict[str, list[Chunk]]]


def test_the_recording_ends_with_the_reports_own_delay(outage: dict[str, Any], recorded: Recorded) -> None:
    index, runs = recorded
    assert index["complete"] is True
    assert index["report"] == outage
    assert index["about"]["faults"][0]["from_s"] == DOWN_S
    assert index["bodies_m"]["car"][0] > index["bodies_m"]["two_wheeler"][0] > 1
    for name, chunks in runs.items():
        assert [chunk.first_s for chunk in chunks] == [0, 60, 120, 180, 240, 300]
        assert sum(chunk.moments - 1 for chunk in chunks) == END_S
        last, figures = chunks[-1], outage["controllers"][name]
        assert last.due[-1] == pytest.approx(figures["trips"], abs=1)
        # Whoever left lost up to a second more after the last look at it.
        assert last.lost_s[-1] / last.due[-1] == pytest.approx(figures["delay_s"], abs=1.0)
        assert last.running[-1] == figures["unfinished"]
        for chunk, following in pairwise(chunks):
            assert chunk.lost_s[-1] == following.lost_s[0]
            assert sorted(chunk.kind[chunk.begins + chunk.lasts == chunk.moments]) == sorted(
                following.kind[following.begins == 0]
            )


def test_recorded_lamps_and_modes_are_the_streets_own(recorded: Recorded, kept: Path, tiny_scenario: Scenario) -> None:
    index, runs = recorded
    files = tiny_scenario.street("training")
    layouts = {key: site.layout for key, site in tiny_scenario.sites.items()}
    shown = read_lamps(kept / "ai" / "lamps.xml", files, layouts)
    column = 0
    for junction in index["junctions"]:
        times, lamps = shown[junction["id"]]
        of = dict(zip(times, lamps, strict=True))
        groups = slice(column, column := column + len(junction["groups"]))
        for chunk in runs["ai"][1:3]:
            for moment in range(chunk.moments - 1):
                logged = of[files.begin_s + chunk.first_s + moment]
                assert tuple(LAMPS[n] for n in chunk.lamp[moment, groups]) == logged
    held = [index["modes"][mode] for chunk in runs["ai"] for mode in chunk.mode[1:].flat]
    assert held.count("hold") / len(held) == pytest.approx(
        index["report"]["controllers"]["ai"]["mode_share"]["hold"], abs=0.001
    )


def test_recorded_vehicles_drive_on_the_citys_roads(recorded: Recorded, tiny_scenario: Scenario) -> None:
    """Turned into places on earth by the index's nine points, they lie on the map's own lines and drive at speeds."""
    index, runs = recorded
    box, chunk = index["box"], runs["fixed"][3]
    metre = 1 / 111_195
    roads = [feature["geometry"]["coordinates"] for feature in tiny_scenario.map_geojson["features"]]
    shrink = math.cos(math.radians(box["lat"][1][1]))

    def metres(lon: float, lat: float) -> tuple[float, float]:
        return (lon - box["lon"][1][1]) * shrink / metre, (lat - box["lat"][1][1]) / metre

    lines = [[metres(*point) for point in road] for road in roads]
    # Two junctions' own projection is linear, so two corners tell all.
    (west, south), (east, north) = (
        metres(box["lon"][0][0], box["lat"][0][0]),
        metres(box["lon"][2][2], box["lat"][2][2]),
    )
    x = west + (chunk.x.astype(float) / box["half_x"] + 1) / 2 * (east - west)
    y = south + (chunk.y.astype(float) / box["half_y"] + 1) / 2 * (north - south)
    far = [min(_away_m(point, line) for line in lines) for point in zip(x[::29], y[::29], strict=True)]
    assert max(far) < 20  # within the roads' width
    starts = np.cumsum(chunk.lasts.astype(int))[:-1]
    steps = np.hypot(np.diff(x), np.diff(y))
    driven = np.delete(steps, starts - 1)
    assert driven.max() < 25
    assert (driven > 3).mean() > 0.2


def _away_m(point: tuple[float, float], line: list[tuple[float, float]]) -> float:
    def to_piece(a: tuple[float, float], b: tuple[float, float]) -> float:
        length = math.dist(a, b)
        along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / (length * length or 1)
        share = min(1.0, max(0.0, along))
        return math.dist(point, (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))

    return min(to_piece(a, b) for a, b in pairwise(line))


def test_a_lost_camera_leaves_its_junction_on_what_is_remembered(tiny_scenario: Scenario) -> None:
    target = sorted(tiny_scenario.sites)[0]
    report = rehearse(
        Rehearsal(
            scenario=tiny_scenario,
            minutes=3,
            seed=3,
            sensors=SensorModel.perfect(),
            policy="none",
            faults=(parse_fault(f"camera-lost:{target}@60", tiny_scenario.sites),),
        )
    )
    share = report["controllers"]["ai"]["mode_share"]
    assert share["fixed"] < 0.2, "only at the start: two minutes of a lost camera are remembered"
    assert share["actuated"] > 0.8
    assert report["controllers"]["ai"]["unsafe_events"] == 0


def test_a_junction_without_mains_is_dark_and_comes_back_safely(tiny_scenario: Scenario, tmp_path: Path) -> None:
    target = sorted(tiny_scenario.sites)[0]
    report = rehearse(
        Rehearsal(
            scenario=tiny_scenario,
            minutes=3,
            seed=3,
            sensors=SensorModel.perfect(),
            policy="none",
            faults=(parse_fault(f"signal-dark:{target}@60-100", tiny_scenario.sites),),
            record=tmp_path / "recording",
        )
    )
    for run in report["controllers"].values():
        # Forty of the 180 seconds of one of two junctions.
        assert run["mode_share"]["dark"] == pytest.approx(40 / 360, abs=0.006)
        assert run["unsafe_events"] == 0
    # Recorded as it was: no lamp burns at that junction for its forty seconds, at the other one some always do.
    index = read_recording(tmp_path / "recording")
    minute = chunk_from_bytes((tmp_path / "recording" / index["runs"]["ai"][1]["file"]).read_bytes())
    column = [junction["id"] for junction in index["junctions"]].index(target)
    split = len(index["junctions"][0]["groups"])
    lamps = np.split(minute.lamp[:-1], [split], axis=1)
    assert (lamps[column] == 0).all(axis=1).sum() == pytest.approx(40, abs=1)
    assert (lamps[1 - column] > 0).all()
    dark = index["modes"].index("dark")
    assert (minute.mode[:-1, column] == dark).sum() == pytest.approx(40, abs=2)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("server-down", "KIND"),
        ("fire@3-4", "one of"),
        ("camera-lost:nowhere@3", "camera-lost:JUNCTION"),
        ("server-down@9-3", "after"),
        ("server-down:x@3-9", "no junction"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str, word: str, tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match=word):
        parse_fault(text, tiny_scenario.sites)


def test_minutes_beyond_the_demand_are_refused(tiny_scenario: Scenario) -> None:
    with pytest.raises(InputError, match="--minutes"):
        Rehearsal(scenario=tiny_scenario, minutes=1e6, seed=1, sensors=SensorModel())
