"""How much of a shared lane is open: by stage, and by the lamps of several junctions at once."""

from dataclasses import replace

import numpy as np
from junction_layouts import make_layout, shared_lane_layout

from junction.ensemble import Ensemble
from junction.layout import JunctionLayout
from junction.opening import OpenShare, opened_share


def shared_lane() -> JunctionLayout:
    """North's lane goes straight on (N) two ways and right (R)."""
    layout = shared_lane_layout()
    second = replace(next(m for m in layout.movements if m.group_id == "N"), id="N.second")
    return replace(layout, movements=(*layout.movements, second))


def lane_groups(layout: JunctionLayout) -> list[int]:
    return [layout.lane_group_index[name] for name in ("N.lg", "E.lg")]


def test_a_stage_opens_the_share_of_its_movements() -> None:
    layout = shared_lane()
    share = opened_share(layout)[:, lane_groups(layout)]
    np.testing.assert_array_equal(share, [[1, 0], [1 / 3, 0], [0, 1]])


def test_lamps_open_what_the_stage_of_the_same_groups_opens() -> None:
    layouts = [make_layout({"A": ("A", "B"), "B": ("B",), "C": ("C",)}), shared_lane()]
    ensemble = Ensemble(layouts)
    opening = OpenShare(layouts, ensemble)
    for stage in range(3):
        green = np.zeros(ensemble.groups, np.bool_)
        for layout, part in zip(layouts, ensemble.group_parts, strict=True):
            green[[part.start + group for group in layout.stage_groups[stage]]] = True
        of_stages = [opened_share(layout)[stage] for layout in layouts]
        np.testing.assert_array_equal(opening.of(green), np.concatenate(of_stages))
