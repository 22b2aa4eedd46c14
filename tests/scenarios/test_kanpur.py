"""The committed Kanpur: its facts, and that its committed files are what the builder makes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from junction.guard import Guard
from scenarios.load import MAP_FILE, SITES_FILE, load_scenario, scenario_folder
from scenarios.source import OPTIONAL_FILES, SOURCE_FILES, read_source

KANPUR = scenario_folder("kanpur")


def test_tables_hold_the_whole_city() -> None:
    source = read_source(KANPUR)
    assert (len(source.junctions), len(source.links)) == (44, 56)
    assert sum(row.mix_share for row in source.vehicles) == pytest.approx(1.0)


def test_loads_without_sumo_and_every_plan_passes_the_guard() -> None:
    scenario = load_scenario("kanpur")
    assert len(scenario.sites) == 44
    assert len(scenario.corridors["gt_road"]) == 17
    for site in scenario.sites.values():
        guard = Guard(site.layout)
        assert [fault for plan in site.plans.values() for fault in guard.plan_faults(plan)] == []
        assert len(site.layout.stages) <= 8


def test_junctions_have_their_real_number_of_arms() -> None:
    source, scenario = read_source(KANPUR), load_scenario("kanpur")
    arms = {j: len(site.layout.approaches) for j, site in scenario.sites.items()}
    assert arms == {row.id: row.arms for row in source.in_scope}
    assert (arms["jarib_chowki"], arms["ghantaghar"], arms["ramadevi"]) == (4, 5, 4)


def test_plan_ids_differ_across_the_city() -> None:
    ids = [plan_id for site in load_scenario("kanpur").sites.values() for plan_id in site.plans]
    # Today's, and Webster's for each of four periods.
    assert len(set(ids)) == len(ids) == 44 * 5


def test_market_junctions_have_a_pedestrian_stage() -> None:
    walking = {j for j, site in load_scenario("kanpur").sites.items() if "pedestrians" in site.layout.group_index}
    assert walking == {"bada_chauraha", "parade", "moolganj", "gumti_5"}


def test_five_arms_keep_the_longest_cycle() -> None:
    site = load_scenario("kanpur").sites["ghantaghar"]
    assert site.plans["ghantaghar.today"].cycle_s == 180.0


def test_map_shows_every_road_in_the_city() -> None:
    features = load_scenario("kanpur").map_geojson["features"]
    assert {"GT Road", "Mall Road", "Meston Road"} <= {f["properties"]["name"] for f in features}
    for lon, lat in (point for f in features for point in f["geometry"]["coordinates"]):
        assert 80.1 < lon < 80.5 and 26.3 < lat < 26.6


@pytest.mark.slow
def test_committed_files_are_what_the_builder_makes(tmp_path: Path) -> None:
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    from scenarios.build import build_scenario
    from scenarios.check import check_scenario

    for name in (*SOURCE_FILES, *OPTIONAL_FILES):
        if name in SOURCE_FILES or (KANPUR / name).is_file():
            shutil.copy(KANPUR / name, tmp_path / name)
    build_scenario(tmp_path)
    for name in (SITES_FILE, MAP_FILE):
        assert (tmp_path / name).read_bytes() == (KANPUR / name).read_bytes(), name
    assert [c for c in check_scenario(tmp_path) if not c.ok] == []
