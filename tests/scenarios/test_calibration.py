"""Calibration on the tiny street: counts that a known demand makes, and counts that are wrong."""

from __future__ import annotations

import csv
import math
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.camera import Camera, Gate, LaneGroupZone
from detector.counter import Tally
from detector.counting import Interval
from detector.line import CountingLine, Direction
from detector.polygon import Polygon
from detector.rows import rows_of
from detector.tables import CsvFile
from junction.counts import CameraState
from junction.errors import InputError
from scenarios.calibration.calibrate import Calibration, Settings, calibrate
from scenarios.calibration.count_file import CameraPlaces, read_counts
from scenarios.calibration.demand_file import demand_text, remove_demand, stale_demand, write_demand
from scenarios.calibration.geh import geh, good_share
from scenarios.calibration.report import csv_text, document, markdown
from scenarios.check import check_scenario
from scenarios.model import Scenario

FLOWS = st.floats(0, 1e5)
HEADER = "junction,movement,begin,end,count\n"


def read(tmp_path: Path, text: str | bytes) -> object:
    path = tmp_path / "counts.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_counts(path, CameraPlaces(), frozenset({"west", "east"}), 0.5)


def run(scenario: Scenario, tmp_path: Path, text: str, **settings: float) -> Calibration:
    path = tmp_path / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return calibrate(scenario, [path], Settings(interval_s=3600, **settings))  # type: ignore[arg-type]


def test_geh_by_hand() -> None:
    # m = 600, c = 500: sqrt(2 x 100^2 / 1100) = 4.264
    assert geh(600, 500) == pytest.approx(4.264, abs=1e-3)
    assert geh(0, 0) == 0
    assert good_share([]) is None
    assert good_share([4.9, 5.0]) == 0.5


