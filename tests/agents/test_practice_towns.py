"""Practice towns: the same seed gives the same town, and kinds take turns."""

from pathlib import Path

import pytest

from agents.practice_towns import make_town
from junction.errors import InputError
from junction.layout import Turn

pytest.importorskip("sumo")


def test_a_town_is_its_seed(tmp_path: Path) -> None:
    arterial = make_town(1, tmp_path / "a")
    again = make_town(1, tmp_path / "b")
    assert len(arterial.sites) == 5
    for name in ("sites.json", "build/training/net.net.xml"):
        assert (arterial.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert len(make_town(3, tmp_path / "a").sites) == 6


def test_every_approach_may_have_a_stage_of_its_own(tmp_path: Path) -> None:
    town = make_town(27, tmp_path, approach_stages=True)
    for site in town.sites.values():
        layout = site.layout
        assert len(layout.stages) == 8
        of_approach = {
            a.id: {layout.group_index[m.group_id] for m in layout.movements if m.from_approach == a.id}
            for a in layout.approaches
        }
        for groups in of_approach.values():
            assert frozenset(groups) in layout.stage_groups


def test_a_pair_of_signals_stands_near_each_other(tmp_path: Path) -> None:
    town = make_town(41, tmp_path, kind="pair")
    assert len(town.sites) == 2
    for site in town.sites.values():
        reaches_m = sorted(lane_group.storage_m for lane_group in site.layout.lane_groups)
        assert reaches_m[0] < 45
        assert reaches_m[-1] > 100
    with pytest.raises(InputError, match="kind: expected one of"):
        make_town(41, tmp_path, kind="village")


def test_turns_out_of_shared_lanes_may_have_a_stage_of_their_own(tmp_path: Path) -> None:
    town = make_town(84, tmp_path, turn_stages=True, no_all_red=True)
    for site in town.sites.values():
        layout = site.layout
        assert (len(layout.stages), len(layout.groups)) == (4, 8)
        turns = {layout.group_index[m.group_id] for m in layout.movements if m.turn is Turn.LEFT}
        alone = [groups for groups in layout.stage_groups if groups <= turns]
        assert frozenset().union(*alone) == turns
        assert layout.transition_s(layout.stages[0].id, layout.stages[2].id) == 3
