"""The builder on the tiny scenario, and faults that it must name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from junction.errors import ScenarioError
from junction.guard import Guard
from scenarios.check import check_scenario
from scenarios.load import load_scenario
from scenarios.model import EVALUATION, FIDELITIES, TRAINING, Scenario, TlsBinding
from scenarios.source import read_source

TINY_SOURCE = Path(__file__).parents[1] / "fixtures" / "tiny"
SUMO_CLASSES = ("two_wheeler", "car", "auto_rickshaw", "e_rickshaw", "bus", "truck", "lcv", "bicycle", "cycle_rickshaw")


def copy_source(folder: Path) -> Path:
    shutil.copytree(TINY_SOURCE, folder)
    return folder


def test_every_check_passes(tiny_scenario: Scenario) -> None:
    checks = check_scenario(tiny_scenario.folder)
    assert len(checks) >= 16
    assert [c for c in checks if not c.ok] == []


def test_same_sources_give_the_same_bytes(tiny_scenario: Scenario, tmp_path: Path) -> None:
    from scenarios.build import build_scenario

    again = build_scenario(copy_source(tmp_path / "tiny"))
    made = sorted(p.relative_to(again.folder) for p in again.folder.rglob("*") if p.is_file())
    assert made == sorted(p.relative_to(tiny_scenario.folder) for p in tiny_scenario.folder.rglob("*") if p.is_file())
    for path in made:
        assert (again.folder / path).read_bytes() == (tiny_scenario.folder / path).read_bytes(), path


def test_layout_of_a_four_arm_junction(tiny_scenario: Scenario) -> None:
    layout = tiny_scenario.sites["west"].layout
    assert [a.id for a in layout.approaches] == ["north_w", "east", "south_w", "main_w"]
    assert {g.id for g in layout.groups} == {"north_w_a", "east_s", "east_r", "south_w_a", "main_w_s", "main_w_r"}
    stages = {frozenset(s.group_ids) for s in layout.stages}
    assert {
        frozenset({"east_s", "east_r"}),
        frozenset({"east_s", "main_w_s"}),
        frozenset({"east_r", "main_w_r"}),
    } <= stages
    # A right turn crosses the opposite straight; opposite straights do not meet.
    assert ("east_r", "main_w_s") in layout.conflicts
    assert ("east_s", "main_w_s") not in layout.conflicts
    widths = {g.id: (g.width_m, g.saturation_flow_pcu_h) for g in layout.lane_groups}
    # Indo-HCM 2017: 7 m at 1140 - 60 x 7 = 720 PCU/h/m; 3.5 m at 630 PCU/h/m.
    assert widths["east_s"] == (7.0, 5040.0)
    assert widths["east_r"] == (3.5, 2205.0)


def test_todays_plan_is_arm_by_arm_at_45_s_an_arm(tiny_scenario: Scenario) -> None:
    for site in tiny_scenario.sites.values():
        plan = site.plans[f"{site.layout.id}.today"]
        assert plan.cycle_s == 180.0
        assert plan.length_s(site.layout) == pytest.approx(180.0)
        ids = [s.stage_id for s in plan.stages]
        shares = [s.green_s + site.layout.transition_s(ids[i - 1], s.stage_id) for i, s in enumerate(plan.stages)]
        assert shares == [45.0] * 4
        assert site.plan_at(tiny_scenario.day_start_at + 9 * 3600).id == plan.id
        assert all(Guard(site.layout).plan_faults(p) == () for p in site.plans.values())


def test_training_street_has_two_lanes_for_each_real_one(tiny_scenario: Scenario) -> None:
    lanes = {f: tiny_scenario.street(f).lane_group_lanes["west"] for f in FIDELITIES}
    assert {g: len(found) for g, found in lanes[EVALUATION].items()} == {
        "north_w_a": 1,
        "east_s": 2,
        "east_r": 1,
        "south_w_a": 1,
        "main_w_s": 2,
        "main_w_r": 1,
    }
    assert all(len(lanes[TRAINING][g]) == 2 * len(found) for g, found in lanes[EVALUATION].items())


def test_net_drives_on_the_left_and_starts_on_todays_plan(tiny_scenario: Scenario) -> None:
    root = ElementTree.parse(tiny_scenario.street().net_file).getroot()
    assert root.get("lefthand") == "true"
    assert {t.get("programID") for t in root.iter("tlLogic")} == {"today"}
    assert "<!--" not in tiny_scenario.street().net_file.read_text(encoding="utf-8")


def test_types_are_the_nine_classes_with_headways_no_shorter_than_the_step(tiny_scenario: Scenario) -> None:
    for fidelity in FIDELITIES:
        street = tiny_scenario.street(fidelity)
        types = list(ElementTree.parse(street.additional_files[0]).getroot().iter("vType"))
        assert tuple(t.get("id") for t in types) == SUMO_CLASSES
        assert all(float(t.get("tau", "0")) >= street.step_length_s for t in types)
        assert sum(float(t.get("probability", "0")) for t in types) == pytest.approx(1.0)


def test_day_starts_at_local_midnight(tiny_scenario: Scenario) -> None:
    # 2026-01-05 00:00 in India is 2026-01-04 18:30 UTC.
    assert tiny_scenario.day_start_at == 1767551400.0


def test_a_missing_arm_is_named(tmp_path: Path) -> None:
    from scenarios.build import build_scenario

    folder = copy_source(tmp_path / "tiny")
    stubs = (folder / "stubs.csv").read_text(encoding="utf-8").splitlines()
    (folder / "stubs.csv").write_text("\n".join(line for line in stubs if not line.startswith("north_w")) + "\n")
    with pytest.raises(ScenarioError, match=r"west\.arms: expected 4 arms"):
        build_scenario(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("junctions.csv", "26.4500,80.3400", "126.45,80.34", "lat"),
        ("scenario.toml", '"west", "east"]', '"west", "nowhere"]', "in_scope"),
        ("standards.toml", "amber_s = 3.0", "amber_s = 1.0", "amber_s"),
        ("demand.toml", "hours = [[6, 21]]", "hours = [[6, 20]]", "period.hours"),
        ("demand.toml", "begin_s = 32400", "begin_s = 36000", "window.morning"),
        ("demand.toml", "arterial = [0.2, ", "arterial = [", "level.arterial"),
        ("demand.toml", 'name = "off-peak"', 'name = "morning"', "window"),
        ("demand.toml", "tide = 0.0", "tide = 0.2", "centre"),
        ("standards.toml", '["main"]', '["main", "main"]', "coordinated"),
        ("links.csv", "arterial", "boulevard", "road_class"),
    ],
)
def test_a_wrong_source_is_named(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    folder = copy_source(tmp_path / "tiny")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        read_source(folder)


def test_check_tells_that_sources_changed(tiny_scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(tiny_scenario.folder, folder)
    with (folder / "demand.toml").open("a", encoding="utf-8") as demand:
        demand.write("# changed\n")
    failed = [c.name for c in check_scenario(folder) if not c.ok]
    assert failed == ["up to date"]


def test_check_finds_a_conflicting_program(tiny_scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "unsafe"
    shutil.copytree(tiny_scenario.folder, folder)
    net_file = load_scenario(folder).street().net_file
    tree = ElementTree.parse(net_file)
    phase = tree.getroot().find("tlLogic/phase")
    assert phase is not None
    phase.set("state", "G" * len(phase.get("state", "")))
    tree.write(net_file)
    failed = {c.name: c.detail for c in check_scenario(folder) if not c.ok}
    assert list(failed) == ["training: programs"]


def test_street_that_is_not_built_says_what_to_run(tiny_scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    shutil.copytree(tiny_scenario.folder, folder)
    shutil.rmtree(folder / "build")
    scenario = load_scenario(folder)
    with pytest.raises(ScenarioError, match="chauraha scenario build"):
        scenario.street()
    with pytest.raises(ScenarioError, match="expected one of"):
        scenario.street("coarse")


def test_unknown_scenario_lists_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match="kanpur"):
        load_scenario("atlantis")


def test_binding_must_cover_every_link_once() -> None:
    with pytest.raises(ScenarioError, match="group_links"):
        TlsBinding(tls_id="x", link_count=3, group_links={"a": (0, 1)})
    with pytest.raises(ScenarioError, match="group_links"):
        TlsBinding(tls_id="x", link_count=2, group_links={"a": (0, 1), "b": (1,)})


@pytest.mark.slow
def test_traffic_flows_and_the_seed_varies_it(tiny_scenario: Scenario, tmp_path: Path) -> None:
    from scenarios.network import sumo_binary

    street = tiny_scenario.street()
    seen = {}
    for run, seed in (("a", 1), ("b", 1), ("c", 2)):
        out = tmp_path / f"{run}.xml"
        subprocess.run(
            [
                str(sumo_binary("sumo")),
                "-n",
                str(street.net_file),
                "-r",
                str(street.route_files[0]),
                "-a",
                str(street.additional_files[0]),
                "-b",
                "32400",
                "-e",
                "33600",
                "--seed",
                str(seed),
                "--time-to-teleport",
                "-1",
                "--no-step-log",
                "true",
                "--tripinfo-output",
                str(out),
            ],
            check=True,
            capture_output=True,
        )
        trips = ElementTree.parse(out).getroot().findall("tripinfo")
        seen[run] = [(t.get("id"), t.get("depart"), t.get("vType")) for t in trips]
    assert seen["a"] == seen["b"]
    assert seen["a"] != seen["c"]
    assert len(seen["a"]) > 500