@given(FLOWS, FLOWS)
def test_geh_is_even_and_only_zero_for_equal_flows(a: float, b: float) -> None:
    assert geh(a, b) == pytest.approx(geh(b, a))
    assert 0 <= geh(a, b) <= math.sqrt(2 * max(a, b)) + 1e-6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "west,east-main_w,09:00,10:00,-3\n", "0 or more"),
        (HEADER + "west,east-main_w,09:00,10:00,nan\n", "0 or more"),
        (HEADER + "west,east-main_w,09:00,10:00,\n", "leave the line out"),
        (HEADER + "west,east-main_w,10:00,10:00,3\n", "end is after its begin"),
        (HEADER + "west,east-main_w,09:00\n", "5 cells"),
        (HEADER + ",east-main_w,09:00,10:00,3\n", "a junction with one movement"),
        (HEADER + "west,east-main_w,9am,10:00,3\n", "HH:MM"),
        (HEADER, "at least one count"),
        ("a;b\n1;2\n", "commas"),
        ("link,begin,end,class,count\nx,09:00,10:00,lorry,1\n", "class"),
        (b"link,begin,end,count\n\xe9,1,2,3\n", "UTF-8"),
    ],
)
def test_mistakes_in_a_file_are_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("mars,east-main_w,09:00,10:00,3", "a junction of the scenario"),
        ("west,east-moon,09:00,10:00,3", "movement"),
        ("west,east-main_w,09:00,10:00,3\nwest,east-main_w,09:00,10:00,4", "remove the wrong line"),
        ("west,east-main_w,09:00,10:00,3\nwest,east-main_w,09:30,10:30,4", "an interval after"),
    ],
)
def test_mistaken_counts_leave_the_scenario_untouched(
    tiny_scenario: Scenario, tmp_path: Path, rows: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        run(tiny_scenario, tmp_path, HEADER + rows + "\n")
    assert not tiny_scenario.calibrated_file.exists()


def test_an_unknown_link_is_named(tiny_scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an edge of the street"):
        run(tiny_scenario, tmp_path, "link,begin,end,count\nwest--nowhere,09:00,10:00,3\n")


def test_encodings_and_pcu(tmp_path: Path) -> None:
    text = "link,begin,end,class,count,unit\nwest--east,09:00,10:00,bus,16,pcu\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (row,) = read(tmp_path, text.encode(encoding)).rows  # type: ignore[attr-defined]
        # Indo-HCM: a bus is 1.6 PCU.
        assert (row.begin_s, row.vehicles) == (32400.0, {"bus": 10.0})


def test_counts_are_met_and_the_rest_of_the_day_kept(tiny_scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_scenario.folder, folder)
    scenario = replace(tiny_scenario, folder=folder)
    built = (scenario.build_folder() / "demand.rou.xml").read_bytes()
    counts = HEADER + "".join(
        f"{junction},{movement},09:00,10:00,{veh}\n"
        for junction, movement, veh in (
            ("west", "main_w-east", 400), ("east", "west-main_e", 380), ("east", "main_e-west", 500),
            ("west", "east-main_w", 470), ("west", "north_w-south_w", 120), ("east", "south_e-north_e", 90),
        )
    )  # fmt: skip
    found = run(scenario, tmp_path, counts, withheld_share=0)
    assert found.geh_lt5_share == 1.0
    told = document(found)
    assert told["geh"].keys() == {flow.place.link for flow in found.flows}
    assert told["withheld_geh_lt5_share"] is None
    assert "main_w-east | 400 |" in markdown(found)
    rows = list(csv.DictReader(csv_text(found).splitlines()))
    assert len(rows) == len(found.flows)
    assert {(row["place"], row["counted_veh_h"]) for row in rows} >= {("west/main_w-east", "400.0")}
    assert demand_text(run(scenario, tmp_path, counts, withheld_share=0)) == demand_text(found)

    write_demand(scenario, found)
    assert scenario.street().route_files == (scenario.calibrated_file,)
    assert scenario.built_street().route_files != scenario.street().route_files
    assert (scenario.build_folder() / "demand.rou.xml").read_bytes() == built
    flows = list(ElementTree.parse(scenario.calibrated_file).getroot().iter("flow"))
    inside = [f for f in flows if 32400 <= float(f.get("begin", 0)) < 36000]
    assert inside and all(f.get("id", "").startswith("calibrated.") for f in inside)
    assert stale_demand(scenario) is None
    sites = folder / "sites.json"
    sites.write_text(sites.read_text(encoding="utf-8").replace('"source_digest": "', '"source_digest": "0'), "utf-8")
    assert "run chauraha scenario calibrate again" in str(stale_demand(scenario))
    assert [c.name for c in check_scenario(folder) if not c.ok] == ["up to date", "calibrated demand"]
    assert remove_demand(scenario) and not remove_demand(scenario)
    assert stale_demand(scenario) is None
    assert scenario.street().route_files != (scenario.calibrated_file,)


def test_a_link_counted_twice_in_contradiction_is_reported(tiny_scenario: Scenario, tmp_path: Path) -> None:
    counts = (
        HEADER
        + "west,main_w-east,09:00,10:00,800\nwest,north_w-east,09:00,10:00,50\nwest,south_w-east,09:00,10:00,50\n"
    )
    counts += "".join(
        f"east,west-{out},09:00,10:00,{n}\n" for out, n in (("main_e", 200), ("north_e", 50), ("south_e", 50))
    )
    found = run(tiny_scenario, tmp_path, counts, withheld_share=0)
    (line,) = found.contradictions
    assert "300 veh/h" in line and "900 veh/h" in line
    assert not document(found)["ok"]


def test_a_gap_is_no_zero(tiny_scenario: Scenario, tmp_path: Path) -> None:
    counts = HEADER + "west,main_w-east,09:00,10:00,400\nwest,north_w-east,09:00,09:20,10\n"
    found = run(tiny_scenario, tmp_path, counts, withheld_share=0)
    assert [str(flow.place.name) for flow in found.flows] == ["west/main_w-east"]
    assert any("north_w-east" in line and "33%" in line for line in found.binned.gaps)


def write_detector_csv(path: Path, state: CameraState) -> None:
    """What the detector writes of one interval of an hour with 42 cars over main_w_s's stop line."""
    zone = LaneGroupZone(
        lane_group_id="main_w_s",
        polygon=Polygon(corners=((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))),
        stop=Gate(line="stop", direction=Direction.A),
    )
    line = CountingLine(name="stop", start=(0.0, 0.5), end=(1.0, 0.5))
    camera = Camera(id="west-cam", lines=(line,), zones=(zone,), movements=())
    seen = state is CameraState.OK
    tally = Tally(lines={"stop": {"a": {"car": 42}, "b": {}}}, movements={}, served={"main_w_s": {"car": 42}})
    interval = Interval(
        n=0, begin_s=0.0, end_s=3600.0, state=state, tally=tally, lane_groups={},
        frames_seen=9 if seen else 0, frames_lost=0, mean_confidence=0.5 if seen else None,
    )  # fmt: skip
    table = CsvFile(path)
    table.write(rows_of(camera, interval, ("lcv",)))
    table.close()


def test_the_detectors_own_csv_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    write_detector_csv(path, CameraState.OK)
    junctions = frozenset({"west", "east"})
    found = read_counts(path, CameraPlaces(start_s=32400), junctions, 0.5)
    (row,) = found.rows
    assert (str(row.place), row.begin_s, row.end_s, row.total_veh) == ("west/main_w_s", 32400, 36000, 42)
    assert not row.separable
    assert found.unmatched == (
        "line west-cam/stop/a: 42 vehicles, no link given",
        "line west-cam/stop/b: 0 vehicles, no link given",
    )
    linked = CameraPlaces(links={("west-cam", "stop", "a"): "main"})
    assert {str(r.place) for r in read_counts(path, linked, junctions, 0.5).rows} == {"west/main_w_s", "main"}
    with pytest.raises(InputError, match="--camera"):
        read_counts(path, CameraPlaces(), frozenset({"east"}), 0.5)


def test_a_camera_that_did_not_see_counts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    write_detector_csv(path, CameraState.BLACK)
    found = read_counts(path, CameraPlaces(), frozenset({"west"}), 0.5)
    assert [row.vehicles for row in found.rows] == [None]
    assert any("black" in note for note in found.notes)


def test_a_link_is_simulated_only_where_all_of_it_was_counted(tiny_scenario: Scenario, tmp_path: Path) -> None:
    from scenarios.calibration.simulated import counted_links
    from scenarios.signals import read_net

    counts = HEADER + "".join(
        f"west,{movement},09:00,10:00,{veh}\n"
        for movement, veh in (
            ("main_w-east", 300), ("main_w-north_w", 60), ("main_w-south_w", 60), ("north_w-east", 50),
        )
    )  # fmt: skip
    found = run(tiny_scenario, tmp_path, counts, withheld_share=0)
    (link,) = counted_links(found, read_net(tiny_scenario.street().net_file))
    assert link.link == "west.main_w--west"
    assert link.approaches == {"west.main_w--west.mouth"}
    assert link.counted_veh == {0: 420.0}


def test_a_simulated_links_geh_by_hand() -> None:
    from scenarios.calibration.simulated import CountedLink, simulated_document, simulated_links

    links = (
        CountedLink(link="a", entry="a", approaches=frozenset(), counted_veh={0: 100.0, 1: 150.0}),
        CountedLink(link="b", entry=None, approaches=frozenset({"b1", "b2"}), counted_veh={1: 100.0}),
    )
    left = [{"b1": 1, "b2": 1}, {"b1": 20, "b2": 30}]
    a, b = simulated_links(links, 1800.0, [{"a": 120}, {"a": 180}], left)
    # Half hours: 250 counted and 300 passed in one hour; 100 and 50 in half an hour. GEH(300, 250) = sqrt(5000 / 550).
    assert (a.counted_veh_h, a.simulated_veh_h, b.counted_veh_h, b.simulated_veh_h) == (250.0, 300.0, 200.0, 100.0)
    assert a.geh == pytest.approx(3.015, abs=1e-3)
    told = simulated_document((a, b), {"b"}, "meso")
    assert (told["geh_lt5_share"], told["withheld_geh_lt5_share"]) == (1.0, 0.0)


def test_a_run_passes_what_was_assigned(tiny_scenario: Scenario, tmp_path: Path) -> None:
    from envs.calibrated_run import run_calibrated
    from scenarios.model import MESO

    counts = HEADER + "".join(
        f"west,{movement},09:00,10:00,{veh}\n"
        for movement, veh in (("main_w-east", 300), ("main_w-north_w", 60), ("main_w-south_w", 60))
    )
    found = run(tiny_scenario, tmp_path, counts, withheld_share=0)
    (link,) = run_calibrated(tiny_scenario, found, MESO, seed=1)
    assert link.counted_veh_h == 420.0
    assert link.geh < 5
