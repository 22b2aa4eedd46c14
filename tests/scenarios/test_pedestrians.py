"""The pedestrian stage, on the tiny scenario with one at its western junction."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from envs.street_junction import group_lamps
from junction.guard import Guard
from junction.layout import GroupKind, JunctionLayout, Stage
from scenarios.model import TRAINING, Scenario
from scenarios.pedestrians import with_pedestrian_stage

TINY_SOURCE = Path(__file__).parents[1] / "fixtures" / "tiny"


@pytest.fixture(scope="module")
def walking(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    pytest.importorskip("sumo", reason="needs SUMO: pip install 'chauraha[sim]'")
    from scenarios.build import build_scenario

    folder = tmp_path_factory.mktemp("walk") / "tiny"
    shutil.copytree(TINY_SOURCE, folder)
    table = folder / "junctions.csv"
    rest = table.read_text(encoding="utf-8")
    line = next(row for row in rest.splitlines() if row.startswith("west,"))
    table.write_text(rest.replace(line, line.replace(",false,assumed", ",true,assumed")), encoding="utf-8")
    return build_scenario(folder)


@pytest.fixture(scope="module")
def layout(walking: Scenario) -> JunctionLayout:
    return walking.sites["west"].layout


def test_every_check_passes_with_a_pedestrian_stage(walking: Scenario) -> None:
    from scenarios.check import check_scenario

    assert [c for c in check_scenario(walking.folder) if not c.ok] == []
    assert all(g.kind is GroupKind.VEHICLE for g in walking.sites["east"].layout.groups)


def test_walk_and_clearance_follow_the_widest_carriageway(layout: JunctionLayout) -> None:
    group = layout.groups[-1]
    # Two lanes and a right-turn lane of 3.5 m up to the median: 10.5 m, 8.75 s at 1.2 m/s.
    assert (group.id, group.crossing_width_m) == ("pedestrians", 10.5)
    assert (group.min_green_s, group.amber_s) == (7.0, 9.0)


def test_all_traffic_stands_while_people_walk(layout: JunctionLayout) -> None:
    vehicles = {g.id for g in layout.groups} - {"pedestrians"}
    assert {frozenset((g, "pedestrians")) for g in vehicles} == {
        frozenset(pair) for pair in layout.conflicts if "pedestrians" in pair
    }
    for group in vehicles:
        assert layout.intergreen_s["pedestrians", group] == 9 + 2
        # Amber 3 s and at least 15 m of junction with 4 m of vehicle at 25 km/h.
        assert layout.intergreen_s[group, "pedestrians"] >= 3 + 19 / (25 / 3.6)
    assert layout.stages[4] == Stage(id="E", name="All pedestrians", group_ids=("pedestrians",))
    assert len(layout.stages) <= 8


def test_every_plan_serves_pedestrians_within_their_maximum_red(walking: Scenario, layout: JunctionLayout) -> None:
    guard = Guard(layout)
    for plan in walking.sites["west"].plans.values():
        assert "E" in [stage.stage_id for stage in plan.stages]
        assert list(guard.plan_faults(plan)) == []
        assert plan.cycle_s <= 160 + 7


def test_the_last_combination_makes_room() -> None:
    eight = [Stage(id=i, name=i, group_ids=(i,)) for i in "ABCDEFGH"]
    made = with_pedestrian_stage(eight, 4, 8)
    assert [s.id for s in made] == list("ABCDEFGH")
    assert [s.group_ids[0] for s in made] == ["A", "B", "C", "D", "pedestrians", "E", "F", "G"]


@pytest.mark.slow
def test_sumo_shows_the_pedestrians_lamp(walking: Scenario, layout: JunctionLayout) -> None:
    from envs.sumo import SumoStreet
    from junction.signals import Lamp

    street = walking.street(TRAINING)
    layouts = {name: site.layout for name, site in walking.sites.items()}
    with SumoStreet(street, layouts, seed=1) as sumo:
        walk = [Lamp.GREEN if g.kind is GroupKind.PEDESTRIAN else Lamp.RED for g in layout.groups]
        sumo.show("west", walk)
        sumo.step()
        assert sumo.lamps("west") == ("r",) * (len(layout.groups) - 1) + ("G",)
    binding = street.tls["west"]
    links = tuple(binding.group_links[g.id] for g in layout.groups)
    assert links[-1] == (binding.link_count - 1,)
    assert group_lamps("r" * (binding.link_count - 1) + "G", links)[-1] == "G"
