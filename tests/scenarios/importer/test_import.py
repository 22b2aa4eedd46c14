"""From a file to a scenario that loads, checks and runs: an odd city, and every kind of bad input."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from odd_city import odd_city

from agents.episode import EpisodeTask, run_episode
from junction.errors import InputError, ScenarioError
from junction.guard import Guard
from junction.layout import GroupKind, Turn
from junction.plan import PlanOrigin
from scenarios.check import check_scenario
from scenarios.importer import ImportRules, import_scenario
from scenarios.importer.importer import read_foreign_net, report_of
from scenarios.load import load_scenario
from scenarios.model import EVALUATION, Scenario
from scenarios.network import sumo_binary

pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.osm").write_text(odd_city(), encoding="utf-8")
    return import_scenario(folder / "odd.osm", "odd", folder / "out", rules=ImportRules(lefthand=True))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .sumocfg of a three by one grid with netconvert's own programs, 20 minutes of traffic from 07:00."""
    folder = tmp_path_factory.mktemp("own")
    command = [
        str(sumo_binary("netgenerate")), "--grid", "--grid.x-number", "2", "--grid.y-number", "1",
        "--grid.length", "200", "--grid.attach-length", "200", "--default.lanenumber", "2",
        "--default-junction-type", "traffic_light", "--output-file", str(folder / "own.net.xml"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    flows = "".join(
        f'<flow id="f{a}{b}" from="{a}" to="{b}" begin="25200" end="26400" vehsPerHour="300" departLane="best"/>'
        for a, b in (("left0A0", "B0right0"), ("right0B0", "A0left0"), ("bottom0A0", "A0top0"), ("top1B0", "B0bottom1"))
    )
    (folder / "own.rou.xml").write_text(f"<routes>{flows}</routes>")
    (folder / "loops.add.xml").write_text(
        '<additional><vType id="lorry" vClass="truck"/>'
        '<inductionLoop id="l" lane="A0B0_0" pos="10" period="60" file="loops.xml"/></additional>'
    )
    (folder / "own.sumocfg").write_text(
        '<configuration><input><net-file value="own.net.xml"/><route-files value="own.rou.xml"/>'
        '<additional-files value="loops.add.xml"/></input><time><begin value="25200"/><end value="26400"/>'
        '<step-length value="1"/></time><processing><time-to-teleport value="300"/></processing></configuration>'
    )
    return folder / "own.sumocfg"


@pytest.fixture(scope="module")
def imported(own: Path) -> Scenario:
    rules = ImportRules(amber_s=3, all_red_s=0, min_green_s=5, min_green_turn_s=5)
    return import_scenario(own, "own", own.parent / "out", rules=rules)


def test_the_odd_city_checks_clean(odd: Scenario) -> None:
    assert [check for check in check_scenario(odd.folder) if not check.ok] == []
    assert len(check_scenario(odd.folder)) >= 16


def test_joined_signals_are_one_junction_and_unsignalled_ones_none(odd: Scenario) -> None:
    roads = {site.layout.name_en for site in odd.sites.values()}
    assert roads == {"High Street / West Road", "High Street / Park Avenue", "High Street / One Way"}
    park = next(s.layout for s in odd.sites.values() if "Park" in s.layout.name_en)
    assert len(park.approaches) == 4


def test_a_crossing_is_a_pedestrian_group_kept_from_what_crosses_it(odd: Scenario) -> None:
    west = next(s.layout for s in odd.sites.values() if "West" in s.layout.name_en)
    walks = [g for g in west.groups if g.kind is GroupKind.PEDESTRIAN]
    assert walks
    for walk in walks:
        assert walk.crossing_width_m is not None
        # IRC:93-1985: 7 s to start and the width at 1.2 m/s.
        assert walk.min_green_s + walk.amber_s >= 7 + walk.crossing_width_m / 1.2
        assert any(walk.id in pair for pair in west.conflicts)


def test_generated_stages_hold_no_links_that_meet(odd: Scenario) -> None:
    files = odd.street()
    net = read_foreign_net(files.net_file)
    for junction_id, site in odd.sites.items():
        links = files.tls[junction_id].group_links
        lit = [{i for group in stage.group_ids for i in links[group]} for stage in site.layout.stages]
        connections = [
            c
            for edge in net.getEdges(withInternal=False)
            for found in edge.getOutgoing().values()
            for c in found
            if c.getTLSID() == files.tls[junction_id].tls_id
        ]
        for green in lit:
            moving = [c for c in connections if c.getTLLinkIndex() in green]
            for a in moving:
                for b in moving:
                    node = a.getJunction()
                    if a.getFrom() != b.getFrom() and node == b.getJunction():
                        assert not node.areFoes(node.getLinkIndex(a), node.getLinkIndex(b))


def test_left_hand_traffic_turns_right_across(odd: Scenario) -> None:
    assert 'lefthand="true"' in odd.street().net_file.read_text(encoding="utf-8")[:20000]
    turns = {m.turn for site in odd.sites.values() for m in site.layout.movements}
    assert {Turn.LEFT, Turn.STRAIGHT, Turn.RIGHT} <= turns


def test_intergreens_clear_the_crossing(odd: Scenario) -> None:
    for site in odd.sites.values():
        assert site.layout.all_red_s == 1.0
        for (losing, _), seconds in site.layout.intergreen_s.items():
            amber_s = next(g.amber_s for g in site.layout.groups if g.id == losing)
            assert seconds >= amber_s + 1


def test_same_file_gives_the_same_bytes(odd: Scenario, tmp_path: Path) -> None:
    (tmp_path / "odd.osm").write_text(odd_city(), encoding="utf-8")
    again = import_scenario(tmp_path / "odd.osm", "odd", tmp_path / "out", rules=ImportRules(lefthand=True))
    made = sorted(path.relative_to(odd.folder) for path in odd.folder.rglob("*") if path.is_file())
    assert len(made) == 12
    for name in made:
        assert (again.folder / name).read_bytes() == (odd.folder / name).read_bytes(), name


def test_own_programs_become_the_fixed_plan(imported: Scenario) -> None:
    assert report_of(imported.folder)["changed_plans"] == {}
    for site in imported.sites.values():
        today = next(p for p in site.plans.values() if p.origin is PlanOrigin.TODAY)
        assert today.cycle_s == 90.0
        assert {p.origin for p in site.plans.values()} == {PlanOrigin.TODAY, PlanOrigin.WEBSTER}
        assert all(Guard(site.layout).plan_faults(plan) == () for plan in site.plans.values())


def test_a_plan_that_the_guard_refuses_is_brought_near(own: Path, tmp_path: Path) -> None:
    rules = ImportRules(all_red_s=2, min_green_s=45, max_red_s=180)
    scenario = import_scenario(own, "strict", tmp_path, rules=rules)
    changed = report_of(scenario.folder)["changed_plans"]
    assert set(changed) == set(scenario.sites)
    assert all("minimum green" in why for why in changed.values())
    assert [check for check in check_scenario(scenario.folder) if not check.ok] == []


def test_a_configuration_keeps_its_routes_window_and_types(imported: Scenario, own: Path) -> None:
    files = imported.street()
    assert (files.begin_s, files.end_s, files.step_length_s, files.lateral_resolution_m) == (25200, 26400, 1, None)
    assert files.route_files[0].read_bytes() == (own.parent / "own.rou.xml").read_bytes()
    text = files.additional_files[0].read_text(encoding="utf-8")
    assert "lorry" in text
    assert "inductionLoop" not in text
    report = report_of(imported.folder)
    assert report["left_out_of_additional"] == ["loops.add.xml: inductionLoop"]
    assert report["ignored_options"] == ["time-to-teleport"]
    evaluation = imported.street(EVALUATION)
    assert evaluation.net_file.read_bytes() == files.net_file.read_bytes()


def test_the_imported_street_runs_without_an_unsafe_event(imported: Scenario) -> None:
    for controller in ("max-pressure", "fixed", "actuated"):
        result = run_episode(
            EpisodeTask(
                scenario=str(imported.folder), controller=controller, seed=1, fidelity="training", end_s=25500.0
            )
        )
        assert result.unsafe_events == 0
        assert result.throughput_veh > 0


def test_evaluate_takes_a_configuration(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = load_scenario(own)
    made = (first.folder / "sites.json").stat().st_mtime_ns
    assert len(first.sites) == 2
    assert (load_scenario(str(own)).folder / "sites.json").stat().st_mtime_ns == made


def test_check_finds_a_conflict_that_the_layout_lost(imported: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "unsafe"
    shutil.copytree(imported.folder, folder)
    document = json.loads((folder / "sites.json").read_text(encoding="utf-8"))
    layout = document["sites"][0]["layout"]
    layout["conflicts"], layout["intergreen_s"] = [], []
    (folder / "sites.json").write_text(json.dumps(document), encoding="utf-8")
    failed = {check.name for check in check_scenario(folder) if not check.ok}
    assert {"training: stages", "evaluation: stages"} <= failed


def bad_files(folder: Path, own: Path) -> dict[str, tuple[str, bytes, str]]:
    net = (own.parent / "own.net.xml").read_bytes()
    config = own.read_text(encoding="utf-8")
    for name in ("own.net.xml", "own.rou.xml", "loops.add.xml"):
        shutil.copy(own.parent / name, folder / name)
    bare = net[: net.index(b"<connection ")] + b"</net>"
    return {
        "no signals": ("a.osm", odd_city(set()).encode(), "no signal at all"),
        "no roads": ("a.osm", b"<osm version='0.6'/>", "highway="),
        "truncated osm": ("a.osm", odd_city().encode()[:900], "whole XML"),
        "no connection": ("a.net.xml", bare, "network with connections"),
        "truncated xml": ("a.net.xml", net[: len(net) // 2], "whole XML"),
        "truncated gzip": ("a.net.xml.gz", gzip.compress(net)[:-50], "whole gzip"),
        "no gzip": ("a.net.xml.gz", net, "whole gzip"),
        "truncated pbf": ("a.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader", "whole .osm.pbf"),
        "missing routes": ("a.sumocfg", config.replace("own.rou", "lost.rou").encode(), "lost.rou.xml"),
        "no net": ("a.sumocfg", config.replace("net-file", "net-fill").encode(), "net-file"),
        "no number": ("a.sumocfg", config.replace('"25200"', '"seven"').encode(), "begin"),
        "another kind": ("a.txt", b"hello", "a file ending in"),
        "routes as net": ("a.net.xml", (own.parent / "own.rou.xml").read_bytes(), "<net>"),
    }


BAD = (
    "no signals", "no roads", "truncated osm", "no connection", "truncated xml", "truncated gzip", "no gzip",
    "truncated pbf", "missing routes", "no net", "no number", "another kind", "routes as net",
)  # fmt: skip


@pytest.mark.parametrize("which", BAD)
def test_bad_input_is_named_and_the_folder_untouched(which: str, own: Path, tmp_path: Path) -> None:
    name, content, message = bad_files(tmp_path, own)[which]
    (tmp_path / name).write_bytes(content)
    kept = tmp_path / "out" / "city"
    kept.mkdir(parents=True)
    (kept / "import.json").write_text("{}")
    with pytest.raises(ScenarioError, match=message):
        import_scenario(tmp_path / name, "city", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["city"]
    assert [path.name for path in kept.iterdir()] == ["import.json"]


def test_what_was_not_imported_is_never_replaced(own: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(ScenarioError, match="imported scenario"):
        import_scenario(own, "mine", tmp_path)
    with pytest.raises(ScenarioError, match="letters"):
        import_scenario(own, "../mine", tmp_path)


@pytest.mark.parametrize("wrong", [{"amber_s": 1.0}, {"max_red_s": 200.0}, {"all_red_s": -1.0}, {"max_green_s": 5.0}])
def test_rules_that_no_junction_may_keep(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        ImportRules(**wrong)


def test_a_camera_sees_past_a_side_street_and_not_round_a_corner(tmp_path: Path) -> None:
    """From the west the road passes a side street 30 m before the signal; from the north it begins at a fork there."""
    nodes = {
        "west": (-400, 0, "priority"), "side": (-30, 0, "priority"), "alley": (-30, -100, "priority"),
        "c": (0, 0, "traffic_light"), "east": (300, 0, "priority"),
        "fork": (0, 40, "priority"), "nw": (-100, 60, "priority"), "ne": (100, 60, "priority"),
    }  # fmt: skip
    roads = [
        ("west", "side"),
        ("side", "c"),
        ("alley", "side"),
        ("c", "east"),
        ("c", "fork"),
        ("fork", "nw"),
        ("fork", "ne"),
    ]
    both = [*roads, *((b, a) for a, b in roads)]
    (tmp_path / "n.nod.xml").write_text(
        "<nodes>"
        + "".join(f'<node id="{i}" x="{x}" y="{y}" type="{t}"/>' for i, (x, y, t) in nodes.items())
        + "</nodes>"
    )
    (tmp_path / "n.edg.xml").write_text(
        "<edges>" + "".join(f'<edge id="{a}-{b}" from="{a}" to="{b}" numLanes="1"/>' for a, b in both) + "</edges>"
    )
    command = [
        str(sumo_binary("netconvert")), "--node-files", str(tmp_path / "n.nod.xml"),
        "--edge-files", str(tmp_path / "n.edg.xml"), "--output-file", str(tmp_path / "n.net.xml"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    (site,) = import_scenario(tmp_path / "n.net.xml", "n", tmp_path / "out").sites.values()
    seen_m = {g.approach_id: g.storage_m for g in site.layout.lane_groups}
    assert seen_m["side-c"] == 120.0
    assert seen_m["east-c"] == 120.0
    assert seen_m["fork-c"] < 45.0
