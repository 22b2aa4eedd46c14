"""Practice junctions: the same seed gives the same ones, a guard can keep each, and shared lanes are among them."""

import numpy as np

from agents.practice_junctions import practice_junctions
from junction.encoding import MAX_STAGES
from junction.guard import Guard
from junction.layout import JunctionLayout
from junction.opening import better_stages, opened_share


def shape(layout: JunctionLayout) -> object:
    return layout.id, layout.approaches, layout.lane_groups, layout.movements, layout.groups, layout.stages


def test_the_same_seed_gives_the_same_junctions() -> None:
    one, same, other = (practice_junctions(6, seed) for seed in (4, 4, 5))
    assert [shape(x) for x in one] == [shape(x) for x in same]
    assert [x.groups for x in one] != [x.groups for x in other]


def test_each_is_a_junction_that_a_guard_keeps_and_the_encoding_holds() -> None:
    for layout in practice_junctions(40, 1):
        Guard(layout)
        assert 2 <= len(layout.stages) <= MAX_STAGES
        assert (opened_share(layout).max(axis=0) > 0).all()


def test_what_towns_of_netgenerate_lack_is_there() -> None:
    made = practice_junctions(40, 1)
    shares = [opened_share(layout) for layout in made]
    assert sum(bool(((s > 0) & (s < 1)).any()) for s in shares) > 15
    assert sum(any(better_stages(layout)) for layout in made) > 10
    assert {len(layout.approaches) for layout in made} == {3, 4, 5}
    arrows = [g for layout in made for g in layout.groups if g.id.endswith("n")]
    assert arrows
    assert np.mean([len(layout.lane_groups) for layout in made]) > 4
