"""Side streets and level crossings, on the tiny scenario with one of each."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from junction.errors import ScenarioError
from scenarios.closings import CLOSINGS_FILE, closings_s
from scenarios.model import TRAINING, Scenario
from scenarios.source import LevelCrossingRow, TrainRow, read_source
from scenarios.town import lay_out

TINY_SOURCE = Path(__file__).parents[1] / "fixtures" / "tiny"
BEGIN_S = 32400
SIDE_STREET = "lane,west,east,{at_m},{side},Lane,गली,local,1,assumed,20,assumed,150"
CROSSING = "gate,Gate,फाटक,west,south_w,70,0,assumed"


def with_cuts(folder: Path, *, at_m: float = 200, side: str = "left") -> Path:
    """The tiny scenario with a side street and a level crossing that a train shuts at 09:05 for five minutes."""
    shutil.copytree(TINY_SOURCE, folder)
    for name, line in (
        ("side_streets.csv", SIDE_STREET.format(at_m=at_m, side=side)),
        ("level_crossings.csv", CROSSING),
        ("trains.csv", "09:05,away,40,300,assumed"),
    ):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    demand = folder / "demand.toml"
    entry = '\n[[entry]]\nroad_class = "local"\npcu_h_per_lane = 60\n'
    text = demand.read_text(encoding="utf-8").replace("[level]", f"[level]\nlocal = {[1.0] * 24}")
    demand.write_text(text + entry, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def street_with_cuts(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    from scenarios.build import build_scenario

    return build_scenario(with_cuts(tmp_path_factory.mktemp("cuts") / "tiny"))


def crossing(line_m: float) -> LevelCrossingRow:
    return LevelCrossingRow(
        id="gate", name_en="", name_hi="", junction="j", arm="a", at_m=70, line_m=line_m, basis="assumed"
    )


def train(at: str, direction: str, closed_s: float = 240) -> TrainRow:
    return TrainRow.model_validate(
        {"at": at, "direction": direction, "speed_kmh": 36, "closed_s": closed_s, "basis": "assumed"}
    )


def test_a_train_shuts_a_gate_when_it_gets_there() -> None:
    # 36 km/h is 10 m/s: 1,000 m up the line is 100 s after, or before, the start of the line.
    trains = [train("10:00", "away"), train("09:00", "towards", 180)]
    assert closings_s(crossing(1000), trains) == ((32300.0, 32480.0), (36100.0, 36340.0))


def test_a_gate_does_not_open_for_less_than_a_minute() -> None:
    trains = [train("10:00", "away"), train("10:04:50", "away")]
    assert closings_s(crossing(0), trains) == ((36000.0, 36530.0),)
    apart = [train("10:00", "away"), train("10:05:00", "away")]
    assert len(closings_s(crossing(0), apart)) == 2


def test_every_check_passes_with_cuts(street_with_cuts: Scenario) -> None:
    from scenarios.check import check_scenario

    assert [c for c in check_scenario(street_with_cuts.folder) if not c.ok] == []


def test_a_level_crossing_is_no_junctions_signal_and_holds_the_camera(street_with_cuts: Scenario) -> None:
    street = street_with_cuts.street(TRAINING)
    assert street.level_crossings == ("gate",)
    assert "gate" not in {binding.tls_id for binding in street.tls.values()}
    lane_groups = {g.id: g for g in street_with_cuts.sites["west"].layout.lane_groups}
    assert lane_groups["south_w_a"].storage_m == 70.0
    assert lane_groups["north_w_a"].storage_m == 120.0


def test_check_names_a_crossing_without_a_timetable(street_with_cuts: Scenario, tmp_path: Path) -> None:
    from scenarios.check import check_scenario

    folder = tmp_path / "tiny"
    shutil.copytree(street_with_cuts.folder, folder)
    (folder / "build" / TRAINING / CLOSINGS_FILE).write_text("<additional/>", encoding="utf-8")
    failed = [c for c in check_scenario(folder) if not c.ok]
    assert [(c.name, c.detail) for c in failed] == [("training: level crossings", "gate has no timetable")]


def test_a_side_street_of_a_wide_road_is_left_in_left_out(street_with_cuts: Scenario) -> None:
    from scenarios.signals import read_net

    net = read_net(street_with_cuts.street(TRAINING).net_file)
    # It lies to the left of traffic from west to east.
    assert {e.getID() for e in net.getEdge("lane.end--lane").getOutgoing()} == {"west--east.1"}
    assert {e.getID() for e in net.getEdge("lane--lane.end").getIncoming() if not e.isSpecial()} == {"west--east"}


def test_gates_are_edge_roads_and_side_streets(street_with_cuts: Scenario) -> None:
    gates = lay_out(read_source(street_with_cuts.folder)).gates
    assert {g.end_node for g in gates} >= {"west.main_w", "west.south_w", "lane.end"}
    south = next(g for g in gates if g.end_node == "west.south_w")
    # The level crossing cuts the arm: traffic enters before it and leaves after it.
    assert (south.enter_edge, south.exit_edge) == ("west.south_w--west", "west--west.south_w.1")


@pytest.mark.parametrize(("at_m", "side"), [(150, "left"), (399, "right")])
def test_a_side_street_in_a_junctions_mouth_is_refused(tmp_path: Path, at_m: float, side: str) -> None:
    with pytest.raises(ScenarioError, match=r"lane\.at_m"):
        lay_out(read_source(with_cuts(tmp_path / "tiny", at_m=at_m, side=side)))


@pytest.mark.slow
@pytest.mark.parametrize("extra", [[], ["--mesosim", "--meso-junction-control", "true"]], ids=["micro", "meso"])
def test_nothing_passes_a_shut_gate(street_with_cuts: Scenario, tmp_path: Path, extra: list[str]) -> None:
    from scenarios.network import sumo_binary

    street = street_with_cuts.street(TRAINING)
    passed = {}
    for run, files in (("shut", street.additional_files), ("open", street.additional_files[:1])):
        detector = tmp_path / f"{run}.add.xml"
        counts = tmp_path / f"{run}.xml"
        data = f'<edgeData id="d" file="{counts}" begin="{BEGIN_S + 310}" end="{BEGIN_S + 600}"/>'
        detector.write_text(f"<additional>{data}</additional>", encoding="utf-8")
        command = [str(sumo_binary("sumo")), "-n", str(street.net_file), "-r", str(street.route_files[0])]
        command += ["-a", ",".join(map(str, [*files, detector])), "-b", str(BEGIN_S), "-e", str(BEGIN_S + 600)]
        subprocess.run([*command, "--seed", "1", "--no-step-log", *extra], check=True, capture_output=True)
        edges = {e.get("id"): e for e in ElementTree.parse(counts).getroot().iter("edge")}
        passed[run] = [
            int(edges[edge].get("entered", "0")) if edge in edges else 0
            for edge in ("west.south_w--west.1", "west--west.south_w.1")
        ]
    assert passed["shut"] == [0, 0]
    assert min(passed["open"]) >= 3
